//! The console as the runtime runs it: the state, how events change it, how it looks.

use std::time::Duration;

use ratatui::Frame;

use super::{
    effect::{Done, Effect},
    event::Event,
    runtime::App,
    state::{Start, State},
    update, view,
};

/// The console.
#[derive(Debug)]
pub struct Console {
    /// Everything that it knows.
    pub state: State,
}

impl Console {
    /// Begins with nothing known of the database.
    pub fn new(start: Start) -> Self {
        Self { state: State::new(start) }
    }
}

impl App for Console {
    type Effect = Effect;
    type Done = Done;

    fn update(&mut self, event: Event<Done>) -> Vec<Effect> {
        update::update(&mut self.state, event)
    }

    fn view(&self, frame: &mut Frame<'_>) {
        view::view(&self.state, frame);
    }

    fn next_tick(&self) -> Option<Duration> {
        let lock = self.state.until_lock().map(|left| Duration::try_from(left).unwrap_or_default());
        // A long opening counts its seconds.
        let opening = self.state.opening.map(|_| Duration::from_secs(1));
        [self.state.toasts.next_tick(self.state.now), lock, opening].into_iter().flatten().min()
    }

    fn is_finished(&self) -> bool {
        self.state.finished
    }
}
