//! The pieces that screens are drawn from: each draws into a rectangle of a buffer, and knows nothing of keys or rules.

pub mod filter;
pub mod input;
pub mod list;
pub mod secret;
pub mod spark;
pub mod spinner;
pub mod tree;
pub mod width;
