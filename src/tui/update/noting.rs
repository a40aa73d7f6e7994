//! Noting what was done, for the command log: in words, with the commands that do the same.

use crate::{
    ops::{find::Thing, importing::holds_password},
    tui::{
        action::{Action, Section},
        effect::Effect,
        state::{State, equivalent, journal::Deed, links::link_of},
    },
};

/// What was known before an action was done.
pub(super) struct Noted {
    action: Action,
    argument: String,
    keys: String,
    thing: Option<Thing>,
    /// How many deeds were told before.
    told: usize,
}

/// Notes what is about to be done, and where.
pub(super) fn begin(state: &State, action: Action, argument: &str) -> Noted {
    let keys = state.journal.heard.to_string();
    // A URL with a password is refused, and not repeated.
    let argument = if holds_password(argument) { String::new() } else { argument.to_owned() };
    Noted { action, argument, keys, thing: state.thing(), told: state.journal.added }
}

/// Adds what was done: what it does to the database, else what the action is said to do.
pub(super) fn end(state: &mut State, noted: Noted, effects: &[Effect]) {
    // What was chosen from a list has told what it did.
    if state.journal.added > noted.told {
        return;
    }
    let told: Vec<_> = effects.iter().filter_map(|effect| equivalent::of_effect(state, effect)).collect();
    let Noted { action, argument, keys, thing, .. } = noted;
    if told.is_empty() {
        // Typing, and going through a dialog, say nothing by themselves.
        if matches!(action.row().section, Section::Answer) || action == Action::CommandLog {
            return;
        }
        let about = action.row().about;
        let link = thing.filter(|_| is_about_a_thing(action)).and_then(|thing| link_of(state, thing));
        let what = match (argument.is_empty(), link) {
            (false, _) => format!("{about}: {argument}"),
            (true, Some(link)) => format!("{about}: {link}"),
            (true, None) => about.to_owned(),
        };
        let command = equivalent::of_action(state, action, thing);
        let commands = command.map(|command| equivalent::placed(state, command)).into_iter().collect();
        state.journal.add(Deed { action, keys, what, commands, times: 1 });
        return;
    }
    for (what, commands) in told {
        let commands = commands.into_iter().map(|command| equivalent::placed(state, command)).collect();
        state.journal.add(Deed { action, keys: keys.clone(), what, commands, times: 1 });
    }
}

/// Adds that something could not be done, and why.
pub(super) fn refused(state: &mut State, action: Action, why: &str) {
    let keys = state.journal.heard.to_string();
    state.journal.add(Deed { action, keys, what: format!("Not done: {why}"), commands: Vec::new(), times: 1 });
}

/// Says whether an action is done to what is under the cursor.
fn is_about_a_thing(action: Action) -> bool {
    // What is new, and what is of the whole workspace, has nothing to do with the row.
    if matches!(action, Action::Add | Action::Import | Action::Settings) {
        return false;
    }
    let goes = matches!(action, Action::Open | Action::Preview | Action::WhoUses | Action::Mark | Action::Expand);
    goes || action.row().section == Section::Change
}
