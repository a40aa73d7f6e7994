//! How exports enter a catalogue, and what a second import does.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    domain::{
        credential::{Instance, Owner},
        id::Id,
        provider::ModelKind,
        record::{Kind, Record},
        workflow::{App, Node, Ownership, Uses, Workflow},
    },
    import::{
        map::Placement,
        report::Counts,
        sample::{self, FINANCE, KEY},
    },
};

/// A catalogue that grows with every import.
struct World {
    catalogue: Catalogue,
    ids: u128,
}

impl World {
    fn new() -> Self {
        Self { catalogue: sample::catalogue(), ids: 1000 }
    }

    fn import(&mut self, files: &[&str], placements: &Placements) -> (Vec<Change>, Report) {
        self.ids += 1000;
        let names: Vec<String> = (1..=files.len()).map(|at| format!("{at}.yml")).collect();
        let files = names.iter().zip(files).map(|(name, file)| (name.as_str(), file.as_bytes()));
        let result = import(&self.catalogue, files, placements, &mut sample::ids(self.ids));
        self.catalogue = self.catalogue.with_changes(&result.0, None);
        result
    }

    /// Imports without placement.
    fn take(&mut self, files: &[&str]) -> (Vec<Change>, Report) {
        self.import(files, &Placements::default())
    }

    fn edit<R: Into<Record> + Clone>(&mut self, before: &R, after: R) {
        let change = Change::edit(before.clone(), after).unwrap();
        self.catalogue = self.catalogue.with_changes([&change], None);
    }

    fn put(&mut self, record: impl Into<Record>) {
        self.catalogue = self.catalogue.with_changes([&Change::add(record)], None);
    }

    fn remove(&mut self, record: impl Into<Record>) {
        self.catalogue = self.catalogue.with_changes([&Change::remove(record)], None);
    }

    fn app(&self, name: &str) -> App {
        let apps = self.catalogue.apps();
        apps.get(apps.named(name).unwrap()).unwrap().clone()
    }

    fn workflow(&self, name: &str) -> Workflow {
        let workflows = self.catalogue.workflows();
        workflows.get(workflows.named(name).unwrap()).unwrap().clone()
    }

    fn node(&self, workflow: &str, name: &str) -> Node {
        let ix = self.catalogue.workflows().named(workflow).unwrap();
        self.catalogue.nodes().get(self.catalogue.node_named(ix, name).unwrap()).unwrap().clone()
    }

    /// Every node as `workflow/name: model of provider`.
    fn nodes(&self) -> Vec<String> {
        let line = |node: &Node| {
            let workflow = &self.catalogue.workflows().by_id(node.workflow).unwrap().name;
            let Uses::Model { provider, model } = &node.uses else { panic!("{node:?}") };
            format!("{workflow}/{}: {model} of {provider}", node.name)
        };
        self.catalogue.nodes().iter().map(|(_, node)| line(node)).collect()
    }
}

/// An export with language model nodes: id, title, provider, model.
fn file(name: &str, nodes: &[(&str, &str, &str, &str)]) -> String {
    let node = |(id, title, provider, model): &(&str, &str, &str, &str)| {
        format!(
            "    - {{id: '{id}', data: {{type: llm, title: '{title}', model: {{provider: {provider}, name: {model}}}}}}}\n"
        )
    };
    let nodes = nodes.iter().map(node).collect::<Vec<_>>().concat();
    format!(
        "version: 0.3.0\nkind: app\napp: {{name: '{name}', mode: workflow}}\nworkflow:\n  graph:\n    nodes:\n    - {{id: '1700000000000', data: {{type: start}}}}\n{nodes}"
    )
}

const DRAFT: (&str, &str, &str, &str) = ("1700000000001", "Draft", "openai", "gpt-4o");
const CHECK: (&str, &str, &str, &str) = ("1700000000002", "Check", "anthropic", "claude-3-haiku");

#[test]
fn an_export_becomes_an_app_a_workflow_and_nodes() {
    let mut world = World::new();
    let (_, report) = world.take(&[std::str::from_utf8(fixture!("workflow")).unwrap()]);
    let expected = [
        "Letter desk/Draft: gpt-4o of openai",
        "Letter desk/Which desk?: claude-3-haiku-20240307 of anthropic",
        "Letter desk/Draft (2): gemini-1.5-pro of gemini",
        "Letter desk/llm: 0755 of own-llm",
        "Letter desk/Ask data: judge: rerank-v3 of cohere",
        "Letter desk/Ask data: deepseek-chat of deepseek",
        "Letter desk/Ask data: listed.0: 1.0 of tongyi",
        "Letter desk/suggested_questions_after_answer.model: gpt-4o-mini of openai",
        "Letter desk/sensitive_word_avoidance: omni-moderation-latest of openai",
    ];
    assert_eq!(world.nodes(), expected);
    let (app, workflow) = (world.app("Letter desk"), world.workflow("Letter desk"));
    assert_eq!((workflow.app, workflow.owner, workflow.draft), (Some(app.id), Ownership::Inherited, false));
    assert_eq!(app.foreign_id.as_deref(), Some("dify:app:workflow:1700000000001:Letter desk"));
    assert_eq!(workflow.foreign_id.as_deref(), Some("dify:workflow:workflow:1700000000001:Letter desk"));
    let node = world.node("Letter desk", "Ask data: judge");
    assert_eq!(node.foreign_id.as_deref(), Some("dify:1700000000009/judge"));
    assert_eq!((node.title.as_deref(), node.node_type.as_deref()), (Some("Ask data: judge"), Some("tool")));
    assert_eq!(report.taken[&Kind::Node], Counts { added: 9, ..Counts::default() });
    let warnings: Vec<_> = report.warnings.iter().map(|it| it.message.as_str()).collect();
    let expected = [
        "holds the secret env.CRM_TOKEN in the clear; it was not taken: replace it where it is used",
        "the provider own-llm is unknown to keydeck; `keydeck add provider own-llm` describes it",
    ];
    assert_eq!(warnings, expected);
    assert_eq!(report.skipped.len(), 2);
    assert!(!serde_json::to_string(&report).unwrap().contains("hunter2"));
}

#[test]
fn every_form_comes_twice_without_a_change() {
    let all = [
        fixture!("workflow"),
        fixture!("chatflow"),
        fixture!("chat"),
        fixture!("agent-chat"),
        fixture!("completion"),
        fixture!("unversioned"),
    ]
    .map(|bytes| std::str::from_utf8(bytes).unwrap());
    let mut world = World::new();
    let (first, _) = world.take(&all);
    assert_eq!(first.iter().filter(|change| change.kind() == Kind::App).count(), all.len());
    let (second, report) = world.take(&all);
    assert_eq!(second, []);
    assert!(!report.changes_something());
    assert_eq!(report.taken[&Kind::Workflow].unchanged, all.len());
    for one in all {
        assert_eq!(world.take(&[one]).0, []);
    }
}

#[test]
fn a_changed_file_shows_as_changes() {
    let mut world = World::new();
    world.take(&[&file("Bot", &[DRAFT, CHECK])]);
    let new = ("1700000000003", "Check", "openai", "gpt-4o-mini");
    let (changes, report) =
        world.take(&[&file("Bot", &[("1700000000001", "Better draft", "langgenius/openai/openai", "gpt-4.1"), new])]);
    assert_eq!(world.nodes(), ["Bot/Draft: gpt-4.1 of openai", "Bot/Check: gpt-4o-mini of openai"]);
    assert_eq!(world.node("Bot", "Draft").title.as_deref(), Some("Better draft"));
    assert_eq!(report.taken[&Kind::Node], Counts { added: 1, edited: 1, removed: 1, unchanged: 0 });
    assert_eq!(changes.len(), 3);
    assert!(changes[0].after().is_none(), "a removal frees its name first");
}

#[test]
fn what_operators_decided_stays() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT, CHECK]);
    world.take(&[&bot]);
    let (app, workflow, node) = (world.app("Bot"), world.workflow("Bot"), world.node("Bot", "Draft"));
    world.edit(&app, App { name: "Clerk".into(), department: Some(FINANCE), note: Some("n".into()), ..app.clone() });
    let renamed = Workflow {
        name: "Night clerk".into(),
        environment: Some("staging".into()),
        owner: Ownership::Named(Owner::System),
        app: None,
        ..workflow.clone()
    };
    world.edit(&workflow, renamed);
    world.edit(&node, Node { name: "Writer".into(), key: Some(KEY), runs: 3, note: Some("n".into()), ..node.clone() });
    assert_eq!(world.take(&[&bot]).0, []);
    let (changes, _) = world.take(&[&file("Bot", &[("1700000000001", "Draft", "openai", "o3"), CHECK])]);
    assert_eq!(changes.len(), 1);
    let after = world.node("Night clerk", "Writer");
    assert_eq!((after.key, after.runs, after.note.as_deref()), (Some(KEY), 3, Some("n")));
}

#[test]
fn nodes_of_the_operators_own_stay() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    world.take(&[&bot]);
    let node = world.node("Bot", "Draft");
    world.put(Node { id: Id::new(Uuid::from_u128(77)), name: "By hand".into(), foreign_id: None, ..node });
    assert_eq!(world.take(&[&bot]).0, []);
}

#[test]
fn a_fixed_key_of_another_provider_holds_a_node_back() {
    let mut world = World::new();
    world.take(&[&file("Bot", &[DRAFT])]);
    let node = world.node("Bot", "Draft");
    world.edit(&node, Node { key: Some(KEY), ..node.clone() });
    let moved = file("Bot", &[("1700000000001", "Draft", "anthropic", "claude")]);
    let (changes, report) = world.take(&[&moved]);
    assert_eq!(changes, []);
    assert_eq!(report.skipped[0].what, "the new model of \"Draft\"");
    assert_eq!(
        report.skipped[0].reason,
        "it is now claude of anthropic, and a key of openai is fixed on the node; take the key off and import again"
    );
    let fixed = world.node("Bot", "Draft");
    world.edit(&fixed, Node { key: None, ..fixed.clone() });
    assert_eq!(world.take(&[&moved]).0.len(), 1);
}

#[test]
fn a_node_that_uses_an_instance_keeps_it() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    world.take(&[&bot]);
    let instance = Instance {
        id: Id::new(Uuid::from_u128(88)),
        name: "careful".into(),
        provider: "openai".into(),
        model: "gpt-4.1".into(),
        key: None,
        owner: Owner::System,
        kind: ModelKind::Llm,
        parameters: std::collections::BTreeMap::default(),
        note: None,
        foreign_id: None,
    };
    world.put(instance.clone());
    let node = world.node("Bot", "Draft");
    world.edit(&node, Node { uses: Uses::Instance(instance.id), ..node.clone() });
    let (changes, report) = world.take(&[&bot]);
    assert_eq!(changes, []);
    let expected = "\"Draft\" names gpt-4o of openai, but uses the instance \"careful\" here";
    assert_eq!(report.warnings[0].message, expected);
}

#[test]
fn two_files_of_one_name_are_two_apps() {
    let mut world = World::new();
    let one = file("Bot", &[DRAFT]);
    let other = file("Bot", &[("1800000000001", "Draft", "openai", "o3")]).replace("1700000000000", "1800000000000");
    let twin = one.replace("title: 'Draft'", "title: 'Draft' ");
    world.take(&[&one, &other, &twin]);
    assert_eq!(
        world.nodes(),
        ["Bot/Draft: gpt-4o of openai", "Bot (2)/Draft: o3 of openai", "Bot (3)/Draft: gpt-4o of openai"]
    );
    for order in [[&other, &one, &twin], [&twin, &other, &one]] {
        assert_eq!(world.take(&order.map(String::as_str)).0, []);
    }
    assert_eq!(world.take(&[&other]).0, []);
    world.take(&[&other.replace("o3", "o4")]);
    assert_eq!(world.nodes()[1], "Bot (2)/Draft: o4 of openai");
}

#[test]
fn each_of_two_namesakes_finds_the_one_that_it_fits() {
    let mut world = World::new();
    let (small, large) = (file("Bot", &[DRAFT]), file("Bot", &[DRAFT, CHECK]));
    world.take(&[&large, &small]);
    assert_eq!(world.take(&[&small]).0, []);
    assert_eq!(world.take(&[&small, &large]).0, []);
    let (_, report) = world.take(&[&file("Bot", &[("1700000000001", "Draft", "openai", "o3")])]);
    assert_eq!(report.taken[&Kind::Node], Counts { edited: 1, ..Counts::default() });
}

#[test]
fn nodes_of_one_id_are_told_apart_by_their_order() {
    let mut world = World::new();
    let again = (DRAFT.0, "Again", "openai", "o3");
    let bot = file("Bot", &[DRAFT, again, ("", "Nameless", "openai", "o1"), ("features", "F", "openai", "o1")]);
    world.take(&[&bot]);
    assert_eq!(world.nodes().len(), 4);
    assert_eq!(world.node("Bot", "Again").foreign_id.as_deref(), Some("dify:1700000000001 (2)"));
    assert_eq!(world.take(&[&bot]).0, []);
}

#[test]
fn a_choice_between_equals_is_told() {
    let mut world = World::new();
    let one = file("Bot", &[DRAFT]);
    let twin = format!("{one}# twin\n");
    world.take(&[&one, &twin]);
    let (changes, report) = world.take(&[&file("Bot", &[("1700000000001", "Draft", "openai", "o3")])]);
    assert_eq!(changes.len(), 1);
    assert_eq!(report.warnings[0].message, "app \"Bot\" fits several known workflows equally; the first was taken");
}

#[test]
fn the_same_file_twice_is_one_app() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    let (changes, report) = world.take(&[&bot, &bot]);
    assert_eq!((changes.len(), report.skipped.len()), (3, 1));
    assert_eq!(report.skipped[0].reason, "the file is the same as 1.yml");
}

#[test]
fn an_app_that_another_importer_adopted_is_recognised() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    world.take(&[&bot]);
    let (app, workflow) = (world.app("Bot"), world.workflow("Bot"));
    world.edit(&app, App { foreign_id: Some("dify:5a3c".into()), ..app.clone() });
    world.edit(&workflow, Workflow { foreign_id: Some("dify:5a3d".into()), ..workflow.clone() });
    assert_eq!(world.take(&[&bot]).0, []);
    let stranger = file("Bot", &[("1800000000001", "Draft", "openai", "o3")]).replace("1700000000000", "1800000000000");
    world.take(&[&stranger]);
    assert_eq!(world.nodes()[1], "Bot (2)/Draft: o3 of openai");
}

#[test]
fn an_app_without_a_graph_is_recognised_by_mode_and_name() {
    let mut world = World::new();
    let slogans = std::str::from_utf8(fixture!("completion")).unwrap();
    world.take(&[slogans]);
    let (changes, _) = world.take(&[&slogans.replace("moonshot-v1-8k", "moonshot-v1-32k")]);
    assert_eq!(changes.len(), 1);
    world.take(&[&slogans.replace("mode: completion", "mode: chat")]);
    assert_eq!(world.nodes().len(), 2);
    assert_eq!(world.nodes()[1], "Slogans (2)/model: moonshot-v1-8k of moonshot");
}

#[test]
fn a_workflow_that_was_removed_comes_back_into_its_app() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    world.take(&[&bot]);
    world.remove(world.node("Bot", "Draft"));
    world.remove(world.workflow("Bot"));
    let (changes, report) = world.take(&[&bot]);
    assert_eq!((changes.len(), report.taken[&Kind::App].unchanged), (2, 1));
    assert_eq!(world.workflow("Bot").app, Some(world.app("Bot").id));
}

#[test]
fn placement_fills_what_is_empty_and_replaces_nothing() {
    let mut world = World::new();
    let bot = file("Bot", &[DRAFT]);
    world.take(&[&bot]);
    let placed = |department, owner, environment| {
        Placements::from(Placement::read(&sample::catalogue(), department, owner, environment).unwrap())
    };
    let finance = placed(Some("Finance"), Some("ada"), Some("production"));
    let (changes, report) = world.import(&[&bot], &finance);
    assert_eq!((changes.len(), report.warnings.len()), (2, 0));
    assert_eq!(
        (world.app("Bot").department, world.workflow("Bot").environment.as_deref()),
        (Some(FINANCE), Some("production"))
    );
    assert_eq!(world.import(&[&bot], &finance).0, []);
    let (changes, report) = world.import(&[&bot], &placed(None, Some("system"), Some("staging")));
    assert_eq!(changes, []);
    let warnings: Vec<_> = report.warnings.iter().map(|it| it.message.as_str()).collect();
    let expected = [
        "\"Bot\" keeps the owner that it has; edit it to change that",
        "\"Bot\" keeps the environment that it has; edit it to change that",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn an_app_with_two_workflows_is_filled_once() {
    let mut world = World::new();
    let files = [file("Bot", &[DRAFT]), file("Other", &[DRAFT])];
    let files = files.each_ref().map(String::as_str);
    world.take(&files);
    let workflow = world.workflow("Other");
    world.edit(&workflow, Workflow { app: Some(world.app("Bot").id), ..workflow.clone() });
    let finance = Placement { department: Some(FINANCE), ..Placement::default() };
    assert_eq!(world.import(&files, &finance.into()).0.len(), 1);
}

#[test]
fn a_map_places_by_the_name_in_the_file() {
    let mut world = World::new();
    let csv = b"app,department,environment\nBot,Finance,production\nBott,,\n";
    let map = Placements::read(&world.catalogue, csv, Placement::default()).unwrap();
    let (_, report) = world.import(&[&file("Bot", &[DRAFT]), &file("Other", &[DRAFT])], &map);
    assert_eq!((world.app("Bot").department, world.app("Other").department), (Some(FINANCE), None));
    assert_eq!(world.workflow("Bot").environment.as_deref(), Some("production"));
    assert_eq!(report.warnings[0].message, "line 3: no app of this import is called \"Bott\"");
}

#[test]
fn a_newer_version_is_taken_with_a_warning() {
    let mut world = World::new();
    for (version, warnings) in [("0.6.9", 0), ("0.2", 0), ("0", 0), ("0.7.0", 1), ("1.0", 1), ("new", 1)] {
        let (_, report) = world.take(&[&file("Bot", &[DRAFT]).replace("0.3.0", version)]);
        assert_eq!(report.warnings.len(), warnings, "{version}");
    }
}

/// A batch of files: names, and for each the ids and models of its nodes.
fn batch() -> impl Strategy<Value = Vec<(u8, Vec<(u8, u8)>)>> {
    vec((0..2u8, vec((0..5u8, 0..3u8), 0..4)), 1..4)
}

fn write(batch: &[(u8, Vec<(u8, u8)>)]) -> Vec<String> {
    let words = |(id, model): &(u8, u8)| (format!("170000000000{id}"), format!("m{model}"));
    let one = |(name, nodes): &(u8, Vec<(u8, u8)>)| {
        let nodes: Vec<_> = nodes.iter().map(words).collect();
        let nodes: Vec<_> = nodes.iter().map(|(id, model)| (id.as_str(), "T", "openai", model.as_str())).collect();
        file(&format!("App {name}"), &nodes)
    };
    batch.iter().map(one).collect()
}

proptest! {
    #[test]
    fn whatever_comes_in_comes_in_once(batches in vec(batch(), 1..4)) {
        let mut world = World::new();
        for batch in batches {
            let files = write(&batch);
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let (changes, report) = world.take(&files);
            let distinct: std::collections::HashSet<&&str> = files.iter().collect();
            let workflows = report.taken[&Kind::Workflow];
            prop_assert_eq!(workflows.added + workflows.edited + workflows.unchanged, distinct.len());
            prop_assert_eq!(world.take(&files).0, vec![]);
            // Undo leads back, and the same import leads to the same again.
            let undo = crate::domain::change::invert_all(changes.clone());
            let before = world.catalogue.with_changes(&undo, None);
            let names = files.iter().map(|file| ("f", file.as_bytes()));
            let again = import(&before, names, &Placements::default(), &mut sample::ids(1 << 60)).0;
            prop_assert_eq!(again.len(), changes.len());
            // Every model of every file stands in the catalogue.
            let wanted: usize = distinct.iter().map(|file| export(file.as_bytes()).uses.len()).sum();
            let nodes = report.taken.get(&Kind::Node).copied().unwrap_or_default();
            prop_assert_eq!(nodes.added + nodes.edited + nodes.unchanged, wanted);
        }
    }
}
