//! Writing: what every command that changes something does with its changes. It says what they do, asks where the
//! console would ask, and applies or stages them as one set.

use clap::Args;
use serde::Serialize;

use super::{
    context::Context,
    output::{Output, Tone},
    prompt,
    report::Exit,
};
use crate::{
    domain::{Timestamp, change::Change, name::printable},
    ops::{
        effects::{EffectRow, Told},
        failure::Failure,
        meanwhile::Meanwhile,
        plan::Plan,
        secret::SecretRow,
        session::{Request, Session},
        view::View,
    },
    plan::effect::What,
};

/// How many changes, and nodes of an effect, are told one by one.
const TOLD: usize = 12;

/// The options of every command that writes.
#[derive(Clone, Debug, Default, Args)]
pub struct WriteArgs {
    /// Add it to the staged changes instead of applying it
    #[arg(long)]
    pub stage: bool,
    /// Why, for the log
    #[arg(long, short = 'm', value_name = "TEXT")]
    pub message: Option<String>,
}

/// What is to be asked first.
#[derive(Clone, Debug, Default)]
pub enum Ask {
    /// Nothing: it can be undone.
    #[default]
    Nothing,
    /// The name of what goes.
    Name {
        /// What is done to it, after "to".
        deed: String,
        /// What is to be typed.
        name: String,
    },
    /// Yes or no.
    YesNo(String),
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Proposal {
    /// The changes.
    pub changes: Vec<Change>,
    /// The sealed secrets that they refer to.
    pub secrets: Vec<SecretRow>,
    /// Whether leaving `revoked` was asked for expressly.
    pub reinstate: bool,
    /// The revision that this undoes.
    pub reverts: Option<u64>,
    /// Until when a secret that is replaced is kept, if not as long as usual.
    pub old_until: Option<Timestamp>,
    /// What is to be asked first.
    pub ask: Ask,
    /// Whether it is an emergency, which waits for nobody's approval.
    pub emergency: bool,
}

impl From<Vec<Change>> for Proposal {
    fn from(changes: Vec<Change>) -> Self {
        Self { changes, ..Self::default() }
    }
}

/// What was written, as JSON.
#[derive(Serialize)]
struct Written {
    revision: Option<u64>,
    staged: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    waits_for_approval: bool,
    #[serde(flatten)]
    told: Told,
}

/// Returns the state on which changes are made: with what is staged already, if they will be staged, too.
pub async fn ground(session: &Session, args: &WriteArgs) -> Result<View, Failure> {
    if args.stage || session.view().wants_approval() { session.ground().await } else { Ok(session.view()) }
}

/// Says what a proposal does, asks, and applies or stages it.
pub async fn write(cx: &mut Context, session: &Session, args: &WriteArgs, proposal: Proposal) -> Result<Exit, Failure> {
    let mut view = session.refresh().await?;
    let stages = args.stage || view.wants_approval() && !proposal.emergency;
    if stages {
        view = session.ground().await?;
    }
    let plan = view.plan(proposal.changes.clone(), session.door().now());
    let told = plan.told(&view);
    if plan.changes.is_empty() {
        return Ok(done(cx, told, Some(view.revision()), "Nothing to do: it is so already."));
    }
    if stages {
        return stage(cx, session, &view, &plan, proposal).await;
    }
    let lawful = plan.is_lawful() || proposal.reinstate;
    if lawful {
        tell(&mut cx.out, &told);
        ask(cx, &proposal.ask)?;
    }
    // An unlawful one is tried all the same: its refusal is noted in the audit log.
    let message = args.message.clone().unwrap_or_else(|| summary(&told));
    let request = Request {
        secrets: proposal.secrets,
        reinstate: proposal.reinstate,
        reverts: proposal.reverts,
        emergency: proposal.emergency,
        old_until: proposal.old_until,
        ..Request::new(proposal.changes, message).planned_on(plan.base)
    };
    let applied = session.apply(request).await.map_err(|failure| all_obstacles(&failure, &plan))?;
    meanwhile(&mut cx.out, applied.meanwhile.as_deref());
    Ok(done(cx, told, Some(applied.revision), &format!("Applied as revision {}.", applied.revision)))
}

/// Stages a proposal, since that was asked for or the workspace wants every change set approved.
async fn stage(
    cx: &mut Context,
    session: &Session,
    view: &View,
    plan: &Plan,
    proposal: Proposal,
) -> Result<Exit, Failure> {
    let staged = session.stage(&proposal.changes, &proposal.secrets).await?;
    let told = plan.told(view);
    tell(&mut cx.out, &told);
    warn(&mut cx.out, plan);
    if cx.out.json {
        let waits_for_approval = view.wants_approval();
        cx.out.document(&Written { revision: None, staged: true, waits_for_approval, told });
        return Ok(Exit::DONE);
    }
    cx.out.remark(format!("Staged; {} staged in all.", count(staged.changes.len(), "change")));
    if view.wants_approval() {
        cx.out.remark(waits(&session.identity().login));
    }
    Ok(Exit::DONE)
}

/// Says that something is staged rather than applied, and who can let it go on.
pub fn waits(login: &str) -> String {
    let login = printable(login);
    format!(
        "This workspace wants a second person's approval. Somebody else: keydeck staged approve {login}\n\
         Then you: keydeck staged apply -m TEXT"
    )
}

/// Tells what others applied meanwhile, if it does not stand in the way.
pub fn meanwhile(out: &mut Output, meanwhile: Option<&Meanwhile>) {
    if let Some(meanwhile) = meanwhile {
        let text = out.tone(Tone::Faint, &printable(&format!("{}.", meanwhile.sentence())));
        out.remark(text);
    }
}

fn ask(cx: &mut Context, what: &Ask) -> Result<(), Failure> {
    if !matches!(what, Ask::Nothing) {
        // What it does is to be read before the question.
        cx.out.finish()?;
    }
    match what {
        Ask::Nothing => Ok(()),
        Ask::Name { deed, name } => prompt::type_name(cx, deed, name),
        Ask::YesNo(question) if prompt::confirm(cx, question)? => Ok(()),
        Ask::YesNo(_) => Err(Failure::usage("nothing was done").hint("answer yes, or pass --yes")),
    }
}

/// Adds what else stands in the way to the first obstacle.
fn all_obstacles(failure: &Failure, plan: &Plan) -> Failure {
    let others = plan.obstacles.iter().filter(|other| other.message != failure.message);
    others.take(TOLD).fold(failure.clone(), |all, other| all.hint(format!("also: {}", other.message)))
}

/// Tells how it ended: in words, or with everything as JSON. Without a revision it was staged.
pub fn done(cx: &mut Context, told: Told, revision: Option<u64>, remark: &str) -> Exit {
    if cx.out.json {
        cx.out.document(&Written { revision, staged: revision.is_none(), waits_for_approval: false, told });
    } else {
        cx.out.remark(remark);
    }
    Exit::DONE
}

/// Tells what a plan does, unless it is to be quiet or the answer is JSON.
pub fn tell(out: &mut Output, told: &Told) {
    for change in told.changes.iter().take(TOLD) {
        out.remark(printable(&change.sentence));
    }
    if let Some(more) = told.changes.len().checked_sub(TOLD).filter(|more| *more > 0) {
        out.remark(format!("… and {more} more changes"));
    }
    effects(out, told);
}

/// Tells what becomes of nodes.
pub fn effects(out: &mut Output, told: &Told) {
    for effect in &told.effects {
        let sentence = out.tone(tone(effect.what), &printable(&effect_line(effect)));
        out.remark(format!("  {sentence}"));
        let shown = effect.nodes.iter().take(TOLD);
        let mut nodes: Vec<String> = shown.map(|node| printable(node).into_owned()).collect();
        if effect.nodes.len() > TOLD {
            nodes.push(format!("{} more", effect.nodes.len() - TOLD));
        }
        let nodes = out.tone(Tone::Faint, &nodes.join(" · "));
        out.remark(format!("    {nodes}"));
    }
    for (what, nodes) in &told.hidden {
        out.remark(format!("  {} that you may not see: {}", count(*nodes, "node"), what.words()));
    }
    for hint in &told.costs {
        let hint = out.tone(Tone::Faint, &printable(hint));
        out.remark(format!("  {hint}"));
    }
}

fn effect_line(effect: &EffectRow) -> String {
    let sentence = effect.sentence();
    if effect.spent_30d.0 == 0 { sentence } else { format!("{sentence} (${} in the last 30 days)", effect.spent_30d) }
}

const fn tone(what: What) -> Tone {
    match what {
        What::StartsToFail => Tone::Bad,
        What::StartsToWork => Tone::Good,
        What::Moves | What::FailsOtherwise | What::Disappears => Tone::Warning,
        What::OtherShares | What::OtherRule => Tone::Faint,
    }
}

/// Tells what stands in the way of a plan, as warnings.
pub fn warn(out: &mut Output, plan: &Plan) {
    for obstacle in plan.obstacles.iter().take(TOLD) {
        let line = out.tone(Tone::Bad, &printable(&format!("can't be applied as it is: {}", obstacle.message)));
        out.remark(line);
        for hint in &obstacle.hints {
            out.remark(format!("  → {}", printable(hint)));
        }
    }
}

/// What the log says if nobody said why: the change itself, or how many there are.
fn summary(told: &Told) -> String {
    match &told.changes[..] {
        [only] => only.sentence.clone(),
        [first, rest @ ..] => format!("{} and {}", first.sentence, count(rest.len(), "more change")),
        [] => String::new(),
    }
}

/// Writes a number with its noun: `1 node`, `3 nodes`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
