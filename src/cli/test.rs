//! `keydeck test FILE`: tries what a file expects of the workspace; for continuous integration.

mod junit;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{
    context::Context,
    files,
    output::{Output, Tone},
    report::Exit,
};
use crate::{
    domain::name::printable,
    import::expectations,
    ops::{
        expecting::{Miss, Tried},
        failure::{Failure, Kind},
    },
};

/// What `test` takes.
#[derive(Debug, Args)]
#[command(after_help = "The file is TOML: [[expect]] with workflow (or app), optionally node, provider, model, \
    environment, vars, overrides, at, run_id, as; and what is expected: key, pool, outcome, reason, layer. Ends with 7 \
    if anything is not as expected.")]
pub struct TestArgs {
    /// The file of expectations, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write a JUnit report, - for standard output
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Tries what a file expects.
pub async fn run(cx: &mut Context, args: &TestArgs) -> Result<Exit, Failure> {
    let to_stdout = args.junit.as_deref() == Some(Path::new("-"));
    if to_stdout && cx.out.json {
        return Err(Failure::usage("standard output can't be JSON and JUnit at once").hint("write --junit FILE"));
    }
    let name = args.file.to_string_lossy();
    let expectations = expectations::read(&name, &files::read(cx, &args.file)?)?;
    let session = cx.session().await?;
    let (view, now) = (session.view(), session.door().now());
    let tried: Vec<Tried> = expectations.iter().map(|it| view.try_expectation(it, now)).collect();
    let failed = tried.iter().filter(|it| !it.passed).count();
    if let Some(path) = &args.junit {
        let report = junit::report(&name, &tried);
        if to_stdout {
            cx.out.raw(&report);
        } else {
            std::fs::write(path, report).map_err(|error| unwritable(path, &error))?;
        }
    }
    if cx.out.json {
        cx.out.document(&json!({
            "file": name, "passed": tried.len() - failed, "failed": failed, "tests": tried, "revision": view.revision(),
        }));
    } else if !to_stdout {
        tell(&mut cx.out, &tried, failed);
    }
    Ok(if failed == 0 { Exit::DONE } else { Exit::NO_KEY })
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let shown = path.to_string_lossy();
    Failure::new(Kind::Usage, format!("{} can't be written: {error}", printable(&shown)))
        .hint("check the path and its permissions")
}

fn tell(out: &mut Output, tried: &[Tried], failed: usize) {
    for it in tried {
        let name = printable(&it.name);
        if it.passed {
            let mark = out.tone(Tone::Good, "ok    ");
            out.remark(format!("{mark}{name}"));
            continue;
        }
        let mark = out.tone(Tone::Bad, "failed");
        let line = out.tone(Tone::Faint, &format!("line {}", it.line));
        out.line(format!("{mark}  {name}  {line}"));
        for text in it.failures.iter().map(Miss::text).chain(it.error.clone()) {
            out.line(format!("        {}", printable(&text)));
        }
    }
    out.remark(format!("{} passed, {failed} failed.", tried.len() - failed));
}
