//! Questions: what a caller asks `resolve` and `why`, read from words and checked before anything is answered.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    answers::AnswerRow,
    failure::{Failure, Kind},
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::Scope,
        catalogue::Ix,
        fact::Spent,
        guess,
        name::printable,
        provider::ModelKind,
        workflow::{App, Selector, Workflow},
    },
    form::words,
    resolve::query::{At, Environment, Inputs, Layers, Place},
    rights::{self, Who},
};

/// What is asked, in the words of the caller.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// A workflow's name, or `app/NAME`, or `workflow/NAME`.
    pub place: String,
    /// The one node.
    pub node: Option<String>,
    /// The provider, whether or not a node uses it.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// What kind of model; what is known of it, if absent.
    pub kind: Option<String>,
    /// The environment; empty means none.
    pub environment: Option<String>,
    /// Values of variables.
    pub variables: Vec<(String, String)>,
    /// Overrides: provider and key.
    pub overrides: Vec<(String, String)>,
    /// When; now, if absent.
    pub at: Option<Timestamp>,
    /// The run.
    pub run_id: Option<String>,
    /// As whom.
    pub operator: Option<String>,
    /// Whether only Dify's layers speak.
    pub dify: bool,
}

/// What is answered: one object for each node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answers {
    /// The workflow; none where an app was asked for.
    pub workflow: Option<Text>,
    /// The app, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<Text>,
    /// The answers.
    pub nodes: Vec<AnswerRow>,
}

impl Answers {
    /// Says whether every node gets a key.
    pub fn all_have_keys(&self) -> bool {
        self.nodes.iter().all(|node| node.outcome.gives_key())
    }
}

impl View {
    /// Answers a question.
    pub fn ask(&self, question: &Question, now: Timestamp) -> Result<Answers, Failure> {
        let at = self.place(&question.place)?;
        let other = question.operator.as_deref().map(|login| self.seen_as(login)).transpose()?;
        let inputs = self.inputs(question, other.as_ref().unwrap_or(self))?;
        let now = question.at.unwrap_or(now);
        let others: Vec<&Self> = other.iter().collect();
        let places = self.places(at, question)?;
        let nodes = places.into_iter().map(|place| self.answer_row(place, &inputs, now, &others)).collect();
        Ok(match at {
            At::Workflow(ix) => Answers { workflow: self.workflow(ix).map(|it| it.name.clone()), app: None, nodes },
            At::App(ix) => Answers { workflow: None, app: self.app(ix).map(|it| it.name.clone()), nodes },
        })
    }

    /// Reads `NAME`, `workflow/NAME` or `app/NAME`. A bare name may hold slashes: then it is a workflow's.
    pub(super) fn place(&self, text: &str) -> Result<At, Failure> {
        use crate::domain::link::decode;
        if let Some(name) = text.strip_prefix("app/") {
            return self.find_app(&decode(name)).map(At::App);
        }
        let name = text.strip_prefix("workflow/").map_or_else(|| text.to_owned(), decode);
        self.find_workflow(&name).map(At::Workflow)
    }

    pub(super) fn places(&self, at: At, question: &Question) -> Result<Vec<Place>, Failure> {
        match (&question.node, &question.provider, at) {
            (Some(_), Some(_), _) => Err(Failure::usage("a node has its own provider and model")
                .hint("leave out --provider and --model, or leave out --node")),
            (Some(_), None, At::App(_)) => {
                Err(Failure::usage("an app has no nodes of its own").hint("name one of its workflows with --node"))
            }
            (Some(name), None, At::Workflow(ix)) => self.find_node(ix, name).map(|node| vec![Place::Node(node)]),
            (None, Some(provider), at) => {
                let provider = self.known_provider(provider)?;
                let model = question.model.as_deref().map(Text::from);
                let wanted = question.kind.as_deref().map_or(Ok(None), words::kind)?;
                let known = || model.as_ref().and_then(|model| self.kind_of(&provider, model));
                let kind = wanted.or_else(known).unwrap_or_default();
                Ok(vec![Place::Pair { at, provider, model, kind }])
            }
            (None, None, _) if question.kind.is_some() => {
                Err(Failure::usage("--kind needs --provider").hint("a node's model is of the kind that it is"))
            }
            (None, None, _) if question.model.is_some() => {
                Err(Failure::usage("--model needs --provider").hint("a model's name alone says not whose it is"))
            }
            (None, None, At::Workflow(ix)) => Ok(self.nodes_of(ix).iter().copied().map(Place::Node).collect()),
            (None, None, At::App(ix)) => {
                let workflows = self.workflows_of_app(ix);
                Ok(workflows.flat_map(|workflow| self.nodes_of(workflow)).copied().map(Place::Node).collect())
            }
        }
    }

    /// Returns the workflows of an app that are seen.
    pub fn workflows_of_app(&self, app: Ix<App>) -> impl Iterator<Item = Ix<Workflow>> + '_ {
        let all = self.catalogue().links().workflows_of_app.of(app).iter().copied();
        all.filter(|ix| self.workflow(*ix).is_some())
    }

    /// Returns what the workflows of an app spent in the last thirty days; unknown if none is known.
    pub fn recent_spend_of_app(&self, app: Ix<App>) -> Option<Spent> {
        self.workflows_of_app(app)
            .filter_map(|ix| self.recent_spend(ix))
            .reduce(|sum, more| Spent { amount: sum.amount + more.amount, estimate: sum.estimate || more.estimate })
    }

    /// Returns what kind a model is: as it was described, else what every node and every rule of the workspace that
    /// names it says; none if they say nothing, or several things.
    fn kind_of(&self, provider: &str, model: &str) -> Option<ModelKind> {
        let vocabulary = self.vocabulary();
        let ix = vocabulary.model(vocabulary.provider(provider)?, model)?;
        if let Some(own) = &vocabulary.model_entry(ix)?.own {
            return Some(own.kind);
        }
        let nodes = self.nodes().filter(|(node, _)| self.model_of(*node).is_some_and(|(_, used)| used == ix));
        let rules = self.catalogue().assignments().iter().map(|(_, rule)| rule);
        let rules = rules.filter(|rule| rule.scope == Scope::Workspace && *rule.provider == *provider);
        let of_rules = rules.filter(|rule| rule.model.as_deref() == Some(model)).filter_map(|rule| rule.kind);
        let mut kinds: Vec<ModelKind> = nodes.map(|(_, node)| node.kind).chain(of_rules).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if let [kind] = kinds[..] { Some(kind) } else { None }
    }

    /// Returns the canonical slug of a provider that is built in, described, or used by something.
    pub fn known_provider(&self, id: &str) -> Result<Text, Failure> {
        let vocabulary = self.vocabulary();
        let slug = vocabulary.canonical(id);
        if vocabulary.provider(&slug).is_some() {
            return Ok(slug);
        }
        let failure = Failure::usage(format!("there is no provider \"{}\"", printable(id)));
        Err(match guess::nearest(id, vocabulary.providers().map(|(_, it)| &*it.slug)) {
            Some(guess) => failure.hint(format!("did you mean {guess}?")),
            None => failure.hint("\"keydeck list providers\" shows them; \"keydeck add provider\" adds one"),
        })
    }

    pub(super) fn inputs(&self, question: &Question, acting: &Self) -> Result<Inputs, Failure> {
        let mut variables = BTreeMap::new();
        for (name, value) in &question.variables {
            let selector: Selector = name.parse().map_err(|error| Failure::usage(format!("--var: {error}")))?;
            if variables.insert(selector.text().clone(), value.clone()).is_some() {
                return Err(Failure::usage(format!("--var: {selector} stands there twice")).hint("give one value"));
            }
        }
        let mut overrides = BTreeMap::new();
        for (provider, key) in &question.overrides {
            let slug = self.known_provider(provider)?;
            if overrides.insert(slug.clone(), key.clone()).is_some() {
                return Err(Failure::usage(format!("--override: {slug} stands there twice"))
                    .hint("one run has one override for a provider"));
            }
        }
        Ok(Inputs {
            environment: question.environment.as_deref().map_or(Environment::Workflow, |it| Environment::Is(it.into())),
            variables,
            overrides,
            run_id: question.run_id.clone(),
            operator: acting.who().operator,
            layers: if question.dify { Layers::Dify } else { Layers::All },
        })
    }

    /// Returns the view of another operator; for admins of the whole workspace alone.
    fn seen_as(&self, login: &str) -> Result<Self, Failure> {
        let me = self.who().behind.or(self.who().operator);
        if !me.is_some_and(|me| rights::is_whole_admin(self.catalogue(), me)) {
            let message = "only admins of the whole workspace may ask what another operator would get";
            return Err(Failure::new(Kind::NotAllowed, message).hint("leave out --as"));
        }
        let operator = self.find_operator(login)?;
        Ok(Self::new(
            std::sync::Arc::clone(self.catalogue()),
            Who { operator: Some(operator), behind: me, ..self.who() },
        ))
    }
}
