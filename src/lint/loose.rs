//! Production on keys that are for any environment: nothing keeps a trial from using them up.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, count, say},
    survey::{KeyTally, Survey},
};
use crate::domain::{Text, catalogue::Ix, change::Change, credential::Credential, workflow::Node};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, key) in survey.catalogue.credentials().iter().filter(|(_, it)| it.environment.is_none()) {
        let tally = survey.key(ix);
        let Some(example) = tally.producing else { continue };
        let shared = tally.in_production < tally.uses;
        findings.push(Finding {
            code: Code::LooseKey,
            severity: if shared { Severity::Warning } else { Severity::Hint },
            subject: Subject::Key(ix),
            message: sentence(ix, tally, example, shared),
            suggestion: suggestion(survey, ix, key, tally, example),
        });
    }
}

fn sentence(ix: Ix<Credential>, tally: &KeyTally, example: Ix<Node>, shared: bool) -> Message {
    let (all, production) = (count(tally.uses as usize, "node"), tally.in_production);
    let told = if shared {
        format!(" is for any environment, and of the {all} that use it {production} run in production, for instance ")
    } else {
        let verb = if tally.uses == 1 { "uses" } else { "use" };
        format!(" is for any environment, but only production uses it: {all} {verb} it, for instance ")
    };
    say![ix, told, example, "."]
}

fn suggestion(
    survey: &Survey<'_>,
    ix: Ix<Credential>,
    key: &Credential,
    tally: &KeyTally,
    example: Ix<Node>,
) -> Suggestion {
    let alone = tally.in_production == tally.uses && tally.label.is_some() && !survey.could_come_out(ix);
    let label = survey.workflow_of(example).and_then(|ix| survey.catalogue.workflows().get(ix)?.environment.clone());
    match label.filter(|_| alone) {
        Some(label) => Suggestion::change(Change::edit(key.clone(), bound_to(key, label))),
        None => Suggestion::Advice(say!["Let production have a key of its own, and bind each to its environment."]),
    }
}

fn bound_to(key: &Credential, label: Text) -> Credential {
    Credential { environment: Some(label), ..key.clone() }
}
