//! The demo: fills a database with a made-up organisation, its fake secrets sealed and its usage priced.
//!
//! A database that holds anything else is refused, so that nobody mixes a toy with their keys. What marks a demo is the
//! message of each workspace's first revision.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    door::Door,
    failure::{Failure, Kind},
    identity::Identity,
};
use crate::{
    domain::{
        Text,
        change::Change,
        credential::SecretRef,
        people::{Grant, GrantScope, Role, Workspace},
        record::Record,
    },
    import::demo::{Demo, Options},
    store::{ApplyRequest, SecretRow, Tell, UsageBatch},
    vault::Fields,
};

/// How the message of a demo's first revision begins.
const MARK: &str = "Make the demo";

/// What became of the wish for a demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// The database was empty, and holds the demo now.
    New,
    /// It held a demo already, which was left as it is.
    Kept,
}

/// How far the making of a demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    /// What is being written.
    pub what: &'static str,
    /// How many rows are written.
    pub done: u64,
    /// How many there will be, or a few more.
    pub all: u64,
}

impl fmt::Display for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What belongs to the whole, such as references, is looked at when everything is written.
        match (self.done * 100).checked_div(self.all) {
            Some(share) if share < 100 => write!(f, "{}, {share} %", self.what),
            _ => write!(f, "{}, checked as a whole", self.what),
        }
    }
}

/// Hears how far the making of a demo is.
pub type HearFilling = Arc<dyn Fn(Filling) + Send + Sync>;

impl Door {
    /// Says whether the database holds a demo; fails if it holds anything else.
    pub async fn holds_demo(&self) -> Result<bool, Failure> {
        let workspaces = self.workspaces().await?;
        for workspace in &workspaces {
            let first = self.store.revisions(workspace.id, Some(2), 1).await?;
            // One that was killed while it was being made has no revision yet, and is made again.
            let is_demo = first.first().is_none_or(|revision| revision.message.starts_with(MARK));
            if !is_demo {
                return Err(Failure::new(Kind::Conflict, "this database is not a demo's")
                    .hint("give the demo a database of its own with --db: a file, or an empty one on a server"));
            }
        }
        match workspaces.first() {
            None => Ok(false),
            Some(workspace) => Ok(self.store.numbers(workspace.id).await?.revision > 0),
        }
    }

    /// Fills an empty database with a demo, of which `founder` becomes admin and keeper, and tells how far it is. The
    /// vault is unlocked.
    pub async fn fill_demo(&self, options: &Options, founder: &Identity, told: HearFilling) -> Result<Filled, Failure> {
        if self.holds_demo().await? {
            return Ok(Filled::Kept);
        }
        let demo = Demo::generate(options);
        let workspace = demo.workspace().clone();
        let begun = self.workspaces().await?;
        if begun.iter().any(|it| it.id != workspace.id) {
            return Err(Failure::new(Kind::Conflict, "making a workspace was interrupted in this database")
                .hint("complete it with \"keydeck init\", or remove the file"));
        }
        if begun.is_empty() {
            let mut entry = founder.entry(self.now(), "create-workspace");
            entry.workspace = Some(workspace.id);
            self.store.create_workspace(&workspace, &[entry]).await?;
        }
        let (secrets, sealed) = self.seal_demo(&demo, &workspace)?;
        let changes = self.demo_changes(&demo, &workspace, &sealed, founder);
        let now = self.now();
        let author = changes.iter().find_map(|change| match change.subject() {
            Record::Operator(it) if *it.login == *founder.login => Some(it.id),
            _ => None,
        });
        let mut entry = founder.entry(now, "demo");
        entry.operator = author;
        let request = ApplyRequest {
            workspace: workspace.id,
            base_revision: 0,
            changes: &changes,
            author,
            login: founder.login.as_str().into(),
            message: format!("{MARK}: seed {}, {} workflows", options.seed, options.workflows).into(),
            reverts: None,
            approver: None,
            emergency: false,
            secrets: &secrets,
            audit: &[entry],
            old_until: now,
            done_with: None,
            at: now,
        };
        // Each thing is a row, and one of its revision; what belongs to it are few.
        let rows = 2 * changes.len() + secrets.len();
        self.store.telling(counted("things", rows, &told)).apply(request).await?;
        let lines: Vec<_> = demo.usage(self.prices()).collect();
        self.store
            .telling(counted("usage", lines.len(), &told))
            .add_usage(UsageBatch { workspace: workspace.id, source: "demo", replaces: None, lines: &lines })
            .await?;
        Ok(Filled::New)
    }

    fn seal_demo(
        &self,
        demo: &Demo,
        workspace: &Workspace,
    ) -> Result<(Vec<SecretRow>, HashMap<uuid::Uuid, SecretRef>), Failure> {
        let mut fields: HashMap<_, Fields> = demo
            .secrets()
            .map(|it| (it.credential, it.fields.into_iter().map(|(name, secret)| (name.to_string(), secret)).collect()))
            .collect();
        let mut providers: HashMap<Text, Arc<crate::domain::provider::Provider>> =
            self.vendors.iter().map(|it| (it.slug.clone(), Arc::clone(it))).collect();
        let (mut rows, mut sealed) = (Vec::new(), HashMap::new());
        for record in demo.records() {
            match record {
                Record::Provider(it) => {
                    providers.insert(it.slug.clone(), Arc::new(it));
                }
                Record::Credential(it) => {
                    let Some(fields) = fields.remove(&it.id) else { continue };
                    let provider = providers.get(&it.provider).map(|it| &**it);
                    let (secret, row) = self.seal(workspace.id, &it, provider, &fields)?;
                    sealed.insert(it.id.uuid(), secret);
                    rows.push(row);
                }
                _ => {}
            }
        }
        Ok((rows, sealed))
    }

    fn demo_changes(
        &self,
        demo: &Demo,
        workspace: &Workspace,
        sealed: &HashMap<uuid::Uuid, SecretRef>,
        founder: &Identity,
    ) -> Vec<Change> {
        let grants = [
            Grant { role: Role::Admin, on: GrantScope::Workspace(workspace.id) },
            Grant { role: Role::Keeper, on: GrantScope::Database },
        ];
        let mut founder_is_there = false;
        let mut changes: Vec<Change> = Vec::new();
        for mut record in demo.records() {
            match &mut record {
                Record::Workspace(_) => continue,
                Record::Credential(it) => {
                    if let Some(secret) = sealed.get(&it.id.uuid()) {
                        it.secret = secret.clone();
                    }
                }
                Record::Operator(it) if *it.login == *founder.login => {
                    founder_is_there = true;
                    let more = grants.iter().filter(|grant| !it.grants.contains(grant)).copied().collect::<Vec<_>>();
                    it.grants.extend(more);
                }
                _ => {}
            }
            changes.push(Change::add(record));
        }
        if !founder_is_there {
            changes.insert(0, Change::add(self.founder(founder, workspace)));
        }
        changes
    }
}

/// Counts the rows that are written, and tells how many of `all` that are.
fn counted(what: &'static str, all: usize, told: &HearFilling) -> Tell {
    let (told, done, all) = (Arc::clone(told), AtomicU64::new(0), all as u64);
    Arc::new(move |rows| {
        let done = done.fetch_add(rows, Ordering::Relaxed) + rows;
        told(Filling { what, done, all });
    })
}
