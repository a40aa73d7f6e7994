//! The only door for writes: authorise, stage or apply, audit; and the views that faces see.

pub mod door;
pub mod failure;
pub mod find;
pub mod identity;
pub mod picker;
pub mod plan;
pub mod rows;
pub mod secret;
pub mod session;
pub mod structure;
pub mod view;

#[cfg(test)]
mod tests;
