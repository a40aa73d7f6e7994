//! Facts: what is known about the world rather than decided. Numbered apart from revisions, written by `ops` alone.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    Text, Timestamp,
    credential::{Credential, SecretVersion},
    id::Id,
    money::MicroDollars,
    people::Department,
    workflow::{App, Workflow},
};

/// Everything known beside the configuration of one workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Raised by each write of facts.
    pub number: u64,
    /// What was spent, by UTC month.
    pub spend: BTreeMap<Month, Spend>,
    /// What each workflow spent in the last thirty days.
    pub recent: HashMap<Id<Workflow>, Spent>,
    /// The sealed secrets that are known not to open. A mark belongs to one sealed token.
    pub unreadable: HashSet<Id<SecretVersion>>,
    /// When and how keys were tried at their vendors.
    pub verified: HashMap<Id<Credential>, Verified>,
    /// The secrets that are stored beside those in use, to be tried and promoted.
    pub next: HashMap<Id<Credential>, NextSecret>,
    /// The secrets that were replaced and are not destroyed yet.
    pub old: HashMap<Id<Credential>, Vec<OldSecret>>,
    /// The credentials whose secrets in use have a value in common, group by group.
    pub same: Vec<Vec<Id<Credential>>>,
}

/// A secret that is stored beside the one in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSecret {
    /// Its version.
    pub version: Id<SecretVersion>,
    /// Since when it is stored.
    pub since: Timestamp,
    /// How it was tried, if it was.
    pub tested: Option<Tested>,
}

/// A trial of a secret that is not in use yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub answer: Answer,
    /// Who says so: an operator's login.
    pub by: Text,
}

/// A secret that was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSecret {
    /// Its version.
    pub version: Id<SecretVersion>,
    /// When it is destroyed.
    pub until: Timestamp,
}

/// A sum of money, and whether parts of it are estimates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// The sum.
    pub amount: MicroDollars,
    /// Whether some of it is attributed rather than recorded.
    pub estimate: bool,
}

/// What was spent in one month, by whatever may carry a budget. A department's sum includes those below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// By credential.
    pub credentials: HashMap<Id<Credential>, Spent>,
    /// By workflow.
    pub workflows: HashMap<Id<Workflow>, Spent>,
    /// By app.
    pub apps: HashMap<Id<App>, Spent>,
    /// By department.
    pub departments: HashMap<Id<Department>, Spent>,
}

/// A month of the UTC calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i16,
    /// The month, from 1.
    pub month: i8,
}

impl Month {
    /// Returns the month in which `instant` lies.
    pub fn of(instant: Timestamp) -> Self {
        let date = instant.to_zoned(jiff::tz::TimeZone::UTC).date();
        Self { year: date.year(), month: date.month() }
    }
}

/// What a vendor said about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// When it was asked.
    pub at: Timestamp,
    /// What it said.
    pub answer: Answer,
}

/// How a vendor answers to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The key works.
    Works,
    /// The vendor does not know it, or no longer.
    Refused,
    /// It works, but its quota is used up.
    OutOfQuota,
    /// The vendor could not be reached.
    Unreachable,
}

/// A price from a table, per million tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPrice {
    /// For what goes in.
    pub input: MicroDollars,
    /// For what comes out; not applicable if absent.
    pub output: Option<MicroDollars>,
    /// Where the price stands: `genai-prices 0.2.1`.
    pub source: Text,
}

/// A table of prices. The catalogue asks it once for each model that it meets.
pub trait PriceTable: Send + Sync {
    /// Returns what a million tokens of `model` cost at `at`; `None` if the table doesn't know.
    fn price(&self, provider: &str, model: &str, at: Timestamp) -> Option<ListedPrice>;
}

/// One line of usage, per day and place. Department and cost centre are stamped when it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// The UTC day.
    pub day: jiff::civil::Date,
    /// The workflow, by id.
    pub workflow: Option<Id<Workflow>>,
    /// The node's name.
    pub node: Option<Text>,
    /// The slug of the provider.
    pub provider: Text,
    /// The vendor's id of the model.
    pub model: Text,
    /// The credential, where it is known or estimated.
    pub credential: Option<Id<Credential>>,
    /// Whether the credential is an estimate.
    pub estimate: bool,
    /// The department that paid.
    pub department: Option<Id<Department>>,
    /// Where the cost was booked.
    pub cost_centre: Option<Text>,
    /// Whose request it served.
    pub customer: Option<Text>,
    /// Tokens that went in.
    pub input_tokens: u64,
    /// Tokens that came out.
    pub output_tokens: u64,
    /// How many requests it sums up.
    pub requests: u64,
    /// What the source itself recorded as the price.
    pub recorded: Option<MicroDollars>,
    /// What our prices make of the tokens, when it came in; unknown if absent.
    pub spend: Option<MicroDollars>,
}
