//! Writing: how records enter and leave a catalogue that nobody else sees yet.

use std::sync::Arc;

use super::{
    Catalogue,
    row::{
        AppRow, CredentialRow, DepartmentRow, InstanceRow, NodeRow, OperatorRow, OwnerIx, PoolRow, RuleRow, ScopeIx,
        TargetIx, UsableByIx, UsesIx, ValueIx, WorkflowRow,
    },
    vocabulary::Symbol,
};
use crate::domain::{
    Text,
    assignment::{Assignment, Origin, Scope, Target, ValueTarget},
    change::Change,
    credential::{Credential, Instance, Owner, Pool, UsableBy},
    fact::Facts,
    people::Department,
    provider::{Model, Price, Provider},
    record::Record,
    workflow::{App, Node, Ownership, Uses, Workflow},
};

/// Empties a thing's slot and unties it from what it points at.
macro_rules! take {
    ($self:ident, $it:ident, $table:ident, $link:ident) => {{
        if let Some(ix) = $self.$table.find($it.id)
            && let Some(row) = $self.$table.row(ix).cloned()
        {
            $self.links.$link(false, ix, &row);
            $self.$table.take(ix);
        }
    }};
}

/// Fills a thing's slot and ties it to what it points at.
macro_rules! place {
    ($self:ident, $it:ident, $row:ident, $table:ident, $link:ident) => {{
        let ix = $self.$table.put($it, $row.clone());
        $self.links.$link(true, ix, &$row);
    }};
}

impl Catalogue {
    /// Returns the catalogue with `records` added, at `revision` and with `facts`: how a store loads a workspace.
    #[must_use]
    pub fn with_records(
        mut self,
        records: impl IntoIterator<Item = (Record, Option<Arc<Origin>>)>,
        revision: u64,
        facts: Arc<Facts>,
    ) -> Self {
        for (record, origin) in records {
            self.add(record, origin);
        }
        self.revision = revision;
        self.facts = facts;
        self
    }

    /// Returns the catalogue after `changes`, without checking them; the revision stays.
    ///
    /// It costs what the changes cost. Rules get `origin` if there is one, else keep none.
    #[must_use]
    pub fn with_changes<'a>(
        &self,
        changes: impl IntoIterator<Item = &'a Change>,
        origin: Option<&Arc<Origin>>,
    ) -> Self {
        let mut next = self.clone();
        next.change(changes, origin);
        next
    }

    /// Does the same to a catalogue that nobody else sees yet.
    pub fn change<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>, origin: Option<&Arc<Origin>>) {
        for change in changes {
            match change.after() {
                Some(record) => self.add(record.clone(), origin.cloned()),
                None => self.take(change.subject()),
            }
        }
    }

    /// Returns the same catalogue under another revision number.
    #[must_use]
    pub fn at_revision(mut self, revision: u64) -> Self {
        self.revision = revision;
        self
    }

    /// Takes a record in, and who wrote it if it is a rule: how a store loads a workspace, one by one.
    pub fn add(&mut self, record: Record, origin: Option<Arc<Origin>>) {
        match record {
            Record::Workspace(it) => self.workspace = Arc::new(it),
            Record::Department(it) => self.put_department(it),
            Record::Operator(it) => {
                self.operators.put(it, OperatorRow);
            }
            Record::Provider(it) => self.put_provider(it),
            Record::Model(it) => self.put_model(it),
            Record::Price(it) => self.put_price(it),
            Record::Credential(it) => self.put_credential(it),
            Record::Pool(it) => self.put_pool(it),
            Record::Instance(it) => self.put_instance(it),
            Record::App(it) => self.put_app(it),
            Record::Workflow(it) => self.put_workflow(it),
            Record::Node(it) => self.put_node(it),
            Record::Assignment(it) => self.put_assignment(it, origin),
        }
    }

    fn take(&mut self, record: &Record) {
        match record {
            Record::Workspace(_) => {}
            Record::Department(it) => take!(self, it, departments, department),
            Record::Operator(it) => {
                let _taken = self.operators.find(it.id).and_then(|ix| self.operators.take(ix));
            }
            Record::Provider(it) => self.take_provider(it),
            Record::Model(it) => self.take_model(it),
            Record::Price(it) => self.take_price(it),
            Record::Credential(it) => {
                let _taken = self.credentials.find(it.id).and_then(|ix| self.credentials.take(ix));
            }
            Record::Pool(it) => take!(self, it, pools, pool),
            Record::Instance(it) => take!(self, it, instances, instance),
            Record::App(it) => take!(self, it, apps, app),
            Record::Workflow(it) => take!(self, it, workflows, workflow),
            Record::Node(it) => take!(self, it, nodes, node),
            Record::Assignment(it) => self.take_assignment(it),
        }
    }

    fn owner_ix(&mut self, owner: Owner) -> OwnerIx {
        match owner {
            Owner::System => OwnerIx::System,
            Owner::Department(id) => OwnerIx::Department(self.departments.slot(id)),
            Owner::Operator(id) => OwnerIx::Operator(self.operators.slot(id)),
        }
    }

    /// Learns the one environment that a key or rule is for; an empty one means any, as none does.
    fn limit_to(&mut self, environment: Option<&mut Text>) -> Option<Symbol> {
        environment.filter(|text| !text.is_empty()).map(|text| self.vocabulary.learn(text))
    }

    fn put_department(&mut self, it: Department) {
        take!(self, it, departments, department);
        // Its own slot comes before that of the one above: things stand in the order in which they came.
        self.departments.slot(it.id);
        let parent = it.parent.map(|id| self.departments.slot(id));
        let row = DepartmentRow { parent, policy: it.owner_policy, budget: it.budget };
        place!(self, it, row, departments, department);
    }

    fn put_provider(&mut self, it: Provider) {
        self.take_provider(&it);
        let slug = it.slug.clone();
        self.vocabulary.describe_provider(&slug, Some(Arc::new(it)));
    }

    /// Forgets a description under whatever slug it stands: an edit may have changed it.
    fn take_provider(&mut self, it: &Provider) {
        let described = |own: &Option<Arc<Provider>>| own.as_ref().is_some_and(|own| own.id == it.id);
        let holder = self.vocabulary.providers().find(|(_, entry)| described(&entry.own));
        if let Some(slug) = holder.map(|(_, entry)| entry.slug.clone()) {
            self.vocabulary.describe_provider(&slug, None);
        }
    }

    fn put_model(&mut self, mut it: Model) {
        self.take_model(&it);
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let ix = self.vocabulary.learn_model(provider, &mut it.name);
        self.vocabulary.describe_model(ix, |entry| entry.own = Some(Arc::new(it)));
    }

    /// Forgets a description under whatever name it stands: an edit may have changed it.
    fn take_model(&mut self, it: &Model) {
        let described = |own: &Option<Arc<Model>>| own.as_ref().is_some_and(|own| own.id == it.id);
        let holder = self.vocabulary.models().find(|(_, entry)| described(&entry.own));
        if let Some((ix, _)) = holder {
            self.vocabulary.describe_model(ix, |entry| entry.own = None);
        }
    }

    fn put_price(&mut self, mut it: Price) {
        self.take_price(&it);
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let ix = self.vocabulary.learn_model(provider, &mut it.model);
        self.vocabulary.describe_model(ix, |entry| entry.prices.push(Arc::new(it)));
    }

    fn take_price(&mut self, it: &Price) {
        let holder = self.vocabulary.models().find(|(_, entry)| entry.prices.iter().any(|price| price.id == it.id));
        if let Some((ix, _)) = holder {
            self.vocabulary.describe_model(ix, |entry| entry.prices.retain(|price| price.id != it.id));
        }
    }

    fn put_credential(&mut self, mut it: Credential) {
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let models = it.models.as_mut().map(|models| {
            models.iter_mut().map(|model| self.vocabulary.learn_model(provider, model)).collect::<Box<[_]>>()
        });
        let usable_by = it.usable_by.iter().map(|by| match *by {
            UsableBy::Department(id) => UsableByIx::Department(self.departments.slot(id)),
            UsableBy::App(id) => UsableByIx::App(self.apps.slot(id)),
            UsableBy::Workflow(id) => UsableByIx::Workflow(self.workflows.slot(id)),
        });
        let usable_by = usable_by.collect();
        let row = CredentialRow {
            provider,
            owner: self.owner_ix(it.owner),
            environment: self.limit_to(it.environment.as_mut()),
            models,
            usable_by,
            state: it.state,
            not_before: it.not_before,
            expires: it.expires,
            budget: it.budget,
        };
        self.credentials.put(it, row);
    }

    fn put_pool(&mut self, mut it: Pool) {
        take!(self, it, pools, pool);
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let members = it.members.iter().map(|member| (self.credentials.slot(member.key), member.weight)).collect();
        let row = PoolRow { provider, members };
        place!(self, it, row, pools, pool);
    }

    fn put_instance(&mut self, mut it: Instance) {
        take!(self, it, instances, instance);
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let model = self.vocabulary.learn_model(provider, &mut it.model);
        let row = InstanceRow { provider, model, key: it.key.map(|id| self.credentials.slot(id)) };
        place!(self, it, row, instances, instance);
    }

    fn put_app(&mut self, it: App) {
        take!(self, it, apps, app);
        let department = it.department.map(|id| self.departments.slot(id));
        let row = AppRow { department, owner: it.owner.map(|owner| self.owner_ix(owner)), budget: it.budget };
        place!(self, it, row, apps, app);
    }

    fn put_workflow(&mut self, mut it: Workflow) {
        take!(self, it, workflows, workflow);
        let owner = match it.owner {
            Ownership::Inherited => None,
            Ownership::Nobody => Some(None),
            Ownership::Named(owner) => Some(Some(self.owner_ix(owner))),
        };
        let row = WorkflowRow {
            app: it.app.map(|id| self.apps.slot(id)),
            department: it.department.map(|id| self.departments.slot(id)),
            owner,
            environment: it.environment.as_mut().map(|text| self.vocabulary.learn(text)),
            policy: it.owner_policy,
            budget: it.budget,
        };
        place!(self, it, row, workflows, workflow);
    }

    fn put_node(&mut self, mut it: Node) {
        take!(self, it, nodes, node);
        if let Some(text) = it.node_type.as_mut() {
            self.vocabulary.learn(text);
        }
        if it.title.as_ref() == Some(&it.name) {
            it.title = Some(it.name.clone());
        }
        let uses = match &mut it.uses {
            Uses::Instance(id) => UsesIx::Instance(self.instances.slot(*id)),
            Uses::Model { provider, model } => {
                let slug = self.vocabulary.learn_provider(provider);
                UsesIx::Model(slug, self.vocabulary.learn_model(slug, model))
            }
        };
        let row = NodeRow {
            workflow: self.workflows.slot(it.workflow),
            uses,
            kind: it.kind,
            key: it.key.map(|id| self.credentials.slot(id)),
            variable: it.variable.as_ref().map(|selector| self.vocabulary.learn(&mut selector.text().clone())),
        };
        place!(self, it, row, nodes, node);
    }

    fn scope_ix(&mut self, scope: Scope) -> ScopeIx {
        match scope {
            Scope::Workflow(id) => ScopeIx::Workflow(self.workflows.slot(id)),
            Scope::App(id) => ScopeIx::App(self.apps.slot(id)),
            Scope::Owner(id) => ScopeIx::Owner(self.operators.slot(id)),
            Scope::Department(id) => ScopeIx::Department(self.departments.slot(id)),
            Scope::Workspace => ScopeIx::Workspace,
            Scope::System => ScopeIx::System,
        }
    }

    fn target_ix(&mut self, target: &Target) -> TargetIx {
        match target {
            Target::Key(id) => TargetIx::Key(self.credentials.slot(*id)),
            Target::Pool(id) => TargetIx::Pool(self.pools.slot(*id)),
            Target::Deny => TargetIx::Deny,
            Target::Variable { selector, values, by_name } => TargetIx::Variable {
                selector: self.vocabulary.learn(&mut selector.text().clone()),
                values: values.iter().map(|(value, target)| (value.clone(), self.value_ix(*target))).collect(),
                by_name: *by_name,
            },
        }
    }

    fn value_ix(&mut self, target: ValueTarget) -> ValueIx {
        match target {
            ValueTarget::Key(id) => ValueIx::Key(self.credentials.slot(id)),
            ValueTarget::Pool(id) => ValueIx::Pool(self.pools.slot(id)),
            ValueTarget::Deny => ValueIx::Deny,
        }
    }

    fn put_assignment(&mut self, mut it: Assignment, origin: Option<Arc<Origin>>) {
        self.take_assignment(&it);
        let provider = self.vocabulary.learn_provider(&mut it.provider);
        let row = RuleRow {
            scope: self.scope_ix(it.scope),
            provider,
            model: it.model.as_mut().map(|model| self.vocabulary.learn_model(provider, model)),
            kind: it.kind,
            environment: self.limit_to(it.environment.as_mut()),
            target: self.target_ix(&it.target),
            strength: it.strength,
            from: it.from,
            until: it.until,
        };
        let ix = self.assignments.put(it, row.clone());
        while self.origins.len() <= ix.position() {
            self.origins.push(None);
        }
        if let Some(slot) = self.origins.get_mut(ix.position()) {
            *slot = origin;
        }
        self.rules.add(ix, &row);
        self.links.rule(true, ix, &row);
    }

    fn take_assignment(&mut self, it: &Assignment) {
        if let Some(ix) = self.assignments.find(it.id)
            && let Some(row) = self.assignments.row(ix).cloned()
        {
            self.rules.drop(ix, &row);
            self.links.rule(false, ix, &row);
            self.assignments.take(ix);
        }
    }
}
