//! Where the user is, and the way that led there: each place keeps its filter, order, cursor and marks.

use std::collections::HashSet;

use super::{costs::CostPlace, preview::Preview};
use crate::{
    domain::record::Kind,
    ops::find::Thing,
    tui::widget::{input::TextInput, list::ListState, table::Sorted},
};

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// What needs attention.
    Overview,
    /// Workflows by providers.
    Matrix,
    /// The tree of workflows, and the key that each node uses.
    Workflows,
    /// Providers.
    Providers,
    /// Credentials.
    Credentials,
    /// Things of one kind: departments, pools, instances, rules, operators.
    Records(Kind),
    /// Which key is used at a place, and why.
    Preview(Box<Preview>),
    /// What is staged, and what was applied.
    Changes,
    /// The audit log.
    Audit,
    /// What was spent, by whatever one asks for.
    Costs(Box<CostPlace>),
}

impl Screen {
    /// Returns its name.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Matrix => "Matrix",
            Self::Workflows => "Workflows",
            Self::Providers => "Providers",
            Self::Credentials => "Credentials",
            Self::Preview(_) => "Preview",
            Self::Changes => "Changes",
            Self::Audit => "Audit",
            Self::Costs(_) => "Costs",
            Self::Records(Kind::Department) => "Departments",
            Self::Records(Kind::Operator) => "Operators",
            Self::Records(Kind::Pool) => "Pools",
            Self::Records(Kind::Instance) => "Instances",
            Self::Records(Kind::Assignment) => "Rules",
            Self::Records(Kind::Model) => "Models",
            Self::Records(_) => "Things",
        }
    }

    /// Says whether two screens are the same place, whatever was done there.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Preview(one), Self::Preview(other)) => one.of == other.of,
            _ => self == other,
        }
    }
}

/// A range of rows that is being marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where it began.
    pub anchor: usize,
    /// What was marked before.
    pub before: HashSet<Thing>,
    /// Whether every motion extends it; else only those with shift do, and any other ends it.
    pub sticky: bool,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The screen.
    pub screen: Screen,
    /// The filter, as typed.
    pub filter: TextInput,
    /// The order, the first level first; empty for the screen's own.
    pub sort: Vec<Sorted>,
    /// The cursor and the window of the list.
    pub list: ListState,
    /// The cursor and the window among the columns, where there are many.
    pub across: ListState,
    /// The first line of the details that is seen.
    pub detail: usize,
    /// What is marked.
    pub marks: HashSet<Thing>,
    /// The range that is being marked.
    pub range: Option<Range>,
    /// The column under the cursor, if one was chosen.
    pub column: Option<usize>,
    /// Whether details are shown; as the width suggests, if nothing was said.
    pub details: Option<bool>,
    /// Which pane hears keys, from 0.
    pub pane: usize,
}

impl Route {
    /// Begins at the top of a screen.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            filter: TextInput::default(),
            sort: Vec::new(),
            list: ListState::default(),
            across: ListState::default(),
            detail: 0,
            marks: HashSet::new(),
            range: None,
            column: None,
            details: None,
            pane: 0,
        }
    }

    /// Returns the provider that the filter asks for, if it asks for nothing else.
    pub fn only_provider(&self) -> Option<&str> {
        let slug = self.filter.text().trim().strip_prefix("provider:");
        slug.filter(|slug| !slug.is_empty() && !slug.contains([' ', ',']))
    }
}

/// The way: where one was, is, and was before going back. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    routes: Vec<Route>,
    at: usize,
    /// Where this session began: what lies before it is the last session's.
    root: usize,
}

/// How many places are remembered.
const REMEMBERED: usize = 64;

impl History {
    /// Begins somewhere.
    pub fn new(route: Route) -> Self {
        Self { routes: vec![route], at: 0, root: 0 }
    }

    /// Takes up the way of the last session, at its end; nothing if there is none.
    pub fn restored(routes: Vec<Route>) -> Option<Self> {
        let at = routes.len().checked_sub(1)?;
        Some(Self { routes, at, root: at })
    }

    /// Says whether this session went anywhere since it began.
    pub const fn is_under_way(&self) -> bool {
        self.at > self.root
    }

    /// Returns where one is.
    pub fn here(&self) -> &Route {
        &self.routes[self.at]
    }

    /// Returns where one is, to be changed.
    pub fn here_mut(&mut self) -> &mut Route {
        &mut self.routes[self.at]
    }

    /// Goes somewhere new; what lay ahead is forgotten. Going where one is changes nothing.
    pub fn go(&mut self, route: Route) {
        if self.here().screen.is_same_place(&route.screen) {
            return;
        }
        self.routes.truncate(self.at + 1);
        self.routes.push(route);
        if self.routes.len() > REMEMBERED {
            self.routes.remove(0);
            self.root = self.root.saturating_sub(1);
        }
        self.at = self.routes.len() - 1;
    }

    /// Goes to a screen as it was left last, if it is on the way; else to its top.
    pub fn visit(&mut self, screen: Screen) {
        let known = self.routes.iter().rev().find(|route| route.screen.is_same_place(&screen)).cloned();
        self.go(known.unwrap_or_else(|| Route::new(screen)));
    }

    /// Goes back; says whether there was a way.
    pub fn back(&mut self) -> bool {
        let can = self.can_go_back();
        self.at -= usize::from(can);
        can
    }

    /// Goes forward again; says whether there was a way.
    pub fn forward(&mut self) -> bool {
        let can = self.can_go_forward();
        self.at += usize::from(can);
        can
    }

    /// Says whether there is a way back.
    pub const fn can_go_back(&self) -> bool {
        self.at > 0
    }

    /// Says whether there is a way forward.
    pub fn can_go_forward(&self) -> bool {
        self.at + 1 < self.routes.len()
    }

    /// Returns the last places up to here with their numbers.
    pub fn way(&self, most: usize) -> Vec<(usize, &Route)> {
        let first = (self.at + 1).saturating_sub(most);
        (first..=self.at).map(|number| (number, &self.routes[number])).collect()
    }

    /// Goes to a place by its number, as one would go back to it.
    pub fn to(&mut self, number: usize) {
        self.at = number.min(self.routes.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_finds_filter_and_cursor_as_they_were() {
        let mut history = History::new(Route::new(Screen::Workflows));
        history.here_mut().filter.set("legal");
        history.here_mut().list.cursor = 7;
        history.visit(Screen::Credentials);
        history.visit(Screen::Credentials);
        assert!(history.back());
        assert_eq!((history.here().filter.text(), history.here().list.cursor), ("legal", 7));
        assert!(!history.back());
        assert!(history.forward() && !history.forward());
        history.visit(Screen::Workflows);
        assert_eq!(history.here().filter.text(), "legal");
        history.back();
        history.back();
        history.visit(Screen::Changes);
        assert!(!history.can_go_forward());
    }
}
