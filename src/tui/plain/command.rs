//! What a line means: the name of an action, keys after a dot, a number of a row, a filter, or text for the field that
//! hears it.

use crate::{
    domain::{guess::nearest, name::printable},
    tui::{
        action::{Action, ROWS},
        effect::Done,
        event::{Event, Key, KeyCode, Keys, Pasted},
        keymap::Vocabulary as _,
        state::{State, form::Line, layer, overlay::Overlay},
    },
};

/// How a line is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// A screen: actions, filters, numbers.
    Screen,
    /// A list of choices: numbers, and text that searches it.
    Choices,
    /// A field of several: text replaces it, and the next one follows.
    Field,
    /// The only field: text replaces it, and Enter follows.
    Answer,
    /// A question: yes or no.
    Question,
}

fn hearing(state: &State) -> Hearing {
    match (layer::layers(state).first().copied(), state.overlays.last()) {
        (Some("picker" | "finder"), _) => Hearing::Choices,
        (_, Some(Overlay::Form(_))) => Hearing::Field,
        (_, Some(Overlay::Confirm(confirm))) if confirm.dialog.name.is_some() => Hearing::Answer,
        (Some("text"), _) => Hearing::Answer,
        (Some("dialog" | "secret"), _) => Hearing::Question,
        _ => Hearing::Screen,
    }
}

/// Returns what a line asks for, before the line is read.
pub(super) fn prompt(state: &State) -> String {
    let asked = match (hearing(state), state.overlays.last()) {
        (Hearing::Field, Some(Overlay::Form(form))) => match form.lines.get(form.at) {
            Some(line) => {
                let (at, of) = (form.at + 1, form.lines.len());
                format!("{} ({at} of {of}; empty keeps it, . enter ends, . esc leaves)", line.label())
            }
            None => String::new(),
        },
        (Hearing::Answer, _) => "answer".to_owned(),
        (Hearing::Question, _) => "yes or no".to_owned(),
        (Hearing::Choices, _) => "a number, or words to search; empty takes it".to_owned(),
        (Hearing::Field | Hearing::Screen, _) => state.route().screen.title().to_owned(),
    };
    format!("{asked}> ")
}

/// Tells whether the field that hears the next line holds a secret.
pub(super) fn asks_for_a_secret(state: &State) -> bool {
    match state.overlays.last() {
        Some(Overlay::Unlock(unlock)) => !unlock.busy,
        Some(Overlay::Form(form)) => form.lines.get(form.at).is_some_and(Line::is_secret),
        _ => false,
    }
}

/// Returns the events of a line.
///
/// # Errors
/// With what is wrong with it, and what would be understood.
pub(super) fn events(state: &State, line: &str) -> Result<Vec<Event<Done>>, String> {
    if let Some(keys) = line.strip_prefix(". ") {
        return pressed(keys);
    }
    let word = line.trim();
    let number = word.parse::<usize>().ok().filter(|number| *number > 0);
    Ok(match (hearing(state), number) {
        (Hearing::Screen | Hearing::Choices, Some(number)) if !is_finder(state) => row(number),
        (Hearing::Screen, _) => return on_a_screen(word),
        (Hearing::Choices | Hearing::Answer, _) if word.is_empty() => vec![key(KeyCode::Enter)],
        (Hearing::Choices, _) => replaced(word, None),
        (Hearing::Field, _) if word.is_empty() => vec![key(KeyCode::Tab)],
        (Hearing::Field, _) => replaced(line, Some(KeyCode::Tab)),
        (Hearing::Answer, _) if is_named_question(state) => {
            replaced(word, Some(KeyCode::Tab)).into_iter().chain([key(KeyCode::Enter)]).collect()
        }
        (Hearing::Answer, _) => replaced(line, Some(KeyCode::Enter)),
        (Hearing::Question, _) => match word {
            "y" | "yes" if is_on_deed(state) => vec![key(KeyCode::Enter)],
            "y" | "yes" => vec![key(KeyCode::Tab), key(KeyCode::Enter)],
            "" | "n" | "no" => vec![key(KeyCode::Esc)],
            _ => return Err("answer yes or no".to_owned()),
        },
    })
}

fn is_finder(state: &State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Finder(_)))
}

/// Tells whether Enter would do what the question is about; most begin at Cancel.
fn is_on_deed(state: &State) -> bool {
    match state.overlays.last() {
        Some(Overlay::Confirm(confirm)) => confirm.state.on_deed,
        Some(Overlay::Approve(dialog)) => dialog.on_deed,
        _ => true,
    }
}

fn is_named_question(state: &State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Confirm(_)))
}

fn key(code: KeyCode) -> Event<Done> {
    Event::Key(Key::plain(code))
}

fn pressed(keys: &str) -> Result<Vec<Event<Done>>, String> {
    let keys = keys.trim().parse::<Keys>().map_err(|error| format!("{}: {error}", printable(keys.trim())))?;
    Ok(keys.0.into_iter().map(Event::Key).collect())
}

/// Goes to a row by its number from the top.
fn row(number: usize) -> Vec<Event<Done>> {
    let down = std::iter::repeat_with(|| key(KeyCode::Down)).take(number - 1);
    [key(KeyCode::Home)].into_iter().chain(down).collect()
}

/// Replaces what stands in the field, and goes on.
fn replaced(text: &str, then: Option<KeyCode>) -> Vec<Event<Done>> {
    let clear = "end ctrl-u".parse::<Keys>().map(|keys| keys.0).unwrap_or_default();
    let clear = clear.into_iter().map(Event::Key);
    let paste = (!text.is_empty()).then(|| Event::Paste(Pasted::new(text.to_owned())));
    clear.chain(paste).chain(then.map(key)).collect()
}

/// Opens the line that a key opens, and answers it.
fn after(opens: &str, text: &str) -> Vec<Event<Done>> {
    let opened = opens.chars().map(|letter| Event::Key(letter.into()));
    opened.chain(replaced(text, Some(KeyCode::Enter))).collect()
}

/// Returns what a line means on a screen.
fn on_a_screen(word: &str) -> Result<Vec<Event<Done>>, String> {
    if let Some(filter) = word.strip_prefix('/') {
        return Ok(after("/", filter));
    }
    let command = word.strip_prefix(':').unwrap_or(word).trim();
    let (name, _) = command.split_once(' ').unwrap_or((command, ""));
    match (command, Action::named(name)) {
        ("", _) => Ok(Vec::new()),
        (_, Some(_)) => Ok(after(":", command)),
        (_, None) => {
            let guess = nearest(name, ROWS.iter().map(|row| row.name));
            let hint = guess.map_or_else(
                || "help lists the actions; keys stand after a dot and a blank".to_owned(),
                |guess| format!("did you mean {guess}?"),
            );
            Err(format!("no action is called {}; {hint}", printable(name)))
        }
    }
}
