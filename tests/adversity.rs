//! Adversity: the real program is killed, crowded, given damaged files, wrong keys, hostile text and nonsense.
//!
//! Every run, in whatever test, must end without a panic, without a byte that commands a terminal, and without the
//! canary secret in what it prints. `ADVERSITY_ROUNDS` sets how often each test tries its luck; CI tries a few times.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "adversity/ground.rs"]
mod ground;
#[path = "adversity/house.rs"]
mod house;
#[path = "adversity/outcome.rs"]
mod outcome;
#[path = "adversity/written.rs"]
mod written;

#[path = "adversity/crowd.rs"]
mod crowd;
#[path = "adversity/damaged.rs"]
mod damaged;
#[path = "adversity/halfway.rs"]
mod halfway;
#[path = "adversity/hostile.rs"]
mod hostile;
#[path = "adversity/killed.rs"]
mod killed;
#[path = "adversity/nonsense.rs"]
mod nonsense;
#[path = "adversity/older.rs"]
mod older;
#[path = "postgres/proxy.rs"]
mod proxy;
#[path = "adversity/rekey.rs"]
mod rekey;
#[path = "adversity/restored.rs"]
mod restored;
#[path = "adversity/scarce.rs"]
mod scarce;
#[path = "adversity/secrets.rs"]
mod secrets;
#[path = "adversity/server.rs"]
mod server;
#[path = "postgres/server.rs"]
mod throwaway;

/// Returns how often to try: what `ADVERSITY_ROUNDS` says, or a few times.
fn rounds(few: u32) -> u32 {
    std::env::var("ADVERSITY_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// Draws a number from 0 up to 1.
fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let drawn = u32::try_from(RandomState::new().hash_one(0) >> 32).unwrap();
    f64::from(drawn) / (f64::from(u32::MAX) + 1.0)
}
