//! Health: what `doctor` finds out about a database: its storage, its vault, its clock, and whether its audit chain is
//! whole.

mod storage;

use serde::Serialize;

use super::{
    disclose::MOST_BEHIND,
    door::Door,
    failure::{Failure, Kind},
    view::View,
};
use crate::{
    domain::{credential::SecretRef, name::printable},
    vault::{ReferencePolicy, SecretKey},
};

/// How many faults of a chain are told one by one.
const TOLD: usize = 3;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub status: Status,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What kind of failure it would be; none if it is none.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, but deserves a look.
    Warning,
    /// It does not work.
    Error,
}

impl Finding {
    /// Tells that something is as it should be.
    pub fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, status: Status::Ok, message: message.into(), hint: None, kind: None }
    }

    /// Tells that something deserves a look.
    pub fn warning(check: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { check, status: Status::Warning, message: message.into(), hint: Some(hint.into()), kind: None }
    }

    /// Tells that something does not work.
    pub fn error(check: &'static str, failure: &Failure) -> Self {
        let hint = (!failure.hints.is_empty()).then(|| failure.hints.join("; "));
        let message = failure.message.clone();
        Self { check, status: Status::Error, message, hint, kind: Some(failure.kind) }
    }
}

impl Door {
    /// Looks at workspaces, clock, audit chain and sealed secrets.
    pub async fn examine(&self) -> Vec<Finding> {
        let found = [self.look_at_workspaces().await, self.look_at_clock().await, self.look_at_chain().await];
        let checks = ["workspaces", "clock", "audit"];
        let pairs = checks.into_iter().zip(found);
        pairs.map(|(check, found)| found.unwrap_or_else(|failure| Finding::error(check, &failure))).collect()
    }

    async fn look_at_workspaces(&self) -> Result<Finding, Failure> {
        let all = self.workspaces().await?;
        let mut told = Vec::new();
        for workspace in &all {
            let revision = self.store.numbers(workspace.id).await?.revision;
            told.push(format!("{} at revision {revision}", printable(&workspace.name)));
        }
        Ok(match told.len() {
            0 => Finding::warning("workspaces", "there is none yet", "make one with \"keydeck init\""),
            _ => Finding::ok("workspaces", told.join(", ")),
        })
    }

    async fn look_at_clock(&self) -> Result<Finding, Failure> {
        let newest = self.store.audit_head().await?.at;
        let behind = newest.as_second() - self.now().as_second();
        if behind > MOST_BEHIND {
            let message = format!("this machine's clock is {} minutes behind the newest audit row", behind / 60);
            return Ok(Finding::error(
                "clock",
                &Failure::new(Kind::NotAllowed, message).hint("set the clock; until then no secret is disclosed"),
            ));
        }
        Ok(Finding::ok("clock", "not behind the newest audit row"))
    }

    async fn look_at_chain(&self) -> Result<Finding, Failure> {
        let report = self.store.verify_audit(None).await?;
        if !report.faults.is_empty() {
            let told: Vec<String> = report.faults.iter().take(TOLD).map(ToString::to_string).collect();
            let message = format!("the audit chain is broken in {} places: {}", report.faults.len(), told.join("; "));
            let hint = "somebody wrote to the database past keydeck: compare with a backup";
            return Ok(Finding::error("audit", &Failure::new(Kind::Unavailable, message).hint(hint)));
        }
        let size = self.audit_size().await?;
        let since = size.oldest.map(|at| format!(" since {}", at.strftime("%Y-%m-%d"))).unwrap_or_default();
        let whole = format!("the chain of {} rows{since} is whole; it takes about {}", size.rows, bytes(size.bytes));
        if report.clock_set_back.is_empty() {
            return Ok(Finding::ok("audit", whole));
        }
        let message = format!("{whole}; but {} rows go back in time", report.clock_set_back.len());
        Ok(Finding::warning("audit", message, "a clock was set back; see those rows"))
    }

    /// Looks at the vault with a `SECRET_KEY`; without one, only whether there is a vault.
    pub async fn examine_vault(&self, key: Option<Result<SecretKey, Failure>>) -> Finding {
        match self.has_vault().await {
            Err(failure) => Finding::error("vault", &failure),
            Ok(false) => {
                Finding::warning("vault", "there is none yet, so no secret can be stored", "run \"keydeck init\"")
            }
            Ok(true) => match key {
                None => Finding::ok("vault", "there is one; SECRET_KEY is asked for when it is needed"),
                Some(Err(failure)) => Finding::error("vault", &failure),
                Some(Ok(key)) => match self.unlock(key).await {
                    Ok(()) => Finding::ok("vault", "SECRET_KEY opens it"),
                    Err(failure) => Finding::error("vault", &failure),
                },
            },
        }
    }
}

/// Writes a number of bytes for people, in the greatest unit of which there is one.
pub fn bytes(number: u64) -> String {
    match number {
        0..=1023 => format!("{number} B"),
        1024..=1_048_575 => format!("{} KiB", number >> 10),
        1_048_576..=1_073_741_823 => format!("{} MiB", number >> 20),
        _ => format!("{} GiB", number >> 30),
    }
}

impl View {
    /// Says of each reference to a secret outside the database whether this process could open it. None is read.
    pub fn examine_references(&self, policy: &ReferencePolicy) -> Option<Finding> {
        let references = self.credentials().filter_map(|(_, key)| match &key.secret {
            SecretRef::External(reference) => Some((&key.name, reference)),
            SecretRef::Absent | SecretRef::Sealed(_) => None,
        });
        let tried: Vec<_> =
            references.map(|(name, it)| (name, policy.examine(it, |name| std::env::var_os(name).is_some()))).collect();
        let failed: Vec<String> = tried
            .iter()
            .filter_map(|(name, opened)| Some(format!("{}: {}", printable(name), opened.as_ref().err()?)))
            .collect();
        match (tried.len(), failed.len()) {
            (0, _) => None,
            (all, 0) => Some(Finding::ok("references", format!("all {all} lead to a secret"))),
            // Programs use these keys elsewhere as a rule, so this is no fault of this machine.
            (all, lost) => Some(Finding::ok(
                "references",
                format!("{lost} of {all} can't be opened here: {}", failed[..lost.min(TOLD)].join("; ")),
            )),
        }
    }
}
