//! The survey: every node asked once, and what that tells of each rule and key. All rules of the lint read it.

use std::collections::HashMap;

use crate::{
    domain::{
        Timestamp,
        assignment::{Assignment, Strength},
        catalogue::{
            Catalogue, Ix, ModelIx, ProviderIx, Symbol,
            row::{OwnerIx, RuleRow, TargetIx},
        },
        credential::Credential,
        workflow::{Force, Node, Workflow},
    },
    resolve::{
        self,
        answer::{Answer, Reason, Source, Step, Verdict},
        everywhere::{Could, Told},
    },
};

/// What a workspace looks like at one time.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    pub catalogue: &'a Catalogue,
    pub now: Timestamp,
    /// How many days ahead the end of a key, rule or token is told.
    pub within_days: u32,
    /// The keys whose secrets are the same, group by group.
    pub twins: &'a [Vec<Ix<Credential>>],
    answers: Vec<Option<Answer>>,
    rules: Vec<RuleTally>,
    keys: Vec<KeyTally>,
    /// The nodes at which any key could be named, by provider.
    waiting: HashMap<ProviderIx, Vec<Ix<Node>>>,
    /// The nodes whose model has no known price and that some budget counts, by model.
    pub unpriced: HashMap<ModelIx, Vec<Ix<Node>>>,
}

/// What became of a rule at the nodes that it covers.
#[derive(Clone, Debug, Default)]
pub(super) struct RuleTally {
    /// At how many it speaks now.
    pub speaks: u32,
    /// At how many it would speak at another time.
    pub later: u32,
    /// At how many it would speak in another environment.
    pub elsewhere: u32,
    /// At how many it gives a key, or says no.
    pub works: u32,
    /// At how many it was tried, and what it gives could not be used.
    pub fails: u32,
    /// Why; the first reason met.
    pub reason: Option<Reason>,
    /// A node at which it fails.
    pub failing: Option<Ix<Node>>,
    /// At how many something before it always decides.
    pub outranked: u32,
    /// What always decides before it, if it is the same everywhere.
    pub outranker: Option<Source>,
    several: bool,
    /// At how many something before it decides for now.
    pub stands_by: u32,
}

/// Who uses a key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyTally {
    /// How many nodes use it.
    pub uses: u32,
    /// How many of them run in production.
    pub in_production: u32,
    /// The environment of those, if it is one for all.
    pub label: Option<Symbol>,
    /// A node of production that uses it.
    pub producing: Option<Ix<Node>>,
    /// How many of them are another's than its owner's.
    pub of_others: u32,
    /// One of those.
    pub borrower: Option<Ix<Node>>,
    /// How many of them are of enforced workflows.
    pub enforced: u32,
    could: bool,
}

/// Something that decides at every run, whatever the caller says but for the environment.
struct Firm {
    source: Source,
    environment: Option<Symbol>,
    until: Option<Timestamp>,
}

impl<'a> Survey<'a> {
    /// Asks every node.
    pub fn of(catalogue: &'a Catalogue, now: Timestamp, within_days: u32, twins: &'a [Vec<Ix<Credential>>]) -> Self {
        let mut survey = Self {
            catalogue,
            now,
            within_days,
            twins,
            answers: vec![None; catalogue.nodes().slots()],
            rules: vec![RuleTally::default(); catalogue.assignments().slots()],
            keys: vec![KeyTally::default(); catalogue.credentials().slots()],
            waiting: HashMap::new(),
            unpriced: HashMap::new(),
        };
        let mut firm = Vec::new();
        resolve::everywhere::everywhere(catalogue, now, |told| {
            survey.answers[told.node.position()] = Some(told.answer);
            survey.tally_rules(told, &mut firm);
            survey.tally_keys(told);
        });
        survey
    }

    /// Returns the nodes with what they get.
    pub fn answers(&self) -> impl Iterator<Item = (Ix<Node>, Answer)> {
        self.catalogue.nodes().rows().filter_map(|(ix, _)| Some((ix, self.answers[ix.position()]?)))
    }

    /// Returns what a node gets.
    pub fn answer(&self, node: Ix<Node>) -> Option<Answer> {
        self.answers.get(node.position()).copied().flatten()
    }

    /// Returns the rules, with what became of them.
    pub fn rules(&self) -> impl Iterator<Item = (Ix<Assignment>, &RuleRow, &RuleTally)> {
        self.catalogue.assignments().rows().map(|(ix, row)| (ix, row, &self.rules[ix.position()]))
    }

    /// Returns what became of a rule.
    pub fn rule(&self, ix: Ix<Assignment>) -> &RuleTally {
        &self.rules[ix.position()]
    }

    /// Returns who uses a key.
    pub fn key(&self, ix: Ix<Credential>) -> &KeyTally {
        &self.keys[ix.position()]
    }

    /// Returns the workflow of a node.
    pub fn workflow_of(&self, node: Ix<Node>) -> Option<Ix<Workflow>> {
        self.catalogue.nodes().row(node).map(|row| row.workflow)
    }

    /// Says whether a value for some variable could bring a key out.
    pub fn could_come_out(&self, key: Ix<Credential>) -> bool {
        let provider = self.catalogue.credentials().row(key).map(|row| row.provider);
        let waiting = provider.and_then(|provider| self.waiting.get(&provider)).map_or(&[][..], |nodes| nodes);
        self.keys[key.position()].could
            || waiting.iter().any(|&node| {
                let inputs = resolve::query::Inputs::default();
                let place = resolve::query::Place::Node(node);
                let query = resolve::query::Query { place, now: self.now, inputs: &inputs };
                resolve::fault(self.catalogue, &query, key).is_none()
            })
    }

    fn tally_rules(&mut self, told: &Told<'_>, firm: &mut Vec<Firm>) {
        firm.clear();
        for step in told.steps {
            let Some(source) = step.source else { continue };
            if let Source::Rule(ix) = source
                && let Some(row) = self.catalogue.assignments().row(ix)
            {
                let before = firm.iter().find(|firm| firm.always_precedes(row)).map(|firm| firm.source);
                self.rules[ix.position()].count(step, told.node, before);
                if speaks(step) && (row.strength == Strength::Required || matches!(row.target, TargetIx::Deny)) {
                    firm.push(Firm { source, environment: row.environment, until: row.until });
                }
            } else {
                firm.push(Firm { source, environment: None, until: None });
            }
        }
    }

    fn tally_keys(&mut self, told: &Told<'_>) {
        let keys = told.keys();
        let Some(workflow) = self.workflow_of(told.node) else { return };
        let environment = self.catalogue.workflows().row(workflow).and_then(|row| row.environment);
        let produces = environment.is_some_and(|symbol| is_production(self.catalogue.vocabulary().text(symbol)));
        let enforced = self.catalogue.workflows().get(workflow).is_some_and(|it| it.force == Force::Enforced);
        for &key in &keys {
            let borrowed = self.is_borrowed(key, workflow);
            let tally = &mut self.keys[key.position()];
            tally.uses += 1;
            tally.enforced += u32::from(enforced);
            if produces {
                tally.label = if tally.in_production == 0 {
                    environment
                } else {
                    tally.label.filter(|_| tally.label == environment)
                };
                tally.in_production += 1;
                tally.producing.get_or_insert(told.node);
            }
            if borrowed {
                tally.of_others += 1;
                tally.borrower.get_or_insert(told.node);
            }
        }
        match told.could() {
            Could::Nothing => {}
            Could::These(keys) => keys.iter().for_each(|key| self.keys[key.position()].could = true),
            Could::Any => {
                let uses = self.catalogue.nodes().row(told.node).and_then(|row| self.catalogue.model_of(row.uses));
                if let Some((provider, _)) = uses {
                    self.waiting.entry(provider).or_default().push(told.node);
                }
            }
        }
        self.tally_price(told, workflow, &keys);
    }

    fn tally_price(&mut self, told: &Told<'_>, workflow: Ix<Workflow>, keys: &[Ix<Credential>]) {
        if told.is_priced() {
            return;
        }
        let catalogue = self.catalogue;
        let Some(row) = catalogue.workflows().row(workflow) else { return };
        let of_key = |key: &Ix<Credential>| catalogue.credentials().row(*key).is_some_and(|row| row.budget.is_some());
        let counts = row.budget.is_some()
            || row.app.and_then(|app| catalogue.apps().row(app)).is_some_and(|app| app.budget.is_some())
            || keys.iter().any(of_key)
            || catalogue
                .path(catalogue.department_of(workflow))
                .any(|ix| catalogue.departments().row(ix).is_some_and(|row| row.budget.is_some()));
        let model = catalogue.nodes().row(told.node).and_then(|row| catalogue.model_of(row.uses));
        if let Some((_, model)) = model.filter(|_| counts) {
            self.unpriced.entry(model).or_default().push(told.node);
        }
    }

    /// Says whether a private key is used by a workflow of somebody else.
    fn is_borrowed(&self, key: Ix<Credential>, workflow: Ix<Workflow>) -> bool {
        let owner = self.catalogue.credentials().row(key).map(|row| row.owner);
        matches!(owner, Some(OwnerIx::Operator(_))) && self.catalogue.owner_of(workflow) != owner
    }
}

impl Firm {
    /// Says whether it decides wherever and as long as a later rule of the same node speaks.
    fn always_precedes(&self, row: &RuleRow) -> bool {
        let everywhere = self.environment.is_none() || self.environment == row.environment;
        let as_long = match (self.until, row.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(its)) => its <= mine,
        };
        everywhere && as_long
    }
}

impl RuleTally {
    fn count(&mut self, step: &Step, node: Ix<Node>, before: Option<Source>) {
        match (step.verdict, step.reason) {
            (Verdict::NotApplicable, Some(Reason::OutsideWindow)) => self.later += 1,
            (Verdict::NotApplicable, Some(Reason::OtherEnvironment)) => self.elsewhere += 1,
            (Verdict::NotApplicable, _) => return,
            (Verdict::Decided, None | Some(Reason::Deny | Reason::MissingInput | Reason::Ambiguous)) => self.works += 1,
            (Verdict::Skipped, Some(Reason::MissingInput)) => self.stands_by += 1,
            (Verdict::Decided | Verdict::Skipped, reason) => {
                self.fails += 1;
                self.reason = self.reason.or(reason);
                self.failing.get_or_insert(node);
            }
            (Verdict::Overridden, _) => match before {
                None => self.stands_by += 1,
                Some(source) => self.outrank(source),
            },
        }
        self.speaks += u32::from(speaks(step));
    }

    fn outrank(&mut self, source: Source) {
        self.outranked += 1;
        self.several |= self.outranker.is_some_and(|known| known != source);
        self.outranker = if self.several { None } else { Some(source) };
    }

    /// Says whether it speaks somewhere, and something before it always decides there.
    pub const fn is_shadowed(&self) -> bool {
        self.speaks > 0 && self.outranked == self.speaks && self.later == 0 && self.elsewhere == 0
    }

    /// Says whether it speaks anywhere, now or at another time, here or in another environment.
    pub const fn is_heard(&self) -> bool {
        self.speaks > 0 || self.later > 0 || self.elsewhere > 0
    }

    /// Says whether it speaks now, here or in another environment.
    pub const fn may_matter(&self) -> bool {
        self.speaks > 0 || self.elsewhere > 0
    }

    /// Says whether it may yet decide something: at another time, elsewhere, or when what is before it fails.
    pub const fn may_decide(&self) -> bool {
        self.works > 0 || self.stands_by > 0 || self.later > 0 || self.elsewhere > 0
    }
}

fn speaks(step: &Step) -> bool {
    step.verdict != Verdict::NotApplicable
}

/// Says whether a label is one by which people mean production.
pub(super) fn is_production(label: &str) -> bool {
    ["production", "prod", "live"].iter().any(|word| label.eq_ignore_ascii_case(word))
}
