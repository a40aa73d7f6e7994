//! What a whole token means: `termina`'s parser reads it, and its events become the console's.

use termina::escape::csi::{self, Csi};
use termina::escape::osc::{ColorOrQuery, DynamicColorNumber, Osc};
use termina::event as foreign;

use crate::tui::event::{Event, Key, KeyCode, Modifiers, Mouse, MouseButton, MouseKind, Reply};

/// Reads one whole sequence; unknown ones mean nothing.
pub(super) fn sequence<D>(parser: &mut termina::Parser, bytes: &[u8]) -> Option<Event<D>> {
    if let Some(key) = opener_with_alt(bytes).or_else(|| modify_other_keys(bytes)) {
        return Some(Event::Key(key));
    }
    // APC, PM and SOS carry nothing for the console, and the parser would type them.
    if matches!(bytes, [0x1b, b'_' | b'^' | b'X', _, ..]) {
        return None;
    }
    if bytes.ends_with(b"c") && bytes.starts_with(b"\x1b[?") {
        return Some(Event::Reply(Reply::Attributes));
    }
    parser.parse(bytes, false);
    let event = parser.pop();
    // The parser keeps what it takes for a beginning, and has no reset.
    if event.is_none() || parser.pop().is_some() {
        *parser = termina::Parser::default();
    }
    event.and_then(translate)
}

/// Reads `ESC` with a letter that usually opens a sequence, which came alone: alt with that letter.
fn opener_with_alt(bytes: &[u8]) -> Option<Key> {
    match bytes {
        [0x1b, letter @ (b'[' | b']' | b'O' | b'P' | b'_' | b'^' | b'X')] => {
            Some(Key::new(KeyCode::Char(char::from(*letter)), Modifiers::ALT))
        }
        _ => None,
    }
}

/// Reads xterm's `CSI 27 ; modifiers ; code ~`, which the parser does not know.
fn modify_other_keys(bytes: &[u8]) -> Option<Key> {
    let body = std::str::from_utf8(bytes).ok()?.strip_prefix("\x1b[27;")?.strip_suffix('~')?;
    let (held, code) = body.split_once(';')?;
    let held: u8 = held.parse::<u8>().ok()?.checked_sub(1)?;
    let code = match char::from_u32(code.parse().ok()?)? {
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\x1b' => KeyCode::Esc,
        '\x08' | '\x7f' => KeyCode::Backspace,
        letter if letter.is_control() => return None,
        letter => KeyCode::Char(letter),
    };
    let held = foreign::Modifiers::from_bits_truncate(held);
    Some(Key::new(code, modifiers(held)))
}

fn translate<D>(event: termina::Event) -> Option<Event<D>> {
    match event {
        termina::Event::Key(key) => self::key(key).map(Event::Key),
        termina::Event::Mouse(mouse) => self::mouse(mouse).map(Event::Mouse),
        termina::Event::FocusIn => Some(Event::FocusGained),
        termina::Event::FocusOut => Some(Event::FocusLost),
        termina::Event::Csi(csi) => reply(&csi).map(Event::Reply),
        termina::Event::Osc(Osc::ChangeDynamicColors(DynamicColorNumber::TextBackgroundColor, colors)) => {
            match colors.first() {
                Some(ColorOrQuery::Color(color)) => {
                    Some(Event::Reply(Reply::Background(color.red, color.green, color.blue)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn reply(csi: &Csi) -> Option<Reply> {
    match csi {
        Csi::Mode(csi::Mode::ReportTheme(theme)) => Some(Reply::Theme { dark: *theme == csi::ThemeMode::Dark }),
        Csi::Mode(csi::Mode::ReportDecPrivateMode { mode, setting }) => {
            let synchronized = csi::DecPrivateMode::Code(csi::DecPrivateModeCode::SynchronizedOutput);
            let known = matches!(setting, csi::DecModeSetting::Set | csi::DecModeSetting::Reset);
            (*mode == synchronized).then_some(Reply::Synchronized(known))
        }
        Csi::Keyboard(csi::Keyboard::ReportFlags(_)) => Some(Reply::KittyKeys),
        _ => None,
    }
}

fn key(event: foreign::KeyEvent) -> Option<Key> {
    if event.kind == foreign::KeyEventKind::Release {
        return None;
    }
    let mut held = modifiers(event.modifiers);
    let code = match event.code {
        foreign::KeyCode::Char(letter) if letter.is_control() => return None,
        foreign::KeyCode::Char(letter) => KeyCode::Char(letter),
        foreign::KeyCode::Enter => KeyCode::Enter,
        foreign::KeyCode::Tab => KeyCode::Tab,
        foreign::KeyCode::BackTab => {
            held = held | Modifiers::SHIFT;
            KeyCode::Tab
        }
        foreign::KeyCode::Backspace => KeyCode::Backspace,
        foreign::KeyCode::Escape => KeyCode::Esc,
        foreign::KeyCode::Up => KeyCode::Up,
        foreign::KeyCode::Down => KeyCode::Down,
        foreign::KeyCode::Left => KeyCode::Left,
        foreign::KeyCode::Right => KeyCode::Right,
        foreign::KeyCode::Home => KeyCode::Home,
        foreign::KeyCode::End => KeyCode::End,
        foreign::KeyCode::PageUp => KeyCode::PageUp,
        foreign::KeyCode::PageDown => KeyCode::PageDown,
        foreign::KeyCode::Insert => KeyCode::Insert,
        foreign::KeyCode::Delete => KeyCode::Delete,
        foreign::KeyCode::Function(number) => KeyCode::F(number),
        _ => return None,
    };
    Some(Key::new(code, held))
}

fn modifiers(held: foreign::Modifiers) -> Modifiers {
    [
        (foreign::Modifiers::CONTROL, Modifiers::CTRL),
        (foreign::Modifiers::ALT | foreign::Modifiers::META, Modifiers::ALT),
        (foreign::Modifiers::SHIFT, Modifiers::SHIFT),
        (foreign::Modifiers::SUPER, Modifiers::SUPER),
    ]
    .into_iter()
    .filter(|(theirs, _)| held.intersects(*theirs))
    .fold(Modifiers::NONE, |all, (_, ours)| all | ours)
}

fn mouse(event: foreign::MouseEvent) -> Option<Mouse> {
    let kind = match event.kind {
        foreign::MouseEventKind::Down(button) => MouseKind::Down(self::button(button)),
        foreign::MouseEventKind::Up(button) => MouseKind::Up(self::button(button)),
        foreign::MouseEventKind::Drag(button) => MouseKind::Drag(self::button(button)),
        foreign::MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        foreign::MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        foreign::MouseEventKind::Moved | foreign::MouseEventKind::ScrollLeft | foreign::MouseEventKind::ScrollRight => {
            return None;
        }
    };
    Some(Mouse { kind, column: event.column, row: event.row, modifiers: modifiers(event.modifiers) })
}

fn button(button: foreign::MouseButton) -> MouseButton {
    match button {
        foreign::MouseButton::Left => MouseButton::Left,
        foreign::MouseButton::Middle => MouseButton::Middle,
        foreign::MouseButton::Right => MouseButton::Right,
    }
}
