//! The organisation itself: its file read as any declarative file is, days filled in, and everyday workflows added.

use std::{borrow::Cow, sync::Arc};

use jiff::{Span, civil::Date};

use super::{everyday, random::Ids};
use crate::{
    domain::{
        Timestamp,
        catalogue::Catalogue,
        change::Change,
        fact::{ListedPrice, PriceTable},
        people::{OwnerPolicy, Workspace},
        record::Record,
    },
    form::document::{self, Document, Prune},
    import::declarative,
};

const FILE: &str = include_str!("organisation.toml");
const FILE_NAME: &str = "organisation.toml (built in)";

/// The series of ids from which the organisation's own come; those of sites are numbered by kind.
const SERIES: u64 = u64::MAX;

/// Returns how many workflows the file describes: those of which the demo has always all.
pub(super) fn told() -> usize {
    FILE.lines().filter(|line| *line == "[[workflow]]").count()
}

/// Returns the organisation's records in the order in which they can be written, with at most so many workflows.
pub(super) fn records(ids: Ids, seed: u64, today: Date, workflows: usize) -> Vec<Record> {
    let file = dated(FILE, today);
    let mut document = declarative::read(FILE_NAME, file.as_bytes()).expect("the built-in file is read by a test");
    document.workflow.extend(everyday::workflows(seed));
    document.workflow.truncate(workflows.max(told()));
    let mut records = read(&document, ids);
    records.sort_by_key(Record::kind);
    records
}

fn read(document: &Document, ids: Ids) -> Vec<Record> {
    let workspace = Workspace {
        id: crate::domain::id::Id::new(ids.of(SERIES, 0)),
        name: "blank".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    };
    let empty = Catalogue::new(workspace, &[], Arc::new(NoPrices));
    let mut numbers = 1..;
    let mut new_id = || ids.of(SERIES, numbers.next().unwrap_or(0));
    let changes = document::changes(document, &empty, Prune::Nothing, &mut new_id);
    let changes = changes.expect("the built-in file's names are checked by a test");
    changes.iter().filter_map(Change::after).cloned().collect()
}

/// Writes each `@+6d` or `@-30d` as the day that it means.
fn dated(text: &str, today: Date) -> String {
    let mut parts = text.split("= @");
    let mut dated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (days, rest) = part.split_once('d').unwrap_or((part, ""));
        let days: i64 = days.parse().unwrap_or(0);
        let day = today.saturating_add(Span::new().days(days));
        dated.extend([Cow::from("= "), Cow::from(day.to_string()), Cow::from("T00:00:00Z"), Cow::from(rest)]);
    }
    dated
}

/// A table that knows no price: reading names needs none.
struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}
