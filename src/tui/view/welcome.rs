//! The welcome of a program that has no database yet: what it is, and three ways to begin.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    theme::{Role, Theme},
    welcome::{Choice, Welcome},
    widget::{
        dialog::centred,
        list::{List, ListState, RowMarks},
        width::{fit, truncate, wrap},
    },
};

/// Draws the welcome.
///
/// ```text
///   keydeck
///   Which key does this workflow use, and why.
///
/// › Look around   a made-up organisation, with throwaway keys
///   Import        workflows from Dify and other platforms
///   Begin empty   a database of your own
/// ```
pub fn draw(welcome: &Welcome, theme: &Theme, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(screen, theme.style(Role::Screen));
    let area = centred(screen, 70, 14);
    let columns = usize::from(area.width.saturating_sub(2));
    let mut y = area.y;
    let mut say = |text: &str, role: Role, gap: u16| {
        for line in wrap(text, columns.saturating_sub(2).max(1)) {
            if y < area.bottom() {
                buffer.set_string(
                    area.x + 2.min(area.width),
                    y,
                    truncate(&line, columns.saturating_sub(2)),
                    theme.style(role),
                );
                y += 1;
            }
        }
        y += gap;
    };
    say("keydeck", Role::HeaderName, 0);
    say("Which key does this workflow use, and why.", Role::Text, 1);
    say(&format!("There is no database at {} yet.", welcome.database), Role::Muted, 1);
    let names = Choice::ALL.iter().map(|choice| choice.title().len()).max().unwrap_or(0);
    let row = |at: usize, columns: usize| {
        let choice = Choice::ALL[at];
        let about = truncate(choice.about(), columns.saturating_sub(names + 2)).into_owned();
        let line = Line::from(vec![
            Span::styled(fit(choice.title(), names), theme.style(Role::Strong)),
            Span::raw("  "),
            Span::styled(about, theme.style(Role::Muted)),
        ]);
        (line, RowMarks::default())
    };
    let list = Rect { y, height: 3.min(area.bottom().saturating_sub(y)), ..area };
    let at = ListState { cursor: welcome.at, top: 0 };
    List { state: at, count: Choice::ALL.len(), focused: true, row, theme }.draw(list, buffer);
    let hints = "↑ ↓ choose · enter begin · q leave";
    let bottom = screen.bottom().saturating_sub(1);
    buffer.set_string(area.x + 2, (list.bottom() + 2).min(bottom), truncate(hints, columns), theme.style(Role::Muted));
}
