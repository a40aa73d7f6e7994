//! Flat lists: providers, credentials, departments, pools, instances, rules, operators.
//!
//! ```text
//!   key▲              provider   owner             env          state     expires       uses
//! › openai-finance    openai     Finance           production   active    in 12 days      14
//!   openai-old        openai     system            any          expired   expired …        0
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::{
    domain::{name::printable, record::Kind},
    tui::{
        state::{
            Audit, State,
            columns::{Laid, laid},
            costs::Costing,
            layout::Layout,
            route::Screen,
            table::filter,
        },
        theme::Role,
        widget::{
            found::Found,
            list::{List, RowMarks},
            table::{Sorted, head_line, row_line},
        },
    },
};

use super::workflows::paragraph;

/// Draws heads and visible rows.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let table = &state.table;
    if table.order.is_empty() {
        return empty(state, layout, buffer);
    }
    let laid = laid(state, layout);
    let Laid { numbers, columns, widths } = &laid;
    let head = head_line(columns, widths, &placed(&state.route().sort, numbers), &state.theme);
    buffer.set_line(layout.head.x + 2, layout.head.y, &head, layout.head.width.saturating_sub(2));
    let mut found = Found::new(filter(&state.route().screen, state.route().filter.text()), &state.theme);
    List {
        state: state.route().list,
        count: table.order.len(),
        focused: state.overlays.is_empty(),
        row: |at, _| {
            let (Some(row), Some(cells)) = (table.row(at), table.cells(at)) else { return Default::default() };
            let shown = numbers.iter().filter_map(|number| cells.get(*number));
            let cells: Vec<(&str, Role)> = shown.map(|cell| (cell.text.as_str(), cell.role)).collect();
            let changed = row.thing.is_some_and(|thing| state.changed.contains_key(&thing));
            let marked = row.thing.is_some_and(|thing| state.route().marks.contains(&thing));
            (found.mark(row_line(columns, widths, &cells, &state.theme)), RowMarks { marked, changed })
        },
        theme: &state.theme,
    }
    .draw(layout.list, buffer);
    column_cursor(state, layout, &laid, buffer);
}

/// Returns the levels of sorting by the places of the columns on the screen.
fn placed(sort: &[Sorted], numbers: &[usize]) -> Vec<Sorted> {
    let place = |level: &Sorted| {
        let column = numbers.iter().position(|number| *number == level.column);
        // A column that is hidden still counts as a level.
        Sorted { column: column.unwrap_or(usize::MAX), ..*level }
    };
    sort.iter().map(place).collect()
}

/// Underlines the head of the column under the cursor, and the cell where it meets the row.
fn column_cursor(state: &State, layout: &Layout, laid: &Laid, buffer: &mut Buffer) {
    let Some(chosen) = state.route().column else { return };
    let Some((_, span)) = laid.spans().find(|(column, _)| *column == chosen) else { return };
    let line = state.route().list.cursor.checked_sub(state.route().list.top).and_then(|at| u16::try_from(at).ok());
    let rows = [Some(layout.head.y), line.map(|line| layout.list.y + line).filter(|y| *y < layout.list.bottom())];
    for y in rows.into_iter().flatten() {
        let area = Rect { x: layout.list.x + span.start, y, width: span.end - span.start, height: 1 };
        let area = area.intersection(Rect { y, height: 1, ..layout.list });
        buffer.set_style(area, Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD));
    }
}

/// What teaches where nothing is.
fn empty(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let route = state.route();
    let unfiltered = route.filter.text().is_empty();
    if let (Screen::Audit, Audit::Refused(failure)) = (&route.screen, &state.audit) {
        let hint = failure.hints.first().map_or("", String::as_str);
        return paragraph(state, layout.list, buffer, &[&printable(&failure.message), &printable(hint)]);
    }
    if let (Screen::Credentials, Some(provider)) = (&route.screen, route.only_provider()) {
        let first = format!("No keys for {}.", printable(provider));
        let second = "a adds one: the provider is filled in, paste the key. It is sealed before it is stored.";
        return paragraph(state, layout.list, buffer, &[&first, second]);
    }
    if let (Screen::Costs(_), Costing::Refused(failure)) = (&route.screen, &state.costs) {
        let hint = failure.hints.first().map_or("", String::as_str);
        return paragraph(state, layout.list, buffer, &[&printable(&failure.message), &printable(hint)]);
    }
    let lines: [&str; 2] = match &route.screen {
        Screen::Costs(_) if state.cost_answer().is_none() => ["Costs are being summed up.", ""],
        _ if !unfiltered => {
            ["Nothing matches the filter.", "esc takes it away; !word excludes, field:value looks into one column."]
        }
        Screen::Costs(_) => [
            "No usage is known of this period.",
            "t looks at other days; keydeck import brings usage in: of Dify, FeedForward, LiteLLM or a CSV.",
        ],
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
        Screen::Records(Kind::Model) => {
            ["No models are known yet.", "Nodes and instances name them; a describes one, or sets a price."]
        }
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
