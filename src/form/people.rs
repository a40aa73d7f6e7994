//! The fields of workspaces, departments and operators.

use super::{
    Choice, FLAGS, Field, FormError, NAME, NOTE, POLICIES, free, label,
    lookup::Lookup,
    named, shown,
    ssh_key::PublicKey,
    words::{self, flag, list, word},
};
use crate::domain::{
    id::Id,
    people::{Department, Grant, GrantScope, Operator, OwnerPolicy, Role, Workspace},
    record::Kind,
};

pub(super) const WORKSPACE: &[Field] = &[
    NAME,
    Field::optional("allow_request_overrides", "whether a caller may name a key for one run", FLAGS),
    Field::optional("owner_policy", "whose keys its workflows may use", Choice::Words(POLICIES)),
    Field::optional("approval", "whether a second person approves every change set", FLAGS),
    NOTE,
];

pub(super) const DEPARTMENT: &[Field] = &[
    NAME,
    Field::optional("parent", "the department above it", Choice::Name(Kind::Department)),
    Field::optional("cost_centre", "where its costs are booked", Choice::Text),
    Field::optional("owner_policy", "whose keys its workflows may use; empty: as above it", Choice::Words(POLICIES)),
    Field::optional("budget", "what it may spend in a month", Choice::Budget),
    NOTE,
];

pub(super) const OPERATOR: &[Field] = &[
    Field::required("login", "the name to log in with", Choice::Text),
    Field::optional("email", "where to write to", Choice::Text),
    Field::optional("roles", "ROLE or ROLE@DEPARTMENT, with commas between them", Choice::List),
    Field::optional("ssh_keys", "public keys as in authorized_keys, with commas between them", Choice::List),
    Field::optional("service", "whether it is a program rather than a person", FLAGS),
    NOTE,
];

pub(super) fn blank_workspace(id: Id<Workspace>) -> Workspace {
    Workspace {
        id,
        name: "".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    }
}

pub(super) fn blank_department(id: Id<Department>) -> Department {
    Department {
        id,
        name: "".into(),
        parent: None,
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn blank_operator(id: Id<Operator>) -> Operator {
    Operator {
        id,
        login: "".into(),
        email: None,
        grants: Vec::new(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn get_workspace(it: &Workspace, field: &str) -> String {
    match field {
        "name" => it.name.to_string(),
        "allow_request_overrides" => it.allow_request_overrides.to_string(),
        "owner_policy" => it.owner_policy.word().to_owned(),
        "approval" => it.approval.to_string(),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_workspace(it: &mut Workspace, field: &'static str, text: &str) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "allow_request_overrides" => it.allow_request_overrides = flag(field, text)?,
        "owner_policy" => it.owner_policy = word(field, text, POLICIES, OwnerPolicy::from_word)?,
        "approval" => it.approval = flag(field, text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

pub(super) fn get_department(it: &Department, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "name" => it.name.to_string(),
        "parent" => shown(it.parent.map(|id| lookup.name_of(lookup.catalogue().departments(), id))),
        "cost_centre" => shown(it.cost_centre.as_ref()),
        "owner_policy" => shown(it.owner_policy.map(OwnerPolicy::word)),
        "budget" => words::budget_text(it.budget),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_department(
    it: &mut Department,
    field: &'static str,
    text: &str,
    lookup: &Lookup<'_>,
) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "parent" => it.parent = if text.is_empty() { None } else { Some(lookup.department(text)?) },
        "cost_centre" => it.cost_centre = label(text)?,
        "owner_policy" => {
            it.owner_policy =
                if text.is_empty() { None } else { Some(word(field, text, POLICIES, OwnerPolicy::from_word)?) };
        }
        "budget" => it.budget = words::budget(text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

pub(super) fn get_operator(it: &Operator, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "login" => it.login.to_string(),
        "email" => shown(it.email.as_ref()),
        "roles" => it.grants.iter().filter_map(|grant| role_text(*grant, lookup)).collect::<Vec<_>>().join(", "),
        "ssh_keys" => it.ssh_keys.join(", "),
        "service" => it.service.to_string(),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_operator(
    it: &mut Operator,
    field: &'static str,
    text: &str,
    lookup: &Lookup<'_>,
) -> Result<(), FormError> {
    match field {
        "login" => it.login = named(text)?,
        "email" => it.email = label(text)?,
        "roles" => {
            let here = list(text).map(|role| read_role(role, lookup)).collect::<Result<Vec<_>, _>>()?;
            it.grants.retain(|grant| role_text(*grant, lookup).is_none());
            it.grants.extend(here);
        }
        "ssh_keys" => {
            let read = |key: &str| PublicKey::parse(key).map(|key| key.to_string().into());
            it.ssh_keys =
                list(text).map(read).collect::<Result<_, _>>().map_err(|error| FormError::value(field, error))?;
        }
        "service" => it.service = flag(field, text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Reads `ROLE`, which holds in the whole workspace (`keeper`: in the database), or `ROLE@DEPARTMENT`.
pub fn read_role(text: &str, lookup: &Lookup<'_>) -> Result<Grant, FormError> {
    let (role, department) = text.split_once('@').map_or((text, None), |(role, name)| (role, Some(name)));
    let role = word("roles", role, &Role::ALL.map(Role::word), Role::from_word)?;
    let on = match department {
        Some(_) if role == Role::Keeper => {
            return Err(FormError::value("roles", "keeper is granted on the database as a whole, not on a department"));
        }
        Some(name) => GrantScope::Department(lookup.department(name)?),
        None if role == Role::Keeper => GrantScope::Database,
        None => GrantScope::Workspace(lookup.catalogue().workspace().id),
    };
    Ok(Grant { role, on })
}

/// Writes a grant; `None` for one that belongs to another workspace.
pub fn role_text(grant: Grant, lookup: &Lookup<'_>) -> Option<String> {
    let catalogue = lookup.catalogue();
    match grant.on {
        GrantScope::Database => Some(grant.role.word().to_owned()),
        GrantScope::Workspace(id) => (id == catalogue.workspace().id).then(|| grant.role.word().to_owned()),
        GrantScope::Department(id) => {
            let name = &catalogue.departments().by_id(id)?.name;
            Some(format!("{}@{name}", grant.role.word()))
        }
    }
}
