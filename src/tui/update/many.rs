//! Keys put out of use and things removed, several at once: those that are marked.

use crate::{
    domain::{
        change::Change,
        credential::{Credential, State as KeyState},
        record::Record,
    },
    ops::{find::Thing, view::View},
    tui::{
        action::Action,
        effect::Effect,
        state::{State, available, form::kind_words, overlay::Deed},
        widget::dialog::Dialog,
        words,
    },
};

use super::{editing, staging};

/// How many names a question tells.
const TOLD: usize = 6;

/// Does an action on what is marked.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(view) = state.ground().cloned() else { return Vec::new() };
    let things = available::chosen_things(state);
    match action {
        Action::Disable => disable(state, &keys(&view, &things)),
        Action::Revoke => revoke(state, &keys(&view, &things)),
        _ => remove(state, &view, &things),
    }
}

fn keys(view: &View, things: &[Thing]) -> Vec<Credential> {
    let records = things.iter().filter_map(|thing| view.record(*thing));
    let keys = records.filter_map(|record| match record {
        Record::Credential(key) => Some(key),
        _ => None,
    });
    keys.collect()
}

fn set(keys: &[Credential], state: KeyState) -> Vec<Change> {
    keys.iter().filter_map(|key| Change::edit(key.clone(), Credential { state, ..key.clone() })).collect()
}

/// Disables the keys; enables them again if none of them is enabled.
fn disable(state: &mut State, keys: &[Credential]) -> Vec<Effect> {
    let any_active = keys.iter().any(|key| key.state == KeyState::Active);
    let next = if any_active { KeyState::Disabled } else { KeyState::Active };
    state.route_mut().marks.clear();
    staging::put(state, set(keys, next))
}

fn revoke(state: &mut State, keys: &[Credential]) -> Vec<Effect> {
    let count = words::count(keys.len(), "key");
    let names = names(keys.iter().map(|key| key.name.to_string()).collect());
    let body = format!(
        "{names}\nNodes that use them will fail. Only an admin can reinstate them. The vendors still have to be told."
    );
    let dialog =
        Dialog { title: format!("Revoke {count}?"), body, deed: "Stage it".to_owned(), danger: true, name: None };
    staging::ask(state, dialog, Deed::Stage(set(keys, KeyState::Revoked), format!("Staged: revoke {count}")));
    Vec::new()
}

fn remove(state: &mut State, view: &View, things: &[Thing]) -> Vec<Effect> {
    let mut changes: Vec<Change> = Vec::new();
    let mut told = Vec::new();
    for thing in things {
        let Some(record) = view.record(*thing) else { continue };
        told.push(record.name().map_or_else(|| kind_words(record.kind()).to_owned(), ToString::to_string));
        let goes = editing::with_what_hangs_on_it(*thing, view, record);
        // What hangs on two of them goes once.
        let known = |change: &Change| changes.iter().any(|it| (it.kind(), it.uuid()) == (change.kind(), change.uuid()));
        let new: Vec<Change> = goes.into_iter().filter(|change| !known(change)).collect();
        changes.extend(new);
    }
    let count = words::count(told.len(), "thing");
    let others = match changes.len() - told.len().min(changes.len()) {
        0 => String::new(),
        more => format!(" With them go {more} more that hang on them."),
    };
    let dialog = Dialog {
        title: format!("Remove {count}?"),
        body: format!(
            "{}\nThey are staged, and gone when the changes are applied.{others} Secrets of keys can't be brought back.",
            names(told)
        ),
        deed: "Stage it".to_owned(),
        danger: true,
        name: Some(count.clone()),
    };
    staging::ask(state, dialog, Deed::Stage(changes, format!("Staged: remove {count}")));
    Vec::new()
}

/// Tells the first names, and how many more there are.
fn names(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(TOLD);
    all.truncate(TOLD);
    let text = all.join(", ");
    if more == 0 { format!("{text}.") } else { format!("{text} and {more} more.") }
}
