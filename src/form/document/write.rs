//! Catalogue to document.

use toml::value::Datetime;

use super::{
    AppEntry, AssignmentEntry, CredentialEntry, DepartmentEntry, Document, InstanceEntry, MemberEntry, ModelEntry,
    NodeEntry, OperatorEntry, PoolEntry, PriceEntry, ProviderEntry, RoleEntry, WorkflowEntry, WorkspaceEntry,
};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::{Assignment, Strength, Target},
        catalogue::{Ix, Noun, Table},
        credential::{Credential, Instance, Owner, Pool, SecretRef, State},
        id::Id,
        people::{Department, GrantScope, Operator, OwnerPolicy, Workspace},
        workflow::{App, Force, Node, Uses, Workflow},
    },
    form::{lookup::Lookup, words, workflow::ownership_text},
};

/// Describes everything in the catalogue, in an order that depends on names alone.
pub fn describe(lookup: &Lookup<'_>) -> Document {
    let catalogue = lookup.catalogue();
    let vocabulary = catalogue.vocabulary();
    let mut document = Document {
        workspace: Some(workspace(catalogue.workspace())),
        department: by_name(catalogue.departments(), |it| department(it, lookup)),
        operator: by_name(catalogue.operators(), |it| operator(it, lookup)),
        provider: vocabulary.own_providers().map(provider).collect(),
        model: vocabulary.own_models().map(model).collect(),
        price: vocabulary.own_prices().map(price).collect(),
        credential: by_name(catalogue.credentials(), |it| credential(it, lookup)),
        pool: by_name(catalogue.pools(), |it| pool(it, lookup)),
        instance: by_name(catalogue.instances(), |it| instance(it, lookup)),
        app: by_name(catalogue.apps(), |it| app(it, lookup)),
        workflow: workflows(lookup),
        assignment: catalogue.assignments().iter().map(|(_, it)| assignment(it, lookup)).collect(),
    };
    document.provider.sort_by(|a, b| a.id.cmp(&b.id));
    document.model.sort_by(|a, b| (&a.provider, &a.name).cmp(&(&b.provider, &b.name)));
    document.price.sort_by_key(|it| (it.provider.clone(), it.model.clone(), it.from.map(|from| from.to_string())));
    document.assignment.sort_by_cached_key(|it| {
        let window = (it.from.map(|from| from.to_string()), it.until.map(|until| until.to_string()));
        (it.scope.clone(), it.provider.clone(), it.model.clone(), it.kind, it.environment.clone(), window)
    });
    document
}

fn by_name<T: Noun, E>(table: &Table<T>, entry: impl Fn(&T) -> E) -> Vec<E> {
    let mut records: Vec<&T> = table.iter().map(|(_, record)| record).collect();
    records.sort_by(|a, b| a.key().cmp(&b.key()));
    records.into_iter().map(entry).collect()
}

fn text(value: Option<&Text>) -> Option<String> {
    value.map(ToString::to_string)
}

fn list(values: &[Text]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn name<T: Noun>(table: &Table<T>, id: Option<Id<T>>, lookup: &Lookup<'_>) -> Option<String> {
    id.map(|id| lookup.name_of(table, id))
}

fn time(instant: Option<Timestamp>) -> Option<Datetime> {
    instant.and_then(|instant| instant.to_string().parse().ok())
}

fn owner(owner: Owner, lookup: &Lookup<'_>) -> Option<String> {
    (owner != Owner::System).then(|| words::owner_text(owner, lookup))
}

fn policy(policy: OwnerPolicy) -> String {
    policy.word().to_owned()
}

fn workspace(it: &Workspace) -> WorkspaceEntry {
    WorkspaceEntry {
        name: it.name.to_string(),
        allow_request_overrides: it.allow_request_overrides,
        owner_policy: (it.owner_policy != OwnerPolicy::Any).then(|| policy(it.owner_policy)),
        approval: it.approval,
        note: text(it.note.as_ref()),
    }
}

fn department(it: &Department, lookup: &Lookup<'_>) -> DepartmentEntry {
    DepartmentEntry {
        name: it.name.to_string(),
        parent: name(lookup.catalogue().departments(), it.parent, lookup),
        cost_centre: text(it.cost_centre.as_ref()),
        owner_policy: it.owner_policy.map(policy),
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn operator(it: &Operator, lookup: &Lookup<'_>) -> OperatorEntry {
    let catalogue = lookup.catalogue();
    let roles = it.grants.iter().filter_map(|grant| match grant.on {
        GrantScope::Database => Some(RoleEntry { role: grant.role, department: None }),
        GrantScope::Workspace(id) => {
            (id == catalogue.workspace().id).then_some(RoleEntry { role: grant.role, department: None })
        }
        GrantScope::Department(id) => {
            let department = catalogue.departments().by_id(id)?.name.to_string();
            Some(RoleEntry { role: grant.role, department: Some(department) })
        }
    });
    OperatorEntry {
        login: it.login.to_string(),
        email: text(it.email.as_ref()),
        roles: roles.collect(),
        ssh_keys: list(&it.ssh_keys),
        service: it.service,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn provider(it: &crate::domain::provider::Provider) -> ProviderEntry {
    ProviderEntry {
        id: it.slug.to_string(),
        name: (it.name != it.slug).then(|| it.name.to_string()),
        base_url: text(it.base_url.as_ref()),
        fields: it.fields.clone(),
        aliases: list(&it.aliases),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn model(it: &crate::domain::provider::Model) -> ModelEntry {
    ModelEntry {
        provider: it.provider.to_string(),
        name: it.name.to_string(),
        kind: it.kind,
        context: it.context,
        note: text(it.note.as_ref()),
    }
}

fn price(it: &crate::domain::provider::Price) -> PriceEntry {
    PriceEntry {
        provider: it.provider.to_string(),
        model: it.model.to_string(),
        input: it.input,
        output: it.output,
        from: time(it.from),
        note: text(it.note.as_ref()),
        source: text(it.source.as_ref()),
    }
}

fn credential(it: &Credential, lookup: &Lookup<'_>) -> CredentialEntry {
    CredentialEntry {
        name: it.name.to_string(),
        provider: it.provider.to_string(),
        owner: owner(it.owner, lookup),
        environment: text(it.environment.as_ref()),
        models: it.models.as_deref().map(list),
        usable_by: it.usable_by.iter().map(|by| words::usable_by_text(*by, lookup)).collect(),
        fields: it.fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        note: text(it.note.as_ref()),
        state: (it.state != State::Active).then(|| it.state.word().to_owned()),
        not_before: time(it.not_before),
        expires: time(it.expires),
        reference: match &it.secret {
            SecretRef::External(reference) => Some(reference.to_string()),
            SecretRef::Absent | SecretRef::Sealed(_) => None,
        },
        budget: it.budget,
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn pool(it: &Pool, lookup: &Lookup<'_>) -> PoolEntry {
    let credentials = lookup.catalogue().credentials();
    let member = |member: &crate::domain::credential::Member| MemberEntry {
        key: lookup.name_of(credentials, member.key),
        weight: member.weight,
    };
    PoolEntry {
        name: it.name.to_string(),
        provider: it.provider.to_string(),
        members: it.members.iter().map(member).collect(),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn instance(it: &Instance, lookup: &Lookup<'_>) -> InstanceEntry {
    InstanceEntry {
        name: it.name.to_string(),
        provider: it.provider.to_string(),
        model: it.model.to_string(),
        kind: it.kind,
        parameters: it.parameters.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
        key: name(lookup.catalogue().credentials(), it.key, lookup),
        owner: owner(it.owner, lookup),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn app(it: &App, lookup: &Lookup<'_>) -> AppEntry {
    AppEntry {
        name: it.name.to_string(),
        department: name(lookup.catalogue().departments(), it.department, lookup),
        owner: it.owner.map(|owner| words::owner_text(owner, lookup)),
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn workflows(lookup: &Lookup<'_>) -> Vec<WorkflowEntry> {
    let table = lookup.catalogue().workflows();
    let mut sorted: Vec<(Ix<Workflow>, &Workflow)> = table.iter().collect();
    sorted.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
    sorted.into_iter().map(|(ix, it)| workflow(ix, it, lookup)).collect()
}

fn workflow(ix: Ix<Workflow>, it: &Workflow, lookup: &Lookup<'_>) -> WorkflowEntry {
    let catalogue = lookup.catalogue();
    let owner = ownership_text(it.owner, lookup);
    let nodes = catalogue.links().nodes_of_workflow.of(ix).iter().filter_map(|&node| catalogue.nodes().get(node));
    let mut nodes: Vec<NodeEntry> = nodes.map(|it| node(it, lookup)).collect();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    WorkflowEntry {
        name: it.name.to_string(),
        app: name(catalogue.apps(), it.app, lookup),
        department: name(catalogue.departments(), it.department, lookup),
        owner: (!owner.is_empty()).then_some(owner),
        environment: text(it.environment.as_ref()),
        owner_policy: it.owner_policy.map(policy),
        force: (it.force != Force::Advisory).then(|| it.force.word().to_owned()),
        draft: it.draft,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
        budget: it.budget,
        node: nodes,
    }
}

fn node(it: &Node, lookup: &Lookup<'_>) -> NodeEntry {
    let catalogue = lookup.catalogue();
    let (provider, model, instance) = match &it.uses {
        Uses::Model { provider, model } => (Some(provider.to_string()), Some(model.to_string()), None),
        Uses::Instance(id) => (None, None, Some(lookup.name_of(catalogue.instances(), *id))),
    };
    NodeEntry {
        name: it.name.to_string(),
        title: text(it.title.as_ref()),
        node_type: text(it.node_type.as_ref()),
        kind: it.kind,
        provider,
        model,
        instance,
        key: name(catalogue.credentials(), it.key, lookup),
        variable: it.variable.as_ref().map(ToString::to_string),
        runs: (it.runs != 1).then_some(it.runs),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}

fn assignment(it: &Assignment, lookup: &Lookup<'_>) -> AssignmentEntry {
    let (values, by_name) = match &it.target {
        Target::Variable { values, by_name, .. } => {
            let text = |(value, target): &(Text, _)| (value.to_string(), words::value_target_text(*target, lookup));
            (values.iter().map(text).collect(), *by_name)
        }
        Target::Key(_) | Target::Pool(_) | Target::Deny => Default::default(),
    };
    AssignmentEntry {
        scope: words::scope_text(it.scope, lookup),
        provider: it.provider.to_string(),
        model: text(it.model.as_ref()),
        kind: it.kind,
        environment: text(it.environment.as_ref()),
        target: words::target_text(&it.target, lookup),
        values,
        by_name,
        strength: (it.strength != Strength::Required).then(|| it.strength.word().to_owned()),
        from: time(it.from),
        until: time(it.until),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    }
}
