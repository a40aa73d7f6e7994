//! The store as others use it, on every engine there is: a story is written once, over [`Site`].

mod audit;
mod concurrency;
mod opening;
mod round_trip;
mod scale;
mod secrets;
mod site;
mod statements;
mod story;
