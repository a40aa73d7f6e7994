//! `keydeck import`: foreign data in, with a report of what was taken, skipped and why. A second import changes nothing.

mod dify_db;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{
    context::Context,
    files, lint,
    output::Tone,
    prompt,
    report::Exit,
    writing::{WriteArgs, count},
};
use crate::{
    domain::name::printable,
    import::{report::Report, taking::Taken},
    ops::{
        failure::Failure,
        importing::{Belonging, Coming, Imported, Intake, Loss, Manner},
        session::Session,
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
    /// A Dify database: its workspaces with credentials, pools, apps, people and what was used
    #[command(after_help = DIFY_HELP)]
    DifyDb(dify_db::DifyDbArgs),
    /// A FeedForward database: its models, keys, courses, assignments and runs
    Feedforward(FeedForwardArgs),
    /// The keys in a .env file, by the names of variables that vendors read
    Dotenv(FileArgs),
    /// A configuration of LiteLLM: its models, keys, pools, teams and their rules
    Litellm(FileArgs),
    /// What was used by day: a CSV with a header, or LiteLLM's spend logs
    #[command(after_help = usage_help())]
    Usage(FileArgs),
    /// Prices: LiteLLM's table of models, or a list of one's own in TOML
    Prices(FileArgs),
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

/// What the importers of one file take.
#[derive(Debug, Args)]
struct FileArgs {
    /// The file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    belonging: BelongingArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// What `import feedforward` takes.
#[derive(Debug, Args)]
struct FeedForwardArgs {
    /// Its users.db; a write-ahead log beside it is read, and nothing is written there
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file that holds the secret key with which FeedForward runs; it opens the keys there
    #[arg(long, value_name = "FILE")]
    source_secret_key_file: Option<PathBuf>,
    #[command(flatten)]
    belonging: BelongingArgs,
    #[command(flatten)]
    write: WriteArgs,
}

/// Where what comes in belongs, and what the source is called; the importers of files take these.
#[derive(Debug, Args)]
struct BelongingArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// What the source is called, where several of its kind are imported
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
}

/// Where what comes in belongs; every importer takes these.
#[derive(Debug, Args)]
struct PlaceArgs {
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

impl BelongingArgs {
    fn read(&self, cx: &Context) -> Result<Belonging, Failure> {
        Ok(Belonging { source: self.source.clone(), ..self.place.read(cx)? })
    }
}

impl PlaceArgs {
    fn read(&self, cx: &Context) -> Result<Belonging, Failure> {
        Ok(Belonging {
            department: self.department.clone(),
            owner: self.owner.clone(),
            environment: self.environment.clone(),
            map: self.map.as_deref().map(|file| files::read(cx, file)).transpose()?,
            source: None,
        })
    }
}

/// Imports from the source that was named.
pub async fn run(cx: &mut Context, args: &ImportArgs) -> Result<Exit, Failure> {
    match &args.source {
        ImportSource::DifyDsl(args) => dify_dsl(cx, args).await,
        ImportSource::DifyDb(args) => dify_db::run(cx, args).await,
        ImportSource::Feedforward(args) => feedforward(cx, args).await,
        ImportSource::Dotenv(args) => dotenv(cx, args).await,
        ImportSource::Litellm(args) => litellm(cx, args).await,
        ImportSource::Usage(args) => usage(cx, args).await,
        ImportSource::Prices(args) => prices(cx, args).await,
    }
}

async fn dify_dsl(cx: &mut Context, args: &DifyDslArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let session = cx.session().await?;
    let mut read = Vec::new();
    let mut unread = Vec::new();
    for path in files::exports(&args.paths)? {
        match files::read_bounded(cx, &path) {
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
    let coming = Coming {
        subject: format!("dify-dsl/{}", count(read.len(), "file")),
        message: format!("Import {}", count(read.len(), "Dify export")),
        place: String::new(),
        usage: String::new(),
        taken: Taken { changes, report, ..Taken::default() },
        tenant: None,
    };
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

async fn feedforward(cx: &mut Context, args: &FeedForwardArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let key = args.source_secret_key_file.as_deref().map(|file| files::read_secret(cx, file)).transpose()?;
    let session = cx.session().await?;
    let taken = session.import_feedforward(&args.file, key, &belonging).await?;
    let coming = Coming::new("feedforward", "a FeedForward database", &args.file, &belonging, taken);
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

async fn dotenv(cx: &mut Context, args: &FileArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let session = cx.session().await?;
    let bytes = Zeroizing::new(files::read(cx, &args.file)?);
    let taken = session.import_dotenv(&args.file.to_string_lossy(), &bytes, &belonging)?;
    let coming = Coming::new("dotenv", "keys of a .env file", &args.file, &belonging, taken);
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

async fn litellm(cx: &mut Context, args: &FileArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let session = cx.session().await?;
    let bytes = Zeroizing::new(files::read(cx, &args.file)?);
    let taken = session.import_litellm(&args.file.to_string_lossy(), &bytes, &belonging)?;
    let coming = Coming::new("litellm", "a LiteLLM configuration", &args.file, &belonging, taken);
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

async fn usage(cx: &mut Context, args: &FileArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let session = cx.session().await?;
    let bytes = files::read(cx, &args.file)?;
    let (kind, taken) = session.import_usage(&args.file.to_string_lossy(), &bytes, &belonging)?;
    let mut coming =
        Coming { subject: "usage".to_owned(), ..Coming::new(kind, "usage", &args.file, &belonging, taken) };
    if !args.write.stage
        && let Some(loss) = session.losing(&mut coming).await?
        && !args.belonging.place.dry_run
    {
        ask(cx, &loss)?;
    }
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

/// Asks before usage goes away that the file lacks.
fn ask(cx: &Context, loss: &Loss) -> Result<(), Failure> {
    if cx.common.yes {
        return Ok(());
    }
    if !cx.can_ask() {
        let failure = Failure::usage(format!("nothing was taken: {}", loss.sentence()));
        return Err(failure.hint("pass --yes if it should go away").hint("--dry-run tells what would come"));
    }
    if prompt::confirm(cx, &format!("Look: {}. Go on?", loss.sentence()))? {
        return Ok(());
    }
    Err(Failure::usage("nothing was done").hint("give the file a --source of its own, or answer yes"))
}

async fn prices(cx: &mut Context, args: &FileArgs) -> Result<Exit, Failure> {
    let belonging = args.belonging.read(cx)?;
    let session = cx.session().await?;
    let bytes = files::read(cx, &args.file)?;
    let taken = session.import_prices(&args.file.to_string_lossy(), &bytes, &belonging)?;
    let coming = Coming::new("prices", "prices", &args.file, &belonging, taken);
    finish(cx, &session, coming, args.belonging.place.dry_run, &args.write).await
}

/// Says which columns a CSV of usage may have.
fn usage_help() -> String {
    let columns = crate::import::usage::COLUMNS;
    let (needed, rest) = columns.split_at(3);
    format!(
        "A CSV has a header: {}, and any of {}.\nLiteLLM's spend logs are JSON, or the CSV of their table. A day of a \
         source is replaced when it is imported again.",
        needed.join(", "),
        rest.join(", ")
    )
}

/// What `import dify-db` says besides its options.
const DIFY_HELP: &str = "Nothing is written there. A password is better kept out of the URL: it is taken from PGPASSWORD, or \
    from ~/.pgpass or the file that PGPASSFILE names. Each workspace of Dify's goes into one of its own name, or all of one \
    --tenant into --workspace.";

/// Seals, applies or stages what came, takes its usage in, and tells.
async fn finish(
    cx: &mut Context,
    session: &Session,
    coming: Coming,
    dry_run: bool,
    write: &WriteArgs,
) -> Result<Exit, Failure> {
    let told = bring(cx, session, coming, dry_run, write).await?;
    tell(cx, &told);
    Ok(Exit::DONE)
}

/// Unlocks the vault if there are secrets, and brings what came; in a dry run it only says what would come.
async fn bring(
    cx: &mut Context,
    session: &Session,
    coming: Coming,
    dry_run: bool,
    write: &WriteArgs,
) -> Result<Imported, Failure> {
    if dry_run {
        let now = session.door().now();
        return Ok(Imported::of_dry_run(&session.view(), Intake::from(coming.taken), now));
    }
    if coming.has_secrets() {
        cx.unlock(session).await?;
    }
    session.bring(coming, Manner { stage: write.stage, message: write.message.clone() }).await
}

fn nothing_taken(report: &Report) -> Failure {
    let mut lines = report.failed.iter().map(|it| format!("{}: {}", it.file, it.error));
    let first = lines.next().unwrap_or_default();
    lines.take(TOLD).fold(Failure::usage(first), |failure, line| failure.hint(format!("also: {line}")))
}

fn tell(cx: &mut Context, imported: &Imported) {
    if cx.out.json {
        cx.out.document(imported);
        return;
    }
    let report = &imported.report;
    imported.counts().into_iter().for_each(|line| cx.out.remark(line));
    let skipped = report.skipped.iter().map(|it| format!("{}: {}: {}", it.place, it.what, it.reason)).collect();
    section(cx, Tone::Warning, "Skipped", skipped);
    let warnings = report.warnings.iter().map(|it| format!("{}: {}", it.place, it.message)).collect();
    section(cx, Tone::Warning, "Look at", warnings);
    let conflicts = report
        .conflicts
        .iter()
        .map(|it| {
            format!("{}: {} is {} here, and {} there; it stays as it is here", it.what, it.field, it.here, it.there)
        })
        .collect();
    section(cx, Tone::Warning, "Changed on both sides", conflicts);
    if !imported.findings.is_empty() && !cx.out.is_quiet() {
        let heading = cx.out.tone(Tone::Warning, "Wrong there:");
        cx.out.remark(heading);
        lint::tell_rows(&mut cx.out, &imported.findings);
    }
    let failed = report.failed.iter().map(|it| format!("{}: {}", it.file, it.error)).collect();
    section(cx, Tone::Bad, "Not read", failed);
    match (imported.revision, imported.staged) {
        (Some(revision), _) => cx.out.remark(format!("Applied as revision {revision}.")),
        (None, true) => cx.out.remark("Staged: see \"keydeck staged\"."),
        (None, false) if imported.dry_run => cx.out.remark("A dry run: nothing was written."),
        (None, false) if imported.usage > 0 => {}
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
