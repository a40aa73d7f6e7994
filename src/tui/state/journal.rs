//! The command log: what the last keys did, in words, and the commands that do the same.

use std::collections::VecDeque;

use crate::tui::{action::Action, event::Keys};

/// How many deeds are remembered.
const REMEMBERED: usize = 200;

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The action.
    pub action: Action,
    /// The keys that were pressed; empty for the palette and the mouse.
    pub keys: String,
    /// What it did, in words.
    pub what: String,
    /// The commands that do the same.
    pub commands: Vec<String>,
    /// How often it was done one after the other.
    pub times: usize,
}

/// What was done, the newest last.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    deeds: VecDeque<Deed>,
    /// Whether it is on the screen.
    pub is_shown: bool,
    /// The keys that lead to what is being done now.
    pub heard: Keys,
    /// How many deeds were added, those that are forgotten by now among them.
    pub added: usize,
}

impl Journal {
    /// Adds a deed; the same again is counted.
    pub fn add(&mut self, deed: Deed) {
        self.added += 1;
        if let Some(last) = self.deeds.back_mut()
            && (last.action, &last.what, &last.commands) == (deed.action, &deed.what, &deed.commands)
        {
            last.times += 1;
            last.keys = deed.keys;
            return;
        }
        self.deeds.push_back(deed);
        if self.deeds.len() > REMEMBERED {
            self.deeds.pop_front();
        }
    }

    /// Returns what was done, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Deed> {
        self.deeds.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_again_is_counted_and_the_oldest_go() {
        let mut journal = Journal::default();
        let deed = |what: String| Deed {
            action: Action::MoveDown,
            keys: "j".to_owned(),
            what,
            commands: Vec::new(),
            times: 1,
        };
        for _ in 0..3 {
            journal.add(deed("Move down".to_owned()));
        }
        assert_eq!(journal.newest().map(|deed| deed.times).collect::<Vec<_>>(), [3]);
        (0..300).for_each(|number| journal.add(deed(number.to_string())));
        assert_eq!(journal.newest().count(), REMEMBERED);
        assert_eq!(journal.newest().next().unwrap().what, "299");
    }
}
