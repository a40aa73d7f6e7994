//! What keydeck does, measured: one module for each thing that it does often, or to much at once.
//!
//! `cargo bench --bench speed` measures at the largest size that one workspace has to hold, and at a tenth and a
//! hundredth of it. Under `cargo test --benches` everything runs once, at a small size. `benches/run.py` sets the figures
//! beside those of neighbours.

#[path = "speed/catalogue.rs"]
mod catalogue;
#[path = "speed/change.rs"]
mod change;
#[path = "speed/filter.rs"]
mod filter;
#[path = "speed/import.rs"]
mod import;
#[path = "speed/organisation.rs"]
mod organisation;
#[path = "speed/place.rs"]
mod place;
#[path = "speed/resolution.rs"]
mod resolution;
#[path = "speed/vault.rs"]
mod vault;

use criterion::{criterion_group, criterion_main};

/// Says whether this is a measurement; else everything is only tried.
fn is_measured() -> bool {
    std::env::args().any(|word| word == "--bench")
}

/// How many workflows there are, size by size.
fn sizes() -> Vec<u64> {
    if is_measured() { vec![2_000, 10_000, 100_000] } else { vec![2_000] }
}

criterion_group!(
    benches,
    resolution::bench,
    change::bench,
    filter::bench,
    vault::bench,
    import::bench,
    catalogue::bench
);
criterion_main!(benches);
