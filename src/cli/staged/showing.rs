//! Showing one's own staged set: each change, what it does, what others applied meanwhile, and whether it may go on.

use serde_json::{Value, json};

use crate::{
    cli::{
        context::Context,
        output::{Output, Tone},
        report::Exit,
        writing,
    },
    domain::name::printable,
    ops::{
        approval::Approver, failure::Failure, meanwhile::Meanwhile, plan::Plan, session::Session, staging::Staged,
        view::View,
    },
    plan::Ground,
};

/// Shows what the operator has staged.
pub(super) async fn own(cx: &mut Context, session: &Session) -> Result<Exit, Failure> {
    let staged = session.staged().await?;
    let view = session.view();
    let plan = view.plan(staged.plain(), session.door().now());
    let meanwhile = session.meanwhile(&staged).await?;
    let approvers = if view.wants_approval() { session.approvals(&staged).await? } else { Vec::new() };
    if cx.out.json {
        let mut document = as_json(&view, &staged, &plan);
        document["meanwhile"] = json!(meanwhile);
        document["approval"] = json!({ "wanted": view.wants_approval(), "approved_by": approvers });
        cx.out.document(&document);
        return Ok(Exit::DONE);
    }
    if staged.changes.is_empty() {
        cx.out.remark("Nothing is staged.");
        return Ok(Exit::DONE);
    }
    changes(&mut cx.out, &view, &staged, &plan);
    if let Some(meanwhile) = &meanwhile {
        self::meanwhile(&mut cx.out, meanwhile);
    }
    let touched = meanwhile.is_some_and(|it| it.ground != Ground::Untouched);
    next(&mut cx.out, &view, &session.identity().login, &approvers, touched);
    Ok(Exit::DONE)
}

/// Says what is to be done next.
fn next(out: &mut Output, view: &View, login: &str, approvers: &[Approver], touched: bool) {
    match approvers.first() {
        Some(first) => {
            let text = format!("Approved by {}.", printable(&first.login));
            let text = out.tone(Tone::Good, &text);
            out.remark(text);
        }
        None if view.wants_approval() => return out.remark(writing::waits(login)),
        None => {}
    }
    if touched {
        out.remark("If it is still what you want: keydeck staged rebase, then keydeck staged apply -m TEXT");
    } else {
        out.remark("Apply it with: keydeck staged apply -m TEXT");
    }
}

/// Tells each change with its number, what all do, and what stands in their way.
pub(super) fn changes(out: &mut Output, view: &View, staged: &Staged, plan: &Plan) {
    let each = view.tell(&plan.after, &staged.plain());
    for ((number, _), change) in staged.changes.iter().zip(&each) {
        let number = out.tone(Tone::Faint, &format!("{number:>3}"));
        out.line(format!("{number}  {}", printable(&change.sentence)));
    }
    writing::effects(out, &plan.told(view));
    writing::warn(out, plan);
}

/// Tells what others applied meanwhile.
pub(super) fn meanwhile(out: &mut Output, meanwhile: &Meanwhile) {
    let tone = match meanwhile.ground {
        Ground::Untouched => Tone::Faint,
        Ground::Touched => Tone::Warning,
        Ground::Conflict => Tone::Bad,
    };
    let sentence = out.tone(tone, &printable(&format!("{}.", meanwhile.sentence())));
    out.remark(sentence);
    for line in meanwhile.lines() {
        out.remark(format!("  {}", printable(&line)));
    }
}

/// A staged set as JSON.
pub(super) fn as_json(view: &View, staged: &Staged, plan: &Plan) -> Value {
    let (told, each) = (plan.told(view), view.tell(&plan.after, &staged.plain()));
    let numbered: Vec<Value> = staged.changes.iter().zip(&each).map(|((number, _), change)| json!({
        "number": number, "deed": change.deed, "kind": change.kind, "id": change.id, "sentence": change.sentence,
    })).collect();
    let obstacle = |it: &Failure| json!({ "kind": it.kind.word(), "message": it.message, "hints": it.hints });
    let obstacles: Vec<Value> = plan.obstacles.iter().map(obstacle).collect();
    json!({
        "base_revision": staged.base_revision, "updated_at": staged.updated_at, "changes": numbered,
        "effects": told.effects, "hidden": told.hidden, "obstacles": obstacles,
    })
}
