//! Rules and keys for an environment in which nothing runs: often a slip of the pen.

use std::collections::HashSet;

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::say,
    survey::Survey,
};
use crate::domain::{catalogue::Symbol, guess, name::printable};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    let catalogue = survey.catalogue;
    let known: HashSet<Symbol> = catalogue.workflows().rows().filter_map(|(_, row)| row.environment).collect();
    if known.is_empty() {
        // Callers name the environments here, and what they name is unknown.
        return;
    }
    let keys = catalogue.credentials().rows().map(|(ix, row)| (Subject::Key(ix), row.environment));
    let rules = survey.rules().map(|(ix, row, _)| (Subject::Rule(ix), row.environment));
    let strange = |environment: Option<Symbol>| environment.filter(|symbol| !known.contains(symbol));
    for (subject, label) in keys.chain(rules).filter_map(|(subject, it)| Some((subject, strange(it)?))) {
        let text = |symbol: Symbol| catalogue.vocabulary().text(symbol);
        let mut words: Vec<&str> = known.iter().map(|symbol| text(*symbol)).collect();
        words.sort_unstable();
        let advice = match guess::nearest(text(label), words) {
            Some(guess) => format!("Did you mean {}?", printable(guess)),
            None => "Let workflows run there, or callers name it; else take it away.".to_owned(),
        };
        findings.push(Finding {
            code: Code::UnknownEnvironment,
            severity: Severity::Hint,
            subject,
            message: say![subject, format!(" is for {}, where no workflow runs.", printable(text(label)))],
            suggestion: Suggestion::Advice(say![advice]),
        });
    }
}
