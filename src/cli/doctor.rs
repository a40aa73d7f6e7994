//! `keydeck doctor`: looks at everything keydeck stands on, and says what to do about what is wrong.

use std::{os::unix::fs::PermissionsExt, path::Path};

use serde_json::json;

use super::{context::Context, output::Tone, report::Exit, table::Table};
use crate::{
    config::DatabaseUrl,
    domain::name::printable,
    ops::{
        failure::{Failure, Kind},
        health::{Finding, Status},
    },
    vault::{Prompt, harden_process},
};

/// The permission bits that nobody but the owner of a database may have.
const OTHERS: u32 = 0o077;

/// Looks around. Ends with 0, or with the code of the worst finding.
pub async fn run(cx: &mut Context) -> Result<Exit, Failure> {
    let mut findings = vec![settings(cx), file(&cx.url())];
    match cx.open().await {
        Err(failure) => findings.push(Finding::error("database", &failure)),
        Ok(door) => {
            findings.push(Finding::ok("database", "it opens, and its schema is this program's"));
            findings.extend(door.examine().await);
            findings.push(door.examine_vault(key(cx)).await);
            if let Ok(session) = cx.session_of(&door).await {
                findings.extend(session.view().examine_references(&cx.reference_policy()));
            }
            door.lock();
            door.close().await;
        }
    }
    findings.push(memory());
    findings.push(terminal(cx));
    tell(cx, &findings);
    let worst = findings.iter().filter(|it| it.status == Status::Error).find_map(|it| it.kind);
    Ok(worst.map_or(Exit::DONE, Exit::from))
}

fn settings(cx: &Context) -> Finding {
    let file = cx.common.config.clone().unwrap_or_else(|| cx.paths.config_file());
    let shown = printable(&file.to_string_lossy()).into_owned();
    if file.exists() {
        Finding::ok("settings", format!("{shown} is in order"))
    } else {
        Finding::ok("settings", format!("there is no {shown}, so the defaults hold"))
    }
}

/// Looks at the file of an SQLite database; a server's is its own business.
fn file(url: &DatabaseUrl) -> Finding {
    let Some(path) = url.sqlite_path() else { return Finding::ok("file", format!("{url} is on a server")) };
    let shown = printable(&path.to_string_lossy()).into_owned();
    let Ok(metadata) = std::fs::metadata(path) else {
        let failure = Failure::new(Kind::Unavailable, format!("there is no {shown}"));
        return Finding::error("file", &failure.hint("make it with \"keydeck init\", or name another with --db"));
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        let message = format!("{shown} is open to others (mode {mode:04o})");
        return Finding::warning("file", message, format!("run: chmod 600 {shown}"));
    }
    match path.parent().map(writable) {
        Some(false) => {
            Finding::warning("file", format!("the folder of {shown} can't be written"), "only reading works")
        }
        _ => Finding::ok("file", format!("{shown} is yours alone (mode {mode:04o})")),
    }
}

fn writable(folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Reads `SECRET_KEY` where that asks nobody.
fn key(cx: &Context) -> Option<Result<crate::vault::SecretKey, Failure>> {
    let sources = cx.key_sources(Prompt::Existing);
    let offered = sources.file.is_some() || sources.descriptor.is_some() || cx.is_in_environment();
    offered.then(|| cx.secret_key())
}

fn memory() -> Finding {
    let hardening = harden_process();
    if hardening.no_core_dumps.is_err() {
        return Finding::warning("memory", "core dumps can't be switched off", "run: ulimit -c 0");
    }
    if hardening.not_traceable.is_err() {
        let message = "other programs of yours can read this one's memory";
        return Finding::warning("memory", message, "trust what runs under your login, or work as another user");
    }
    match hardening.swap_active {
        Some(true) => {
            Finding::warning("memory", "this machine swaps, and secrets may reach its disk", "encrypt the swap space")
        }
        Some(false) => Finding::ok("memory", "no core dumps, closed to other programs, no swap"),
        None => Finding::ok("memory", "no core dumps, closed to other programs; whether it swaps can't be told"),
    }
}

fn terminal(cx: &Context) -> Finding {
    let utf8 =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    let is_utf8 = utf8.as_ref().is_some_and(|it| it.to_lowercase().replace('-', "").contains("utf8"));
    let colours = if cx.out.is_coloured() { "with colours" } else { "without colours" };
    match cx.out.width() {
        None => Finding::ok("terminal", format!("standard output is none, so output is plain; {colours}")),
        Some(width) if width < 40 => {
            let message = format!("it has {width} columns");
            Finding::warning("terminal", message, "the console needs 40 columns, and is complete from 80 on")
        }
        Some(width) if !is_utf8 => {
            let message = format!("{width} columns, {colours}; its locale is not UTF-8");
            Finding::warning("terminal", message, "set LANG to a UTF-8 locale, such as C.UTF-8")
        }
        Some(width) => Finding::ok("terminal", format!("{width} columns, {colours}, UTF-8")),
    }
}

fn tell(cx: &mut Context, findings: &[Finding]) {
    if cx.out.json {
        cx.out.document(&json!({ "checks": findings }));
        return;
    }
    let mut table = Table::new(&["CHECK", "STATUS", "FOUND", "WHAT TO DO"]);
    for it in findings {
        let status = match it.status {
            Status::Ok => "ok",
            Status::Warning => "look",
            Status::Error => "broken",
        };
        table.row([it.check, status, &it.message, it.hint.as_deref().unwrap_or("")]);
    }
    cx.out.table(&table);
    let worst = findings.iter().map(|it| it.status).max();
    let (tone, word) = match worst {
        None | Some(Status::Ok) => (Tone::Good, "All is well."),
        Some(Status::Warning) => (Tone::Warning, "It works; some things deserve a look."),
        Some(Status::Error) => (Tone::Bad, "Something is broken."),
    };
    let word = cx.out.tone(tone, word);
    cx.out.remark(word);
}
