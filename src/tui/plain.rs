//! The console line by line, for screen readers and scripts: what a screen would show as plain text, and lines as keys,
//! text and commands. It is the same state, the same actions and the same views; only the last step differs.

mod command;
mod linear;

use std::{fmt::Write as _, time::Duration};

use ratatui::{Frame, Terminal, backend::TestBackend};

use super::{
    app::Console,
    effect::{Done, Effect},
    event::Event,
    picture,
    runtime::{App, lines::Lines},
    state::{State, layout::WIDE},
    view,
};

/// Columns and rows that are told at once; the next rows come with `page-down`.
///
/// It is too narrow for details beside the list, which would be told in the middle of its rows.
pub const PAGE: (u16, u16) = (WIDE - 1, 40);

/// What is told once, at the beginning.
const WELCOME: &str = "keydeck, line by line. Type an action (help lists them), its key after a dot (. j), a number for a row, /words to filter; an empty line tells all, toggle-details the rest of a row.\n";

/// The console, as lines see it.
#[derive(Debug)]
pub struct Plain {
    console: Console,
    /// What was told last of the screen.
    told: Vec<String>,
    /// What was told last of what lies over it.
    told_above: Vec<String>,
    /// Whether all is told, not only what changed.
    whole: bool,
    /// Whether the user was welcomed.
    welcomed: bool,
}

impl Plain {
    /// Begins with nothing told.
    pub const fn new(console: Console) -> Self {
        Self { console, told: Vec::new(), told_above: Vec::new(), whole: true, welcomed: false }
    }

    /// Returns what the console knew at its end.
    pub fn into_state(self) -> State {
        self.console.state
    }
}

impl App for Plain {
    type Effect = Effect;
    type Done = Done;

    fn update(&mut self, event: Event<Done>) -> Vec<Effect> {
        self.console.update(event)
    }

    fn view(&self, frame: &mut Frame<'_>) {
        self.console.view(frame);
    }

    fn next_tick(&self) -> Option<Duration> {
        self.console.next_tick()
    }

    fn starts_over(&mut self) -> bool {
        self.console.starts_over()
    }

    fn is_finished(&self) -> bool {
        self.console.is_finished() || self.console.state.broken.is_some()
    }
}

impl Lines for Plain {
    fn heard(&mut self, line: &str) -> Vec<Event<Done>> {
        let (before, events) = (self.place(), command::events(&self.console.state, line));
        self.whole = line.trim().is_empty() && before.1 == 0;
        match events {
            Ok(events) => events,
            Err(reason) => {
                self.console.state.say(super::widget::toast::ToastKind::Error, reason);
                Vec::new()
            }
        }
    }

    fn told(&mut self) -> String {
        let mut text = String::new();
        if !std::mem::replace(&mut self.welcomed, true) {
            text.push_str(WELCOME);
        }
        let state = &mut self.console.state;
        for (word, note) in state.toasts.take() {
            let _ = writeln!(text, "{word}: {note}");
        }
        let lines = linear::lines(&picture::text(&frame(state)));
        let is_above = self.place().1 > 0;
        let before = if is_above { &mut self.told_above } else { &mut self.told };
        let fresh = if std::mem::take(&mut self.whole) { lines.clone() } else { linear::news(before, &lines) };
        *before = lines;
        if !is_above {
            self.told_above.clear();
        }
        for line in fresh {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    fn prompt(&self) -> String {
        command::prompt(&self.console.state)
    }

    fn asks_for_a_secret(&self) -> bool {
        command::asks_for_a_secret(&self.console.state)
    }
}

impl Plain {
    /// Where the user is: the screen, and how much lies over it.
    fn place(&self) -> (&'static str, usize) {
        (self.console.state.route().screen.title(), self.console.state.overlays.len())
    }
}

/// Draws what there is to tell: what lies on top, or the screen.
fn frame(state: &State) -> ratatui::buffer::Buffer {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(PAGE.0, PAGE.1));
    let Ok(_) = terminal.draw(|frame| view::alone(state, frame));
    terminal.backend().buffer().clone()
}

#[cfg(test)]
mod tests;
