//! Dify's database: each of its workspaces goes into one of ours, and is kept in step with it.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

use super::{Belonging, Coming};
use crate::{
    domain::{Text, fact::Usage, name, people::Workspace},
    import::{
        dify_db::{self, Contents, DifyDbError, Options, Tenant, TenantKey},
        taking::{Ground, Taken},
    },
    ops::{
        door::Door,
        failure::{Failure, Kind},
        identity::Identity,
        session::Session,
        view::View,
    },
    store,
};

/// How the names of these sources begin.
const SOURCES: &str = "dify:db/";

/// What an import of a database is told, in the words of the caller.
#[derive(Clone, Debug, Default)]
pub struct DifyDb {
    /// Dify's storage folder, with the private keys.
    pub storage: Option<PathBuf>,
    /// The tags that are departments, the more important first.
    pub departments: Option<Vec<String>>,
    /// Where what comes in belongs.
    pub belonging: Belonging,
}

/// Where a tenant's things go.
#[derive(Debug)]
pub enum Home {
    /// Into a workspace that is there.
    There(Workspace),
    /// Into one that is still to be made, of this name.
    Absent(String),
}

/// Reads a database of Dify's: all tenants, or the one that is named. Nothing is written there.
pub async fn read(url: &str, tenant: Option<&str>) -> Result<Contents, Failure> {
    let (connection, place) = store::visit(url).await.map_err(|error| {
        let failure = Failure::from(error);
        Failure { message: format!("Dify's database: {}", failure.message), mendable: None, ..failure }
    })?;
    let contents = dify_db::read(connection, &place, tenant).await.map_err(|error| match error {
        DifyDbError::Engine { .. } => {
            Failure::new(Kind::Unavailable, error).hint("check that the role may read Dify's tables")
        }
        DifyDbError::Foreign { .. } => Failure::usage(error)
            .hint("name the database that DB_DATABASE of Dify's environment names, and a role that may read it"),
        DifyDbError::TooMany { .. } => Failure::usage(error).hint("import one workspace at a time with --tenant"),
    })?;
    match tenant {
        Some(wanted) if contents.tenants.is_empty() => {
            let failure = Failure::usage(format!("Dify has no workspace \"{}\"", name::printable(wanted)));
            Err(failure.hint("leave out --tenant to import them all; the report names them"))
        }
        _ if contents.tenants.is_empty() => Err(Failure::usage("Dify's database holds no workspace")),
        _ => Ok(contents),
    }
}

impl Door {
    /// Finds where a tenant's things go: the workspace that was asked for, the one that it came into before, or one of
    /// its name.
    pub async fn home_of(&self, tenant: &Tenant, wanted: Option<&str>) -> Result<Home, Failure> {
        let source = dify_db::source(tenant);
        let (all, hearing) = (self.workspaces().await?, self.store.hearing().await?);
        let hears =
            |it: &Workspace, of: &dyn Fn(&str) -> bool| hearing.iter().any(|(id, said)| *id == it.id && of(said));
        let own = |said: &str| said == source;
        let others = |said: &str| said.starts_with(SOURCES) && said != source;
        if let Some(wanted) = wanted {
            return match all.into_iter().find(|it| &*it.name == wanted) {
                Some(it) if hears(&it, &others) => {
                    let message = format!("workspace \"{wanted}\" holds another workspace of Dify's");
                    Err(Failure::new(Kind::Conflict, message)
                        .hint("name another one: what is here belongs to one tenant"))
                }
                Some(it) => Ok(Home::There(it)),
                None => Ok(Home::Absent(wanted.to_owned())),
            };
        }
        if let Some(known) = all.iter().find(|it| hears(it, &own)) {
            return Ok(Home::There(known.clone()));
        }
        let wanted = name::clean(&tenant.name, "workspace");
        if let Some(namesake) = all.iter().find(|it| *it.name == *wanted && !hears(it, &others)) {
            return Ok(Home::There(namesake.clone()));
        }
        Ok(Home::Absent(name::free(&wanted, |name| all.iter().any(|it| &*it.name == name))))
    }

    /// Returns a workspace that is still to be made as it would look, if the caller may make it.
    pub async fn drafted(self: &Arc<Self>, name: &str, identity: &Identity, read_only: bool) -> Result<View, Failure> {
        name::check(name).map_err(|error| Failure::usage(format!("the workspace: {error}")))?;
        self.may_create(&self.workspaces().await?, identity, read_only).await?;
        Ok(self.draft(name, identity))
    }

    /// Says what a tenant brings into a workspace that is still to be made.
    pub async fn import_dify_as_new(
        self: &Arc<Self>,
        draft: View,
        tenant: Arc<Tenant>,
        place: &str,
        wanted: &DifyDb,
    ) -> Result<Taken, Failure> {
        take(self, draft, tenant, place, wanted, HashMap::new()).await
    }

    /// Finds our field for one of a provider's form in Dify: its name, and whether it is secret.
    fn field_of_dify(&self, view: &View, provider: &str, theirs: &str) -> Option<(Text, bool)> {
        let ours = self.known.get(provider).and_then(|vendor| vendor.field_of_dify(theirs));
        let ours = ours.map_or_else(|| Text::from(theirs), |field| field.name.clone());
        let field = view.form_of(provider).into_iter().find(|field| field.name == ours)?;
        Some((field.name, field.secret))
    }
}

impl Session {
    /// Says what a tenant brings, compared with what it brought the last time.
    async fn import_dify_db(&self, tenant: Arc<Tenant>, place: &str, wanted: &DifyDb) -> Result<Taken, Failure> {
        let heard = self.heard(&dify_db::source(&tenant)).await?;
        let read = |(thing, said): (Text, Text)| Some((thing, serde_json::from_str(&said).ok()?));
        let heard = heard.into_iter().filter_map(read).collect();
        take(self.door(), self.view(), tenant, place, wanted, heard).await
    }

    /// Says what a tenant brings into this workspace, with its usage as an earlier import attributed it.
    pub async fn coming_from_dify(
        &self,
        tenant: &Arc<Tenant>,
        place: &str,
        wanted: &DifyDb,
    ) -> Result<Coming, Failure> {
        let mut taken = self.import_dify_db(Arc::clone(tenant), place, wanted).await?;
        taken.usage = self.keep_attribution(tenant, taken.usage).await?;
        Ok(Coming {
            subject: "dify-db".to_owned(),
            message: "Import a Dify database".to_owned(),
            place: place.to_owned(),
            usage: usage_source(tenant),
            taken,
            tenant: Some(Arc::clone(tenant)),
        })
    }

    /// Keeps what an earlier import attributed: what was used while another key was active is not booked on today's.
    async fn keep_attribution(&self, tenant: &Tenant, lines: Vec<Usage>) -> Result<Vec<Usage>, Failure> {
        let days = lines.iter().map(|line| line.day);
        let Some((first, last)) = days.clone().min().zip(days.max()) else { return Ok(lines) };
        let source = usage_source(tenant);
        let old = self.door().store.usage_of(self.workspace(), &source, first, last).await?;
        Ok(dify_db::keep(old, lines))
    }

    async fn heard(&self, source: &str) -> Result<HashMap<Text, Text>, Failure> {
        Ok(self.door().store.heard(self.workspace(), source).await?)
    }

    /// Remembers what a tenant said, once it is applied, for the next time.
    pub(super) async fn remember(&self, tenant: &Tenant, said: Vec<(Text, Option<Value>)>) -> Result<(), Failure> {
        let source = dify_db::source(tenant);
        let before = self.heard(&source).await?;
        let mut after = before.clone();
        for (thing, said) in said {
            match said {
                Some(said) => drop(after.insert(thing, said.to_string().into())),
                None => drop(after.remove(&thing)),
            }
        }
        if after != before {
            self.door().store.set_heard(self.workspace(), &source, &after).await?;
        }
        Ok(())
    }
}

/// Takes a tenant on a thread of its own: opening many secrets keeps a processor busy for a while.
async fn take(
    door: &Arc<Door>,
    view: View,
    tenant: Arc<Tenant>,
    place: &str,
    wanted: &DifyDb,
    heard: HashMap<Text, Value>,
) -> Result<Taken, Failure> {
    wanted.belonging.placements(&view)?;
    let (door, place, wanted) = (Arc::clone(door), place.to_owned(), wanted.clone());
    let taken = tokio::task::spawn_blocking(move || {
        let placements = wanted.belonging.placements(&view)?;
        let (key, fault) = key_of(&tenant, wanted.storage.as_deref());
        let forms = |provider: &str, field: &str| door.field_of_dify(&view, provider, field);
        let options = Options {
            place: &place,
            key: key.as_ref(),
            forms: &forms,
            departments: wanted.departments.as_deref(),
            heard,
        };
        let ground = Ground {
            catalogue: view.catalogue(),
            placements: &placements,
            source: None,
            new_id: &mut || door.new_id(),
        };
        let mut taken = dify_db::take(&tenant, options, ground);
        if let Some(fault) = fault {
            taken.report.warn("--storage", fault);
        }
        Ok(taken)
    });
    taken.await.map_err(|_| Failure::new(Kind::Internal, "reading Dify's database was interrupted"))?
}

/// Reads the private key of a tenant; without it everything but the secrets comes in, and why is told.
fn key_of(tenant: &Tenant, storage: Option<&Path>) -> (Option<TenantKey>, Option<String>) {
    let Some(storage) = storage else { return (None, None) };
    match TenantKey::find(storage, &tenant.id.to_string(), &tenant.public_key) {
        Ok(key) => (Some(key), None),
        Err(error) => {
            let hint = "name the folder that Dify keeps its files in (OPENDAL_FS_ROOT), which holds privkeys";
            (None, Some(format!("{error}; {hint}")))
        }
    }
}

/// Returns the source under which a tenant's usage is kept.
fn usage_source(tenant: &Tenant) -> String {
    dify_db::source(tenant)
}
