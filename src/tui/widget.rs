//! The pieces that screens are drawn from: each draws into a rectangle of a buffer, and knows nothing of keys or rules.

pub mod area;
pub mod bar;
pub mod detail;
pub mod dialog;
pub mod filter;
pub mod found;
pub mod heat;
pub mod hints;
pub mod input;
pub mod list;
pub mod secret;
pub mod spark;
pub mod spinner;
pub mod table;
pub mod toast;
pub mod touch;
pub mod tree;
pub mod whichkey;
pub mod width;
