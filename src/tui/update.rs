//! How events change the state: plain functions without clock or I/O; what has to be done outside is returned as effects.

mod answering;
mod arriving;
mod assigning;
mod columns;
mod costing;
mod editing;
mod exporting;
mod finding;
mod going;
mod gridding;
mod importing;
mod listing;
mod many;
mod marking;
mod moving;
mod noting;
mod others;
mod overviewing;
mod pointing;
mod revealing;
mod rotating;
mod staging;
mod typing;
mod verifying;

use super::{
    action::{Action, Availability},
    effect::{Done, Effect},
    event::{Event, Key, KeyCode, Keys, Reply},
    keymap::Lookup,
    state::{
        State, available, layer,
        layout::Layout,
        overlay::{Overlay, Unlock},
    },
    theme::Theme,
    widget::toast::ToastKind,
};

/// Changes the state by one event, and returns what is to be done now.
pub fn update(state: &mut State, event: Event<Done>) -> Vec<Effect> {
    if matches!(event, Event::Key(_) | Event::Paste(_) | Event::Mouse(_)) {
        state.touched = state.now;
    }
    let effects = match event {
        Event::Tick(now) => {
            state.now = now;
            state.toasts.expire(now);
            let mut effects = revealing::expire(state);
            effects.extend(idle(state));
            effects
        }
        Event::Resize(width, height) => {
            state.size = (width, height);
            // The first size is the first event: the frame that follows is seen while the database is opened.
            let first = !std::mem::replace(&mut state.begun, true);
            if first {
                state.opening = Some(state.now);
            }
            first.then_some(Effect::Open).into_iter().collect()
        }
        Event::Key(key) => press(state, key),
        Event::Paste(pasted) => typing::paste(state, &pasted),
        Event::PasteRefused(bytes) => {
            state.say(ToastKind::Warn, format!("{bytes} bytes were pasted at once: too many, so none were taken"));
            Vec::new()
        }
        Event::Notice(text) => {
            state.say(ToastKind::Warn, text);
            Vec::new()
        }
        Event::Mouse(mouse) => pointing::mouse(state, mouse),
        Event::Reply(reply) => hear(state, reply),
        Event::FocusGained => Vec::new(),
        Event::FocusLost => {
            // Whoever sits there now may be somebody else.
            revealing::hide(state);
            Vec::new()
        }
        Event::Done(done) => arriving::arrive(state, done),
    };
    settle(state);
    allowed(state, effects)
}

/// Keeps back what would be written while the database can't be reached, and says why.
fn allowed(state: &mut State, mut effects: Vec<Effect>) -> Vec<Effect> {
    let Some(reason) = state.refuses_writes().filter(|_| effects.iter().any(Effect::writes)) else { return effects };
    effects.retain(|effect| !effect.writes());
    state.say(ToastKind::Error, format!("Nothing can be written: {reason}"));
    effects
}

/// Locks the vault when nobody has pressed a key for too long.
fn idle(state: &mut State) -> Vec<Effect> {
    if state.until_lock().is_none_or(|left| left.is_positive()) {
        return Vec::new();
    }
    state.touched = state.now;
    vec![Effect::Lock]
}

/// Follows the terminal's background, if the theme is to.
fn hear(state: &mut State, reply: Reply) -> Vec<Effect> {
    if let (Some(following), Some(dark)) = (&state.follow, reply.is_dark()) {
        let name = following.name(Some(dark)).to_owned();
        if state.theme.name() != name {
            set_theme(state, &name);
        }
    }
    Vec::new()
}

/// Takes a theme by its name.
pub(super) fn set_theme(state: &mut State, name: &str) {
    let own = &state.own_themes;
    let (theme, warnings) = Theme::load(name, |name| own.get(name).cloned());
    state.theme = theme;
    for warning in warnings.iter().take(1) {
        state.say(ToastKind::Warn, warning.to_string());
    }
}

/// Brings cursor and window of the list back into bounds.
fn settle(state: &mut State) {
    let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height));
    state.route_mut().list.settle(count, height);
}

/// Finds what a key does in the layers that hear it now.
fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let layers = layer::layers(state);
    match state.keymap.lookup(&layers, &state.pending, key) {
        Lookup::Matched(binding) => {
            let mut keys = std::mem::take(&mut state.pending);
            keys.push(key);
            state.journal.heard = Keys(keys);
            let effects = run(state, binding.action, &binding.argument, Some(key));
            state.journal.heard = Keys::default();
            effects
        }
        Lookup::Pending => {
            state.pending.push(key);
            Vec::new()
        }
        Lookup::Cancelled => {
            state.pending.clear();
            Vec::new()
        }
        Lookup::NotFound => {
            state.pending.clear();
            typing::key(state, key)
        }
    }
}

/// Does an action, if it can be done now; else says why not.
pub(super) fn run(state: &mut State, action: Action, argument: &str, key: Option<Key>) -> Vec<Effect> {
    // A refused look at a secret is asked for all the same: the refusal belongs on record.
    let on_record = matches!(action, Action::Reveal | Action::CopySecret) && available::is_key_with_secret(state);
    if state.overlays.is_empty()
        && !on_record
        && let Availability::No(reason) = available::availability(state, action)
    {
        let about = action.row().about;
        let refused = format!("{about}: {reason}");
        noting::refused(state, action, &refused);
        state.say(ToastKind::Warn, refused);
        return Vec::new();
    }
    let noted = noting::begin(state, action, argument);
    let effects = perform(state, action, argument, key);
    noting::end(state, noted, &effects);
    effects
}

/// Does an action that can be done.
fn perform(state: &mut State, action: Action, argument: &str, key: Option<Key>) -> Vec<Effect> {
    match action {
        Action::MoveUp
        | Action::MoveDown
        | Action::PageUp
        | Action::PageDown
        | Action::MoveFirst
        | Action::MoveLast => moving::go(state, action),
        Action::Expand | Action::Collapse | Action::ExpandAll | Action::CollapseAll | Action::NextProblem => {
            moving::branch(state, action)
        }
        Action::MoveLeft | Action::MoveRight => gridding::across(state, action),
        Action::ScrollDetails | Action::ScrollDetailsBack => moving::details(state, action),
        Action::NextPane | Action::PreviousPane => moving::pane(state, action),
        Action::Open
        | Action::Back
        | Action::Forward
        | Action::Preview
        | Action::WhoUses
        | Action::GotoOverview
        | Action::GotoMatrix
        | Action::GotoWorkflows
        | Action::GotoCredentials
        | Action::GotoProviders
        | Action::GotoChanges
        | Action::GotoPools
        | Action::GotoInstances
        | Action::GotoRules
        | Action::GotoDepartments
        | Action::GotoModels
        | Action::GotoOperators
        | Action::GotoAudit
        | Action::GotoCosts => going::go(state, action),
        Action::Goto | Action::Help | Action::Palette => finding::open(state, action, argument),
        Action::Mark
        | Action::MarkRange
        | Action::MarkAll
        | Action::ClearMarks
        | Action::ExtendUp
        | Action::ExtendDown
        | Action::ExtendPageUp
        | Action::ExtendPageDown => marking::mark(state, action),
        Action::ColumnLeft
        | Action::ColumnRight
        | Action::SortColumn
        | Action::Columns
        | Action::ToggleColumn
        | Action::ColumnEarlier
        | Action::ColumnLater
        | Action::ResetColumns => columns::act(state, action),
        Action::Export => exporting::export(state, argument),
        Action::Import => importing::open(state, argument),
        Action::Filter
        | Action::Sort
        | Action::ToggleDetails
        | Action::CycleEnvironment
        | Action::CopyName
        | Action::CopyLink
        | Action::CopyCommand => listing::list(state, action, argument),
        Action::CostsBy | Action::CostsPeriod => costing::change(state, action, argument),
        Action::Assign
        | Action::Unassign
        | Action::NextScope
        | Action::PreviousScope
        | Action::ToggleStrength
        | Action::Refine
        | Action::ToggleModel => assigning::assign(state, action, argument),
        Action::Reveal | Action::CopySecret => revealing::reveal(state, action),
        Action::Verify => verifying::verify(state),
        Action::Mend => overviewing::mend(state),
        Action::Rotate => rotating::begin(state),
        Action::RevokeNow => rotating::revoke_now(state),
        Action::Settings => editing::settings(state),
        Action::SetPrice => editing::set_price(state),
        Action::Disable | Action::Revoke | Action::Remove if !state.route().marks.is_empty() => {
            many::act(state, action)
        }
        Action::Add | Action::Edit | Action::Disable | Action::Revoke | Action::Remove => {
            editing::edit(state, action, argument)
        }
        Action::Others => others::open(state),
        Action::Approve => others::approve(state),
        Action::Apply | Action::Discard | Action::DiscardAll | Action::Revert | Action::Undo | Action::Redo => {
            staging::stage(state, action, argument)
        }
        Action::Accept
        | Action::Cancel
        | Action::NextField
        | Action::PreviousField
        | Action::Complete
        | Action::NextChoice
        | Action::PreviousChoice => answering::answer(state, action),
        Action::CommandLog => {
            state.journal.is_shown = !state.journal.is_shown;
            Vec::new()
        }
        Action::Refresh => vec![Effect::Refresh, Effect::Log],
        Action::Theme => theme(state, argument),
        Action::Lock => lock(state),
        Action::Quit => quit(state, key),
    }
}

fn theme(state: &mut State, argument: &str) -> Vec<Effect> {
    state.follow = None;
    let name = if argument.is_empty() {
        let here = state.themes.iter().position(|name| name == state.theme.name());
        let next = here.map_or(0, |at| (at + 1) % state.themes.len());
        state.themes[next].clone()
    } else {
        argument.to_owned()
    };
    if state.themes.contains(&name) {
        set_theme(state, &name);
        state.say(ToastKind::Ok, format!("Theme {name}"));
    } else {
        state.say(ToastKind::Warn, format!("There is no theme {name}; there are {}", state.themes.join(", ")));
    }
    Vec::new()
}

fn lock(state: &mut State) -> Vec<Effect> {
    if state.unlocked {
        return vec![Effect::Lock];
    }
    unlock(state)
}

/// Unlocks the vault: with the key that is at hand, or else by asking for it.
pub(super) fn unlock(state: &mut State) -> Vec<Effect> {
    if state.has_key {
        return vec![Effect::UnlockWithKeyAtHand];
    }
    state.overlays.push(Overlay::Unlock(Unlock::default()));
    Vec::new()
}

/// Leaves: a letter goes one step up first, where there is one; ctrl-c closes what lies over the screen first.
fn quit(state: &mut State, key: Option<Key>) -> Vec<Effect> {
    if !state.overlays.is_empty() {
        return answering::answer(state, Action::Cancel);
    }
    let letter = key.is_some_and(|key| matches!(key.code, KeyCode::Char(_)) && key.modifiers.is_empty());
    if letter && state.history.can_go_back() {
        return going::go(state, Action::Back);
    }
    state.finished = true;
    revealing::clear(state)
}

#[cfg(test)]
mod tests;
