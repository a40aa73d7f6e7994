//! What a change set does: whether it may be written at all, which nodes it changes and how, whether it still fits what
//! others changed meanwhile, and how each of its changes reads.

pub mod valid;

pub use self::valid::{Fault, Refusal, check};
