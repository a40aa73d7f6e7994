//! Taking: from rows to changes, each kind of thing after what it refers to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    keys::Keyring,
    parts::{Belongs, Model, id},
    read::{Contents, Row},
    usage,
};
use crate::{
    domain::{
        Text,
        credential::{Credential, Instance, Owner},
        id::Id,
        name,
        people::Operator,
        provider::ModelKind,
        workflow::{App, Force, Node, Ownership, Uses, Workflow},
    },
    import::taking::{Ground, Taken, Taking},
};

mod credentials;
mod defaults;

/// Returns the changes that bring what a database holds, and what there is to tell. A second call on the state after
/// them returns none.
pub fn take<'a>(contents: &'a Contents, keys: &Keyring, ground: Ground<'a>) -> Taken {
    let mut take = Take {
        contents,
        taking: Taking::begin("feedforward", ground),
        models: Vec::new(),
        people: HashMap::new(),
        keys: HashMap::new(),
        instances: HashMap::new(),
        apps: HashMap::new(),
        workflows: HashMap::new(),
        nodes: HashMap::new(),
    };
    take.read_models();
    take.people();
    take.credentials(keys);
    take.instances();
    take.apps();
    take.workflows();
    take.nodes();
    take.leave();
    let usage = usage::of(&mut take);
    let mut taken = take.taking.end(&contents.file);
    taken.usage = usage;
    taken
}

/// One import of one database.
pub(super) struct Take<'a> {
    pub contents: &'a Contents,
    pub taking: Taking<'a>,
    pub models: Vec<Model>,
    people: HashMap<String, Id<Operator>>,
    /// The credential of each model that has one, and whether it is new here.
    pub keys: HashMap<i64, (Id<Credential>, bool)>,
    instances: HashMap<i64, Id<Instance>>,
    apps: HashMap<i64, Id<App>>,
    /// The workflow of each assignment, and its course's name.
    pub workflows: HashMap<i64, (Id<Workflow>, Option<Text>)>,
    /// The names of the nodes of a workflow that use a model.
    pub nodes: HashMap<(Id<Workflow>, i64), Vec<Text>>,
}

impl Take<'_> {
    pub fn skip(&mut self, what: impl std::fmt::Display, reason: impl std::fmt::Display) {
        self.taking.report.skip(&self.contents.file, what, reason);
    }

    pub fn warn(&mut self, message: impl std::fmt::Display) {
        self.taking.report.warn(&self.contents.file, message);
    }

    fn read_models(&mut self) {
        let mut seen = HashSet::new();
        for row in &self.contents.models {
            let label = format!("model {} \"{}\"", row.get("id"), row.get("name"));
            match Model::read(row) {
                Some(model) if seen.insert(model.id) => {
                    if model.config.malformed {
                        self.warn(format!("{label} has a configuration that is no JSON; it was taken as empty"));
                    }
                    for entry in &model.config.left_out {
                        self.skip(
                            format!("the entry {entry} of {label}"),
                            "its text might be a secret; set it by hand",
                        );
                    }
                    self.models.push(model);
                }
                _ => self.skip(label, "it has no id of its own, no provider or no model"),
            }
        }
    }

    /// Makes operators of those who administrate, teach or own something; students are nobody's business here.
    fn people(&mut self) {
        let contents = self.contents;
        let mut known: BTreeMap<String, &Row> = BTreeMap::new();
        for row in &contents.users {
            known.insert(row.get("email").to_lowercase(), row);
        }
        let owners = self.models.iter().filter_map(|model| match &model.belongs {
            Some(Belongs::Person(email)) => Some(email.clone()),
            _ => None,
        });
        let teachers = contents.courses.iter().map(|row| row.get("instructor_email").to_lowercase());
        let authors = contents.assignments.iter().map(|row| row.get("created_by").to_lowercase());
        let mut wanted: BTreeSet<String> =
            owners.chain(teachers).chain(authors).filter(|it| it.contains('@')).collect();
        for email in &wanted {
            match known.get(email) {
                None => self.warn(format!("{email} owns something and is no user there")),
                Some(user) if matches!(user.get("status"), "deleted" | "inactive" | "archived") => {
                    self.warn(format!("{email} owns something and is {} there", user.get("status")));
                }
                Some(user) if user.get("approved") == "0" => {
                    self.warn(format!("{email} owns something and is not approved there"));
                }
                Some(_) => {}
            }
        }
        let works = |row: &&Row| matches!(row.get("role"), "admin" | "instructor") && row.get("status") != "deleted";
        wanted.extend(
            known.iter().filter(|(email, row)| email.contains('@') && works(row)).map(|(email, _)| email.clone()),
        );
        for email in wanted {
            let id = self.taking.operator(&email);
            self.people.insert(email, id);
        }
    }

    fn person(&self, email: &str) -> Option<Owner> {
        self.people.get(&email.to_lowercase()).copied().map(Owner::Operator)
    }

    /// Returns who a model belongs to here; what the source leaves open is the option's business.
    fn owner(&self, model: &Model) -> Option<Owner> {
        match &model.belongs {
            Some(Belongs::System) => Some(Owner::System),
            Some(Belongs::Person(email)) => self.person(email),
            None => self.taking.placements.of("").owner,
        }
    }

    fn instances(&mut self) {
        let models = std::mem::take(&mut self.models);
        for model in &models {
            let provider = self.taking.provider(&model.provider, &self.contents.file);
            let foreign = self.taking.foreign("model", model.id);
            let (key, owner) = (self.keys.get(&model.id).copied(), self.owner(model).unwrap_or_default());
            let mut parameters = model.config.parameters.clone();
            if let (Some(_), Some(other)) = (&model.config.api_base, &model.config.base_url) {
                parameters.insert("base_url".into(), crate::domain::credential::Parameter::Text(other.clone()));
            }
            let ours = self.taking.foreign("key", "");
            let (catalogue, wanted) = (self.taking.catalogue, name::clean(&model.vendor_id, "model"));
            let is_ours = |key: Id<Credential>| {
                let known = catalogue.credentials().by_id(key);
                known.and_then(|it| it.foreign_id.as_ref()).is_some_and(|id| id.starts_with(&*ours))
            };
            let make = |id, foreign_id| Instance {
                id,
                name: model.name.as_str().into(),
                provider: provider.clone(),
                model: wanted.as_str().into(),
                kind: ModelKind::Llm,
                parameters: BTreeMap::new(),
                key: key.map(|(key, _)| key),
                owner,
                note: (!model.active).then(|| "inactive in FeedForward".into()),
                foreign_id: Some(foreign_id),
            };
            let renew = |it: &mut Instance| {
                let same_provider = it.provider == provider;
                if !same_provider || it.key.is_some_and(is_ours) || key.is_some_and(|(_, new)| new && it.key.is_none())
                {
                    it.key = key.map(|(key, _)| key);
                }
                it.provider.clone_from(&provider);
                it.model = wanted.as_str().into();
                it.parameters = parameters;
            };
            let id = self.taking.bring(&foreign, make, renew);
            self.instances.insert(model.id, id);
        }
        self.models = models;
    }

    fn apps(&mut self) {
        let contents = self.contents;
        for row in &contents.courses {
            let Some(number) = row.number("id") else { continue };
            let title = course(row);
            let placement = self.taking.placements.of(&title);
            let department = Some(row.get("department")).filter(|name| !name.is_empty());
            let department = department.map(|name| self.taking.department(name)).or(placement.department);
            let owner = self.person(row.get("instructor_email")).or(placement.owner);
            let foreign = self.taking.foreign("course", number);
            let make = |id, foreign_id| App {
                id,
                name: title.as_str().into(),
                department: None,
                owner: None,
                budget: None,
                note: None,
                foreign_id: Some(foreign_id),
            };
            let fill = |it: &mut App| {
                it.department = it.department.or(department);
                it.owner = it.owner.or(owner);
            };
            let id = self.taking.bring(&foreign, make, fill);
            self.apps.insert(number, id);
        }
        let met: HashSet<String> = contents.courses.iter().map(course).collect();
        for (line, app) in self.taking.placements.unmet(|app| met.contains(app)) {
            let sentence = format!("line {line}: no course of this import is called \"{app}\"");
            self.taking.report.warn("--map", sentence);
        }
    }

    fn workflows(&mut self) {
        let contents = self.contents;
        let courses: HashMap<i64, String> =
            contents.courses.iter().filter_map(|row| Some((row.number("id")?, course(row)))).collect();
        for row in &contents.assignments {
            let Some(number) = row.number("id") else { continue };
            let course_id = id(row.get("course_id"));
            let title = course_id.and_then(|it| courses.get(&it));
            let app = course_id.and_then(|it| self.apps.get(&it)).copied();
            if app.is_none() {
                self.warn(format!("assignment {number} \"{}\" names a course that is not there", row.get("title")));
            }
            let placement = self.taking.placements.of(title.map_or("", |title| title));
            let owner = self.person(row.get("created_by")).map_or(Ownership::Inherited, Ownership::Named);
            let foreign = self.taking.foreign("assignment", number);
            let make = |id, foreign_id| Workflow {
                id,
                name: row.get("title").into(),
                app,
                department: if app.is_none() { placement.department } else { None },
                owner,
                environment: None,
                owner_policy: None,
                force: Force::Advisory,
                draft: false,
                budget: None,
                note: None,
                foreign_id: Some(foreign_id),
            };
            let fill = |it: &mut Workflow| it.environment = it.environment.take().or(placement.environment);
            let id = self.taking.bring(&foreign, make, fill);
            self.workflows.insert(number, (id, title.map(|title| title.as_str().into())));
        }
    }

    /// Makes a node of each model that was chosen for an assignment. What leads nowhere is told, not dropped.
    fn nodes(&mut self) {
        let contents = self.contents;
        let settings: HashMap<i64, &Row> =
            contents.settings.iter().filter_map(|row| Some((row.number("id")?, row))).collect();
        let default_runs = contents.configuration.iter().find(|row| row.get("key") == "default_num_runs");
        let default_runs = default_runs.and_then(|row| row.number("value")).filter(|runs| *runs > 0).unwrap_or(1);
        let mut names: HashMap<Id<Workflow>, HashSet<Text>> = HashMap::new();
        for row in &contents.runs {
            let Some(number) = row.number("id") else { continue };
            let what = format!("run {number} of an assignment");
            let setting = id(row.get("assignment_setting_id")).and_then(|it| settings.get(&it));
            let Some(setting) = setting else {
                self.skip(what, format!("its setting {} is not there", brief(row.get("assignment_setting_id"))));
                continue;
            };
            let assignment = id(setting.get("assignment_id"));
            let Some((workflow, _)) = assignment.and_then(|it| self.workflows.get(&it)).cloned() else {
                self.skip(what, format!("its assignment {} is not there", brief(setting.get("assignment_id"))));
                continue;
            };
            let Some((model, instance)) =
                row.number("ai_model_id").and_then(|it| Some((it, *self.instances.get(&it)?)))
            else {
                self.skip(what, format!("its model {} is not there", brief(row.get("ai_model_id"))));
                continue;
            };
            let runs = row.number("num_runs").or_else(|| setting.number("num_runs")).unwrap_or(default_runs);
            let Some(runs) = u32::try_from(runs).ok().filter(|runs| *runs > 0) else {
                self.skip(what, format!("it would run {runs} times"));
                continue;
            };
            self.node(&mut names, (number, workflow, model, instance, runs));
        }
        let workflows: Vec<Id<Workflow>> = self.workflows.values().map(|(id, _)| *id).collect();
        for workflow in workflows {
            self.taking.prune_nodes(workflow);
        }
    }

    fn node(
        &mut self,
        names: &mut HashMap<Id<Workflow>, HashSet<Text>>,
        (number, workflow, model, instance, runs): (i64, Id<Workflow>, i64, Id<Instance>, u32),
    ) {
        let catalogue = self.taking.catalogue;
        let taken = names.entry(workflow).or_insert_with(|| {
            let links = catalogue.workflows().find(workflow).map(|ix| catalogue.links().nodes_of_workflow.of(ix));
            let nodes = links.into_iter().flatten().filter_map(|ix| catalogue.nodes().get(*ix));
            nodes.map(|node| node.name.clone()).collect()
        });
        let foreign = self.taking.foreign("run", number);
        let wanted = self.models.iter().find(|it| it.id == model).map_or("model", |it| &it.name);
        let label = match self.taking.known::<Node>(&foreign) {
            Some(known) => known.name.clone(),
            None => name::free(&name::clean(wanted, "model"), |name| taken.contains(name)).into(),
        };
        taken.insert(label.clone());
        let make = |id, foreign_id| Node {
            id,
            workflow,
            name: label.clone(),
            title: None,
            node_type: Some("assessment".into()),
            kind: ModelKind::Llm,
            uses: Uses::Instance(instance),
            key: None,
            variable: None,
            runs,
            note: None,
            foreign_id: Some(foreign_id),
        };
        self.taking.bring(&foreign, make, |it: &mut Node| {
            it.runs = runs;
            if it.key.is_none() {
                it.uses = Uses::Instance(instance);
            }
        });
        self.nodes.entry((workflow, model)).or_default().push(label);
        self.foreign_choice(workflow, model);
    }

    /// Tells when an assignment uses a model that belongs to another instructor, which nothing there prevents.
    fn foreign_choice(&mut self, workflow: Id<Workflow>, model: i64) {
        let number = self.workflows.iter().find(|(_, (id, _))| *id == workflow).map(|(number, _)| *number);
        let author =
            number.and_then(|number| self.contents.assignments.iter().find(|row| row.number("id") == Some(number)));
        let (Some(author), Some(model)) = (author, self.models.iter().find(|it| it.id == model)) else { return };
        if let Some(Belongs::Person(owner)) = &model.belongs
            && author.get("created_by").to_lowercase() != *owner
        {
            let sentence = format!(
                "assignment \"{}\" uses the model \"{}\", which belongs to {owner}",
                author.get("title"),
                model.name
            );
            self.warn(sentence);
        }
    }

    /// Tells what stands there and has no place here.
    fn leave(&mut self) {
        let contents = self.contents;
        for row in contents.preferences.iter().filter(|row| row.get("is_active") == "0") {
            let what = format!("the choice of {} against model {}", row.get("instructor_email"), row.get("model_id"));
            self.skip(what, "keydeck has no such switch; assign a deny at their workflows instead");
        }
        for row in contents.services.iter().filter(|row| !row.get("api_key").is_empty()) {
            let what = format!("the key of the assessment service \"{}\"", row.get("service_name"));
            self.skip(what, "it is no key of a model's provider");
        }
    }
}

/// Returns what a course is called: its code and its title.
fn course(row: &Row) -> String {
    name::clean(&format!("{} {}", row.get("code"), row.get("title")), "course")
}

/// Returns the beginning of a value for a sentence.
fn brief(value: &str) -> String {
    if value.is_empty() { "(none)".to_owned() } else { value.chars().take(24).collect() }
}
