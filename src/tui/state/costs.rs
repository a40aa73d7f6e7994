//! Costs on the screen: what is asked, and what came back.

use super::State;
use crate::{
    domain::{Timestamp, fact::Month},
    ops::{
        costs::{CostOverview, CostQuestion, Dimension, Period},
        failure::Failure,
        view::View,
    },
};

/// How many days the screen asks for until somebody says otherwise.
const USUAL_DAYS: u32 = 30;

/// How many pictures stand beside the rows, and the row under the cursor.
pub const PICTURES: usize = 4;

/// What one looks at: a question, and in words what it is restricted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostPlace {
    /// The question.
    pub question: CostQuestion,
    /// What alone is looked at.
    pub of: Option<String>,
}

impl Default for CostPlace {
    fn default() -> Self {
        let question = CostQuestion { by: Dimension::Department, period: Period::Days(USUAL_DAYS), within: None };
        Self { question, of: None }
    }
}

impl CostPlace {
    /// Says what is shown: `Costs by workflow of Finance, 30 days`.
    pub fn title(&self) -> String {
        let of = self.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
        format!("Costs by {}{of}, {}", self.question.by.word(), period_words(self.question.period))
    }
}

impl CostPlace {
    /// Returns the words of the command that shows the same.
    pub fn command(&self, view: &View) -> Vec<String> {
        let mut words = vec!["costs".to_owned(), "--by".to_owned(), self.question.by.word().to_owned()];
        let (option, value) = match self.question.period {
            Period::Days(days) => ("--days", days.to_string()),
            Period::Month(month) => ("--month", month.to_string()),
            Period::Day(day) => ("--day", day.to_string()),
        };
        words.extend([option.to_owned(), value]);
        if let Some(of) = self.question.within.as_ref().and_then(|within| within.text(view)) {
            words.extend(["--of".to_owned(), of]);
        }
        words
    }
}

/// Says a period in a few words.
pub fn period_words(period: Period) -> String {
    match period {
        Period::Days(1) => "today".to_owned(),
        Period::Days(days) => format!("{days} days"),
        Period::Month(month) => month.to_string(),
        Period::Day(day) => day.to_string(),
    }
}

/// Returns the periods through which one goes: some days, this month, the month before.
pub fn periods(now: Timestamp) -> [Period; 5] {
    let month = Month::of(now);
    [Period::Days(7), Period::Days(30), Period::Days(90), Period::Month(month), Period::Month(month.before())]
}

/// Reads a period: `30`, `30 days`, `2026-11` or `2026-11-05`.
pub fn read_period(text: &str) -> Option<Period> {
    let days = text.trim().trim_end_matches("days").trim_end();
    if let Ok(days) = days.parse() {
        return (1..=crate::ops::costs::LONGEST_DAYS).contains(&days).then_some(Period::Days(days));
    }
    text.trim().parse().map(Period::Month).ok().or_else(|| text.trim().parse().map(Period::Day).ok())
}

/// What was read of costs.
#[derive(Clone, Debug, Default)]
pub enum Costing {
    /// Nothing yet.
    #[default]
    Unread,
    /// The newest answer.
    Read(Box<CostOverview>),
    /// It can't be read.
    Refused(Failure),
}

impl State {
    /// Returns what is asked on the screen of costs, if one is there.
    pub fn cost_place(&self) -> Option<&CostPlace> {
        match &self.route().screen {
            super::route::Screen::Costs(place) => Some(place),
            _ => None,
        }
    }

    /// Returns the answer to what is asked on the screen, once it is there.
    pub fn cost_answer(&self) -> Option<&CostOverview> {
        match (&self.costs, self.cost_place()) {
            (Costing::Read(answer), Some(place)) if answer.question == place.question => Some(answer),
            _ => None,
        }
    }

    /// Returns the row of costs under the cursor.
    pub fn cost_row(&self) -> Option<&crate::ops::costs::CostRow> {
        let at = *self.table.order.get(self.route().list.cursor)?;
        self.cost_answer()?.costs.rows.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_people_write_them() {
        assert_eq!(read_period("30"), Some(Period::Days(30)));
        assert_eq!(read_period(" 7 days"), Some(Period::Days(7)));
        assert_eq!(read_period("2026-11"), Some(Period::Month("2026-11".parse().unwrap())));
        assert_eq!(read_period("2026-11-05"), Some(Period::Day(jiff::civil::date(2026, 11, 5))));
        for text in ["", "0", "99999", "soon", "2026-13", "-3"] {
            assert_eq!(read_period(text), None, "{text}");
        }
        let now = "2026-01-05T12:00:00Z".parse().unwrap();
        assert_eq!(period_words(periods(now)[4]), "2025-12");
    }
}
