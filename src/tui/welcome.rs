//! The welcome, where there is no database yet. What the user chooses is returned; the caller does it.

use std::time::Duration;

use ratatui::Frame;

use super::{
    event::{Event, KeyCode, Modifiers, Reply},
    runtime::App,
    theme::{Following, Theme},
    view,
};

/// What to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A made-up organisation.
    Demo,
    /// Workflows from elsewhere.
    Import,
    /// An empty database.
    Empty,
    /// Nothing: the user left.
    Leave,
}

impl Choice {
    /// What is offered, in order.
    pub const ALL: [Self; 3] = [Self::Demo, Self::Import, Self::Empty];

    /// Returns what it is called.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Demo => "Look around",
            Self::Import => "Import",
            Self::Empty => "Begin empty",
            Self::Leave => "Leave",
        }
    }

    /// Says what it does.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Demo => "a made-up organisation, in a file of its own",
            Self::Import => "your workflows from Dify exports, into a new database",
            Self::Empty => "a new database and a vault; you become its admin",
            Self::Leave => "",
        }
    }
}

/// The welcome's state.
#[derive(Debug)]
pub struct Welcome {
    /// Where the database would be.
    pub database: String,
    /// The line under the cursor.
    pub at: usize,
    /// What was chosen.
    pub chosen: Option<Choice>,
    theme: Theme,
    follow: Option<Following>,
}

impl Welcome {
    /// Begins with the demo under the cursor.
    pub const fn new(database: String, theme: Theme, follow: Option<Following>) -> Self {
        Self { database, at: 0, chosen: None, theme, follow }
    }

    fn hear(&mut self, reply: Reply) {
        if let (Some(following), Some(dark)) = (&self.follow, reply.is_dark()) {
            self.theme = Theme::builtin(Theme::name_for(following.depth, Some(dark)));
        }
    }
}

impl App for Welcome {
    type Effect = std::convert::Infallible;
    type Done = ();

    fn update(&mut self, event: Event<()>) -> Vec<Self::Effect> {
        match event {
            Event::Reply(reply) => self.hear(reply),
            Event::Key(key) => match key.code {
                KeyCode::Up | KeyCode::Char('k') => self.at = self.at.saturating_sub(1),
                KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.at = (self.at + 1).min(Choice::ALL.len() - 1),
                KeyCode::Enter => self.chosen = Some(Choice::ALL[self.at]),
                KeyCode::Esc | KeyCode::Char('q') => self.chosen = Some(Choice::Leave),
                KeyCode::Char('c') if key.modifiers == Modifiers::CTRL => self.chosen = Some(Choice::Leave),
                KeyCode::Char(letter @ '1'..='3') => {
                    self.chosen = letter.to_digit(10).and_then(|at| Choice::ALL.get(at as usize - 1)).copied();
                }
                _ => {}
            },
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>) {
        view::welcome::draw(self, &self.theme, frame);
    }

    fn next_tick(&self) -> Option<Duration> {
        None
    }

    fn is_finished(&self) -> bool {
        self.chosen.is_some()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::tui::{event::Keys, picture};

    fn welcome() -> Welcome {
        Welcome::new("~/.local/share/keydeck/keydeck.db".to_owned(), Theme::builtin("mono"), None)
    }

    fn press(welcome: &mut Welcome, keys: &str) {
        for key in keys.parse::<Keys>().unwrap().0 {
            welcome.update(Event::Key(key));
        }
    }

    #[test]
    fn it_offers_three_ways_and_returns_the_chosen_one() {
        for (keys, chosen) in
            [("enter", Choice::Demo), ("j enter", Choice::Import), ("j j j enter", Choice::Empty), ("q", Choice::Leave)]
        {
            let mut welcome = welcome();
            press(&mut welcome, keys);
            assert_eq!(welcome.chosen, Some(chosen), "{keys}");
            assert!(welcome.is_finished());
        }
    }

    #[test]
    fn it_fits_every_size() {
        for (width, height) in [(80, 24), (40, 12), (20, 6), (3, 2)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            let frame = terminal.draw(|frame| welcome().view(frame)).unwrap().buffer.clone();
            if width >= 40 {
                insta::assert_snapshot!(format!("welcome {width}x{height}"), picture::text(&frame));
            }
        }
    }
}
