//! Who asks, as far as rules and credentials care: provider and model, owner, departments, environment, values.

use keydeck::{
    domain::{
        Text,
        credential::Owner,
        id::Id,
        people::{Department, OwnerPolicy},
        provider::ModelKind,
        workflow::{App, Node, Ownership, Selector, Uses, Workflow},
    },
    resolve::query::Environment,
};

use super::world::{Asker, Pair, Question, World};

/// Everything about the asking place that rules and credentials are compared with.
pub struct Situation<'w> {
    pub node: Option<&'w Node>,
    pub workflow: Option<Id<Workflow>>,
    pub app: Option<Id<App>>,
    /// The workflow's own owner, else its app's; none if it is nobody's.
    pub owner: Option<Owner>,
    /// The department that counts, then those above it, each once.
    pub path: Vec<Id<Department>>,
    pub policy: OwnerPolicy,
    pub environment: Option<Text>,
    /// None for a node whose instance is not there: no rule speaks for it, and no key is of its provider.
    pub provider: Option<Text>,
    pub model: Option<Text>,
    pub kind: ModelKind,
    question: &'w Question,
}

impl<'w> Situation<'w> {
    /// Looks at the place from which `question` is asked.
    pub fn of(world: &'w World, question: &'w Question) -> Self {
        let node = match &question.asker {
            Asker::Node(id) => world.nodes.iter().find(|node| node.id == *id),
            Asker::Workflow(..) | Asker::App(..) => None,
        };
        let workflow_id = match &question.asker {
            Asker::Node(_) => node.map(|node| node.workflow),
            Asker::Workflow(id, _) => Some(*id),
            Asker::App(..) => None,
        };
        let workflow = workflow_id.and_then(|id| world.workflows.iter().find(|workflow| workflow.id == id));
        let app_id = match &question.asker {
            Asker::App(id, _) => Some(*id),
            Asker::Node(_) | Asker::Workflow(..) => workflow.and_then(|workflow| workflow.app),
        };
        let app = app_id.and_then(|id| world.apps.iter().find(|app| app.id == id));

        let owner = match workflow.map_or(Ownership::Inherited, |workflow| workflow.owner) {
            Ownership::Named(owner) => Some(owner),
            Ownership::Nobody => None,
            Ownership::Inherited => app.and_then(|app| app.owner),
        };
        let own_department = workflow.and_then(|workflow| workflow.department);
        let path = path(world, own_department.or(app.and_then(|app| app.department)));
        let policy = workflow
            .and_then(|workflow| workflow.owner_policy)
            .or_else(|| path.iter().find_map(|id| department(world, *id)?.owner_policy))
            .unwrap_or(world.workspace.owner_policy);
        let environment = match &question.environment {
            Environment::Is(text) => Some(text.clone()),
            Environment::Workflow => workflow.and_then(|workflow| workflow.environment.clone()),
        };
        let (provider, model, kind) = match &question.asker {
            Asker::Workflow(_, Pair { provider, model, kind }) | Asker::App(_, Pair { provider, model, kind }) => {
                (Some(provider.clone()), model.clone(), *kind)
            }
            Asker::Node(_) => {
                let (provider, model) = node.and_then(|node| called(world, node)).unzip();
                (provider, model, node.map_or(ModelKind::Llm, |node| node.kind))
            }
        };
        Self {
            node,
            workflow: workflow_id,
            app: app_id,
            owner,
            path,
            policy,
            environment: environment.filter(|text| !text.is_empty()),
            provider,
            model,
            kind,
            question,
        }
    }

    /// Returns the value that the caller gave to a variable; the empty text is one.
    pub fn value_of(&self, selector: &Selector) -> Option<&'w str> {
        self.question.variables.get(selector.as_str()).map(String::as_str)
    }
}

/// Returns the provider and model that a node calls; `None` if its instance is not there.
fn called(world: &World, node: &Node) -> Option<(Text, Text)> {
    match &node.uses {
        Uses::Model { provider, model } => Some((provider.clone(), model.clone())),
        Uses::Instance(id) => {
            let instance = world.instances.iter().find(|instance| instance.id == *id)?;
            Some((instance.provider.clone(), instance.model.clone()))
        }
    }
}

fn department(world: &World, id: Id<Department>) -> Option<&Department> {
    world.departments.iter().find(|department| department.id == id)
}

/// Returns a department and those above it, nearest first. A cycle ends the path.
pub fn path(world: &World, from: Option<Id<Department>>) -> Vec<Id<Department>> {
    let mut path = Vec::new();
    let mut next = from;
    while let Some(id) = next.filter(|id| !path.contains(id)) {
        path.push(id);
        next = department(world, id).and_then(|department| department.parent);
    }
    path
}
