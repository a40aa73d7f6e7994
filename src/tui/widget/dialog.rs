//! A box in the middle that asks: Cancel is the default, and what would be lost for good has to be named.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::symbols::border;
use ratatui::text::Span;
use ratatui::widgets::{Block, Clear, Widget as _};

use super::input::TextInput;
use super::touch::{Touch, Touches};
use super::width::{truncate, width, wrap};
use crate::tui::theme::{Role, Theme};

/// What a dialog says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialog {
    /// The question in short.
    pub title: String,
    /// What will happen, in sentences; a line end begins a new one.
    pub body: String,
    /// What the other button than Cancel does: `Apply`, `Revoke`.
    pub deed: String,
    /// Whether something will be lost.
    pub danger: bool,
    /// The name that has to be typed before the deed can be done.
    pub name: Option<String>,
}

/// Where the user is in a dialog; part of the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogState {
    /// Whether Enter would do the deed; it begins at Cancel.
    pub on_deed: bool,
    /// What has been typed of the name.
    pub typed: TextInput,
}

impl Dialog {
    /// Tells whether the deed may be done: its button is chosen, and the name, if it has to be typed, is right.
    pub fn is_confirmed(&self, state: &DialogState) -> bool {
        state.on_deed && self.is_named(state)
    }

    fn is_named(&self, state: &DialogState) -> bool {
        self.name.as_ref().is_none_or(|name| name == state.typed.text())
    }

    /// Returns the room of the dialog, and the lines of its text.
    fn place(&self, screen: Rect) -> (Rect, Vec<String>) {
        let columns = screen.width.saturating_sub(4).min(64);
        let mut lines = wrap(&self.body, usize::from(columns.saturating_sub(4)));
        let fixed = 4 + if self.name.is_some() { 3 } else { 0 };
        let height = (u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(fixed)).min(screen.height);
        lines.truncate(usize::from(height.saturating_sub(fixed)));
        (centred(screen, columns, height), lines)
    }

    /// Draws the dialog over the middle of `screen`, and returns where the cursor is to be seen.
    pub fn draw(
        &self,
        screen: Rect,
        buffer: &mut Buffer,
        state: &DialogState,
        theme: &Theme,
        touches: &mut Touches,
    ) -> Option<Position> {
        let (area, lines) = self.place(screen);
        if area.width < 8 || area.height < 3 {
            return None;
        }
        let (title_role, mark) = if self.danger { (Role::DialogDanger, "! ") } else { (Role::DialogTitle, "") };
        let inner = boxed(area, buffer, &format!("{mark}{}", self.title), title_role, theme);
        let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let mut y = inside.y;
        for line in &lines {
            buffer.set_stringn(inside.x, y, line, usize::from(inside.width), theme.style(Role::Dialog));
            y += 1;
        }
        let cursor = self.name.as_ref().and_then(|name| {
            let ask = format!("Type {name} to go on:");
            let ask = truncate(&ask, usize::from(inside.width));
            buffer.set_string(inside.x, y + 1, ask, theme.style(Role::Muted));
            let field = Rect { y: (y + 2).min(inside.bottom().saturating_sub(1)), height: 1, ..inside };
            state.typed.draw(field, buffer, "", theme)
        });
        let deed_role = match (state.on_deed, self.is_named(state)) {
            (true, true) => Role::ButtonFocused,
            (false, true) => Role::Button,
            (_, false) => Role::Disabled,
        };
        let cancel_role = if state.on_deed { Role::Button } else { Role::ButtonFocused };
        let line = Rect { y: area.bottom() - 2, height: 1, ..inside };
        let all = [("Cancel", cancel_role), (&*self.deed, deed_role)];
        buttons(line, buffer, &all, Some(usize::from(state.on_deed)), theme, touches);
        cursor
    }
}

/// Draws buttons at the right end of a line; the brackets say without colour which one Enter presses.
pub fn buttons(
    area: Rect,
    buffer: &mut Buffer,
    all: &[(&str, Role)],
    at: Option<usize>,
    theme: &Theme,
    touches: &mut Touches,
) {
    let columns = |text: &str| u16::try_from(width(text) + 4).unwrap_or(area.width);
    let wanted = all.iter().map(|(text, _)| columns(text).saturating_add(BETWEEN)).fold(0, u16::saturating_add);
    let mut x = area.x + area.width.saturating_sub(wanted.saturating_sub(BETWEEN));
    for (number, (text, role)) in all.iter().enumerate() {
        let room = area.right().saturating_sub(x);
        let shown = if at == Some(number) { format!("[ {text} ]") } else { format!("  {text}  ") };
        buffer.set_stringn(x, area.y, shown, usize::from(room), theme.style(*role));
        touches.add(Rect { x, width: columns(text).min(room), height: 1, ..area }, Touch::Button(number));
        x = x.saturating_add(columns(text) + BETWEEN).min(area.right());
    }
}

/// How many columns stand between two buttons.
const BETWEEN: u16 = 2;

/// Returns a rectangle of at most that size in the middle of another.
pub fn centred(screen: Rect, columns: u16, rows: u16) -> Rect {
    let (width, height) = (columns.min(screen.width), rows.min(screen.height));
    Rect { x: screen.x + (screen.width - width) / 2, y: screen.y + (screen.height - height) / 2, width, height }
}

/// Clears a rectangle, draws a box with a title around it, and returns its inside.
pub fn boxed(area: Rect, buffer: &mut Buffer, title: &str, title_role: Role, theme: &Theme) -> Rect {
    Clear.render(area, buffer);
    buffer.set_style(area, theme.style(Role::Screen));
    let room = usize::from(area.width).saturating_sub(4);
    let title =
        if width(title) == 0 { String::new() } else { format!(" {} ", truncate(title, room.saturating_sub(2))) };
    let block = Block::bordered()
        .border_set(border::ROUNDED)
        .border_style(theme.style(Role::BorderFocused).patch(background(theme)))
        .style(theme.style(Role::Dialog))
        .title(Span::styled(title, theme.style(title_role)));
    let inner = block.inner(area);
    block.render(area, buffer);
    inner
}

/// The background of boxes, alone.
fn background(theme: &Theme) -> ratatui::style::Style {
    ratatui::style::Style { bg: theme.style(Role::Dialog).bg, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn draw(dialog: &Dialog, state: &DialogState, columns: u16, rows: u16) -> String {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        dialog.draw(area, &mut buffer, state, &Theme::builtin("mono"), &mut Touches::default());
        text(&buffer)
    }

    #[test]
    fn cancel_is_the_default() {
        let dialog = Dialog {
            title: "Apply 2 changes?".to_owned(),
            body: "14 nodes use another key. 1 node fails: its key is expired.".to_owned(),
            deed: "Apply".to_owned(),
            ..Dialog::default()
        };
        let mut state = DialogState::default();
        assert!(!dialog.is_confirmed(&state));
        insta::assert_snapshot!(draw(&dialog, &state, 44, 8), @r"

          ╭ Apply 2 changes? ────────────────────╮
          │ 14 nodes use another key. 1 node     │
          │ fails: its key is expired.           │
          │                                      │
          │                [ Cancel ]    Apply   │
          ╰──────────────────────────────────────╯
        ");
        state.on_deed = true;
        assert!(dialog.is_confirmed(&state));
    }

    #[test]
    fn what_is_lost_for_good_has_to_be_named() {
        let dialog = Dialog {
            title: "Remove the key?".to_owned(),
            body: "Its secret can't be brought back.".to_owned(),
            deed: "Remove".to_owned(),
            danger: true,
            name: Some("prod".to_owned()),
        };
        let mut state = DialogState { on_deed: true, typed: TextInput::new("pro") };
        assert!(!dialog.is_confirmed(&state));
        state.typed.set("prod");
        assert!(dialog.is_confirmed(&state));
        insta::assert_snapshot!(draw(&dialog, &state, 44, 9), @r"
          ╭ ! Remove the key? ───────────────────╮
          │ Its secret can't be brought back.    │
          │                                      │
          │ Type prod to go on:                  │
          │ prod                                 │
          │                                      │
          │                 Cancel    [ Remove ] │
          ╰──────────────────────────────────────╯
        ");
    }

    #[test]
    fn no_size_breaks_it() {
        let dialog = Dialog { body: "word ".repeat(99), name: Some("x".repeat(99)), ..Dialog::default() };
        for columns in 0..30 {
            for rows in 0..12 {
                draw(&dialog, &DialogState::default(), columns, rows);
            }
        }
    }
}
