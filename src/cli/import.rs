//! `keydeck import`: foreign data in, with a report of what was taken, skipped and why. A second import changes nothing.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    context::Context,
    files,
    output::Tone,
    report::Exit,
    writing::{Proposal, WriteArgs, count},
};
use crate::{
    domain::name::printable,
    import::report::Report,
    ops::{
        failure::Failure,
        importing::Belonging,
        session::{Request, Session},
    },
};

/// How many lines of one part of a report are printed.
const TOLD: usize = 40;

/// What `import` takes.
#[derive(Debug, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    source: ImportSource,
}

/// Where foreign data comes from.
#[derive(Debug, Subcommand)]
enum ImportSource {
    /// Dify's export files (.yml), or folders of them
    DifyDsl(DifyDslArgs),
}

/// What `import dify-dsl` takes.
#[derive(Debug, Args)]
struct DifyDslArgs {
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    belonging: BelongingArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Where what comes in belongs; every importer takes these.
#[derive(Debug, Args)]
struct BelongingArgs {
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// The department of what the source leaves open
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// The environment of what the source leaves open
    #[arg(long, value_name = "LABEL")]
    environment: Option<String>,
    /// The owner of what the source leaves open: system, department/NAME or a login
    #[arg(long, value_name = "OWNER")]
    owner: Option<String>,
    /// A CSV file with the columns app, department, owner, environment
    #[arg(long, value_name = "CSV")]
    map: Option<PathBuf>,
}

/// What an import did, as JSON.
#[derive(Serialize)]
struct Imported<'a> {
    revision: Option<u64>,
    dry_run: bool,
    staged: bool,
    #[serde(flatten)]
    report: &'a Report,
}

/// Imports from the source that was named.
pub async fn run(cx: &mut Context, args: &ImportArgs) -> Result<Exit, Failure> {
    let ImportSource::DifyDsl(args) = &args.source;
    dify_dsl(cx, args).await
}

async fn dify_dsl(cx: &mut Context, args: &DifyDslArgs) -> Result<Exit, Failure> {
    let belonging = Belonging {
        department: args.belonging.department.clone(),
        owner: args.belonging.owner.clone(),
        environment: args.belonging.environment.clone(),
        map: args.belonging.map.as_deref().map(files::read).transpose()?,
    };
    let session = cx.session().await?;
    let mut read = Vec::new();
    let mut unread = Vec::new();
    for path in files::exports(&args.paths)? {
        match files::read_bounded(&path) {
            Ok(bytes) => read.push((path.to_string_lossy().into_owned(), bytes)),
            Err(error) => unread.push((path, error)),
        }
    }
    let (changes, mut report) = session.import_dify(&read, &belonging)?;
    for (path, error) in unread {
        report.fail(&path.to_string_lossy(), format!("it can't be read: {error}"));
    }
    if read.len() <= report.failed.len() && !report.failed.is_empty() && changes.is_empty() {
        return Err(nothing_taken(&report));
    }
    let proposal = Proposal::from(changes);
    let message = args.write.message.clone().unwrap_or_else(|| format!("Import {}", count(read.len(), "Dify export")));
    let (revision, staged) = if args.belonging.dry_run || proposal.changes.is_empty() {
        (None, false)
    } else {
        let subject = format!("import/dify-dsl/{}", count(read.len(), "file"));
        session.deed("import", &subject, put(&session, proposal, &args.write, message)).await?
    };
    tell(cx, &Imported { revision, dry_run: args.belonging.dry_run, staged, report: &report });
    Ok(Exit::DONE)
}

async fn put(
    session: &Session,
    proposal: Proposal,
    write: &WriteArgs,
    message: String,
) -> Result<(Option<u64>, bool), Failure> {
    let view = session.view();
    if write.stage || view.wants_approval() {
        session.stage(&proposal.changes, &[]).await?;
        return Ok((None, true));
    }
    let applied = session.apply(Request::new(proposal.changes, message).planned_on(view.revision())).await?;
    Ok((Some(applied.revision), false))
}

fn nothing_taken(report: &Report) -> Failure {
    let mut lines = report.failed.iter().map(|it| format!("{}: {}", it.file, it.error));
    let first = lines.next().unwrap_or_default();
    lines.take(TOLD).fold(Failure::usage(first), |failure, line| failure.hint(format!("also: {line}")))
}

fn tell(cx: &mut Context, imported: &Imported<'_>) {
    if cx.out.json {
        cx.out.document(imported);
        return;
    }
    let report = imported.report;
    for (kind, counts) in &report.taken {
        let parts = [
            (counts.added, "added"),
            (counts.edited, "changed"),
            (counts.removed, "removed"),
            (counts.unchanged, "as before"),
        ];
        let told: Vec<String> =
            parts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
        cx.out.remark(format!("{}s: {}", kind.word(), told.join(", ")));
    }
    let skipped = report.skipped.iter().map(|it| format!("{}: {}: {}", it.place, it.what, it.reason)).collect();
    section(cx, Tone::Warning, "Skipped", skipped);
    let warnings = report.warnings.iter().map(|it| format!("{}: {}", it.place, it.message)).collect();
    section(cx, Tone::Warning, "Look at", warnings);
    let failed = report.failed.iter().map(|it| format!("{}: {}", it.file, it.error)).collect();
    section(cx, Tone::Bad, "Not read", failed);
    match (imported.revision, imported.staged) {
        (Some(revision), _) => cx.out.remark(format!("Applied as revision {revision}.")),
        (None, true) => cx.out.remark("Staged: see \"keydeck staged\"."),
        (None, false) if imported.dry_run => cx.out.remark("A dry run: nothing was written."),
        (None, false) => cx.out.remark("Nothing to do: it is so already."),
    }
}

fn section(cx: &mut Context, tone: Tone, heading: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let heading = cx.out.tone(tone, &format!("{heading}:"));
    cx.out.remark(heading);
    let more = lines.len().saturating_sub(TOLD);
    for line in lines.into_iter().take(TOLD) {
        cx.out.remark(format!("  {}", printable(&line)));
    }
    if more > 0 {
        cx.out.remark(format!("  … and {more} more; --json tells them all"));
    }
}
