//! Formats that others read: the declarative file from what the catalogue says, and the answers for workflows in the
//! forms that other systems take, one file each.

pub mod csv;
pub mod declarative;
pub mod dify_dsl;
pub mod dify_overrides;
pub mod dotenv;
pub mod feedforward;
pub mod json;
pub mod litellm;
pub mod page;
pub mod sheet;

#[cfg(test)]
mod tests;
