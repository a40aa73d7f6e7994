//! Foreign formats in: each source becomes records or changes, never writes.
//!
//! One file per source, over three shared ones: [`map`] places what comes in (department, owner, environment), [`yaml`]
//! reads YAML without trusting it, and every importer of foreign data tells the same [`report`].

pub mod csv;
pub mod declarative;
pub mod demo;
pub mod dify_db;
pub mod dify_dsl;
pub mod dotenv;
pub mod expectations;
pub mod feedforward;
pub mod litellm;
pub mod map;
pub mod placeholder;
pub mod prices;
pub mod report;
pub mod row;
pub mod taking;
pub mod usage;
pub mod yaml;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
