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
            Self::Demo => "a made-up organisation with throwaway keys, in a file of its own",
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
