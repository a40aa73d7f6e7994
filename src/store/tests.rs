//! The store as others use it, on every engine there is: a story is written once, over [`Site`].

mod audit;
mod backup;
mod concurrency;
mod opening;
mod people;
mod postgres;
mod presence;
#[path = "../../tests/postgres/proxy.rs"]
mod proxy;
mod retention;
mod round_trip;
mod scale;
mod secrets;
#[path = "../../tests/postgres/server.rs"]
mod server;
mod site;
mod staging;
mod statements;
mod story;
mod tokens;
