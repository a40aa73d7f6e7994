//! keydeck answers one question exactly: *which key does this workflow use, and why*.
//!
//! The house has floors; a room imports only from floors below it (`tests/architecture.rs` keeps it so):
//!
//! ```text
//! floor 5  console < ssh  http              a face is opened: on this terminal, or for those who come from afar
//! floor 4  tui  cli                        two faces; neither decides anything about keys
//! floor 3  ops                             the only door for writes: authorise, apply, audit
//! floor 2  disk < store vault import emit probe run config  the outside world
//! floor 1  rights cost form < resolve < plan < lint   pure functions over the catalogue, in this order
//! floor 0  domain                          the nouns, changes, the catalogue
//! ```

pub mod domain;

pub mod cost;
pub mod form;
pub mod lint;
pub mod plan;
pub mod resolve;
pub mod rights;

pub mod disk;

pub mod config;
pub mod emit;
pub mod import;
pub mod probe;
pub mod run;
pub mod store;
pub mod vault;

pub mod ops;

pub mod cli;
pub mod tui;

pub mod console;

pub mod http;
pub mod ssh;
