//! The bytes that set a terminal up for the console, and the bytes that put it back.

/// What the console asks of a terminal beyond the alternate screen, bracketed paste and focus events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// Report clicks and the wheel (DECSET 1000, 1002, 1006). Text can then be selected with Shift held.
    pub mouse: bool,
    /// Tell keys apart that legacy encodings merge (kitty keyboard protocol, flag 1).
    pub kitty: bool,
    /// Ask for the background colour (OSC 11) and the theme; the answers come as events, nothing waits for them.
    pub ask: bool,
}

/// Returns the bytes that begin a session.
///
/// Questions come last and end with a request for device attributes, which every terminal answers: its answer says
/// that no other is to come.
pub fn enter(modes: Modes) -> Vec<u8> {
    // 1049 alternate screen, 25 cursor, 2004 bracketed paste, 1004 focus, 7 wrap off so that no cell can scroll.
    let mut bytes = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[?7l".to_vec();
    if modes.mouse {
        bytes.extend_from_slice(mouse(true).as_bytes());
    }
    if modes.kitty {
        bytes.extend_from_slice(b"\x1b[>1u");
    }
    if modes.ask {
        bytes.extend_from_slice(b"\x1b]11;?\x1b\\\x1b[?996n\x1b[?2026$p\x1b[c");
    }
    bytes
}

/// Returns the bytes after which the mouse is heard, or left to the terminal.
pub const fn mouse(on: bool) -> &'static str {
    if on { "\x1b[?1000h\x1b[?1002h\x1b[?1006h" } else { "\x1b[?1006l\x1b[?1002l\x1b[?1000l" }
}

/// Returns the bytes that end a session, whatever state it was in: everything that [`enter`] may have set is unset.
///
/// It begins by ending an unfinished string and a synchronized update, so that a terminal cut off in the middle of a
/// frame recovers. The kitty flags are popped only where they were pushed: some terminals keep a stack per screen.
pub fn leave(modes: Modes) -> Vec<u8> {
    let mut bytes = b"\x1b\\\x1b[?2026l".to_vec();
    if modes.kitty {
        bytes.extend_from_slice(b"\x1b[<1u");
    }
    // It may have been switched on while the session went on.
    bytes.extend_from_slice(mouse(false).as_bytes());
    bytes.extend_from_slice(b"\x1b[?7h\x1b[?1004l\x1b[?2004l\x1b[0m\x1b[?1049l\x1b[?25h");
    bytes
}

#[cfg(test)]
mod tests {
    use super::{Modes, enter, leave};

    /// The DEC private modes that bytes switch to `letter`.
    fn switched(bytes: &[u8], letter: char) -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let sequences = text.split("\x1b[?").skip(1).filter_map(|rest| rest.split_once(letter));
        let mut modes: Vec<String> = sequences
            .map(|(number, _)| number.to_owned())
            .filter(|number| number.chars().all(|c| c.is_ascii_digit()))
            .collect();
        modes.sort();
        modes
    }

    #[test]
    fn leaving_undoes_what_entering_did() {
        for modes in [Modes { mouse: true, kitty: true, ask: true }, Modes { mouse: false, kitty: false, ask: false }] {
            let (on, off) = (enter(modes), leave(modes));
            // Entering hides the cursor and stops wrapping; leaving also ends a synchronized update.
            let mut undone = switched(&off, 'l');
            undone.retain(|mode| mode != "2026" && (modes.mouse || !["1000", "1002", "1006"].contains(&mode.as_str())));
            assert_eq!(switched(&on, 'h'), undone);
            assert_eq!(switched(&on, 'l'), switched(&off, 'h'));
        }
    }
}
