//! What names something that is not there, or a key of another provider. Only data from outside holds such things.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{Message, Part, say},
    survey::{RuleTally, Survey},
};
use crate::domain::{
    assignment::Assignment,
    catalogue::{
        Catalogue, Ix, ProviderIx,
        row::{RuleRow, ScopeIx, TargetIx, UsesIx, ValueIx},
    },
    change::Change,
    credential::{Credential, Pool},
};

/// A key or pool that something names.
#[derive(Clone, Copy)]
enum Named {
    Key(Ix<Credential>),
    Pool(Ix<Pool>),
}

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let catalogue = survey.catalogue;
    for (ix, row, tally) in survey.rules() {
        if is_nowhere(catalogue, row) {
            findings.push(at_nothing(catalogue, ix, tally));
            continue;
        }
        for named in named_by(&row.target) {
            findings.extend(judge(catalogue, Subject::Rule(ix), Some(row.provider), named));
        }
    }
    for (ix, row) in catalogue.instances().rows() {
        let key = row.key.map(Named::Key);
        findings.extend(key.and_then(|key| judge(catalogue, Subject::Instance(ix), Some(row.provider), key)));
    }
    for (ix, row) in catalogue.nodes().rows() {
        if let UsesIx::Instance(instance) = row.uses
            && catalogue.instances().row(instance).is_none()
        {
            let message = say![ix, " uses ", instance, "."];
            findings.push(error(Code::Dangling, Subject::Node(ix), message, "Name an instance that exists."));
            continue;
        }
        let provider = catalogue.model_of(row.uses).map(|(provider, _)| provider);
        let key = row.key.map(Named::Key);
        findings.extend(key.and_then(|key| judge(catalogue, Subject::Node(ix), provider, key)));
    }
}

/// Says whether the scope of a rule is not there.
pub(super) fn is_nowhere(catalogue: &Catalogue, row: &RuleRow) -> bool {
    match row.scope {
        ScopeIx::Workflow(ix) => catalogue.workflows().row(ix).is_none(),
        ScopeIx::App(ix) => catalogue.apps().row(ix).is_none(),
        ScopeIx::Owner(ix) => catalogue.operators().row(ix).is_none(),
        ScopeIx::Department(ix) => catalogue.departments().row(ix).is_none(),
        ScopeIx::Workspace | ScopeIx::System => false,
    }
}

/// A rule of an app that is not there decides all the same for workflows that name that app.
fn at_nothing(catalogue: &Catalogue, ix: Ix<Assignment>, tally: &RuleTally) -> Finding {
    let remove = catalogue.assignments().get(ix).filter(|_| !tally.is_heard()).cloned().map(Change::remove);
    Finding {
        code: Code::Dangling,
        severity: Severity::Error,
        subject: Subject::Rule(ix),
        message: say![ix, " speaks for something that is not there."],
        suggestion: match remove {
            Some(change) => Suggestion::Changes(vec![change]),
            None => Suggestion::Advice(say!["Write it for something that exists: workflows refer to what is gone."]),
        },
    }
}

fn named_by(target: &TargetIx) -> Vec<Named> {
    match target {
        TargetIx::Key(key) => vec![Named::Key(*key)],
        TargetIx::Pool(pool) => vec![Named::Pool(*pool)],
        TargetIx::Deny => Vec::new(),
        TargetIx::Variable { values, .. } => values
            .iter()
            .filter_map(|(_, value)| match value {
                ValueIx::Key(key) => Some(Named::Key(*key)),
                ValueIx::Pool(pool) => Some(Named::Pool(*pool)),
                ValueIx::Deny => None,
            })
            .collect(),
    }
}

/// Judges what something of a provider names.
fn judge(catalogue: &Catalogue, subject: Subject, wanted: Option<ProviderIx>, named: Named) -> Option<Finding> {
    let (provider, part, advice) = match named {
        Named::Key(ix) => (
            catalogue.credentials().row(ix).map(|row| row.provider),
            Part::from(ix),
            ("Name a key that exists.", "Name a key of its own provider."),
        ),
        Named::Pool(ix) => (
            catalogue.pools().row(ix).map(|row| row.provider),
            Part::from(ix),
            ("Name a pool that exists.", "Name a pool of its own provider."),
        ),
    };
    match (provider, wanted) {
        (None, _) => Some(error(Code::Dangling, subject, say![subject, " names ", part, "."], advice.0)),
        (Some(its), Some(wanted)) if its != wanted => {
            let slug = |ix| catalogue.vocabulary().provider_entry(ix).map_or("?", |entry| &*entry.slug).to_owned();
            let verb = if matches!(named, Named::Key(_)) { ", a key of " } else { ", a pool of " };
            let message = say![subject, " is for ", slug(wanted), " and names ", part, verb, slug(its), "."];
            Some(error(Code::CrossProvider, subject, message, advice.1))
        }
        _ => None,
    }
}

fn error(code: Code, subject: Subject, message: Message, advice: &'static str) -> Finding {
    Finding { code, severity: Severity::Error, subject, message, suggestion: Suggestion::Advice(say![advice]) }
}
