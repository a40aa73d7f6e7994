//! Which columns a list shows, and in which order: the program's own, unless the settings or the user say otherwise.

use super::{
    State,
    layout::Layout,
    route::Screen,
    table::{Head, columns},
};
use crate::{
    domain::guess::nearest,
    tui::widget::{
        list::ListState,
        table::{Column, widths},
    },
};

/// What a user chose of the columns of one list. It is written as in the settings: `+expires` shows a column even where
/// room is short, `-last4` hides one, and a name alone puts it next at the left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The columns by number, in the order of the screen.
    order: Vec<usize>,
    /// Those that are not shown.
    hidden: Vec<usize>,
    /// Those that stay where room is short.
    kept: Vec<usize>,
}

impl Chosen {
    /// Returns the program's own choice.
    pub fn all(heads: &[Head]) -> Self {
        Self { order: (0..heads.len()).collect(), hidden: Vec::new(), kept: Vec::new() }
    }

    /// Reads a choice, and says what of it is no column.
    pub fn read(heads: &[Head], words: &[String]) -> (Self, Vec<String>) {
        let (mut chosen, mut faults, mut next) = (Self::all(heads), Vec::new(), 0);
        for word in words {
            let (sign, name) = match word.split_at_checked(1) {
                Some((sign @ ("+" | "-"), name)) => (sign, name),
                _ => ("", word.as_str()),
            };
            let Some(column) = heads.iter().position(|head| head.is_called(name)) else {
                let guess = nearest(name, heads.iter().map(|head| head.field));
                let guess = guess.map(|guess| format!("; did you mean {guess}?")).unwrap_or_default();
                faults.push(format!("there is no column {name}{guess}"));
                continue;
            };
            match sign {
                "+" => chosen.kept.push(column),
                "-" => chosen.hidden.push(column),
                _ => {
                    chosen.order.retain(|known| *known != column);
                    chosen.order.insert(next, column);
                    next += 1;
                }
            }
        }
        (chosen, faults)
    }

    /// Writes the choice; nothing if it is the program's own.
    pub fn write(&self, heads: &[Head]) -> Vec<String> {
        let name = |sign: &str, column: &usize| heads.get(*column).map(|head| format!("{sign}{}", head.field));
        let moved = !self.order.is_sorted();
        let order = self.order.iter().filter(|_| moved).filter_map(|column| name("", column));
        let hidden = self.hidden.iter().filter_map(|column| name("-", column));
        order.chain(hidden).chain(self.kept.iter().filter_map(|column| name("+", column))).collect()
    }

    /// Returns the columns in the order of the screen, those that are hidden among them.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Says whether a column is shown.
    pub fn shows(&self, column: usize) -> bool {
        !self.hidden.contains(&column)
    }

    /// Returns the columns that are shown, in order.
    pub fn shown(&self) -> impl Iterator<Item = usize> {
        self.order.iter().copied().filter(|column| self.shows(*column))
    }

    /// Hides a column, or shows it again, even where room is short. The last one stays.
    pub fn toggle(&mut self, column: usize) {
        if self.shows(column) {
            if self.shown().count() > 1 {
                self.hidden.push(column);
                self.kept.retain(|known| *known != column);
            }
        } else {
            self.hidden.retain(|known| *known != column);
            self.kept.push(column);
        }
    }

    /// Moves the column at a place of the order by one, and returns where it is then.
    pub fn shift(&mut self, at: usize, later: bool) -> usize {
        let to = if later { (at + 1).min(self.order.len().saturating_sub(1)) } else { at.saturating_sub(1) };
        self.order.swap(at, to);
        to
    }
}

/// The box in which columns are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chooser {
    /// Cursor and window.
    pub list: ListState,
}

/// Says whether the columns of a screen can be put in another order: those of a tree hang on the first.
pub fn can_move(screen: &Screen) -> bool {
    *screen != Screen::Workflows
}

/// Returns what is chosen of the columns of the screen.
pub fn chosen(state: &State) -> Chosen {
    let screen = &state.route().screen;
    let heads = columns(screen);
    let known = state.columns.get(screen.title()).filter(|known| known.order.len() == heads.len());
    let mut chosen = known.cloned().unwrap_or_else(|| Chosen::all(heads));
    if !can_move(screen) {
        chosen.order.sort_unstable();
        chosen.hidden.retain(|column| *column > 0);
    }
    chosen
}

/// The columns of a list as they stand on the screen.
#[derive(Clone, Debug, Default)]
pub struct Laid {
    /// Their numbers, in order.
    pub numbers: Vec<usize>,
    /// Their shapes, in that order.
    pub columns: Vec<Column>,
    /// Their widths; 0 for one that is not shown.
    pub widths: Vec<usize>,
}

impl Laid {
    /// Returns for each shown column its number, and where it stands from the left of the list.
    pub fn spans(&self) -> impl Iterator<Item = (usize, std::ops::Range<u16>)> {
        let mut x: u16 = 2;
        let shown = self.numbers.iter().zip(&self.widths).filter(|(_, width)| **width > 0);
        shown.map(move |(number, width)| {
            let width = u16::try_from(*width).unwrap_or(u16::MAX);
            let span = x..x.saturating_add(width);
            x = span.end.saturating_add(2);
            (*number, span)
        })
    }
}

/// Lays the columns of the screen's list out. A tree keeps the place of each; what it hides has no width.
pub fn laid(state: &State, layout: &Layout) -> Laid {
    let screen = &state.route().screen;
    let heads = columns(screen);
    let chosen = chosen(state);
    // A blank stands between the list and what is beside it, and the bar if there is one.
    let bar = if state.row_count() > usize::from(layout.list.height) { 2 } else { 1 };
    let room = usize::from(layout.list.width.saturating_sub(2 + bar));
    let numbers: Vec<usize> = chosen.shown().collect();
    let shape = |column: &usize| {
        let shape = heads[*column].shape;
        if chosen.kept.contains(column) { Column { rank: 0, ..shape } } else { shape }
    };
    let columns: Vec<Column> = numbers.iter().map(shape).collect();
    let given = widths(&columns, room);
    if can_move(screen) {
        return Laid { numbers, columns, widths: given };
    }
    let mut widths = vec![0; heads.len()];
    for (column, width) in numbers.iter().zip(given) {
        widths[*column] = width;
    }
    Laid { numbers: (0..heads.len()).collect(), columns: heads.iter().map(|head| head.shape).collect(), widths }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        let heads = columns(&Screen::Credentials);
        let (chosen, faults) = Chosen::read(heads, &words("owner,state,-last4,+budget-left,-shape,+ownr"));
        assert_eq!(faults, ["there is no column shape", "there is no column ownr; did you mean owner?"]);
        let shown: Vec<&str> = chosen.shown().map(|column| heads[column].field).collect();
        assert_eq!(shown, ["owner", "state", "key", "provider", "env", "expires", "uses", "verified", "budget left"]);
        let (again, faults) = Chosen::read(heads, &chosen.write(heads));
        assert_eq!((again, faults.len()), (chosen, 0));
        assert!(Chosen::all(heads).write(heads).is_empty());
    }

    #[test]
    fn the_last_column_stays() {
        let heads = columns(&Screen::Providers);
        let mut chosen = Chosen::all(heads);
        (0..heads.len()).for_each(|column| chosen.toggle(column));
        assert_eq!(chosen.shown().count(), 1);
        chosen.toggle(0);
        assert_eq!(chosen.shown().collect::<Vec<_>>(), [0, 4]);
        assert_eq!((chosen.shift(0, true), chosen.order()[1]), (1, 0));
    }
}
