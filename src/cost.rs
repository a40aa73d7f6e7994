//! Prices, usage and budgets: what a node costs, what a key has left, when a budget runs out.

pub mod price;
pub mod stamp;
