//! Resolution: which key a node uses, and why.

pub mod answer;
pub mod query;
