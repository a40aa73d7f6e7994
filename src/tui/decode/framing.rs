//! Cuts a stream of terminal bytes into whole tokens: characters, escape sequences, pastes.
//!
//! Framing apart from meaning makes the result independent of how the stream was split into packets, swallows the
//! sequences that nobody knows (APC, DCS) instead of typing them, and bounds what is kept. It follows ECMA-48 section
//! 5.4 and the forms that predate it: `ESC O x` (SS3), `CSI [ x` (Linux console), `CSI M` with three raw bytes (X10).

use std::fmt;

use zeroize::Zeroize as _;

use crate::tui::event::Pasted;

/// A paste or a string that is longer than this is refused, in bytes.
pub const LIMIT: usize = 1 << 20;

/// A control sequence that is longer than this is no sequence, in bytes.
const SEQUENCE_LIMIT: usize = 256;

const ESC: u8 = 0x1b;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// One whole thing that a terminal sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A character, a control character or an escape sequence, for the parser of keys.
    Sequence(Vec<u8>),
    /// The text between the marks of a bracketed paste.
    Paste(Pasted),
    /// A paste of so many bytes, over the limit.
    PasteRefused(usize),
}

/// What has come in of a token that is not whole yet.
#[derive(Debug, Default)]
pub struct Framing {
    pending: Vec<u8>,
    paste: Option<Paste>,
}

/// A paste that has begun; `seen` counts on when `text` has been dropped for its size.
#[derive(Default)]
struct Paste {
    text: Vec<u8>,
    seen: usize,
    /// How many bytes of the end mark have just matched.
    matched: usize,
}

/// What to do with the bytes kept so far.
#[derive(PartialEq)]
enum Verdict {
    /// They are the beginning of something.
    More,
    /// They are whole.
    Whole,
    /// They are nothing, and neither is their last byte.
    Drop,
    /// They end before their last byte, which begins something else.
    EndBefore,
}

impl Framing {
    /// Takes one byte; whole tokens are appended to `tokens`.
    pub fn push(&mut self, byte: u8, tokens: &mut Vec<Token>) {
        if let Some(paste) = &mut self.paste {
            if let Some(token) = paste.push(byte) {
                self.paste = None;
                tokens.push(token);
            }
            return;
        }
        self.pending.push(byte);
        match verdict(&self.pending) {
            Verdict::More => {}
            Verdict::Whole if self.pending == PASTE_BEGIN => {
                self.pending.clear();
                self.paste = Some(Paste::default());
            }
            Verdict::Whole => tokens.push(Token::Sequence(std::mem::take(&mut self.pending))),
            Verdict::Drop => self.pending.clear(),
            Verdict::EndBefore => {
                self.pending.pop();
                self.expire(tokens);
                self.push(byte, tokens);
            }
        }
    }

    /// Decides that nothing more of a begun sequence comes: what it already is counts, the rest is dropped.
    ///
    /// A begun paste goes on: giving up on it would run the rest of the text as keys.
    pub fn expire(&mut self, tokens: &mut Vec<Token>) {
        let ambiguous = self.is_ambiguous();
        let pending = std::mem::take(&mut self.pending);
        if ambiguous {
            tokens.push(Token::Sequence(pending));
        }
    }

    /// Gives a begun paste up, as refused.
    pub fn abandon_paste(&mut self, tokens: &mut Vec<Token>) {
        if let Some(paste) = self.paste.take() {
            tokens.push(Token::PasteRefused(paste.seen));
        }
    }

    /// Tells whether a sequence (not a paste) has begun.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Tells whether what has begun may as well be a whole key: Esc, or alt with a letter that opens sequences.
    pub fn is_ambiguous(&self) -> bool {
        self.pending.first() == Some(&ESC) && self.pending.len() <= 2
    }

    /// Tells whether a paste has begun.
    pub fn is_pasting(&self) -> bool {
        self.paste.is_some()
    }
}

impl fmt::Debug for Paste {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paste(..)")
    }
}

impl Drop for Paste {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

impl Paste {
    fn push(&mut self, byte: u8) -> Option<Token> {
        self.seen += 1;
        if self.seen <= LIMIT + PASTE_END.len() {
            self.text.push(byte);
        } else if !self.text.is_empty() {
            self.text.zeroize();
            self.text = Vec::new();
        }
        // The mark's first byte occurs nowhere else in it, so a mismatch can only begin anew there.
        self.matched = if byte == PASTE_END[self.matched] { self.matched + 1 } else { usize::from(byte == ESC) };
        if self.matched < PASTE_END.len() {
            return None;
        }
        let length = self.seen - PASTE_END.len();
        if length > LIMIT {
            return Some(Token::PasteRefused(length));
        }
        self.text.truncate(length);
        Some(Token::Paste(Pasted::from_bytes(std::mem::take(&mut self.text))))
    }
}

/// Judges bytes of which all but the last have been judged `More`.
fn verdict(bytes: &[u8]) -> Verdict {
    match bytes {
        [ESC] => Verdict::More,
        [ESC, kind, rest @ ..] => escape(*kind, rest),
        _ => character(bytes),
    }
}

/// Judges what follows an ESC and the byte that says which kind of sequence it is.
fn escape(kind: u8, rest: &[u8]) -> Verdict {
    match (kind, rest) {
        (b'[', _) => control_sequence(rest),
        (b'O', []) => Verdict::More,
        // A second ESC begins anew; the first was the key.
        (ESC, _) | (b'O', [ESC]) => Verdict::EndBefore,
        (b']' | b'P' | b'_' | b'^' | b'X', _) => string(rest),
        (0x80.., _) => character_of(kind, rest),
        _ => Verdict::Whole,
    }
}

/// Judges what follows `CSI`.
fn control_sequence(rest: &[u8]) -> Verdict {
    match rest {
        [.., ESC] => Verdict::EndBefore,
        [] | [b'['] => Verdict::More,
        // The three bytes of an X10 mouse report are raw, so they may be anything.
        [b'M', raw @ ..] if raw.len() < 3 => Verdict::More,
        [b'[' | b'M', ..] | [.., 0x40..=0x7e] => Verdict::Whole,
        [.., 0x20..=0x3f] if rest.len() < SEQUENCE_LIMIT => Verdict::More,
        _ => Verdict::Drop,
    }
}

/// Judges what follows `OSC`, `DCS`, `APC`, `PM` or `SOS`: everything up to BEL or ST.
fn string(rest: &[u8]) -> Verdict {
    match rest {
        [.., 0x07] | [.., ESC, b'\\'] => Verdict::Whole,
        [.., ESC] => Verdict::More,
        [.., ESC, _] => Verdict::Drop,
        _ if rest.len() > LIMIT => Verdict::Drop,
        _ => Verdict::More,
    }
}

/// Judges the bytes of a character in UTF-8.
fn character(bytes: &[u8]) -> Verdict {
    match bytes {
        [first, rest @ ..] => character_of(*first, rest),
        [] => Verdict::More,
    }
}

fn character_of(first: u8, rest: &[u8]) -> Verdict {
    let needed = match first {
        0x00..=0x7f => 0,
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => return Verdict::Drop,
    };
    match rest.last() {
        Some(last) if last & 0xc0 != 0x80 => Verdict::EndBefore,
        _ if rest.len() < needed => Verdict::More,
        _ => Verdict::Whole,
    }
}
