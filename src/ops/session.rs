//! Sessions: one operator in one workspace. Every write of configuration goes through [`Session::apply`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};

use super::{
    about,
    approval::{self, Approved},
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    keeping,
    meanwhile::{self, Meanwhile, Since},
    plan::{self, Plan},
    view::View,
};
use crate::{
    domain::{
        Timestamp,
        assignment::Origin,
        catalogue::Catalogue,
        change::{self, Change},
        id::Id,
        people::{Operator, Workspace},
        record::Record,
    },
    plan::Ground,
    store::{ApplyError, ApplyRequest, Feed, Numbers, Revision, SecretRow},
};

/// How often an apply is tried anew when somebody else's comes between.
const TRIES: usize = 8;

/// How many revisions are followed one by one before everything is loaded anew.
const FOLLOWED: u64 = 64;

/// What is to be written, all or nothing.
#[derive(Debug, Default)]
pub struct Request {
    /// The changes.
    pub changes: Vec<Change>,
    /// Why, for the log.
    pub message: String,
    /// Sealed secrets that the changes refer to.
    pub secrets: Vec<SecretRow>,
    /// Whether leaving `revoked` was asked for expressly.
    pub reinstate: bool,
    /// The revision that this undoes.
    pub reverts: Option<u64>,
    /// Until when a secret that is replaced is kept, if not as long as usual.
    pub old_until: Option<Timestamp>,
    /// The number of the last change of the staged set that it is, which is done with then.
    pub staged: Option<u64>,
    /// The revision on which it was planned: what others applied since must not touch it.
    pub base: Option<u64>,
    /// Whether it is an emergency, which waits for nobody's approval: it may do nothing but revoke keys.
    pub emergency: bool,
}

impl Request {
    /// Asks for some changes with a message.
    pub fn new(changes: Vec<Change>, message: impl Into<String>) -> Self {
        Self { changes, message: message.into(), ..Self::default() }
    }

    /// Says on which revision it was planned.
    #[must_use]
    pub const fn planned_on(mut self, revision: u64) -> Self {
        self.base = Some(revision);
        self
    }

    /// Returns what the deed is called in the audit.
    const fn action(&self) -> &'static str {
        if self.reverts.is_some() { "revert" } else { "apply" }
    }
}

/// What an apply did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The revision that it made; the present one if there was nothing to do.
    pub revision: u64,
    /// How many changes were written.
    pub changes: usize,
    /// The state after it.
    pub view: View,
    /// What others applied since it was planned, if they did; it does not touch this.
    pub meanwhile: Option<Arc<Meanwhile>>,
}

/// One operator in one workspace.
#[derive(Debug)]
pub struct Session {
    door: Arc<Door>,
    workspace: Id<Workspace>,
    identity: Identity,
    read_only: bool,
    current: Mutex<Current>,
    /// Whether its operator unlocked it, where a server holds the keys.
    pub(super) confirmed: AtomicBool,
}

#[derive(Clone, Debug)]
struct Current {
    catalogue: Arc<Catalogue>,
    numbers: Numbers,
}

impl Session {
    pub(super) async fn begin(
        door: Arc<Door>,
        workspace: Id<Workspace>,
        identity: Identity,
        read_only: bool,
    ) -> Result<Arc<Self>, Failure> {
        let current = newest(&door, workspace).await?;
        if current.catalogue.operators().named(&identity.login).is_none() && !read_only {
            door.turned_away(&identity, "no operator of this database").await;
        }
        identity.begin(&door, &current.catalogue, read_only).await?;
        let (current, confirmed) = (Mutex::new(current), AtomicBool::new(false));
        Ok(Arc::new(Self { door, workspace, identity, read_only, current, confirmed }))
    }

    /// Loads a workspace for nobody: what sessions of programs begin beside.
    pub(super) async fn of_nobody(door: Arc<Door>, workspace: Id<Workspace>) -> Result<Arc<Self>, Failure> {
        let current = Mutex::new(load(&door, workspace).await?);
        let confirmed = AtomicBool::new(false);
        Ok(Arc::new(Self { door, workspace, identity: Identity::nobody(), read_only: true, current, confirmed }))
    }

    /// Begins a session of somebody else on the state that this one knows. It loads nothing anew.
    pub(super) fn beside(&self, identity: Identity, read_only: bool) -> Self {
        let (door, current) = (Arc::clone(&self.door), Mutex::new(self.current()));
        // What a program may be handed stands in its token: there is nobody to confirm anything.
        let confirmed = AtomicBool::new(true);
        Self { door, workspace: self.workspace, identity, read_only, current, confirmed }
    }

    /// Returns the database that the session works on.
    pub const fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// Returns the workspace in which the session works.
    pub(super) const fn workspace(&self) -> Id<Workspace> {
        self.workspace
    }

    /// Says whether nothing may be written.
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Returns who works.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    fn current(&self) -> Current {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, current: Current) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// Returns the newest state that is known, without asking the database.
    pub fn view(&self) -> View {
        self.view_of(self.current().catalogue)
    }

    fn view_of(&self, catalogue: Arc<Catalogue>) -> View {
        let who = self.identity.who(&catalogue, self.read_only);
        View::new(catalogue, who)
    }

    /// Reads what others changed and returns the newest state. Costs what the changes cost.
    pub async fn refresh(&self) -> Result<View, Failure> {
        Ok(self.fresh().await?.0)
    }

    /// Does the same, and says which state it is.
    pub(super) async fn fresh(&self) -> Result<(View, Numbers), Failure> {
        let known = self.current();
        let numbers = self.door.store.numbers(self.workspace).await?;
        if numbers == known.numbers {
            return Ok((self.view_of(known.catalogue), numbers));
        }
        let next = match self.follow(&known, numbers).await? {
            Some(next) => next,
            None => load(&self.door, self.workspace).await?,
        };
        self.replace(next.clone());
        Ok((self.view_of(next.catalogue), next.numbers))
    }

    /// Applies the revisions that came since, one by one; `None` if loading everything is the better way.
    async fn follow(&self, known: &Current, numbers: Numbers) -> Result<Option<Current>, Failure> {
        let near = numbers.revision.saturating_sub(known.numbers.revision) <= FOLLOWED;
        if numbers.people != known.numbers.people || !near {
            return Ok(None);
        }
        let mut catalogue = Arc::clone(&known.catalogue);
        for number in known.numbers.revision + 1..=numbers.revision {
            let (revision, changes) = self.door.store.revision(self.workspace, number).await?;
            catalogue = Arc::new(catalogue.with_changes(&changes, Some(&origin(&revision))).at_revision(number));
        }
        if numbers.facts == known.numbers.facts {
            return Ok(Some(Current { catalogue, numbers }));
        }
        let facts = self.door.store.facts(self.workspace, self.door.now()).await?;
        let numbers = Numbers { facts: facts.number, ..numbers };
        Ok(Some(Current { catalogue: Arc::new(catalogue.with_facts(Arc::new(facts))), numbers }))
    }

    /// Says what changes would do, on the newest state that is known. Pure: it asks nobody and writes nothing.
    pub fn plan(&self, changes: Vec<Change>) -> Plan {
        Plan::of(&self.view(), changes, self.door.now())
    }

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
        for _ in 0..TRIES {
            let view = self.refresh().await?;
            let (after, meanwhile, approval) = match self.judged(&view, &request).await {
                Ok(judged) => judged,
                Err(denied) => return Err(self.denied(request.action(), "", denied).await),
            };
            match self.write(&view, &after, &request, approval).await {
                Err(ApplyError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
                Ok(revision) => {
                    // What was written stays written, though nobody can read it just now.
                    let view = self.refresh().await.unwrap_or_else(|_| self.view());
                    let changes = request.changes.len();
                    self.purge_if_secrets_moved(&request.changes).await;
                    // Whether or not it can be sealed: verifying tells.
                    let _ = self.door.seal_when_due().await;
                    return Ok(Applied { revision: revision.number, changes, view, meanwhile });
                }
            }
        }
        Err(Failure::new(Kind::Conflict, "others apply changes faster than this one could be written")
            .hint("try again in a moment; nothing was written"))
    }

    /// Judges a request on a state: rights first, then what others did since it was planned, then the rest. Returns the
    /// state that it leads to, what they did, and by whose approval it may go on.
    async fn judged(
        &self,
        view: &View,
        request: &Request,
    ) -> Result<(View, Option<Arc<Meanwhile>>, Option<Approved>), Failure> {
        let after = view.with_changes(&request.changes);
        plan::permit(view, &after, &request.changes, request.reinstate)?;
        if request.emergency && !approval::is_emergency(&request.changes) {
            return Err(Failure::new(Kind::NotAllowed, "an emergency may only revoke keys"));
        }
        let meanwhile = match request.base {
            Some(base) => self.meanwhile_of(view, base, &numbered(&request.changes)).await?,
            None => None,
        };
        match meanwhile {
            Some(touching) if touching.ground != Ground::Untouched => Err(touching.failure(request.staged.is_some())),
            meanwhile => {
                if let Some(fault) = plan::faults(view, &after, &request.changes).into_iter().next() {
                    return Err(fault);
                }
                Ok((after, meanwhile.map(Arc::new), self.approval(view, request).await?))
            }
        }
    }

    async fn write(
        &self,
        view: &View,
        after: &View,
        request: &Request,
        approval: Option<Approved>,
    ) -> Result<Revision, ApplyError> {
        let now = self.door.now();
        let mut entry = self.entry(request.action(), &format!("revision/{}", view.revision() + 1), "done");
        entry.at = now;
        entry.operator = operator(view);
        entry.details = about::details(view, after, &request.changes);
        entry.details.insert("message".to_owned(), request.message.as_str().into());
        if let Some(Approved { login, plan, .. }) = &approval {
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
            approver: approval.map(|it| it.approver),
            emergency: request.emergency,
            secrets: &request.secrets,
            done_with: request.staged,
            audit: &[entry],
            old_until: request.old_until.unwrap_or_else(|| keeping::usual_end(now)),
            at: now,
        };
        self.door.store.apply(apply).await
    }

    /// Returns what was applied since revision `base`, and what it means to changes; none if nothing was.
    pub(super) async fn meanwhile_of(
        &self,
        view: &View,
        base: u64,
        changes: &[(u64, Change)],
    ) -> Result<Option<Meanwhile>, Failure> {
        if base >= view.revision() {
            return Ok(None);
        }
        let known = view.revision();
        let mut came = self.door.store.changes_since(self.workspace, base).await?;
        came.retain(|(revision, _)| *revision <= known);
        let revisions = self.log(Some(known + 1), u32::try_from(known - base).unwrap_or(u32::MAX)).await?;
        let (view, changes, now) = (view.clone(), changes.to_vec(), self.door.now());
        let look =
            move || meanwhile::look(&view, &Since { base, changes: &came, revisions: &revisions }, &changes, now);
        let looked = tokio::task::spawn_blocking(look).await;
        looked.map(Some).map_err(|_| Failure::new(Kind::Internal, "looking at what others did was interrupted"))
    }

    /// Begins to listen for what anybody writes to the database; an engine that can't tell is asked `every` so often.
    pub async fn watch(&self, every: std::time::Duration) -> Result<Feed, Failure> {
        Ok(self.door.store.watch(every).await?)
    }
}

/// Gives changes that are not staged the numbers of their order.
fn numbered(changes: &[Change]) -> Vec<(u64, Change)> {
    (0..).zip(changes.iter().cloned()).collect()
}

/// Returns the id of the operator who really sits there: deeds, and what is staged, are theirs.
pub(super) fn operator(view: &View) -> Option<Id<Operator>> {
    view.really().map(|me| me.id)
}

fn origin(revision: &Revision) -> Arc<Origin> {
    Arc::new(Origin { author: revision.login.clone(), at: revision.at, revision: revision.number })
}

/// The newest state that is known of each workspace.
#[derive(Debug, Default)]
pub(super) struct Shared(Mutex<HashMap<Id<Workspace>, Current>>);

/// Returns the state to begin on: one that is known already, if nobody wrote since.
async fn newest(door: &Arc<Door>, workspace: Id<Workspace>) -> Result<Current, Failure> {
    let Some(shared) = door.states() else { return load(door, workspace).await };
    let states = || shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    let known = states().get(&workspace).cloned();
    if let Some(known) = known
        && door.store.numbers(workspace).await? == known.numbers
    {
        return Ok(known);
    }
    let current = load(door, workspace).await?;
    states().insert(workspace, current.clone());
    Ok(current)
}

async fn load(door: &Arc<Door>, workspace: Id<Workspace>) -> Result<Current, Failure> {
    let empty = Arc::clone(door);
    let take = move |catalogue: &mut Option<Catalogue>, record, origin| match (&mut *catalogue, record) {
        (None, Record::Workspace(here)) => *catalogue = Some(empty.empty(here)),
        (Some(catalogue), record) => catalogue.add(record, origin),
        (None, _) => {}
    };
    let (catalogue, numbers, facts) = door.store.load_into(workspace, door.now(), None, take).await?;
    let catalogue = catalogue.ok_or_else(|| Failure::new(Kind::Unavailable, "the workspace is gone"))?;
    let catalogue = catalogue.at_revision(numbers.revision).with_facts(Arc::new(facts));
    Ok(Current { catalogue: Arc::new(catalogue), numbers })
}
