//! Resolution against a slow, obvious reference written apart from it, on drawn worlds and on the design's sentences.
//!
//! `PROPTEST_CASES` sets how many worlds each property draws.

#[path = "resolution/reference.rs"]
mod reference;
#[path = "resolution/situation.rs"]
mod situation;
#[path = "resolution/usable.rs"]
mod usable;
#[path = "resolution/world.rs"]
mod world;

#[path = "resolution/bench.rs"]
mod bench;
#[path = "resolution/sentences.rs"]
mod sentences;

#[path = "resolution/coverage.rs"]
mod coverage;
#[path = "resolution/lint.rs"]
mod lint;
#[path = "resolution/pools.rs"]
mod pools;
#[path = "resolution/properties.rs"]
mod properties;
#[path = "resolution/questions.rs"]
mod questions;
#[path = "resolution/workspace.rs"]
mod workspace;

/// Draws `worlds` worlds, or as many as `PROPTEST_CASES` says.
fn config(worlds: u32) -> proptest::test_runner::Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(worlds);
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}
