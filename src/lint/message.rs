//! Messages: sentences in parts, so that names are put in, or masked, for whoever reads them.

use std::{borrow::Cow, fmt::Write as _};

use super::finding::Subject;
use crate::{
    domain::{
        Timestamp,
        assignment::Assignment,
        catalogue::{Catalogue, Ix, ModelIx, ProviderIx, row::ScopeIx},
        credential::{Credential, Instance, Pool},
        name::printable,
        people::{Department, Operator},
        workflow::{App, Node, Workflow},
    },
    plan,
    resolve::{
        self,
        answer::Resolution,
        query::{Inputs, Place, Query},
        sentence::{Naming, Sentences},
    },
};

/// A sentence, or several, in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message(Vec<Part>);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Words of ours.
    Words(Cow<'static, str>),
    /// The name of a thing.
    Thing(Subject),
    /// What is told of a key only to those who may read about it, and what is told to the others.
    Of(Ix<Credential>, String, &'static str),
    /// What a node gets, and why, in the words of the resolution.
    Answer(Ix<Node>),
    /// The one change that would give a node its key, in the words of the resolution.
    Remedy(Ix<Node>),
}

/// Puts parts together to a [`Message`].
macro_rules! say {
    ($($part:expr),* $(,)?) => { $crate::lint::message::Message::of(vec![$($crate::lint::message::Part::from($part)),*]) };
}
pub(super) use say;

macro_rules! parts {
    ($($noun:ident: $part:expr;)*) => {$(
        impl From<$noun> for Part {
            fn from(it: $noun) -> Self {
                let part: fn($noun) -> Self = $part;
                part(it)
            }
        }
    )*};
}

type NodeIx = Ix<Node>;
type WorkflowIx = Ix<Workflow>;
type AppIx = Ix<App>;
type DepartmentIx = Ix<Department>;
type KeyIx = Ix<Credential>;
type PoolIx = Ix<Pool>;
type InstanceIx = Ix<Instance>;
type RuleIx = Ix<Assignment>;
type OperatorIx = Ix<Operator>;
type Static = &'static str;

parts! {
    Static: |it| Self::Words(it.into());
    String: |it| Self::Words(it.into());
    Subject: |it| Self::Thing(it);
    NodeIx: |it| Self::Thing(Subject::Node(it));
    WorkflowIx: |it| Self::Thing(Subject::Workflow(it));
    AppIx: |it| Self::Thing(Subject::App(it));
    DepartmentIx: |it| Self::Thing(Subject::Department(it));
    KeyIx: |it| Self::Thing(Subject::Key(it));
    PoolIx: |it| Self::Thing(Subject::Pool(it));
    InstanceIx: |it| Self::Thing(Subject::Instance(it));
    RuleIx: |it| Self::Thing(Subject::Rule(it));
    ProviderIx: |it| Self::Thing(Subject::Provider(it));
    ModelIx: |it| Self::Thing(Subject::Model(it));
    OperatorIx: |it| Self::Thing(Subject::Operator(it));
}

impl Message {
    /// Makes a message of parts.
    pub const fn of(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    /// Returns it with more words of ours at its end.
    #[must_use]
    pub fn and(mut self, words: String) -> Self {
        self.0.push(words.into());
        self
    }

    /// Says whether there is nothing to say.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes it down for a reader: in the names that `naming` gives, at the time at which it was found.
    pub fn text(&self, catalogue: &Catalogue, naming: &dyn Naming, now: Timestamp) -> String {
        let reader = Reader { catalogue, naming, now };
        let mut text = String::new();
        for part in &self.0 {
            part.write(&reader, &mut text);
        }
        let mut letters = text.chars();
        match (self.0.first(), letters.next()) {
            (Some(Part::Thing(thing)), Some(letter)) if !reader.is_named_alone(*thing) => {
                letter.to_uppercase().chain(letters).collect()
            }
            _ => text,
        }
    }
}

/// Whoever reads.
struct Reader<'a> {
    catalogue: &'a Catalogue,
    naming: &'a dyn Naming,
    now: Timestamp,
}

impl Part {
    fn write(&self, reader: &Reader<'_>, text: &mut String) {
        match self {
            Self::Words(words) => text.push_str(words),
            Self::Thing(thing) => text.push_str(&reader.thing(*thing)),
            Self::Of(key, told, bare) => {
                text.push_str(if reader.naming.credential(*key).is_some() { told } else { bare });
            }
            Self::Answer(node) => reader.resolution(*node, |sentences, resolution| {
                text.push_str(&sentences.answer(resolution));
            }),
            Self::Remedy(node) => reader.resolution(*node, |sentences, resolution| {
                let remedy = resolution.decision().and_then(|step| sentences.remedy(resolution, step));
                text.push_str(remedy.as_deref().unwrap_or("Assign another key to it."));
            }),
        }
    }
}

fn named(name: Option<Cow<'_, str>>, word: &str, masked: &str) -> String {
    name.map_or_else(|| masked.to_owned(), |name| format!("{word}{}", printable(&name)))
}

impl Reader<'_> {
    /// Says whether a thing is told by its name alone, which keeps its own letters at the beginning of a sentence.
    fn is_named_alone(&self, thing: Subject) -> bool {
        match thing {
            Subject::Key(ix) => self.naming.credential(ix).is_some(),
            Subject::Department(ix) => self.naming.department(ix).is_some(),
            Subject::Operator(ix) => self.naming.operator(ix).is_some(),
            Subject::Provider(_) | Subject::Model(_) => true,
            _ => false,
        }
    }

    fn thing(&self, thing: Subject) -> String {
        let Self { catalogue, naming, .. } = self;
        match thing {
            Subject::Node(ix) => {
                let workflow = catalogue.nodes().row(ix).and_then(|row| naming.workflow(row.workflow));
                match (naming.node(ix), workflow) {
                    (Some(node), Some(workflow)) => {
                        format!("node {} of workflow {}", printable(&node), printable(&workflow))
                    }
                    _ => "a node".to_owned(),
                }
            }
            Subject::Workflow(ix) => named(naming.workflow(ix), "workflow ", "a workflow"),
            Subject::App(ix) => named(naming.app(ix), "app ", "an app"),
            Subject::Department(ix) => named(naming.department(ix), "", "a department"),
            Subject::Key(ix) if catalogue.credentials().row(ix).is_none() => "a key that does not exist".to_owned(),
            Subject::Key(ix) => named(naming.credential(ix), "", "a private key"),
            Subject::Pool(ix) if catalogue.pools().row(ix).is_none() => "a pool that does not exist".to_owned(),
            Subject::Pool(ix) => named(naming.pool(ix), "pool ", "a pool"),
            Subject::Instance(ix) if catalogue.instances().row(ix).is_none() => {
                "an instance that does not exist".to_owned()
            }
            Subject::Instance(ix) => named(naming.instance(ix), "instance ", "an instance"),
            Subject::Rule(ix) => self.rule(ix),
            Subject::Operator(ix) => named(naming.operator(ix), "", "another operator"),
            Subject::Provider(ix) => self.provider(ix),
            Subject::Model(ix) => self.model(ix),
        }
    }

    fn rule(&self, ix: Ix<Assignment>) -> String {
        let table = self.catalogue.assignments();
        let (Some(rule), Some(row)) = (table.get(ix), table.row(ix)) else { return "a rule".to_owned() };
        let place = match row.scope {
            ScopeIx::Workflow(ix) => named(self.naming.workflow(ix), "workflow ", "a workflow"),
            ScopeIx::App(ix) => named(self.naming.app(ix), "app ", "an app"),
            ScopeIx::Owner(ix) => named(self.naming.operator(ix), "owner ", "another owner"),
            ScopeIx::Department(ix) => named(self.naming.department(ix), "department ", "a department"),
            ScopeIx::Workspace => "the workspace".to_owned(),
            ScopeIx::System => "the system".to_owned(),
        };
        let mut text = format!("the rule of {place}");
        let _infallible = write!(text, " for {}", printable(&plan::question(rule)));
        text
    }

    fn provider(&self, ix: ProviderIx) -> String {
        let entry = self.catalogue.vocabulary().provider_entry(ix);
        printable(entry.map_or("?", |provider| &provider.slug)).into_owned()
    }

    fn model(&self, ix: ModelIx) -> String {
        let Some(entry) = self.catalogue.vocabulary().model_entry(ix) else { return "a model".to_owned() };
        format!("{} {}", self.provider(entry.provider), printable(&entry.name))
    }

    fn resolution(&self, node: Ix<Node>, mut tell: impl FnMut(&Sentences<'_>, &Resolution)) {
        let inputs = Inputs::default();
        let query = Query { place: Place::Node(node), now: self.now, inputs: &inputs };
        let sentences = Sentences::new(self.catalogue, &query, self.naming);
        tell(&sentences, &resolve::resolve(self.catalogue, &query));
    }
}

/// Writes a number with its noun: `1 node`, `3 nodes`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
