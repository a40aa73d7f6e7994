//! Flat lists: providers, credentials, departments, pools, instances, rules, operators.
//!
//! ```text
//!   key▲              provider   owner             env          state     expires       uses
//! › openai-finance    openai     Finance           production   active    in 12 days      14
//!   openai-old        openai     system            any          expired   expired …        0
//! ```

use ratatui::buffer::Buffer;

use crate::{
    domain::{name::printable, record::Kind},
    tui::{
        state::{Audit, State, layout::Layout, route::Screen, table::columns},
        theme::Role,
        widget::{
            list::{List, RowMarks},
            table::{head_line, row_line, widths},
        },
    },
};

use super::workflows::{paragraph, shapes};

/// Draws heads and visible rows.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let table = &state.table;
    if table.order.is_empty() {
        return empty(state, layout, buffer);
    }
    let columns = shapes(columns(&state.route().screen));
    let bar = if table.order.len() > usize::from(layout.list.height) { 2 } else { 0 };
    let widths = widths(&columns, usize::from(layout.list.width.saturating_sub(2 + bar)));
    let head = head_line(&columns, &widths, &state.route().sort, &state.theme);
    buffer.set_line(layout.head.x + 2, layout.head.y, &head, layout.head.width.saturating_sub(2));
    List {
        state: state.route().list,
        count: table.order.len(),
        focused: state.overlays.is_empty(),
        row: |at, _| {
            let Some(row) = table.row(at) else { return (ratatui::text::Line::default(), RowMarks::default()) };
            let cells: Vec<(&str, Role)> = row.cells.iter().map(|cell| (cell.text.as_str(), cell.role)).collect();
            let marked = row.thing.is_some_and(|thing| state.route().marks.contains(&thing));
            (row_line(&columns, &widths, &cells, &state.theme), RowMarks { marked, changed: false })
        },
        theme: &state.theme,
    }
    .draw(layout.list, buffer);
}

/// What teaches where nothing is.
fn empty(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let route = state.route();
    let unfiltered = route.filter.text().is_empty();
    if let (Screen::Audit, Audit::Refused(failure)) = (&route.screen, &state.audit) {
        let hint = failure.hints.first().map_or("", String::as_str);
        return paragraph(state, layout.list, buffer, &[&printable(&failure.message), &printable(hint)]);
    }
    let lines: [&str; 2] = match &route.screen {
        _ if !unfiltered => {
            ["Nothing matches the filter.", "esc takes it away; !word excludes, field:value looks into one column."]
        }
        Screen::Credentials => {
            ["No keys yet.", "a adds one: choose the provider, paste the key. It is sealed before it is stored."]
        }
        Screen::Records(Kind::Pool) => {
            ["No pools yet.", "A pool shares load between keys of one provider. a makes one."]
        }
        Screen::Records(Kind::Instance) => [
            "No model instances yet.",
            "An instance is a provider, a model and parameters under one name. a makes one.",
        ],
        Screen::Records(Kind::Assignment) => [
            "No rules yet.",
            "A rule says which key is used at a scope. a writes one; on Workflows, a assigns what is under the cursor.",
        ],
        Screen::Records(Kind::Department) => ["No departments yet.", "Departments pay, and own keys. a makes one."],
        Screen::Records(Kind::Operator) => {
            ["No operators are seen.", "a adds one; roles are granted on the workspace or a department."]
        }
        Screen::Audit => match state.audit {
            Audit::Unread => ["The audit log is being read.", ""],
            Audit::Read(_) | Audit::Refused(_) => ["There are no such rows.", ""],
        },
        _ => ["Nothing is here.", "a adds one."],
    };
    paragraph(state, layout.list, buffer, &lines);
}
