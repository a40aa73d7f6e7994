//! Models without a known price where a budget counts: what they spend is counted by none.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (&model, nodes) in &survey.unpriced {
        let spend = if nodes.len() == 1 { "spends" } else { "spend" };
        let told = format!(" has no known price: no budget counts what {} {spend} on it.", count(nodes.len(), "node"));
        findings.push(Finding {
            code: Code::UnpricedModel,
            severity: Severity::Warning,
            subject: Subject::Model(model),
            message: say![model, told],
            suggestion: Suggestion::Advice(say!["Set a price for ", model, "."]),
        });
    }
}
