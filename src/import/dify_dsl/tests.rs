mod corpus;
mod hostile;
mod locating;
mod merging;
mod reading;

use super::*;

/// A hand-written export.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/dify/", $name, ".yml")).as_slice()
    };
}
use fixture;

/// Reads what must be an export.
fn export(bytes: &[u8]) -> Export {
    read("test.yml", bytes).unwrap()
}
