//! Columns for the rows of a list: which are shown at a width, how wide each is, their heads with the order of sorting.

use ratatui::text::{Line, Span};

use super::width::{fit, fit_right, prefix};
use crate::tui::theme::{Role, Theme};

/// The blank columns between two columns.
pub const GAP: usize = 2;

/// One column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands at its head.
    pub title: &'static str,
    /// The least width that makes sense.
    pub least: usize,
    /// Its share of the room that is left; 0 for a column that never grows.
    pub grow: usize,
    /// Whether it holds numbers, which stand at the right.
    pub right: bool,
    /// Which columns go first where room is short: those of the greatest rank; rank 0 stays always.
    pub rank: u8,
}

/// In which order a column is sorted, and as which of the levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// The column's number.
    pub column: usize,
    /// Whether the greatest come first.
    pub descending: bool,
}

/// Shares `room` out among columns; a width of 0 means that the column isn't shown.
pub fn widths(columns: &[Column], room: usize) -> Vec<usize> {
    let mut shown: Vec<bool> = vec![true; columns.len()];
    let needed = |shown: &[bool]| {
        let widths = columns.iter().zip(shown).filter(|(_, shown)| **shown).map(|(column, _)| column.least + GAP);
        widths.sum::<usize>().saturating_sub(GAP)
    };
    while needed(&shown) > room {
        let droppable = columns.iter().enumerate().filter(|(index, column)| shown[*index] && column.rank > 0);
        // Of equal rank the last goes first.
        let Some((index, _)) = droppable.max_by_key(|(index, column)| (column.rank, *index)) else { break };
        shown[index] = false;
    }
    let spare = room.saturating_sub(needed(&shown));
    let shares: usize = columns.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(column, _)| column.grow).sum();
    let mut given = 0;
    let mut passed = 0;
    let mut allot = |column: &Column| {
        passed += column.grow;
        // Rounding is carried on, so that the shares add up to the room.
        let upto = (spare * passed).checked_div(shares).unwrap_or(0);
        let width = column.least + upto - given;
        given = upto;
        width
    };
    columns.iter().zip(&shown).map(|(column, shown)| if *shown { allot(column) } else { 0 }).collect()
}

/// Builds a row's line from its cells: a text and what it means.
pub fn row_line(columns: &[Column], widths: &[usize], cells: &[(&str, Role)], theme: &Theme) -> Line<'static> {
    let cells = columns.iter().zip(widths).zip(cells).filter(|((_, width), _)| **width > 0);
    let mut spans = Vec::new();
    for ((column, width), (text, role)) in cells {
        if !spans.is_empty() {
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        let text = if column.right { fit_right(text, *width) } else { fit(text, *width) };
        spans.push(Span::styled(text, theme.style(*role)));
    }
    Line::from(spans)
}

/// Builds the line of heads, with `▲` or `▼` and the level at each sorted column (the number only if there are two).
pub fn head_line(columns: &[Column], widths: &[usize], sorted: &[Sorted], theme: &Theme) -> Line<'static> {
    let titles: Vec<String> = (0..columns.len())
        .map(|index| {
            let Some(level) = sorted.iter().position(|sorted| sorted.column == index) else {
                return columns[index].title.to_owned();
            };
            let arrow = if sorted[level].descending { '▼' } else { '▲' };
            let number = if sorted.len() > 1 { (level + 1).to_string() } else { String::new() };
            // The arrow says more than the end of the title.
            let room = widths.get(index).map_or(0, |width| width.saturating_sub(1 + number.len()));
            format!("{}{arrow}{number}", prefix(columns[index].title, room))
        })
        .collect();
    let cells: Vec<(&str, Role)> = titles.iter().map(|title| (title.as_str(), Role::Heading)).collect();
    row_line(columns, widths, &cells, theme)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn column(title: &'static str, least: usize, grow: usize, right: bool, rank: u8) -> Column {
        Column { title, least, grow, right, rank }
    }

    const COLUMNS: [Column; 4] = [
        column("workflow", 8, 2, false, 0),
        column("key", 6, 1, false, 0),
        column("owner", 6, 0, false, 2),
        column("cost", 5, 0, true, 1),
    ];

    fn draw(room: usize) -> String {
        let theme = Theme::builtin("mono");
        let widths = widths(&COLUMNS, room);
        let sorted = [Sorted { column: 3, descending: true }, Sorted { column: 0, descending: false }];
        let cells = [
            ("invoice-bot", Role::Strong),
            ("日本語", Role::Text),
            ("Legal", Role::OwnerDepartment),
            ("1.50", Role::Money),
        ];
        format!("{}\n{}", head_line(&COLUMNS, &widths, &sorted, &theme), row_line(&COLUMNS, &widths, &cells, &theme))
    }

    #[test]
    fn columns_go_by_rank_and_the_rest_grows() {
        insta::assert_snapshot!([draw(40), draw(24), draw(16)].join("\n\n"), @r"
        workflow▲2      key        owner   cos▼1
        invoice-bot     日本語     Legal    1.50

        workfl▲2  key      cos▼1
        invoice…  日本語    1.50

        workfl▲2  key   
        invoice…  日本語
        ");
    }

    proptest! {
        #[test]
        fn the_room_is_used_exactly_and_never_exceeded(
            shapes in proptest::collection::vec((1_usize..9, 0_usize..3, 0_u8..4), 1..8), room in 0_usize..90
        ) {
            let columns: Vec<Column> =
                shapes.iter().map(|(least, grow, rank)| column("x", *least, *grow, false, *rank)).collect();
            let widths = widths(&columns, room);
            let shown: Vec<usize> = widths.iter().copied().filter(|width| *width > 0).collect();
            let total = shown.iter().sum::<usize>() + GAP * shown.len().saturating_sub(1);
            let least: usize = columns.iter().filter(|column| column.rank == 0).map(|column| column.least + GAP).sum();
            prop_assert!(total <= room.max(least));
            let grows = columns.iter().zip(&widths).any(|(column, width)| *width > 0 && column.grow > 0);
            if grows && total >= least && room >= least {
                prop_assert_eq!(total, room);
            }
        }
    }
}
