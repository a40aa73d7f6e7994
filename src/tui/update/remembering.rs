//! Remembering: the way of the last session on this database, put before the user as they left it.

use crate::{
    domain::link::Link,
    ops::find::Thing,
    tui::{
        action::Action,
        effect::Effect,
        keymap::Vocabulary as _,
        state::{
            State,
            memory::{self, Place},
            preview::{Preview, PreviewOf},
            route::{History, Screen},
        },
        widget::list::Motion,
    },
};

use super::going;

/// Takes up what was remembered, the way as far as it is of this workspace. What is gone meanwhile is left out.
pub(super) fn take_up(state: &mut State) -> Vec<Effect> {
    // Columns and commands are the person's own: another workspace finds them as they are by then.
    let columns = std::mem::take(&mut state.memories.columns);
    memory::take_columns(state, &columns);
    let commands = std::mem::take(&mut state.memories.commands);
    state.commands.splice(0..0, commands);
    let Some(name) = state.view().map(|view| view.workspace().name.clone()) else { return Vec::new() };
    let Some(memory) = state.memories.ways.get(&*name).cloned() else { return Vec::new() };
    let mut routes = Vec::new();
    let mut under = None;
    for place in memory.way.iter().take(memory.at + 1) {
        if let Some(screen) = screen(state, place) {
            routes.push(memory::route(place, screen));
            under = memory::under(place);
        }
    }
    let Some(history) = History::restored(routes) else { return Vec::new() };
    state.history = history;
    let effects = going::arrived(state);
    if let Some(thing) = under.and_then(|link| state.view()?.find(&link).ok()) {
        put_cursor(state, thing);
    }
    effects
}

fn screen(state: &State, place: &Place) -> Option<Screen> {
    let Some(of) = &place.of else {
        return going::screen(Action::named(&format!("goto-{}", place.screen))?);
    };
    let of = match state.view()?.find(&Link::parse(of).ok()?).ok()? {
        Thing::Workflow(ix) => PreviewOf::Workflow(ix),
        Thing::Node(ix) => PreviewOf::Node(ix),
        _ => return None,
    };
    Some(Screen::Preview(Box::new(Preview::new(of))))
}

/// Puts the cursor on a thing of the screen, where it stands by now.
fn put_cursor(state: &mut State, thing: Thing) {
    if state.route().screen == Screen::Workflows {
        going::reveal(state, thing);
    } else if let Some(line) = (0..state.row_count()).find(|&line| state.markable(line) == Some(thing)) {
        super::moving::by(state, Motion::To(line));
    }
}
