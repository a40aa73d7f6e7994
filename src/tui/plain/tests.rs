//! A story, line by line.

use super::*;
use crate::tui::{
    rehearsal::{self, Rehearsal},
    state::State,
};

/// Says lines to a console over the demo, and returns what each of them was answered.
fn said(lines: &[&str]) -> (String, State) {
    let mut rehearsal = Rehearsal::new("ana.moreau", PAGE.0, PAGE.1);
    let mut plain = Plain::new(Console::new(rehearsal::start("mono")));
    std::mem::swap(&mut plain.console.state, &mut rehearsal.state);
    let mut text = String::new();
    for line in [&""].into_iter().chain(lines) {
        let echoed = if plain.asks_for_a_secret() { "…" } else { line };
        let prompt = plain.prompt();
        let events = plain.heard(line);
        std::mem::swap(&mut plain.console.state, &mut rehearsal.state);
        for event in events {
            rehearsal.hear(event);
        }
        std::mem::swap(&mut plain.console.state, &mut rehearsal.state);
        if !text.is_empty() {
            let _ = writeln!(text, "{prompt}{echoed}");
        }
        let told = plain.told();
        text.push_str(&told);
    }
    (text, plain.into_state())
}

#[test]
fn a_key_is_assigned_and_applied_line_by_line() {
    let (text, state) =
        said(&["next-problem", ". j", "assign", "", "goto-changes", "apply because it failed", "", "yes"]);
    insta::assert_snapshot!(text);
    assert_eq!(state.deeds.applied.len(), 1);
}

#[test]
fn lines_filter_go_to_rows_and_say_what_they_do_not_know() {
    let (text, _) = said(&["goto-credentials", "/openai legal", "2", "nonsense", "revok", ". ctrl-"]);
    insta::assert_snapshot!(text);
}

#[test]
fn a_form_is_filled_field_by_field_and_a_secret_is_not_told() {
    let (text, state) =
        said(&["goto-credentials", "add", "openai-new", "openai", "sk-FAKE-canary-0123456789", ". enter"]);
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(state.staging.changes.len(), 1, "{text}");
    insta::assert_snapshot!(text.split_once("> add").map_or("", |(_, form)| form));
}

#[test]
fn what_was_told_can_not_be_hidden_so_no_secret_is() {
    let mut state = Rehearsal::with_secrets("ana.moreau", 80, 24).state;
    state.line_by_line = true;
    let reason = crate::tui::state::available::availability(&state, crate::tui::action::Action::Reveal);
    assert!(!reason.is_yes());
}
