//! A heat map of days: weeks side by side, weekdays below each other, the sum of each weekday beside it.
//!
//! ```text
//! Mo ░░▒▒▓▓██     $41.20
//! Tu ▒▒▒▒▓▓··     $39.00
//! ```

use jiff::{Span as Days, civil::Date};
use ratatui::text::{Line, Span};

use super::width::fit_right;
use crate::tui::theme::{Role, Theme};

/// Shades from little to much, and what stands where nothing was used; blank is a day that is not there yet.
const SHADES: [&str; 4] = ["░░", "▒▒", "▓▓", "██"];
const NOTHING: &str = "··";
const UNKNOWN: &str = "??";

/// The weekdays, as they begin their lines.
const WEEKDAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// What is known of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// Nothing was used.
    Nothing,
    /// Something was used, and nobody knows what it came to.
    Unknown,
    /// So much was used.
    Amount(u64),
}

/// What is drawn.
pub struct Heat<'a> {
    /// What is known of each day.
    pub values: &'a dyn Fn(Date) -> Used,
    /// The last day.
    pub today: Date,
    /// How many weeks are drawn, this one included.
    pub weeks: usize,
    /// Writes an amount.
    pub told: fn(u64) -> String,
}

impl Heat<'_> {
    /// Returns the first day that is drawn, a Monday.
    pub fn first(&self) -> Date {
        let into = i64::from(self.today.weekday().to_monday_zero_offset());
        let back = into + 7 * (i64::try_from(self.weeks.max(1)).unwrap_or(1) - 1);
        self.today.saturating_sub(Days::new().days(back))
    }

    /// Returns the greatest amount of a day that is drawn.
    pub fn greatest(&self) -> u64 {
        let amount = |day| match (self.values)(day) {
            Used::Amount(amount) => Some(amount),
            Used::Nothing | Used::Unknown => None,
        };
        self.days().filter_map(amount).max().unwrap_or(0)
    }

    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        self.first().series(Days::new().days(1)).take_while(|day| *day <= self.today)
    }

    /// Draws seven lines.
    pub fn lines(&self, columns: usize, theme: &Theme) -> Vec<Line<'static>> {
        let greatest = self.greatest();
        let first = self.first();
        let line = |(weekday, name): (i64, &&str)| {
            let days = (0..i64::try_from(self.weeks).unwrap_or(0))
                .map(|week| first.saturating_add(Days::new().days(week * 7 + weekday)));
            let mut spans = vec![Span::styled(format!("{name} "), theme.style(Role::Muted))];
            let (mut sum, mut known) = (0_u64, false);
            for day in days {
                let (cell, role) = match (self.values)(day) {
                    _ if day > self.today => ("  ", Role::Muted),
                    Used::Nothing => (NOTHING, Role::Muted),
                    Used::Unknown => (UNKNOWN, Role::Warn),
                    Used::Amount(amount) => {
                        sum = sum.saturating_add(amount);
                        known = true;
                        (shade(amount, greatest), Role::Chart)
                    }
                };
                spans.push(Span::styled(cell, theme.style(role)));
            }
            let told = if known { (self.told)(sum) } else { "-".to_owned() };
            let room = columns.saturating_sub(3 + 2 * self.weeks);
            spans.push(Span::styled(fit_right(&told, room), theme.style(Role::Money)));
            Line::from(spans)
        };
        (0_i64..).zip(&WEEKDAYS).map(line).collect()
    }
}

/// Returns the shade of an amount; what is more than nothing is never drawn as nothing.
fn shade(amount: u64, greatest: u64) -> &'static str {
    match (amount, greatest) {
        (0, _) => NOTHING,
        (_, 0) => SHADES[0],
        (amount, greatest) => {
            let step = (u128::from(amount) * 4).div_ceil(u128::from(greatest)).clamp(1, 4);
            SHADES[usize::try_from(step - 1).unwrap_or(3)]
        }
    }
}

/// Returns how many weeks fit into so many columns with the numbers beside them, at most `most`.
pub const fn weeks_in(columns: usize, most: usize) -> usize {
    let fit = columns.saturating_sub(14) / 2;
    if fit < most { fit } else { most }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn text(lines: &[Line<'_>]) -> String {
        let line = |line: &Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn weekdays_have_shades_and_sums() {
        // The 21st of November 2026 is a Saturday.
        let values = |day: Date| match day.day() {
            16 => Used::Amount(100),
            9 => Used::Amount(1),
            10 => Used::Amount(0),
            11 => Used::Unknown,
            14 => Used::Amount(60),
            _ => Used::Nothing,
        };
        let heat = Heat { values: &values, today: date(2026, 11, 21), weeks: 2, told: |amount| amount.to_string() };
        assert_eq!((heat.first(), heat.greatest()), (date(2026, 11, 9), 100));
        insta::assert_snapshot!(text(&heat.lines(14, &Theme::builtin("mono"))), @r"
        Mo ░░██    101
        Tu ····      0
        We ??··      -
        Th ····      -
        Fr ····      -
        Sa ▓▓··     60
        Su ··        -
        ");
    }

    #[test]
    fn as_many_weeks_are_drawn_as_fit() {
        assert_eq!(weeks_in(37, 12), 11);
        assert_eq!(weeks_in(60, 12), 12);
        assert_eq!(weeks_in(3, 12), 0);
    }
}
