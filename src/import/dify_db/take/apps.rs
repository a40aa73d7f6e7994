//! Apps: each with its workflow, and with its draft as another one where that calls other models.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Take;
use crate::{
    domain::{
        Text,
        catalogue::Ix,
        id::Id,
        name,
        people::Department,
        provider::ModelKind,
        workflow::{App, Force, Ownership, Workflow},
    },
    import::{
        dify_db::{
            graph::{self, Graph},
            spent::PLAIN_MODES,
        },
        dify_dsl::{self, Export, ModelUse},
        row::Row,
    },
};

/// The modes that are no apps of people's: what Dify keeps for itself.
const INTERNAL: [&str; 2] = ["channel", "rag-pipeline"];

/// What became of an app.
#[derive(Default)]
pub(super) struct Taken {
    /// Its workflow.
    pub workflow: Option<Id<Workflow>>,
    /// Its draft, where that is a workflow of its own: the row's id, and the workflow.
    pub draft: Option<(String, Id<Workflow>)>,
    /// What its nodes call, by workflow and Dify's id of the node.
    pub nodes: HashMap<(Id<Workflow>, Text), Called>,
    /// Its nodes that are tools, and whether the tool is a workflow.
    pub tools: HashMap<String, bool>,
}

/// What a node calls.
#[derive(Clone)]
pub(super) struct Called {
    /// The node's name here.
    pub name: Text,
    /// The canonical provider.
    pub provider: Text,
    /// The model.
    pub model: Text,
    /// Its kind.
    pub kind: ModelKind,
}

/// An app as it was read.
struct Found<'a> {
    row: &'a Row,
    /// What runs: what is published, else the draft.
    main: Option<Graph>,
    /// The draft beside it, with its row's id.
    draft: Option<(String, Graph)>,
}

impl<'a> Take<'a> {
    pub(super) fn apps(&mut self) {
        let found = self.find_apps();
        self.adopt(&found);
        let departments = self.departments();
        for app in &found {
            self.app(app, &departments);
        }
        let met: BTreeSet<String> = found.iter().map(|app| title(app.row)).collect();
        for (line, app) in self.taking.placements.unmet(|app| met.contains(app)) {
            let sentence = format!("line {line}: no app of this import is called \"{app}\"");
            self.taking.report.warn("--map", sentence);
        }
    }

    /// Reads the graphs of every app. One that can't be read is told, and its app is taken without nodes.
    fn find_apps(&mut self) -> Vec<Found<'a>> {
        let tenant = self.tenant;
        let workflows: HashMap<&str, &Row> = tenant.workflows.iter().map(|row| (row.get("id"), row)).collect();
        let drafts: HashMap<&str, &Row> = tenant
            .workflows
            .iter()
            .filter(|row| row.get("version") == "draft")
            .map(|row| (row.get("app_id"), row))
            .collect();
        let configs: HashMap<&str, &Row> = tenant.configs.iter().map(|row| (row.get("id"), row)).collect();
        let mut found = Vec::new();
        for row in &tenant.apps {
            let mode = row.get("mode");
            if INTERNAL.contains(&mode) {
                continue;
            }
            if PLAIN_MODES.contains(&mode) {
                let config = configs.get(row.get("app_model_config_id")).copied();
                let main = self.read(row, config, graph::of_config);
                found.push(Found { row, main, draft: None });
                continue;
            }
            let draft_row = drafts.get(row.get("id")).copied();
            let published = workflows.get(row.get("workflow_id")).copied();
            let main = self.read(row, published.or(draft_row), graph::of_workflow);
            let draft = match (published, draft_row) {
                (Some(_), Some(draft)) => {
                    self.read(row, Some(draft), graph::of_workflow).map(|graph| (draft.get("id").to_owned(), graph))
                }
                _ => None,
            };
            found.push(Found { row, main, draft });
        }
        found
    }

    fn read(
        &mut self,
        app: &Row,
        row: Option<&Row>,
        read: fn(&Row, &Row, &graph::Surroundings) -> Result<Graph, String>,
    ) -> Option<Graph> {
        let what = || format!("what app \"{}\" calls", title(app));
        let Some(row) = row else {
            self.skip(what(), "it has no workflow and no configuration there");
            return None;
        };
        match read(app, row, &self.around) {
            Ok(graph) => Some(graph),
            Err(problem) => {
                self.skip(what(), problem);
                None
            }
        }
    }

    /// Recognises the apps that came from export files before.
    fn adopt(&mut self, found: &[Found<'_>]) {
        let catalogue = self.taking.catalogue;
        let is_new = |app: &&Found<'_>| {
            self.taking.known::<Workflow>(&self.taking.foreign("workflow", app.row.get("id"))).is_none()
        };
        let new: Vec<(&Found<'_>, &Export)> = found
            .iter()
            .filter(is_new)
            .filter_map(|app| {
                // An export is made of the draft.
                let graph = app.draft.as_ref().map(|(_, graph)| graph).or(app.main.as_ref())?;
                Some((app, &graph.export))
            })
            .collect();
        let exports: Vec<&Export> = new.iter().map(|(_, export)| *export).collect();
        let known: Vec<Option<Ix<Workflow>>> = dify_dsl::came_from_file(catalogue, &exports);
        for ((app, _), ix) in new.iter().zip(known) {
            let Some(workflow) = ix.and_then(|ix| catalogue.workflows().get(ix)) else { continue };
            let id = app.row.get("id");
            self.taking.adopt(&self.taking.foreign("workflow", id), workflow.clone());
            let its_app = workflow.app.and_then(|app| catalogue.apps().by_id(app));
            if let Some(its_app) =
                its_app.filter(|it| it.foreign_id.as_ref().is_some_and(|id| id.starts_with("dify:app:")))
            {
                self.taking.adopt(&self.taking.foreign("app", id), its_app.clone());
            }
        }
    }

    /// Returns the department of each app, by the app's id: of several tags the one that was named first.
    fn departments(&mut self) -> HashMap<&'a str, Id<Department>> {
        let tenant = self.tenant;
        let mut tags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for row in &tenant.tags {
            let wanted = self.wanted.is_none_or(|wanted| wanted.iter().any(|tag| tag == row.get("name")));
            if wanted {
                tags.entry(row.get("app")).or_default().push(row.get("name"));
            }
        }
        let met: BTreeSet<&str> = tenant.tags.iter().map(|row| row.get("name")).collect();
        for tag in self.wanted.unwrap_or_default().iter().filter(|tag| !tag.is_empty() && !met.contains(tag.as_str())) {
            self.taking.report.warn("--department-tags", format!("no app has the tag \"{tag}\""));
        }
        let mut departments = HashMap::new();
        for row in &tenant.apps {
            let Some(of_app) = tags.get(row.get("id")) else { continue };
            let ranked = |wanted: &'a [String]| wanted.iter().find(|tag| of_app.contains(&tag.as_str()));
            let chosen = match (self.wanted.and_then(ranked), of_app.as_slice()) {
                (Some(tag), _) => tag.as_str(),
                (None, [tag]) => *tag,
                (None, several) => {
                    let several = several.join(", ");
                    let what = format!("the department of app \"{}\"", title(row));
                    self.skip(what, format!("it has the tags {several}; choose with --department-tags or --map"));
                    continue;
                }
            };
            let id = self.taking.department(chosen);
            departments.insert(row.get("id"), id);
        }
        departments
    }

    fn app(&mut self, app: &Found<'a>, departments: &HashMap<&str, Id<Department>>) {
        let (row, title) = (app.row, title(app.row));
        let (department, owner) = (departments.get(row.get("id")).copied(), self.owner(row));
        let placement = self.taking.placements.of(&title);
        let foreign = self.taking.foreign("app", row.get("id"));
        let say = |id, foreign_id| App {
            id,
            name: title.as_str().into(),
            department,
            owner,
            budget: None,
            note: None,
            foreign_id: Some(foreign_id),
        };
        let fill = |it: &mut App| {
            it.department = it.department.or(placement.department);
            it.owner = it.owner.or(placement.owner);
        };
        let Some(id) = self.taking.sync(&foreign, say, fill) else { return };
        let mut taken = Taken::default();
        if let Some(graph) = &app.main {
            taken.workflow = self.workflow("workflow", row, id, false, graph, &mut taken);
            taken.tools.clone_from(&graph.tools);
            for gap in &graph.export.gaps {
                self.taking.report.skip(&format!("app \"{title}\""), &gap.what, gap.reason_there());
            }
            self.tell_variables(&title, graph);
        }
        if let Some((draft_id, draft)) = &app.draft {
            taken.tools.extend(draft.tools.clone());
            let foreign = self.taking.foreign("draft", row.get("id"));
            let differs = app.main.as_ref().is_none_or(|main| calls(&main.export) != calls(&draft.export));
            if differs || self.taking.known::<Workflow>(&foreign).is_some() {
                let made = self.workflow("draft", row, id, true, draft, &mut taken);
                taken.draft = made.map(|made| (draft_id.clone(), made));
            }
        }
        self.apps.insert(row.get("id"), taken);
    }

    /// Takes a workflow with its nodes.
    fn workflow(
        &mut self,
        kind: &str,
        row: &Row,
        app: Id<App>,
        draft: bool,
        graph: &Graph,
        taken: &mut Taken,
    ) -> Option<Id<Workflow>> {
        let title = title(row);
        let environment = self.taking.placements.of(&title).environment;
        let foreign = self.taking.foreign(kind, row.get("id"));
        let name = if draft { name::clean(&format!("{title} (draft)"), "draft") } else { title };
        let say = |id, foreign_id| Workflow {
            id,
            name: name.into(),
            app: Some(app),
            department: None,
            owner: Ownership::Inherited,
            environment: None,
            owner_policy: None,
            force: Force::Advisory,
            draft,
            budget: None,
            note: None,
            foreign_id: Some(foreign_id),
        };
        let fill = |it: &mut Workflow| it.environment = it.environment.take().or(environment);
        let id = self.taking.sync(&foreign, say, fill)?;
        self.nodes(&foreign, id, &graph.export, taken);
        Some(id)
    }

    /// Names the variables of an app: rules and nodes may choose by them.
    fn tell_variables(&mut self, title: &str, graph: &Graph) {
        for exposed in graph.export.variables.iter().filter(|it| it.exposed) {
            let selector = &exposed.selector;
            self.warn(format!("app \"{title}\" holds the secret {selector} in the clear; replace it where it is used"));
        }
        if !graph.variables.is_empty() {
            let names: Vec<&str> = graph.variables.iter().map(|it| &**it).collect();
            self.warn(format!(
                "app \"{title}\" has the variables {}; their values were not taken, and rules may choose a key by them",
                names.join(", ")
            ));
        }
    }
}

/// Returns what an app is called.
fn title(app: &Row) -> String {
    name::clean(app.get("name"), "untitled app")
}

/// Returns what a graph calls, and where.
fn calls(export: &Export) -> BTreeSet<(&Text, &Text, &Text, &Text, ModelKind)> {
    export.uses.iter().map(|it: &ModelUse| (&it.node, &it.place, &it.provider, &it.model, it.kind)).collect()
}
