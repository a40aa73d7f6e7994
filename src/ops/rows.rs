//! Rows: every kind of thing as `list` shows it, with the stable keys of the command line's contract.

mod money;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

pub use self::money::{BudgetRow, PriceRow, QuoteRow, budgets, prices, quotes_of};
use super::view::View;
use crate::{
    cost::quote::{disagreement, quotes},
    domain::{
        Text, Timestamp,
        assignment::Assignment,
        catalogue::{Ix, ModelIx, row::OwnerIx},
        credential::{Credential, Parameter, SecretRef},
        fact::Verified,
        money::{Budget, MicroDollars},
        provider::ModelKind,
        workflow::{Node, Uses, Workflow},
    },
    form::{self, lookup::Lookup, words},
};

/// An owner in JSON: `{"kind": "department", "name": "Finance"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnerRow {
    /// `system`, `department` or `operator`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

impl OwnerRow {
    /// Describes an owner as the viewer may read it.
    pub fn of(view: &View, owner: OwnerIx) -> Self {
        let kind = match owner {
            OwnerIx::System => "system",
            OwnerIx::Department(_) => "department",
            OwnerIx::Operator(_) => "operator",
        };
        Self { kind, name: view.owner_name(owner).into_owned() }
    }
}

/// Makes the rows of kinds of things.
macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($field:ident $(($word:literal))?: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[expect(missing_docs, reason = "the keys are those of the command line's contract")]
        pub struct $name { $($(#[serde(rename = $word)])? pub $field: $type,)* }
    )*};
}
use rows;

rows! {
    /// A provider.
    ProviderRow {
        id: Text, name: Text, foreign_id: Option<Text>, base_url: Option<Text>, aliases: Vec<Text>,
        fields: Vec<crate::domain::provider::Field>, built_in: bool, credentials: usize, nodes: usize,
    }
    /// A model.
    ModelRow {
        id: String, name: Text, provider: Text, kind: Option<ModelKind>, context: Option<u64>,
        input_per_million: Option<MicroDollars>, output_per_million: Option<MicroDollars>, source: Option<Text>,
        nodes: usize, disagreement: Option<String>,
    }
    /// A credential.
    CredentialRow {
        id: String, name: Text, foreign_id: Option<Text>, provider: Text, models: Option<Vec<Text>>, owner: OwnerRow,
        usable_by: Vec<String>, environment: Option<Text>, state: &'static str, secret: &'static str,
        last4: Option<Text>, fields: BTreeMap<Text, Text>, secret_fields: Vec<Text>, not_before: Option<Timestamp>,
        expires_at: Option<Timestamp>, created_at: Option<Timestamp>, secret_since: Option<Timestamp>,
        last_verified: Option<Verified>, uses: usize, budget: Option<Budget>, note: Option<Text>,
    }
    /// A pool.
    PoolRow {
        id: String, name: Text, foreign_id: Option<Text>, provider: Text, members: Vec<MemberRow>, note: Option<Text>,
    }
    /// A member of a pool.
    MemberRow { key: String, weight: u32, }
    /// A model instance.
    InstanceRow {
        id: String, name: Text, foreign_id: Option<Text>, provider: Text, model: Text, kind: ModelKind,
        parameters: BTreeMap<Text, Parameter>, key: Option<String>, owner: String, note: Option<Text>,
    }
    /// An app.
    AppRow {
        id: String, name: Text, foreign_id: Option<Text>, department: Option<String>, owner: Option<OwnerRow>,
        budget: Option<Budget>, note: Option<Text>,
    }
    /// A workflow, with the department and owner that count.
    WorkflowRow {
        id: String, name: Text, foreign_id: Option<Text>, app: Option<String>, department: Option<String>,
        owner: Option<OwnerRow>, environment: Option<Text>, draft: bool, owner_policy: Option<&'static str>,
        force: &'static str, budget: Option<Budget>, note: Option<Text>,
    }
    /// A node.
    NodeRow {
        id: String, name: Text, foreign_id: Option<Text>, workflow: Text, workflow_id: String, title: Text,
        node_type("type"): Option<Text>, provider: Option<Text>, model: Option<Text>, kind: ModelKind,
        instance: Option<String>, key: Option<String>, variable: Option<String>, runs: u32, note: Option<Text>,
    }
    /// A department.
    DepartmentRow {
        id: String, name: Text, foreign_id: Option<Text>, parent: Option<String>, cost_centre: Option<Text>,
        budget: Option<Budget>, owner_policy: Option<&'static str>, note: Option<Text>,
    }
    /// An operator.
    OperatorRow {
        id: String, name: Text, foreign_id: Option<Text>, login: Text, email: Option<Text>, roles: Vec<String>,
        ssh_keys: usize, fingerprints: Vec<String>, service: bool, note: Option<Text>,
    }
    /// A rule.
    AssignmentRow {
        id: String, name: String, foreign_id: Option<Text>, scope: String, provider: Text, model: Option<Text>,
        kind: Option<ModelKind>, environment: Option<Text>, target: String, values: BTreeMap<Text, String>,
        by_name: bool, strength: &'static str, from: Option<Timestamp>, until: Option<Timestamp>, note: Option<Text>,
        revision: Option<u64>, author: Option<Text>,
    }
}

/// Returns the provider rows: those that have a key, a node or a description of the workspace's own first by slug.
pub fn providers(view: &View) -> Vec<ProviderRow> {
    let mut credentials: HashMap<&str, usize> = HashMap::new();
    view.credentials().for_each(|(_, it)| *credentials.entry(&it.provider).or_default() += 1);
    let mut nodes = HashMap::new();
    view.nodes().filter_map(|(ix, _)| view.model_of(ix)).for_each(|(ix, _)| *nodes.entry(ix).or_insert(0) += 1);
    let row = |(ix, entry): (_, &crate::domain::catalogue::ProviderEntry)| {
        let form = entry.provider();
        ProviderRow {
            id: entry.slug.clone(),
            name: entry.name().clone(),
            foreign_id: form.and_then(|it| it.foreign_id.clone()),
            base_url: form.and_then(|it| it.base_url.clone()),
            aliases: form.map(|it| it.aliases.clone()).unwrap_or_default(),
            fields: form.map(|it| it.fields.clone()).unwrap_or_default(),
            built_in: entry.built_in.is_some(),
            credentials: credentials.get(&*entry.slug).copied().unwrap_or_default(),
            nodes: nodes.get(&ix).copied().unwrap_or_default(),
        }
    };
    let mut rows: Vec<ProviderRow> = view.vocabulary().providers().map(row).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// Returns the models that the workspace describes or that a node, instance or rule mentions.
pub fn models(view: &View, now: Timestamp) -> Vec<ModelRow> {
    let mut nodes: HashMap<ModelIx, (usize, ModelKind)> = HashMap::new();
    for (ix, node) in view.nodes() {
        if let Some((_, model)) = view.model_of(ix) {
            nodes.entry(model).or_insert((0, node.kind)).0 += 1;
        }
    }
    let row = |(ix, entry): (ModelIx, &crate::domain::catalogue::ModelEntry)| {
        let price = view.price(ix, now);
        let provider = view.provider_slug(entry.provider).clone();
        ModelRow {
            id: format!("{provider}/{}", entry.name),
            name: entry.name.clone(),
            provider,
            kind: entry.own.as_ref().map(|it| it.kind).or_else(|| nodes.get(&ix).map(|&(_, kind)| kind)),
            context: entry.own.as_ref().and_then(|it| it.context),
            input_per_million: price.as_ref().map(|it| it.input),
            output_per_million: price.as_ref().and_then(|it| it.output),
            source: price.map(|it| it.source),
            nodes: nodes.get(&ix).map_or(0, |&(count, _)| count),
            disagreement: if entry.prices.is_empty() { None } else { disagreement(&quotes(view.catalogue(), ix, now)) },
        }
    };
    let mut rows: Vec<ModelRow> = view.vocabulary().models().map(row).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// Describes a credential; `uses` comes from [`View::uses`].
pub fn credential(view: &View, ix: Ix<Credential>, it: &Credential, uses: usize) -> CredentialRow {
    let lookup = view.lookup();
    let (last4, secret_fields) = match &it.secret {
        SecretRef::Sealed(sealed) => (sealed.last4.clone(), sealed.fields.clone()),
        SecretRef::Absent | SecretRef::External(_) => (None, Vec::new()),
    };
    let owner = view.catalogue().credentials().row(ix).map_or(OwnerIx::System, |row| row.owner);
    CredentialRow {
        id: it.id.to_string(),
        name: it.name.clone(),
        foreign_id: it.foreign_id.clone(),
        provider: it.provider.clone(),
        models: it.models.clone(),
        owner: OwnerRow::of(view, owner),
        usable_by: it.usable_by.iter().map(|by| words::usable_by_text(*by, &lookup)).collect(),
        environment: it.environment.clone(),
        state: it.state.word(),
        secret: secret_word(view, it),
        last4,
        fields: it.fields.clone(),
        secret_fields,
        not_before: it.not_before,
        expires_at: it.expires,
        created_at: it.id.made_at(),
        secret_since: it.secret.since(),
        last_verified: view.verified(ix).cloned(),
        uses,
        budget: it.budget,
        note: it.note.clone(),
    }
}

/// Says where a credential's secret is: `sealed`, `external`, `absent` or `unreadable`.
pub fn secret_word(view: &View, it: &Credential) -> &'static str {
    match &it.secret {
        SecretRef::Absent => "absent",
        SecretRef::External(_) => "external",
        SecretRef::Sealed(sealed) if view.catalogue().facts().unreadable.contains(&sealed.version) => "unreadable",
        SecretRef::Sealed(_) => "sealed",
    }
}

/// Returns the credential rows by name.
pub fn credentials(view: &View, now: Timestamp) -> Vec<CredentialRow> {
    let uses = view.uses(now);
    by_name(view.credentials().map(|(ix, it)| credential(view, ix, it, uses.of(ix))), |row| row.name.to_string())
}

/// Returns the pool rows by name. Members that are not seen are counted under a masked name.
pub fn pools(view: &View) -> Vec<PoolRow> {
    let row = |(ix, it): (Ix<crate::domain::credential::Pool>, &crate::domain::credential::Pool)| {
        let members = view.catalogue().pools().row(ix).map_or(&[][..], |row| &row.members);
        let member = |&(key, weight): &(_, u32)| MemberRow { key: view.credential_name(key).into_owned(), weight };
        PoolRow {
            id: it.id.to_string(),
            name: it.name.clone(),
            foreign_id: it.foreign_id.clone(),
            provider: it.provider.clone(),
            members: members.iter().map(member).collect(),
            note: it.note.clone(),
        }
    };
    by_name(view.pools().map(row), |row| row.name.to_string())
}

/// Returns the instance rows by name.
pub fn instances(view: &View) -> Vec<InstanceRow> {
    let lookup = view.lookup();
    let row = |(ix, it): (Ix<crate::domain::credential::Instance>, &crate::domain::credential::Instance)| {
        let key = view.catalogue().instances().row(ix).and_then(|row| row.key);
        InstanceRow {
            id: it.id.to_string(),
            name: it.name.clone(),
            foreign_id: it.foreign_id.clone(),
            provider: it.provider.clone(),
            model: it.model.clone(),
            kind: it.kind,
            parameters: it.parameters.clone(),
            key: key.map(|key| view.credential_name(key).into_owned()),
            owner: words::owner_text(it.owner, &lookup),
            note: it.note.clone(),
        }
    };
    by_name(view.instances().map(row), |row| row.name.to_string())
}

/// Returns the app rows by name.
pub fn apps(view: &View) -> Vec<AppRow> {
    let row = |(ix, it): (Ix<crate::domain::workflow::App>, &crate::domain::workflow::App)| {
        let dense = view.catalogue().apps().row(ix);
        AppRow {
            id: it.id.to_string(),
            name: it.name.clone(),
            foreign_id: it.foreign_id.clone(),
            department: dense.and_then(|row| row.department).map(|ix| view.department_name(ix).into_owned()),
            owner: dense.and_then(|row| row.owner).map(|owner| OwnerRow::of(view, owner)),
            budget: it.budget,
            note: it.note.clone(),
        }
    };
    by_name(view.apps().map(row), |row| row.name.to_string())
}

/// Describes a workflow.
pub fn workflow(view: &View, ix: Ix<Workflow>, it: &Workflow) -> WorkflowRow {
    let app = view.catalogue().workflows().row(ix).and_then(|row| row.app);
    WorkflowRow {
        id: it.id.to_string(),
        name: it.name.clone(),
        foreign_id: it.foreign_id.clone(),
        app: app.and_then(|ix| view.app(ix)).map(|app| app.name.to_string()),
        department: view.department_of(ix).map(|ix| view.department_name(ix).into_owned()),
        owner: view.owner_of(ix).map(|owner| OwnerRow::of(view, owner)),
        environment: it.environment.clone(),
        draft: it.draft,
        owner_policy: it.owner_policy.map(crate::domain::people::OwnerPolicy::word),
        force: it.force.word(),
        budget: it.budget,
        note: it.note.clone(),
    }
}

/// Returns the workflow rows by name.
pub fn workflows(view: &View) -> Vec<WorkflowRow> {
    by_name(view.workflows().map(|(ix, it)| workflow(view, ix, it)), |row| row.name.to_string())
}

/// Describes a node of a seen workflow.
pub fn node(view: &View, ix: Ix<Node>, it: &Node) -> NodeRow {
    let model = view.model_of(ix);
    let workflow = view.workflow_of(ix).and_then(|ix| view.workflow(ix));
    let key = view.catalogue().nodes().row(ix).and_then(|row| row.key);
    NodeRow {
        id: it.id.to_string(),
        name: it.name.clone(),
        foreign_id: it.foreign_id.clone(),
        workflow: workflow.map_or_else(|| "?".into(), |workflow| workflow.name.clone()),
        workflow_id: it.workflow.to_string(),
        title: it.label().clone(),
        node_type: it.node_type.clone(),
        provider: model.map(|(provider, _)| view.provider_slug(provider).clone()),
        model: model.map(|(_, model)| view.model_name(model).into()),
        kind: it.kind,
        instance: match &it.uses {
            Uses::Instance(id) => Some(view.lookup().name_of(view.catalogue().instances(), *id)),
            Uses::Model { .. } => None,
        },
        key: key.map(|key| view.credential_name(key).into_owned()),
        variable: it.variable.as_ref().map(ToString::to_string),
        runs: it.runs,
        note: it.note.clone(),
    }
}

/// Returns the node rows by workflow and name.
pub fn nodes(view: &View) -> Vec<NodeRow> {
    by_name(view.nodes().map(|(ix, it)| node(view, ix, it)), |row| (row.workflow.to_string(), row.name.to_string()))
}

/// Returns the department rows by name.
pub fn departments(view: &View) -> Vec<DepartmentRow> {
    let row = |(ix, it): (Ix<crate::domain::people::Department>, &crate::domain::people::Department)| {
        let parent = view.catalogue().departments().row(ix).and_then(|row| row.parent);
        DepartmentRow {
            id: it.id.to_string(),
            name: it.name.clone(),
            foreign_id: it.foreign_id.clone(),
            parent: parent.map(|ix| view.department_name(ix).into_owned()),
            cost_centre: it.cost_centre.clone(),
            budget: it.budget,
            owner_policy: it.owner_policy.map(crate::domain::people::OwnerPolicy::word),
            note: it.note.clone(),
        }
    };
    by_name(view.departments().map(row), |row| row.name.to_string())
}

/// Returns the operator rows by login.
pub fn operators(view: &View) -> Vec<OperatorRow> {
    let lookup = view.lookup();
    let row = |(_, it): (_, &crate::domain::people::Operator)| OperatorRow {
        id: it.id.to_string(),
        name: it.login.clone(),
        foreign_id: it.foreign_id.clone(),
        login: it.login.clone(),
        email: it.email.clone(),
        roles: it.grants.iter().filter_map(|grant| form::people::role_text(*grant, &lookup)).collect(),
        ssh_keys: it.ssh_keys.len(),
        fingerprints: it.ssh_keys.iter().map(|key| fingerprint(key)).collect(),
        service: it.service,
        note: it.note.clone(),
    };
    by_name(view.operators().map(row), |row| row.login.to_string())
}

/// Returns how a public key is recognised; one that is none by its own words.
fn fingerprint(key: &str) -> String {
    form::ssh_key::PublicKey::parse(key).map_or_else(|error| error.to_string(), |key| key.fingerprint())
}

/// Describes a rule; what its target names is masked where it may not be seen.
pub fn assignment(view: &View, ix: Ix<Assignment>, it: &Assignment) -> AssignmentRow {
    use crate::domain::{assignment::Target, catalogue::row::TargetIx, catalogue::row::ValueIx};
    let lookup: Lookup<'_> = view.lookup();
    let dense = view.catalogue().assignments().row(ix);
    let value = |target: ValueIx| match target {
        ValueIx::Key(ix) => format!("key/{}", view.credential_name(ix)),
        ValueIx::Pool(ix) => format!("pool/{}", view.pool_name(ix)),
        ValueIx::Deny => "deny".to_owned(),
    };
    let (target, values) = match dense.map(|row| &row.target) {
        Some(TargetIx::Key(ix)) => (value(ValueIx::Key(*ix)), BTreeMap::new()),
        Some(TargetIx::Pool(ix)) => (value(ValueIx::Pool(*ix)), BTreeMap::new()),
        Some(TargetIx::Variable { values, .. }) => {
            let table = values.iter().map(|(text, target)| (text.clone(), value(*target))).collect();
            (words::target_text(&it.target, &lookup), table)
        }
        Some(TargetIx::Deny) | None => ("deny".to_owned(), BTreeMap::new()),
    };
    let scope = words::scope_text(it.scope, &lookup);
    let origin = view.origin(ix);
    AssignmentRow {
        id: it.id.to_string(),
        name: format!("{scope} {}", it.provider),
        foreign_id: it.foreign_id.clone(),
        scope,
        provider: it.provider.clone(),
        model: it.model.clone(),
        kind: it.kind,
        environment: it.environment.clone(),
        target,
        values,
        by_name: matches!(it.target, Target::Variable { by_name: true, .. }),
        strength: it.strength.word(),
        from: it.from,
        until: it.until,
        note: it.note.clone(),
        revision: origin.map(|origin| origin.revision),
        author: origin.map(|origin| origin.author.clone()),
    }
}

/// Returns the rule rows by scope and provider.
pub fn assignments(view: &View) -> Vec<AssignmentRow> {
    let key = |row: &AssignmentRow| (row.scope.clone(), row.provider.clone(), row.model.clone(), row.from);
    by_name(view.assignments().map(|(ix, it)| assignment(view, ix, it)), key)
}

fn by_name<R, K: Ord>(rows: impl Iterator<Item = R>, key: impl Fn(&R) -> K) -> Vec<R> {
    let mut rows: Vec<R> = rows.collect();
    rows.sort_by_cached_key(key);
    rows
}
