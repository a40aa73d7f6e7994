//! Typing: keys that no layer binds, and pastes, go into the text field that hears them.

use crate::tui::{
    effect::Effect,
    event::{Key, KeyCode, Pasted},
    state::{State, overlay::Overlay},
    widget::{area::TextLines, toast::ToastKind},
};

use super::{assigning, finding, importing, listing, revealing};

/// What has to follow after a field was typed into.
#[derive(Clone, Copy)]
enum Typed {
    Nothing,
    Filter,
    Finder,
    Picker,
    Form,
    Import,
}

impl Typed {
    /// Nothing follows a key that the field did not take.
    fn when(self, heard: bool) -> Self {
        if heard { self } else { Self::Nothing }
    }
}

/// Types a key.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let typed = match state.overlays.last_mut() {
        Some(Overlay::Filter { .. }) => Typed::Filter.when(state.route_mut().filter.key(key)),
        Some(Overlay::Finder(finder)) => Typed::Finder.when(finder.input.key(key)),
        Some(Overlay::Picker(picker)) => Typed::Picker.when(picker.filter.key(key)),
        Some(Overlay::Form(form)) => {
            let Some(line) = form.lines.get_mut(form.at) else { return Vec::new() };
            let heard = line.key(key);
            // What leaves several lines at their top or bottom goes to the next field.
            if !heard && line.area.is_some() && matches!(key.code, KeyCode::Up | KeyCode::Down) {
                return super::answering::field(state, key.code == KeyCode::Down);
            }
            Typed::Form.when(heard)
        }
        Some(Overlay::Import(importing)) => {
            let Some(line) = importing.lines.get_mut(importing.at) else { return Vec::new() };
            Typed::Import.when(line.input.key(key))
        }
        Some(Overlay::Prompt(prompt)) => {
            prompt.text.key(key);
            prompt.error = None;
            Typed::Nothing
        }
        Some(Overlay::Confirm(confirm)) if confirm.dialog.name.is_some() => {
            confirm.state.typed.key(key);
            Typed::Nothing
        }
        Some(Overlay::Apply(dialog)) if dialog.at == 0 => {
            dialog.message.key(key);
            Typed::Nothing
        }
        Some(Overlay::Unlock(unlock)) if !unlock.busy => {
            unlock.secret.key(key);
            unlock.error = None;
            Typed::Nothing
        }
        Some(Overlay::Reveal(_)) => {
            // Whoever goes on is done looking.
            revealing::hide(state);
            Typed::Nothing
        }
        _ => Typed::Nothing,
    };
    follow(state, typed)
}

/// Pastes a text.
pub(super) fn paste(state: &mut State, pasted: &Pasted) -> Vec<Effect> {
    let text = pasted.text();
    let typed = match state.overlays.last_mut() {
        Some(Overlay::Filter { .. }) => {
            state.route_mut().filter.insert(text.trim());
            Typed::Filter
        }
        Some(Overlay::Finder(finder)) => {
            finder.input.insert(text.trim());
            Typed::Finder
        }
        Some(Overlay::Picker(picker)) => {
            picker.filter.insert(text.trim());
            Typed::Picker
        }
        Some(Overlay::Form(form)) => {
            let Some(line) = form.lines.get_mut(form.at) else { return Vec::new() };
            if let Some(area) = line.area.as_mut() {
                area.insert(text.trim());
            } else if !line.is_secret() {
                line.input.insert(text.trim());
            } else if !line.secret.paste(pasted) {
                line.error = Some("it is longer than any key that a vendor hands out".to_owned());
            }
            Typed::Form
        }
        Some(Overlay::Import(importing)) => {
            let Some(line) = importing.lines.get_mut(importing.at) else { return Vec::new() };
            line.input.insert(text.trim());
            Typed::Import
        }
        Some(Overlay::Prompt(prompt)) => {
            prompt.text.insert(text.trim());
            Typed::Nothing
        }
        Some(Overlay::Confirm(confirm)) if confirm.dialog.name.is_some() => {
            confirm.state.typed.insert(text.trim());
            Typed::Nothing
        }
        Some(Overlay::Apply(dialog)) if dialog.at == 0 => {
            dialog.message.insert(text.trim());
            Typed::Nothing
        }
        Some(Overlay::Unlock(unlock)) if !unlock.busy => {
            unlock.secret.paste(pasted);
            Typed::Nothing
        }
        _ => {
            state.say(ToastKind::Warn, "There is no field here to paste into; / filters, a assigns or adds");
            Typed::Nothing
        }
    };
    follow(state, typed)
}

/// Says whether the field of a form that hears keys is a note.
pub(super) fn is_on_note(state: &State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Form(form)) if form.is_on_note())
}

/// Lets the note be written in an editor.
pub(super) fn outside(state: &State) -> Vec<Effect> {
    let Some(Overlay::Form(form)) = state.overlays.last().filter(|_| is_on_note(state)) else { return Vec::new() };
    form.lines.get(form.at).map(|line| Effect::EditOutside(line.text().into_owned())).into_iter().collect()
}

/// Takes what was written in an editor.
pub(super) fn edited(state: &mut State, text: &str) {
    if !is_on_note(state) {
        return;
    }
    if let Some(Overlay::Form(form)) = state.overlays.last_mut()
        && let Some(line) = form.lines.get_mut(form.at)
    {
        match &mut line.area {
            Some(area) => *area = TextLines::new(text.trim_end()),
            None => line.input.set(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
    check_form(state);
}

fn follow(state: &mut State, typed: Typed) -> Vec<Effect> {
    match typed {
        Typed::Nothing => Vec::new(),
        Typed::Filter => listing::filter(state),
        Typed::Picker => assigning::search(state),
        Typed::Import => importing::look_at_names(state),
        Typed::Finder => {
            if let Some(Overlay::Finder(finder)) = state.overlays.last_mut() {
                finder.recalled = None;
            }
            finding::look(state);
            Vec::new()
        }
        Typed::Form => {
            check_form(state);
            Vec::new()
        }
    }
}

/// Reads a form again while it is typed into, so that mistakes show at once.
pub(super) fn check_form(state: &mut State) {
    let Some(view) = state.ground().cloned() else { return };
    if let Some(Overlay::Form(form)) = state.overlays.last_mut() {
        form.touched = true;
        form.error = None;
        form.read(&view);
        let of_provider = form.lines.get(form.at).is_some_and(|line| line.label() == "provider" && !line.is_list());
        if of_provider {
            form.follow_provider(&view);
        }
    }
}
