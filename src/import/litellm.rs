//! `LiteLLM`'s configuration: its models, the keys in them and beside them, and which team uses which.
//!
//! [`take()`] reads a `config.yaml` (or JSON of the same form). What its database holds of teams and projects may stand in
//! it as the lists `teams` and `projects`, as the proxy's own API writes them.
//!
//! # What is taken
//! A deployment is an instance; equal keys are one credential, `credential_list` gives named ones, and `os.environ/NAME`
//! is a reference that is opened at use. Several deployments of one model under one name are a pool with their weights.
//! What the proxy uses when nobody says otherwise is a rule of the last resort, a team is a department, a project an
//! app, and each entry of their `model_config` a rule there. No rule names a key of another provider, though the proxy
//! would use one; fallbacks are not taken, since nothing here falls back unless somebody writes so.

mod config;
mod keys;
mod take;
mod teams;

pub use self::take::{LiteLlmError, take};

#[cfg(test)]
mod tests;
