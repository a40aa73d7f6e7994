//! Notes at the bottom right that go away by themselves; errors stay until they are dismissed.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::width::{fit, width, wrap};
use crate::domain::Timestamp;
use crate::tui::theme::{Role, Theme};

/// How many notes are shown at once.
const SHOWN: usize = 3;

/// How long a note stays that is no error.
const STAY: Duration = Duration::from_secs(6);

/// What kind of note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something worked.
    Ok,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    kind: ToastKind,
    text: String,
    times: u32,
    until: Option<Timestamp>,
}

/// The notes that are shown, the newest last; part of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toasts {
    notes: Vec<Toast>,
}

impl Toasts {
    /// Adds a note; the same note again is counted instead. The oldest go first when there are too many, errors last.
    pub fn push(&mut self, kind: ToastKind, text: impl Into<String>, now: Timestamp) {
        let text = text.into();
        let until = (kind != ToastKind::Error).then(|| now.checked_add(STAY).unwrap_or(Timestamp::MAX));
        if let Some(at) = self.notes.iter().position(|note| note.kind == kind && note.text == text) {
            let mut note = self.notes.remove(at);
            note.times += 1;
            note.until = until;
            self.notes.push(note);
            return;
        }
        self.notes.push(Toast { kind, text, times: 1, until });
        while self.notes.len() > SHOWN {
            let passing = self.notes[..SHOWN].iter().position(|note| note.kind != ToastKind::Error);
            self.notes.remove(passing.unwrap_or(0));
        }
    }

    /// Takes the notes away whose time has come.
    pub fn expire(&mut self, now: Timestamp) {
        self.notes.retain(|note| note.until.is_none_or(|until| now < until));
    }

    /// Takes the notes away that were said before `now` and are no errors: something opens that they would hide.
    pub fn make_way(&mut self, now: Timestamp) {
        let said = |until: Timestamp| until.checked_sub(STAY).unwrap_or(Timestamp::MIN);
        self.notes.retain(|note| note.until.is_none_or(|until| said(until) >= now));
    }

    /// Takes the newest note away; tells whether there was one.
    pub fn dismiss(&mut self) -> bool {
        self.notes.pop().is_some()
    }

    /// Takes all notes away and returns them, each with a word for its kind.
    pub fn take(&mut self) -> Vec<(&'static str, String)> {
        let word = |kind| match kind {
            ToastKind::Ok => "done",
            ToastKind::Warn => "note",
            ToastKind::Error => "error",
        };
        self.notes.drain(..).map(|note| (word(note.kind), note.text)).collect()
    }

    /// Returns how long after `now` the next note goes.
    pub fn next_tick(&self, now: Timestamp) -> Option<Duration> {
        let soonest = self.notes.iter().filter_map(|note| note.until).min()?;
        Some(Duration::try_from(soonest.duration_since(now)).unwrap_or(Duration::ZERO))
    }

    /// Draws the notes over the bottom right of `screen`, the newest lowest; together they hide no more than half of it.
    pub fn draw(&self, screen: Rect, buffer: &mut Buffer, theme: &Theme) {
        let columns = usize::from(screen.width.saturating_sub(2).min(56));
        let mut bottom = screen.bottom();
        for note in self.notes.iter().rev() {
            let (role, sign) = match note.kind {
                ToastKind::Ok => (Role::ToastOk, "✓"),
                ToastKind::Warn => (Role::ToastWarn, "!"),
                ToastKind::Error => (Role::ToastError, "✗"),
            };
            let times = if note.times > 1 { format!(" (×{})", note.times) } else { String::new() };
            let lines = wrap(&format!("{}{times}", note.text), columns.saturating_sub(4));
            let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0).min(columns.saturating_sub(4));
            let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            let (is_newest, taken) = (bottom == screen.bottom(), screen.bottom() - bottom + height);
            if columns < 8 || taken > screen.height || !is_newest && taken > (screen.height / 2).max(3) {
                return;
            }
            bottom -= height;
            let x = screen.right() - 1 - u16::try_from(widest + 4).unwrap_or(0);
            let signs = [sign].into_iter().chain(std::iter::repeat(" "));
            for ((y, line), sign) in (bottom..).zip(&lines).zip(signs) {
                buffer.set_string(x, y, format!(" {sign} {} ", fit(line, widest)), theme.style(role));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_second(number).unwrap()
    }

    #[test]
    fn notes_are_counted_go_and_errors_stay() {
        let mut toasts = Toasts::default();
        toasts.push(ToastKind::Error, "The database is locked; press ctrl-l to try again", second(0));
        toasts.push(ToastKind::Ok, "Staged · u undo", second(1));
        toasts.push(ToastKind::Ok, "Staged · u undo", second(3));
        assert_eq!(toasts.next_tick(second(4)), Some(Duration::from_secs(5)));
        let area = Rect::new(0, 0, 40, 5);
        let mut buffer = Buffer::empty(area);
        toasts.draw(area, &mut buffer, &Theme::builtin("mono"));
        insta::assert_snapshot!(text(&buffer), @r"


         ✗ The database is locked; press
           ctrl-l to try again
                  ✓ Staged · u undo (×2)
        ");
        toasts.make_way(second(3));
        assert_eq!(toasts.notes.len(), 2, "what is said just now stays");
        toasts.make_way(second(4));
        assert_eq!((toasts.notes.len(), toasts.next_tick(second(9))), (1, None));
        toasts.expire(second(9));
        for number in 0..5 {
            toasts.push(ToastKind::Warn, format!("note {number}"), second(9));
        }
        assert_eq!(toasts.notes.len(), SHOWN);
        assert_eq!(toasts.notes[0].kind, ToastKind::Error);
        assert!(toasts.dismiss());
    }
}
