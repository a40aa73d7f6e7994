//! Answering: Enter, Esc and Tab in whatever lies over the screen, and Esc on the screen itself.

use crate::tui::{
    action::Action,
    effect::{Effect, Step, Typed},
    state::{
        State,
        form::Asked,
        others::choices,
        overlay::{Deed, Overlay},
        route::Screen,
    },
    widget::{dialog::Dialog, list::Motion, toast::ToastKind},
};

use super::{
    assigning, editing, finding, going, importing, listing, moving, others, overviewing, staging, typing, verifying,
};

/// Does an action of dialogs and fields.
pub(super) fn answer(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Accept => accept(state),
        Action::Cancel => cancel(state),
        Action::NextField | Action::PreviousField if matches!(state.overlays.last(), Some(Overlay::Import(_))) => {
            importing::field(state, action);
            importing::look_at_names(state)
        }
        Action::NextChoice | Action::PreviousChoice if matches!(state.overlays.last(), Some(Overlay::Import(_))) => {
            importing::choose(state, action == Action::NextChoice)
        }
        Action::NextField | Action::PreviousField => field(state, action == Action::NextField),
        Action::Complete => {
            finding::complete(state);
            Vec::new()
        }
        _ => {
            choose(state, action == Action::NextChoice);
            Vec::new()
        }
    }
}

fn accept(state: &mut State) -> Vec<Effect> {
    match state.overlays.last_mut() {
        None => Vec::new(),
        Some(Overlay::Confirm(confirm)) => {
            let (done, deed) = (confirm.dialog.is_confirmed(&confirm.state), confirm.deed.clone());
            if !done && confirm.state.on_deed {
                // The name is not typed yet: the dialog stays and says so.
                return Vec::new();
            }
            if !done && confirm.dialog.name.is_some() && !confirm.state.typed.text().is_empty() {
                confirm.state.on_deed = true;
                return Vec::new();
            }
            state.overlays.pop();
            if done { perform(state, deed) } else { Vec::new() }
        }
        Some(Overlay::Apply(dialog)) => match dialog.at {
            0 => {
                dialog.at = 1;
                Vec::new()
            }
            1 => {
                let message = dialog.message.text().to_owned();
                staging::apply(state, &message)
            }
            _ => {
                state.overlays.pop();
                Vec::new()
            }
        },
        Some(Overlay::Others(_)) => others::decide(state),
        Some(Overlay::Approve(dialog)) => {
            let (on_deed, waiting) = (dialog.on_deed, dialog.waiting.clone());
            state.overlays.pop();
            if on_deed { vec![Effect::Approve(Box::new(waiting))] } else { Vec::new() }
        }
        Some(Overlay::Proposal(_)) => overviewing::accept(state),
        Some(Overlay::Picker(_)) => assigning::accept(state),
        Some(Overlay::Form(_)) => editing::submit(state),
        Some(Overlay::Import(_)) => importing::accept(state),
        Some(Overlay::Finder(_)) => finding::accept(state),
        Some(
            Overlay::Filter { .. } | Overlay::Reveal(_) | Overlay::Told(_) | Overlay::Failure(_) | Overlay::Columns(_),
        ) => {
            state.overlays.pop();
            Vec::new()
        }
        Some(Overlay::Prompt(_)) => set_input(state),
        Some(Overlay::Unlock(unlock)) => {
            if unlock.busy || unlock.secret.is_empty() {
                return Vec::new();
            }
            unlock.busy = true;
            vec![Effect::Unlock(Typed::new(unlock.secret.take()))]
        }
    }
}

/// Does what was confirmed.
fn perform(state: &mut State, deed: Deed) -> Vec<Effect> {
    match deed {
        Deed::Stage(changes, said) => {
            let Some(base) = state.ground().cloned() else { return Vec::new() };
            if let Some(obstacle) = base.obstacles(&changes).first() {
                state.fail(obstacle);
                return Vec::new();
            }
            state.staging.undone.clear();
            // A picker that asked has its answer.
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Picker(_)));
            state.route_mut().marks.clear();
            vec![Effect::Stage { changes, sealing: None, said: format!("{said} · u undo · ctrl-s apply") }]
        }
        Deed::DiscardAll => {
            state.staging.undone.clear();
            vec![Effect::Discard]
        }
        Deed::Revert(number) => vec![Effect::Revert { number, redo: false }],
        Deed::Abandon(key) => vec![Effect::Rotate { key, step: Step::Abandon }],
        Deed::RevokeNow(change, name) => vec![Effect::RevokeNow { change: Box::new(change), name }],
        Deed::Leave => super::leave(state),
        Deed::LeaveForm => {
            state.overlays.pop();
            Vec::new()
        }
    }
}

fn set_input(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Prompt(mut prompt)) = state.overlays.pop() else { return Vec::new() };
    let text = prompt.text.text().trim().to_owned();
    let set = state.preview_mut().map(|preview| preview.set(&prompt.input, &text));
    if let Some(Err(error)) = set {
        prompt.error = Some(error);
        state.overlays.push(Overlay::Prompt(prompt));
    }
    Vec::new()
}

/// Leaves what lies on top; on the screen, goes one step up: marks, filter, details, the way back.
fn cancel(state: &mut State) -> Vec<Effect> {
    if matches!(state.overlays.last(), Some(Overlay::Import(_))) {
        return importing::leave(state);
    }
    match state.overlays.pop() {
        None => give_up(state).or_else(|| verifying::stop(state)).unwrap_or_else(|| step_up(state)),
        Some(Overlay::Unlock(_)) => {
            state.when_unlocked = None;
            Vec::new()
        }
        Some(Overlay::Filter { before }) => {
            state.route_mut().filter.set(before);
            listing::filter(state)
        }
        Some(Overlay::Form(form)) if form.touched => {
            state.overlays.push(Overlay::Form(form));
            let dialog = Dialog {
                title: "Leave the form?".to_owned(),
                body: "What was typed is lost.".to_owned(),
                deed: "Leave".to_owned(),
                ..Dialog::default()
            };
            staging::ask(state, dialog, Deed::LeaveForm);
            Vec::new()
        }
        Some(Overlay::Finder(finder)) if !finder.input.text().is_empty() && finder.recalled.is_none() => {
            // What was typed goes first, so that a slip of the finger loses little.
            let mut finder = finder;
            finder.input.set("");
            finder.look(state);
            state.overlays.push(Overlay::Finder(finder));
            Vec::new()
        }
        Some(_) => Vec::new(),
    }
}

/// Gives up what waits for the vault: a secret that shows itself after all would be seen by whoever is there then.
fn give_up(state: &mut State) -> Option<Vec<Effect>> {
    state.when_unlocked.take()?;
    if let Some(number) = state.jobs.stop(state.now) {
        return Some(super::stopped(state, number));
    }
    state.say(ToastKind::Warn, "Given up; the vault is being unlocked all the same");
    Some(Vec::new())
}

fn step_up(state: &mut State) -> Vec<Effect> {
    if state.data.is_none() {
        state.finished = true;
        return Vec::new();
    }
    if let Some(number) = state.jobs.stop(state.now) {
        return super::stopped(state, number);
    }
    if state.toasts.dismiss() {
        return Vec::new();
    }
    let narrow = state.size.0 < crate::tui::state::layout::WIDE;
    let route = state.route_mut();
    if route.column.take().is_some() {
        return Vec::new();
    }
    if !route.marks.is_empty() || route.range.is_some() {
        route.marks.clear();
        route.range = None;
        return Vec::new();
    }
    if !route.filter.text().is_empty() {
        route.filter.set("");
        return listing::filter(state);
    }
    if narrow && route.details == Some(true) {
        route.details = None;
        return Vec::new();
    }
    if state.history.is_under_way() {
        return going::go(state, Action::Back);
    }
    if state.route().screen != Screen::Workflows {
        return going::go(state, Action::GotoWorkflows);
    }
    state.say(ToastKind::Ok, "q leaves keydeck");
    Vec::new()
}

/// Goes to the next field, button or row.
pub(super) fn field(state: &mut State, forward: bool) -> Vec<Effect> {
    let step = |at: usize, count: usize| (at + if forward { 1 } else { count.max(1) - 1 }) % count.max(1);
    match state.overlays.last_mut() {
        Some(Overlay::Confirm(confirm)) => confirm.state.on_deed = !confirm.state.on_deed,
        Some(Overlay::Apply(dialog)) => dialog.at = step(dialog.at, 3),
        Some(Overlay::Approve(dialog)) => dialog.on_deed = !dialog.on_deed,
        Some(Overlay::Proposal(proposal)) => proposal.on_deed = !proposal.on_deed,
        Some(Overlay::Others(at)) => {
            let count = state.staging.meanwhile.as_ref().map_or(1, |it| choices(it).len());
            *at = step(*at, count);
        }
        Some(Overlay::Form(form)) => {
            form.at = step(form.at, form.lines.len());
            form.error = None;
        }
        Some(Overlay::Reveal(reveal)) => reveal.at = step(reveal.at, reveal.fields.len()),
        Some(Overlay::Filter { .. }) => {
            return moving::by(state, if forward { Motion::Down } else { Motion::Up });
        }
        _ => {}
    }
    Vec::new()
}

/// Puts the next value that fits into the field of a form.
fn choose(state: &mut State, forward: bool) {
    let Some(view) = state.ground().cloned() else { return };
    let Some(Overlay::Form(form)) = state.overlays.last_mut() else { return };
    let at = form.at;
    let Some(line) = form.lines.get(at) else { return };
    let Asked::Field(_) = line.what else { return };
    let here = line.entry().trim().to_owned();
    // Once a value is in, the next one is of all, not of those that resemble it.
    let mut all = form.suggestions(&view);
    if all.first().is_some_and(|first| *first == here) {
        form.lines[at].put("");
        all = form.suggestions(&view);
        form.lines[at].put(&here);
    }
    if all.is_empty() {
        return;
    }
    let next = match all.iter().position(|value| *value == here) {
        Some(at) if forward => (at + 1) % all.len(),
        Some(at) => (at + all.len() - 1) % all.len(),
        None => 0,
    };
    form.lines[at].put(&all.swap_remove(next));
    typing::check_form(state);
}
