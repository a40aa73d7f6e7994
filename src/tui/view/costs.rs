//! Costs: pictures beside the rows, each with its numbers.
//!
//! ```text
//! │ Last 60 days                 $1,204.10 │
//! │ ▁▂▂▃▁▁▂▃▃▃▁▁▂▄▅▃▁▁▂▃▃█▁▁▂▃             │
//! │ most $61.00 on 3 Nov, mean $20.07
//! │ Budgets of departments, 2026-11        │
//! │ Finance   ███████░░░ $400.00/$500.00   │
//! │ Twelve weeks, by day                   │
//! │ Mo ░░▒▒▓▓██                     $41.20 │
//! ```

use std::collections::HashMap;

use jiff::{Span as Days, civil::Date};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    domain::{fact::Month, money::MicroDollars, name::printable},
    ops::costs::{BudgetNote, CostOverview, CostRow, DayRow},
    tui::{
        state::{State, costs::PICTURES},
        theme::{Role, Theme},
        widget::{
            heat::{Heat, Used, weeks_in},
            spark::{gauge, sparkline},
            width::{fit, truncate, width},
        },
        words,
    },
};

/// How many days the line of bars covers.
const SPARK_DAYS: u32 = 60;

/// How many weeks the heat map covers.
const WEEKS: usize = 12;

/// From so many columns on, what is low stands in two columns.
const TWO_COLUMNS: u16 = 72;

/// The height of the heat map with its heading.
const HEAT_HEIGHT: u16 = 8;

/// Draws the pictures, the one that was chosen first.
pub(super) fn pictures(state: &State, area: Rect, buffer: &mut Buffer) {
    let Some(answer) = state.cost_answer() else { return };
    let pictures = Pictures { state, answer, theme: &state.theme };
    let first = state.route().pane % PICTURES;
    let mut order: Vec<usize> = (0..PICTURES).map(|at| (first + at) % PICTURES).collect();
    if area.width >= TWO_COLUMNS && area.height < 2 * HEAT_HEIGHT {
        // What is chosen stands at the left, and the map if nothing is.
        let left = if first == 0 { 2 } else { first };
        order.retain(|picture| *picture != left);
        let half = Rect { width: (area.width / 2).min(40), ..area };
        let right = Rect { x: half.right() + 2, width: area.width - half.width - 2, ..area };
        stack(&pictures, &[left], half, buffer);
        return stack(&pictures, &order, right, buffer);
    }
    stack(&pictures, &order, area, buffer);
}

/// Draws pictures below each other, with an empty line between them where there is room for all.
fn stack(pictures: &Pictures<'_>, order: &[usize], area: Rect, buffer: &mut Buffer) {
    let columns = usize::from(area.width);
    let blocks: Vec<Vec<Line<'static>>> = order.iter().map(|at| pictures.lines(*at, columns)).collect();
    let all: usize = blocks.iter().map(Vec::len).sum::<usize>() + blocks.len().saturating_sub(1);
    let gap = u16::from(all <= usize::from(area.height));
    let mut y = area.y;
    for block in blocks.iter().filter(|block| !block.is_empty()) {
        // A picture without its head says nothing: where the room ends, it is left out.
        if y > area.y && area.bottom().saturating_sub(y) < 2 {
            return;
        }
        for line in block {
            if y >= area.bottom() {
                return;
            }
            buffer.set_line(area.x, y, line, area.width);
            y += 1;
        }
        y += gap;
    }
}

/// What the pictures are drawn from.
struct Pictures<'a> {
    state: &'a State,
    answer: &'a CostOverview,
    theme: &'a Theme,
}

impl Pictures<'_> {
    fn lines(&self, picture: usize, columns: usize) -> Vec<Line<'static>> {
        match picture {
            0 => self.spark(&self.answer.daily, columns),
            1 => self.bars(columns),
            2 => self.heat(columns),
            _ => self.row(columns),
        }
    }

    fn heading(&self, text: &str, number: &str, columns: usize) -> Line<'static> {
        let room = columns.saturating_sub(width(number) + 1);
        Line::from(vec![
            Span::styled(format!("{} ", fit(text, room)), self.theme.style(Role::Heading)),
            Span::styled(number.to_owned(), self.theme.style(Role::Money)),
        ])
    }

    fn muted(&self, text: &str, columns: usize) -> Line<'static> {
        Line::styled(truncate(text, columns).into_owned(), self.theme.style(Role::Muted))
    }

    /// Sixty days as a line of bars; where there is no room for sixty, one bar stands for several days.
    fn spark(&self, days: &[DayRow], columns: usize) -> Vec<Line<'static>> {
        let known = by_day(days);
        let first = self.answer.today.saturating_sub(Days::new().days(i64::from(SPARK_DAYS) - 1));
        let dates: Vec<Date> = first.series(Days::new().days(1)).take_while(|day| *day <= self.answer.today).collect();
        let per = dates.len().div_ceil(columns.max(1)).max(1);
        let value = |day: &Date| known.get(day).map_or(Some(0), |amount| amount.map(micros));
        let bar = |days: &[Date]| {
            let known: Vec<u64> = days.iter().filter_map(value).collect();
            (!known.is_empty()).then(|| known.iter().fold(0, |sum: u64, more| sum.saturating_add(*more)))
        };
        let values: Vec<Option<u64>> = dates.chunks(per).map(bar).collect();
        let spent = || dates.iter().filter_map(|day| Some((*day, known.get(day).copied().flatten()?)));
        let Some((most, top)) = spent().max_by_key(|(day, amount)| (*amount, *day)).map(|(day, it)| (it, day)) else {
            return vec![
                self.heading(&format!("Last {SPARK_DAYS} days"), "unknown", columns),
                self.muted("No usage with a known price in these days.", columns),
            ];
        };
        let sum: MicroDollars = spent().map(|(_, amount)| amount).sum();
        let mean = MicroDollars(sum.0 / i64::from(SPARK_DAYS));
        let numbers = format!("most {} on {}, mean {}", words::money(most), top.strftime("%-d %b"), words::money(mean));
        vec![
            self.heading(&format!("Last {SPARK_DAYS} days"), &words::money(sum), columns),
            Line::styled(sparkline(&values, columns), self.theme.style(Role::Chart)),
            self.muted(&numbers, columns),
        ]
    }

    /// The departments' budgets as bars, the most pressing first.
    fn bars(&self, columns: usize) -> Vec<Line<'static>> {
        let Some(view) = self.state.view() else { return Vec::new() };
        let notes = view.department_budgets(self.state.now);
        let month = Month::of(self.state.now).to_string();
        let mut lines = vec![self.heading("Departments against budget", &month, columns)];
        if notes.is_empty() {
            lines.push(self.muted("No department has a budget; e on one of them under g d sets it.", columns));
        }
        let name = (columns / 3).clamp(6, 16);
        let room = columns.saturating_sub(name + 1);
        // One form and one width for all, so that bars can be compared: dates where there is room for them.
        let all = |form: fn(&BudgetNote) -> String| notes.iter().map(form).collect::<Vec<_>>();
        let widest = |texts: &[String]| texts.iter().map(|text| width(text)).max().unwrap_or(0);
        let long = all(with_date);
        let texts = if widest(&long) + LEAST_BAR <= room { long } else { all(without_date) };
        let bar = room.saturating_sub(widest(&texts)).min(20);
        lines.extend(notes.iter().zip(&texts).map(|(note, text)| self.bar(note, text, (name, bar), columns)));
        lines
    }

    fn bar(&self, note: &BudgetNote, text: &str, (name, bar): (usize, usize), columns: usize) -> Line<'static> {
        let state = &note.state;
        let over = is_over(note);
        let chart = if over { Role::ChartOver } else { Role::Chart };
        let used = state.spent.unwrap_or_default();
        let bar = if bar >= 3 { gauge(micros(used), micros(state.monthly), bar) } else { String::new() };
        let room = columns.saturating_sub(name + 1 + width(&bar));
        Line::from(vec![
            Span::styled(format!("{} ", fit(&printable(&note.name), name)), self.theme.style(Role::OwnerDepartment)),
            Span::styled(bar, self.theme.style(chart)),
            Span::styled(
                truncate(text, room).into_owned(),
                self.theme.style(if over { Role::Warn } else { Role::Money }),
            ),
        ])
    }

    /// Twelve weeks as a heat map.
    fn heat(&self, columns: usize) -> Vec<Line<'static>> {
        let weeks = weeks_in(columns, WEEKS);
        if weeks == 0 {
            return Vec::new();
        }
        let known = by_day(&self.answer.daily);
        let values = |day: Date| match known.get(&day) {
            None => Used::Nothing,
            Some(None) => Used::Unknown,
            Some(Some(amount)) => Used::Amount(micros(*amount)),
        };
        let told = |amount: u64| words::money(MicroDollars(i64::try_from(amount).unwrap_or(i64::MAX)));
        let columns = columns.min(3 + 2 * weeks + 14);
        let heat = Heat { values: &values, today: self.answer.today, weeks, told };
        let most = format!("██ to {}", told(heat.greatest()));
        let mut lines = vec![self.heading(&format!("{weeks} weeks by day"), &most, columns)];
        lines.extend(heat.lines(columns, self.theme));
        lines
    }

    /// The row under the cursor, with everything that is known of it.
    fn row(&self, columns: usize) -> Vec<Line<'static>> {
        let Some(row) = self.state.cost_row() else { return Vec::new() };
        let mut lines = vec![self.heading(&printable(&row.name), &amount(row.figures.spend), columns)];
        lines.extend(facts(row).into_iter().map(|(name, text)| {
            Line::from(vec![
                Span::styled(fit(name, 12), self.theme.style(Role::Muted)),
                Span::styled(truncate(&text, columns.saturating_sub(12)).into_owned(), self.theme.style(Role::Text)),
            ])
        }));
        lines
    }
}

/// The least columns of a bar beside which there is a date.
const LEAST_BAR: usize = 10;

/// Says whether a budget is spent, or will be before the month ends.
fn is_over(note: &BudgetNote) -> bool {
    note.state.left <= MicroDollars::ZERO || note.runs_out.is_some()
}

/// What was spent of a budget, and of which kind it is.
fn numbers(note: &BudgetNote) -> String {
    let spent = note.state.spent.map_or_else(|| "unknown".to_owned(), words::short_money);
    let kind = if note.state.kind == crate::domain::money::BudgetKind::Hard { " hard" } else { "" };
    format!(" {spent}/{}{kind}", words::short_money(note.state.monthly))
}

/// The same, with the day on which it runs out.
fn with_date(note: &BudgetNote) -> String {
    match note.runs_out {
        Some(_) if note.state.left <= MicroDollars::ZERO => format!("{} spent", numbers(note)),
        Some(day) => format!("{} out {}", numbers(note), day.strftime("%-d %b")),
        None => numbers(note),
    }
}

/// The same with a sign where it runs out; the rows beside it tell the day.
fn without_date(note: &BudgetNote) -> String {
    format!("{}{}", numbers(note), if is_over(note) { " !" } else { "" })
}

/// What is known of a row besides its spend, each with its name.
fn facts(row: &CostRow) -> Vec<(&'static str, String)> {
    let figures = &row.figures;
    let mut facts = vec![
        ("recorded", amount(figures.recorded)),
        (
            "tokens",
            format!("{} in, {} out", words::compact(figures.input_tokens), words::compact(figures.output_tokens)),
        ),
        ("requests", words::grouped(figures.requests)),
    ];
    if figures.unpriced_requests > 0 {
        facts.push(("unpriced", format!("{} of them: no price", words::grouped(figures.unpriced_requests))));
    }
    if figures.priced_later_requests > 0 {
        let later = words::grouped(figures.priced_later_requests);
        facts.push(("estimate", format!("the price of {later} requests was set after they came in")));
    } else if figures.estimate {
        facts.push(("estimate", "the source does not tell which key it used".to_owned()));
    }
    if let Some(budget) = &row.budget {
        let spent = budget.spent.map_or_else(|| "unknown".to_owned(), words::money);
        facts.push(("budget", format!("{spent} of {} {}", words::money(budget.monthly), budget.kind.word())));
        facts.push(("month's end", format!("{} at this pace", words::money(budget.month_end))));
        facts.push(("runs out", row.runs_out.map_or_else(|| "not this month".to_owned(), |day| day.to_string())));
    }
    facts
}

fn amount(amount: Option<MicroDollars>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), words::money)
}

fn micros(amount: MicroDollars) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}

fn by_day(days: &[DayRow]) -> HashMap<Date, Option<MicroDollars>> {
    days.iter().map(|row| (row.day, row.counted)).collect()
}
