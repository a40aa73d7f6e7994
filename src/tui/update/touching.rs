//! Clicks in boxes: a line, a field, a value that fits it, an option, a button. Each does what the keys for it do.

use crate::tui::{
    action::Action,
    effect::Effect,
    state::{State, importing::Step, overlay::Overlay},
    widget::{list::Motion, touch::Touch},
};

use super::{assigning, importing, moving, typing};

/// What changes the options of the picker, from the left.
const OPTIONS: [Action; 3] = [Action::ToggleStrength, Action::CycleEnvironment, Action::ToggleModel];

/// Does what a click in a box means; the second one on the same place takes a line of the picker.
pub(super) fn touch(state: &mut State, touch: Touch, again: bool) -> Vec<Effect> {
    match touch {
        Touch::Button(at) => press(state, at),
        Touch::Row(at) => line(state, at, again),
        Touch::Field(at) => field(state, at),
        Touch::Value(at) => value(state, at),
        Touch::Choice(at) => OPTIONS.get(at).map_or_else(Vec::new, |action| super::run(state, *action, "", None)),
        Touch::Reach(at) => match state.overlays.last_mut() {
            Some(Overlay::Picker(picker)) => {
                picker.reach = at;
                assigning::search(state)
            }
            _ => Vec::new(),
        },
    }
}

/// Presses a button, as if it was chosen and Enter came.
fn press(state: &mut State, at: usize) -> Vec<Effect> {
    let on_deed = at > 0;
    match state.overlays.last_mut() {
        Some(Overlay::Confirm(confirm)) => confirm.state.on_deed = on_deed,
        Some(Overlay::Apply(dialog)) => dialog.at = at + 1,
        Some(Overlay::Others(chosen)) => *chosen = at,
        Some(Overlay::Approve(dialog)) => dialog.on_deed = on_deed,
        Some(Overlay::Proposal(proposal)) => proposal.on_deed = on_deed,
        Some(Overlay::Import(it)) => match &mut it.step {
            Step::Looking(_, chosen) => *chosen = on_deed,
            _ => return super::run(state, Action::Cancel, "", None),
        },
        _ => {}
    }
    super::run(state, Action::Accept, "", None)
}

fn line(state: &mut State, at: usize, again: bool) -> Vec<Effect> {
    match state.overlays.last_mut() {
        Some(Overlay::Finder(finder)) => {
            finder.list.cursor = at;
            super::run(state, Action::Accept, "", None)
        }
        Some(Overlay::Columns(chooser)) => {
            chooser.list.cursor = at;
            super::run(state, Action::ToggleColumn, "", None)
        }
        Some(Overlay::Picker(picker)) if again && picker.list.cursor == at => {
            super::run(state, Action::Accept, "", None)
        }
        // What it would do is looked at first.
        _ => moving::by(state, Motion::To(at)),
    }
}

fn field(state: &mut State, at: usize) -> Vec<Effect> {
    match state.overlays.last_mut() {
        Some(Overlay::Form(form)) => {
            form.at = at.min(form.lines.len().saturating_sub(1));
            form.error = None;
            Vec::new()
        }
        Some(Overlay::Apply(dialog)) => {
            dialog.at = 0;
            Vec::new()
        }
        Some(Overlay::Import(_)) => importing::go_to(state, at),
        _ => Vec::new(),
    }
}

fn value(state: &mut State, at: usize) -> Vec<Effect> {
    if matches!(state.overlays.last(), Some(Overlay::Import(_))) {
        return importing::put(state, at);
    }
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    if let Some(Overlay::Form(form)) = state.overlays.last_mut()
        && let Some(value) = form.suggestions(&view).get(at)
        && let Some(line) = form.lines.get_mut(form.at)
    {
        line.put(value);
        typing::check_form(state);
    }
    Vec::new()
}
