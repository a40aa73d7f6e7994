//! Imports: foreign files to changes of the newest state, secrets sealed again by our vault, and usage to facts.
//!
//! The changes are applied like any other change set: rights are checked for each. Usage is a fact beside it.

mod bringing;
pub mod dify_db;
mod flawed;
mod losing;
mod reading;
mod sealing;
mod stamping;

use std::path::Path;

pub use self::{
    bringing::{Coming, Imported, Manner},
    losing::Loss,
    reading::{DifyWish, ImportWish, Source, exports, holds_password},
    sealing::Intake,
};
use super::{
    failure::{Failure, Kind},
    session::Session,
    view::View,
};
use crate::{
    domain::{change::Change, name},
    import::{
        dify_dsl, dotenv, feedforward, litellm,
        map::{MapError, Placement, PlacementError, Placements},
        prices,
        report::Report,
        taking::{Ground, Taken},
        usage,
    },
    vault::Secret,
};

/// Where what comes in belongs, in the words of the caller.
#[derive(Clone, Debug, Default)]
pub struct Belonging {
    /// Who pays for it.
    pub department: Option<String>,
    /// Who it belongs to.
    pub owner: Option<String>,
    /// Where it runs.
    pub environment: Option<String>,
    /// A map by app, as CSV.
    pub map: Option<Vec<u8>>,
    /// What the source is called, where several of a kind are imported.
    pub source: Option<String>,
}

impl Belonging {
    /// Reads where things belong, as far as the viewer knows of it.
    fn placements(&self, view: &View) -> Result<Placements, Failure> {
        let Self { department, owner, environment, map, source } = self;
        if let Some(source) = source {
            name::check(source).map_err(|error| Failure::usage(format!("the source: {error}")))?;
        }
        let default =
            Placement::read(view.catalogue(), department.as_deref(), owner.as_deref(), environment.as_deref())
                .map_err(|error| Failure::usage(seen(view, error)))?;
        let Some(csv) = map else { return Ok(default.into()) };
        let told = |error| match error {
            MapError::Cell { line, error } => MapError::Cell { line, error: seen(view, error) },
            other => other,
        };
        Placements::read(view.catalogue(), csv, default).map_err(|error| Failure::usage(told(error)))
    }
}

impl Session {
    /// Reads Dify exports (name and bytes) and says what they change. Files that are none stand in the report.
    pub fn import_dify(
        &self,
        files: &[(String, Vec<u8>)],
        belonging: &Belonging,
    ) -> Result<(Vec<Change>, Report), Failure> {
        let view = self.view();
        let placements = belonging.placements(&view)?;
        let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        Ok(dify_dsl::import(view.catalogue(), files, &placements, &mut || self.door().new_id()))
    }

    /// Reads a `FeedForward` database, whose keys `secret_key` opens, and says what it brings.
    pub async fn import_feedforward(
        &self,
        file: &Path,
        secret_key: Option<Secret>,
        belonging: &Belonging,
    ) -> Result<Taken, Failure> {
        let view = self.view();
        belonging.placements(&view)?;
        let contents = feedforward::read(file).await.map_err(Failure::usage)?;
        // Deriving keys keeps a processor busy for a while.
        let (this, belonging) = (self.door().clone(), belonging.clone());
        let taken = tokio::task::spawn_blocking(move || {
            let placements = belonging.placements(&view)?;
            let keys = feedforward::Keyring::new(secret_key.as_ref());
            let ground = Ground {
                catalogue: view.catalogue(),
                placements: &placements,
                source: belonging.source.as_deref(),
                new_id: &mut || this.new_id(),
            };
            Ok(feedforward::take(&contents, &keys, ground))
        });
        taken.await.map_err(|_| Failure::new(Kind::Internal, "reading the database was interrupted"))?
    }

    /// Reads a `.env` file and says what it brings.
    pub fn import_dotenv(&self, file: &str, bytes: &[u8], belonging: &Belonging) -> Result<Taken, Failure> {
        let entries = dotenv::parse(bytes).map_err(|error| in_file(file, error))?;
        self.take_on_ground(belonging, |ground| dotenv::take(file, entries, ground))
    }

    /// Reads a configuration of `LiteLLM` and says what it brings.
    pub fn import_litellm(&self, file: &str, bytes: &[u8], belonging: &Belonging) -> Result<Taken, Failure> {
        self.take_on_ground(belonging, |ground| litellm::take(file, bytes, ground))?
            .map_err(|error| in_file(file, error))
    }

    /// Reads a file of usage, and says what kind of source it is and what it holds.
    pub fn import_usage(
        &self,
        file: &str,
        bytes: &[u8],
        belonging: &Belonging,
    ) -> Result<(&'static str, Taken), Failure> {
        let view = self.view();
        belonging.placements(&view)?;
        let found = usage::read(file, bytes, view.catalogue()).map_err(|error| in_file(file, error))?;
        let mut lines = found.lines;
        // What the file leaves open is the option's business.
        let department = belonging.placements(&view)?.of("").department;
        for line in lines.iter_mut().filter(|line| line.department.is_none() && line.workflow.is_none()) {
            line.department = department;
        }
        Ok((found.kind, Taken { usage: lines, report: found.report, ..Taken::default() }))
    }

    /// Reads a list of prices and says what it changes.
    pub fn import_prices(&self, file: &str, bytes: &[u8], belonging: &Belonging) -> Result<Taken, Failure> {
        let view = self.view();
        belonging.placements(&view)?;
        let ground = prices::PriceGround {
            catalogue: view.catalogue(),
            source: belonging.source.as_deref(),
            login: &self.identity().login,
            now: self.door().now(),
            new_id: &mut || self.door().new_id(),
        };
        let (changes, report) = prices::take(file, bytes, ground).map_err(|error| in_file(file, error))?;
        Ok(Taken { changes, report, ..Taken::default() })
    }

    /// Lets a source take what it has, on the newest state.
    fn take_on_ground<T>(&self, belonging: &Belonging, take: impl FnOnce(Ground<'_>) -> T) -> Result<T, Failure> {
        let view = self.view();
        let placements = belonging.placements(&view)?;
        Ok(take(Ground {
            catalogue: view.catalogue(),
            placements: &placements,
            source: belonging.source.as_deref(),
            new_id: &mut || self.door().new_id(),
        }))
    }
}

/// Says in which file something is wrong.
fn in_file(file: &str, error: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {error}", name::printable(file)))
}

/// Takes a guess back that names what the viewer may not see.
fn seen(view: &View, mut error: PlacementError) -> PlacementError {
    let lookup = view.lookup();
    match &mut error {
        PlacementError::Department { guess, .. } => {
            guess.take_if(|name| lookup.department(name).is_err());
        }
        PlacementError::Operator { guess, .. } => {
            guess.take_if(|login| lookup.operator(login).is_err());
        }
        PlacementError::Environment { .. } => {}
    }
    error
}
