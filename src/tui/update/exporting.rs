//! Exporting what a list shows: to the clipboard of the user's terminal, or into a file of their own machine.

use std::path::PathBuf;

use crate::tui::{
    action::Action,
    effect::Effect,
    state::{
        State,
        export::{CLIPBOARD, Format, sheet},
        finder::{Finder, Source},
        overlay::Overlay,
    },
    widget::toast::ToastKind,
    words,
};

/// Writes what the list shows as `FORMAT [PATH]` says.
pub(super) fn export(state: &mut State, argument: &str) -> Vec<Effect> {
    let (word, path) = argument.trim().split_once(char::is_whitespace).unwrap_or((argument.trim(), ""));
    let Some(format) = Format::named(word) else {
        if !word.is_empty() {
            state.say(ToastKind::Warn, format!("{word} is no format; there are csv, json and md"));
            return Vec::new();
        }
        let finder = Finder::new(Source::Arguments(Action::Export), "", state);
        state.overlays.push(Overlay::Finder(finder));
        return Vec::new();
    };
    let path = path.trim();
    if state.afar && !path.is_empty() {
        state.say(
            ToastKind::Warn,
            "Nothing is written into files of the server; leave the path out, or run the command over ssh with > FILE",
        );
        return Vec::new();
    }
    let sheet = sheet(state);
    let rows = words::count(sheet.rows.len(), "row");
    let text = sheet.write(format);
    if !path.is_empty() {
        return vec![Effect::Export { text, path: PathBuf::from(path), rows }];
    }
    if text.len() > CLIPBOARD {
        let way = if state.afar { "run the command over ssh with > FILE" } else { "name a file" };
        state.say(ToastKind::Warn, format!("{rows} are too much for a terminal's clipboard; filter them, or {way}"));
        return Vec::new();
    }
    state.say(ToastKind::Ok, format!("Sent to your terminal's clipboard: {rows} as {word}"));
    vec![Effect::Copy(text)]
}
