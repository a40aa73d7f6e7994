//! Formats that others read, written from what the catalogue says.

pub mod declarative;
