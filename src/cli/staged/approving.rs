//! Approving what somebody else has staged: which sets wait, what one does, and the yes to it.

use serde_json::{Value, json};

use super::showing;
use crate::{
    cli::{context::Context, output::Tone, prompt, report::Exit, table::Table, writing::count},
    domain::name::printable,
    ops::{approval::Waiting, failure::Failure, session::Session},
};

/// How many signs of a plan's hash are shown.
const SHOWN: usize = 12;

/// Lists the sets that wait: one's own, and those that one may approve.
pub(super) async fn list(cx: &mut Context, session: &Session) -> Result<Exit, Failure> {
    let waiting = session.waiting().await?;
    if cx.out.json {
        let rows: Vec<Value> = waiting.iter().map(row).collect();
        cx.out.document(&json!({ "wanted": session.view().wants_approval(), "waiting": rows }));
        return Ok(Exit::DONE);
    }
    if !session.view().wants_approval() {
        cx.out.remark("Change sets need no approval in this workspace: see \"keydeck staged show\".");
        return Ok(Exit::DONE);
    }
    if waiting.is_empty() {
        cx.out.remark("Nothing waits for approval.");
        return Ok(Exit::DONE);
    }
    let mut table = Table::new(&["OF", "CHANGES", "STAGED", "HASH", "APPROVED BY"]);
    for it in &waiting {
        let at = it.staged.updated_at.map(|at| format!("{at:.0}")).unwrap_or_default();
        let whose = if it.own { format!("{} (you)", it.login) } else { it.login.to_string() };
        table.row([&*whose, &it.staged.changes.len().to_string(), &at, &it.plan[..SHOWN], &approvers(it)]);
    }
    cx.out.table(&table);
    cx.out.remark("Look at one with: keydeck staged show --of LOGIN");
    Ok(Exit::DONE)
}

fn approvers(waiting: &Waiting) -> String {
    waiting.approvals.iter().map(|it| &*it.login).collect::<Vec<_>>().join(", ")
}

fn row(waiting: &Waiting) -> Value {
    json!({
        "operator": waiting.login, "own": waiting.own, "changes": waiting.staged.changes.len(),
        "base_revision": waiting.staged.base_revision, "updated_at": waiting.staged.updated_at,
        "plan": waiting.plan, "approved_by": waiting.approvals,
    })
}

/// Shows what somebody else has staged.
pub(super) async fn show(cx: &mut Context, session: &Session, whose: &str) -> Result<Exit, Failure> {
    let waiting = session.waiting_of(whose).await?;
    tell(cx, session, &waiting);
    if !cx.out.json && !waiting.own {
        let plan = &waiting.plan[..SHOWN];
        cx.out.remark(format!("Approve it as it is with: keydeck staged approve {plan}"));
    }
    Ok(Exit::DONE)
}

fn tell(cx: &mut Context, session: &Session, waiting: &Waiting) {
    let view = session.view();
    let plan = view.plan(waiting.staged.plain(), session.door().now());
    if cx.out.json {
        let mut document = showing::as_json(&view, &waiting.staged, &plan);
        document["operator"] = json!(waiting.login);
        document["plan"] = json!(waiting.plan);
        document["approval"] = json!({ "wanted": true, "approved_by": waiting.approvals });
        // What stands in the way of the one who looks is not in the way of the one who applies.
        document.as_object_mut().map(|document| document.remove("obstacles"));
        cx.out.document(&document);
        return;
    }
    let heading = format!("Staged by {}: {}", waiting.login, count(waiting.staged.changes.len(), "change"));
    let heading = cx.out.tone(Tone::Heading, &printable(&heading));
    cx.out.line(heading);
    let plan = crate::ops::plan::Plan { obstacles: Vec::new(), ..plan };
    showing::changes(&mut cx.out, &view, &waiting.staged, &plan);
    if waiting.is_approved() {
        cx.out.remark(format!("Approved by {}.", printable(&approvers(waiting))));
    }
}

/// Approves what somebody else has staged. Who names them rather than the hash sees it first, and is asked.
pub(super) async fn approve(cx: &mut Context, session: &Session, whose: &str) -> Result<Exit, Failure> {
    let waiting = session.waiting_of(whose).await?;
    if !cx.out.json {
        tell(cx, session, &waiting);
    }
    if *waiting.login == *whose {
        cx.out.finish()?;
        if !prompt::confirm(cx, "Approve this?")? {
            return Err(Failure::usage("nothing was approved"));
        }
    }
    session.approve(&waiting).await?;
    if cx.out.json {
        cx.out.document(&json!({ "approved": waiting.login, "plan": waiting.plan }));
    } else {
        cx.out.remark(format!("Approved. {} can apply it as it is.", printable(&waiting.login)));
    }
    Ok(Exit::DONE)
}
