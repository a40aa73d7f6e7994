//! Prices, usage and budgets: what a node costs, what a key has left, when a budget runs out.

pub mod budget;
pub mod forecast;
pub mod price;
pub mod quote;
pub mod report;
pub mod stamp;
