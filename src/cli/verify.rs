//! `keydeck verify KEY…`: vendors are asked whether keys work; their answers are kept with their time.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{context::Context, output::Tone, progress::Progress, report::Exit, state, table::Table};
use crate::{
    domain::{fact::Answer, link::Link},
    ops::{
        failure::{Failure, Kind},
        verify::{VerifyRow, Which},
    },
    probe::{Asker, PATIENCE},
};

/// What a shell ends with when somebody presses ctrl-c.
const INTERRUPTED: Exit = Exit(128 + 2);

/// What `verify` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 0 if every key works, with 7 if any does not or its vendor can't be reached, and with \
    what refused it if a key was not asked about. Ctrl-c stops; what was answered by then is kept."
)]
pub struct VerifyArgs {
    /// The keys, by name or as key/NAME; a link may hold *
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// Ask about the secret that is stored beside the one in use, and note its trial
    #[arg(long)]
    next: bool,
    /// How long a vendor has to answer
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs(), value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

/// Asks about each key.
pub async fn run(cx: &mut Context, args: &VerifyArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let mut keys: Vec<String> = Vec::new();
    for key in &args.keys {
        let more = match Link::parse(key) {
            Ok(link) if key.starts_with("key/") && !key.contains('*') => vec![link.name().to_owned()],
            _ if key.starts_with("key/") => {
                let found = state::find(&session.view(), std::slice::from_ref(key))?;
                found.into_iter().map(|it| it.id.to_string()).collect()
            }
            _ => vec![key.clone()],
        };
        keys.extend(more.into_iter().filter(|it| !keys.contains(it)).collect::<Vec<_>>());
    }
    let which = if args.next { Which::Next } else { Which::Current };
    if session.may_verify(&keys, which).await? {
        cx.unlock(&session).await?;
    }
    let asker =
        Asker::new(Duration::from_secs(args.timeout)).map_err(|error| Failure::new(Kind::Configuration, error))?;
    let stop = CancellationToken::new();
    let on_key = stop.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_key.cancel();
        }
    });
    let progress = Progress::new(&cx.streams, keys.len() > 1 && !cx.common.quiet);
    let mut done = 0;
    let step = |_: &VerifyRow| {
        done += 1;
        progress.say(|| format!("{done} of {} asked, ctrl-c stops ", keys.len()));
    };
    let rows = session.verify(&keys, which, &asker, &stop, step).await;
    watch.abort();
    progress.clear();
    let rows = rows?;
    print(cx, &rows, keys.len());
    if stop.is_cancelled() {
        return Ok(INTERRUPTED);
    }
    Ok(exit(&rows))
}

fn exit(rows: &[VerifyRow]) -> Exit {
    match rows.iter().find_map(|row| row.failure.as_ref()) {
        Some(failure) => failure.kind.into(),
        None if rows.iter().all(|row| row.answer == Some(Answer::Works)) => Exit::DONE,
        None => Exit::NO_KEY,
    }
}

fn print(cx: &mut Context, rows: &[VerifyRow], wanted: usize) {
    if cx.out.json {
        cx.out.document(&json!({ "keys": rows, "asked": rows.len(), "wanted": wanted }));
        return;
    }
    let mut table = Table::new(&["KEY", "PROVIDER", "ANSWER", "WHY"]);
    for row in rows {
        let answer = row.answer.map_or("not asked", Answer::phrase);
        let key = if row.next { format!("{} (next)", row.key) } else { row.key.clone() };
        table.row([&*key, row.provider.as_deref().unwrap_or(""), answer, &row.why]);
    }
    if !table.is_empty() {
        cx.out.table(&table);
    }
    for hint in rows.iter().filter_map(|row| row.failure.as_ref()).flat_map(|it| it.hints.iter().take(1)) {
        let hint = cx.out.tone(Tone::Faint, &format!("→ {}", crate::domain::name::printable(hint)));
        cx.out.remark(hint);
    }
    if rows.len() < wanted {
        cx.out.remark(format!("Stopped; {} of {wanted} were asked about.", rows.len()));
    }
}
