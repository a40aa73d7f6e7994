//! The parts of a sentence: who speaks, what is given, for what, and why not.

use std::borrow::Cow;

use super::{Naming, Sentences};
use crate::{
    domain::{
        assignment::Assignment,
        catalogue::{Ix, Symbol, row::CredentialRow, row::OwnerIx},
        credential::Credential,
        name::printable,
        people::OwnerPolicy,
    },
    resolve::{
        answer::{Layer, Pointer, Reason, Source, Step},
        usable::Payer,
    },
};

/// Who speaks: a word of ours, a name, or both.
pub(super) struct Who {
    word: &'static str,
    name: Option<String>,
}

impl Who {
    /// Writes it inside a sentence.
    pub fn inside(&self) -> String {
        match (self.word, &self.name) {
            (word, None) => word.to_owned(),
            ("", Some(name)) => name.clone(),
            (word, Some(name)) => format!("{word} {name}"),
        }
    }

    /// Writes it at the beginning of a sentence. A name keeps its own letters.
    pub fn first(&self) -> String {
        let inside = self.inside();
        let mut letters = inside.chars();
        match letters.next() {
            Some(letter) if !self.word.is_empty() => letter.to_uppercase().chain(letters).collect(),
            _ => inside,
        }
    }
}

impl Sentences<'_> {
    /// Returns who speaks in a step.
    pub(super) fn who(&self, step: &Step) -> Who {
        let Self { case, naming, .. } = self;
        let named = |word, masked, name: Option<Cow<'_, str>>| match name {
            Some(name) => Who { word, name: Some(printable(&name).into_owned()) },
            None => Who { word: masked, name: None },
        };
        match step.layer {
            Layer::Request => Who { word: "the override", name: None },
            Layer::Node => named("node", "the node", case.node.and_then(|(ix, _)| naming.node(ix))),
            Layer::Instance => named("instance", "the instance", case.instance.and_then(|ix| naming.instance(ix))),
            Layer::Workflow => named("workflow", "the workflow", case.workflow.and_then(|ix| naming.workflow(ix))),
            Layer::App => named("app", "the app", case.app.and_then(|ix| naming.app(ix))),
            Layer::Owner => named("owner", "the owner", self.owner(*naming)),
            Layer::Department => named("", "a department", step.department.and_then(|ix| naming.department(ix))),
            Layer::Workspace => Who { word: "the workspace", name: None },
            Layer::System => Who { word: "the system", name: None },
        }
    }

    fn owner<'n>(&self, naming: &'n dyn Naming) -> Option<Cow<'n, str>> {
        match self.case.owner {
            Some(OwnerIx::Operator(ix)) => naming.operator(ix),
            _ => None,
        }
    }

    /// Returns the provider in question.
    pub(super) fn provider(&self) -> String {
        self.case.slug().map_or_else(|| "an unknown provider".to_owned(), |slug| printable(slug).into_owned())
    }

    /// Returns the model in question.
    pub(super) fn model(&self) -> String {
        self.case.model_name().map_or_else(|| "no certain model".to_owned(), |name| printable(name).into_owned())
    }

    /// Names a credential.
    pub(super) fn key(&self, ix: Ix<Credential>) -> String {
        if self.case.catalogue.credentials().row(ix).is_none() {
            return "a key that does not exist".to_owned();
        }
        self.naming.credential(ix).map_or_else(|| "a private key".to_owned(), |name| printable(&name).into_owned())
    }

    /// Says whether a target was removed, so that its name already says what is wrong with it.
    pub(super) fn is_gone(&self, end: &Pointer) -> bool {
        match end {
            Pointer::Key(ix) => self.case.catalogue.credentials().row(*ix).is_none(),
            Pointer::Pool(ix) => self.case.catalogue.pools().row(*ix).is_none(),
            Pointer::Unknown(_) | Pointer::Variable(_) | Pointer::Deny => false,
        }
    }

    /// Names what a step points at: for a variable, what its value led to.
    pub(super) fn what(&self, step: &Step) -> String {
        match (&step.target, &step.led_to) {
            (Some(Pointer::Variable(variable)), Some(Pointer::Deny)) => format!("no key by {}", self.text(*variable)),
            (Some(Pointer::Variable(variable)), Some(end)) => {
                format!("{} by {}", self.pointer(end), self.text(*variable))
            }
            (Some(target), _) => self.pointer(target),
            (None, _) => "nothing".to_owned(),
        }
    }

    /// Names the variable of a step.
    pub(super) fn variable(&self, step: &Step) -> Cow<'_, str> {
        match step.target {
            Some(Pointer::Variable(variable)) => self.text(variable),
            _ => "its variable".into(),
        }
    }

    fn text(&self, symbol: Symbol) -> Cow<'_, str> {
        printable(self.case.catalogue.vocabulary().text(symbol))
    }

    pub(super) fn pointer(&self, pointer: &Pointer) -> String {
        match pointer {
            Pointer::Key(ix) => self.key(*ix),
            Pointer::Unknown(text) => format!("\"{}\"", printable(text)),
            Pointer::Pool(ix) if self.case.catalogue.pools().row(*ix).is_none() => {
                "a pool that does not exist".to_owned()
            }
            Pointer::Pool(ix) => {
                self.naming.pool(*ix).map_or_else(|| "a pool".to_owned(), |name| format!("pool {}", printable(&name)))
            }
            Pointer::Variable(variable) => format!("a key by {}", self.text(*variable)),
            Pointer::Deny => "no key".to_owned(),
        }
    }

    /// Says who gives what, and for what.
    pub(super) fn offer(&self, step: &Step) -> String {
        let who = self.who(step).first();
        match end(step) {
            Pointer::Deny => format!("{who} allows {}{}", self.what(step), self.bounds(step)),
            _ => format!("{who} gives {}{}", self.what(step), self.bounds(step)),
        }
    }

    /// Returns the rule of a step.
    pub(super) fn rule(&self, step: &Step) -> Option<&Assignment> {
        match step.source {
            Some(Source::Rule(ix)) => self.case.catalogue.assignments().get(ix),
            _ => None,
        }
    }

    /// Says what a rule is bound to: ` for gpt-4o in production`.
    pub(super) fn bounds(&self, step: &Step) -> String {
        let Some(rule) = self.rule(step) else { return String::new() };
        let model = rule.model.as_ref().map(|model| format!(" for {}", printable(model)));
        let kind = rule.kind.map(|kind| format!(" for {} models", kind.word()));
        let environment = rule.environment.as_ref().map(|label| format!(" in {}", printable(label)));
        [model, kind, environment].into_iter().flatten().collect()
    }

    /// Says why a rule does not speak here and now.
    pub(super) fn not_now(&self, step: &Step, reason: Reason) -> String {
        let (offer, rule) = (self.offer(step), self.rule(step));
        let now = self.case.now;
        match reason {
            Reason::OutsideWindow => match rule.and_then(|rule| rule.from).filter(|from| now < *from) {
                Some(from) => format!("{offer} only from {from}."),
                None => match rule.and_then(|rule| rule.until) {
                    Some(until) => format!("{offer} only until {until}."),
                    None => format!("{offer} at another time."),
                },
            },
            Reason::OtherModel if rule.is_some_and(|rule| rule.kind.is_some_and(|kind| kind != self.case.kind)) => {
                format!("{offer} only; this is of kind {}.", self.case.kind.word())
            }
            Reason::OtherModel => format!("{offer} only; this is {}.", self.model()),
            Reason::OtherEnvironment => match self.case.environment_name() {
                Some(label) => format!("{offer} only; this is {}.", printable(label)),
                None => format!("{offer} only; no environment is asked for."),
            },
            _ => format!("{offer}, which does not concern this question."),
        }
    }

    /// Says why what a step leads to can't be used, as a clause. Of a masked key only the reason is told.
    pub(super) fn why(&self, end: &Pointer, reason: Reason) -> String {
        let told = match end {
            Pointer::Key(ix) if self.naming.credential(*ix).is_some() => {
                self.case.catalogue.credentials().row(*ix).and_then(|row| self.told(*ix, row, reason))
            }
            Pointer::Pool(ix) => self.case.catalogue.pools().row(*ix).map(|row| match row.members.len() {
                0 => "it has no members".to_owned(),
                1 => "its one member can't be chosen".to_owned(),
                members => format!("none of its {members} members can be chosen"),
            }),
            _ => None,
        };
        told.unwrap_or_else(|| self.bare(reason).to_owned())
    }

    /// Says why a key that the viewer may read about can't be used, where there is more to say than the reason.
    fn told(&self, ix: Ix<Credential>, row: &CredentialRow, reason: Reason) -> Option<String> {
        let vocabulary = self.case.catalogue.vocabulary();
        match reason {
            Reason::WrongProvider => {
                let entry = vocabulary.provider_entry(row.provider)?;
                Some(format!("it is a key for {}", printable(&entry.slug)))
            }
            Reason::NotYetValid => Some(format!("it is not valid before {}", row.not_before?)),
            Reason::Expired => Some(format!("it expired at {}", row.expires?)),
            Reason::ModelNotAllowed => Some(format!("it is not for {}", self.model())),
            Reason::WrongEnvironment => {
                let label = printable(vocabulary.text(row.environment?));
                Some(match self.case.environment_name() {
                    Some(asked) => format!("it is for {label} and this is {}", printable(asked)),
                    None => format!("it is for {label} and no environment is asked for"),
                })
            }
            Reason::NotOwner => {
                let name = match row.owner {
                    OwnerIx::System => return None,
                    OwnerIx::Department(owner) => self.naming.department(owner)?,
                    OwnerIx::Operator(owner) => self.naming.operator(owner)?,
                };
                Some(format!("it belongs to {}", printable(&name)))
            }
            Reason::OverBudget => {
                let payer = self.payer(self.case.spent_budget(ix, row)?);
                Some(format!("the monthly budget of {payer} is spent"))
            }
            _ => None,
        }
    }

    /// Names what carries a budget.
    pub(super) fn payer(&self, payer: Payer) -> String {
        let naming = self.naming;
        let (word, masked, name) = match payer {
            Payer::Credential(ix) => return self.key(ix),
            Payer::Workflow(ix) => ("workflow ", "the workflow", naming.workflow(ix)),
            Payer::App(ix) => ("app ", "its app", naming.app(ix)),
            Payer::Department(ix) => ("", "a department", naming.department(ix)),
        };
        name.map_or_else(|| masked.to_owned(), |name| format!("{word}{}", printable(&name)))
    }

    fn bare(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::UnknownKey => "no key is called so",
            Reason::WrongProvider => "it is a key for another provider",
            Reason::Revoked => "it is revoked",
            Reason::Disabled => "it is disabled",
            Reason::NotYetValid => "it is not valid yet",
            Reason::Expired => "it has expired",
            Reason::ModelNotAllowed => "it is for other models",
            Reason::WrongEnvironment | Reason::OtherEnvironment => "it is for another environment",
            Reason::NotOwner => "it belongs to somebody else",
            Reason::OwnerPolicy if self.case.above().policy == OwnerPolicy::SystemOnly => {
                "only the system's keys are allowed"
            }
            Reason::OwnerPolicy => "only own keys are allowed",
            Reason::OverBudget => "a monthly budget is spent",
            Reason::UnpricedModel => "the model has no known price and a budget is hard",
            Reason::Unreadable => "its secret does not open",
            Reason::PoolEmpty => "no member of it can be chosen",
            Reason::Deny => "it is denied",
            Reason::OverridesNotAllowed => "overrides are not allowed",
            Reason::NotPermitted => "the caller may not use it",
            Reason::NoRule => "nothing speaks",
            Reason::UnknownValue => "the value stands for nothing",
            Reason::MissingInput => "a value is missing",
            Reason::Ambiguous => "equal rules speak",
            Reason::OverriddenBy => "something before it decides",
            Reason::NotApplicable => "it does not apply",
            Reason::OutsideWindow => "its time is not now",
            Reason::OtherModel => "it is for another model",
        }
    }
}

/// Returns what a step comes to in the end.
pub(super) fn end(step: &Step) -> &Pointer {
    step.led_to.as_ref().or(step.target.as_ref()).unwrap_or(&Pointer::Deny)
}
