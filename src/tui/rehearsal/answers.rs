//! What is made up of answers: an audit log, and what an import would bring.

use std::sync::Arc;

use super::NOW;
use crate::{
    domain::{Timestamp, change::Change, id::Id},
    import::report::Report,
    ops::{audit::LogRow, view::View},
    tui::state::importing::Outlook,
};

/// A short audit log.
pub(super) fn logged(now: Timestamp) -> Vec<LogRow> {
    let row = |(sequence, action, subject, outcome, told): (u64, &str, &str, &str, &str)| LogRow {
        sequence,
        at: now,
        operator: "root".into(),
        operator_id: None,
        proof: "uid 1000".into(),
        source: "local".into(),
        action: action.into(),
        subject: subject.to_owned(),
        outcome: outcome.into(),
        revision: None,
        details: [("reason".to_owned(), told.into())].into_iter().collect(),
        masked: false,
        hash: "00".repeat(32),
        previous: "00".repeat(32),
    };
    let rows = [
        (4, "reveal", "key/openai-finance", "denied", "only a key's owner and admins may reveal this key"),
        (3, "export", "workspace/acme", "done", ""),
        (2, "export", "workspace/acme", "intent", ""),
        (1, "login", "console", "done", "a name that\u{1b}[31m would colour\u{202e} everything"),
    ];
    rows.map(row).to_vec()
}

/// What an import would bring: an app.
pub(super) fn outlook(view: &View) -> Outlook {
    let app = crate::domain::workflow::App {
        id: Id::new(uuid::Uuid::from_u128(77)),
        name: "Imported".into(),
        department: None,
        owner: None,
        budget: None,
        note: None,
        foreign_id: None,
    };
    let mut report = Report::default();
    report.skip("dify.yml", "the tool of node 7", "keydeck keeps no tools");
    let plan = Arc::new(view.plan(vec![Change::add(app)], NOW.parse().unwrap()));
    Outlook { counts: vec!["apps: 1 added".to_owned()], report, plan, secrets: 1, usage: 0 }
}
