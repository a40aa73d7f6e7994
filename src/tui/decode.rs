//! Turns the bytes that a terminal sends into events: one decoder for a local terminal, an SSH channel and a test.
//!
//! [`framing`] cuts the stream into whole tokens, `termina`'s parser reads a token's meaning. The caller passes the
//! time, so that a lone Esc is told from the beginning of a sequence without a clock in here. A paste never becomes
//! keys: while one is under way nothing else is decoded, and one over [`framing::LIMIT`] is refused whole.

pub mod framing;
mod meaning;

use std::time::{Duration, Instant};

use framing::{Framing, Token};

use crate::tui::event::Event;

/// How long an Esc may wait for the rest of a sequence; a person can't press two keys within this.
pub const ESC_WAIT: Duration = Duration::from_millis(30);

/// How long the rest of a sequence may take that can't be a key: packets get delayed, and its tail must not be typed.
const SEQUENCE_WAIT: Duration = Duration::from_secs(1);

/// How long a paste may be silent before it is given up: the end mark was lost.
const PASTE_WAIT: Duration = Duration::from_secs(10);

/// Decodes one terminal's input; keep one for each terminal.
#[derive(Debug, Default)]
pub struct Decoder {
    framing: Framing,
    parser: termina::Parser,
    deadline: Option<Instant>,
    tokens: Vec<Token>,
}

impl Decoder {
    /// Takes bytes that came in at `now`, and appends what they complete to `events`.
    pub fn feed<D>(&mut self, bytes: &[u8], now: Instant, events: &mut Vec<Event<D>>) {
        for byte in bytes {
            self.framing.push(*byte, &mut self.tokens);
        }
        self.deadline = self.wait().map(|wait| now + wait);
        self.read(events);
    }

    /// Returns when [`Decoder::expire`] wants to be called if no byte comes before.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Ends what has waited too long: a lone Esc becomes the key.
    pub fn expire<D>(&mut self, now: Instant, events: &mut Vec<Event<D>>) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        self.deadline = None;
        self.framing.expire(&mut self.tokens);
        self.framing.abandon_paste(&mut self.tokens);
        self.read(events);
    }

    /// Returns how long what has begun may wait for its rest.
    fn wait(&self) -> Option<Duration> {
        if self.framing.is_pasting() {
            Some(PASTE_WAIT)
        } else if self.framing.is_ambiguous() {
            Some(ESC_WAIT)
        } else {
            self.framing.is_waiting().then_some(SEQUENCE_WAIT)
        }
    }

    fn read<D>(&mut self, events: &mut Vec<Event<D>>) {
        for token in self.tokens.drain(..) {
            match token {
                Token::Paste(text) => events.push(Event::Paste(text)),
                Token::PasteRefused(length) => events.push(Event::PasteRefused(length)),
                Token::Sequence(bytes) => events.extend(meaning::sequence(&mut self.parser, &bytes)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
