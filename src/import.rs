//! Foreign formats in: each source becomes records or changes, never writes.

pub mod declarative;
pub mod demo;
