//! Graphs: what an app's workflow or configuration calls, read as exports of it are, and completed by what only the
//! database knows: the models of knowledge bases, and the workspace's defaults.

use std::collections::HashMap;

use crate::{
    domain::{Text, name, provider::ModelKind},
    import::{
        dify_db::keys,
        dify_dsl::{self, Export, ModelUse},
        row::Row,
        yaml::Value,
    },
};

/// A provider and a model, as Dify writes them.
pub(super) type Model = (Text, Text);

/// What graphs refer to without naming it.
pub(super) struct Surroundings {
    /// The models of knowledge bases, by their ids.
    pub datasets: HashMap<String, Model>,
    /// The models of agents whose graphs name none, by the workflow's row and the node.
    pub agents: HashMap<(String, String), Model>,
    /// The models that are used where none is chosen.
    pub defaults: HashMap<ModelKind, Model>,
}

/// An app's workflow, or what stands for one.
pub(super) struct Graph {
    /// What it calls.
    pub export: Export,
    /// The nodes that are tools, and whether the tool is a workflow.
    pub tools: HashMap<String, bool>,
    /// The names of its variables.
    pub variables: Vec<Text>,
}

/// The columns of a configuration that may name a model.
const CONFIGURED: [&str; 7] = [
    "model",
    "agent_mode",
    "dataset_configs",
    "sensitive_word_avoidance",
    "text_to_speech",
    "speech_to_text",
    "suggested_questions_after_answer",
];

/// Reads a row of workflows.
pub(super) fn of_workflow(app: &Row, row: &Row, around: &Surroundings) -> Result<Graph, String> {
    let graph = parse(row.get("graph"), "graph")?;
    let tools = tools(&graph);
    let mut parts = vec![("graph".into(), graph)];
    for part in ["features", "environment_variables", "conversation_variables"] {
        let value = parse(row.get(part), part)?;
        parts.push((part.into(), if part == "features" { value } else { without_values(value) }));
    }
    let (root, content) = (root(app), Value::Map(parts));
    let (knowledge, agents) = (knowledge(&content, around), agents(&content, row.get("id"), around));
    let mut export = read(app, root, "workflow", content)?;
    export.uses.extend(knowledge);
    for agent in agents {
        export.gaps.retain(|gap| !gap.is_agent(&agent.node, &agent.title));
        export.uses.push(agent);
    }
    Ok(finish(export, tools, around))
}

/// Reads a row of configurations.
pub(super) fn of_config(app: &Row, row: &Row, around: &Surroundings) -> Result<Graph, String> {
    let mut parts = Vec::new();
    for part in CONFIGURED {
        let value = parse(row.get(part), part)?;
        if value != Value::Null {
            parts.push((part.into(), value));
        }
    }
    let export = read(app, root(app), "model_config", Value::Map(parts))?;
    Ok(finish(export, HashMap::new(), around))
}

/// Parses one value; an empty one is none.
pub(super) fn parse(text: &str, part: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let json: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| format!("its {part} is no JSON (line {}, column {})", error.line(), error.column()))?;
    Value::of_json(json).ok_or_else(|| format!("its {part} has more than a million values"))
}

/// Writes the head that an export has.
fn root(app: &Row) -> Vec<(Text, Value)> {
    let word = |column: &str| Value::Word(app.get(column).into());
    let head = Value::Map(vec![("name".into(), word("name")), ("mode".into(), word("mode"))]);
    vec![("app".into(), head)]
}

fn read(app: &Row, mut root: Vec<(Text, Value)>, part: &str, content: Value) -> Result<Export, String> {
    root.push((part.into(), content));
    let place = format!("app {}", app.get("id"));
    dify_dsl::of_value(&place, &Value::Map(root)).map_err(|error| error.problem.to_string())
}

/// Fills the gaps that the database can fill.
fn finish(mut export: Export, tools: HashMap<String, bool>, around: &Surroundings) -> Graph {
    export.gaps.retain(|gap| !gap.is_knowledge());
    let mut defaulted = Vec::new();
    export.gaps.retain(|gap| {
        let Some((place, kind)) = gap.defaulted() else { return true };
        let Some((provider, model)) = around.defaults.get(&kind) else { return true };
        defaulted.push(ModelUse {
            node: dify_dsl::FEATURES.into(),
            place: place.into(),
            node_type: "feature".into(),
            title: "".into(),
            kind,
            provider: provider.clone(),
            model: model.clone(),
            dormant: false,
        });
        false
    });
    export.uses.extend(defaulted);
    let variables = export.variables.iter().map(|it| it.selector.clone()).collect();
    Graph { export, tools, variables }
}

fn nodes(graph: &Value) -> impl Iterator<Item = (String, &Value)> {
    let nodes = graph.get("nodes").map_or(&[][..], Value::items);
    nodes.iter().filter_map(|node| Some((name::clean(node.word_at("id"), ""), node.get("data")?)))
}

/// Finds the tools of a graph.
fn tools(graph: &Value) -> HashMap<String, bool> {
    let tools = nodes(graph).filter(|(_, data)| data.word_at("type") == "tool");
    tools.map(|(id, data)| (id, data.word_at("provider_type") == "workflow")).collect()
}

/// Finds the models with which the knowledge bases of a graph were embedded: they are asked at each retrieval.
fn knowledge(workflow: &Value, around: &Surroundings) -> Vec<ModelUse> {
    let mut uses = Vec::new();
    let graph = workflow.get("graph").unwrap_or(&Value::Null);
    for (node, data) in nodes(graph).filter(|(_, data)| data.word_at("type") == "knowledge-retrieval") {
        let ids = data.get("dataset_ids").map_or(&[][..], Value::items);
        let mut models: Vec<&Model> = ids.iter().filter_map(|id| around.datasets.get(&**id.word()?)).collect();
        models.sort();
        models.dedup();
        for (at, (provider, model)) in models.into_iter().enumerate() {
            let place = if at == 0 { "embedding".to_owned() } else { format!("embedding.{}", at + 1) };
            uses.push(ModelUse {
                node: node.as_str().into(),
                place: place.into(),
                node_type: "knowledge-retrieval".into(),
                title: name::clean(data.word_at("title"), "").into(),
                kind: ModelKind::Embedding,
                provider: provider.clone(),
                model: model.clone(),
                dormant: false,
            });
        }
    }
    uses
}

/// Finds the models of agents that a graph only refers to.
fn agents(workflow: &Value, row: &str, around: &Surroundings) -> Vec<ModelUse> {
    let graph = workflow.get("graph").unwrap_or(&Value::Null);
    let agents = nodes(graph).filter(|(_, data)| data.word_at("type") == "agent");
    agents
        .filter_map(|(node, data)| {
            let (provider, model) = around.agents.get(&(row.to_owned(), node.clone()))?.clone();
            Some(ModelUse {
                node: node.into(),
                place: "model".into(),
                node_type: "agent".into(),
                title: name::clean(data.word_at("title"), "").into(),
                kind: ModelKind::Llm,
                provider,
                model,
                dormant: false,
            })
        })
        .collect()
}

/// Drops the values of variables, but for secret ones that lie in the clear: that is told.
fn without_values(variables: Value) -> Value {
    let bare = |variable: Value| match variable {
        Value::Map(fields) => {
            let secret = fields
                .iter()
                .any(|(name, value)| &**name == "value_type" && value.word().is_some_and(|word| &**word == "secret"));
            let keep = |(name, value): &(Text, Value)| {
                &**name != "value" || secret && value.word().is_some_and(|word| !keys::is_sealed(word))
            };
            Value::Map(fields.into_iter().filter(keep).collect())
        }
        other => other,
    };
    match variables {
        Value::List(items) => Value::List(items.into_iter().map(bare).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(|(name, value)| (name, bare(value))).collect()),
        other => other,
    }
}
