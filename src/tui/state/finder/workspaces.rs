//! The workspaces that one may go to, as lines of a finder.

use super::{Item, Pick};
use crate::tui::{action::Action, state::State};

/// Returns a line for each workspace that the operator may see; where one is can't be chosen.
pub(super) fn lines(state: &State) -> Vec<Item> {
    let here = state.view().map(|view| view.workspace().name.clone());
    let line = |name: &crate::domain::Text| {
        let is_here = here.as_ref() == Some(name);
        Item {
            mark: String::new(),
            name: name.to_string(),
            about: if is_here { "where you are" } else { "go there" }.to_owned(),
            reason: is_here.then(|| "you are in it".to_owned()),
            pick: Pick::Run(Action::Workspace, name.to_string()),
        }
    };
    state.workspaces.iter().map(line).collect()
}
