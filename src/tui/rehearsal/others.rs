//! What has to do with others, and with what was applied before.

use super::Rehearsal;
use crate::{
    domain::change::invert_all,
    ops::{staging::Side, view::View},
    tui::effect::{Done, Effect},
};

impl Rehearsal {
    /// Does what has to do with what others did, and with what was applied before.
    pub(super) fn with_others(&mut self, view: &View, effect: Effect) -> Done {
        match effect {
            Effect::Look { generation } => self.look(view, generation),
            Effect::Rebase(seen) => {
                self.settled(seen);
                self.staged(None)
            }
            Effect::Keep { side, numbers, said } => {
                if side == Side::Theirs {
                    self.staged.retain(|(number, _)| !numbers.contains(number));
                }
                self.settled(view.revision());
                self.staged(Some(said))
            }
            Effect::Approve(waiting) => {
                self.waiting.clear();
                Done::Approved(waiting.login.to_string())
            }
            Effect::Revert { number, redo } => {
                let (_, changes) = self.applied.iter().find(|(it, _)| it.number == number).unwrap().clone();
                self.apply(view, invert_all(changes), &format!("Undo revision {number}"), Some((number, redo)))
            }
            other => panic!("{other:?} is rehearsed nowhere"),
        }
    }
}
