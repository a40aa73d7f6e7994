//! The walk of somebody who never saw the program and reads nothing but its screen: each key that is pressed here is one
//! that the screen names just then.

use crate::terminal::Terminal;

/// A secret that nobody is to see again.
const SECRET: &str = "sk-FAKE-of-a-newcomer-0123456789";

/// Presses keys that the screen names, in those words.
#[track_caller]
fn press(terminal: &mut Terminal, named: &str, keys: &str) {
    terminal.sees(named);
    terminal.keys(keys);
}

/// Finds a workflow without a key, gives it one, sees what that changes, applies, takes it back, and adds a key.
///
/// A window of 40 by 12 breaks its lines elsewhere and shows fewer columns; there `has_room` is false.
pub fn walk(terminal: &mut Terminal, has_room: bool) {
    terminal.sees("lack");
    press(terminal, "n next problem", "n");
    terminal.sees("✗ no key");
    press(terminal, "a assign", "a");
    terminal.sees("1 node starts to work");
    press(terminal, "enter stage", "\r");
    terminal.sees("1 STAGED");
    press(terminal, "ctrl-s apply", "\u{13}");
    terminal.sees("Apply 1 staged change?");
    press(terminal, "message", "a key for refunds");
    terminal.sees("a key for refunds");
    press(terminal, "enter go on", "\r");
    terminal.sees("[ Apply ]");
    terminal.keys("\r");
    press(terminal, if has_room { "u undo" } else { "undo" }, "u");
    terminal.sees("Undid revision");
    // Where are the keys? The first letter of a sequence shows what may follow.
    terminal.keys("g");
    press(terminal, "c credentials", "c");
    press(terminal, "a add", "a");
    terminal.sees("New key");
    press(terminal, "name *", "newcomers\t");
    press(terminal, "provider *", "openai");
    terminal.sees("api key *");
    press(terminal, "tab next field", &format!("\t\u{1b}[200~{SECRET}\u{1b}[201~"));
    terminal.sees("•••");
    press(terminal, "enter stage", "\r");
    terminal.sees("1 STAGED");
    press(terminal, "ctrl-s apply", "\u{13}");
    terminal.sees("Apply 1 staged change?");
    press(terminal, "esc leave", "\u{1b}");
    terminal.loses("Apply 1 staged change?");
    press(terminal, "ctrl-s apply", "\u{13}");
    press(terminal, "message", "a key of mine\r\r");
    terminal.loses("STAGED");
    terminal.keys("/newcomers");
    terminal.sees("› newcomers");
    terminal.keys("\r");
    if has_room {
        terminal.sees("active");
    }
    terminal.keys("\u{3}\u{3}");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(terminal.is_restored());
    let seen = terminal.written.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    assert!(!seen, "the secret was shown");
}
