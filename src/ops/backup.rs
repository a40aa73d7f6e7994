//! Backup and restoring: deeds of keepers, on record before and after.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    session::operator,
};
use crate::{
    domain::{
        Timestamp,
        id::Id,
        people::{Operator, Workspace},
        record::Record,
    },
    rights::{Deed, Right, Subject},
    store::{AuditEntry, Backup, Store, StoreError, Written},
};

/// What these deeds are about, in the audit log.
const DATABASE: &str = "database";

/// Which state of a database a copy holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// The file.
    pub file: String,
    /// The newest audit row.
    pub sequence: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What is wrong with the audit chain.
    pub faults: Vec<String>,
}

impl State {
    fn of(file: &Path, written: &Written) -> Self {
        Self {
            file: file.display().to_string(),
            sequence: written.head.sequence,
            at: written.head.at,
            faults: written.faults.iter().map(ToString::to_string).collect(),
        }
    }

    /// Says which state it is, after "of".
    pub fn words(&self) -> String {
        format!("{:.0}, audit row {}", self.at, self.sequence)
    }
}

impl Door {
    /// Says whether somebody may do a keeper's deed; `all` are the workspaces. That they may not is put on record.
    pub(super) async fn may_keep(
        self: &Arc<Self>,
        deed: Deed,
        all: &[Workspace],
        identity: &Identity,
        read_only: bool,
    ) -> Result<(), Failure> {
        self.keeper(deed, all, identity, read_only).await.map(drop)
    }

    /// Returns the operator that a keeper is.
    pub(super) async fn keeper(
        self: &Arc<Self>,
        deed: Deed,
        all: &[Workspace],
        identity: &Identity,
        read_only: bool,
    ) -> Result<Option<Id<Operator>>, Failure> {
        if read_only || self.is_read_only() {
            return Err(Failure::new(Kind::NotAllowed, "this session is read-only").hint("leave out --read-only"));
        }
        let Some(any) = all.first() else {
            return Err(Failure::new(Kind::NotAllowed, "the database holds no workspace, so it has no keeper yet")
                .hint("make one with \"keydeck init\""));
        };
        let view = self.session(any, identity.clone(), read_only).await?.view();
        if let Err(denial) = view.may(Right::Keep(deed), Subject::Database).allow() {
            let entry = kept(self.now(), identity, operator(&view), word(deed), "denied").because("denied", denial);
            // That it can't be noted does not undo the refusal.
            let _ = self.store.append_audit(&[entry]).await;
            return Err(Failure::from(denial).hint("a keeper may; \"keydeck list operators\" shows who is one"));
        }
        Ok(operator(&view))
    }

    /// Writes a consistent copy of the whole database into a new file, while others go on. Secrets stay sealed.
    pub async fn backup(self: &Arc<Self>, file: &Path, identity: &Identity, read_only: bool) -> Result<State, Failure> {
        let me = self.keeper(Deed::Backup, &self.workspaces().await?, identity, read_only).await?;
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let note = async |outcome: &str, told: (&str, serde_json::Value)| {
            let mut entry = kept(self.now(), identity, me, word(Deed::Backup), outcome);
            entry.details.insert("file".to_owned(), file.display().to_string().into());
            entry.details.insert(told.0.to_owned(), told.1);
            self.store.append_audit(&[entry]).await
        };
        note("intent", ("secrets", "sealed".into())).await?;
        match self.store.backup_to(&file).await {
            Ok(written) => {
                note("done", ("sequence", written.head.sequence.into())).await?;
                Ok(State::of(&file, &written))
            }
            Err(error) => {
                let failure = Failure::from(error);
                note("failed", ("reason", failure.message.as_str().into())).await?;
                Err(failure)
            }
        }
    }

    /// Says whether nothing was ever written into the database.
    pub async fn is_empty(&self) -> Result<bool, Failure> {
        Ok(self.store.is_empty().await?)
    }

    /// Says whether somebody may replace everything that the database holds.
    pub async fn may_restore(self: &Arc<Self>, identity: &Identity, read_only: bool) -> Result<(), Failure> {
        self.may_keep(Deed::Restore, &self.workspaces().await?, identity, read_only).await
    }

    /// Puts on record that everything is about to be replaced by a backup, or that this came to nothing, and why.
    async fn note_restore(&self, identity: &Identity, from: &State, failed: Option<&Failure>) -> Result<(), Failure> {
        let me = operator_named(&self.store, &identity.login, self.now()).await?;
        let mut entry = kept(self.now(), identity, me, word(Deed::Restore), "intent");
        entry.details.insert("from".to_owned(), format!("backup of {}", from.words()).into());
        if let Some(failed) = failed {
            entry = entry.because("failed", failed);
        }
        self.store.append_audit(&[entry]).await?;
        Ok(())
    }

    /// Fails if the database is damaged in any way that can be seen without its secret key, but for its audit chain.
    pub async fn vouch(&self) -> Result<(), Failure> {
        let damage = self.store.inspect().await?;
        if damage.is_empty() { Ok(()) } else { Err(StoreError::Corrupt(damage.join("; ")).into()) }
    }
}

/// A backup that was looked through, and can be restored.
#[derive(Debug)]
pub struct Found {
    backup: Backup,
    /// Which state it holds.
    pub state: State,
    /// The names of its workspaces.
    pub workspaces: Vec<String>,
}

impl Found {
    /// Looks through the backup `file`, on a copy beside `place`; the file itself and what stands there stay as they are.
    pub async fn look(file: &Path, place: &Path) -> Result<Self, Failure> {
        let backup = Backup::open(file, place).await.map_err(|error| match error {
            StoreError::Corrupt(what) => Failure::new(Kind::Unavailable, format!("the backup is damaged: {what}"))
                .hint("take another backup; nothing was changed"),
            StoreError::Foreign { place } => {
                Failure::new(Kind::Unavailable, format!("{place} is no backup of a keydeck database"))
                    .hint("name a file that \"keydeck backup\" wrote; nothing was changed")
            }
            StoreError::Unavailable(what) => {
                Failure::new(Kind::Unavailable, format!("the backup can't be looked through: {what}"))
                    .hint("check the file, and the space and permissions of the folder that it is restored to")
            }
            other => other.into(),
        })?;
        let workspaces = backup.store().workspaces().await?.iter().map(|it| it.name.to_string()).collect();
        Ok(Self { state: State::of(file, backup.written()), workspaces, backup })
    }

    /// Makes it the database at the place beside which it was looked through, where none is yet.
    pub async fn make_new(self, identity: &Identity) -> Result<(), Failure> {
        let entry = self.entry(identity, None).await?;
        Ok(self.backup.restore_as_new(&entry).await?)
    }

    /// Backs up what a database holds into `save`, and puts this in its place; returns what was saved.
    ///
    /// Without `save` there is nothing to keep. The database is to be opened anew afterwards.
    pub async fn replace(
        self,
        door: &Arc<Door>,
        identity: &Identity,
        save: Option<&Path>,
    ) -> Result<Option<State>, Failure> {
        let Some(save) = save else {
            let entry = self.entry(identity, None).await?;
            return Ok(self.backup.replace(&door.store, &entry).await.map(|()| None)?);
        };
        door.may_restore(identity, false).await?;
        let state = self.state.clone();
        door.note_restore(identity, &state, None).await?;
        let exchanged = async {
            let saved = door.backup(save, identity, false).await?;
            let entry = self.entry(identity, Some(&saved)).await?;
            self.backup.replace(&door.store, &entry).await?;
            Ok(Some(saved))
        };
        match exchanged.await {
            Ok(saved) => Ok(saved),
            Err(failure) => {
                door.note_restore(identity, &state, Some(&failure)).await?;
                Err(failure)
            }
        }
    }

    /// Returns the row that tells of the restoring, in the restored database.
    async fn entry(&self, identity: &Identity, saved: Option<&State>) -> Result<AuditEntry, Failure> {
        let now = Timestamp::now();
        let me = operator_named(self.backup.store(), &identity.login, now).await?;
        let mut entry = kept(now, identity, me, word(Deed::Restore), "done");
        let details = &mut entry.details;
        details.insert("from".to_owned(), format!("backup of {}", self.state.words()).into());
        details.insert("file".to_owned(), self.state.file.as_str().into());
        if !self.state.faults.is_empty() {
            details.insert("faults".to_owned(), self.state.faults.len().into());
        }
        if let Some(saved) = saved {
            details.insert("replaced".to_owned(), saved.words().into());
            details.insert("saved".to_owned(), saved.file.as_str().into());
        }
        Ok(entry)
    }
}

const fn word(deed: Deed) -> &'static str {
    match deed {
        Deed::Backup => "backup",
        Deed::Restore => "restore",
        Deed::Rekey => "rekey",
        Deed::Retention => "retention",
        Deed::CreateWorkspace => "create-workspace",
    }
}

fn kept(at: Timestamp, identity: &Identity, me: Option<Id<Operator>>, action: &str, outcome: &str) -> AuditEntry {
    let mut entry = identity.entry(at, action);
    entry.operator = me;
    entry.subject = DATABASE.into();
    entry.outcome = outcome.into();
    entry
}

async fn operator_named(store: &Store, login: &str, now: Timestamp) -> Result<Option<Id<Operator>>, Failure> {
    let Some(any) = store.workspaces().await?.into_iter().next() else { return Ok(None) };
    let records = store.load(any.id, now).await?.records;
    Ok(records.into_iter().find_map(|(record, _)| match record {
        Record::Operator(it) if *it.login == *login => Some(it.id),
        _ => None,
    }))
}
