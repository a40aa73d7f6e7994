//! Formats that other programs read, written from what the catalogue says.
