//! What one operator sees: the shared catalogue behind the operator's visibility.
//!
//! A face holds a [`View`], never the catalogue, so that no screen filters rights. Resolution and differences are
//! computed on everything; what may not be seen has no record here and a masked name. A dense index alone tells
//! nothing, so answers keep theirs.

use std::{borrow::Cow, sync::Arc};

use uuid::Uuid;

use crate::{
    domain::{
        Text, Timestamp,
        assignment::{Assignment, Origin},
        catalogue::{Catalogue, Ix, ModelIx, ProviderIx, Vocabulary, row::OwnerIx, row::UsesIx},
        change::Change,
        credential::{Credential, Instance, Owner, Pool},
        fact::{Facts, ListedPrice, Spent, Verified},
        id::Id,
        people::{Department, Operator, Workspace},
        workflow::{App, Node, Workflow},
    },
    form::lookup::{Lookup, Mask},
    plan::Words,
    resolve::{
        self,
        answer::{Answer, Resolution},
        query::Query,
        sentence::{Naming, Sentences},
    },
    rights::{self, Right, Sight, Subject, Verdict, Visibility, Who},
};

/// A snapshot of one workspace as one operator sees it. Copying it is cheap.
#[derive(Clone, Debug)]
pub struct View {
    catalogue: Arc<Catalogue>,
    who: Who,
}

macro_rules! seen {
    ($($(#[$doc:meta])* $all:ident $one:ident $sees:ident: $noun:ident;)*) => {$(
        $(#[$doc])*
        pub fn $all(&self) -> impl Iterator<Item = (Ix<$noun>, &$noun)> {
            let visibility = self.visibility();
            self.catalogue.$all().iter().filter(move |(ix, _)| visibility.$sees(*ix))
        }

        /// Returns one of them, if it is there and seen.
        pub fn $one(&self, ix: Ix<$noun>) -> Option<&$noun> {
            self.catalogue.$all().get(ix).filter(|_| self.visibility().$sees(ix))
        }
    )*};
}

impl View {
    pub(super) const fn new(catalogue: Arc<Catalogue>, who: Who) -> Self {
        Self { catalogue, who }
    }

    /// Makes a view without a database, for rehearsals of the screens.
    #[cfg(test)]
    pub(crate) fn rehearsed(catalogue: Catalogue, login: &str, read_only: bool) -> Self {
        let operator = catalogue.operators().named(login);
        Self::new(Arc::new(catalogue), Who { operator, read_only, ..Who::default() })
    }

    /// Returns the view after changes were applied as a revision, for rehearsals of the screens.
    #[cfg(test)]
    pub(crate) fn with_revision(&self, changes: &[Change], revision: u64) -> Self {
        let changed = self.catalogue.with_changes(changes, None);
        let facts = Arc::new(changed.facts().clone());
        Self { catalogue: Arc::new(changed.with_records([], revision, facts)), who: self.who }
    }

    pub(super) const fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Returns who looks.
    pub const fn who(&self) -> Who {
        self.who
    }

    /// Returns the operator who looks.
    pub fn me(&self) -> Option<&Operator> {
        self.catalogue.operators().get(self.who.operator?)
    }

    /// Returns who really sits there: the operator who looks, unless somebody looks as another.
    pub fn really(&self) -> Option<&Operator> {
        self.catalogue.operators().get(self.who.behind.or(self.who.operator)?)
    }

    /// Returns the workspace itself.
    pub fn workspace(&self) -> &Workspace {
        self.catalogue.workspace()
    }

    /// Returns the revision that everything here was computed on.
    pub fn revision(&self) -> u64 {
        self.catalogue.revision()
    }

    /// Returns the number of the facts that everything here was computed on.
    pub fn facts(&self) -> u64 {
        self.catalogue.facts().number
    }

    /// Returns the providers, models and short texts. They are nobody's secret.
    pub fn vocabulary(&self) -> &Vocabulary {
        self.catalogue.vocabulary()
    }

    pub(super) fn visibility(&self) -> Visibility<'_> {
        Visibility::of(&self.catalogue, self.who)
    }

    seen! {
        /// Returns the departments that are seen.
        departments department sees_department: Department;
        /// Returns the operators that are seen.
        operators operator sees_operator: Operator;
        /// Returns the pools that are seen.
        pools pool sees_pool: Pool;
        /// Returns the instances that are seen.
        instances instance sees_instance: Instance;
        /// Returns the apps that are seen.
        apps app sees_app: App;
        /// Returns the workflows that are seen.
        workflows workflow sees_workflow: Workflow;
        /// Returns the nodes that are seen.
        nodes node sees_node: Node;
    }

    /// Returns the credentials that are seen whole.
    pub fn credentials(&self) -> impl Iterator<Item = (Ix<Credential>, &Credential)> {
        let visibility = self.visibility();
        self.catalogue.credentials().iter().filter(move |(ix, _)| visibility.sees_credential(*ix) == Sight::Full)
    }

    /// Returns a credential, if it is there and seen whole.
    pub fn credential(&self, ix: Ix<Credential>) -> Option<&Credential> {
        self.catalogue.credentials().get(ix).filter(|_| self.sight(ix) == Sight::Full)
    }

    /// Returns how many private keys of others exist, for those who may know.
    pub fn private_keys_of_others(&self) -> usize {
        let visibility = self.visibility();
        let table = self.catalogue.credentials();
        table.rows().filter(|(ix, _)| visibility.sees_credential(*ix) == Sight::Existence).count()
    }

    /// Says how much of a credential is seen.
    pub fn sight(&self, ix: Ix<Credential>) -> Sight {
        self.visibility().sees_credential(ix)
    }

    /// Returns the rules at scopes that are seen. What they point at may be masked.
    pub fn assignments(&self) -> impl Iterator<Item = (Ix<Assignment>, &Assignment)> {
        let visibility = self.visibility();
        let table = self.catalogue.assignments();
        table.iter().filter(move |(ix, _)| table.row(*ix).is_some_and(|row| visibility.sees_rules_at(row.scope)))
    }

    /// Returns a rule, if it is there and its scope is seen.
    pub fn assignment(&self, ix: Ix<Assignment>) -> Option<&Assignment> {
        let scope = self.catalogue.assignments().row(ix)?.scope;
        self.catalogue.assignments().get(ix).filter(|_| self.visibility().sees_rules_at(scope))
    }

    /// Returns who wrote a rule, and when.
    pub fn origin(&self, ix: Ix<Assignment>) -> Option<&Origin> {
        self.assignment(ix).and_then(|_| self.catalogue.origin(ix))
    }

    /// Returns the nodes of a workflow, if it is seen.
    pub fn nodes_of(&self, workflow: Ix<Workflow>) -> &[Ix<Node>] {
        self.workflow(workflow).map_or(&[], |_| self.catalogue.links().nodes_of_workflow.of(workflow))
    }

    /// Returns the workflow of a node.
    pub fn workflow_of(&self, node: Ix<Node>) -> Option<Ix<Workflow>> {
        self.catalogue.nodes().row(node).map(|row| row.workflow)
    }

    /// Returns the department that counts for a workflow.
    pub fn department_of(&self, workflow: Ix<Workflow>) -> Option<Ix<Department>> {
        self.catalogue.department_of(workflow)
    }

    /// Returns the owner that counts for a workflow.
    pub fn owner_of(&self, workflow: Ix<Workflow>) -> Option<OwnerIx> {
        self.catalogue.owner_of(workflow)
    }

    /// Returns the provider and model that a node calls.
    pub fn model_of(&self, node: Ix<Node>) -> Option<(ProviderIx, ModelIx)> {
        self.catalogue.nodes().row(node).and_then(|row| self.catalogue.model_of(row.uses))
    }

    /// Returns the instance that a node calls.
    pub fn instance_of(&self, node: Ix<Node>) -> Option<Ix<Instance>> {
        match self.catalogue.nodes().row(node)?.uses {
            UsesIx::Instance(ix) => Some(ix),
            UsesIx::Model(..) => None,
        }
    }

    /// Returns what a million tokens of a model cost.
    pub fn price(&self, model: ModelIx, now: Timestamp) -> Option<ListedPrice> {
        self.vocabulary().price(model, now)
    }

    /// Has the table of prices decoded, if it prices any model here: that takes tens of milliseconds, which nobody is to
    /// wait for who opens a workflow.
    pub fn decode_prices(&self, now: Timestamp) {
        self.vocabulary().models().find(|(model, _)| self.price(*model, now).is_some());
    }

    /// Returns what a workflow spent in the last thirty days.
    pub fn recent_spend(&self, workflow: Ix<Workflow>) -> Option<Spent> {
        let id = self.workflow(workflow)?.id;
        self.catalogue.facts().recent.get(id)
    }

    /// Returns what a vendor said of a key.
    pub fn verified(&self, ix: Ix<Credential>) -> Option<&Verified> {
        self.catalogue.facts().verified.get(&self.credential(ix)?.id)
    }

    /// Says whether `right` is held on `subject`, and if not, why.
    pub fn may(&self, right: Right, subject: Subject) -> Verdict {
        rights::may(&self.catalogue, self.who, right, subject)
    }

    /// Resolves on everything. What the answer names is masked where it is looked up.
    pub fn resolve(&self, query: &Query<'_>) -> Resolution {
        resolve::resolve(&self.catalogue, query)
    }

    /// Resolves without trace.
    pub fn answer(&self, query: &Query<'_>) -> Answer {
        resolve::answer(&self.catalogue, query)
    }

    /// Returns the view after `changes`, unchecked: for previews.
    #[must_use]
    pub fn with_changes(&self, changes: &[Change]) -> Self {
        Self { catalogue: Arc::new(self.catalogue.with_changes(changes, None)), who: self.who }
    }

    /// Returns the view beside other facts.
    pub(super) fn with_facts(&self, facts: Facts) -> Self {
        Self { catalogue: Arc::new(self.catalogue.with_facts(Arc::new(facts))), who: self.who }
    }

    /// Returns the names for forms and sentences; what may not be seen is hidden.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup::masked(&self.catalogue, self)
    }

    /// Returns the writer of sentences about a query.
    pub fn sentences<'a>(&'a self, query: &'a Query<'_>) -> Sentences<'a> {
        Sentences::new(&self.catalogue, query, self)
    }

    /// Returns the words for changes that lead from here to `after`.
    pub fn words<'a>(&'a self, after: &'a Self) -> Words<'a> {
        Words::new(self.lookup(), after.lookup())
    }

    /// Returns a department's name.
    pub fn department_name(&self, ix: Ix<Department>) -> Cow<'_, str> {
        self.department(ix).map_or("a department you may not see".into(), |it| (&*it.name).into())
    }

    /// Returns an operator's login.
    pub fn operator_name(&self, ix: Ix<Operator>) -> Cow<'_, str> {
        self.operator(ix).map_or("another operator".into(), |it| (&*it.login).into())
    }

    /// Returns a credential's name, or what may be said instead.
    pub fn credential_name(&self, ix: Ix<Credential>) -> Cow<'_, str> {
        match (self.catalogue.credentials().get(ix), self.sight(ix)) {
            (None, _) => "a key that does not exist".into(),
            (Some(it), Sight::Full) => (&*it.name).into(),
            (Some(it), _) if matches!(it.owner, Owner::Operator(_)) => "a private key".into(),
            _ => "a key you may not see".into(),
        }
    }

    /// Returns a pool's name.
    pub fn pool_name(&self, ix: Ix<Pool>) -> Cow<'_, str> {
        self.pool(ix).map_or("a pool you may not see".into(), |it| (&*it.name).into())
    }

    /// Returns the owner in words: `system`, `Finance`, `alice`.
    pub fn owner_name(&self, owner: OwnerIx) -> Cow<'_, str> {
        match owner {
            OwnerIx::System => "system".into(),
            OwnerIx::Department(ix) => self.department_name(ix),
            OwnerIx::Operator(ix) => self.operator_name(ix),
        }
    }

    /// Returns a provider's slug.
    pub fn provider_slug(&self, ix: ProviderIx) -> &Text {
        static UNKNOWN: std::sync::LazyLock<Text> = std::sync::LazyLock::new(|| "?".into());
        self.vocabulary().provider_entry(ix).map_or(&UNKNOWN, |entry| &entry.slug)
    }

    /// Returns the vendor's id of a model.
    pub fn model_name(&self, ix: ModelIx) -> &str {
        self.vocabulary().model_entry(ix).map_or("?", |entry| &entry.name)
    }
}

macro_rules! names {
    ($($noun:ident: $record:ident, $name:ident;)*) => {
        impl Naming for View {
            $(fn $noun(&self, ix: Ix<$record>) -> Option<Cow<'_, str>> {
                self.$noun(ix).map(|it| Cow::Borrowed(&*it.$name))
            })*
        }
    };
}

names! {
    credential: Credential, name;
    pool: Pool, name;
    department: Department, name;
    operator: Operator, login;
    instance: Instance, name;
    app: App, name;
    workflow: Workflow, name;
    node: Node, name;
}

impl Mask for View {
    /// What is not there, or no longer, is hidden from nobody.
    fn hides(&self, id: Uuid) -> bool {
        macro_rules! unseen {
            ($($table:ident $one:ident),*) => {
                $(self.catalogue.$table().by_id(Id::new(id)).is_some()
                    && self.catalogue.$table().find(Id::new(id)).is_some_and(|ix| self.$one(ix).is_none()))||*
            };
        }
        unseen!(
            credentials credential, pools pool, departments department, operators operator, instances instance,
            apps app, workflows workflow
        )
    }
}
