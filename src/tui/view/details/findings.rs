//! Details of a finding of the overview, or of a group of them.

use crate::{
    domain::name::printable,
    tui::{
        state::{State, overview::Line},
        theme::Role,
        view::overview::severity,
        widget::detail::Detail,
        words,
    },
};

use super::{plain, value};

/// What is wrong, what it stands for, and what would mend it.
pub(super) fn of_finding(state: &State) -> Vec<Detail> {
    let (Some(group), Some(overview), Some(line)) =
        (state.finding_group(), state.attention.found.as_ref(), state.attention_line())
    else {
        return Vec::new();
    };
    let (sign, word, role) = severity(group.severity);
    let mut lines = vec![Detail::Heading(group.name())];
    let Line::Finding(at) = line else {
        lines.push(value("severity", (format!("{sign} {word}"), role)));
        lines.push(plain("how many", words::count(group.count, "finding")));
        lines.push(Detail::Text(group.code.meaning().to_owned(), Role::Muted));
        let all = &overview.lint.findings[group.first..group.first + group.count];
        let mendable = all.iter().filter(|it| !it.suggestion.changes().is_empty()).count();
        lines.push(Detail::Gap);
        lines.push(Detail::Text(
            match mendable {
                0 => "Each of these is yours to decide: open it, and enter goes there.".to_owned(),
                some => format!("A change is suggested for {some} of them: m shows all of it and what it would do."),
            },
            Role::Text,
        ));
        return lines;
    };
    let finding = &overview.lint.findings[at];
    lines.push(Detail::Text(overview.sentences[at].clone(), Role::Text));
    lines.push(Detail::Gap);
    lines.push(Detail::Heading("What would mend it".to_owned()));
    lines.push(Detail::Text(overview.lint.remedy(finding), Role::Text));
    lines.push(match (finding.suggestion.changes().is_empty(), overview.lint.obstacle(finding)) {
        (true, _) => Detail::Text("This is yours to decide: enter goes there.".to_owned(), Role::Muted),
        (false, Some(obstacle)) => Detail::Text(format!("You can't: {}.", obstacle.message), Role::Warn),
        (false, None) => {
            Detail::Text("m shows what it would do; nothing is written before you apply it.".to_owned(), Role::Muted)
        }
    });
    lines.push(Detail::Gap);
    lines.push(value("severity", (format!("{sign} {word}"), role)));
    lines.push(plain("with", printable(&overview.places[at])));
    lines.push(value("stands for", (group.code.meaning().to_owned(), Role::Muted)));
    lines
}
