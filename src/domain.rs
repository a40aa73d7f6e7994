//! The nouns of keydeck: ids, records, changes, and the catalogue that holds them.
//!
//! Floor 0 of the house: no I/O, no clock, no randomness, no environment. Everything above computes on these types, so
//! that a preview, a plan, a test and a program that runs with a key all speak of the same things.
//!
//! A **record** is the outer form of a thing (stable ids, names, serde); the [`catalogue::Catalogue`] holds records
//! beside their dense form (small integers) for resolution; a [`change::Change`] is a record before and after.

pub mod assignment;
pub mod catalogue;
pub mod change;
pub mod credential;
pub mod fact;
pub mod flaw;
pub mod guess;
pub mod hash;
pub mod id;
pub mod link;
pub mod money;
pub mod name;
pub mod people;
pub mod provider;
pub mod record;
pub mod symbol;
pub mod token;
pub mod usage;
pub mod workflow;

pub use jiff::Timestamp;

/// Text that many records share: provider slugs, model names, environments. The catalogue keeps one copy of each.
///
/// It is one pointer, its length stands with the bytes: a record has room for many, and most are absent.
pub type Text = arcstr::ArcStr;
