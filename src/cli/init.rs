//! `keydeck init`: the database, its vault, and a workspace of which whoever runs it is admin and keeper.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use super::{
    context::Context,
    prompt,
    report::{self, Exit},
};
use crate::{
    domain::name::printable,
    ops::{
        door::{Access, Door, Founding},
        failure::{Failure, Kind, Mendable},
        identity::Identity,
    },
    vault::{Prompt, SecretKey, write_new_key_file},
};

/// The workspace's name if nobody gives one.
const DEFAULT: &str = "default";

/// What was made.
#[derive(Serialize)]
struct Made {
    database: String,
    workspace: String,
    operator: String,
    new_workspace: bool,
    new_vault: bool,
    key_file: Option<String>,
}

/// Where the `SECRET_KEY` of a new vault comes from.
enum NewKey {
    /// A source that was named: an option, the settings, the environment, or what is typed.
    Given(SecretKey),
    /// A random one, still to be written to the usual file.
    Random,
}

/// Makes what is missing; what is there stays as it is.
pub async fn run(cx: &mut Context) -> Result<Exit, Failure> {
    if cx.settings.read_only {
        return Err(Failure::new(Kind::NotAllowed, "init writes, and this is read-only").hint("leave out --read-only"));
    }
    let url = cx.url();
    let there = existing(cx).await?;
    let new_vault = match &there {
        Some(door) => !door.has_vault().await?,
        None => true,
    };
    // A key that can't be had must stop here, before anything is left behind that is of no use without it.
    let key = if new_vault { Some(new_key(cx)?) } else { None };
    let door = match there {
        Some(door) => door,
        None => make(cx).await?,
    };
    let identity = cx.identity.clone();
    let name = cx.settings.workspace.clone().unwrap_or_else(|| DEFAULT.to_owned());
    let new_workspace = found(cx, &door, &name, &identity).await?;
    let key_file = match key {
        None => None,
        Some(NewKey::Given(key)) => {
            door.create_vault(key).await?;
            None
        }
        Some(NewKey::Random) => {
            let file = cx.usual_key_file();
            make_folder(cx.paths.config_folder())?;
            door.create_vault(write_new_key_file(&file)?).await?;
            Some(file)
        }
    };
    door.close().await;
    tell(
        cx,
        &Made {
            database: url.to_string(),
            workspace: name,
            operator: identity.login,
            new_workspace,
            new_vault,
            key_file: key_file.map(|file| file.display().to_string()),
        },
    );
    Ok(Exit::DONE)
}

/// Opens the database; none, if there is none yet.
async fn existing(cx: &Context) -> Result<Option<Arc<Door>>, Failure> {
    let access = Access { create: false, read_only: false, migrate: false };
    match Door::open(&cx.url(), &cx.vendors, access).await {
        Err(failure) if failure.mendable == Some(Mendable::NoDatabase) => Ok(None),
        // One whose making was interrupted is made to its end.
        Err(failure) if failure.mendable == Some(Mendable::OlderSchema) => make(cx).await.map(Some),
        opened => opened.map(Some),
    }
}

/// Makes the database, and the folder in which its file stands.
async fn make(cx: &Context) -> Result<Arc<Door>, Failure> {
    let url = cx.url();
    if let Some(folder) = url.sqlite_path().and_then(Path::parent) {
        make_folder(folder)?;
    }
    let access = Access { create: true, read_only: false, migrate: false };
    Door::open(&url, &cx.vendors, access).await
}

/// Makes the workspace, unless it is there; another one beside others is a keeper's to make.
async fn found(cx: &Context, door: &Arc<Door>, name: &str, identity: &Identity) -> Result<bool, Failure> {
    let all = door.workspaces().await?;
    if cx.settings.workspace.is_none() && !all.is_empty() && door.is_founded(&all[0]).await? {
        return Ok(false);
    }
    if let Some(there) = all.iter().find(|it| &*it.name == name)
        && door.is_founded(there).await?
    {
        return Ok(false);
    }
    let others: Vec<_> = all.into_iter().filter(|it| &*it.name != name).collect();
    door.may_create(&others, identity, false).await?;
    let founding = Founding { message: format!("Make workspace {name}"), ..Founding::default() };
    door.found(name, identity, founding).await?;
    Ok(true)
}

/// Decides where the key of the new vault comes from; asks a person, and takes `--yes` for a random one.
fn new_key(cx: &Context) -> Result<NewKey, Failure> {
    let sources = cx.key_sources(Prompt::New);
    if sources.file.is_some() || sources.descriptor.is_some() || cx.is_in_environment() {
        return Ok(NewKey::Given(sources.read()?));
    }
    let file = cx.usual_key_file();
    if !cx.common.yes && !cx.can_ask() {
        return Err(Failure::usage("the vault needs a SECRET_KEY")
            .hint(format!("--yes writes a random one to {}", printable(&file.to_string_lossy())))
            .hint("or give your own with --secret-key-file FILE or --secret-key-fd N"));
    }
    let question = format!("Write a random SECRET_KEY to {}, readable by you alone?", file.display());
    if prompt::confirm(cx, &question)? {
        return Ok(NewKey::Random);
    }
    let own = "Then type one of your own, 16 characters or more, which are not shown. Keep it where you find it again: \
               without it no stored secret opens.";
    report::say(&*cx.streams, own);
    Ok(NewKey::Given(sources.read()?))
}

/// Makes a folder that its owner alone can enter; one that is there stays as it is.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        let shown = folder.to_string_lossy();
        Failure::new(Kind::Unavailable, format!("the folder {} can't be made: {error}", printable(&shown)))
            .hint("name another place with --db, or make the folder yourself")
    })
}

fn tell(cx: &mut Context, made: &Made) {
    if cx.out.json {
        cx.out.document(made);
        return;
    }
    let (database, workspace) = (printable(&made.database), printable(&made.workspace));
    if !made.new_workspace && !made.new_vault {
        cx.out.remark(format!("{database} is there already, with its vault; nothing was changed."));
        return;
    }
    if made.new_workspace {
        let operator = printable(&made.operator);
        cx.out.remark(format!("Made workspace {workspace} in {database}; {operator} is its admin, and keeper."));
    }
    match &made.key_file {
        Some(file) => {
            cx.out.remark(format!("Wrote a random SECRET_KEY to {}.", printable(file)));
            cx.out.remark("Keep a copy elsewhere: without it no stored secret opens again.");
        }
        None if made.new_vault => cx.out.remark("Made the vault under your SECRET_KEY."),
        None => {}
    }
    cx.out.remark("Next: keydeck import dify-dsl PATH…, or keydeck add credential NAME provider=…");
}
