//! Bringing: what a source has becomes one change set, and its usage facts, with the deed on record.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use super::{Belonging, Intake};
use crate::{
    domain::{Timestamp, name::printable},
    import::{dify_db::Tenant, report::Report, taking::Taken},
    ops::{
        failure::Failure,
        lint::FindingRow,
        plan::Plan,
        session::{Request, Session},
        view::View,
    },
};

/// What a source brings, and what to call it.
pub struct Coming {
    /// The subject of the audit's rows, after `import/`.
    pub subject: String,
    /// Why, for the log, unless somebody said why.
    pub message: String,
    /// The file, for the report.
    pub place: String,
    /// The source of usage.
    pub usage: String,
    /// What came.
    pub taken: Taken,
    /// The workspace of Dify's that it is kept in step with.
    pub tenant: Option<Arc<Tenant>>,
}

/// How it is written.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Whether it is only staged.
    pub stage: bool,
    /// Why, for the log.
    pub message: Option<String>,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The revision that it made; none if nothing was applied.
    pub revision: Option<u64>,
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// Whether the changes are staged.
    pub staged: bool,
    /// How many lines of usage came in.
    #[serde(skip_serializing_if = "is_zero")]
    pub usage: usize,
    /// How many of them no price is known for.
    #[serde(skip_serializing_if = "is_zero")]
    pub unpriced: usize,
    /// What there is to tell.
    #[serde(flatten)]
    pub report: Report,
    /// What is wrong in the source, as the lint tells it.
    pub findings: Vec<FindingRow>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Coming {
    /// Names what a file brings.
    pub fn new(kind: &str, what: &str, file: &Path, belonging: &Belonging, taken: Taken) -> Self {
        let usage = match &belonging.source {
            Some(source) => format!("{kind}/{source}"),
            None => kind.to_owned(),
        };
        let place = printable(&file.to_string_lossy()).into_owned();
        Self { subject: kind.to_owned(), message: format!("Import {what}"), place, usage, taken, tenant: None }
    }

    /// Says whether there are secrets to be sealed, which takes an unlocked vault.
    pub fn has_secrets(&self) -> bool {
        !self.taken.secrets.is_empty()
    }
}

impl Imported {
    /// Returns what there is to tell where nothing is written.
    pub fn of_dry_run(view: &View, intake: Intake, now: Timestamp) -> Self {
        let findings = view.tell_flaws(&intake.changes, intake.flaws.as_deref().unwrap_or_default(), now);
        Self { dry_run: true, usage: intake.usage.len(), report: intake.report, findings, ..Self::default() }
    }

    /// Returns what became of the things of each kind, in words.
    pub fn counts(&self) -> Vec<String> {
        let told = |(kind, counts): (&crate::domain::record::Kind, &crate::import::report::Counts)| {
            let parts = [
                (counts.added, "added"),
                (counts.edited, "changed"),
                (counts.removed, "removed"),
                (counts.unchanged, "as before"),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(number, _)| *number > 0)
                .map(|(number, what)| format!("{number} {what}"))
                .collect();
            format!("{}s: {}", kind.word(), parts.join(", "))
        };
        let unpriced = match self.unpriced {
            0 => String::new(),
            some => format!(", {some} of them without a known price"),
        };
        let usage = (self.usage > 0).then(|| format!("usage: {}{unpriced}", lines(self.usage)));
        self.report.taken.iter().map(told).chain(usage).collect()
    }
}

impl Session {
    /// Says what a source would do, without its usage: the plan of its changes on the newest state that is known.
    pub fn plan_coming(&self, coming: &Coming) -> Plan {
        self.plan(coming.taken.changes.clone())
    }

    /// Seals, applies or stages what came, takes its usage in, and remembers what the source said of the things that are
    /// kept in step with it, if it is written. Returns what to tell. The vault is unlocked if there are secrets.
    pub async fn bring(&self, coming: Coming, manner: Manner) -> Result<Imported, Failure> {
        let has_secrets = coming.has_secrets();
        let Coming { subject, message, place, usage, taken, tenant } = coming;
        let mut intake = if has_secrets { self.seal_taken(taken, &place).await? } else { Intake::from(taken) };
        let (used, said) = (std::mem::take(&mut intake.usage), std::mem::take(&mut intake.said));
        let (report, flaws) = (std::mem::take(&mut intake.report), intake.flaws.take());
        let now = self.door().now();
        let findings = self.view().tell_flaws(&intake.changes, flaws.as_deref().unwrap_or_default(), now);
        let mut told = Imported { usage: used.len(), report, findings, ..Imported::default() };
        let waits = manner.stage || self.view().wants_approval() && !intake.changes.is_empty();
        if waits && !used.is_empty() {
            let reason = "usage can't be staged; import again without --stage when the changes are applied";
            told.report.skip(&place, format!("{} of usage", lines(used.len())), reason);
            told.usage = 0;
        }
        if !intake.changes.is_empty() || told.usage > 0 {
            let message = manner.message.unwrap_or(message);
            let deed = async {
                if !intake.changes.is_empty() {
                    (told.revision, told.staged) = self.put(intake, waits, message).await?;
                }
                if told.usage > 0 { self.take_usage(&usage, used).await } else { Ok(0) }
            };
            let unpriced = self.deed("import", &format!("import/{subject}"), deed).await;
            told.unpriced = unpriced?;
        }
        if let Some(flaws) = flaws.filter(|_| !waits) {
            self.keep_flaws(&usage, flaws).await?;
        }
        if let Some(tenant) = tenant.filter(|_| !waits) {
            self.remember(&tenant, said).await?;
        }
        Ok(told)
    }

    async fn put(&self, intake: Intake, waits: bool, message: String) -> Result<(Option<u64>, bool), Failure> {
        if waits {
            self.stage(&intake.changes, &intake.secrets).await?;
            return Ok((None, true));
        }
        let base = self.view().revision();
        let request = Request { secrets: intake.secrets, ..Request::new(intake.changes, message).planned_on(base) };
        let applied = self.apply(request).await?;
        Ok((Some(applied.revision), false))
    }
}

fn lines(count: usize) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}
