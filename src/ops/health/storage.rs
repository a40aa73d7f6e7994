//! What the database stands on: its pages and triggers, its server, its backups, and what its vault still has to do.

use super::{Finding, TOLD};
use crate::{
    domain::name::printable,
    ops::{
        door::Door,
        failure::{Failure, Kind},
    },
    store::{AuditFilter, ServerState},
    vault::VaultParams,
};

/// After how many days without a backup one is due.
const BACKUP_DAYS: i64 = 7;

/// How far apart the clocks of this machine and the server may be, in seconds.
const APART: i64 = 60;

/// How long a staged version that nothing refers to stands before it is told, as `due` counts it: from now on.
const NOT_YET: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

const DAY: i64 = 24 * 60 * 60;

impl Door {
    /// Looks at what is stored, without a secret key.
    pub async fn examine_storage(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.store.server().await {
            Ok(Some(server)) => findings.extend(self.look_at_server(&server)),
            Ok(None) => {}
            Err(error) => findings.push(Finding::error("server", &error.into())),
        }
        let looked = [
            ("integrity", self.look_at_pages().await),
            ("backup", self.look_at_backups().await),
            ("secrets", self.look_at_secrets().await),
        ];
        findings.extend(
            looked.into_iter().map(|(check, found)| found.unwrap_or_else(|failure| Finding::error(check, &failure))),
        );
        findings
    }

    fn look_at_server(&self, server: &ServerState) -> Vec<Finding> {
        let version = printable(&server.version);
        let heard =
            if server.tells { "it tells of changes at once" } else { "it is asked for changes again and again" };
        let told = match server.encrypted {
            Some(true) => format!("PostgreSQL {version}, encrypted (TLS); {heard}"),
            Some(false) => format!("PostgreSQL {version}, on a line that is not encrypted; {heard}"),
            None => format!("{version}, which doesn't say whether the line is encrypted; {heard}"),
        };
        let server_line = match server.encrypted {
            Some(false) if server.is_remote => {
                Finding::warning("server", told, "add sslmode=verify-full to the address of the database")
            }
            _ => Finding::ok("server", told),
        };
        let apart = (server.now.as_second() - self.now().as_second()).abs();
        let clocks = if apart > APART {
            let message = format!("this machine's clock and the server's are {apart} seconds apart");
            Finding::warning("server-clock", message, "set both clocks by the network")
        } else {
            Finding::ok("server-clock", "this machine's and the server's agree")
        };
        vec![server_line, clocks]
    }

    async fn look_at_pages(&self) -> Result<Finding, Failure> {
        let damage = self.store.inspect().await?;
        if damage.is_empty() {
            return Ok(Finding::ok("integrity", "pages, references, tables and triggers are as they should be"));
        }
        let told = damage[..damage.len().min(TOLD)].join("; ");
        let failure = Failure::new(Kind::Unavailable, format!("the database is damaged: {told}"));
        Ok(Finding::error("integrity", &failure.hint("stop writing to it, and restore a backup: \"keydeck restore\"")))
    }

    async fn look_at_backups(&self) -> Result<Finding, Failure> {
        let written = |action: &str| AuditFilter {
            action: Some(action.into()),
            outcome: Some("done".into()),
            ..AuditFilter::default()
        };
        let last = self.store.audit(&written("backup"), 1).await?;
        let made = self.store.made_at().await?;
        let since = last.first().map_or(made, |row| row.entry.at);
        let days = (self.now().as_second() - since.as_second()) / DAY;
        let head = self.store.audit_head().await?.sequence;
        let told = match last.first() {
            Some(row) => {
                let rows = head.saturating_sub(row.sequence);
                format!("the last one is of {:.0}; {rows} audit rows came since", row.entry.at)
            }
            None => "there is none yet".to_owned(),
        };
        Ok(if days >= BACKUP_DAYS {
            Finding::warning("backup", told, "run: keydeck backup FILE")
        } else {
            Finding::ok("backup", told)
        })
    }

    /// Looks at what the vault has to do: a rekey that stands still, secrets that don't open, others past their date.
    async fn look_at_secrets(&self) -> Result<Finding, Failure> {
        let Some(vault) = self.store.vault().await? else { return Ok(Finding::ok("secrets", "there are none")) };
        if vault.old.is_some() {
            let message = "the vault is on its way to another key: a rekey runs, or was interrupted";
            return Ok(Finding::warning(
                "secrets",
                message,
                "run \"keydeck rekey\" to go on; both keys open till then",
            ));
        }
        let now = self.now();
        let mut unreadable = 0;
        for workspace in self.workspaces().await? {
            unreadable += self.store.facts(workspace.id, now).await?.unreadable.len();
        }
        if unreadable > 0 {
            let message = format!("{unreadable} sealed secrets are known not to open");
            return Ok(Finding::warning(
                "secrets",
                message,
                "\"keydeck lint\" lists their keys; enter the secrets again",
            ));
        }
        let due = self.store.due(now, now - NOT_YET).await?.len();
        if due > 0 {
            let message = format!("{due} secrets are past the date until which they were kept, and not destroyed yet");
            return Ok(Finding::warning("secrets", message, "the next rotation or rekey of a keeper destroys them"));
        }
        let iterations = serde_json::from_str::<VaultParams>(&vault.parameters).map(|params| params.iterations);
        Ok(match iterations {
            Ok(iterations) => Finding::ok("secrets", format!("none is known not to open; {iterations} iterations")),
            Err(_) => Finding::error(
                "secrets",
                &Failure::new(Kind::Unavailable, "the vault's parameters in the database are damaged")
                    .hint("restore a backup: without them no secret opens"),
            ),
        })
    }
}
