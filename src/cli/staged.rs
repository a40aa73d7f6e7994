//! `keydeck staged`: the staged change set: shown with what it would do, applied, or discarded.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    context::Context,
    output::Tone,
    prompt,
    report::Exit,
    writing::{self, count},
};
use crate::{
    domain::{change::Change, credential::State, name::printable, record::Record},
    ops::{
        failure::Failure,
        session::{Request, Session},
    },
};

/// What `staged` takes.
#[derive(Debug, Args)]
pub struct StagedArgs {
    #[command(subcommand)]
    deed: Option<Deed>,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Show it, with what it would do
    Show,
    /// Apply it
    Apply {
        /// Why, for the log
        #[arg(long, short = 'm', value_name = "TEXT")]
        message: Option<String>,
        /// Let a revoked key be used again
        #[arg(long)]
        reinstate: bool,
    },
    /// Take changes back: those with these numbers, or all
    Discard {
        /// Their numbers, as "staged show" tells them
        #[arg(value_name = "N")]
        numbers: Vec<u64>,
    },
}

/// Shows, applies or discards.
pub async fn run(cx: &mut Context, args: &StagedArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    match &args.deed {
        None | Some(Deed::Show) => show(cx, &session).await,
        Some(Deed::Apply { message, reinstate }) => apply(cx, &session, message.as_deref(), *reinstate).await,
        Some(Deed::Discard { numbers }) => discard(cx, &session, numbers).await,
    }
}

async fn show(cx: &mut Context, session: &Session) -> Result<Exit, Failure> {
    let staged = session.staged().await?;
    let view = session.view();
    let changes: Vec<Change> = staged.changes.iter().map(|(_, change)| change.clone()).collect();
    let plan = view.plan(changes.clone(), session.door().now());
    let told = plan.told(&view);
    let each = view.tell(&plan.after, &changes);
    if cx.out.json {
        let numbered: Vec<_> = staged.changes.iter().zip(&each).map(|((number, _), change)| json!({
            "number": number, "deed": change.deed, "kind": change.kind, "id": change.id, "sentence": change.sentence,
        })).collect();
        let obstacles: Vec<_> = plan
            .obstacles
            .iter()
            .map(|it| {
                json!({
                    "kind": it.kind.word(), "message": it.message, "hints": it.hints,
                })
            })
            .collect();
        cx.out.document(&json!({
            "base_revision": staged.base_revision, "updated_at": staged.updated_at, "changes": numbered,
            "effects": told.effects, "hidden": told.hidden, "obstacles": obstacles,
        }));
        return Ok(Exit::DONE);
    }
    if staged.changes.is_empty() {
        cx.out.remark("Nothing is staged.");
        return Ok(Exit::DONE);
    }
    for ((number, _), change) in staged.changes.iter().zip(&each) {
        let number = cx.out.tone(Tone::Faint, &format!("{number:>3}"));
        cx.out.line(format!("{number}  {}", printable(&change.sentence)));
    }
    writing::effects(&mut cx.out, &told);
    writing::warn(&mut cx.out, &plan);
    cx.out.remark("Apply it with: keydeck staged apply -m TEXT");
    Ok(Exit::DONE)
}

async fn apply(cx: &mut Context, session: &Session, message: Option<&str>, reinstate: bool) -> Result<Exit, Failure> {
    let view = session.refresh().await?;
    let staged = session.staged().await?;
    let changes: Vec<Change> = staged.changes.into_iter().map(|(_, change)| change).collect();
    let plan = view.plan(changes.clone(), session.door().now());
    let told = plan.told(&view);
    if changes.is_empty() {
        writing::done(cx, told, Some(view.revision()), "Nothing is staged.");
        return Ok(Exit::DONE);
    }
    writing::tell(&mut cx.out, &told);
    if changes.iter().any(is_grave) {
        cx.out.finish()?;
        if !prompt::confirm(cx, "This removes or revokes things. Apply it?")? {
            return Err(Failure::usage("nothing was done; it is still staged"));
        }
    }
    let message =
        message.map_or_else(|| format!("Apply {}", count(plan.changes.len(), "staged change")), str::to_owned);
    let request = Request { staged: true, reinstate, ..Request::new(changes, message) };
    let applied = session.apply(request).await?;
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

async fn discard(cx: &mut Context, session: &Session, numbers: &[u64]) -> Result<Exit, Failure> {
    let staged = session.staged().await?;
    if let Some(unknown) = numbers.iter().find(|number| staged.changes.iter().all(|(known, _)| known != *number)) {
        return Err(Failure::usage(format!("there is no staged change {unknown}"))
            .hint("\"keydeck staged show\" tells their numbers"));
    }
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
