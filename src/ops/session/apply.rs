//! How a session applies: a request is judged on the state that is known, takes its turn, is judged again on what came
//! meanwhile, and is written. What is refused anyway takes nobody's turn.

use std::sync::Arc;

use super::{Applied, Current, Request, Session, numbered, operator};
use crate::{
    domain::{
        change::{self, Change},
        record::Kind as Noun,
    },
    ops::{
        about,
        approval::{self, Approved},
        failure::{Failure, Kind},
        keeping,
        meanwhile::Meanwhile,
        plan,
        view::View,
    },
    plan::Ground,
    store::{ApplyError, ApplyRequest, Approval, Revision, StoreError, Turn},
};

/// How often an apply is tried anew when others are in its way.
const TRIES: usize = 8;

/// What a request is judged by.
struct Basis {
    state: Current,
    /// What was applied since it was planned, the oldest first.
    came: Vec<(Revision, Vec<Change>)>,
    /// What others approved of its operator's set, if that has to be.
    approvals: Vec<Approval>,
}

/// What judging a request comes to, if it may go on.
struct Judged {
    view: View,
    /// The state that it leads to.
    after: View,
    meanwhile: Option<Arc<Meanwhile>>,
    approval: Option<Approved>,
}

impl Session {
    /// Authorises, checks and writes changes in one transaction with their audit row, and raises the revision.
    ///
    /// If somebody else's change set comes between, it is judged anew on their state. What touches it is a conflict, and
    /// nothing is written: see [`Meanwhile`]. Where the workspace wants it, somebody else approved the changes before.
    pub async fn apply(&self, mut request: Request) -> Result<Applied, Failure> {
        request.changes = self.without_destroyed(change::fold(request.changes), &request.secrets).await?;
        if request.changes.is_empty() {
            let view = self.refresh().await?;
            return Ok(Applied { revision: view.revision(), changes: 0, view, meanwhile: None });
        }
        let mut is_newest = false;
        for _ in 0..TRIES {
            let basis = self.basis(&request).await?;
            let applied = match self.judged(&basis, &request).await {
                Ok(judged) => self.in_turn(basis, judged, &request).await?,
                Err(denied) if is_newest => return Err(self.denied(request.action(), "", denied).await),
                // Others may have brought what is lacking, or taken away what is in the way.
                Err(_) => None,
            };
            if let Some(mut applied) = applied {
                self.purge_if_secrets_moved(&request.changes).await;
                if let Some(view) = self.price_late_if_prices_moved(&request.changes).await {
                    applied.view = view;
                }
                // Whether or not it can be sealed: verifying tells.
                let _ = self.door.seal_when_due().await;
                return Ok(applied);
            }
            self.refresh().await?;
            is_newest = true;
        }
        Err(Failure::new(Kind::Conflict, "others apply changes faster than this one could be written")
            .hint("try again in a moment; nothing was written"))
    }

    /// Returns what a request is judged by, on the newest state that is known.
    async fn basis(&self, request: &Request) -> Result<Basis, Failure> {
        let state = self.current();
        let view = self.view_of(Arc::clone(&state.catalogue));
        let came = match request.base {
            Some(base) if base < view.revision() => self.door.store.revisions_since(self.workspace, base).await?,
            _ => Vec::new(),
        };
        Ok(Basis { approvals: self.approvals_for(&view, request).await?, state, came })
    }

    /// Judges a request: rights first, then what others did since it was planned, then the rest.
    async fn judged(&self, basis: &Basis, request: &Request) -> Result<Judged, Failure> {
        let view = self.view_of(Arc::clone(&basis.state.catalogue));
        let after = view.with_changes(&request.changes);
        plan::permit(&view, &after, &request.changes, request.reinstate)?;
        if request.emergency && !approval::is_emergency(&request.changes) {
            return Err(Failure::new(Kind::NotAllowed, "an emergency may only revoke keys"));
        }
        let meanwhile = match request.base {
            Some(base) if base < view.revision() => {
                Some(self.meanwhile_by(&view, base, basis.came.clone(), &numbered(&request.changes)).await?)
            }
            _ => None,
        };
        if let Some(touching) = meanwhile.as_ref().filter(|it| it.ground != Ground::Untouched) {
            return Err(touching.failure(request.staged.is_some()));
        }
        if let Some(fault) = plan::faults(&view, &after, &request.changes).into_iter().next() {
            return Err(fault);
        }
        let approval = self.approved(&view, request, &basis.approvals)?;
        Ok(Judged { view, after, meanwhile: meanwhile.map(Arc::new), approval })
    }

    /// Writes a request when its turn has come, on the state that is then; none if that has to be loaded first.
    async fn in_turn(&self, basis: Basis, judged: Judged, request: &Request) -> Result<Option<Applied>, Failure> {
        let mut turn = self.door.store.turn(self.workspace).await?;
        let (then, known) = (turn.numbers(), basis.state.numbers);
        // Operators belong to all workspaces: rights that were taken away in another are gone here, too.
        let (basis, judged) = if (then.revision, then.people) == (known.revision, known.people) {
            (basis, judged)
        } else {
            let Some(basis) = self.caught_up(basis, &mut turn).await? else { return Ok(None) };
            match self.judged(&basis, request).await {
                Ok(judged) => (basis, judged),
                Err(denied) => {
                    drop(turn);
                    return Err(self.denied(request.action(), "", denied).await);
                }
            }
        };
        match self.write(turn, &judged, request).await {
            Err(ApplyError::Stale { .. } | ApplyError::Store(StoreError::Contended)) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(revision) => {
                let view = self.written(basis.state, &revision, &request.changes).await;
                let (changes, meanwhile) = (request.changes.len(), judged.meanwhile);
                Ok(Some(Applied { revision: revision.number, changes, view, meanwhile }))
            }
        }
    }

    /// Brings what a request is judged by up to the state of its turn, by reading in it; none if that is not enough.
    async fn caught_up(&self, basis: Basis, turn: &mut Turn) -> Result<Option<Basis>, Failure> {
        let known = basis.state.numbers;
        if !basis.state.can_follow(turn.numbers()) {
            return Ok(None);
        }
        let new = match turn.revisions_since(known.revision).await {
            // Nothing was written: another turn is as good.
            Err(StoreError::Contended) => return Ok(None),
            read => read?,
        };
        let wanted = basis.state.catalogue.workspace().approval;
        let (state, mut came) = (basis.state.after(&new), basis.came);
        came.extend(new);
        // Whoever begins to want approvals has them looked up first.
        let same = wanted == state.catalogue.workspace().approval;
        Ok(same.then_some(Basis { state, came, approvals: basis.approvals }))
    }

    /// Takes in what was just written. It stays written, though nobody may be able to read it just now.
    async fn written(&self, before: Current, revision: &Revision, changes: &[Change]) -> View {
        let known = before.after(&[(revision.clone(), changes.to_vec())]);
        let view = self.view_of(Arc::clone(&known.catalogue));
        self.replace(known);
        // These raise other numbers than the revision, too.
        if changes.iter().any(|change| matches!(change.kind(), Noun::Operator | Noun::Credential)) {
            return self.refresh().await.unwrap_or(view);
        }
        view
    }

    async fn write(&self, turn: Turn, judged: &Judged, request: &Request) -> Result<Revision, ApplyError> {
        let (view, now) = (&judged.view, self.door.now());
        let mut entry = self.entry(request.action(), &format!("revision/{}", view.revision() + 1), "done");
        entry.at = now;
        entry.operator = operator(view);
        entry.details = about::details(view, &judged.after, &request.changes);
        entry.details.insert("message".to_owned(), request.message.as_str().into());
        if let Some(Approved { login, plan, .. }) = &judged.approval {
            entry.details.insert("approved_by".to_owned(), login.as_str().into());
            entry.details.insert("plan".to_owned(), plan.as_str().into());
        }
        if request.staged.is_some() {
            entry.details.insert("staged".to_owned(), true.into());
        }
        if let Some(undone) = request.reverts {
            entry.details.insert("reverts".to_owned(), undone.into());
        }
        let apply = ApplyRequest {
            workspace: self.workspace,
            base_revision: view.revision(),
            changes: &request.changes,
            author: entry.operator,
            login: entry.login.clone(),
            message: request.message.as_str().into(),
            reverts: request.reverts,
            approver: judged.approval.as_ref().map(|it| it.approver),
            emergency: request.emergency,
            secrets: &request.secrets,
            done_with: request.staged,
            audit: &[entry],
            old_until: request.old_until.unwrap_or_else(|| keeping::usual_end(now)),
            at: now,
        };
        self.door.store.apply_in(Some(turn), apply).await
    }
}
