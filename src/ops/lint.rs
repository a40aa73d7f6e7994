//! What is wrong in a workspace, as one operator may read it, with suggested changes judged for that operator.
//!
//! It is computed on everything. A finding about a thing that the viewer may not list is counted and not told; what
//! other findings name of such things is masked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uuid::Uuid;

use super::{effects::ChangeRow, failure::Failure, find::Thing, view::View};
use crate::{
    domain::{Timestamp, catalogue::Ix, change::Change, credential::Credential, id::Id, record::Kind},
    lint::{self, Ground, Subject, Suggestion},
    rights::{self, Right, Sight},
};

pub use crate::lint::{Code, Finding, Severity, WITHIN_DAYS};

/// What a lint found, worst first.
#[derive(Clone, Debug)]
pub struct Lint {
    /// What is told.
    pub findings: Vec<Finding>,
    /// How many findings are about things that the viewer may not see.
    pub hidden: BTreeMap<Severity, usize>,
    view: View,
    now: Timestamp,
}

/// One finding in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingRow {
    /// What is wrong, as scripts know it.
    pub code: Code,
    /// How badly.
    pub severity: Severity,
    /// The link of what it is about.
    pub thing: String,
    /// Its stable id; none for a model that the workspace does not describe.
    pub id: Option<String>,
    /// What is wrong, in one sentence.
    pub sentence: String,
    /// What would mend it.
    pub suggestion: SuggestionRow,
}

/// What would mend a finding, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SuggestionRow {
    /// In one sentence.
    pub sentence: String,
    /// The changes that can be staged; none for advice.
    pub changes: Vec<ChangeRow>,
    /// Why this operator can't apply them.
    pub obstacle: Option<String>,
}

/// The changes that mend several findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fixes {
    /// The changes, each thing once.
    pub changes: Vec<Change>,
    /// How many findings they mend.
    pub mended: usize,
    /// How many have to wait: something else is suggested for the same thing.
    pub waiting: usize,
    /// How many the operator may not mend.
    pub refused: usize,
}

impl View {
    /// Looks for everything that is wrong at `now`.
    ///
    /// It asks every node, so this is work for another thread than a screen's.
    pub fn lint(&self, within_days: u32, now: Timestamp) -> Lint {
        // Advice names the time at which it is asked: whole seconds are enough for people.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let listed = |id: &Id<Credential>| {
            let ix = self.catalogue().credentials().find(*id)?;
            (self.sight(ix) == Sight::Full).then_some(ix)
        };
        let same = &self.catalogue().facts().same;
        let twins: Vec<Vec<Ix<Credential>>> =
            same.iter().map(|group| group.iter().filter_map(listed).collect()).collect();
        Lint::of(self, lint::lint(self.catalogue(), Ground { now, within_days, twins: &twins }), now)
    }

    /// Looks only for what was wrong in the sources when they were imported.
    pub fn lint_flaws(&self, now: Timestamp) -> Lint {
        Lint::of(self, lint::flaws(self.catalogue()), now)
    }
}

impl Lint {
    /// Keeps what the viewer may be told, and counts the rest.
    fn of(view: &View, found: Vec<Finding>, now: Timestamp) -> Self {
        let mut lint = Self { findings: Vec::new(), hidden: BTreeMap::new(), view: view.clone(), now };
        let sees_tokens = view.may(Right::Tokens, rights::Subject::Workspace).is_yes();
        for finding in found {
            let tells = sees_tokens || finding.code != Code::ExpiringToken;
            if tells && view.sees(thing(finding.subject)) {
                lint.findings.push(finding);
            } else {
                *lint.hidden.entry(finding.severity).or_default() += 1;
            }
        }
        lint.findings.sort_by_cached_key(|it| (it.severity, it.code, view.link(thing(it.subject)).to_lowercase()));
        lint
    }

    /// Returns what a finding is about.
    pub const fn thing(finding: &Finding) -> Thing {
        thing(finding.subject)
    }

    /// Counts the findings of each severity.
    pub fn counts(&self) -> BTreeMap<Severity, usize> {
        let mut counts: BTreeMap<Severity, usize> = Severity::ALL.into_iter().map(|it| (it, 0)).collect();
        for finding in &self.findings {
            *counts.entry(finding.severity).or_default() += 1;
        }
        counts
    }

    /// Keeps only what is at least so bad and of one of some codes; of no codes means of any.
    pub fn keep(&mut self, severity: Severity, codes: &[Code]) {
        self.findings.retain(|it| it.severity <= severity && (codes.is_empty() || codes.contains(&it.code)));
        self.hidden.retain(|hidden, _| *hidden <= severity && codes.is_empty());
    }

    /// Says what is wrong.
    pub fn sentence(&self, finding: &Finding) -> String {
        finding.message.text(self.view.catalogue(), &self.view, self.now)
    }

    /// Says what would mend it.
    pub fn remedy(&self, finding: &Finding) -> String {
        match &finding.suggestion {
            Suggestion::Advice(message) => message.text(self.view.catalogue(), &self.view, self.now),
            Suggestion::Changes(changes) => {
                let told = self.view.tell(&self.view.with_changes(changes), changes);
                told.iter().map(|change| format!("{}.", change.sentence)).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Returns why the viewer can't apply what is suggested; none if they can, and for advice.
    pub fn obstacle(&self, finding: &Finding) -> Option<Failure> {
        let changes = finding.suggestion.changes();
        if changes.is_empty() { None } else { self.view.obstacles(changes).into_iter().next() }
    }

    /// Writes a finding down.
    pub fn row(&self, finding: &Finding) -> FindingRow {
        let thing = thing(finding.subject);
        let changes = finding.suggestion.changes();
        let told =
            if changes.is_empty() { Vec::new() } else { self.view.tell(&self.view.with_changes(changes), changes) };
        FindingRow {
            code: finding.code,
            severity: finding.severity,
            thing: self.view.link(thing),
            id: self.view.record(thing).map(|record| record.uuid().to_string()),
            sentence: self.sentence(finding),
            suggestion: SuggestionRow {
                sentence: self.remedy(finding),
                changes: told,
                obstacle: self.obstacle(finding).map(|failure| failure.message),
            },
        }
    }

    /// Returns the changes that mend the findings of some codes, or all that can be mended so.
    ///
    /// Two suggestions for one thing can't be written at once: the later one waits, unless it is the same.
    pub fn fixes(&self, codes: &[Code]) -> Fixes {
        let mut fixes = Fixes::default();
        let mut touched: BTreeSet<(Kind, Uuid)> = BTreeSet::new();
        for finding in self.findings.iter().filter(|it| codes.is_empty() || codes.contains(&it.code)) {
            let changes = finding.suggestion.changes();
            let new: Vec<&Change> = changes.iter().filter(|change| !fixes.changes.contains(change)).collect();
            if changes.is_empty() {
                continue;
            }
            if new.iter().any(|change| touched.contains(&(change.kind(), change.uuid()))) {
                fixes.waiting += 1;
            } else if self.obstacle(finding).is_some() {
                fixes.refused += 1;
            } else {
                fixes.mended += 1;
                touched.extend(new.iter().map(|change| (change.kind(), change.uuid())));
                let new: Vec<Change> = new.into_iter().cloned().collect();
                fixes.changes.extend(new);
            }
        }
        fixes
    }
}

const fn thing(subject: Subject) -> Thing {
    match subject {
        Subject::Node(ix) => Thing::Node(ix),
        Subject::Workflow(ix) => Thing::Workflow(ix),
        Subject::App(ix) => Thing::App(ix),
        Subject::Department(ix) => Thing::Department(ix),
        Subject::Key(ix) => Thing::Credential(ix),
        Subject::Pool(ix) => Thing::Pool(ix),
        Subject::Instance(ix) => Thing::Instance(ix),
        Subject::Rule(ix) => Thing::Assignment(ix),
        Subject::Operator(ix) => Thing::Operator(ix),
        Subject::Provider(ix) => Thing::Provider(ix),
        Subject::Model(ix) => Thing::Model(ix),
    }
}

#[cfg(test)]
mod tests;
