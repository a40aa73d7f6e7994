//! Importing: the question, the look at what would come, and the yes. Reading and writing are effects.

use crate::tui::{
    action::Action,
    effect::Effect,
    state::{
        State, Waiting,
        importing::{Asked, Importing, MOST_NAMES, Outlook, Step},
        overlay::Overlay,
    },
    widget::toast::ToastKind,
};
use crate::{
    domain::guess,
    ops::{
        failure::Failure,
        importing::{Source, holds_password},
    },
};

/// Opens the question; `argument` is `KIND PATH`.
pub(super) fn open(state: &mut State, argument: &str) -> Vec<Effect> {
    let (word, path) = argument.trim().split_once(char::is_whitespace).unwrap_or((argument.trim(), ""));
    let source = match Source::from_word(word) {
        Some(source) => source,
        None if word.is_empty() => Source::DifyDsl,
        None => {
            let words = Source::ALL.map(Source::word);
            let guess = guess::nearest(word, words).map(|it| format!("; did you mean {it}?"));
            let all = words.join(", ");
            let text = format!("There is no import {word}; there are {all}{}", guess.unwrap_or_default());
            state.say(ToastKind::Warn, text);
            return Vec::new();
        }
    };
    let path = path.trim();
    if holds_password(path) {
        state.say(ToastKind::Warn, "Leave the password out of the URL: it is taken from PGPASSWORD, or from ~/.pgpass");
        return Vec::new();
    }
    state.overlays.push(Overlay::Import(Box::new(Importing::new(source, path))));
    if path.is_empty() { look_at_names(state) } else { read(state) }
}

/// Returns the import on top.
fn top(state: &mut State) -> Option<&mut Importing> {
    match state.overlays.last_mut() {
        Some(Overlay::Import(importing)) => Some(importing),
        _ => None,
    }
}

/// Asks what a path could go on with.
pub(super) fn look_at_names(state: &mut State) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    importing.error = None;
    importing.follow_kind();
    let Some(line) = importing.line().filter(|line| line.what.is_path()) else { return Vec::new() };
    vec![Effect::Names(line.input.text().to_owned())]
}

/// Takes what a path could go on with, if it is still the one that is typed.
pub(super) fn named(state: &mut State, text: &str, names: Vec<String>) {
    if let Some(importing) = top(state)
        && importing.line().is_some_and(|line| line.what.is_path() && line.input.text() == text)
    {
        importing.names = (text.to_owned(), names.into_iter().take(MOST_NAMES).collect());
    }
}

/// Puts in the next kind, or completes a path.
pub(super) fn choose(state: &mut State, forward: bool) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    if !importing.is_asking() {
        return Vec::new();
    }
    let source = importing.source();
    let (typed, names) = importing.names.clone();
    let at = importing.at;
    let Some(line) = importing.lines.get_mut(at) else { return Vec::new() };
    match line.what {
        Asked::Kind => {
            let all = Source::ALL;
            let here = source.and_then(|source| all.iter().position(|it| *it == source));
            let step = if forward { 1 } else { all.len() - 1 };
            let next = here.map_or(0, |here| (here + step) % all.len());
            line.input.set(all[next].word());
        }
        what if what.is_path() && line.input.text() == typed => {
            let Some(all) = common(&names) else { return Vec::new() };
            let (folder, _) = split(&typed);
            let longer = format!("{folder}{all}");
            // What they have in common is there already: the first of them then.
            let whole = if longer.len() > typed.len() { longer } else { format!("{folder}{}", names[0]) };
            line.input.set(whole);
        }
        _ => return Vec::new(),
    }
    look_at_names(state)
}

/// Returns the folder of a path as typed, with its slash, and the rest.
fn split(text: &str) -> (&str, &str) {
    text.rfind('/').map_or(("", text), |at| text.split_at(at + 1))
}

/// Returns what all names begin with.
fn common(names: &[String]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let same = |end: usize| rest.iter().all(|name| name.get(..end) == first.get(..end));
    let end = first.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| same(*end)).last();
    Some(first[..end.unwrap_or(0)].to_owned())
}

/// Goes on: reads what was asked for, or brings what was looked at.
pub(super) fn accept(state: &mut State) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    match &importing.step {
        Step::Asking => read(state),
        Step::Looking(_, true) => take(state),
        Step::Looking(_, false) => leave(state),
        Step::Reading(_) | Step::Writing(_) => Vec::new(),
    }
}

fn read(state: &mut State) -> Vec<Effect> {
    let (now, generation) = (state.now, state.next_generation());
    let Some(importing) = top(state) else { return Vec::new() };
    match importing.wish() {
        Ok(wish) => {
            importing.generation = generation;
            importing.error = None;
            importing.step = Step::Reading(now);
            vec![Effect::ImportRead { generation, wish: Box::new(wish) }]
        }
        Err((what, error)) => {
            importing.at = importing.lines.iter().position(|line| line.what == what).unwrap_or(importing.at);
            importing.error = Some(error);
            Vec::new()
        }
    }
}

/// Takes what was read, if it is still wanted.
pub(super) fn looked(state: &mut State, generation: u64, read: Result<Box<Outlook>, Failure>) {
    let Some(importing) = top(state).filter(|it| it.generation == generation) else { return };
    match read {
        Ok(outlook) => {
            let good = !outlook.is_nothing() && outlook.plan.obstacles.is_empty();
            importing.step = Step::Looking(outlook, good);
        }
        Err(failure) => {
            importing.step = Step::Asking;
            importing.error = Some(told(&failure));
        }
    }
}

fn told(failure: &Failure) -> String {
    let next = failure.hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{}{next}", failure.message)
}

/// Brings what was looked at, after the vault is unlocked if there are secrets.
pub(super) fn take(state: &mut State) -> Vec<Effect> {
    let (now, unlocked) = (state.now, state.unlocked);
    let Some(importing) = top(state) else { return Vec::new() };
    let Step::Looking(outlook, ..) = &importing.step else { return Vec::new() };
    if outlook.is_nothing() {
        return leave(state);
    }
    if outlook.secrets > 0 && !unlocked {
        state.when_unlocked = Some(Waiting::Import);
        state.say(ToastKind::Ok, "The vault is unlocked first, to seal the keys");
        return super::unlock(state);
    }
    let generation = importing.generation;
    importing.step = Step::Writing(now);
    vec![Effect::ImportTake { generation }]
}

/// Takes how it went.
pub(super) fn taken(state: &mut State, generation: u64, taken: Result<String, Failure>) {
    let is_it = |overlay: &Overlay| matches!(overlay, Overlay::Import(it) if it.generation == generation);
    match taken {
        Ok(said) => {
            state.overlays.retain(|overlay| !is_it(overlay));
            state.say(ToastKind::Ok, said);
        }
        Err(failure) => {
            state.overlays.retain(|overlay| !is_it(overlay));
            state.fail(&failure);
        }
    }
}

/// Leaves: what is being read is let go of; what is being written is waited for.
pub(super) fn leave(state: &mut State) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    match importing.step {
        Step::Asking => {
            state.overlays.pop();
            Vec::new()
        }
        Step::Reading(_) | Step::Looking(..) => {
            importing.step = Step::Asking;
            importing.generation = 0;
            vec![Effect::ImportForget]
        }
        Step::Writing(_) => {
            state.say(ToastKind::Warn, "It is being written, all of it or nothing: a moment");
            Vec::new()
        }
    }
}

/// Goes to a line.
pub(super) fn go_to(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    importing.at = at.min(importing.lines.len().saturating_sub(1));
    importing.names = (String::new(), Vec::new());
    look_at_names(state)
}

/// Puts in the kind, or the name that the path goes on with, which was chosen by its number.
pub(super) fn put(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(importing) = top(state) else { return Vec::new() };
    let (typed, names) = importing.names.clone();
    let Some(line) = importing.lines.get_mut(importing.at) else { return Vec::new() };
    match (line.what, Source::ALL.get(at), names.get(at)) {
        (Asked::Kind, Some(kind), _) => line.input.set(kind.word()),
        (what, _, Some(name)) if what.is_path() && line.input.text() == typed => {
            line.input.set(format!("{}{name}", split(&typed).0));
        }
        _ => return Vec::new(),
    }
    look_at_names(state)
}

/// Goes to the next line or button, or scrolls.
pub(super) fn field(state: &mut State, action: Action) {
    let forward = action == Action::NextField;
    let Some(importing) = top(state) else { return };
    match &mut importing.step {
        Step::Asking => {
            let count = importing.lines.len().max(1);
            importing.at = (importing.at + if forward { 1 } else { count - 1 }) % count;
            importing.names = (String::new(), Vec::new());
        }
        Step::Looking(outlook, on_deed) => *on_deed = !*on_deed && !outlook.is_nothing(),
        Step::Reading(_) | Step::Writing(_) => {}
    }
}
