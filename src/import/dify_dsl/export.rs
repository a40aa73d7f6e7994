//! Reading one export: from bytes to a small typed form that holds no value of a variable.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    dormant, identity,
    uses::{self, ModelUse},
};
use crate::{
    domain::{Text, name, provider::ModelKind},
    import::yaml::{self, Value, YamlError},
};

/// What keydeck takes from one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The file, for messages alone.
    pub file: Text,
    /// The app's name, made lawful.
    pub name: Text,
    /// Tells whether two files are the same, byte for byte.
    pub digest: [u8; 32],
    /// What kind of app: `workflow`, `advanced-chat`, `chat`, `agent-chat`, `completion`, or another word of Dify's.
    pub mode: Text,
    /// The version of the format; `0.1.0` if the file has none, as Dify reads it.
    pub version: Text,
    /// The plugins that it needs, with versions and without hashes.
    pub dependencies: Vec<Text>,
    /// Its environment and conversation variables.
    pub variables: Vec<Variable>,
    /// The ids of all nodes, those without models too.
    pub nodes: HashSet<Text>,
    /// The id of the node that everything begins with, or else the smallest; empty for an app without a graph.
    pub first: Text,
    /// Every place that names a model.
    pub uses: Vec<ModelUse>,
    /// What calls a model that the file does not name.
    pub gaps: Vec<Gap>,
}

/// A variable without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The selector: `env.API_BASE`, `conversation.topic`.
    pub selector: Text,
    /// Dify's type: `string`, `number`, `secret`, `array[object]`; empty if the file does not say.
    pub value_type: Text,
    /// Whether the file held the value of a secret in the clear; it was dropped.
    pub exposed: bool,
}

/// Something that calls a model, or may, which the file does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What it is.
    pub what: String,
    /// Why it is not taken, and what to do.
    pub reason: &'static str,
}

impl Gap {
    /// Says whether it is the model of a knowledge base.
    pub(in crate::import) fn is_knowledge(&self) -> bool {
        self.reason == KNOWLEDGE
    }

    /// Says whether it is the model of an agent, of this node, that the graph only refers to.
    pub(in crate::import) fn is_agent(&self, node: &str, title: &str) -> bool {
        let label = if title.is_empty() { format!("node {node}") } else { format!("node \"{title}\"") };
        self.reason == AGENT_V2 && self.what == label
    }

    /// Says why it is not taken from a database, which holds more than an export.
    pub(in crate::import) fn reason_there(&self) -> &'static str {
        match self.reason {
            AGENT_V2 => "its model stands in the agent's configuration, where it was not found",
            DEFAULT_MODEL => "Dify's workspace has no default model for it",
            NOT_CHOSEN => "no provider or no model is chosen there",
            other => other,
        }
    }

    /// Returns the feature that uses the workspace's default model, and the model's kind.
    pub(in crate::import) fn defaulted(&self) -> Option<(&str, ModelKind)> {
        let feature = self.what.strip_prefix(THE_FEATURE).filter(|_| self.reason == DEFAULT_MODEL)?;
        let kind = match feature {
            "text_to_speech" => ModelKind::Tts,
            "speech_to_text" => ModelKind::Speech,
            _ => ModelKind::Llm,
        };
        Some((feature, kind))
    }
}

/// A file that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {problem}")]
pub struct DslError {
    /// The file.
    pub file: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a file, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// It is no YAML that we take.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// It is YAML, and something else.
    #[error("it is not a Dify export: it has no `app` block; in Dify, choose \"Export DSL\" on the app")]
    NotAnExport,
    /// It is an export of something else than an app.
    #[error("it is a Dify export of another kind than an app, such as a pipeline; keydeck takes apps alone")]
    NotAnApp,
    /// The app has no content.
    #[error("its app has neither a `workflow` nor a `model_config` block; export it from Dify again")]
    NoContent,
    /// A place holds something else than it should.
    #[error("`{place}` is not {wanted}; export the app from Dify again")]
    Shape {
        /// The place.
        place: &'static str,
        /// What should be there.
        wanted: &'static str,
    },
}

/// What stands for a node in the uses of an app without a graph.
pub(super) const CONFIG: &str = "model_config";
/// What stands for a node in the uses of a workflow's features.
pub(in crate::import) const FEATURES: &str = "features";

const NOT_CHOSEN: &str = "no provider or no model is chosen; choose one in Dify and export again";
const AGENT_V2: &str = "agents of version 2 have their model in Dify's database alone, not in the export";
const KNOWLEDGE: &str = "knowledge bases have it in Dify's database alone, not in the export";
const DEFAULT_MODEL: &str = "it uses the default model of Dify's workspace, which is not in the export";
/// How the name of a gap begins that is a feature of the app.
const THE_FEATURE: &str = "the feature ";
const NO_NODE: &str = "it is not a block with `data`, as nodes are";

/// The model that Dify's `OpenAI` moderation asks for; the file does not name it.
/// Source: Dify, `api/core/moderation/openai_moderation/openai_moderation.py`.
const OPENAI_MODERATION: (&str, &str) = ("openai", "omni-moderation-latest");

/// Reads one file. `file` is for messages alone.
pub fn read(file: &str, bytes: &[u8]) -> Result<Export, DslError> {
    let file = name::printable(file);
    yaml::read(bytes)
        .map_err(Problem::from)
        .and_then(|root| interpret(&file, Sha256::digest(bytes).into(), &root))
        .map_err(|problem| DslError { file: file.into_owned(), problem })
}

/// Reads what an export says from where it is no file: a database.
pub(in crate::import) fn of_value(place: &str, root: &Value) -> Result<Export, DslError> {
    let place = name::printable(place);
    interpret(&place, [0; 32], root).map_err(|problem| DslError { file: place.into_owned(), problem })
}

fn interpret(file: &str, digest: [u8; 32], root: &Value) -> Result<Export, Problem> {
    if !matches!(root.word_at("kind"), "" | "app") {
        return Err(Problem::NotAnApp);
    }
    let app = root.get("app").filter(|app| app.is_map()).ok_or(Problem::NotAnExport)?;
    let block = |key| root.get(key).filter(|block| **block != Value::Null);
    let fallback = if block("workflow").is_some() { "workflow" } else { "chat" };
    let mut export = Export {
        file: file.into(),
        digest,
        name: name::clean(app.word_at("name"), "untitled app").into(),
        mode: name::clean(app.word_at("mode"), fallback).into(),
        version: name::clean(root.word_at("version"), "0.1.0").into(),
        dependencies: dependencies(root),
        variables: Vec::new(),
        nodes: HashSet::new(),
        first: "".into(),
        uses: Vec::new(),
        gaps: Vec::new(),
    };
    match (block("workflow"), block("model_config")) {
        (Some(workflow), _) => export.take_workflow(workflow)?,
        (None, Some(config)) => export.take_config(config)?,
        (None, None) if &*export.mode == "agent" => export.gap("the app's agent", AGENT_V2),
        (None, None) => return Err(Problem::NoContent),
    }
    Ok(export)
}

fn dependencies(root: &Value) -> Vec<Text> {
    let listed = root.get("dependencies").map_or(&[][..], Value::items);
    let plugin = |entry: &Value| {
        let value = entry.get("value")?;
        let ids =
            ["marketplace_plugin_unique_identifier", "plugin_unique_identifier", "github_plugin_unique_identifier"];
        let id = ids.into_iter().map(|key| value.word_at(key)).find(|id| !id.is_empty())?;
        Some(name::clean(id.split('@').next().unwrap_or(id), "").into())
    };
    listed.iter().filter_map(plugin).collect()
}

/// What a tree of models belongs to.
struct Holder<'a> {
    node: &'a str,
    node_type: &'a str,
    title: &'a str,
}

impl Export {
    fn gap(&mut self, what: impl Into<String>, reason: &'static str) {
        self.gaps.push(Gap { what: what.into(), reason });
    }

    fn take_workflow(&mut self, workflow: &Value) -> Result<(), Problem> {
        let shape = |place, wanted| Problem::Shape { place, wanted };
        if !workflow.is_map() {
            return Err(shape("workflow", "a block"));
        }
        let graph = workflow.get("graph").filter(|graph| graph.is_map()).ok_or(shape("workflow.graph", "a block"))?;
        let nodes = match graph.get("nodes") {
            Some(Value::List(nodes)) => nodes.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(shape("workflow.graph.nodes", "a list")),
        };
        for node in nodes {
            self.take_node(node);
        }
        self.first = identity::first(nodes);
        for (key, root) in [("environment_variables", "env"), ("conversation_variables", "conversation")] {
            self.variables.extend(workflow.get(key).into_iter().flat_map(|listed| variables(listed, root)));
        }
        if let Some(features) = workflow.get("features") {
            self.take_models(
                &Holder { node: FEATURES, node_type: "feature", title: "" },
                features,
                "the app's features",
            );
            self.take_implicit(FEATURES, features);
        }
        Ok(())
    }

    fn take_node(&mut self, node: &Value) {
        // Dify gives every node an id of its own; a file edited by hand may not.
        let id = name::clean(node.word_at("id"), "without id");
        let id = name::free(&id, |id| id == FEATURES || self.nodes.contains(id));
        self.nodes.insert(id.as_str().into());
        let Some(data) = node.get("data").filter(|data| data.is_map()) else {
            self.gap(format!("node {id}"), NO_NODE);
            return;
        };
        let node_type = name::clean(data.word_at("type"), "");
        let title = name::clean(data.word_at("title"), "");
        let holder = Holder { node: &id, node_type: &node_type, title: &title };
        let label = if title.is_empty() { format!("node {id}") } else { format!("node \"{title}\"") };
        let found = self.take_models(&holder, data, &label);
        match &*node_type {
            "agent" if !found && is_agent_v2(data) => self.gap(label, AGENT_V2),
            "llm" | "question-classifier" | "parameter-extractor" | "agent" if !found => self.gap(label, NOT_CHOSEN),
            "knowledge-retrieval" => {
                self.gap(format!("the embedding model of the knowledge base of {label}"), KNOWLEDGE);
            }
            _ => {}
        }
    }

    /// Takes every model under `tree`; says whether there was any, be it chosen or not.
    fn take_models(&mut self, holder: &Holder<'_>, tree: &Value, label: &str) -> bool {
        let mut places = HashSet::new();
        let models = uses::find(tree);
        for found in &models {
            let dormant = dormant::is_dormant(tree, &found.path);
            let place = name::free(&name::clean(&found.place(), "model"), |place| places.contains(place));
            places.insert(place.clone());
            let (provider, model) = (name::clean(&found.provider, ""), name::clean(&found.model, ""));
            if !provider.is_empty() && !model.is_empty() {
                self.uses.push(ModelUse {
                    node: holder.node.into(),
                    place: place.into(),
                    node_type: holder.node_type.into(),
                    title: holder.title.into(),
                    kind: found.kind,
                    provider: provider.into(),
                    model: model.into(),
                    dormant,
                });
            } else if !dormant {
                self.gap(format!("{place} of {label}"), NOT_CHOSEN);
            }
        }
        !models.is_empty()
    }

    /// Takes an app without a graph.
    fn take_config(&mut self, config: &Value) -> Result<(), Problem> {
        if !config.is_map() {
            return Err(Problem::Shape { place: "model_config", wanted: "a block" });
        }
        let mode = self.mode.clone();
        let holder = Holder { node: CONFIG, node_type: &mode, title: "" };
        if !self.take_models(&holder, config, "the app") {
            self.gap("the app", NOT_CHOSEN);
        }
        self.take_implicit(CONFIG, config);
        Ok(())
    }

    /// Takes what features use without naming a model.
    fn take_implicit(&mut self, node: &str, features: &Value) {
        const DEFAULTED: [&str; 3] = ["text_to_speech", "speech_to_text", "suggested_questions_after_answer"];
        let is_on = |feature: &Value| feature.get("enabled").and_then(Value::truth) == Some(true);
        for key in DEFAULTED {
            if features.get(key).is_some_and(|feature| is_on(feature) && uses::find(feature).is_empty()) {
                self.gap(format!("{THE_FEATURE}{key}"), DEFAULT_MODEL);
            }
        }
        let moderation = features.get("sensitive_word_avoidance");
        let place = "sensitive_word_avoidance";
        let named = self.uses.iter().any(|it| &*it.node == node && &*it.place == place);
        if !named && moderation.is_some_and(|it| is_on(it) && it.word_at("type") == "openai_moderation") {
            self.uses.push(ModelUse {
                node: node.into(),
                place: place.into(),
                node_type: "feature".into(),
                title: "".into(),
                kind: ModelKind::Moderation,
                provider: OPENAI_MODERATION.0.into(),
                model: OPENAI_MODERATION.1.into(),
                dormant: false,
            });
        }
    }
}

fn is_agent_v2(data: &Value) -> bool {
    data.word_at("agent_node_kind") == "dify_agent" || data.word_at("version") == "2"
}

/// Reads variables from a list, as files have them, or from a map by name, as the database has them.
fn variables<'a>(listed: &'a Value, root: &'a str) -> impl Iterator<Item = Variable> + 'a {
    let from_list = listed.items().iter().map(|it| (it.word_at("name"), it));
    let from_map = listed.entries().iter().map(|(name, it)| (&**name, it));
    from_list.chain(from_map).filter_map(move |(variable, it)| {
        let variable = name::clean(variable, "");
        let value_type = name::clean(it.word_at("value_type"), "");
        let exposed =
            value_type == "secret" && it.get("value").and_then(Value::word).is_some_and(|word| !word.is_empty());
        let selector = format!("{root}.{variable}").into();
        (!variable.is_empty()).then(|| Variable { selector, value_type: value_type.into(), exposed })
    })
}
