//! Others: what they applied meanwhile and what it means to what is staged, what waits for approval, and the database
//! that goes and comes back.

use std::sync::Arc;

use crate::{
    ops::{
        approval::{Approver, Waiting},
        failure::Failure,
        meanwhile::Meanwhile,
        staging::{Side, Staged},
    },
    plan::Ground,
    store::Revision,
    tui::{
        effect::{Effect, Purpose},
        state::{
            Data, State,
            others::{ApproveDialog, Choice, Lost, Unresolved, choices},
            overlay::{ApplyDialog, Overlay},
        },
        widget::toast::ToastKind,
        words,
    },
};

use super::{arriving, staging};

/// Asks anew what others did and what waits.
pub(super) fn look(state: &mut State) -> Vec<Effect> {
    let generation = state.next_generation();
    state.asked.look = generation;
    vec![Effect::Look { generation }]
}

/// Takes what others did.
pub(super) fn looked(
    state: &mut State,
    staged: Staged,
    meanwhile: Option<Arc<Meanwhile>>,
    approvals: Vec<Approver>,
    waiting: Vec<Waiting>,
) -> Vec<Effect> {
    let changed = staged.changes != state.staging.changes;
    let news = waiting.iter().filter(|it| !it.own && !state.waiting.iter().any(|known| known.plan == it.plan));
    let (news, waits) = (news.count(), state.staging.approvals.is_empty() && !approvals.is_empty());
    let approver = approvals.first().map(|first| first.login.to_string());
    arriving::take_staged(state, staged);
    state.staging.meanwhile = meanwhile;
    state.staging.approvals = approvals;
    state.waiting = waiting.into_iter().filter(|it| !it.own).collect();
    if let Some(login) = approver.filter(|_| waits) {
        state.say(ToastKind::Ok, format!("{login} approved what you staged · ctrl-s applies it"));
    } else if news > 0 {
        let sets = words::count(news, "change set");
        let waits = if news == 1 { "waits" } else { "wait" };
        state.say(ToastKind::Warn, format!("{sets} of others {waits} for approval · g s shows them"));
    }
    settle(state);
    if changed { staging::plan(state) } else { Vec::new() }
}

/// Goes on where the dialog about others led: to the next thing to decide, or to applying.
fn settle(state: &mut State) {
    let Some(Overlay::Others(at)) = state.overlays.last_mut() else { return };
    *at = 0;
    let ready = state.staging.meanwhile.as_ref().is_none_or(|it| it.ground == Ground::Untouched);
    if ready {
        state.overlays.pop();
        if !state.staging.changes.is_empty() {
            state.overlays.push(Overlay::Apply(ApplyDialog::default()));
        }
    }
}

/// Opens the dialog about what others did.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state.overlays.push(Overlay::Others(0));
    Vec::new()
}

/// Does what the dialog about others was answered with.
pub(super) fn decide(state: &mut State) -> Vec<Effect> {
    let (Some(Overlay::Others(at)), Some(meanwhile)) = (state.overlays.last(), state.staging.meanwhile.clone()) else {
        state.overlays.pop();
        return Vec::new();
    };
    let choice = choices(&meanwhile).get(*at).copied().unwrap_or(Choice::Cancel);
    let numbers = meanwhile.clashes.first().map(|clash| clash.numbers.clone()).unwrap_or_default();
    let keep = |side, said: &str| vec![Effect::Keep { side, numbers, said: said.to_owned() }];
    match choice {
        Choice::Cancel => {
            state.overlays.pop();
            Vec::new()
        }
        Choice::KeepTheirs => keep(Side::Theirs, "Theirs stays, yours is taken back"),
        Choice::KeepMine => keep(Side::Mine, "Yours goes over theirs when it is applied"),
        Choice::GoOn => vec![Effect::Rebase(meanwhile.revision)],
    }
}

/// Opens the question whether to approve the set under the cursor.
pub(super) fn approve(state: &mut State) -> Vec<Effect> {
    let (Some(waiting), Some(base)) = (state.waiting().cloned(), state.view().cloned()) else { return Vec::new() };
    let generation = state.next_generation();
    state.asked.approve = generation;
    let changes = waiting.staged.plain();
    state.overlays.push(Overlay::Approve(Box::new(ApproveDialog { waiting, plan: None, on_deed: false })));
    vec![Effect::Plan { generation, purpose: Purpose::Approval, base, changes, now: state.now }]
}

/// Notes that the database can't be reached; what is known stays on the screen.
pub(super) fn lost(state: &mut State, failure: &Failure) -> Vec<Effect> {
    if state.lost.is_none() {
        state.say(ToastKind::Error, format!("{}; you see what was known before", failure.message));
    }
    let since = state.lost.as_ref().map_or(state.now, |lost| lost.since);
    state.lost = Some(Lost { since, why: failure.message.clone() });
    Vec::new()
}

/// Takes what the database holds now that it is back.
pub(super) fn back(state: &mut State, data: Data, staged: Staged, log: Vec<Revision>) -> Vec<Effect> {
    state.lost = None;
    let before = state.view().map_or(0, crate::ops::view::View::revision);
    let came = data.view.revision().saturating_sub(before);
    let outcome = state.unresolved.take().map(|open| resolved(&open, &staged, &log));
    let said = match (&outcome, came) {
        (Some(outcome), _) => outcome.clone(),
        (None, 0) => "The database is back; nothing was applied meanwhile".to_owned(),
        (None, 1) => "The database is back; 1 revision was applied meanwhile".to_owned(),
        (None, more) => format!("The database is back; {more} revisions were applied meanwhile"),
    };
    state.say(ToastKind::Ok, said);
    state.log = log;
    arriving::take_staged(state, staged);
    arriving::replace(state, data)
}

/// Says how an apply ended whose outcome was unknown: it empties the staged set in the transaction that writes it.
fn resolved(open: &Unresolved, staged: &Staged, log: &[Revision]) -> String {
    let written = match open {
        Unresolved::Apply { staged: sent, .. } => staged.changes.first() != sent.changes.first(),
        Unresolved::Revert { after, number } => log.iter().any(|it| it.number > *after && it.reverts == Some(*number)),
    };
    let by = match open {
        Unresolved::Apply { after, message, .. } => {
            log.iter().find(|it| it.number > *after && *it.message == **message).map(|it| it.number)
        }
        Unresolved::Revert { after, number } => {
            log.iter().find(|it| it.number > *after && it.reverts == Some(*number)).map(|it| it.number)
        }
    };
    match (written, by) {
        (true, Some(revision)) => format!("The database is back: it is revision {revision}"),
        (true, None) => "The database is back: it was applied".to_owned(),
        (false, _) => "The database is back: it was not written".to_owned(),
    }
}
