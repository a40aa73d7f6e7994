//! `keydeck doctor`: looks at everything keydeck stands on, and says what to do about what is wrong.

mod surroundings;

use serde_json::json;

use super::{context::Context, output::Tone, report::Exit, table::Table};
use crate::{
    ops::{
        failure::Failure,
        health::{Finding, Status},
        identity::Identity,
    },
    vault::Prompt,
};

/// Looks around. Ends with 0, or with the code of the worst finding.
pub async fn run(cx: &mut Context) -> Result<Exit, Failure> {
    let url = cx.url();
    let mut findings = vec![surroundings::settings(cx), surroundings::file(&url)];
    findings.extend(surroundings::space(&url));
    findings.extend(surroundings::key_file(cx));
    findings.extend(surroundings::keymap(cx));
    match cx.open().await {
        Err(failure) => findings.push(Finding::error("database", &failure)),
        Ok(door) => {
            findings.push(Finding::ok("database", "it opens, and its schema is this program's"));
            findings.extend(door.examine().await);
            findings.extend(door.examine_storage().await);
            findings.push(door.examine_vault(key(cx)).await);
            findings.extend(door.examine_secrets(&Identity::local()).await);
            if let Ok(session) = cx.session_of(&door).await {
                findings.extend(session.view().examine_references(&cx.reference_policy()));
                findings.extend(session.view().examine_duplicates());
            }
            door.lock();
            door.close().await;
        }
    }
    findings.extend(surroundings::host_key(cx));
    findings.push(surroundings::memory());
    findings.push(surroundings::terminal(cx));
    tell(cx, &findings);
    let worst = findings.iter().filter(|it| it.status == Status::Error).find_map(|it| it.kind);
    Ok(worst.map_or(Exit::DONE, Exit::from))
}

/// Reads `SECRET_KEY` where that asks nobody.
fn key(cx: &Context) -> Option<Result<crate::vault::SecretKey, Failure>> {
    let sources = cx.key_sources(Prompt::Existing);
    let offered = sources.file.is_some() || sources.descriptor.is_some() || cx.is_in_environment();
    offered.then(|| cx.secret_key())
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
