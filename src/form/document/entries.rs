//! Entries to records: one function a kind, each of them pure.

use toml::value::Datetime;
use uuid::Uuid;

use super::{
    super::{credential as credential_form, provider as form},
    AppEntry, AssignmentEntry, CredentialEntry, DepartmentEntry, InstanceEntry, ModelEntry, NodeEntry, OperatorEntry,
    PoolEntry, PriceEntry, ProviderEntry, WorkflowEntry, WorkspaceEntry,
};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::{Assignment, Strength, Target},
        credential::{Credential, Instance, Member, Owner, Parameter, Pool, SecretRef, State},
        id::Id,
        people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role, Workspace},
        provider::{Model, Price, Provider, may_be_set},
        workflow::{App, Force, Node, Uses, Workflow},
    },
    form::{FormError, lookup::Lookup, named, words, workflow::ownership},
};

pub(super) type Read<T> = Result<T, FormError>;

fn text(value: Option<&String>) -> Option<Text> {
    value.filter(|text| !text.is_empty()).map(|text| text.as_str().into())
}

fn label(value: Option<&String>) -> Read<Option<Text>> {
    value.filter(|text| !text.is_empty()).map(|text| named(text)).transpose()
}

fn time(field: &'static str, value: Option<&Datetime>) -> Read<Option<Timestamp>> {
    value.map(ToString::to_string).map_or(Ok(None), |text| words::time(field, &text))
}

fn policy(value: Option<&String>) -> Read<Option<OwnerPolicy>> {
    let words = OwnerPolicy::ALL.map(OwnerPolicy::word);
    value.map(|text| words::word("owner_policy", text, &words, OwnerPolicy::from_word)).transpose()
}

fn owner(value: Option<&String>, lookup: &Lookup<'_>) -> Read<Option<Owner>> {
    value.map(|text| words::owner("owner", text, lookup)).transpose()
}

pub(super) fn workspace(it: &WorkspaceEntry, lookup: &Lookup<'_>) -> Read<Workspace> {
    Ok(Workspace {
        id: lookup.catalogue().workspace().id,
        name: named(&it.name)?,
        allow_request_overrides: it.allow_request_overrides,
        owner_policy: policy(it.owner_policy.as_ref())?.unwrap_or_default(),
        approval: it.approval,
        note: text(it.note.as_ref()),
    })
}

pub(super) fn department(it: &DepartmentEntry, id: Id<Department>, lookup: &Lookup<'_>) -> Read<Department> {
    Ok(Department {
        id,
        name: named(&it.name)?,
        parent: it.parent.as_ref().map(|name| lookup.department(name)).transpose()?,
        cost_centre: label(it.cost_centre.as_ref())?,
        owner_policy: policy(it.owner_policy.as_ref())?,
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn operator(it: &OperatorEntry, id: Id<Operator>, lookup: &Lookup<'_>) -> Read<Operator> {
    let catalogue = lookup.catalogue();
    let here = catalogue.workspace().id;
    let elsewhere =
        catalogue.operators().by_id(id).into_iter().flat_map(|before| &before.grants).filter(|grant| match grant.on {
            GrantScope::Database => false,
            GrantScope::Workspace(workspace) => workspace != here,
            GrantScope::Department(department) => catalogue.departments().by_id(department).is_none(),
        });
    let mut grants: Vec<Grant> = Vec::new();
    for entry in &it.roles {
        let on = match (&entry.department, entry.role) {
            (Some(_), Role::Keeper) => {
                return Err(FormError::value("roles", "keeper is granted on the database, not on a department"));
            }
            (Some(name), _) => GrantScope::Department(lookup.department(name)?),
            (None, Role::Keeper) => GrantScope::Database,
            (None, _) => GrantScope::Workspace(here),
        };
        grants.push(Grant { role: entry.role, on });
    }
    grants.extend(elsewhere.copied());
    Ok(Operator {
        id,
        login: named(&it.login)?,
        email: label(it.email.as_ref())?,
        grants,
        ssh_keys: it.ssh_keys.iter().map(|key| key.as_str().into()).collect(),
        service: it.service,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn provider_id(it: &ProviderEntry, lookup: &Lookup<'_>) -> Option<Uuid> {
    let vocabulary = lookup.catalogue().vocabulary();
    let entry = vocabulary.provider_entry(vocabulary.provider(&it.id)?)?;
    Some(entry.own.as_ref()?.id.uuid())
}

pub(super) fn provider(it: &ProviderEntry, id: Id<Provider>) -> Read<Provider> {
    let mut provider = form::blank_provider(id);
    form::set_provider(&mut provider, "id", &it.id)?;
    form::set_provider(&mut provider, "name", it.name.as_deref().unwrap_or_default())?;
    form::set_provider(&mut provider, "base_url", it.base_url.as_deref().unwrap_or_default())?;
    let unlawful = it.fields.iter().filter_map(|field| field.env.as_deref());
    if let Some(env) = unlawful.into_iter().find(|env| !may_be_set(env)) {
        return Err(FormError::value("fields", format!("\"{env}\" can't be the name of an environment variable")));
    }
    provider.fields.clone_from(&it.fields);
    provider.aliases = it.aliases.iter().map(|alias| alias.as_str().into()).collect();
    provider.note = text(it.note.as_ref());
    provider.foreign_id = text(it.foreign_id.as_ref());
    Ok(provider)
}

fn model_entry<'a>(
    provider: &str,
    name: &str,
    lookup: &Lookup<'a>,
) -> Option<&'a crate::domain::catalogue::ModelEntry> {
    let vocabulary = lookup.catalogue().vocabulary();
    let provider = vocabulary.provider(&lookup.provider(provider))?;
    vocabulary.model_entry(vocabulary.model(provider, name)?)
}

pub(super) fn model_id(it: &ModelEntry, lookup: &Lookup<'_>) -> Option<Uuid> {
    Some(model_entry(&it.provider, &it.name, lookup)?.own.as_ref()?.id.uuid())
}

pub(super) fn model(it: &ModelEntry, id: Id<Model>, lookup: &Lookup<'_>) -> Read<Model> {
    Ok(Model {
        id,
        provider: lookup.provider(&it.provider),
        name: named(&it.name)?,
        kind: it.kind,
        context: it.context,
        note: text(it.note.as_ref()),
    })
}

pub(super) fn price_id(it: &PriceEntry, lookup: &Lookup<'_>) -> Option<Uuid> {
    let from = time("from", it.from.as_ref()).ok()?;
    let prices = &model_entry(&it.provider, &it.model, lookup)?.prices;
    prices
        .iter()
        .find(|price| price.from == from && price.source.is_some() == it.source.is_some())
        .map(|price| price.id.uuid())
}

pub(super) fn price(it: &PriceEntry, id: Id<Price>, lookup: &Lookup<'_>) -> Read<Price> {
    Ok(Price {
        id,
        provider: lookup.provider(&it.provider),
        model: named(&it.model)?,
        input: it.input,
        output: it.output,
        from: time("from", it.from.as_ref())?,
        note: text(it.note.as_ref()),
        source: text(it.source.as_ref()),
    })
}

pub(super) fn credential(it: &CredentialEntry, id: Id<Credential>, lookup: &Lookup<'_>) -> Read<Credential> {
    let kept = lookup.catalogue().credentials().by_id(id).map(|before| before.secret.clone());
    let secret = match (&it.reference, kept) {
        (Some(text), _) => SecretRef::External(text.parse().map_err(|error| FormError::value("reference", error))?),
        (None, Some(sealed @ SecretRef::Sealed(_))) => sealed,
        (None, _) => SecretRef::Absent,
    };
    let state =
        it.state.as_ref().map(|text| words::word("state", text, &State::ALL.map(State::word), State::from_word));
    let mut credential = Credential {
        id,
        name: named(&it.name)?,
        provider: lookup.provider(&it.provider),
        owner: owner(it.owner.as_ref(), lookup)?.unwrap_or_default(),
        environment: label(it.environment.as_ref())?,
        models: it.models.as_ref().map(|models| models.iter().map(|model| named(model)).collect()).transpose()?,
        usable_by: it.usable_by.iter().map(|by| words::usable_by(by, lookup)).collect::<Read<_>>()?,
        fields: std::collections::BTreeMap::new(),
        state: state.transpose()?.unwrap_or_default(),
        not_before: time("not_before", it.not_before.as_ref())?,
        expires: time("expires", it.expires.as_ref())?,
        secret,
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    };
    for (name, value) in &it.fields {
        credential_form::refuse_secret_field(&credential, name, lookup)?;
        credential.fields.insert(name.as_str().into(), value.as_str().into());
    }
    Ok(credential)
}

pub(super) fn pool(it: &PoolEntry, id: Id<Pool>, lookup: &Lookup<'_>) -> Read<Pool> {
    let member = |member: &super::MemberEntry| -> Read<Member> {
        Ok(Member { key: lookup.credential(&member.key)?, weight: member.weight })
    };
    Ok(Pool {
        id,
        name: named(&it.name)?,
        provider: lookup.provider(&it.provider),
        members: it.members.iter().map(member).collect::<Read<_>>()?,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn instance(it: &InstanceEntry, id: Id<Instance>, lookup: &Lookup<'_>) -> Read<Instance> {
    let unspeakable = |value: &&Parameter| matches!(value, Parameter::Number(number) if !number.is_finite());
    if it.parameters.values().any(|value| unspeakable(&value)) {
        return Err(FormError::value("parameters", "a parameter can't be nan or inf"));
    }
    Ok(Instance {
        id,
        name: named(&it.name)?,
        provider: lookup.provider(&it.provider),
        model: named(&it.model)?,
        kind: it.kind,
        parameters: it.parameters.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect(),
        key: it.key.as_ref().map(|name| lookup.credential(name)).transpose()?,
        owner: owner(it.owner.as_ref(), lookup)?.unwrap_or_default(),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn app(it: &AppEntry, id: Id<App>, lookup: &Lookup<'_>) -> Read<App> {
    Ok(App {
        id,
        name: named(&it.name)?,
        department: it.department.as_ref().map(|name| lookup.department(name)).transpose()?,
        owner: owner(it.owner.as_ref(), lookup)?,
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn workflow(it: &WorkflowEntry, id: Id<Workflow>, lookup: &Lookup<'_>) -> Read<Workflow> {
    let force = it.force.as_ref();
    let force =
        force.map(|text| words::word("force", text, &["advisory", "enforced"], Force::from_word)).transpose()?;
    Ok(Workflow {
        id,
        name: named(&it.name)?,
        app: it.app.as_ref().map(|name| lookup.app(name)).transpose()?,
        department: it.department.as_ref().map(|name| lookup.department(name)).transpose()?,
        owner: ownership(it.owner.as_deref().unwrap_or_default(), lookup)?,
        environment: label(it.environment.as_ref())?,
        owner_policy: policy(it.owner_policy.as_ref())?,
        force: force.unwrap_or_default(),
        draft: it.draft,
        budget: it.budget,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn node(it: &NodeEntry, id: Id<Node>, workflow: Id<Workflow>, lookup: &Lookup<'_>) -> Read<Node> {
    let uses = match (&it.instance, &it.provider, &it.model) {
        (Some(name), None, None) => Uses::Instance(lookup.instance(name)?),
        (None, Some(provider), Some(model)) => {
            Uses::Model { provider: lookup.provider(provider), model: named(model)? }
        }
        _ => return Err(FormError::value("instance", "a node names either an instance or both provider and model")),
    };
    let variable = it.variable.as_ref().map(|text| text.parse().map_err(|error| FormError::value("variable", error)));
    Ok(Node {
        id,
        workflow,
        name: named(&it.name)?,
        title: label(it.title.as_ref())?,
        node_type: label(it.node_type.as_ref())?,
        kind: it.kind,
        uses,
        key: it.key.as_ref().map(|name| lookup.credential(name)).transpose()?,
        variable: variable.transpose()?,
        runs: it.runs.unwrap_or(1),
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}

pub(super) fn assignment(it: &AssignmentEntry, id: Id<Assignment>, lookup: &Lookup<'_>) -> Read<Assignment> {
    let mut target = words::target(&it.target, lookup)?;
    match &mut target {
        Target::Variable { values, by_name, .. } => {
            for (value, text) in &it.values {
                values.push((value.as_str().into(), words::value_target(text, lookup)?));
            }
            *by_name = it.by_name;
        }
        _ if it.values.is_empty() && !it.by_name => {}
        _ => return Err(FormError::value("values", "values and by_name go with the target variable/SELECTOR alone")),
    }
    let strength = it.strength.as_ref();
    let strength = strength.map(|text| words::word("strength", text, &["required", "preferred"], Strength::from_word));
    Ok(Assignment {
        id,
        scope: words::scope(&it.scope, lookup)?,
        provider: lookup.provider(&it.provider),
        model: label(it.model.as_ref())?,
        kind: it.kind,
        environment: label(it.environment.as_ref())?,
        target,
        strength: strength.transpose()?.unwrap_or_default(),
        from: time("from", it.from.as_ref())?,
        until: time("until", it.until.as_ref())?,
        note: text(it.note.as_ref()),
        foreign_id: text(it.foreign_id.as_ref()),
    })
}
