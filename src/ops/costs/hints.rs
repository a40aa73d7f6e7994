//! Hints where something is chosen or changed: what the models cost, and which budgets will count.

use super::BudgetNote;
use crate::{
    cost::budget::{Carrier, above, carriers},
    domain::{Timestamp, catalogue::ModelIx, change::Change, record::Record},
    ops::{plan::Plan, view::View},
    plan::effect::What,
};

/// A change set that is larger says nothing of single budgets.
const MOST_CHANGES: usize = 50;

/// How many models, and how many budgets, are told.
const TOLD: usize = 6;

impl View {
    /// Returns the budgets that count above a record as it is written, the nearest first, besides its own.
    pub fn budgets_above(&self, record: &Record, now: Timestamp) -> Vec<BudgetNote> {
        self.budget_notes(above(self.catalogue(), record).into_iter(), now)
    }
}

impl Plan {
    /// Returns the budgets that will count where it changes something, each once.
    fn budgets(&self, now: Timestamp) -> Vec<BudgetNote> {
        if self.changes.len() > MOST_CHANGES {
            return Vec::new();
        }
        let mut found: Vec<Carrier> = Vec::new();
        let catalogue = self.after.catalogue();
        for record in self.changes.iter().filter(|change| touches_money(change)).filter_map(Change::after) {
            let own = match record {
                Record::Credential(it) => catalogue.credentials().find(it.id).map(Carrier::Credential),
                Record::Workflow(it) => catalogue.workflows().find(it.id).map(Carrier::Workflow),
                Record::App(it) => catalogue.apps().find(it.id).map(Carrier::App),
                Record::Department(it) => catalogue.departments().find(it.id).map(Carrier::Department),
                _ => None,
            };
            found.extend(own.into_iter().chain(above(catalogue, record)));
        }
        // A rule that speaks for many concerns the budgets of those whose key changes.
        for group in self.effects.groups.iter().filter(|group| matches!(group.what, What::Moves | What::StartsToWork)) {
            let workflows = group.nodes.iter().filter_map(|node| self.after.workflow_of(*node));
            found.extend(workflows.take(TOLD).flat_map(|ix| carriers(catalogue, ix)));
        }
        let mut notes: Vec<BudgetNote> = Vec::new();
        for note in self.after.budget_notes(found.into_iter(), now) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes.truncate(TOLD);
        notes
    }

    /// Returns the models of the nodes whose key changes, each once.
    fn models(&self) -> Vec<ModelIx> {
        let moved = self.effects.groups.iter().filter(|group| matches!(group.what, What::Moves | What::StartsToWork));
        let mut found: Vec<ModelIx> = Vec::new();
        for node in moved.flat_map(|group| group.nodes.iter().take(MOST_CHANGES)) {
            if let Some((_, model)) = self.after.model_of(*node)
                && !found.contains(&model)
            {
                found.push(model);
            }
        }
        found.truncate(TOLD);
        found
    }

    /// Tells what one weighs before it is written: prices of the models that get a key, and the budgets that count.
    pub(in crate::ops) fn cost_hints(&self, now: Timestamp) -> Vec<String> {
        let prices = self.models().into_iter().map(|model| self.after.price_sentence(model, now));
        prices.chain(self.budgets(now).iter().map(|note| format!("budget: {}", note.sentence()))).collect()
    }
}

/// Says whether a change has to do with who pays, or with what.
fn touches_money(change: &Change) -> bool {
    match (change.before(), change.after()) {
        (Some(Record::Credential(was)), Some(Record::Credential(is))) => was.budget != is.budget,
        (Some(Record::Workflow(was)), Some(Record::Workflow(is))) => {
            (was.budget, was.app, was.department) != (is.budget, is.app, is.department)
        }
        (Some(Record::App(was)), Some(Record::App(is))) => (was.budget, was.department) != (is.budget, is.department),
        (Some(Record::Department(was)), Some(Record::Department(is))) => {
            (was.budget, was.parent) != (is.budget, is.parent)
        }
        (None, Some(Record::Credential(_) | Record::Workflow(_) | Record::App(_) | Record::Department(_)))
        | (_, Some(Record::Assignment(_) | Record::Instance(_) | Record::Node(_))) => true,
        _ => false,
    }
}

impl View {
    /// Tells what a million tokens of a model cost, and where that stands.
    pub fn price_sentence(&self, model: ModelIx, now: Timestamp) -> String {
        let name = self.model_name(model);
        match self.price(model, now) {
            None => format!("{name} has no known price"),
            Some(price) => {
                let out = price.output.map(|output| format!(" in and ${output} out")).unwrap_or_default();
                format!("{name} costs ${}{out} per million tokens ({})", price.input, price.source)
            }
        }
    }
}
