//! Finders: help, palette, places, and what choosing a line of them does.

use crate::{
    ops::{importing::holds_password, presence::Other},
    tui::{
        action::{Action, unaliased},
        effect::Effect,
        keymap::Vocabulary as _,
        state::{
            State,
            finder::{Finder, Pick, Source},
            layer,
            overlay::Overlay,
        },
        widget::toast::ToastKind,
        words,
    },
};

use super::going;

/// How many commands are remembered.
const REMEMBERED: usize = 50;

/// Opens a finder; `goto NAME` goes at once.
pub(super) fn open(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    let source = match action {
        Action::Help => Source::Help(layer::layers(state)),
        Action::Palette => Source::Palette,
        _ => Source::Places,
    };
    let finder = Finder::new(source, argument, state);
    if let (Action::Goto, false, Some(item)) = (action, argument.is_empty(), finder.item())
        && matches!(item.pick, Pick::Visit(_) | Pick::Run(..))
    {
        return match item.pick.clone() {
            Pick::Visit(thing) => going::visit(state, thing),
            Pick::Run(action, argument) => super::run(state, action, &argument, None),
            _ => Vec::new(),
        };
    }
    state.overlays.push(Overlay::Finder(finder));
    Vec::new()
}

/// Shows lines that are to be read: who is here, what the program has to say of the user's own keys and columns.
pub(super) fn read(state: &mut State, action: Action) -> Vec<Effect> {
    let (title, lines) =
        if action == Action::WhoIsHere { ("Who is here", who(state)) } else { ("Your keys and columns", told(state)) };
    let finder = Finder::new(Source::Lines(title.to_owned(), lines), "", state);
    state.overlays.push(Overlay::Finder(finder));
    Vec::new()
}

/// Tells who has a console open, oneself first.
fn who(state: &State) -> Vec<(String, String)> {
    let now = state.now;
    let line = |other: &Other| {
        let login = other.login.as_ref().map_or_else(|| "somebody".to_owned(), ToString::to_string);
        (login, format!("by {}, since {}", other.door, words::from_now(other.since, now)))
    };
    let me = state.view().and_then(|view| view.really()).map(|me| (me.login.to_string(), "you".to_owned()));
    me.into_iter().chain(state.others.iter().flatten().map(line)).collect()
}

/// Tells what is to be said of the user's keys and columns, numbered.
fn told(state: &State) -> Vec<(String, String)> {
    (1..).zip(&state.report).map(|(number, text): (usize, _)| (number.to_string(), text.clone())).collect()
}

/// Looks again after something was typed.
pub(super) fn look(state: &mut State) {
    let Some(Overlay::Finder(mut finder)) = state.overlays.pop() else { return };
    finder.look(state);
    state.overlays.push(Overlay::Finder(finder));
}

/// Does what the line under the cursor says.
pub(super) fn accept(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Finder(finder)) = state.overlays.last() else { return Vec::new() };
    let Some(item) = finder.item().cloned() else { return Vec::new() };
    let typed = finder.input.text().trim().to_owned();
    let is_palette = finder.source == Source::Palette;
    if let Some(reason) = &item.reason {
        state.say(ToastKind::Warn, format!("{}: {reason}", item.about));
        return Vec::new();
    }
    if let Pick::Continue(text) = &item.pick {
        write(state, text.clone());
        return Vec::new();
    }
    state.overlays.pop();
    if is_palette {
        remember(state, &item.pick, typed);
    }
    match item.pick {
        Pick::Run(action, argument) => super::run(state, action, &argument, None),
        Pick::Visit(thing) => going::visit(state, thing),
        Pick::Rotate(key, choice) => super::rotating::choose(state, key, choice),
        Pick::Assign(slug) => super::assigning::begin(state, &slug),
        Pick::Continue(_) | Pick::Read => Vec::new(),
    }
}

fn remember(state: &mut State, pick: &Pick, typed: String) {
    let command = match pick {
        // What was typed of a place is what finds it again.
        _ if unaliased(&typed).is_some() => typed,
        Pick::Run(action, argument) => format!("{} {argument}", action.name()).trim().to_owned(),
        _ => typed,
    };
    if holds_password(&command) {
        return;
    }
    state.commands.retain(|known| *known != command);
    state.commands.push(command);
    if state.commands.len() > REMEMBERED {
        state.commands.remove(0);
    }
}

/// Completes what is typed by the line under the cursor.
pub(super) fn complete(state: &mut State) {
    let Some(Overlay::Finder(finder)) = state.overlays.last() else { return };
    let Some(item) = finder.item().cloned() else { return };
    let typed = finder.input.text();
    let text = match (&finder.source, typed.split_once(' '), &item.pick) {
        (_, _, Pick::Continue(text)) => text.clone(),
        (Source::Palette, Some((command, _)), _) => format!("{command} {}", item.name),
        (Source::Palette, None, Pick::Run(action, _)) if action.row().argument.is_some() => format!("{} ", item.name),
        _ => item.name,
    };
    write(state, text);
}

/// Goes up in the history of commands; says whether the finder is a palette in which that makes sense.
pub(super) fn recall(state: &mut State, earlier: bool) -> bool {
    let Some(Overlay::Finder(finder)) = state.overlays.last() else { return false };
    let fresh = finder.source == Source::Palette && finder.input.text().is_empty() && finder.list.cursor == 0;
    let recalled = finder.recalled;
    let next = match (recalled, earlier) {
        (None, true) if fresh => state.commands.len().checked_sub(1),
        (Some(at), true) => Some(at.saturating_sub(1)),
        (Some(at), false) if at + 1 < state.commands.len() => Some(at + 1),
        (Some(_), false) => None,
        _ => return false,
    };
    if next.is_none() && recalled.is_none() {
        return false;
    }
    let text = next.and_then(|at| state.commands.get(at).cloned()).unwrap_or_default();
    write(state, text);
    if let Some(Overlay::Finder(finder)) = state.overlays.last_mut() {
        finder.recalled = next;
    }
    true
}

fn write(state: &mut State, text: String) {
    if let Some(Overlay::Finder(finder)) = state.overlays.last_mut() {
        finder.input.set(text);
        finder.recalled = None;
    }
    look(state);
}
