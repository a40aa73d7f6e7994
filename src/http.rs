//! The door for programs: `POST /v1/resolve` over HTTP, beside health, metrics and the description of the interface.
//!
//! It decides nothing: who may ask what is `ops`' business. Here are only the ways in (`listen`), how much of anything is
//! taken (`limits`), and how requests and answers are written.

mod answer;
mod counts;
mod keys;
mod limits;
mod listen;
pub mod request;
mod routes;
mod server;
mod start;
mod tls;

pub use self::{
    listen::Listen,
    server::{Plan, Server, TlsFiles},
    start::serve,
};

#[cfg(test)]
mod tests;
