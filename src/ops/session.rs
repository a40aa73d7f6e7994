//! Sessions: one operator in one workspace. Every write of configuration goes through [`Session::apply`].

mod apply;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
};

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
    meanwhile::{self, Meanwhile, Since},
    plan::Plan,
    view::View,
};
use crate::{
    domain::{
        Timestamp,
        assignment::Origin,
        catalogue::Catalogue,
        change::Change,
        id::Id,
        people::{Operator, Workspace},
        record::Record,
    },
    rights::{Right, Subject},
    store::{Feed, Numbers, Revision, SecretRow},
};

/// How many revisions are followed one by one before everything is loaded anew.
const FOLLOWED: u64 = 64;

/// How many changes are compared at once, without another thread that keeps the others from waiting.
const FEW: usize = 64;

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

/// A state of the workspace, and which it is.
#[derive(Clone, Debug)]
struct Current {
    catalogue: Arc<Catalogue>,
    numbers: Numbers,
}

impl Current {
    /// Says whether a later state is reached by the revisions between, without loading everything.
    const fn can_follow(&self, later: Numbers) -> bool {
        later.people == self.numbers.people && later.revision.saturating_sub(self.numbers.revision) <= FOLLOWED
    }

    /// Returns the state after some revisions, the oldest first. Facts stay.
    fn after(&self, came: &[(Revision, Vec<Change>)]) -> Self {
        let (mut catalogue, mut numbers) = (Catalogue::clone(&self.catalogue), self.numbers);
        for (revision, changes) in came {
            catalogue.change(changes, Some(&origin(revision)));
            numbers.revision = revision.number;
        }
        Self { catalogue: Arc::new(catalogue.at_revision(numbers.revision)), numbers }
    }
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

    /// Takes in a newer state, unless another task of the session has taken in one that is newer still.
    fn replace(&self, next: Current) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.numbers.revision <= next.numbers.revision {
            *current = next;
        }
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

    /// Applies the revisions that came since; `None` if loading everything is the better way.
    async fn follow(&self, known: &Current, numbers: Numbers) -> Result<Option<Current>, Failure> {
        if !known.can_follow(numbers) {
            return Ok(None);
        }
        let mut next = known.clone();
        if numbers.revision > known.numbers.revision {
            let came = self.door.store.revisions_since(self.workspace, known.numbers.revision).await?;
            next = next.after(&came);
        }
        if numbers.facts != known.numbers.facts {
            let facts = self.door.store.facts(self.workspace, self.door.now()).await?;
            next.numbers.facts = facts.number;
            next.catalogue = Arc::new(next.catalogue.with_facts(Arc::new(facts)));
        }
        Ok(Some(next))
    }

    /// Says what changes would do, on the newest state that is known. Pure: it asks nobody and writes nothing.
    pub fn plan(&self, changes: Vec<Change>) -> Plan {
        Plan::of(&self.view(), changes, self.door.now())
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
        let came = self.door.store.revisions_since(self.workspace, base).await?;
        self.meanwhile_by(view, base, came, changes).await.map(Some)
    }

    /// Does the same for revisions that were read already.
    async fn meanwhile_by(
        &self,
        view: &View,
        base: u64,
        came: Vec<(Revision, Vec<Change>)>,
        changes: &[(u64, Change)],
    ) -> Result<Meanwhile, Failure> {
        let (view, changes, now) = (view.clone(), changes.to_vec(), self.door.now());
        let few = came.iter().map(|(_, theirs)| theirs.len()).sum::<usize>() + changes.len() <= FEW;
        let look = move || meanwhile::look(&view, &since(&view, base, came), &changes, now);
        if few {
            return Ok(look());
        }
        let looked = tokio::task::spawn_blocking(look).await;
        looked.map_err(|_| Failure::new(Kind::Internal, "looking at what others did was interrupted"))
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

/// Sorts out what came after `base` and up to the view's revision; who holds no role learns of no authors.
fn since(view: &View, base: u64, came: Vec<(Revision, Vec<Change>)>) -> Since {
    let mut since = Since { base, changes: Vec::new(), revisions: Vec::new() };
    let told = view.may(Right::List, Subject::Workspace).is_yes();
    for (revision, changes) in came {
        if revision.number > base && revision.number <= view.revision() {
            since.changes.extend(changes.into_iter().map(|change| (revision.number, change)));
            since.revisions.extend(told.then_some(revision));
        }
    }
    since.revisions.reverse();
    since
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
