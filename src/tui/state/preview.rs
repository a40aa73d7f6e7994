//! The preview: a place that asks, and the inputs with which it asks. Both are edited in place and the answer follows.

use std::collections::BTreeMap;

use crate::{
    domain::{
        Text, Timestamp,
        catalogue::{Ix, ProviderIx},
        workflow::{Node, Workflow},
    },
    ops::view::View,
    resolve::{
        answer::{Pointer, Resolution, Step, Verdict},
        query::{Environment, Inputs, Place, Query},
    },
};

use super::matrix::{nodes, place};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PreviewOf {
    /// A workflow with all its nodes.
    Workflow(Ix<Workflow>),
    /// One node.
    Node(Ix<Node>),
    /// What the nodes of a workflow get from a provider, or would get if there were any.
    Pair(Ix<Workflow>, ProviderIx),
}

/// One line of the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The environment.
    Environment,
    /// The time.
    Time,
    /// The run.
    Run,
    /// The value of a variable.
    Variable(Text),
    /// The key that the caller asks for, by provider.
    Override(Text),
}

impl Input {
    /// Returns its label.
    pub fn label(&self) -> String {
        match self {
            Self::Environment => "environment".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Run => "run id".to_owned(),
            Self::Variable(name) => name.to_string(),
            Self::Override(provider) => format!("{provider} key"),
        }
    }

    /// Says what may be written.
    pub fn about(&self) -> &'static str {
        match self {
            Self::Environment => "a label; - for none; empty for the workflow's own",
            Self::Time => "2027-01-01, or with a time and offset; empty for now",
            Self::Run => "chooses a member of a pool; empty for no run",
            Self::Variable(_) => "the variable's value; empty for not given",
            Self::Override(_) => "the key a caller asks for; empty for none",
        }
    }
}

/// A place that asks, and its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// What is looked at.
    pub of: PreviewOf,
    /// Which of its nodes the cascade is of.
    pub node: usize,
    /// The input under the cursor.
    pub input: usize,
    /// The environment, if not the workflow's own; the empty text is none.
    pub environment: Option<Text>,
    /// The time, if not now.
    pub at: Option<Timestamp>,
    /// The run.
    pub run_id: Option<String>,
    /// The values of variables.
    pub variables: BTreeMap<Text, String>,
    /// The keys that the caller asks for.
    pub overrides: BTreeMap<Text, String>,
}

impl Preview {
    /// Looks at a place with nothing given.
    pub const fn new(of: PreviewOf) -> Self {
        Self {
            of,
            node: 0,
            input: 0,
            environment: None,
            at: None,
            run_id: None,
            variables: BTreeMap::new(),
            overrides: BTreeMap::new(),
        }
    }

    /// Returns the workflow that it is about.
    pub fn workflow(&self, view: &View) -> Option<Ix<Workflow>> {
        match self.of {
            PreviewOf::Workflow(ix) | PreviewOf::Pair(ix, _) => Some(ix),
            PreviewOf::Node(ix) => view.workflow_of(ix),
        }
    }

    /// Returns the nodes that it is about.
    pub fn nodes(&self, view: &View) -> Vec<Ix<Node>> {
        match self.of {
            PreviewOf::Workflow(ix) => view.nodes_of(ix).to_vec(),
            PreviewOf::Node(ix) => view.node(ix).map(|_| ix).into_iter().collect(),
            PreviewOf::Pair(ix, provider) => nodes(view, ix, provider),
        }
    }

    /// Returns the node that the cascade is of.
    pub fn node(&self, view: &View) -> Option<Ix<Node>> {
        let nodes = self.nodes(view);
        nodes.get(self.node.min(nodes.len().saturating_sub(1))).copied()
    }

    /// Returns who asks: the node that the cascade is of, or the pair itself where no node calls the provider.
    pub fn place(&self, view: &View) -> Option<Place> {
        match self.of {
            PreviewOf::Pair(ix, provider) if self.node(view).is_none() => Some(place(view, ix, provider)),
            _ => self.node(view).map(Place::Node),
        }
    }

    /// Returns the provider that is asked for.
    pub fn provider(&self, view: &View) -> Option<ProviderIx> {
        match self.of {
            PreviewOf::Pair(_, provider) => Some(provider),
            _ => self.node(view).and_then(|node| view.model_of(node)).map(|(provider, _)| provider),
        }
    }

    /// Returns what the caller brings along.
    pub fn inputs(&self, view: &View) -> Inputs {
        Inputs {
            environment: self.environment.clone().map_or(Environment::Workflow, Environment::Is),
            variables: self.variables.clone(),
            overrides: self.overrides.clone(),
            run_id: self.run_id.clone(),
            operator: view.who().operator,
            ..Inputs::default()
        }
    }

    /// Returns the time at which it asks.
    pub fn time(&self, now: Timestamp) -> Timestamp {
        self.at.unwrap_or(now)
    }

    /// Resolves the node that the cascade is of.
    pub fn resolution(&self, view: &View, now: Timestamp) -> Option<Resolution> {
        let inputs = self.inputs(view);
        Some(view.resolve(&Query { place: self.place(view)?, now: self.time(now), inputs: &inputs }))
    }

    /// Returns the inputs that make sense here: variables that a rule or node of the cascade asks for, and the
    /// providers of the nodes.
    pub fn lines(&self, view: &View, now: Timestamp) -> Vec<Input> {
        let mut lines = vec![Input::Environment, Input::Time, Input::Run];
        let mut variables: Vec<Text> = self.variables.keys().cloned().collect();
        if let Some(resolution) = self.resolution(view, now) {
            let asked = resolution.trace.iter().filter_map(|step| match step.target {
                Some(Pointer::Variable(name)) => Some(Text::from(view.vocabulary().text(name))),
                _ => None,
            });
            variables.extend(asked.chain(resolution.missing.map(|missing| missing.variable)));
        }
        variables.sort();
        variables.dedup();
        lines.extend(variables.into_iter().map(Input::Variable));
        let provider = self.provider(view);
        lines.extend(provider.map(|provider| Input::Override(view.provider_slug(provider).clone())));
        lines
    }

    /// Returns the text of an input as it is edited; empty if nothing was given.
    pub fn text(&self, input: &Input) -> String {
        match input {
            Input::Environment => match self.environment.as_deref() {
                Some("") => "-".to_owned(),
                other => other.unwrap_or_default().to_owned(),
            },
            Input::Time => self.at.map(|at| at.to_string()).unwrap_or_default(),
            Input::Run => self.run_id.clone().unwrap_or_default(),
            Input::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Input::Override(provider) => self.overrides.get(provider).cloned().unwrap_or_default(),
        }
    }

    /// Sets an input from its text; the empty text takes it away.
    ///
    /// # Errors
    /// When the text is no time, with what to write.
    pub fn set(&mut self, input: &Input, text: &str) -> Result<(), String> {
        let given = (!text.is_empty()).then(|| text.to_owned());
        match input {
            Input::Environment => {
                self.environment = given.map(|text| if text == "-" { "".into() } else { text.as_str().into() });
            }
            Input::Time => {
                self.at = crate::form::words::time("time", text).map_err(|error| error.to_string())?;
            }
            Input::Run => self.run_id = given,
            Input::Variable(name) => put(&mut self.variables, name, given),
            Input::Override(provider) => put(&mut self.overrides, provider, given),
        }
        Ok(())
    }

    /// Says what stands for an input that was not given.
    pub fn placeholder(&self, input: &Input, view: &View) -> String {
        match input {
            Input::Environment => {
                let own = self.workflow(view).and_then(|ix| view.workflow(ix)).and_then(|it| it.environment.clone());
                own.map_or_else(|| "none".to_owned(), |own| format!("{own} (its own)"))
            }
            Input::Time => "now".to_owned(),
            Input::Run => "no run".to_owned(),
            Input::Variable(_) => "not given".to_owned(),
            Input::Override(_) => "no override".to_owned(),
        }
    }
}

fn put(table: &mut BTreeMap<Text, String>, name: &Text, value: Option<String>) {
    match value {
        Some(value) => {
            table.insert(name.clone(), value);
        }
        None => {
            table.remove(name);
        }
    }
}

/// Returns the steps of an answer as the cascade shows them: what decided first, then everything in the order of the
/// layers.
pub fn cascade(resolution: &Resolution) -> Vec<&Step> {
    let decided = |step: &&Step| step.verdict == Verdict::Decided;
    let (first, rest): (Vec<&Step>, Vec<&Step>) = resolution.trace.iter().partition(decided);
    first.into_iter().chain(rest).collect()
}
