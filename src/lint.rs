//! The lint: what is wrong in a workspace, or will be, and which change would mend it.
//!
//! Every node is asked once (`survey`); each rule of the lint has a file of its own and reads what that told. Nothing
//! here resolves by itself. The sentences name things for whoever reads them, so a finding is made once for everybody.

mod absent;
mod budget;
mod cost_centre;
mod dangling;
mod dify;
mod duplicate;
mod environment;
mod expiring;
pub mod finding;
mod flaw;
mod idle;
mod lent;
mod loose;
pub mod message;
mod named;
mod no_key;
mod pool;
mod shadowed;
mod survey;
mod unpriced;
mod unreadable;
mod unusable;
mod unused;

#[cfg(test)]
mod tests;

pub use self::finding::{Code, Finding, Severity, Subject, Suggestion};
pub use self::flaw::flaws;
use self::survey::Survey;
use crate::domain::{
    Timestamp,
    catalogue::{Catalogue, Ix},
    credential::Credential,
};

/// How many days ahead the end of a key, rule or token is told, unless somebody says otherwise.
pub const WITHIN_DAYS: u32 = 30;

/// What a lint looks at besides the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// When.
    pub now: Timestamp,
    /// How many days ahead the end of a key, rule or token is told.
    pub within_days: u32,
    /// The keys whose stored secrets are the same, group by group.
    pub twins: &'a [Vec<Ix<Credential>>],
}

type Rule = fn(&Survey<'_>, &mut Vec<Finding>);

/// The rules. Findings are sorted afterwards, so that their order here means nothing.
const RULES: [Rule; 18] = [
    no_key::look,
    dangling::look,
    unreadable::look,
    named::look,
    expiring::look,
    pool::look,
    unusable::look,
    shadowed::look,
    idle::look,
    dify::look,
    absent::look,
    duplicate::look,
    loose::look,
    budget::look,
    unpriced::look,
    lent::look,
    unused::look,
    environment::look,
];

/// Returns everything that is wrong, worst first.
pub fn lint(catalogue: &Catalogue, ground: Ground<'_>) -> Vec<Finding> {
    let survey = Survey::of(catalogue, ground.now, ground.within_days, ground.twins);
    let mut findings = Vec::new();
    for rule in RULES {
        rule(&survey, &mut findings);
    }
    cost_centre::look(catalogue, &mut findings);
    findings.extend(flaws(catalogue));
    findings.sort_by_key(|finding| (finding.severity, finding.code, finding.subject));
    findings
}
