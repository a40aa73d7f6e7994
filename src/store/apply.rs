//! Applying a change set: all of it, in one transaction, or nothing.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    Store,
    attempt::attempt,
    audit::{self, AuditEntry, hex},
    codec::Reader,
    engine::Session,
    error::{ApplyError, StoreError},
    load, people, query,
    revision::{self, Revision},
    secret::{self, SecretRow},
    staged::{self, Whose},
    turn::Turn,
    version,
    write::{self, Unwritten},
};
use crate::domain::{
    Text, Timestamp,
    change::{self, Change},
    id::Id,
    people::{Operator, Workspace},
};

pub(super) const RAISE: &str =
    "UPDATE workspaces SET revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING revision, approval";

/// How long a database that went away during a commit is waited for.
const AWAY: Duration = Duration::from_secs(20);

/// How long the wait for it is at first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A change set and all that belongs to its revision.
#[derive(Clone, Debug)]
pub struct ApplyRequest<'a> {
    /// The workspace.
    pub workspace: Id<Workspace>,
    /// The revision that the plan was made on; it must be the present one.
    pub base_revision: u64,
    /// The changes. Several of the same thing come to one each.
    pub changes: &'a [Change],
    /// Who applies, as far as the database knows them.
    pub author: Option<Id<Operator>>,
    /// The name by which they are known.
    pub login: Text,
    /// Why, in the author's words.
    pub message: Text,
    /// The revision that it undoes.
    pub reverts: Option<u64>,
    /// Who approved it, where the workspace wants that. Whether they still may is for the caller to judge.
    pub approver: Option<Id<Operator>>,
    /// Whether it is an emergency, which waits for no approval.
    pub emergency: bool,
    /// The new sealed versions that the changes refer to.
    pub secrets: &'a [SecretRow],
    /// The deeds; the first is the one that made the revision. There is at least one.
    pub audit: &'a [AuditEntry],
    /// Until when a secret that is replaced is kept.
    pub old_until: Timestamp,
    /// The number of the last change of the author's staged set that is done with it, if it was staged.
    pub done_with: Option<u64>,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Applies a change set and returns the revision that it made.
    ///
    /// In one transaction: the base revision is checked, and the approval where the workspace wants one; every thing
    /// must be as its change expects it, and somebody be left to keep and to administrate; rows, secrets, the revision
    /// and the audit rows are written, and the revision is raised. The audit rows get the workspace and the number; the
    /// first also gets the digest of the changes.
    ///
    /// If the connection breaks during the commit, the database is asked what became of it when it is back; if it stays
    /// away, the answer is [`ApplyError::Unknown`].
    pub async fn apply(&self, request: ApplyRequest<'_>) -> Result<Revision, ApplyError> {
        self.apply_in(None, request).await
    }

    /// Does the same in a turn that was taken for it, and in no other. Only if a thing of a batch can't be written, it is
    /// done again in a turn of its own, to tell which: then the base may have moved.
    pub async fn apply_in(&self, turn: Option<Turn>, request: ApplyRequest<'_>) -> Result<Revision, ApplyError> {
        if request.audit.is_empty() {
            return Err(ApplyError::Unaudited);
        }
        let folded = fold(request.changes);
        let changes = folded.as_deref().unwrap_or(request.changes);
        let request = &request;
        let done = match turn {
            // What was judged in a turn is not written in another.
            Some(turn) => self.apply_once(Some(turn), request, changes, None).await,
            None => attempt(|| self.apply_once(None, request, changes, None)).await,
        };
        let done = match done {
            // Which thing of the batch it was, only doing it again one by one can tell.
            Err(Unwritten::Batch(first)) => attempt(|| self.apply_once(None, request, changes, Some(first))).await,
            done => done,
        }
        .map_err(ApplyError::from);
        match done {
            Err(ApplyError::Unknown(made)) => self.find_out(request.workspace, made).await,
            done => done,
        }
    }

    /// Finds out whether a revision was written whose COMMIT nobody answered, as soon as the database is back.
    async fn find_out(&self, workspace: Id<Workspace>, made: Box<Revision>) -> Result<Revision, ApplyError> {
        let (begun, mut wait) = (Instant::now(), WAITS.0);
        while begun.elapsed() < AWAY {
            match self.is_written(workspace, &made).await {
                Ok(true) => return Ok(*made),
                Ok(false) => return Err(ApplyError::Lost),
                Err(_) => tokio::time::sleep(wait).await,
            }
            wait = WAITS.1.min(wait * 2);
        }
        Err(ApplyError::Unknown(made))
    }

    /// The same in one try; the batch that begins with the thing `doubtful` is written one by one.
    async fn apply_once(
        &self,
        turn: Option<Turn>,
        request: &ApplyRequest<'_>,
        changes: &[Change],
        doubtful: Option<Uuid>,
    ) -> Result<Revision, Unwritten> {
        let mut session = match turn {
            Some(turn) => turn.session,
            None => self.engine.write().await?,
        };
        let (number, wants_approval) = raise(&mut *session, request).await?;
        let whose = request.author.map(|operator| Whose { workspace: request.workspace, operator });
        if wants_approval && !request.emergency {
            check_approval(&mut *session, request, whose, changes).await?;
        }
        write::changes(&mut *session, request.workspace.uuid(), changes, number, doubtful).await?;
        people::follow(&mut *session, changes).await?;
        secret::put(&mut *session, request.workspace, request.secrets).await?;
        version::follow(&mut *session, request.workspace, changes, request.old_until).await?;
        let (lines, digest) = revision::record(changes);
        let made = Revision {
            number,
            author: request.author,
            login: request.login.clone(),
            at: request.at,
            message: request.message.clone(),
            reverts: request.reverts,
            plan: whose.map(|whose| whose.plan(changes)),
            digest,
        };
        revision::write(&mut *session, request.workspace, &made, lines).await?;
        audit::append(&mut *session, &stamped(request, &made)).await?;
        if let (Some(whose), Some(last)) = (whose, request.done_with) {
            staged::done_with(&mut *session, whose, last).await?;
        }
        match session.commit().await {
            Ok(()) => Ok(made),
            Err(StoreError::UnknownOutcome) => Err(ApplyError::Unknown(Box::new(made)).into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes sure that somebody else approved the changes as they are.
async fn check_approval(
    session: &mut dyn Session,
    request: &ApplyRequest<'_>,
    whose: Option<Whose>,
    changes: &[Change],
) -> Result<(), ApplyError> {
    let (Some(whose), Some(approver)) = (whose, request.approver) else { return Err(ApplyError::Unapproved) };
    let plan = whose.plan(changes);
    let approvals = staged::approvals(session, whose).await?;
    let approved = approvals.iter().any(|it| it.approver == approver && it.plan == plan && approver != whose.operator);
    if approved { Ok(()) } else { Err(ApplyError::Unapproved) }
}

/// Brings several changes of one thing together; `None` if there are none.
fn fold(changes: &[Change]) -> Option<Vec<Change>> {
    let mut seen = HashSet::with_capacity(changes.len());
    let once = changes.iter().all(|change| seen.insert((change.kind(), change.uuid())));
    (!once).then(|| change::fold(changes.iter().cloned()))
}

/// Raises the revision if it is the base, which also locks the workspace until the transaction ends. Says whether the
/// workspace wants an approval.
async fn raise(session: &mut dyn Session, request: &ApplyRequest<'_>) -> Result<(u64, bool), ApplyError> {
    let values = vec![request.workspace.into(), request.base_revision.into()];
    let read = |row: &mut Reader<'_>| Ok((row.count()?, row.flag()?));
    if let Some(raised) = query::maybe_one(session, RAISE, values, read).await? {
        return Ok(raised);
    }
    let current = load::numbers(session, request.workspace).await?.revision;
    Err(ApplyError::Stale { base: request.base_revision, current })
}

fn stamped(request: &ApplyRequest<'_>, made: &Revision) -> Vec<AuditEntry> {
    let mut entries = request.audit.to_vec();
    for entry in &mut entries {
        entry.workspace = Some(request.workspace);
        entry.revision = Some(made.number);
    }
    let digest = Json::String(hex(&made.digest));
    entries[0].details.insert(audit::CHANGES_DETAIL.to_owned(), digest);
    for entry in &mut entries[1..] {
        entry.details.remove(audit::CHANGES_DETAIL);
    }
    entries
}
