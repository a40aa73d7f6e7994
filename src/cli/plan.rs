//! `keydeck plan -f FILE` and `keydeck apply -f FILE`: what a declarative file would do, and doing it.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{
    context::Context,
    files,
    report::Exit,
    staged::is_grave,
    writing::{self, Ask, Proposal, WriteArgs, count},
};
use crate::{
    domain::name::printable,
    form::document::{Document, Prune},
    import::declarative,
    ops::{document::Found, door::Door, failure::Failure, plan::Plan, view::View},
};

/// The file and what becomes of things that it does not mention.
#[derive(Debug, Args)]
struct FileArgs {
    /// The declarative file, or - for standard input
    #[arg(long = "file", short = 'f', value_name = "FILE")]
    file: PathBuf,
    /// Remove what the file does not mention, but for keys that hold a secret
    #[arg(long)]
    prune: bool,
    /// Remove those as well
    #[arg(long, requires = "prune")]
    prune_secrets: bool,
}

/// What `plan` takes.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    file: FileArgs,
    /// End with 2 if there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

/// What `apply` takes.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Let a revoked key be used again
    #[arg(long)]
    reinstate: bool,
    #[command(flatten)]
    write: WriteArgs,
}

impl FileArgs {
    fn read(&self, cx: &Context) -> Result<Document, Failure> {
        let name = self.file.to_string_lossy();
        Ok(declarative::read(&name, &files::read(cx, &self.file)?)?)
    }

    const fn prune(&self) -> Prune {
        match (self.prune, self.prune_secrets) {
            (false, _) => Prune::Nothing,
            (true, false) => Prune::Unmentioned,
            (true, true) => Prune::EvenSecrets,
        }
    }
}

async fn open(cx: &Context, document: &Document) -> Result<(Arc<Door>, Found), Failure> {
    let door = cx.open().await?;
    // What the settings name is a habit, not a wish: only the option can contradict the file.
    let wanted = match &document.workspace {
        Some(_) => cx.common.workspace.as_deref(),
        None => cx.settings.workspace.as_deref(),
    };
    let found = door.session_for(document, wanted, &cx.identity, cx.settings.read_only).await?;
    Ok((door, found))
}

/// Says what a file would do.
pub async fn plan(cx: &mut Context, args: &PlanArgs) -> Result<Exit, Failure> {
    let document = args.file.read(cx)?;
    let (door, found) = open(cx, &document).await?;
    let (view, is_new) = match &found {
        Found::There(session) => (session.view(), false),
        Found::Absent(draft) => (draft.clone(), true),
    };
    let changes = view.document_changes(&door, &document, args.file.prune())?;
    let plan = view.plan(changes, door.now());
    let has_changes = is_new || !plan.changes.is_empty();
    tell(cx, &view, &plan, is_new);
    match plan.obstacles.into_iter().next() {
        Some(obstacle) => Err(obstacle),
        None if args.detailed_exitcode && has_changes => Ok(Exit::CHANGES),
        None => Ok(Exit::DONE),
    }
}

fn tell(cx: &mut Context, view: &View, plan: &Plan, is_new: bool) {
    let told = plan.told(view);
    if cx.out.json {
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
            "workspace": view.workspace().name, "new_workspace": is_new, "base_revision": plan.base,
            "changes": told.changes, "effects": told.effects, "hidden": told.hidden, "obstacles": obstacles,
        }));
        return;
    }
    if is_new {
        cx.out.line(format!("Make workspace {}", printable(&view.workspace().name)));
    }
    if told.changes.is_empty() && !is_new {
        cx.out.remark("Nothing to do: it is so already.");
        return;
    }
    for change in &told.changes {
        cx.out.line(printable(&change.sentence));
    }
    writing::effects(&mut cx.out, &told);
    cx.out.remark(format!("{}; apply them with: keydeck apply -f FILE -m TEXT", count(told.changes.len(), "change")));
}

/// Does what a file says; makes the workspace that it names if there is none.
pub async fn apply(cx: &mut Context, args: &ApplyArgs) -> Result<Exit, Failure> {
    let document = args.file.read(cx)?;
    let (door, found) = open(cx, &document).await?;
    let session = match found {
        Found::There(session) => session,
        Found::Absent(draft) => {
            // A file that can't be applied must not leave an empty workspace behind.
            let changes = draft.document_changes(&door, &document, args.file.prune())?;
            if let Some(obstacle) = draft.plan(changes, door.now()).obstacles.into_iter().next() {
                return Err(obstacle);
            }
            let name = draft.workspace().name.to_string();
            let session = door.found_for(&name, &cx.identity).await?;
            cx.out.remark(format!("Made workspace {}.", printable(&name)));
            session
        }
    };
    let ground = writing::ground(&session, &args.write).await?;
    let changes = ground.document_changes(&door, &document, args.file.prune())?;
    let grave = changes.iter().filter(|change| is_grave(change)).count();
    let ask = if grave > 0 && !args.write.stage {
        Ask::YesNo(format!("This removes or revokes {}. Apply it?", count(grave, "thing")))
    } else {
        Ask::Nothing
    };
    let write = WriteArgs {
        message: args.write.message.clone().or_else(|| Some(format!("Apply {}", file_name(&args.file.file)))),
        ..args.write.clone()
    };
    let proposal = Proposal { changes, reinstate: args.reinstate, ask, ..Proposal::default() };
    writing::write(cx, &session, &write, proposal).await
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| "a file".into(), |name| name.to_string_lossy()).into_owned()
}
