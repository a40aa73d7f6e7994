//! `keydeck backup`: a consistent copy of the whole database in a new file, secrets still sealed.

use std::path::PathBuf;

use clap::Args;

use super::{context::Context, output::Tone, report::Exit};
use crate::{domain::name::printable, ops::failure::Failure};

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The new file; one that exists is refused
    file: PathBuf,
}

/// Writes the copy; the deed is audited.
pub async fn run(cx: &mut Context, args: &BackupArgs) -> Result<Exit, Failure> {
    let door = cx.open().await?;
    let done = door.backup(&args.file, &cx.identity, cx.settings.read_only).await;
    door.close().await;
    let state = done?;
    if cx.out.json {
        cx.out.document(&state);
        return Ok(Exit::DONE);
    }
    cx.out.remark(format!("Wrote {}: the database of {}.", printable(&state.file), state.words()));
    for fault in &state.faults {
        let line = format!("The audit chain is broken, in the database as in its copy: {fault}");
        let line = cx.out.tone(Tone::Warning, &printable(&line));
        cx.out.remark(line);
    }
    cx.out.remark("Its secrets are still sealed: they open with the SECRET_KEY of now, which is kept elsewhere.");
    Ok(Exit::DONE)
}
