//! The fields of apps, workflows and nodes.

use super::{
    Choice, FLAGS, Field, FormError, KINDS, NAME, NOTE, POLICIES, free, label,
    lookup::Lookup,
    named, shown,
    words::{self, flag, word},
};
use crate::domain::{
    id::Id,
    people::OwnerPolicy,
    provider::ModelKind,
    record::Kind,
    workflow::{App, Force, Node, Ownership, Uses, Workflow},
};

pub(super) const APP: &[Field] = &[
    NAME,
    Field::optional("department", "who pays for it", Choice::Name(Kind::Department)),
    Field::optional("owner", "who it belongs to", Choice::Owner),
    Field::optional("budget", "what its workflows may cost in a month", Choice::Budget),
    NOTE,
];

pub(super) const WORKFLOW: &[Field] = &[
    NAME,
    Field::optional("app", "the app it is part of", Choice::Name(Kind::App)),
    Field::optional("department", "who pays for it; empty: the app's", Choice::Name(Kind::Department)),
    Field::optional("owner", "who it belongs to; empty: the app's; none: nobody", Choice::Owner),
    Field::optional("environment", "where it runs", Choice::Environment),
    Field::optional("owner_policy", "whose keys it may use; empty: its department's", Choice::Words(POLICIES)),
    Field::optional("force", "whether our answer binds it", Choice::Words(&["advisory", "enforced"])),
    Field::optional("draft", "whether it is another's unpublished state", FLAGS),
    Field::optional("budget", "what it may cost in a month", Choice::Budget),
    NOTE,
];

pub(super) const NODE: &[Field] = &[
    Field::required("workflow", "the workflow it is part of", Choice::Name(Kind::Workflow)),
    Field::required("name", "its name, unique in the workflow", Choice::Text),
    Field::optional("title", "what people read", Choice::Text),
    Field::optional("type", "what the source calls its type", Choice::Text),
    Field::optional("kind", "what kind of model it calls", KINDS),
    Field::optional("provider", "whose model it calls", Choice::Provider),
    Field::optional("model", "the model that it calls", Choice::Model),
    Field::optional(
        "instance",
        "the instance that it calls, instead of provider and model",
        Choice::Name(Kind::Instance),
    ),
    Field::optional("key", "the key fixed on it", Choice::Name(Kind::Credential)),
    Field::optional("variable", "the variable whose value names its key", Choice::Text),
    Field::optional("runs", "how often it runs for one request", Choice::Number),
    NOTE,
];

pub(super) fn blank_app(id: Id<App>) -> App {
    App { id, name: "".into(), department: None, owner: None, budget: None, note: None, foreign_id: None }
}

pub(super) fn blank_workflow(id: Id<Workflow>) -> Workflow {
    Workflow {
        id,
        name: "".into(),
        app: None,
        department: None,
        owner: Ownership::Inherited,
        environment: None,
        owner_policy: None,
        force: Force::Advisory,
        draft: false,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn blank_node(id: Id<Node>) -> Node {
    Node {
        id,
        workflow: Id::new(uuid::Uuid::nil()),
        name: "".into(),
        title: None,
        node_type: None,
        kind: ModelKind::Llm,
        uses: Uses::Model { provider: "".into(), model: "".into() },
        key: None,
        variable: None,
        runs: 1,
        note: None,
        foreign_id: None,
    }
}

pub(super) fn get_app(it: &App, field: &str, lookup: &Lookup<'_>) -> String {
    match field {
        "name" => it.name.to_string(),
        "department" => shown(it.department.map(|id| lookup.name_of(lookup.catalogue().departments(), id))),
        "owner" => shown(it.owner.map(|owner| words::owner_text(owner, lookup))),
        "budget" => words::budget_text(it.budget),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_app(it: &mut App, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    match field {
        "name" => it.name = named(text)?,
        "department" => it.department = if text.is_empty() { None } else { Some(lookup.department(text)?) },
        "owner" => it.owner = if text.is_empty() { None } else { Some(words::owner(field, text, lookup)?) },
        "budget" => it.budget = words::budget(text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

pub(super) fn get_workflow(it: &Workflow, field: &str, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match field {
        "name" => it.name.to_string(),
        "app" => shown(it.app.map(|id| lookup.name_of(catalogue.apps(), id))),
        "department" => shown(it.department.map(|id| lookup.name_of(catalogue.departments(), id))),
        "owner" => ownership_text(it.owner, lookup),
        "environment" => shown(it.environment.as_ref()),
        "owner_policy" => shown(it.owner_policy.map(OwnerPolicy::word)),
        "force" => it.force.word().to_owned(),
        "draft" => it.draft.to_string(),
        "budget" => words::budget_text(it.budget),
        "note" => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

/// Writes who a workflow belongs to: empty for its app's owner, `none` for nobody.
pub fn ownership_text(owner: Ownership, lookup: &Lookup<'_>) -> String {
    match owner {
        Ownership::Inherited => String::new(),
        Ownership::Nobody => "none".to_owned(),
        Ownership::Named(owner) => words::owner_text(owner, lookup),
    }
}

/// Reads who a workflow belongs to.
pub fn ownership(text: &str, lookup: &Lookup<'_>) -> Result<Ownership, FormError> {
    match text {
        "" => Ok(Ownership::Inherited),
        "none" => Ok(Ownership::Nobody),
        _ => words::owner("owner", text, lookup).map(Ownership::Named),
    }
}

pub(super) fn set_workflow(
    it: &mut Workflow,
    field: &'static str,
    text: &str,
    lookup: &Lookup<'_>,
) -> Result<(), FormError> {
    let some = !text.is_empty();
    match field {
        "name" => it.name = named(text)?,
        "app" => it.app = if some { Some(lookup.app(text)?) } else { None },
        "department" => it.department = if some { Some(lookup.department(text)?) } else { None },
        "owner" => it.owner = ownership(text, lookup)?,
        "environment" => it.environment = label(text)?,
        "owner_policy" => {
            it.owner_policy = if some { Some(word(field, text, POLICIES, OwnerPolicy::from_word)?) } else { None };
        }
        "force" => it.force = word(field, text, &["advisory", "enforced"], Force::from_word)?,
        "draft" => it.draft = flag(field, text)?,
        "budget" => it.budget = words::budget(text)?,
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

pub(super) fn get_node(it: &Node, field: &str, lookup: &Lookup<'_>) -> String {
    let catalogue = lookup.catalogue();
    match (field, &it.uses) {
        ("workflow", _) if it.workflow.uuid().is_nil() => String::new(),
        ("workflow", _) => lookup.name_of(catalogue.workflows(), it.workflow),
        ("name", _) => it.name.to_string(),
        ("title", _) => shown(it.title.as_ref()),
        ("type", _) => shown(it.node_type.as_ref()),
        ("kind", _) => it.kind.word().to_owned(),
        ("provider", Uses::Model { provider, .. }) => provider.to_string(),
        ("model", Uses::Model { model, .. }) => model.to_string(),
        ("instance", Uses::Instance(id)) => lookup.name_of(catalogue.instances(), *id),
        ("key", _) => shown(it.key.map(|id| lookup.name_of(catalogue.credentials(), id))),
        ("variable", _) => shown(it.variable.as_ref()),
        ("runs", _) => it.runs.to_string(),
        ("note", _) => shown(it.note.as_ref()),
        _ => String::new(),
    }
}

pub(super) fn set_node(it: &mut Node, field: &'static str, text: &str, lookup: &Lookup<'_>) -> Result<(), FormError> {
    let some = !text.is_empty();
    match field {
        "workflow" => it.workflow = lookup.workflow(text)?,
        "name" => it.name = named(text)?,
        "title" => it.title = label(text)?,
        "type" => it.node_type = label(text)?,
        "kind" => it.kind = words::kind(text)?.unwrap_or_default(),
        "provider" => set_uses(it, Some(lookup.provider(text)), None),
        "model" => set_uses(it, None, Some(named(text)?)),
        "instance" if some => it.uses = Uses::Instance(lookup.instance(text)?),
        "instance" => {}
        "key" => it.key = if some { Some(lookup.credential(text)?) } else { None },
        "variable" => {
            it.variable = if some { Some(text.parse().map_err(|error| FormError::value(field, error))?) } else { None };
        }
        "runs" => it.runs = super::provider::number(field, text)?.unwrap_or(1),
        _ => it.note = free("note", text)?,
    }
    Ok(())
}

/// Sets provider or model; a node that named an instance no longer does.
fn set_uses(it: &mut Node, provider: Option<crate::domain::Text>, model: Option<crate::domain::Text>) {
    let (old_provider, old_model) = match &it.uses {
        Uses::Model { provider, model } => (provider.clone(), model.clone()),
        Uses::Instance(_) => ("".into(), "".into()),
    };
    it.uses = Uses::Model { provider: provider.unwrap_or(old_provider), model: model.unwrap_or(old_model) };
}
