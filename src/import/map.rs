//! Placement: which department, owner and environment foreign apps get, by options and by a `--map` file.
//!
//! The file is CSV with a header: `app` and any of `department`, `owner`, `environment`, in any order. A blank cell
//! leaves the question to the options. Owners are written `system`, `department/NAME`, `owner/LOGIN` or bare as a login.

use std::collections::BTreeMap;

use thiserror::Error;

use super::csv::{self, CsvError, Row};
use crate::domain::{
    Text,
    catalogue::Catalogue,
    credential::Owner,
    guess,
    id::Id,
    name::{self, NameError},
    people::Department,
};

/// The largest map, in bytes.
const LARGEST: usize = 10 << 20;

/// The columns that a map may have.
const COLUMNS: [&str; 4] = ["app", "department", "owner", "environment"];

/// Where something that comes in belongs. What is absent stays open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Who pays for it.
    pub department: Option<Id<Department>>,
    /// Who it belongs to.
    pub owner: Option<Owner>,
    /// Where it runs.
    pub environment: Option<Text>,
}

/// Where everything that comes in belongs: by app, and for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placements {
    default: Placement,
    by_app: BTreeMap<Text, (usize, Placement)>,
}

/// Why a placement names nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlacementError {
    /// There is no such department.
    #[error("there is no department \"{name}\"{}", hint(guess.as_ref(), "keydeck list departments"))]
    Department {
        /// What was written.
        name: String,
        /// What may have been meant.
        guess: Option<String>,
    },
    /// There is no such operator.
    #[error("there is no operator \"{name}\"{}", hint(guess.as_ref(), "keydeck list operators"))]
    Operator {
        /// What was written.
        name: String,
        /// What may have been meant.
        guess: Option<String>,
    },
    /// An environment can't be called that.
    #[error("\"{name}\" can't be an environment: {error}")]
    Environment {
        /// What was written.
        name: String,
        /// Why not.
        error: NameError,
    },
}

/// Why a file is no map. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MapError {
    /// It is no CSV.
    #[error("the map {0}")]
    Csv(#[from] CsvError),
    /// A column is unknown or stands twice, or `app` is missing.
    #[error(
        "the map's first line must name the columns app, department, owner, environment, each once and app at least; {found}"
    )]
    Header {
        /// What is wrong with the line.
        found: String,
    },
    /// A row names no app.
    #[error("the map names no app in line {line}; fill the cell or remove the line")]
    NoApp {
        /// The line.
        line: usize,
    },
    /// An app stands twice.
    #[error("the map names the app \"{app}\" again in line {line}; keep one of the lines")]
    Twice {
        /// The line.
        line: usize,
        /// The app.
        app: String,
    },
    /// A row has more cells than the header.
    #[error(
        "the map has {cells} cells in line {line} and {columns} columns; put quotes around a cell that holds a comma"
    )]
    Wide {
        /// The line.
        line: usize,
        /// How many cells it has.
        cells: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// A cell names nothing.
    #[error("the map, line {line}: {error}")]
    Cell {
        /// The line.
        line: usize,
        /// Why.
        error: PlacementError,
    },
}

fn hint(guess: Option<&String>, command: &str) -> String {
    guess.map_or_else(|| format!("; `{command}` shows them all"), |guess| format!("; did you mean \"{guess}\"?"))
}

impl Placement {
    /// Reads a placement by names, as options and cells have them; blank and absent are the same.
    pub fn read(
        catalogue: &Catalogue,
        department: Option<&str>,
        owner: Option<&str>,
        environment: Option<&str>,
    ) -> Result<Self, PlacementError> {
        let filled = |cell: Option<&str>| cell.map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned);
        Ok(Self {
            department: filled(department).map(|name| find_department(catalogue, &name)).transpose()?,
            owner: filled(owner).map(|owner| find_owner(catalogue, &owner)).transpose()?,
            environment: filled(environment).map(|name| find_environment(&name)).transpose()?,
        })
    }

    /// Fills what is absent.
    fn or(&self, other: &Self) -> Self {
        Self {
            department: self.department.or(other.department),
            owner: self.owner.or(other.owner),
            environment: self.environment.clone().or_else(|| other.environment.clone()),
        }
    }
}

fn find_department(catalogue: &Catalogue, name: &str) -> Result<Id<Department>, PlacementError> {
    let departments = catalogue.departments();
    departments.named(name).map(|ix| departments.id(ix)).ok_or_else(|| PlacementError::Department {
        name: name::printable(name).into_owned(),
        guess: guess::nearest(name, departments.iter().map(|(_, it)| &*it.name)).map(str::to_owned),
    })
}

fn find_owner(catalogue: &Catalogue, owner: &str) -> Result<Owner, PlacementError> {
    if owner == "system" {
        return Ok(Owner::System);
    }
    if let Some(department) = owner.strip_prefix("department/") {
        return find_department(catalogue, department).map(Owner::Department);
    }
    let login = owner.strip_prefix("owner/").or_else(|| owner.strip_prefix("operator/")).unwrap_or(owner);
    let operators = catalogue.operators();
    let found = operators.named(login).map(|ix| Owner::Operator(operators.id(ix)));
    found.ok_or_else(|| PlacementError::Operator {
        name: name::printable(login).into_owned(),
        guess: guess::nearest(login, operators.iter().map(|(_, it)| &*it.login)).map(str::to_owned),
    })
}

fn find_environment(name: &str) -> Result<Text, PlacementError> {
    let wrong = |error| PlacementError::Environment { name: name::printable(name).into_owned(), error };
    name::check(name).map_err(wrong).map(|()| name.into())
}

impl From<Placement> for Placements {
    fn from(default: Placement) -> Self {
        Self { default, by_app: BTreeMap::new() }
    }
}

impl Placements {
    /// Reads a map file over a default for apps and cells that it leaves open.
    pub fn read(catalogue: &Catalogue, csv: &[u8], default: Placement) -> Result<Self, MapError> {
        let mut rows = csv::read(csv, LARGEST)?.into_iter();
        let columns = columns(rows.next())?;
        let mut by_app = BTreeMap::new();
        for Row { line, cells } in rows {
            if cells.len() > columns.len() {
                return Err(MapError::Wide { line, cells: cells.len(), columns: columns.len() });
            }
            let cell = |wanted| columns.iter().zip(&cells).find(|(name, _)| **name == wanted).map(|(_, cell)| &**cell);
            let app = name::clean(cell("app").unwrap_or(""), "");
            let placement = Placement::read(catalogue, cell("department"), cell("owner"), cell("environment"))
                .map_err(|error| MapError::Cell { line, error })?;
            if app.is_empty() {
                return Err(MapError::NoApp { line });
            }
            if by_app.insert(Text::from(app.as_str()), (line, placement)).is_some() {
                return Err(MapError::Twice { line, app });
            }
        }
        Ok(Self { default, by_app })
    }

    /// Returns where an app belongs, by the name that the source gives it.
    pub fn of(&self, app: &str) -> Placement {
        self.by_app.get(app).map_or_else(|| self.default.clone(), |(_, placement)| placement.or(&self.default))
    }

    /// Returns the apps of the map that `is_met` denies, with their lines: probably misspelt.
    pub fn unmet<'a>(&'a self, is_met: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = (usize, &'a Text)> {
        self.by_app.iter().filter(move |(app, _)| !is_met(app)).map(|(app, (line, _))| (*line, app))
    }
}

fn columns(header: Option<Row>) -> Result<Vec<&'static str>, MapError> {
    let mut columns = Vec::new();
    for cell in header.map(|row| row.cells).unwrap_or_default() {
        let wanted = cell.trim().to_lowercase();
        let known = COLUMNS.into_iter().find(|column| *column == wanted && !columns.contains(column));
        let near =
            guess::nearest(&wanted, COLUMNS).map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        let found = || format!("\"{}\" is none of them, or stands twice{near}", name::printable(cell.trim()));
        columns.push(known.ok_or_else(|| MapError::Header { found: found() })?);
    }
    if columns.contains(&"app") { Ok(columns) } else { Err(MapError::Header { found: "app is missing".to_owned() }) }
}

#[cfg(test)]
mod tests;
