//! The door for programs, as programs meet it: the real server at a port, a socket and behind TLS; kind and hostile.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "http/client.rs"]
mod client;
#[path = "cli/home.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod home;
#[path = "http/hostile.rs"]
mod hostile;
#[path = "http/keys.rs"]
mod keys;
#[path = "http/office.rs"]
mod office;
#[path = "http/questions.rs"]
mod questions;
#[path = "postgres/server.rs"]
mod server;
#[path = "http/ways.rs"]
mod ways;
