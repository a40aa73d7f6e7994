//! The only door for writes: authorise, stage or apply, audit; and the views that faces see.

pub mod door;
pub mod failure;
pub mod identity;
pub mod rows;
pub mod session;
pub mod view;
