//! Approval by a second person, where the workspace wants it: who waits, who may look and say yes, and what a yes binds.
//!
//! An approval is of a plan's hash: whose set it is, and what each change expects and leaves. A set that is changed is
//! another one. A set whose things moved can't be applied anyway, so the hash says nothing of the revision. Whether the
//! approver may approve is judged again when the set is applied.

use serde::Serialize;
use serde_json::json;

use super::{
    failure::{Failure, Kind},
    session::{Request, Session, operator},
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        change::{self, Change},
        credential::{Credential, State},
        id::Id,
        people::Operator,
        record::Record,
    },
    rights::{Attempt, Who},
    store::{Approval, Hash, Staged, Whose, hex},
};

/// How many signs of a plan's hash name it at least.
const LEAST: usize = 8;

/// A staged set that waits for somebody's approval.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Whose it is.
    pub operator: Id<Operator>,
    /// Their login.
    pub login: Text,
    /// Whether it is the viewer's own.
    pub own: bool,
    /// What it is.
    pub staged: Staged,
    /// The hash that an approval binds.
    pub plan: String,
    /// Who approved it as it is.
    pub approvals: Vec<Approver>,
    hash: Hash,
}

/// Somebody who approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approver {
    /// Their login.
    pub login: Text,
    /// When.
    pub at: Timestamp,
}

/// An approval that holds, as the apply needs it.
#[derive(Clone, Debug)]
pub(super) struct Approved {
    pub(super) approver: Id<Operator>,
    pub(super) login: String,
    pub(super) plan: String,
}

impl Waiting {
    /// Makes one without a database, for rehearsals of the screens.
    #[cfg(test)]
    pub(crate) fn rehearsed(login: &str, staged: Staged) -> Self {
        let operator = Id::new(uuid::Uuid::from_u128(7));
        let (plan, hash) = ("0123456789abcdef".to_owned(), [0; 32]);
        Self { operator, login: login.into(), own: false, staged, plan, approvals: Vec::new(), hash }
    }

    /// Says whether somebody approved it as it is.
    pub const fn is_approved(&self) -> bool {
        !self.approvals.is_empty()
    }
}

impl View {
    /// Says whether change sets wait for a second person here.
    pub fn wants_approval(&self) -> bool {
        self.workspace().approval
    }

    /// Judges whether an operator may approve a set of somebody else.
    fn may_approve(&self, approver: Id<Operator>, author: Id<Operator>, changes: &[Change]) -> Result<(), Failure> {
        let operators = self.catalogue().operators();
        let who = Who { operator: operators.find(approver), ..Who::default() };
        let gone = || Failure::new(Kind::NotAllowed, "whoever staged this is no operator here any more");
        let author = operators.find(author).filter(|ix| operators.get(*ix).is_some()).ok_or_else(gone)?;
        let after = self.with_changes(changes);
        // Whether a revoked key may come back is judged when it is applied.
        Ok(Attempt::new(self.catalogue(), after.catalogue(), who, true).check_approval(author, changes)?)
    }
}

impl Session {
    /// Returns the sets that wait: one's own, and those of others that one may approve. None, if the workspace wants no
    /// approval.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, Failure> {
        let view = self.refresh().await?;
        let Some(me) = operator(&view).filter(|_| view.wants_approval()) else { return Ok(Vec::new()) };
        let mut waiting = Vec::new();
        for (whose, staged) in self.door().store.all_staged(self.workspace()).await? {
            let changes = change::fold(staged.plain());
            let seen = whose == me || view.may_approve(me, whose, &changes).is_ok();
            if seen && !changes.is_empty() {
                waiting.push(self.waits(&view, whose, staged).await?);
            }
        }
        Ok(waiting)
    }

    /// Returns the set of one operator, named by login or by the beginning of the plan's hash.
    pub async fn waiting_of(&self, name: &str) -> Result<Waiting, Failure> {
        let view = self.refresh().await?;
        if !view.wants_approval() {
            return Err(Failure::usage("change sets need no approval in this workspace")
                .hint("an admin can ask for it: keydeck edit workspace approval=true"));
        }
        let mut all = self.waiting().await?;
        let named = |it: &Waiting| *it.login == *name || name.len() >= LEAST && it.plan.starts_with(name);
        if let Some(at) = all.iter().position(named) {
            return Ok(all.swap_remove(at));
        }
        self.none_of(&view, name, &all).await
    }

    /// Says why there is nothing to see under a name; that somebody may not look is on record.
    async fn none_of(&self, view: &View, name: &str, seen: &[Waiting]) -> Result<Waiting, Failure> {
        let whose = view.find_operator(name).ok().and_then(|ix| view.operator(ix)).map(|it| it.id);
        if let (Some(whose), Some(me)) = (whose, operator(view)) {
            let staged = self.door().store.staged(Whose { workspace: self.workspace(), operator: whose }).await?;
            if let Err(denied) = view.may_approve(me, whose, &change::fold(staged.plain())) {
                let name = crate::domain::name::printable(name);
                self.note_denial("approve", &format!("staged/{name}"), &denied).await;
                return Err(denied);
            }
        }
        let failure = Failure::usage(format!("nothing of \"{}\" waits", crate::domain::name::printable(name)));
        let waiting: Vec<&str> = seen.iter().map(|it| &*it.login).collect();
        Err(if waiting.is_empty() {
            failure.hint("nothing waits that you may approve")
        } else {
            failure.hint(format!("there is something of {}", waiting.join(", ")))
        })
    }

    async fn waits(&self, view: &View, whose: Id<Operator>, staged: Staged) -> Result<Waiting, Failure> {
        let it = Whose { workspace: self.workspace(), operator: whose };
        let changes = staged.plain();
        let hash = it.plan(&changes);
        let all = self.door().store.approvals(it).await?;
        let approver = |approval: &Approval| Approver { login: login(view, approval.approver), at: approval.at };
        let approvals = valid(view, it, &hash, &changes, &all).map(approver).collect();
        let own = operator(view) == Some(whose);
        Ok(Waiting { operator: whose, login: login(view, whose), own, staged, plan: hex(&hash), approvals, hash })
    }

    /// Returns who approved what this operator has staged, as it is.
    pub async fn approvals(&self, staged: &Staged) -> Result<Vec<Approver>, Failure> {
        let view = self.view();
        let Some(me) = operator(&view) else { return Ok(Vec::new()) };
        Ok(self.waits(&view, me, staged.clone()).await?.approvals)
    }

    /// Approves a set of somebody else, as it was shown.
    pub async fn approve(&self, shown: &Waiting) -> Result<(), Failure> {
        let view = self.refresh().await?;
        let me = self.known(&view)?;
        let whose = Whose { workspace: self.workspace(), operator: shown.operator };
        let changes = change::fold(shown.staged.plain());
        if let Err(denied) = view.may_approve(me, shown.operator, &changes) {
            self.note_denial("approve", &format!("staged/{}", shown.login), &denied).await;
            return Err(denied);
        }
        let present = self.door().store.staged(whose).await?;
        if whose.plan(&present.plain()) != shown.hash {
            return Err(Failure::new(Kind::Conflict, format!("{} has changed the set meanwhile", shown.login))
                .hint("look at it again before you approve it"));
        }
        let now = self.door().now();
        let mut entry = self.identity().entry(now, "approve");
        entry.workspace = Some(self.workspace());
        entry.operator = Some(me);
        entry.subject = format!("staged/{}", shown.login).into();
        let details =
            [("plan", json!(shown.plan)), ("changes", json!(changes.len())), ("revision", json!(view.revision()))];
        entry.details.extend(details.map(|(name, value)| (name.to_owned(), value)));
        let approval = Approval { approver: me, plan: shown.hash, at: now };
        Ok(self.door().store.approve(whose, &approval, &[entry]).await?)
    }

    /// Returns every approval of what this operator has staged; nothing where nobody has to approve.
    pub(super) async fn approvals_for(&self, view: &View, request: &Request) -> Result<Vec<Approval>, Failure> {
        match operator(view) {
            Some(me) if view.wants_approval() && !request.emergency => {
                Ok(self.door().store.approvals(self.whose(me)).await?)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Returns which of `all` approvals a request may be applied by; none where none is wanted.
    pub(super) fn approved(
        &self,
        view: &View,
        request: &Request,
        all: &[Approval],
    ) -> Result<Option<Approved>, Failure> {
        if !view.wants_approval() || request.emergency {
            return Ok(None);
        }
        let whose = self.whose(self.known(view)?);
        let plan = whose.plan(&request.changes);
        let first = valid(view, whose, &plan, &request.changes, all).next();
        let first = first.ok_or(crate::store::ApplyError::Unapproved)?;
        let login = login(view, first.approver).to_string();
        Ok(Some(Approved { approver: first.approver, login, plan: hex(&plan) }))
    }
}

/// Returns the approvals of a plan whose approvers may still approve it.
fn valid<'a>(
    view: &'a View,
    whose: Whose,
    plan: &'a Hash,
    changes: &[Change],
    all: &'a [Approval],
) -> impl Iterator<Item = &'a Approval> {
    let folded = change::fold(changes.iter().cloned());
    let may = move |it: &Approval| view.may_approve(it.approver, whose.operator, &folded).is_ok();
    all.iter().filter(move |it| it.plan == *plan && may(it))
}

fn login(view: &View, id: Id<Operator>) -> Text {
    view.catalogue().operators().by_id(id).map_or_else(|| "?".into(), |it| it.login.clone())
}

/// Says whether changes do nothing but revoke keys.
pub(super) fn is_emergency(changes: &[Change]) -> bool {
    changes.iter().all(|change| match (change.before(), change.after()) {
        (Some(Record::Credential(was)), Some(Record::Credential(will))) => {
            *will == Credential { state: State::Revoked, ..was.clone() }
        }
        _ => false,
    })
}
