//! Keys that no node uses, and that none could come to use by itself.

use super::{
    finding::{Code, Finding, Severity, Subject, Suggestion},
    message::{count, say},
    survey::Survey,
};
use crate::{
    domain::{
        catalogue::Ix,
        change::Change,
        credential::{Credential, State},
    },
    resolve,
};

pub(super) fn look(survey: &Survey<'_>, findings: &mut Vec<Finding>) {
    for (ix, key) in survey.catalogue.credentials().iter() {
        let idle = survey.key(ix).uses == 0 && resolve::fault_of_itself(survey.catalogue, ix, survey.now).is_none();
        if !idle || may_be_used(survey, ix) {
            continue;
        }
        let rules = rules_for(survey, ix).count();
        let told = match rules {
            0 => " is used by no node, and no rule names it.".to_owned(),
            1 => " is used by no node: the rule that would give it decides nothing.".to_owned(),
            _ => format!(" is used by no node: {} that would give it decide nothing.", count(rules, "rule")),
        };
        findings.push(Finding {
            code: Code::UnusedKey,
            severity: Severity::Hint,
            subject: Subject::Key(ix),
            message: say![ix, told],
            suggestion: Suggestion::change(Change::edit(
                key.clone(),
                Credential { state: State::Disabled, ..key.clone() },
            )),
        });
    }
}

/// Says whether a rule holds it ready, a node or instance names it, or a variable's value could bring it out.
fn may_be_used(survey: &Survey<'_>, key: Ix<Credential>) -> bool {
    let links = survey.catalogue.links();
    rules_for(survey, key).any(|rule| survey.rule(rule).may_decide())
        || !links.nodes_fixing.of(key).is_empty()
        || links.instances_naming.of(key).iter().any(|&it| !links.nodes_of_instance.of(it).is_empty())
        || survey.could_come_out(key)
}

/// Returns the rules that name a key, or a pool that holds it.
fn rules_for<'a>(
    survey: &'a Survey<'_>,
    key: Ix<Credential>,
) -> impl Iterator<Item = Ix<crate::domain::assignment::Assignment>> + 'a {
    let links = survey.catalogue.links();
    let pools = links.pools_with.of(key).iter().flat_map(|&pool| links.rules_naming_pool.of(pool));
    links.rules_naming.of(key).iter().chain(pools).copied()
}
