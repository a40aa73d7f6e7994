//! Entering another workspace: chosen from a list or by its name, opened beside the one that is on the screen, and put
//! in its place when it is open.

use crate::{
    domain::Text,
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State,
            finder::{Finder, Source},
            overlay::Overlay,
        },
        widget::toast::ToastKind,
    },
};

use super::finding;

/// Asks for a workspace, or opens the named one.
pub(super) fn choose(state: &mut State, argument: &str) -> Vec<Effect> {
    let name = argument.trim();
    if name.is_empty() {
        let finder = Finder::new(Source::Arguments(Action::Workspace), "", state);
        state.overlays.push(Overlay::Finder(finder));
        return vec![Effect::Workspaces];
    }
    if state.view().is_some_and(|view| &*view.workspace().name == name) {
        state.say(ToastKind::Ok, format!("You are in {name}"));
        return Vec::new();
    }
    vec![Effect::Enter(name.to_owned())]
}

/// Takes the names of the workspaces that there are.
pub(super) fn listed(state: &mut State, names: Vec<Text>) {
    if state.workspaces == names {
        return;
    }
    state.workspaces = names;
    let is_asked =
        matches!(state.overlays.last(), Some(Overlay::Finder(it)) if it.source == Source::Arguments(Action::Workspace));
    if is_asked {
        finding::look(state);
    }
}

/// Goes into a workspace that is open by now, unless something has begun meanwhile that would be lost.
pub(super) fn enter(state: &mut State, name: &str) -> Vec<Effect> {
    let under_way = (!state.overlays.is_empty()).then_some("close what lies over the screen first");
    if let Some(reason) = state.keeps_here().or(under_way) {
        state.say(ToastKind::Warn, format!("You stay here: {reason}, then go to {name} again"));
        return Vec::new();
    }
    state.start_over();
    vec![Effect::Move]
}
