//! `keydeck export`: the workspace as a declarative file, without secrets, on standard output.

use std::path::PathBuf;

use clap::Args;

use super::{context::Context, report::Exit, writing::count};
use crate::{
    domain::name::printable,
    emit::declarative,
    ops::failure::{Failure, Kind},
};

/// What `export` takes.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Write to this file instead of standard output; one that exists is refused
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes what the viewer may see; the deed is audited.
pub async fn run(cx: &mut Context, args: &ExportArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let subject = format!("workspace/{}", session.view().workspace().name);
    let export = session.deed("export", &subject, async { Ok(session.view().export()) }).await?;
    if cx.out.json {
        cx.out.document(&export.document);
        return Ok(Exit::DONE);
    }
    let mut text = String::new();
    if export.left_out > 0 {
        // Within the file, so that it is known wherever the file goes.
        let left_out = count(export.left_out, "thing");
        text = format!("# Without {left_out} that {} may not see.\n\n", printable(&session.identity().login));
    }
    text.push_str(&declarative::write(&export.document));
    match &args.output {
        None => cx.out.raw(&text),
        Some(file) => {
            write_new(file, &text)?;
            cx.out.remark(format!("Wrote {}.", printable(&file.to_string_lossy())));
        }
    }
    Ok(Exit::DONE)
}

fn write_new(file: &std::path::Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut made| made.write_all(text.as_bytes()));
    written.map_err(|error| {
        let shown = file.to_string_lossy();
        Failure::new(Kind::Usage, format!("{} can't be written: {error}", printable(&shown))).hint("name a new file")
    })
}
