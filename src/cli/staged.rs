//! `keydeck staged`: the staged change set: shown with what it would do and what others did meanwhile, decided, applied,
//! discarded; and those of others, approved.

mod approving;
mod showing;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{
    context::Context,
    prompt,
    report::Exit,
    writing::{self, count},
};
use crate::{
    domain::{change::Change, credential::State, record::Record},
    ops::{
        failure::Failure,
        session::Session,
        staging::{self, Staged},
    },
};

/// What `staged` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Where a workspace wants a second person's approval (keydeck edit workspace approval=true), every \
    command that writes stages instead, and \"staged apply\" waits for the approval of the set as it is."
)]
pub struct StagedArgs {
    #[command(subcommand)]
    deed: Option<Deed>,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Show it, with what it would do and what others applied meanwhile
    Show {
        /// Show what somebody else has staged and you may approve
        #[arg(long, value_name = "LOGIN|HASH")]
        of: Option<String>,
    },
    /// List the sets that wait for approval: yours, and those that you may approve
    List,
    /// Apply it
    Apply {
        /// Why, for the log
        #[arg(long, short = 'm', value_name = "TEXT")]
        message: Option<String>,
        /// Let a revoked key be used again
        #[arg(long)]
        reinstate: bool,
    },
    /// Take note of what others applied meanwhile, and plan it on that
    Rebase,
    /// Decide what both you and others changed
    Keep {
        /// Whose state
        side: Side,
        /// For the staged changes with these numbers; else for all
        #[arg(value_name = "N")]
        numbers: Vec<u64>,
    },
    /// Take changes back: those with these numbers, or all
    Discard {
        /// Their numbers, as "staged show" tells them
        #[arg(value_name = "N")]
        numbers: Vec<u64>,
    },
    /// Approve what somebody else has staged
    Approve {
        /// Whose it is, or the beginning of its hash as "staged list" tells it
        #[arg(value_name = "LOGIN|HASH")]
        whose: String,
    },
}

/// Whose state is kept.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Side {
    /// Yours, over what they did
    Mine,
    /// Theirs: your change is taken back
    Theirs,
}

/// Does what was asked with what is staged.
pub async fn run(cx: &mut Context, args: &StagedArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    match &args.deed {
        None | Some(Deed::Show { of: None }) => showing::own(cx, &session).await,
        Some(Deed::Show { of: Some(whose) }) => approving::show(cx, &session, whose).await,
        Some(Deed::List) => approving::list(cx, &session).await,
        Some(Deed::Apply { message, reinstate }) => apply(cx, &session, message.as_deref(), *reinstate).await,
        Some(Deed::Rebase) => rebase(cx, &session).await,
        Some(Deed::Keep { side, numbers }) => keep(cx, &session, *side, numbers).await,
        Some(Deed::Discard { numbers }) => discard(cx, &session, numbers).await,
        Some(Deed::Approve { whose }) => approving::approve(cx, &session, whose).await,
    }
}

async fn apply(cx: &mut Context, session: &Session, message: Option<&str>, reinstate: bool) -> Result<Exit, Failure> {
    let view = session.refresh().await?;
    let staged = session.staged().await?;
    let plan = view.plan(staged.plain(), session.door().now());
    let told = plan.told(&view);
    if staged.changes.is_empty() {
        writing::done(cx, told, Some(view.revision()), "Nothing is staged.");
        return Ok(Exit::DONE);
    }
    writing::tell(&mut cx.out, &told);
    if plan.changes.iter().any(is_grave) {
        cx.out.finish()?;
        if !prompt::confirm(cx, "This removes or revokes things. Apply it?")? {
            return Err(Failure::usage("nothing was done; it is still staged"));
        }
    }
    let message =
        message.map_or_else(|| format!("Apply {}", count(plan.changes.len(), "staged change")), str::to_owned);
    let applied = session.apply_staged(&staged, &message, reinstate).await?;
    writing::meanwhile(&mut cx.out, applied.meanwhile.as_deref());
    Ok(writing::done(cx, told, Some(applied.revision), &format!("Applied as revision {}.", applied.revision)))
}

/// Says whether a change asks for more than a glance.
pub fn is_grave(change: &Change) -> bool {
    match (change.before(), change.after()) {
        (Some(Record::Assignment(_)), None) => false,
        (Some(_), None) => true,
        (Some(Record::Credential(before)), Some(Record::Credential(after))) => {
            before.state != State::Revoked && after.state == State::Revoked
        }
        _ => false,
    }
}

async fn rebase(cx: &mut Context, session: &Session) -> Result<Exit, Failure> {
    let (staged, meanwhile) = session.rebase(None).await?;
    if cx.out.json {
        cx.out.document(&json!({
            "base_revision": staged.base_revision, "changes": staged.changes.len(), "meanwhile": meanwhile,
        }));
        return Ok(Exit::DONE);
    }
    match meanwhile {
        None => cx.out.remark("Nothing was applied meanwhile."),
        Some(meanwhile) => {
            showing::meanwhile(&mut cx.out, &meanwhile);
            cx.out.remark(format!("Planned on revision {} now.", staged.base_revision));
        }
    }
    Ok(Exit::DONE)
}

async fn keep(cx: &mut Context, session: &Session, side: Side, numbers: &[u64]) -> Result<Exit, Failure> {
    let (side, verb) = match side {
        Side::Mine => (staging::Side::Mine, "Kept yours."),
        Side::Theirs => (staging::Side::Theirs, "Kept theirs."),
    };
    check_numbers(&session.staged().await?, numbers)?;
    session.keep(side, numbers).await?;
    cx.out.remark(verb);
    showing::own(cx, session).await
}

async fn discard(cx: &mut Context, session: &Session, numbers: &[u64]) -> Result<Exit, Failure> {
    let staged = session.staged().await?;
    check_numbers(&staged, numbers)?;
    let gone = if numbers.is_empty() { staged.changes.len() } else { numbers.len() };
    if numbers.is_empty() {
        session.discard().await?;
    } else {
        session.unstage(numbers).await?;
    }
    if cx.out.json {
        cx.out.document(&json!({ "discarded": gone, "left": staged.changes.len() - gone }));
    } else {
        cx.out.remark(format!("Discarded {}.", count(gone, "staged change")));
    }
    Ok(Exit::DONE)
}

fn check_numbers(staged: &Staged, numbers: &[u64]) -> Result<(), Failure> {
    match numbers.iter().find(|number| staged.changes.iter().all(|(known, _)| known != *number)) {
        Some(unknown) => Err(Failure::usage(format!("there is no staged change {unknown}"))
            .hint("\"keydeck staged show\" tells their numbers")),
        None => Ok(()),
    }
}
