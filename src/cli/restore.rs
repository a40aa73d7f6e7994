//! `keydeck restore`: a backup becomes the database again, in a new place or in place of what is there.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde_json::json;

use super::{context::Context, init, prompt, report::Exit};
use crate::{
    config::DatabaseUrl,
    domain::name::printable,
    ops::{
        backup::{Found, State},
        door::{Access, Door},
        failure::{Failure, Kind},
    },
};

/// What `restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Replace everything that the database holds; it is backed up first
    #[arg(long)]
    replace: bool,
}

/// Looks through the backup before anything is touched, then brings it back as one step.
pub async fn run(cx: &mut Context, args: &RestoreArgs) -> Result<Exit, Failure> {
    if cx.settings.read_only {
        let failure = Failure::new(Kind::NotAllowed, "restore writes, and this is read-only");
        return Err(failure.hint("leave out --read-only"));
    }
    let url = cx.url();
    let place = place(cx, &url)?;
    let found = Found::look(&args.file, &place).await?;
    may_have_faults(cx, &found.state)?;
    let state = found.state.clone();
    let workspaces = found.workspaces.clone();
    let is_new = url.sqlite_path().is_some_and(|path| path.symlink_metadata().is_err());
    let saved = if is_new {
        found.make_new(&cx.identity).await?;
        None
    } else {
        replace(cx, &url, found, args.replace).await?
    };
    let door = cx.open().await?;
    let whole = door.vouch().await;
    door.close().await;
    whole?;
    tell(cx, &url, &state, &workspaces, saved.as_ref());
    Ok(Exit::DONE)
}

/// Returns beside which file the backup is looked through: the database, or for a server's a file of the user's own.
fn place(cx: &Context, url: &DatabaseUrl) -> Result<PathBuf, Failure> {
    let place = url.sqlite_path().map_or_else(|| cx.paths.data_folder().join("restored"), Path::to_owned);
    init::make_folder(place.parent().unwrap_or(Path::new("")))?;
    Ok(place)
}

/// A broken chain is no reason to lose the rest, but nobody is to overlook it.
fn may_have_faults(cx: &Context, state: &State) -> Result<(), Failure> {
    let Some(first) = state.faults.first() else { return Ok(()) };
    let many = state.faults.len();
    let message = format!("the audit chain of the backup is broken in {many} places, the first of them: {first}");
    let question = format!("In this backup, {message}. Restore it anyway?");
    if (cx.common.yes || cx.can_ask()) && prompt::confirm(cx, &question)? {
        return Ok(());
    }
    let failure = Failure::new(Kind::Unavailable, message);
    Err(failure.hint("compare with another backup").hint("--yes restores it as it is, and puts that on record"))
}

/// Exchanges what a database holds; what it held is saved before, if it was anything.
async fn replace(cx: &Context, url: &DatabaseUrl, found: Found, replace: bool) -> Result<Option<State>, Failure> {
    let access = Access { create: true, read_only: false, migrate: cx.common.yes };
    let door = Door::open(url, &cx.vendors, access).await.map_err(|failure| {
        failure.hint("a database that doesn't open can be moved away; restore then makes a new one in its place")
    })?;
    let save = if door.is_empty().await? { None } else { Some(may_replace(cx, url, &door, replace).await?) };
    let done = found.replace(&door, &cx.identity, save.as_deref()).await;
    door.close().await;
    done
}

/// Asks before everything goes, and returns where it is to be saved.
async fn may_replace(cx: &Context, url: &DatabaseUrl, door: &Arc<Door>, replace: bool) -> Result<PathBuf, Failure> {
    let shown = url.to_string();
    if !replace {
        let failure = Failure::new(Kind::Conflict, format!("{} holds data already", printable(&shown)));
        return Err(failure
            .hint("name a new place with --db")
            .hint("or replace everything in it with --replace, which needs a keeper of it"));
    }
    door.may_restore(&cx.identity, cx.settings.read_only).await?;
    let name = name_of(url);
    prompt::type_name(cx, "replace everything that it holds", &name)?;
    let folder = url.sqlite_path().and_then(Path::parent).unwrap_or_else(|| cx.paths.data_folder());
    Ok(folder.join(format!("{name}.before-restore-{}", door.now().strftime("%Y%m%dT%H%M%S%.3fZ"))))
}

/// Returns what a database is called: the file's name, or the last part of an address.
fn name_of(url: &DatabaseUrl) -> String {
    let file = url.sqlite_path().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    file.unwrap_or_else(|| {
        let shown = url.to_string();
        let address = shown.split('?').next().unwrap_or(&shown);
        address.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("database").to_owned()
    })
}

fn tell(cx: &mut Context, url: &DatabaseUrl, state: &State, workspaces: &[String], saved: Option<&State>) {
    let shown = url.to_string();
    if cx.out.json {
        cx.out.document(&json!({ "database": shown, "from": state, "workspaces": workspaces, "saved": saved }));
        return;
    }
    let (shown, words) = (printable(&shown), state.words());
    cx.out.remark(format!("Restored {shown} from {}: the database of {words}.", printable(&state.file)));
    let names: Vec<_> = workspaces.iter().map(|name| printable(name).into_owned()).collect();
    cx.out.remark(format!("Workspaces: {}.", names.join(", ")));
    if let Some(saved) = saved {
        cx.out.remark(format!("What it held before is in {}.", printable(&saved.file)));
    }
    cx.out.remark("Its secrets open with the SECRET_KEY of that time; \"keydeck doctor\" tries it.");
}
