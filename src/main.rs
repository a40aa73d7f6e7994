//! The keydeck program: parses arguments and prints the report.

fn main() {}
