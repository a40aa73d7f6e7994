//! The columns of every list: titles, widths, which go first where room is short, and what filters call them.

use crate::{
    domain::record::Kind,
    tui::{state::route::Screen, widget::table::Column},
};

/// A column: its shape, and the name of its field in filters.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Title, widths and rank.
    pub shape: Column,
    /// What filters call it.
    pub field: &'static str,
}

impl Head {
    /// Says whether a name is the column's, whatever stands between its words: `budget-left`, `budget_left`.
    pub fn is_called(&self, name: &str) -> bool {
        is_same_name(self.field, name)
    }

    /// Returns the field of a form that holds what the column of a screen shows, if one does.
    pub fn edited(&self, screen: &Screen) -> Option<&'static str> {
        Some(match self.field {
            "this month" | "last4" | "uses" | "keys" | "nodes" | "workflows" | "$ in/out /M" | "price from" => {
                return None;
            }
            "model" if *screen == Screen::Records(Kind::Model) => "name",
            "department" | "pool" | "instance" => "name",
            "key" if *screen == Screen::Credentials => "name",
            "env" => "environment",
            "budget left" => "budget",
            "base url" => "base_url",
            "cost centre" => "cost_centre",
            "owner policy" => "owner_policy",
            "e-mail" => "email",
            "window" => "until",
            "ssh keys" => "ssh_keys",
            field => field,
        })
    }
}

/// Says whether two names are the same, whatever stands between their words.
pub fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        let letters = name.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_'));
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    one == other || letters(one) == letters(other)
}

const fn head(title: &'static str, least: usize, grow: usize, right: bool, rank: u8) -> Head {
    Head { shape: Column { title, least, grow, right, rank }, field: title }
}

/// The columns of the tree.
pub const TREE: &[Head] = &[
    head("workflow", 21, 5, false, 0),
    head("model", 12, 2, false, 2),
    head("key", 16, 3, false, 0),
    head("owner", 9, 2, false, 3),
    head("decided by", 10, 1, false, 1),
    head("cost", 13, 0, true, 4),
];

const OVERVIEW: &[Head] = &[
    head("severity", 9, 0, false, 0),
    head("finding", 22, 3, false, 0),
    head("what is wrong", 24, 5, false, 1),
    head("mend", 4, 0, false, 2),
];

const CREDENTIALS: &[Head] = &[
    head("key", 18, 4, false, 0),
    head("provider", 9, 1, false, 2),
    head("owner", 11, 2, false, 1),
    head("env", 10, 1, false, 3),
    head("state", 9, 0, false, 0),
    head("expires", 10, 1, false, 1),
    head("last4", 5, 0, false, 4),
    head("uses", 4, 0, true, 2),
    head("verified", 16, 1, false, 4),
    head("budget left", 12, 1, true, 5),
];

const PROVIDERS: &[Head] = &[
    head("provider", 14, 2, false, 0),
    head("name", 14, 3, false, 1),
    head("keys", 5, 0, true, 0),
    head("nodes", 6, 0, true, 0),
    head("base url", 20, 4, false, 3),
];

const DEPARTMENTS: &[Head] = &[
    head("department", 16, 4, false, 0),
    head("cost centre", 11, 1, false, 2),
    head("owner policy", 12, 0, false, 4),
    head("workflows", 9, 0, true, 1),
    head("keys", 4, 0, true, 3),
    head("budget", 15, 0, true, 0),
    head("this month", 12, 0, true, 1),
];

const MODELS: &[Head] = &[
    head("provider", 10, 1, false, 0),
    head("model", 18, 4, false, 0),
    head("kind", 9, 0, false, 3),
    head("context", 9, 0, true, 4),
    head("$ in/out /M", 12, 0, true, 0),
    head("price from", 12, 1, false, 2),
    head("nodes", 5, 0, true, 1),
];

const POOLS: &[Head] =
    &[head("pool", 14, 2, false, 0), head("provider", 10, 1, false, 0), head("members", 24, 6, false, 0)];

const INSTANCES: &[Head] = &[
    head("instance", 14, 2, false, 0),
    head("provider", 9, 1, false, 2),
    head("model", 14, 2, false, 0),
    head("key", 14, 2, false, 0),
    head("owner", 12, 1, false, 3),
];

const RULES: &[Head] = &[
    head("scope", 18, 3, false, 0),
    head("provider", 9, 1, false, 0),
    head("model", 9, 1, false, 3),
    head("env", 10, 0, false, 2),
    head("target", 18, 3, false, 0),
    head("strength", 9, 0, false, 1),
    head("window", 12, 1, false, 4),
];

const OPERATORS: &[Head] = &[
    head("login", 12, 1, false, 0),
    head("e-mail", 16, 2, false, 2),
    head("roles", 22, 4, false, 0),
    head("ssh keys", 8, 0, true, 1),
];

const AUDIT: &[Head] = &[
    head("row", 5, 0, true, 4),
    head("when", 10, 0, false, 1),
    head("operator", 10, 1, false, 0),
    head("action", 12, 1, false, 0),
    head("subject", 12, 2, false, 2),
    head("outcome", 8, 0, false, 1),
    head("what", 18, 5, false, 3),
];

const COSTS: &[Head] = &[
    head("what", 16, 4, false, 0),
    head("spend", 10, 0, true, 0),
    head("recorded", 10, 0, true, 4),
    head("tokens", 9, 1, true, 3),
    head("requests", 8, 0, true, 5),
    head("budget left", 12, 1, true, 1),
    head("runs out", 10, 0, false, 2),
    head("note", 8, 1, false, 6),
];

/// Returns the screens that are lists.
pub fn lists() -> Vec<Screen> {
    let records = Kind::ALL.iter().map(|kind| Screen::Records(*kind)).filter(|screen| !columns(screen).is_empty());
    [Screen::Workflows, Screen::Credentials, Screen::Providers, Screen::Audit].into_iter().chain(records).collect()
}

/// Returns the columns of a screen.
pub const fn columns(screen: &Screen) -> &'static [Head] {
    match screen {
        Screen::Workflows => TREE,
        Screen::Overview => OVERVIEW,
        Screen::Credentials => CREDENTIALS,
        Screen::Providers => PROVIDERS,
        Screen::Records(Kind::Department) => DEPARTMENTS,
        Screen::Records(Kind::Model) => MODELS,
        Screen::Records(Kind::Pool) => POOLS,
        Screen::Records(Kind::Instance) => INSTANCES,
        Screen::Records(Kind::Assignment) => RULES,
        Screen::Records(Kind::Operator) => OPERATORS,
        Screen::Audit => AUDIT,
        Screen::Costs(_) => COSTS,
        Screen::Records(_) | Screen::Matrix | Screen::Preview(_) | Screen::Changes => &[],
    }
}
