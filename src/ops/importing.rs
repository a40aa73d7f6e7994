//! Imports: foreign files to changes of the newest state. They are applied like any other change set.

use super::{failure::Failure, session::Session, view::View};
use crate::{
    domain::change::Change,
    import::{
        dify_dsl,
        map::{MapError, Placement, PlacementError, Placements},
        report::Report,
    },
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
}

impl Session {
    /// Reads Dify exports (name and bytes) and says what they change. Files that are none stand in the report.
    pub fn import_dify(
        &self,
        files: &[(String, Vec<u8>)],
        belonging: &Belonging,
    ) -> Result<(Vec<Change>, Report), Failure> {
        let view = self.view();
        let Belonging { department, owner, environment, map } = belonging;
        let default =
            Placement::read(view.catalogue(), department.as_deref(), owner.as_deref(), environment.as_deref())
                .map_err(|error| Failure::usage(seen(&view, error)))?;
        let placements = match map {
            Some(csv) => {
                let told = |error| match error {
                    MapError::Cell { line, error } => MapError::Cell { line, error: seen(&view, error) },
                    other => other,
                };
                Placements::read(view.catalogue(), csv, default).map_err(|error| Failure::usage(told(error)))?
            }
            None => default.into(),
        };
        let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        Ok(dify_dsl::import(view.catalogue(), files, &placements, &mut || self.door().new_id()))
    }
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
