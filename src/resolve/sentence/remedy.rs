//! Remedies: for a loser, the one change that would make it win.
//!
//! A loser that stands before whatever decided needs its own fault mended. One that stands behind it either is the next
//! in line, and then the decider has to go, or takes the decider's place.

use super::{Sentences, words::end};
use crate::{
    domain::{catalogue::row::CredentialRow, name::printable},
    resolve::answer::{Layer, Pointer, Reason, Resolution, Step, Verdict},
};

impl Sentences<'_> {
    /// Says which one change would let a step win; `None` for one that did, for an empty layer, and where no single
    /// change would do.
    pub fn remedy(&self, resolution: &Resolution, step: &Step) -> Option<String> {
        let reason = step.reason?;
        match step.verdict {
            Verdict::Decided | Verdict::Skipped => self.mended(step, reason),
            Verdict::Overridden if is_next(resolution, step) => Some(self.without(resolution.decision()?)),
            Verdict::Overridden => self.instead(resolution.decision()?, step),
            Verdict::NotApplicable if step.source.is_none() => None,
            Verdict::NotApplicable => match resolution.decision() {
                Some(decider) if !stands_before(resolution, step, decider) => self.instead(decider, step),
                _ => self.opened(step, reason),
            },
        }
    }

    /// Says how a target becomes usable.
    fn mended(&self, step: &Step, reason: Reason) -> Option<String> {
        let (what, model, now) = (self.pointer(end(step)), self.model(), self.case.now);
        let sentence = match reason {
            Reason::UnknownKey => match end(step) {
                Pointer::Unknown(_) => format!("Add a key named {what}."),
                _ => "Name a key that exists.".to_owned(),
            },
            Reason::WrongProvider => format!("Name a key for {}.", self.provider()),
            Reason::Revoked => format!("Let an administrator reinstate {what}."),
            Reason::Disabled => format!("Enable {what}."),
            Reason::NotYetValid => format!("Let {what} begin by {now}."),
            Reason::Expired => format!("Let {what} expire after {now}."),
            Reason::ModelNotAllowed => format!("Allow {model} on {what}."),
            Reason::WrongEnvironment => match self.case.environment_name() {
                Some(label) => format!("Let {what} serve {}.", printable(label)),
                None => format!("Let {what} serve any environment."),
            },
            Reason::NotOwner => format!("Lend {what} to {}.", self.asker()),
            Reason::OwnerPolicy => format!("Set the owner policy of {} to any.", self.asker()),
            Reason::OverBudget => format!("Raise the budget of {}.", self.spent(step)),
            Reason::UnpricedModel => format!("Set a price for {model}."),
            Reason::Unreadable => format!("Replace the secret of {what}."),
            Reason::PoolEmpty if self.is_gone(end(step)) => "Name a pool that exists.".to_owned(),
            Reason::PoolEmpty => format!("Let {what} have a usable member."),
            Reason::OverridesNotAllowed => "Let the workspace allow overrides.".to_owned(),
            Reason::NotPermitted => format!("Grant the caller the right to use {what}."),
            Reason::UnknownValue => format!("Add the value of {} to the rule.", self.variable(step)),
            Reason::MissingInput => format!("Give {} a value.", self.variable(step)),
            Reason::Ambiguous => "Remove all but one of the equal rules.".to_owned(),
            _ => return None,
        };
        Some(sentence)
    }

    /// Says how a rule comes to speak here and now.
    fn opened(&self, step: &Step, reason: Reason) -> Option<String> {
        let now = self.case.now;
        match reason {
            Reason::OutsideWindow => match self.rule(step)?.from.filter(|from| now < *from) {
                Some(_) => Some(format!("Let the rule begin by {now}.")),
                None => Some(format!("Let the rule end after {now}.")),
            },
            Reason::OtherModel if self.rule(step)?.kind.is_some_and(|kind| kind != self.case.kind) => {
                Some(format!("Make the rule for {} models.", self.case.kind.word()))
            }
            Reason::OtherModel => match self.case.model_name() {
                Some(model) => Some(format!("Make the rule for {}.", printable(model))),
                None => Some("Make the rule for any model.".to_owned()),
            },
            Reason::OtherEnvironment => match self.case.environment_name() {
                Some(label) => Some(format!("Make the rule for {}.", printable(label))),
                None => Some("Make the rule for any environment.".to_owned()),
            },
            _ => None,
        }
    }

    /// Says how the decider goes away.
    fn without(&self, decider: &Step) -> String {
        let who = self.who(decider).inside();
        match decider.layer {
            _ if decider.reason == Some(Reason::Ambiguous) => format!("Remove the equal rules of {who}."),
            Layer::Request => "Leave the override away.".to_owned(),
            Layer::Node | Layer::Instance => format!("Take the key off {who}."),
            _ => format!("Remove the rule of {who}{}.", self.bounds(decider)),
        }
    }

    /// Says how a loser's target takes the decider's place; `None` where it can't stand there.
    fn instead(&self, decider: &Step, step: &Step) -> Option<String> {
        let who = self.who(decider).inside();
        let target = step.target.as_ref()?;
        match (decider.layer, target) {
            _ if decider.reason == Some(Reason::Ambiguous) => None,
            (Layer::Request, Pointer::Key(key)) => Some(format!("Name {} in {who} instead.", self.key(*key))),
            (Layer::Node | Layer::Instance, Pointer::Key(key)) => {
                Some(format!("Name {} on {who} instead.", self.key(*key)))
            }
            (Layer::Request | Layer::Node | Layer::Instance, _) => None,
            (_, Pointer::Deny) => Some(format!("Let the rule of {who}{} deny instead.", self.bounds(decider))),
            _ => Some(format!("Let the rule of {who}{} give {} instead.", self.bounds(decider), self.pointer(target))),
        }
    }

    /// Names the workflow or app that asks.
    fn asker(&self) -> String {
        let Self { case, naming, .. } = self;
        match (case.workflow, case.app) {
            (Some(ix), _) => naming
                .workflow(ix)
                .map_or_else(|| "the workflow".to_owned(), |it| format!("workflow {}", printable(&it))),
            (None, Some(ix)) => {
                naming.app(ix).map_or_else(|| "the app".to_owned(), |it| format!("app {}", printable(&it)))
            }
            (None, None) => "the workspace".to_owned(),
        }
    }

    /// Names whose budget is spent. Of a masked key's own budget no more is told than that it is one.
    fn spent(&self, step: &Step) -> String {
        let Pointer::Key(key) = *end(step) else { return "the key".to_owned() };
        let row: Option<&CredentialRow> = self.case.catalogue.credentials().row(key);
        let payer = row.and_then(|row| self.case.spent_budget(key, row));
        payer.map_or_else(|| self.key(key), |payer| self.payer(payer))
    }
}

/// Says whether an overridden step is the first behind the decision.
fn is_next(resolution: &Resolution, step: &Step) -> bool {
    resolution.trace.iter().find(|other| other.verdict == Verdict::Overridden) == Some(step)
}

/// Says whether a step belongs to a subject before the decider's, so that it would decide if it spoke.
fn stands_before(resolution: &Resolution, step: &Step, decider: &Step) -> bool {
    let subject = |step: &Step| (step.layer, step.department);
    let at = |wanted: &Step| resolution.trace.iter().position(|other| subject(other) == subject(wanted));
    at(step) < at(decider)
}
