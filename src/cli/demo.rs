//! `keydeck demo`: a made-up organisation in a database, and with a throwaway key, of its own.

use std::{path::Path, sync::Arc};

use clap::Args;
use serde::Serialize;

use super::{
    Next, console::Launch, context::Context, context::demo_key_file, init::make_folder, progress::Progress,
    report::Exit,
};
use crate::{
    config::DatabaseUrl,
    domain::name::printable,
    import::demo::{Options, SEED, WORKFLOWS},
    ops::{
        demo::{Filled, Filling},
        door::{Access, Door},
        failure::{Failure, Kind},
    },
    vault::{KeySource, SecretKey, write_new_key_file},
};

/// The file of the demo, in the folder of the user's data.
const FILE: &str = "demo.db";

/// The most workflows of a demo.
const MOST: usize = 1_000_000;

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many workflows
    #[arg(long, value_name = "N", default_value_t = WORKFLOWS)]
    pub workflows: usize,
    /// What decides every detail
    #[arg(long, value_name = "S", default_value_t = SEED)]
    pub seed: u64,
    /// Only fill the database
    #[arg(long)]
    pub no_ui: bool,
}

/// What was made.
#[derive(Serialize)]
struct Made {
    database: String,
    workspace: String,
    new: bool,
    workflows: usize,
    nodes: usize,
    credentials: usize,
}

/// Fills the demo's database, unless it is filled, and opens the console on it.
pub async fn run(cx: &mut Context, args: &DemoArgs) -> Result<Next, Failure> {
    if args.workflows > MOST {
        return Err(Failure::usage(format!("a demo has at most {MOST} workflows")));
    }
    if cx.common.db.is_none() {
        cx.settings.database = Some(DatabaseUrl::sqlite(&cx.paths.data_folder().join(FILE)));
    }
    // The demo is the only workspace of its database; the configured one is another's.
    cx.settings.workspace = None;
    let url = cx.url();
    make_folder(url.sqlite_path().map_or(Some(cx.paths.data_folder()), Path::parent).unwrap_or(Path::new("")))?;
    let access = Access { create: !cx.settings.read_only, read_only: cx.settings.read_only, migrate: true };
    let door = Door::open(&url, &cx.vendors, access).await?;
    let filled = filled(cx, &door, args).await;
    // Closed whatever came of it: what could not be written leaves no log that takes the last of the disk.
    door.close().await;
    let filled = filled?;
    if !args.no_ui {
        return Ok(Next::Console(Box::new(Launch { context: cx.clone(), link: None, is_first_time: false })));
    }
    let session = cx.session().await?;
    tell(cx, &session.view(), filled);
    Ok(Exit::DONE.into())
}

async fn filled(cx: &Context, door: &Door, args: &DemoArgs) -> Result<Filled, Failure> {
    if door.holds_demo().await? {
        return Ok(Filled::Kept);
    }
    if cx.settings.read_only {
        return Err(Failure::new(Kind::NotAllowed, "making a demo writes, and this is read-only"));
    }
    let key = throwaway_key(cx)?;
    if door.has_vault().await? {
        door.unlock(key).await?;
    } else {
        door.create_vault(key).await?;
    }
    let options = Options { workflows: args.workflows, seed: args.seed, now: door.now() };
    let progress = Arc::new(Progress::new(&cx.streams, !cx.common.quiet && !cx.out.json));
    let line = Arc::clone(&progress);
    let told = Arc::new(move |filling: Filling| line.say(|| format!("Making the demo: {filling} ")));
    let filled = door.fill_demo(&options, &cx.identity, told).await;
    progress.clear();
    filled
}

/// Reads the key of a demo that was interrupted, or writes a random one where it belongs.
fn throwaway_key(cx: &Context) -> Result<SecretKey, Failure> {
    let file = demo_key_file(&cx.url(), &cx.paths);
    if file.exists() {
        let no_prompt = |_: &str| Err(std::io::ErrorKind::Unsupported.into());
        return Ok(KeySource::File(file).read(None, no_prompt)?);
    }
    Ok(write_new_key_file(&file)?)
}

fn tell(cx: &mut Context, view: &crate::ops::view::View, filled: Filled) {
    let made = Made {
        database: cx.url().to_string(),
        workspace: view.workspace().name.to_string(),
        new: filled == Filled::New,
        workflows: view.workflows().count(),
        nodes: view.nodes().count(),
        credentials: view.credentials().count(),
    };
    if cx.out.json {
        cx.out.document(&made);
        return;
    }
    let (database, workspace) = (printable(&made.database), printable(&made.workspace));
    match filled {
        Filled::New => cx.out.remark(format!(
            "Made {workspace}: {} workflows, {} nodes and {} fake keys in {database}.",
            made.workflows, made.nodes, made.credentials
        )),
        Filled::Kept => cx.out.remark(format!(
            "{workspace} is in {database} already, and was left as it is; remove {} to make it anew.",
            if cx.url().sqlite_path().is_some() { "the file" } else { "the database" }
        )),
    }
    cx.out.remark(format!("Try: keydeck --db {database} list workflows"));
}
