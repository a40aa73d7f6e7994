//! Short names in the palette: what people of other programs type, and a kind of thing to go to one by its name.

use super::Action;

/// Short name, action, and the beginning of its argument.
pub const ALIASES: &[(&str, Action, &str)] = &[
    ("q", Action::Quit, ""),
    ("exit", Action::Quit, ""),
    ("h", Action::Help, ""),
    ("w", Action::Apply, ""),
    ("log", Action::CommandLog, ""),
    ("who", Action::WhoIsHere, ""),
    ("order", Action::Sort, ""),
    ("go", Action::Goto, ""),
    ("ws", Action::Workspace, ""),
    ("workspaces", Action::Workspace, ""),
    ("overview", Action::GotoOverview, ""),
    ("workflows", Action::GotoWorkflows, ""),
    ("matrix", Action::GotoMatrix, ""),
    ("costs", Action::GotoCosts, ""),
    ("models", Action::GotoModels, ""),
    ("keys", Action::GotoCredentials, ""),
    ("credentials", Action::GotoCredentials, ""),
    ("providers", Action::GotoProviders, ""),
    ("changes", Action::GotoChanges, ""),
    ("pools", Action::GotoPools, ""),
    ("instances", Action::GotoInstances, ""),
    ("rules", Action::GotoRules, ""),
    ("assignments", Action::GotoRules, ""),
    ("departments", Action::GotoDepartments, ""),
    ("operators", Action::GotoOperators, ""),
    ("audit", Action::GotoAudit, ""),
    ("key", Action::Goto, "kind:key "),
    ("credential", Action::Goto, "kind:key "),
    ("workflow", Action::Goto, "kind:workflow "),
    ("wf", Action::Goto, "kind:workflow "),
    ("node", Action::Goto, "kind:node "),
    ("app", Action::Goto, "kind:app "),
    ("department", Action::Goto, "kind:department "),
    ("pool", Action::Goto, "kind:pool "),
    ("instance", Action::Goto, "kind:instance "),
    ("operator", Action::Goto, "kind:operator "),
    ("provider", Action::Goto, "kind:provider "),
    ("rule", Action::Goto, "kind:rule "),
    ("screen", Action::Goto, "kind:screen "),
];

/// Writes what was typed with the action's own name instead of the short one; nothing if there is none.
///
/// A short name alone that begins names of actions, too, stays as it is while it is typed.
pub fn unaliased(typed: &str) -> Option<String> {
    let (first, rest) = typed.split_once(' ').map_or((typed, None), |(first, rest)| (first, Some(rest)));
    let (_, action, beginning) = ALIASES.iter().find(|(alias, ..)| *alias == first)?;
    let name = action.row().name;
    match (rest, beginning.is_empty()) {
        (None, true) => Some(name.to_owned()),
        (None, false) => Some(format!("{name} {beginning}")),
        (Some(rest), _) => Some(format!("{name} {beginning}{rest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::ROWS;

    #[test]
    fn short_names_hide_no_action_and_lead_to_one_that_takes_what_follows() {
        for (alias, action, beginning) in ALIASES {
            assert!(ROWS.iter().all(|row| row.name != *alias), "{alias} is the name of an action");
            assert!(beginning.is_empty() || action.row().argument.is_some(), "{alias}");
            assert_eq!(ALIASES.iter().filter(|(other, ..)| other == alias).count(), 1, "{alias} is there twice");
        }
        assert_eq!(unaliased("key openai"), Some("goto kind:key openai".to_owned()));
        assert_eq!(unaliased("q"), Some("quit".to_owned()));
        assert_eq!(unaliased("sort cost"), None);
    }
}
