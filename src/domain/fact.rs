//! Facts: what is known about the world rather than decided. Numbered apart from revisions, written by `ops` alone.

mod sums;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::sums::Sums;
use super::{
    Text, Timestamp,
    credential::{Credential, SecretVersion},
    flaw::KnownFlaw,
    id::Id,
    money::MicroDollars,
    people::{Department, Operator},
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
    pub recent: Sums<Workflow>,
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
    /// The tokens of programs that nobody took back.
    pub tokens: Vec<TokenEnd>,
    /// What is wrong in the sources that are kept in step with, by source.
    pub flaws: Vec<KnownFlaw>,
}

/// A program's token, and when its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEnd {
    /// What it is called.
    pub name: Text,
    /// As whom the program acts.
    pub operator: Id<Operator>,
    /// From when on it is refused.
    pub expires: Timestamp,
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
    pub credentials: Sums<Credential>,
    /// By workflow.
    pub workflows: Sums<Workflow>,
    /// By app.
    pub apps: Sums<App>,
    /// By department.
    pub departments: Sums<Department>,
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.amount += other.amount;
        self.estimate |= other.estimate;
    }
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

    /// Returns the month before.
    #[must_use]
    pub const fn before(self) -> Self {
        match self.month {
            1 => Self { year: self.year - 1, month: 12 },
            month => Self { year: self.year, month: month - 1 },
        }
    }

    /// Returns its first and its last day; `None` for a month that no calendar has.
    pub fn days(self) -> Option<(jiff::civil::Date, jiff::civil::Date)> {
        let first = jiff::civil::Date::new(self.year, self.month, 1).ok()?;
        Some((first, first.last_of_month()))
    }
}

/// As people write it: `2026-11`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Why a text is no [`Month`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{0}\" is no month: write it as 2026-11")]
pub struct MonthError(String);

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let digits = year.len() == 4 && month.len() == 2 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            let month = Self { year: year.parse().ok()?, month: month.parse().ok()? };
            (digits && month.year > 0 && (1..=12).contains(&month.month)).then_some(month)
        };
        read().ok_or_else(|| MonthError(text.to_owned()))
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

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Works, Self::Refused, Self::OutOfQuota, Self::Unreachable];

    /// The word for files, screens and the database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Refused => "refused",
            Self::OutOfQuota => "out_of_quota",
            Self::Unreachable => "unreachable",
        }
    }

    /// Reads the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.word() == word)
    }

    /// The words for people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::OutOfQuota => "out of quota",
            other => other.word(),
        }
    }
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

    /// Says which of several prices of the model that is, if there are several by size or hour.
    fn variant(&self, _provider: &str, _model: &str, _at: Timestamp) -> Option<Text> {
        None
    }
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

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn months_are_read_as_they_are_written() {
        for text in ["2026-11", "2026-01", "1999-12"] {
            assert_eq!(text.parse::<Month>().map(|month| month.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-01", "0000-01", "2026-+1", "2026-11-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        let january: Month = "2026-01".parse().unwrap();
        assert_eq!(january.before().to_string(), "2025-12");
        assert_eq!(
            january.days().map(|(first, last)| (first.to_string(), last.to_string())),
            Some(("2026-01-01".to_owned(), "2026-01-31".to_owned()))
        );
    }
}
