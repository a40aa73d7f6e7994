//! What a change set does: whether it may be written at all, which nodes it changes and how, whether it still fits what
//! others changed meanwhile, and how each of its changes reads.

pub mod describe;
pub mod diff;
pub mod effect;
pub mod stale;
pub mod valid;

mod affected;

pub use self::{
    affected::Affected,
    describe::{Difference, Sides, Words, question, sides},
    diff::{Diff, diff},
    effect::{Effect, Effects, Group, Moved, Seen, Used, What},
    stale::{Clash, Ground, Review, review},
    valid::{Fault, Refusal, check},
};
