//! The overview: asked for when one comes to it and when its ground changes; its groups open and close, and what is
//! suggested is looked at before it is staged.

use std::sync::Arc;

use crate::{
    domain::change::Change,
    ops::lint::Fixes,
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        state::{
            State,
            layout::Layout,
            overlay::{Overlay, Proposal},
            overview::{Line, Mark, Overview},
            route::Screen,
        },
        widget::{list::Motion, toast::ToastKind},
        words,
    },
};

use super::{going, staging};

/// Asks what needs attention, if that is on the screen. What was found before stays until the answer comes.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    if state.route().screen != Screen::Overview {
        return Vec::new();
    }
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let generation = state.next_generation();
    state.asked.overview = generation;
    vec![Effect::Overview { generation, view, within_days: state.expiring_days, now: state.now }]
}

/// Takes what was found; the cursor stays on what it was on.
pub(super) fn found(state: &mut State, overview: Arc<Overview>) {
    let here = mark(state);
    state.attention.found = Some(overview);
    lay_out(state, here);
}

/// Makes the visible lines anew.
pub(super) fn rebuild(state: &mut State) {
    let here = mark(state);
    lay_out(state, here);
}

fn mark(state: &State) -> Option<Mark> {
    let line = state.attention_line()?;
    state.attention.found.as_ref()?.mark(line)
}

fn lay_out(state: &mut State, here: Option<Mark>) {
    let Some(overview) = state.attention.found.clone() else { return };
    if state.route().screen != Screen::Overview {
        return;
    }
    state.attention.lines = overview.lines(&state.attention.open, state.route().filter.text());
    if let Some(at) = here.and_then(|mark| position(state, &overview, mark)) {
        put_cursor(state, at);
    }
}

/// Finds the line of what a mark stands for; of a finding that is gone or hidden, its group.
fn position(state: &State, overview: &Overview, (severity, code, thing): Mark) -> Option<usize> {
    let at = |wanted: Mark| state.attention.lines.iter().position(|line| overview.mark(*line) == Some(wanted));
    at((severity, code, thing)).or_else(|| at((severity, code, None)))
}

fn put_cursor(state: &mut State, at: usize) {
    let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height).max(1));
    state.route_mut().list.go(Motion::To(at), count, height);
}

/// Opens and closes groups.
pub(super) fn branch(state: &mut State, action: Action) {
    let Some(overview) = state.attention.found.clone() else { return };
    match action {
        Action::ExpandAll => state.attention.open = overview.groups.iter().map(|it| (it.severity, it.code)).collect(),
        Action::CollapseAll => state.attention.open.clear(),
        _ => {
            let (Some(line), Some(group)) = (state.attention_line(), state.finding_group()) else { return };
            let key = (group.severity, group.code);
            match (action, line) {
                (Action::Expand, Line::Group(_)) if state.attention.open.insert(key) => {}
                (Action::Expand, _) => return put_cursor(state, state.route().list.cursor + 1),
                (_, Line::Group(_)) => drop(state.attention.open.remove(&key)),
                // From a finding one goes to its group first, as in every tree.
                (_, Line::Finding(_)) => {
                    if let Some(at) = position(state, &overview, (key.0, key.1, None)) {
                        put_cursor(state, at);
                    }
                    return;
                }
            }
        }
    }
    rebuild(state);
}

/// Goes to what a finding is about; opens or closes a group.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if let Some(thing) = state.thing() {
        return going::visit(state, thing);
    }
    if let Some(group) = state.finding_group() {
        let is_open = state.attention.open.contains(&(group.severity, group.code));
        branch(state, if is_open { Action::Collapse } else { Action::Expand });
    }
    Vec::new()
}

/// Shows what is suggested for the finding under the cursor, or for its whole group, with what it would do.
pub(super) fn mend(state: &mut State) -> Vec<Effect> {
    let (Some(overview), Some(line), Some(view)) =
        (state.attention.found.clone(), state.attention_line(), state.ground().cloned())
    else {
        return Vec::new();
    };
    let (title, changes, notes) = match line {
        Line::Finding(at) => {
            let Some(finding) = overview.lint.findings.get(at) else { return Vec::new() };
            (overview.places[at].clone(), finding.suggestion.changes().to_vec(), vec![overview.sentences[at].clone()])
        }
        Line::Group(at) => {
            let Some(group) = overview.groups.get(at) else { return Vec::new() };
            let fixes = overview.lint.fixes(&[group.code]);
            (format!("{} · {}", group.name(), group.count), fixes.changes.clone(), left_out(&fixes))
        }
    };
    if changes.is_empty() {
        state
            .say(ToastKind::Warn, "None of these can be mended by a change that is sure to be right; enter goes there");
        return Vec::new();
    }
    propose(state, &view, format!("Mend {title}?"), notes, changes)
}

/// Says what is not among the suggestions for a group.
fn left_out(fixes: &Fixes) -> Vec<String> {
    let findings = |count: usize| words::count(count, "finding");
    let mut notes = vec![format!("This mends {}.", findings(fixes.mended))];
    if fixes.waiting > 0 {
        notes.push(format!("{} wait: something else is suggested for the same thing.", findings(fixes.waiting)));
    }
    if fixes.refused > 0 {
        notes.push(format!("{} are not yours to mend.", findings(fixes.refused)));
    }
    notes
}

/// Opens the box that shows what changes would do before they are staged.
fn propose(
    state: &mut State,
    base: &crate::ops::view::View,
    title: String,
    notes: Vec<String>,
    changes: Vec<Change>,
) -> Vec<Effect> {
    let told = base.tell(&base.with_changes(&changes), &changes).into_iter().map(|it| it.sentence).collect();
    let generation = state.next_generation();
    state.asked.proposal = generation;
    let proposal = Proposal { title, notes, told, changes: changes.clone(), plan: None, on_deed: true };
    state.overlays.push(Overlay::Proposal(Box::new(proposal)));
    vec![Effect::Plan { generation, purpose: Purpose::Proposal, base: base.clone(), changes, now: state.now }]
}

/// Stages what was proposed, if that is what the box was answered with.
pub(super) fn accept(state: &mut State) -> Vec<Effect> {
    match state.overlays.pop() {
        Some(Overlay::Proposal(proposal)) if proposal.on_deed => staging::put(state, proposal.changes),
        _ => Vec::new(),
    }
}
