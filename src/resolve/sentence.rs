//! Sentences: an answer, each step, and the one change that would let a loser win, in plain English.
//!
//! They are made on demand from the structured answer, in the words that a viewer may read: whoever makes them brings
//! a [`Naming`], and what it does not name reads "a private key", without owner, dates or anything else of it.

mod remedy;
mod words;

use std::borrow::Cow;

use self::words::end;
use super::{
    answer::{Layer, Outcome, Pointer, Reason, Resolution, Step, Verdict},
    case::Case,
    query::Query,
};
use crate::domain::{
    catalogue::{Catalogue, Ix},
    credential::{Credential, Instance, Pool},
    people::{Department, Operator},
    workflow::{App, Node, Workflow},
};

/// The names that a viewer may read; `None` masks a thing.
pub trait Naming {
    /// Names a credential. Without a name nothing else of it is told either.
    fn credential(&self, ix: Ix<Credential>) -> Option<Cow<'_, str>>;
    /// Names a pool.
    fn pool(&self, ix: Ix<Pool>) -> Option<Cow<'_, str>>;
    /// Names a department.
    fn department(&self, ix: Ix<Department>) -> Option<Cow<'_, str>>;
    /// Names an operator.
    fn operator(&self, ix: Ix<Operator>) -> Option<Cow<'_, str>>;
    /// Names a model instance.
    fn instance(&self, ix: Ix<Instance>) -> Option<Cow<'_, str>>;
    /// Names an app.
    fn app(&self, ix: Ix<App>) -> Option<Cow<'_, str>>;
    /// Names a workflow.
    fn workflow(&self, ix: Ix<Workflow>) -> Option<Cow<'_, str>>;
    /// Names a node.
    fn node(&self, ix: Ix<Node>) -> Option<Cow<'_, str>>;
}

macro_rules! names {
    ($($noun:ident: $record:ident, $table:ident, $name:ident;)*) => {
        /// The catalogue itself masks nothing.
        impl Naming for Catalogue {
            $(fn $noun(&self, ix: Ix<$record>) -> Option<Cow<'_, str>> {
                self.$table().get(ix).map(|it| Cow::Borrowed(&*it.$name))
            })*
        }
    };
}

names! {
    credential: Credential, credentials, name;
    pool: Pool, pools, name;
    department: Department, departments, name;
    operator: Operator, operators, login;
    instance: Instance, instances, name;
    app: App, apps, name;
    workflow: Workflow, workflows, name;
    node: Node, nodes, name;
}

/// Writes the sentences about one query.
pub struct Sentences<'a> {
    case: Case<'a>,
    naming: &'a dyn Naming,
}

impl<'a> Sentences<'a> {
    /// Makes a writer for a query. The catalogue is the one that answered it.
    pub fn new(catalogue: &'a Catalogue, query: &'a Query<'_>, naming: &'a dyn Naming) -> Self {
        Self { case: Case::new(catalogue, query), naming }
    }

    /// Says in one sentence what the answer is, and why.
    pub fn answer(&self, resolution: &Resolution) -> String {
        let skipped = resolution.trace.iter().filter(|step| step.verdict == Verdict::Skipped).count();
        let rules = if skipped == 1 { "1 preferred rule".to_owned() } else { format!("{skipped} preferred rules") };
        let Some(step) = resolution.decision() else {
            let provider = self.provider();
            return match skipped {
                0 => format!("No rule gives a key for {provider}."),
                _ => format!("No rule gives a usable key for {provider}; {rules} could not be used."),
            };
        };
        let decision = self.decision(resolution, step);
        match (resolution.answer.outcome.gives_key(), step.layer, skipped) {
            (false, ..) | (true, Layer::Request, _) => format!("{decision}."),
            (true, _, 0) => format!("{decision}; nothing nearer speaks."),
            (true, ..) => format!("{decision}; {rules} before it could not be used."),
        }
    }

    /// Says in one sentence what a step is, and what became of it.
    pub fn step(&self, resolution: &Resolution, step: &Step) -> String {
        match (step.verdict, step.reason) {
            (Verdict::Decided, _) => format!("{}.", self.decision(resolution, step)),
            (Verdict::Skipped, reason) => self.skipped(step, reason),
            (Verdict::Overridden, _) => {
                let decider = resolution.decision().map_or_else(|| "another".to_owned(), |it| self.who(it).inside());
                format!("{}, but {decider} decides first.", self.offer(step))
            }
            (Verdict::NotApplicable, Some(Reason::NoRule)) => self.nothing(step),
            (Verdict::NotApplicable, Some(Reason::NotApplicable) | None) => self.not_here(step.layer),
            (Verdict::NotApplicable, Some(reason)) => self.not_now(step, reason),
        }
    }

    /// Says why a key can't be used here, as a clause: `it expired at 2026-01-01T00:00:00Z`.
    pub fn fault(&self, key: Ix<Credential>, reason: Reason) -> String {
        self.why(&Pointer::Key(key), reason)
    }

    /// Says what decided and what it gives or lacks, without the final stop.
    fn decision(&self, resolution: &Resolution, step: &Step) -> String {
        let who = self.who(step).first();
        let what = self.what(step);
        match step.reason {
            None => self.gift(resolution, step),
            Some(Reason::Deny) => self.offer(step),
            Some(Reason::OverridesNotAllowed) => {
                "The caller names a key for this run, but the workspace does not allow overrides".to_owned()
            }
            Some(Reason::NotPermitted) => format!("The caller names {what} for this run, but may not use it"),
            Some(Reason::Ambiguous) => {
                format!("{who} has equal rules{} at this time, so none of them decides", self.bounds(step))
            }
            Some(Reason::MissingInput) => {
                let could = resolution.missing.as_ref().map_or(0, |missing| missing.could_be.len());
                let keys = if could == 1 { "1 key".to_owned() } else { format!("{could} keys") };
                format!("{who} needs a value of {}; {keys} could come out", self.variable(step))
            }
            Some(Reason::UnknownValue) => format!("{who} has no key for the value of {}", self.variable(step)),
            Some(_) if self.is_gone(end(step)) => format!("{who} requires {what}{}", self.bounds(step)),
            Some(reason) => {
                format!("{who} requires {what}{}, but {}", self.bounds(step), self.why(end(step), reason))
            }
        }
    }

    fn gift(&self, resolution: &Resolution, step: &Step) -> String {
        let members = resolution.pool.len();
        let usable = resolution.pool.iter().filter(|share| share.share > 0.0).count();
        let detail = match (resolution.answer.outcome, resolution.answer.credential) {
            (Outcome::Pooled, Some(key)) => format!(", where this run gets {}", self.key(key)),
            (Outcome::Pooled, None) => format!(" with {usable} of {members} members usable"),
            _ => String::new(),
        };
        format!("{}{detail}", self.offer(step))
    }

    fn skipped(&self, step: &Step, reason: Option<Reason>) -> String {
        let who = self.who(step).first();
        let why = match reason {
            Some(Reason::MissingInput) => format!("would use the value of {}, but it has none", self.variable(step)),
            Some(Reason::UnknownValue) => format!("has no key for the value of {}", self.variable(step)),
            _ if self.is_gone(end(step)) => format!("prefers {}{}", self.what(step), self.bounds(step)),
            reason => {
                let why = reason.map_or_else(String::new, |reason| self.why(end(step), reason));
                format!("prefers {}{}, but {why}", self.what(step), self.bounds(step))
            }
        };
        format!("{who} {why}; the search goes on.")
    }

    fn nothing(&self, step: &Step) -> String {
        let provider = self.provider();
        match step.layer {
            Layer::Request => format!("The caller names no key for {provider}."),
            Layer::Node | Layer::Instance => format!("{} names no key.", self.who(step).first()),
            _ => format!("{} has no rule for {provider}.", self.who(step).first()),
        }
    }

    fn not_here(&self, layer: Layer) -> String {
        let of_app = self.case.workflow.is_none();
        let sentence = match layer {
            _ if self.case.is_difys() => "Dify has no such layer.",
            Layer::Request => "The caller names no key.",
            Layer::Node => "The question is not about a node.",
            Layer::Instance => "The node uses no model instance.",
            Layer::Workflow => "The question is about a whole app.",
            Layer::App => "The workflow belongs to no app.",
            Layer::Owner if self.case.owner.is_some() => "The owner is not a person.",
            Layer::Owner if of_app => "The app has no owner.",
            Layer::Owner => "The workflow has no owner.",
            Layer::Department if of_app => "The app belongs to no department.",
            Layer::Department => "The workflow belongs to no department.",
            Layer::Workspace | Layer::System => "It does not concern this question.",
        };
        sentence.to_owned()
    }
}

impl Resolution {
    /// Returns the step that decided; of two ambiguous ones the first.
    pub fn decision(&self) -> Option<&Step> {
        self.trace.iter().find(|step| step.verdict == Verdict::Decided)
    }
}
