//! Merging: from exports to the changes that make a catalogue say what they say, and nothing else.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    Export,
    export::{CONFIG, FEATURES},
    recognise::{self, Recognised, dify_id},
    uses::ModelUse,
};
use crate::{
    domain::{
        Text,
        catalogue::{Catalogue, Ix, ProviderEntry},
        change::Change,
        id::Id,
        name,
        record::{Kind, Record},
        workflow::{App, Force, Node, Ownership, Uses, Workflow},
    },
    import::{map::Placements, report::Report},
};

/// Returns the changes that bring `exports` into `catalogue`, in an order in which they can be written, and what there
/// is to tell. A second call on the catalogue after the changes returns none. `new_id` makes ids that are nowhere else.
pub fn merge(
    catalogue: &Catalogue,
    exports: &[Export],
    placements: &Placements,
    new_id: &mut dyn FnMut() -> Uuid,
) -> (Vec<Change>, Report) {
    let mut merge = Merge {
        catalogue,
        placements,
        new_id,
        orphans: orphans(catalogue),
        apps: HashSet::new(),
        workflows: HashSet::new(),
        filled: HashSet::new(),
        strangers: HashSet::new(),
        changes: Vec::new(),
        report: Report::default(),
    };
    let exports = merge.distinct(exports);
    for (export, found) in exports.iter().zip(recognise::recognise(catalogue, &exports)) {
        merge.tell(export, found);
        let (workflow, known) = match found.workflow.and_then(|ix| Some((ix, catalogue.workflows().get(ix)?))) {
            Some((ix, workflow)) => (merge.place_known(workflow, export), nodes_of(catalogue, ix)),
            None => (merge.add(export), Vec::new()),
        };
        merge.take_nodes(workflow, &known, export);
    }
    let met: HashSet<&str> = exports.iter().map(|export| &*export.name).collect();
    for (line, app) in placements.unmet(|app| met.contains(app)) {
        merge.report.warn("--map", format!("line {line}: no app of this import is called \"{app}\""));
    }
    (merge.changes, merge.report)
}

struct Merge<'a> {
    catalogue: &'a Catalogue,
    placements: &'a Placements,
    new_id: &'a mut dyn FnMut() -> Uuid,
    /// The apps that are still there without a workflow.
    orphans: HashMap<Text, &'a App>,
    /// The names of new apps.
    apps: HashSet<Text>,
    /// The names of new workflows.
    workflows: HashSet<Text>,
    /// The known apps that were met.
    filled: HashSet<Id<App>>,
    /// The providers that were met and are unknown.
    strangers: HashSet<Text>,
    changes: Vec<Change>,
    report: Report,
}

impl Merge<'_> {
    /// Leaves out what is byte for byte the same as an earlier one.
    fn distinct<'e>(&mut self, exports: &'e [Export]) -> Vec<&'e Export> {
        let mut first: HashMap<[u8; 32], &Text> = HashMap::new();
        let mut distinct = Vec::new();
        for export in exports {
            if let Some(same) = first.get(&export.digest) {
                let what = format!("app \"{}\"", export.name);
                self.report.skip(&export.file, what, format!("the file is the same as {same}"));
            } else {
                first.insert(export.digest, &export.file);
                distinct.push(export);
            }
        }
        distinct
    }

    /// Tells what can be told from the export alone.
    fn tell(&mut self, export: &Export, found: Recognised) {
        let (file, report) = (&*export.file, &mut self.report);
        for gap in &export.gaps {
            report.skip(file, &gap.what, gap.reason);
        }
        for variable in export.variables.iter().filter(|variable| variable.exposed) {
            let selector = &variable.selector;
            report.warn(
                file,
                format!("holds the secret {selector} in the clear; it was not taken: replace it where it is used"),
            );
        }
        if !is_known_version(&export.version) {
            report.warn(
                file,
                format!(
                    "has version {}, which is newer than keydeck knows; models in new places may be missing",
                    export.version
                ),
            );
        }
        for it in export.uses.iter().filter(|it| it.dormant) {
            report.warn(
                file,
                format!("\"{}\" names {}, which is switched off there; it was taken all the same", label(it), it.model),
            );
        }
        if found.ambiguous {
            let sentence = format!("app \"{}\" fits several known workflows equally; the first was taken", export.name);
            report.warn(file, sentence);
        }
    }

    fn change(&mut self, change: Change) {
        self.report.count(&change);
        self.changes.push(change);
    }

    fn edit<R: Into<Record> + Clone>(&mut self, kind: Kind, before: &R, after: R) {
        match Change::edit(before.clone(), after) {
            Some(change) => self.change(change),
            None => self.report.count_unchanged(kind),
        }
    }

    /// Adds a workflow, and its app unless that is still there without one.
    fn add(&mut self, export: &Export) -> Id<Workflow> {
        let app = match self.orphans.remove(&export.identity().of_app()) {
            Some(app) => {
                self.fill_app(app, export);
                app.id
            }
            None => self.add_app(export),
        };
        let workflows = self.catalogue.workflows();
        let is_taken = |name: &str| workflows.named(name).is_some() || self.workflows.contains(name);
        let name: Text = name::free(&export.name, is_taken).into();
        self.workflows.insert(name.clone());
        let id = Id::new((self.new_id)());
        self.change(Change::add(Workflow {
            id,
            name,
            app: Some(app),
            department: None,
            owner: Ownership::Inherited,
            environment: self.placements.of(&export.name).environment,
            owner_policy: None,
            force: Force::Advisory,
            draft: false,
            budget: None,
            note: None,
            foreign_id: Some(export.identity().of_workflow()),
        }));
        id
    }

    fn add_app(&mut self, export: &Export) -> Id<App> {
        let apps = self.catalogue.apps();
        let is_taken = |name: &str| apps.named(name).is_some() || self.apps.contains(name);
        let name: Text = name::free(&export.name, is_taken).into();
        self.apps.insert(name.clone());
        let placement = self.placements.of(&export.name);
        let id = Id::new((self.new_id)());
        self.change(Change::add(App {
            id,
            name,
            department: placement.department,
            owner: placement.owner,
            budget: None,
            note: None,
            foreign_id: Some(export.identity().of_app()),
        }));
        id
    }

    /// Fills what is empty in a known workflow and its app.
    fn place_known(&mut self, workflow: &Workflow, export: &Export) -> Id<Workflow> {
        if let Some(app) = workflow.app.and_then(|id| self.catalogue.apps().by_id(id)) {
            self.fill_app(app, export);
        }
        let given = self.placements.of(&export.name).environment;
        self.keep(export, &workflow.name, "environment", workflow.environment.as_ref(), given.as_ref());
        let environment = workflow.environment.clone().or(given);
        self.edit(Kind::Workflow, workflow, Workflow { environment, ..workflow.clone() });
        workflow.id
    }

    /// Fills what is empty in a known app: once, though operators may have put several workflows into it.
    fn fill_app(&mut self, app: &App, export: &Export) {
        if !self.filled.insert(app.id) {
            return;
        }
        let given = self.placements.of(&export.name);
        self.keep(export, &app.name, "department", app.department.as_ref(), given.department.as_ref());
        self.keep(export, &app.name, "owner", app.owner.as_ref(), given.owner.as_ref());
        let after =
            App { department: app.department.or(given.department), owner: app.owner.or(given.owner), ..app.clone() };
        self.edit(Kind::App, app, after);
    }

    /// Tells that something given does not replace what is there.
    fn keep<T: PartialEq>(&mut self, export: &Export, name: &str, what: &str, there: Option<&T>, given: Option<&T>) {
        if let (Some(there), Some(given)) = (there, given)
            && there != given
        {
            self.report.warn(&export.file, format!("\"{name}\" keeps the {what} that it has; edit it to change that"));
        }
    }

    /// Makes the nodes of a workflow those of the export: removes, then edits and adds in the order of the file.
    fn take_nodes(&mut self, workflow: Id<Workflow>, known: &[&Node], export: &Export) {
        let wanted: HashSet<Text> = export.uses.iter().map(ModelUse::foreign_id).collect();
        let (gone, kept): (Vec<&Node>, Vec<&Node>) =
            known.iter().partition(|node| dify_id(node).is_some_and(|id| !wanted.contains(id)));
        for node in gone {
            self.change(Change::remove(node.clone()));
        }
        let mut names: HashSet<Text> = kept.iter().map(|node| node.name.clone()).collect();
        let by_id: HashMap<&str, &Node> = kept.iter().filter_map(|node| Some((dify_id(node)?, *node))).collect();
        for it in &export.uses {
            let provider = self.provider(it, export);
            let foreign_id = it.foreign_id();
            if let Some(node) = by_id.get(&*foreign_id) {
                self.edit_node(node, it, &provider, export);
            } else {
                let label = label(it);
                let name: Text = name::free(&label, |name| names.contains(name)).into();
                names.insert(name.clone());
                let id = Id::new((self.new_id)());
                self.change(Change::add(Node {
                    id,
                    workflow,
                    title: title(it),
                    node_type: node_type(it),
                    kind: it.kind,
                    uses: Uses::Model { provider, model: it.model.clone() },
                    key: None,
                    variable: None,
                    runs: 1,
                    note: None,
                    foreign_id: Some(foreign_id),
                    name,
                }));
            }
        }
    }

    fn edit_node(&mut self, node: &Node, it: &ModelUse, provider: &Text, export: &Export) {
        let fixed = node.key.and_then(|key| self.catalogue.credentials().by_id(key));
        let mut after = Node { title: title(it), node_type: node_type(it), kind: it.kind, ..node.clone() };
        match &node.uses {
            Uses::Model { provider: before, .. }
                if before != provider && fixed.is_some_and(|key| key.provider != *provider) =>
            {
                let what = format!("the new model of \"{}\"", node.name);
                let reason = format!(
                    "it is now {} of {provider}, and a key of {before} is fixed on the node; take the key off and import again",
                    it.model
                );
                self.report.skip(&export.file, what, reason);
            }
            Uses::Model { .. } => {
                after.uses = Uses::Model { provider: provider.clone(), model: it.model.clone() };
            }
            Uses::Instance(id) => {
                let instance = self.catalogue.instances().by_id(*id);
                if let Some(instance) =
                    instance.filter(|instance| (&instance.provider, &instance.model) != (provider, &it.model))
                {
                    let sentence = format!(
                        "\"{}\" names {} of {provider}, but uses the instance \"{}\" here",
                        node.name, it.model, instance.name
                    );
                    self.report.warn(&export.file, sentence);
                }
            }
        }
        self.edit(Kind::Node, node, after);
    }

    /// Returns the canonical provider, telling once of each that nobody described.
    fn provider(&mut self, it: &ModelUse, export: &Export) -> Text {
        let vocabulary = self.catalogue.vocabulary();
        let slug = vocabulary.canonical(&it.provider);
        let entry = vocabulary.provider(&slug).and_then(|ix| vocabulary.provider_entry(ix));
        if entry.and_then(ProviderEntry::provider).is_none() && self.strangers.insert(slug.clone()) {
            let sentence =
                format!("the provider {slug} is unknown to keydeck; `keydeck add provider {slug}` describes it");
            self.report.warn(&export.file, sentence);
        }
        slug
    }
}

/// Returns the nodes of a workflow.
pub(in crate::import) fn nodes_of(catalogue: &Catalogue, workflow: Ix<Workflow>) -> Vec<&Node> {
    let nodes = catalogue.links().nodes_of_workflow.of(workflow);
    nodes.iter().filter_map(|&ix| catalogue.nodes().get(ix)).collect()
}

/// Finds the apps from Dify whose workflow somebody removed, by foreign id; the oldest of each.
fn orphans(catalogue: &Catalogue) -> HashMap<Text, &App> {
    let apps = catalogue.apps().iter().filter(|(ix, _)| catalogue.links().workflows_of_app.of(*ix).is_empty());
    let mut orphans = HashMap::new();
    for (_, app) in apps {
        if let Some(id) = app.foreign_id.as_ref().filter(|id| id.starts_with("dify:")) {
            orphans.entry(id.clone()).or_insert(app);
        }
    }
    orphans
}

/// Returns what people call a use: its node's title, with the place for all but the main model.
pub(in crate::import) fn label(it: &ModelUse) -> String {
    let stands_in_no_node = matches!(&*it.node, CONFIG | FEATURES);
    let base = match (&*it.title, &*it.node_type) {
        ("", _) if stands_in_no_node => &*it.place,
        ("", "") => "node",
        ("", node_type) => node_type,
        (title, _) => title,
    };
    let label = if it.is_main() || base == &*it.place { base.to_owned() } else { format!("{base}: {}", it.place) };
    name::clean(&label, "node")
}

/// Returns what people read at a use's node; none if the source has no title.
pub(in crate::import) fn title(it: &ModelUse) -> Option<Text> {
    (!it.title.is_empty()).then(|| label(it).into())
}

/// Returns Dify's type of a use's node.
pub(in crate::import) fn node_type(it: &ModelUse) -> Option<Text> {
    (!it.node_type.is_empty()).then(|| it.node_type.clone())
}

/// Says whether a version of the format is one that the places above were read from: up to 0.6.
fn is_known_version(version: &str) -> bool {
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(0)), None) => true,
        (Some(Ok(0)), Some(Ok(minor))) => minor <= 6,
        _ => false,
    }
}
