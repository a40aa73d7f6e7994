//! Staging: changes are added, taken back, applied with a message, undone and redone.

use crate::{
    domain::change::Change,
    ops::{staging::Staged, view::View},
    plan::Ground,
    tui::{
        action::Action,
        effect::{Effect, Purpose},
        state::{
            State, available,
            overlay::{ApplyDialog, Confirm, Deed, Overlay},
        },
        widget::{
            dialog::{Dialog, DialogState},
            input::TextInput,
            toast::ToastKind,
        },
        words,
    },
};

use super::{gridding, others, overviewing};

/// Does an action on what is staged or applied.
pub(super) fn stage(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    match action {
        Action::Apply if is_touched(state) => others::open(state),
        Action::Apply => {
            let dialog = ApplyDialog { message: TextInput::new(argument), at: 0 };
            state.overlays.push(Overlay::Apply(dialog));
            Vec::new()
        }
        Action::Discard => discard(state),
        Action::DiscardAll => {
            let count = words::count(state.staging.changes.len(), "change");
            ask(
                state,
                Dialog {
                    title: format!("Unstage {count}?"),
                    body: "Nothing of them is applied. What was typed into them is lost.".to_owned(),
                    deed: "Unstage all".to_owned(),
                    danger: true,
                    name: None,
                },
                Deed::DiscardAll,
            );
            Vec::new()
        }
        Action::Revert => {
            if let Some(number) = state.revision().map(|revision| revision.number) {
                ask_revert(state, number);
            }
            Vec::new()
        }
        Action::Undo => undo(state),
        _ => redo(state),
    }
}

/// Asks before a deed.
pub(super) fn ask(state: &mut State, dialog: Dialog, deed: Deed) {
    let confirm = Confirm { dialog, state: DialogState::default(), deed };
    state.overlays.push(Overlay::Confirm(Box::new(confirm)));
}

fn ask_revert(state: &mut State, number: u64) {
    let message = state.log.iter().find(|revision| revision.number == number).map(|it| it.message.to_string());
    let body = format!(
        "{}\nA new revision restores the state before it. Changes that others made since to the same things stop it.",
        message.filter(|text| !text.is_empty()).unwrap_or_else(|| "It has no message.".to_owned())
    );
    let title = format!("Undo revision {number}?");
    let dialog = Dialog { title, body, deed: "Undo it".to_owned(), ..Dialog::default() };
    ask(state, dialog, Deed::Revert(number));
}

/// Stages changes, unless something stands in their way.
pub(super) fn put(state: &mut State, changes: Vec<Change>) -> Vec<Effect> {
    let Some(base) = state.ground().cloned() else { return Vec::new() };
    if changes.is_empty() {
        state.say(ToastKind::Warn, "Nothing would change");
        return Vec::new();
    }
    if let Some(obstacle) = base.obstacles(&changes).first() {
        state.fail(obstacle);
        return Vec::new();
    }
    let said = format!("Staged: {} · u undo · ctrl-s apply", sentence(&base, &changes));
    state.staging.undone.clear();
    vec![Effect::Stage { changes, sealing: None, said }]
}

/// Says what changes do: the sentence of the first, and how many more there are.
pub(super) fn sentence(base: &View, changes: &[Change]) -> String {
    let after = base.with_changes(changes);
    let Some(first) = changes.first() else { return "nothing".to_owned() };
    let first = base.words(&after).sentence(first);
    match changes.len() {
        1 => first,
        more => format!("{first}, and {}", words::count(more - 1, "other change")),
    }
}

/// Says whether others applied what is to be looked at before anything goes on.
fn is_touched(state: &State) -> bool {
    state.staging.meanwhile.as_ref().is_some_and(|it| it.ground != Ground::Untouched)
}

/// Asks anew what staging comes to, and what others did to its ground.
pub(super) fn replan(state: &mut State) -> Vec<Effect> {
    let mut effects = plan(state);
    effects.extend(others::look(state));
    effects
}

/// Asks anew what staging comes to.
pub(super) fn plan(state: &mut State) -> Vec<Effect> {
    let Some(base) = state.view().cloned() else { return Vec::new() };
    let generation = state.next_generation();
    state.asked.staged = generation;
    if state.staging.changes.is_empty() {
        state.staging.plan = None;
        state.staging.swing.clear();
        let mut effects = overviewing::ask(state);
        effects.extend(gridding::ask(state));
        return effects;
    }
    let changes = state.staging.changes.iter().map(|(_, change)| change.clone()).collect();
    vec![Effect::Plan { generation, purpose: Purpose::Staged, base, changes, now: state.now }]
}

fn discard(state: &mut State) -> Vec<Effect> {
    let at = state.route().list.cursor;
    let Some((number, change)) = state.staging.changes.get(at).cloned() else { return Vec::new() };
    state.staging.undone.push(vec![change]);
    vec![Effect::Unstage { numbers: vec![number], said: "Unstaged · U stages it again".to_owned() }]
}

/// Takes back what was done last: staged changes first, then the revisions of this session, then one's own newest.
fn undo(state: &mut State) -> Vec<Effect> {
    if !state.staging.changes.is_empty() {
        let last = state.staging.changes.last().map(|(number, _)| vec![*number]);
        let numbers = state.staging.batches.pop().or(last).unwrap_or_default();
        let taken = state.staging.changes.iter().filter(|(number, _)| numbers.contains(number));
        let taken: Vec<Change> = taken.map(|(_, change)| change.clone()).collect();
        let said = format!("Unstaged {} · U stages again", words::count(taken.len(), "change"));
        state.staging.undone.push(taken);
        return vec![Effect::Unstage { numbers, said }];
    }
    // It is forgotten when it is undone: others may have changed the same things, and then it stands.
    if let Some(&number) = state.deeds.applied.last() {
        return vec![Effect::Revert { number, redo: false }];
    }
    if let Some(number) = available::newest_of_mine(state) {
        ask_revert(state, number);
    }
    Vec::new()
}

fn redo(state: &mut State) -> Vec<Effect> {
    if let Some(changes) = state.staging.undone.pop() {
        let said = format!("Staged {} again", words::count(changes.len(), "change"));
        return vec![Effect::Stage { changes, sealing: None, said }];
    }
    match state.deeds.reverted.last() {
        Some(&number) => vec![Effect::Revert { number, redo: true }],
        None => Vec::new(),
    }
}

/// Applies what is staged, with the message that was typed or the changes' own sentence.
pub(super) fn apply(state: &mut State, message: &str) -> Vec<Effect> {
    if let Some(obstacle) = state.staging.plan.as_ref().and_then(|plan| plan.obstacles.first()).cloned() {
        state.fail(&obstacle);
        return Vec::new();
    }
    let message = match (message.trim(), state.view()) {
        ("", Some(view)) => {
            let changes: Vec<Change> = state.staging.changes.iter().map(|(_, change)| change.clone()).collect();
            sentence(view, &changes)
        }
        (typed, _) => typed.to_owned(),
    };
    state.overlays.clear();
    let staging = &state.staging;
    let staged = Staged { base_revision: staging.base, updated_at: None, changes: staging.changes.clone() };
    vec![Effect::Apply { message, staged }]
}
