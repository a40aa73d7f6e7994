//! The overview: what needs attention in the state that staging leads to, group by group, and counts of the workspace.
//!
//! It is made on another thread, since every node is asked; what is kept are texts that need no more asking.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use super::{State, route::Screen};
use crate::{
    domain::{Timestamp, money::MicroDollars},
    ops::{
        find::Thing,
        lint::{Code, Finding, Lint, Severity},
        rows,
        view::View,
    },
    tui::widget::filter::{Filter, Searched},
};

/// What a filter of the overview can look into.
pub const FIELDS: &[&str] = &["severity", "code", "finding", "what"];

/// What needs attention.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What was found, worst first.
    pub lint: Lint,
    /// The findings in groups, in their order.
    pub groups: Vec<Group>,
    /// For each finding, what it is about.
    pub places: Vec<String>,
    /// For each finding, what is wrong.
    pub sentences: Vec<String>,
    /// Counts of the workspace.
    pub tally: Tally,
}

/// Findings of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// How bad they are.
    pub severity: Severity,
    /// What is wrong.
    pub code: Code,
    /// The first of them.
    pub first: usize,
    /// How many there are.
    pub count: usize,
}

impl Group {
    /// Returns its name for people.
    pub fn name(&self) -> String {
        self.code.word().replace('_', " ")
    }
}

/// How much there is of everything that the viewer sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workflows.
    pub workflows: usize,
    /// Nodes.
    pub nodes: usize,
    /// Nodes that get no key.
    pub lacking: usize,
    /// Credentials.
    pub keys: usize,
    /// Rules.
    pub rules: usize,
    /// Departments.
    pub departments: usize,
    /// What the workflows cost in the last thirty days.
    pub spend: MicroDollars,
}

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A group, by its number.
    Group(usize),
    /// A finding, by its number.
    Finding(usize),
}

/// What a line is about, whatever its number: the cursor stays on it when the findings are made anew.
pub type Mark = (Severity, Code, Option<Thing>);

/// The overview, as far as it is known, and how it is looked at.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// What was found last; none before the first answer.
    pub found: Option<Arc<Overview>>,
    /// The groups that are open.
    pub open: HashSet<(Severity, Code)>,
    /// The visible lines.
    pub lines: Vec<Line>,
}

struct Sought<'a> {
    overview: &'a Overview,
    at: usize,
}

impl Searched for Sought<'_> {
    fn text(&self) -> Cow<'_, str> {
        let finding = &self.overview.lint.findings[self.at];
        let (place, sentence) = (&self.overview.places[self.at], &self.overview.sentences[self.at]);
        let code = finding.code.word().replace('_', " ");
        Cow::Owned(format!("{} {code} {place} {sentence}", finding.severity.word()))
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let finding = &self.overview.lint.findings[self.at];
        Some(match name {
            "severity" => finding.severity.word().into(),
            "code" => finding.code.word().into(),
            "finding" => self.overview.places[self.at].as_str().into(),
            "what" => self.overview.sentences[self.at].as_str().into(),
            _ => return None,
        })
    }
}

impl Overview {
    /// Looks for everything that is wrong, and counts what there is.
    pub fn of(view: &View, within_days: u32, now: Timestamp) -> Self {
        let lint = view.lint(within_days, now);
        let mut groups: Vec<Group> = Vec::new();
        for (at, finding) in lint.findings.iter().enumerate() {
            match groups.last_mut().filter(|it| (it.severity, it.code) == (finding.severity, finding.code)) {
                Some(group) => group.count += 1,
                None => groups.push(Group { severity: finding.severity, code: finding.code, first: at, count: 1 }),
            }
        }
        let places = lint.findings.iter().map(|it| place(view, Lint::thing(it))).collect();
        let sentences = lint.findings.iter().map(|it| lint.sentence(it)).collect();
        let tally = Tally::of(view, &lint);
        Self { lint, groups, places, sentences, tally }
    }

    /// Returns the lines that are seen: groups, and the findings of those that are open; a filter opens what it found.
    pub fn lines(&self, open: &HashSet<(Severity, Code)>, filter: &str) -> Vec<Line> {
        let filter = Filter::parse(filter, FIELDS);
        let mut lines = Vec::new();
        let looked_through = if filter.is_empty() { 0 } else { self.lint.findings.len() };
        let sought: Vec<Sought<'_>> = (0..looked_through).map(|at| Sought { overview: self, at }).collect();
        let found: HashSet<usize> = filter.select(&sought).into_iter().collect();
        for (number, group) in self.groups.iter().enumerate() {
            let all = group.first..group.first + group.count;
            if filter.is_empty() {
                lines.push(Line::Group(number));
                let is_open = open.contains(&(group.severity, group.code));
                lines.extend(all.filter(|_| is_open).map(Line::Finding));
            } else {
                let mut found = all.filter(|at| found.contains(at)).map(Line::Finding).peekable();
                if found.peek().is_some() {
                    lines.push(Line::Group(number));
                    lines.extend(found);
                }
            }
        }
        lines
    }

    /// Returns what a line is about.
    pub fn mark(&self, line: Line) -> Option<Mark> {
        match line {
            Line::Group(at) => self.groups.get(at).map(|group| (group.severity, group.code, None)),
            Line::Finding(at) => {
                let it = self.lint.findings.get(at)?;
                Some((it.severity, it.code, Some(Lint::thing(it))))
            }
        }
    }
}

impl Tally {
    fn of(view: &View, lint: &Lint) -> Self {
        let spend = view.workflows().filter_map(|(ix, _)| view.recent_spend(ix)).map(|spent| spent.amount);
        Self {
            workflows: view.workflows().count(),
            nodes: view.nodes().count(),
            lacking: lint.findings.iter().filter(|it| it.code == Code::NoKey).count(),
            keys: view.credentials().count(),
            rules: view.assignments().count(),
            departments: view.departments().count(),
            spend: spend.fold(MicroDollars::ZERO, |sum, amount| sum + amount),
        }
    }
}

/// Names a thing for people: a rule by its scope, anything else by its link.
fn place(view: &View, thing: Thing) -> String {
    match thing {
        Thing::Assignment(ix) => match view.assignment(ix) {
            Some(it) => format!("rule of {}", rows::assignment(view, ix, it).scope),
            None => view.link(thing),
        },
        _ => view.link(thing),
    }
}

impl State {
    /// Returns the line under the cursor of the overview.
    pub fn attention_line(&self) -> Option<Line> {
        let on_overview = self.route().screen == Screen::Overview;
        self.attention.lines.get(self.route().list.cursor).copied().filter(|_| on_overview)
    }

    /// Returns the finding under the cursor of the overview.
    pub fn finding(&self) -> Option<&Finding> {
        match self.attention_line()? {
            Line::Finding(at) => self.attention.found.as_ref()?.lint.findings.get(at),
            Line::Group(_) => None,
        }
    }

    /// Returns the group under the cursor of the overview, or the one that the finding there belongs to.
    pub fn finding_group(&self) -> Option<Group> {
        let overview = self.attention.found.as_ref()?;
        match self.attention_line()? {
            Line::Group(at) => overview.groups.get(at).copied(),
            Line::Finding(at) => {
                overview.groups.iter().find(|it| (it.first..it.first + it.count).contains(&at)).copied()
            }
        }
    }
}
