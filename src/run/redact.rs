//! Redaction: takes secrets out of a stream of bytes, however the stream is cut into pieces.
//!
//! A secret is found as it is, percent-encoded, escaped as in JSON (also where only some characters are), in
//! hexadecimal, and in base64 at each of the three alignments, over line ends too. What may be the beginning of one is
//! held back until more comes. It is a courtesy, no boundary: a program can write its key in ways that nobody foresees.

mod encoding;

use std::sync::Arc;

use zeroize::Zeroizing;

use self::encoding::Found;
use crate::vault::Secret;

/// What stands where a secret stood.
pub const MASK: &str = "[redacted]";

/// The fewest characters of a secret that is looked for. A shorter one would take ordinary text away.
pub const LEAST: usize = 4;

/// The fewest characters of a line that is looked for by itself, of a secret that has several.
const LEAST_OF_LINE: usize = 16;

/// How many characters of a secret may be shown when a program rests in the middle of what may become one: else a
/// question that ends with a key's first letter would never be seen whole.
const SHOWN: usize = 3;

/// The secrets that are looked for. Copying it is cheap.
#[derive(Clone)]
pub struct Needles(Arc<Inner>);

struct Inner {
    secrets: Vec<Secret>,
    /// Which bytes an encoded secret may begin with.
    begins: [bool; 256],
}

impl Needles {
    /// Takes the secrets to look for, and the lines of those that have several. Those that are too short are left out.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let copy = |text: &str| Secret::new(text.to_owned());
        let mut all: Vec<Secret> = Vec::new();
        for secret in secrets {
            let text = secret.expose();
            if is_looked_for(secret) {
                all.push(copy(text));
            }
            // A file inside JSON has its line ends escaped.
            let lines = text.split('\n').flat_map(|line| line.split("\\n")).map(str::trim);
            all.extend(lines.filter(|line| line.len() < text.len() && line.len() >= LEAST_OF_LINE).map(copy));
        }
        let mut begins = [false; 256];
        for byte in 0..=u8::MAX {
            begins[usize::from(byte)] = all.iter().any(|it| encoding::look(it.expose(), &[byte]).is_anything());
        }
        Self(Arc::new(Inner { secrets: all, begins }))
    }

    /// Looks for a secret at the beginning of some bytes.
    fn look(&self, bytes: &[u8]) -> Found {
        let begins = bytes.first().is_some_and(|byte| self.0.begins[usize::from(*byte)]);
        let each = self.0.secrets.iter().filter(|_| begins).map(|it| encoding::look(it.expose(), bytes));
        each.fold(Found::default(), Found::or)
    }
}

/// Says whether a secret is long enough to be looked for.
pub fn is_looked_for(secret: &Secret) -> bool {
    secret.expose().chars().nth(LEAST - 1).is_some()
}

/// One stream on its way through.
pub struct Redactor {
    needles: Needles,
    /// The bytes from the first of which it is not known yet whether a secret begins there.
    held: Zeroizing<Vec<u8>>,
    /// How many of them a mask stands for that was written already.
    covered: usize,
    /// How many of them were shown while the stream rested.
    shown: usize,
}

impl Redactor {
    /// Begins a stream.
    pub fn new(needles: Needles) -> Self {
        Self { needles, held: Zeroizing::default(), covered: 0, shown: 0 }
    }

    /// Takes more of the stream, and returns what may be shown by now.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.hold(bytes);
        self.advance(false)
    }

    /// Returns what is left at the end of the stream.
    pub fn finish(&mut self) -> Vec<u8> {
        self.advance(true)
    }

    /// Says whether something is held back that [`Self::rest`] would show.
    pub fn is_holding(&self) -> bool {
        let from = self.covered.max(self.shown);
        from < self.held.len() && self.needles.look(&self.held).cut.is_some_and(|units| units <= SHOWN)
    }

    /// Returns what is held back, if it is next to nothing of a secret: the stream rests.
    pub fn rest(&mut self) -> Vec<u8> {
        if !self.is_holding() {
            return Vec::new();
        }
        let from = self.covered.max(self.shown);
        self.shown = self.held.len();
        self.held[from..].to_vec()
    }

    /// Adds to what is held, in memory that is never given back unwiped.
    fn hold(&mut self, bytes: &[u8]) {
        if self.held.capacity() - self.held.len() < bytes.len() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (self.held.len() + bytes.len())));
            larger.extend_from_slice(&self.held);
            self.held = larger;
        }
        self.held.extend_from_slice(bytes);
    }

    fn advance(&mut self, is_end: bool) -> Vec<u8> {
        let (mut told, mut at, mut covered) = (Vec::with_capacity(self.held.len()), 0, self.covered);
        while at < self.held.len() {
            let found = self.needles.look(&self.held[at..]);
            if found.cut.is_some() && !is_end {
                break;
            }
            if let Some(length) = found.whole
                && at + length > covered
            {
                // A secret that begins inside another goes under the same mask.
                if at >= covered {
                    told.extend_from_slice(MASK.as_bytes());
                }
                covered = at + length;
            }
            if at >= covered.max(self.shown) {
                told.push(self.held[at]);
            }
            at += 1;
        }
        self.covered = covered.saturating_sub(at);
        self.shown = self.shown.saturating_sub(at);
        let left = self.held.len() - at;
        self.held.copy_within(at.., 0);
        zeroize::Zeroize::zeroize(&mut self.held[left..]);
        self.held.truncate(left);
        told
    }
}

#[cfg(test)]
mod tests;
