//! How events change the state: plain functions without clock or I/O; what has to be done outside is returned as effects.

mod answering;
mod arriving;
mod assigning;
mod columns;
mod costing;
mod editing;
mod entering;
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
mod remembering;
mod revealing;
mod rotating;
mod staging;
mod touching;
mod typing;
mod verifying;

use jiff::SignedDuration;

use super::{
    action::{Action, Availability, Reach},
    effect::{Done, Effect},
    event::{Event, Key, KeyCode, Keys, Reply},
    keymap::Lookup,
    state::{
        State, available, layer,
        layout::Layout,
        overlay::{Deed, Overlay, Unlock},
    },
    theme::Theme,
    widget::{dialog::Dialog, toast::ToastKind},
    words,
};

/// How long a row that others changed is marked: a flash, or, where nothing may move, long enough to be found.
pub const FLASH: SignedDuration = SignedDuration::from_secs(4);
/// The same where nothing may move.
pub const STILL: SignedDuration = SignedDuration::from_mins(1);

/// Changes the state by one event, and returns what is to be done now.
pub fn update(state: &mut State, event: Event<Done>) -> Vec<Effect> {
    if matches!(event, Event::Key(_) | Event::Paste(_) | Event::Mouse(_)) {
        state.touched = state.now;
    }
    let before = (state.overlays.len(), state.pending.len());
    let effects = match event {
        Event::Tick(now) => {
            state.now = now;
            state.toasts.expire(now);
            let stay = if state.still { STILL } else { FLASH };
            state.changed.retain(|_, since| now.duration_since(*since) < stay);
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
    if state.overlays.len() != before.0 {
        state.scrolled = 0;
    }
    let opens = state.overlays.len() > before.0 || state.pending.len() > before.1;
    if opens && !matches!(state.overlays.last(), Some(Overlay::Filter { .. })) {
        state.toasts.make_way(state.now);
    }
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
    // Rows that are still being summed up are no reason to forget where one was.
    if state.cost_place().is_some() && state.cost_answer().is_none() {
        return;
    }
    let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height));
    state.route_mut().list.settle(count, height);
}

/// Finds what a key does in the layers that hear it now.
fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let layers = layer::layers(state);
    match state.keymap.lookup(&layers, &state.pending, key) {
        // Elsewhere the key means what it means in every line that is typed.
        Lookup::Matched(binding) if binding.action == Action::EditOutside && !typing::is_on_note(state) => {
            typing::key(state, key)
        }
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
    if state.afar && action.row().reach == Reach::Local {
        state.say(ToastKind::Warn, format!("{}: only at the machine itself", action.row().about));
        return Vec::new();
    }
    let noted = noting::begin(state, action, argument);
    let effects = perform(state, action, argument, key);
    noting::end(state, noted, &effects);
    effects
}

/// Does an action that can be done.
#[expect(clippy::too_many_lines, reason = "it is a table: one arm for each kind of action, and none is forgotten")]
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
        Action::Workspace => entering::choose(state, argument),
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
        Action::RemovePrice => editing::remove_price(state),
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
        Action::EditOutside => typing::outside(state),
        Action::WhoIsHere | Action::StartReport => finding::read(state, action),
        Action::Mouse => {
            state.mouse = !state.mouse;
            let words = if state.mouse { "The mouse is heard" } else { "The mouse is the terminal's, to select text" };
            state.say(ToastKind::Ok, words);
            vec![Effect::Mouse(state.mouse)]
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

/// Leaves: a letter goes one step up first, where there is one. With control it stops what goes on, then closes what lies
/// over the screen, then asks; once more leaves.
fn quit(state: &mut State, key: Option<Key>) -> Vec<Effect> {
    let letter = key.is_some_and(|key| matches!(key.code, KeyCode::Char(_)) && key.modifiers.is_empty());
    let chord = key.is_some() && !letter;
    if chord && let Some(number) = state.jobs.stop(state.now) {
        return stopped(state, number);
    }
    let is_asked = matches!(state.overlays.last(), Some(Overlay::Confirm(confirm)) if confirm.deed == Deed::Leave);
    if !state.overlays.is_empty() && !is_asked {
        return answering::answer(state, Action::Cancel);
    }
    if letter && state.history.is_under_way() {
        return going::go(state, Action::Back);
    }
    if chord && !is_asked && state.data.is_some() {
        let staged = match state.staging.changes.len() {
            0 => String::new(),
            count => format!(" {} stay staged.", words::count(count, "change")),
        };
        let body = format!("The same key again leaves.{staged}");
        let dialog = Dialog { title: "Leave keydeck?".to_owned(), body, deed: "Leave".to_owned(), ..Dialog::default() };
        staging::ask(state, dialog, Deed::Leave);
        return Vec::new();
    }
    leave(state)
}

/// Says that work was stopped, and stops it.
pub(super) fn stopped(state: &mut State, number: u64) -> Vec<Effect> {
    state.say(ToastKind::Ok, "Stopped");
    vec![Effect::Stop(number)]
}

/// Ends the session.
pub(super) fn leave(state: &mut State) -> Vec<Effect> {
    state.finished = true;
    revealing::clear(state)
}

#[cfg(test)]
mod tests;
