//! The console as the runtime runs it: the state, how events change it, how it looks.

use std::time::Duration;

use ratatui::Frame;

use super::{
    effect::{Done, Effect, Plain},
    event::Event,
    runtime::App,
    state::{Start, State},
    terminal::overprint::Overprint,
    update, view,
};

/// The console.
#[derive(Debug)]
pub struct Console {
    /// Everything that it knows.
    pub state: State,
    /// The secret that is on the screen: the one place of the console where there is one in plain text.
    revealed: Option<Plain>,
}

impl Console {
    /// Begins with nothing known of the database.
    pub fn new(start: Start) -> Self {
        Self { state: State::new(start), revealed: None }
    }
}

impl Console {
    /// Returns how long the row that others changed first is still marked.
    fn flash(&self) -> Option<Duration> {
        let stay = if self.state.still { update::STILL } else { update::FLASH };
        let first = self.state.changed.values().min()?;
        Some(Duration::try_from(stay - self.state.now.duration_since(*first)).unwrap_or_default())
    }

    /// Returns how long the age of what is shown still reads the same.
    fn synced(&self) -> Option<Duration> {
        let age = Duration::try_from(self.state.now.duration_since(self.state.synced?)).unwrap_or_default().as_secs();
        let unit = if age < 3_600 { 60 } else { 3_600 };
        Some(Duration::from_secs(unit - age % unit))
    }
}

impl App for Console {
    type Effect = Effect;
    type Done = Done;

    fn update(&mut self, event: Event<Done>) -> Vec<Effect> {
        let event = match event {
            Event::Done(Done::Revealed { generation, secret }) => {
                let fields = secret.shape();
                self.revealed = Some(secret);
                Event::Done(Done::Shown { generation, fields })
            }
            other => other,
        };
        let effects = update::update(&mut self.state, event);
        if self.state.reveal().is_none_or(|reveal| reveal.until.is_none()) {
            self.revealed = None;
        }
        effects
    }

    fn view(&self, frame: &mut Frame<'_>) {
        view::view(&self.state, frame);
    }

    fn over(&self) -> Option<Overprint<'_>> {
        let (secret, reveal) = (self.revealed.as_ref()?, self.state.reveal()?);
        let pieces = view::windows(&self.state).into_iter().zip(secret.texts()).collect();
        Some(Overprint { mark: reveal.generation, style: view::secret_style(&self.state.theme), pieces })
    }

    fn next_tick(&self) -> Option<Duration> {
        let lock = self.state.until_lock().map(|left| Duration::try_from(left).unwrap_or_default());
        // A long opening counts its seconds.
        let opening = self.state.opening.map(|_| Duration::from_secs(1));
        // The seconds that are left are counted down on the screen.
        let reveal = self.state.reveal().and_then(|reveal| reveal.until).map(|_| Duration::from_secs(1));
        let clipboard = self
            .state
            .clipboard_until
            .map(|until| Duration::try_from(until.duration_since(self.state.now)).unwrap_or_default());
        let jobs = self.state.jobs.next_tick(self.state.now, !self.state.still);
        let toasts = self.state.toasts.next_tick(self.state.now);
        [toasts, jobs, self.flash(), self.synced(), lock, opening, reveal, clipboard].into_iter().flatten().min()
    }

    fn starts_over(&mut self) -> bool {
        std::mem::take(&mut self.state.starts_over)
    }

    fn is_finished(&self) -> bool {
        self.state.finished
    }
}

#[cfg(test)]
mod tests;
