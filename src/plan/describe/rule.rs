//! Sentences about rules.

use std::fmt::Write as _;

use super::Words;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        change::Change,
        record::Record,
    },
    form::lookup::Lookup,
};

impl Words<'_> {
    pub(super) fn assigned(&self, new: &Assignment) -> String {
        match &new.target {
            Target::Deny => format!("Deny {} to {}", question(new), place(new.scope, &self.will)),
            target => {
                let (target, place) = (aim(target, &self.will), place(new.scope, &self.will));
                format!("Assign {target} to {place} for {}{}", question(new), terms(new))
            }
        }
    }

    pub(super) fn unassigned(&self, old: &Assignment) -> String {
        match &old.target {
            Target::Deny => format!("No longer deny {} to {}", question(old), place(old.scope, &self.was)),
            target => {
                let (target, place) = (aim(target, &self.was), place(old.scope, &self.was));
                format!("Unassign {target} from {place} for {}", question(old))
            }
        }
    }

    pub(super) fn reassigned(&self, change: &Change, old: &Assignment, new: &Assignment) -> String {
        let only_target = *old == Assignment { target: old.target.clone(), ..new.clone() };
        let place = place(new.scope, &self.will);
        if only_target && aim(&old.target, &self.was) != aim(&new.target, &self.will) {
            let (was, will) = (aim(&old.target, &self.was), aim(&new.target, &self.will));
            return format!("Assign {will} instead of {was} to {place} for {}", question(new));
        }
        let edited = self.listed("Edit", &Record::Assignment(old.clone()), &self.differences(change));
        let fields = edited.split_once(':').map_or(String::new(), |(_, fields)| format!(":{fields}"));
        format!("Edit the rule of {place} for {}{fields}", question(old))
    }
}

/// What a rule is about: `openai`, `openai gpt-4o`, `openai embedding in production`.
pub fn question(rule: &Assignment) -> String {
    let mut text = rule.provider.to_string();
    let kind = rule.kind.map(crate::domain::provider::ModelKind::word);
    for word in [rule.model.as_deref(), kind].into_iter().flatten() {
        let _infallible = write!(text, " {word}");
    }
    if let Some(environment) = &rule.environment {
        let _infallible = write!(text, " in {environment}");
    }
    text
}

fn terms(rule: &Assignment) -> String {
    let mut text = String::new();
    if let Some(from) = rule.from {
        let _infallible = write!(text, " from {from}");
    }
    if let Some(until) = rule.until {
        let _infallible = write!(text, " until {until}");
    }
    if rule.strength == Strength::Preferred {
        text.push_str(", preferred");
    }
    text
}

fn place(scope: Scope, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match scope {
        Scope::Workflow(id) => format!("workflow {}", lookup.name_of(catalogue.workflows(), id)),
        Scope::App(id) => format!("app {}", lookup.name_of(catalogue.apps(), id)),
        Scope::Owner(id) => format!("everything of {}", lookup.name_of(catalogue.operators(), id)),
        Scope::Department(id) => format!("department {}", lookup.name_of(catalogue.departments(), id)),
        Scope::Workspace => "the workspace".to_owned(),
        Scope::System => "everybody, as the last resort,".to_owned(),
    }
}

fn aim(target: &Target, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match target {
        Target::Key(id) => lookup.name_of(catalogue.credentials(), *id),
        Target::Pool(id) => format!("pool {}", lookup.name_of(catalogue.pools(), *id)),
        Target::Variable { selector, .. } => format!("what {selector} says"),
        Target::Deny => "nothing".to_owned(),
    }
}
