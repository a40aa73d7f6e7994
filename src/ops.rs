//! The only door for writes: authorise, stage or apply, audit; and the views that faces see.

mod about;
pub mod answers;
pub mod approval;
pub mod assigning;
pub mod audit;
pub mod backup;
pub mod deeds;
pub mod demo;
mod denials;
pub mod disclose;
pub mod document;
pub mod door;
pub mod edit;
pub mod effects;
pub mod expecting;
pub mod failure;
pub mod find;
pub mod health;
mod history;
pub mod identity;
pub mod importing;
mod keeping;
mod keys;
pub mod lint;
pub mod meanwhile;
pub mod naming;
pub mod picker;
pub mod plan;
pub mod question;
pub mod readable;
pub mod rekey;
pub mod retention;
pub mod reverse;
pub mod rotation;
pub mod rows;
pub mod seals;
pub mod secret;
pub mod session;
pub mod staging;
pub mod structure;
pub mod undo;
pub mod unlock;
pub mod view;

#[cfg(test)]
mod tests;
