//! The door: one opened database with its providers, prices and vault, shared by every session of the process.

use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use uuid::Uuid;

use super::{
    failure::{Failure, Kind, Mendable},
    identity::Identity,
    keys,
    session::{Session, Shared},
    unlock::Wrong,
};
use crate::{
    config::{DatabaseUrl, Probes, Vendors},
    cost::price::BundledPrices,
    domain::{
        Timestamp,
        catalogue::Catalogue,
        change::Change,
        fact::PriceTable,
        id::Id,
        people::{Grant, GrantScope, Operator, OwnerPolicy, Role, Workspace},
        provider::Provider,
        record::Record,
    },
    store::{ApplyRequest, OpenMode, SecretRow, Store, StoreError, VaultRow},
    vault::{Iterations, ReferencePolicy, SecretKey, Vault},
};

/// How a database is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Whether it is made if it is not there.
    pub create: bool,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// Whether an older schema may be brought up to date.
    pub migrate: bool,
}

/// What a new workspace begins with.
#[derive(Debug, Default)]
pub struct Founding {
    /// Its first things, in the order in which they can be written; the founder is added to them.
    pub records: Vec<Record>,
    /// The sealed secrets that they refer to.
    pub secrets: Vec<SecretRow>,
    /// Why, for the log.
    pub message: String,
}

/// An opened database. Sessions share it.
pub struct Door {
    pub(super) store: Store,
    pub(super) vendors: Vec<Arc<Provider>>,
    /// The same with what other programs call their fields.
    pub(super) known: Vendors,
    prices: Arc<dyn PriceTable>,
    probes: Probes,
    vault: Mutex<Option<Arc<Vault>>>,
    /// Whether a server holds the keys for all of its sessions, each of which unlocks for itself.
    held: AtomicBool,
    references: OnceLock<ReferencePolicy>,
    wrong_keys: Wrong,
    /// The states that sessions begin on, where a server has many of them; nothing is kept for one alone.
    states: OnceLock<Shared>,
    /// Why the audit chain could not be sealed, until somebody was told.
    unsealed: Mutex<Option<Failure>>,
    read_only: bool,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("read_only", &self.read_only).finish_non_exhaustive()
    }
}

impl Door {
    /// Opens a database, or makes it if `access` says so.
    pub async fn open(url: &DatabaseUrl, vendors: &Vendors, access: Access) -> Result<Arc<Self>, Failure> {
        let mode = OpenMode { create: access.create, read_only: access.read_only };
        let open = async {
            match Store::open(url.expose(), mode).await {
                Err(StoreError::Older { .. }) if access.migrate && !access.read_only => {
                    Store::migrate(url.expose()).await?;
                    Store::open(url.expose(), mode).await
                }
                opened => opened,
            }
        };
        // What is built in is read while the database is waited for.
        let built_in = async { (vendors.providers(), BundledPrices::new(vendors.price_ids())) };
        let (store, (providers, prices)) = tokio::join!(open, built_in);
        let store = store?;
        Ok(Arc::new(Self {
            store,
            vendors: providers,
            known: vendors.clone(),
            prices: Arc::new(prices),
            probes: Probes::built_in(),
            vault: Mutex::new(None),
            held: AtomicBool::new(false),
            references: OnceLock::new(),
            wrong_keys: Wrong::default(),
            states: OnceLock::new(),
            unsealed: Mutex::new(None),
            read_only: access.read_only,
        }))
    }

    /// Returns the time. Everything below takes it as an argument.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Makes a new stable id.
    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    /// Says whether nothing may be written.
    pub const fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Says which references to secrets outside the database may be opened; none may before. The first word counts.
    pub fn allow_references(&self, policy: ReferencePolicy) {
        let _ = self.references.set(policy);
    }

    /// Lets the sessions of a server begin on one state in memory, as long as it is the newest.
    pub fn share_states(&self) {
        let _ = self.states.set(Shared::default());
    }

    /// Returns the states that are shared, if they are.
    pub(super) fn states(&self) -> Option<&Shared> {
        self.states.get()
    }

    /// Returns the count of wrong keys.
    pub(super) const fn wrong_keys(&self) -> &Wrong {
        &self.wrong_keys
    }

    /// Returns which references may be opened.
    pub(super) fn reference_policy(&self) -> ReferencePolicy {
        self.references.get().cloned().unwrap_or_else(ReferencePolicy::nothing)
    }

    /// Asks the database for the least that it holds, to see whether it answers.
    pub async fn answers(&self) -> Result<(), Failure> {
        self.store.made_at().await?;
        Ok(())
    }

    /// Returns every workspace, by name.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        Ok(self.store.workspaces().await?)
    }

    /// Returns an empty catalogue that knows the providers and prices.
    pub(super) fn empty(&self, workspace: Workspace) -> Catalogue {
        Catalogue::new(workspace, &self.vendors, Arc::clone(&self.prices))
    }

    /// Says whether a workspace got its founder; one that was made in a process that was killed has not.
    pub async fn is_founded(&self, workspace: &Workspace) -> Result<bool, Failure> {
        Ok(self.store.numbers(workspace.id).await?.revision > 0)
    }

    /// Returns the table of prices.
    pub(super) fn prices(&self) -> &dyn PriceTable {
        &*self.prices
    }

    /// Finds the workspace to work in: the named one, else the only one.
    pub async fn workspace(&self, name: Option<&str>) -> Result<Workspace, Failure> {
        choose(&self.workspaces().await?, name)
    }

    /// Opens a session in a workspace.
    pub async fn session(
        self: &Arc<Self>,
        workspace: &Workspace,
        identity: Identity,
        read_only: bool,
    ) -> Result<Arc<Session>, Failure> {
        Session::begin(Arc::clone(self), workspace.id, identity, read_only || self.read_only).await
    }

    /// Makes a workspace with what `founding` brings; its founder administrates it and keeps the database.
    ///
    /// One that was made but never got its founder, since the program was stopped in between, is completed.
    pub async fn found(&self, name: &str, founder: &Identity, founding: Founding) -> Result<Workspace, Failure> {
        crate::domain::name::check(name).map_err(|error| Failure::usage(format!("the workspace: {error}")))?;
        let begun = self.workspaces().await?.into_iter().find(|it| &*it.name == name);
        let workspace = match begun {
            Some(begun) if self.store.numbers(begun.id).await?.revision == 0 => begun,
            Some(_) => {
                let message = format!("there is a workspace \"{name}\" already");
                return Err(Failure::new(Kind::Conflict, message).hint("choose another name with --workspace"));
            }
            None => self.make_workspace(name, founder).await?,
        };
        let now = self.now();
        let (operator, change) = self.founding_operator(founder, &workspace).await?;
        let author = Some(operator);
        let mut changes: Vec<Change> = change.into_iter().collect();
        changes.extend(founding.records.into_iter().map(Change::add));
        let mut entry = founder.entry(now, "init");
        entry.operator = author;
        let request = ApplyRequest {
            workspace: workspace.id,
            base_revision: 0,
            changes: &changes,
            author,
            login: founder.login.as_str().into(),
            message: founding.message.into(),
            reverts: None,
            approver: None,
            emergency: false,
            secrets: &founding.secrets,
            audit: &[entry],
            old_until: now,
            done_with: None,
            at: now,
        };
        self.store.apply(request).await?;
        Ok(workspace)
    }

    /// Returns who founds, and the change that makes them admin: a new operator, or one that another workspace knows.
    async fn founding_operator(
        &self,
        founder: &Identity,
        workspace: &Workspace,
    ) -> Result<(Id<Operator>, Option<Change>), Failure> {
        let new = self.founder(founder, workspace);
        let loaded = self.store.load(workspace.id, self.now()).await?;
        let known = loaded.records.into_iter().find_map(|(record, _)| match record {
            Record::Operator(it) if it.login == new.login => Some(it),
            _ => None,
        });
        let Some(known) = known else { return Ok((new.id, Some(Change::add(new)))) };
        let mut after = known.clone();
        let admin = new.grants.into_iter().find(|grant| grant.role == Role::Admin);
        after.grants.extend(admin.filter(|grant| !known.grants.contains(grant)));
        Ok((known.id, Change::edit(known, after)))
    }

    async fn make_workspace(&self, name: &str, founder: &Identity) -> Result<Workspace, Failure> {
        let workspace = Workspace {
            id: Id::new(self.new_id()),
            name: name.into(),
            allow_request_overrides: false,
            owner_policy: OwnerPolicy::Any,
            approval: false,
            note: None,
        };
        let mut entry = founder.entry(self.now(), "create-workspace");
        entry.workspace = Some(workspace.id);
        self.store.create_workspace(&workspace, &[entry]).await?;
        Ok(workspace)
    }

    pub(super) fn founder(&self, identity: &Identity, workspace: &Workspace) -> Operator {
        Operator {
            id: Id::new(self.new_id()),
            login: identity.login.as_str().into(),
            email: None,
            grants: vec![
                Grant { role: Role::Admin, on: GrantScope::Workspace(workspace.id) },
                Grant { role: Role::Keeper, on: GrantScope::Database },
            ],
            ssh_keys: Vec::new(),
            service: false,
            note: None,
            foreign_id: None,
        }
    }

    /// Returns how vendors are asked whether a key works.
    pub(super) const fn probes(&self) -> &Probes {
        &self.probes
    }

    /// Returns the vault, if it is unlocked.
    pub(super) fn vault(&self) -> Option<Arc<Vault>> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says whether secrets can be sealed and opened now.
    pub fn is_unlocked(&self) -> bool {
        self.vault().is_some()
    }

    /// Forgets the keys.
    pub fn lock(&self) {
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Unlocks the vault for a server, which holds the keys from now on: each session unlocks for itself, without a key.
    pub async fn hold(&self, key: SecretKey) -> Result<(), Failure> {
        self.unlock(key).await?;
        self.held.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Says whether a server holds the keys.
    pub fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Says whether the database has a vault yet.
    pub async fn has_vault(&self) -> Result<bool, Failure> {
        Ok(self.store.vault().await?.is_some())
    }

    /// Makes the vault of a new database under this `SECRET_KEY`, and unlocks it.
    pub async fn create_vault(&self, key: SecretKey) -> Result<(), Failure> {
        let database = self.store.database();
        let (vault, params) = derive(move || Vault::create(database, &key, Iterations::default())).await?;
        self.store.make_vault(params.key_id, &keys::written(&params)?).await?;
        self.keep(vault);
        Ok(())
    }

    /// Unlocks the vault. Deriving the keys takes a while and runs on a thread of its own.
    pub async fn unlock(&self, key: SecretKey) -> Result<(), Failure> {
        self.unlock_unsealed(key).await?;
        self.seal_before_leaving().await;
        Ok(())
    }

    /// Unlocks the vault without sealing: for whoever looks at the chain before anything blesses it.
    pub async fn unlock_unsealed(&self, key: SecretKey) -> Result<(), Failure> {
        let row = self.vault_row().await?;
        let vault = derive(move || keys::open(&row, &key)).await?;
        self.keep(vault);
        Ok(())
    }

    /// Seals the audit chain, if the vault is unlocked. Why that failed is told to whoever asks
    /// [`Door::why_unsealed`]: it hinders nothing else.
    pub async fn seal_before_leaving(&self) {
        if let Err(failure) = self.seal_audit().await {
            *self.unsealed.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        }
    }

    /// Returns why the audit chain could not be sealed, once.
    pub fn why_unsealed(&self) -> Option<Failure> {
        self.unsealed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns what the database keeps about its vault.
    pub(super) async fn vault_row(&self) -> Result<VaultRow, Failure> {
        self.store.vault().await?.ok_or_else(|| {
            Failure::new(Kind::NotAllowed, "the database has no vault yet").hint("\"keydeck init\" makes one")
        })
    }

    pub(super) fn keep(&self, vault: Vault) {
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(vault));
    }

    /// Seals what is to be sealed, waits for what runs and closes the database.
    pub async fn close(&self) {
        self.seal_before_leaving().await;
        self.lock();
        self.store.close().await;
    }
}

/// Chooses the named workspace, else the only one.
pub(super) fn choose(all: &[Workspace], name: Option<&str>) -> Result<Workspace, Failure> {
    let names = || all.iter().map(|it| &*it.name).collect::<Vec<_>>();
    match name {
        Some(name) => all.iter().find(|it| &*it.name == name).cloned().ok_or_else(|| {
            let failure = Failure::usage(format!("there is no workspace \"{name}\""));
            match crate::domain::guess::nearest(name, names()) {
                Some(guess) => failure.hint(format!("did you mean {guess}?")),
                None => failure.hint(format!("there are: {}", names().join(", "))),
            }
        }),
        None if all.len() == 1 => Ok(all[0].clone()),
        None if all.is_empty() => Err(Failure::usage("the database holds no workspace yet")
            .hint("make one with \"keydeck init\"")
            .mendable(Mendable::NoWorkspace)),
        None => Err(Failure::usage("there are several workspaces")
            .hint(format!("choose one with --workspace: {}", names().join(", ")))),
    }
}

/// Runs work that keeps a processor busy where it blocks nobody.
pub(super) async fn derive<T: Send + 'static, E: Into<Failure> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Failure::new(Kind::Internal, "deriving the keys was interrupted")),
    }
}
