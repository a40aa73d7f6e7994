//! What is told in passing: notes, and failures that take more than a line.

use super::{State, overlay::Overlay};
use crate::tui::widget::toast::ToastKind;

impl State {
    /// Says something at the bottom right.
    pub fn say(&mut self, kind: ToastKind, text: impl Into<String>) {
        let now = self.now;
        self.toasts.push(kind, text, now);
    }

    /// Says what is to be told of the user's theme, keys and columns: at once where it is little, else where to read it.
    pub fn tell_at_start(&mut self, warning: Option<&str>, report: Vec<String>) {
        let few = if report.len() <= 2 { report.as_slice() } else { &[] };
        for text in warning.into_iter().chain(few.iter().map(String::as_str)) {
            self.say(ToastKind::Warn, text);
        }
        if report.len() > 2 {
            self.say(ToastKind::Warn, format!("{} things are to be told of your keys · g k tells them", report.len()));
        }
        self.report = report;
    }

    /// Says what failed, and what to do next: in a note, or in a box if it takes more than a line.
    pub fn fail(&mut self, failure: &crate::ops::failure::Failure) {
        if failure.message.contains('\n') {
            self.overlays.push(Overlay::Failure(Box::new(failure.clone())));
            return;
        }
        let mut text = failure.message.clone();
        for hint in failure.hints.iter().take(2) {
            text.push_str("; ");
            text.push_str(hint);
        }
        self.say(ToastKind::Error, text);
    }

    /// Numbers a question whose answer comes later.
    pub const fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }
}
