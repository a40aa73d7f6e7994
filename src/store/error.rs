//! What can go wrong with the database, in words for the operator. No engine's own error type leaves the room.

use sqlx::migrate::MigrateError;
use thiserror::Error;
use uuid::Uuid;

use super::revision::Revision;
use crate::domain::{people::Role, record::Kind};

/// Why the database did not do what it was asked. Places are paths or addresses; a URL's password appears in none.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such database.
    #[error("there is no keydeck database at {place}")]
    Missing {
        /// Its path or address.
        place: String,
    },
    /// It is a database of another program, or none.
    #[error("{place} is not a keydeck database")]
    Foreign {
        /// Its path or address.
        place: String,
    },
    /// There is no such backup.
    #[error("there is no backup at {place}")]
    NoBackup {
        /// Its path.
        place: String,
    },
    /// The file of a backup is a database that somebody works with.
    #[error("{place} is a database in use, and what stands in its log is missing in the file")]
    InUse {
        /// Its path.
        place: String,
    },
    /// A file that is to be made is there already.
    #[error("{place} is there already")]
    Exists {
        /// Its path.
        place: String,
    },
    /// A file can't be read or written.
    #[error("{place} can't be used: {reason}")]
    File {
        /// Its path.
        place: String,
        /// What the operating system says.
        reason: String,
    },
    /// The location is written in a way that can't be opened.
    #[error("this database location can't be opened: {reason}")]
    Location {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A newer program made it.
    #[error("the database has schema {found}, and this keydeck knows {known}")]
    Newer {
        /// The schema of the database.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// An older program made it, and nobody has migrated it yet.
    #[error("the database has schema {found}, and this keydeck needs {known}")]
    Older {
        /// The schema of the database.
        found: i64,
        /// The one that this program needs.
        known: i64,
    },
    /// It can't be reached.
    #[error("the database can't be reached: {0}")]
    Unavailable(String),
    /// The server has no database of that name; making one is its administrator's business.
    #[error("the server answers: {0}")]
    NoDatabase(String),
    /// The server does not let the role in.
    #[error("the database server refuses the login: {0}")]
    Login(String),
    /// The server could not prove who it is, or speaks no TLS.
    #[error("there is no secure connection to the database server: {0}")]
    Tls(String),
    /// The role may not do this on the server.
    #[error("the database server refuses this: {0}")]
    Denied(String),
    /// Others wrote the same again and again while this was tried.
    #[error("others write to the database at the same time, again and again; nothing was written")]
    Contended,
    /// The connection broke while it was being committed.
    #[error("the connection broke while this was being committed: whether it was written is unknown")]
    UnknownOutcome,
    /// Somebody else holds the lock for too long.
    #[error("the database is busy: another program has been writing for more than five seconds")]
    Busy,
    /// It does not hold what it should.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The disk is full.
    #[error("there is no space left for the database")]
    Full,
    /// It was opened for reading, or its file can't be written.
    #[error("the database can only be read")]
    ReadOnly,
    /// A rule of the schema speaks against it.
    #[error("the database refuses this: {0}")]
    Constraint(Refusal),
    /// There is no such workspace.
    #[error("there is no workspace with id {0}")]
    NoWorkspace(Uuid),
    /// There is no such revision.
    #[error("there is no revision {0} in this workspace")]
    NoRevision(u64),
    /// An operator has staged too much.
    #[error("more than {most} changes would be staged")]
    Crowded {
        /// How many there may be.
        most: u64,
    },
    /// The vault was moved to another key meanwhile.
    #[error("the vault has another key by now, so nothing was written")]
    OtherKey,
    /// A deed can't be put on record, so it is not done.
    #[error("the audit log can't be written: {0}")]
    Unaudited(String),
    /// Anything else that the engine says.
    #[error("the database answered with an error: {0}")]
    Engine(String),
}

/// Which rule of the schema spoke.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Something must be unique and is not; the engine's words say where.
    #[error("{0} would exist twice")]
    Twice(String),
    /// Something refers to what is not there, or what is referred to would go.
    #[error("a thing would refer to another that does not exist")]
    Dangling,
    /// History is only added to.
    #[error("{0}")]
    AppendOnly(String),
    /// A value is out of its bounds.
    #[error("{0}")]
    Value(String),
}

impl StoreError {
    /// Says what an error of the migrations means; `explain` does for what the engine says.
    pub(super) fn of_migration(error: MigrateError, explain: fn(sqlx::Error) -> Self) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => explain(error),
            MigrateError::VersionMismatch(version) => {
                Self::Corrupt(format!("migration {version} is not the one that this program knows"))
            }
            other => Self::Engine(other.to_string()),
        }
    }

    /// Says of a failed write of the audit that it was one, unless what failed is the database as a whole.
    pub(super) fn unaudited(self) -> Self {
        match self {
            error @ (Self::Corrupt(_) | Self::Constraint(_) | Self::Engine(_)) => Self::Unaudited(error.to_string()),
            other => other,
        }
    }

    /// Says what the operator can do about it, most useful first.
    pub fn hints(&self) -> Vec<&'static str> {
        match self {
            Self::Missing { .. } => vec!["make one with \"keydeck init\", or try \"keydeck demo\""],
            Self::Foreign { .. } => vec!["check the path given with --db or in the configuration"],
            Self::NoBackup { .. } => vec!["check the path"],
            Self::InUse { .. } => vec!["make a backup of it: \"keydeck backup FILE --db sqlite:…\""],
            Self::Exists { .. } => vec!["name a new file; nothing is overwritten"],
            Self::File { .. } => vec!["check the path, its folder and their permissions"],
            Self::Location { .. } => {
                vec!["write a path, sqlite:PATH, or postgres://USER@HOST/NAME?sslmode=verify-full"]
            }
            Self::Newer { .. } => vec!["update keydeck on this machine; the database was left as it is"],
            Self::Older { .. } => vec!["back it up, then let keydeck migrate it; scripts pass --yes"],
            Self::Unavailable(_) => vec!["check that the path exists and may be read, or that the server runs"],
            Self::NoDatabase(_) => vec!["let its administrator create the database, then run \"keydeck init\""],
            Self::Login(_) => {
                vec!["check user and password: in the URL, or better in ~/.pgpass or the file named by PGPASSFILE"]
            }
            Self::Tls(_) => vec![
                "sslrootcert=FILE in the URL names the certificate of an authority of your own",
                "sslmode=prefer in the URL goes on without proof, where the network is trusted",
            ],
            Self::Denied(_) => vec!["its administrator grants the role what it needs: see docs/postgresql.md"],
            Self::Contended => vec!["try again in a moment"],
            Self::UnknownOutcome => vec!["look whether it is there before you do it again"],
            Self::Busy => vec!["try again; \"keydeck doctor\" tells who holds it"],
            Self::Corrupt(_) => vec!["run \"keydeck doctor\", and restore a backup if it says so"],
            Self::Full => vec!["free some space; nothing was written"],
            Self::ReadOnly => {
                vec!["leave out --read-only, or check the permissions of the file and its folder, or of the role"]
            }
            Self::Constraint(Refusal::Dangling) => {
                vec!["change or remove what refers to it in the same change set"]
            }
            Self::Constraint(Refusal::Twice(_)) => vec!["choose another name"],
            Self::Constraint(_) => vec!["correct the value and try again"],
            Self::NoWorkspace(_) => vec!["\"keydeck list workspaces\" shows those there are"],
            Self::NoRevision(_) => vec!["\"keydeck log\" shows those there are"],
            Self::Crowded { .. } => vec!["apply or discard what is staged first"],
            Self::OtherKey => vec!["lock and unlock with the present SECRET_KEY, then try again"],
            Self::Unaudited(_) => vec![
                "nothing was changed or disclosed: what can't be put on record is not done",
                "reading goes on; run \"keydeck doctor\"",
            ],
            Self::Engine(_) => vec!["run \"keydeck doctor\"; if it finds nothing, report this message"],
        }
    }
}

/// Why a change set was not applied. Nothing of it was written.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// Somebody applied another change set meanwhile.
    #[error("this was planned on revision {base}, and the workspace is at {current} by now")]
    Stale {
        /// The revision that the plan was made on.
        base: u64,
        /// The revision of the workspace.
        current: u64,
    },
    /// A thing is not in the state that the change expects.
    #[error("{} {name} is not as the change expects it", kind.word())]
    Moved {
        /// What kind of thing.
        kind: Kind,
        /// Its id.
        id: Uuid,
        /// Its name, or its id where it has none.
        name: String,
    },
    /// Another thing of the kind has the name, or the id.
    #[error("there is another {} with the name {name}", kind.word())]
    Taken {
        /// What kind of thing.
        kind: Kind,
        /// The name.
        name: String,
    },
    /// A key would have a secret that is destroyed by now, or is another key's.
    #[error("the secret that key {name} would have is gone")]
    Destroyed {
        /// The name of the key.
        name: String,
    },
    /// Nobody would keep the database, or administrate a workspace, any more.
    #[error("nobody would be left who is {} of the {}", role.word(), if *role == Role::Keeper { "database" } else { "workspace" })]
    Deserted {
        /// What nobody would be.
        role: Role,
    },
    /// The change set makes or removes the workspace itself.
    #[error("a change set can't make or remove a workspace")]
    Workspace,
    /// The connection broke while it was being committed, and nothing of it was written.
    #[error("the connection broke while this was being committed; nothing was written")]
    Lost,
    /// The connection broke while it was being committed, and the database stays away. [`super::Store::is_written`]
    /// finds out when it is back.
    #[error("the connection broke while revision {} was being committed: whether it was applied is unknown", .0.number)]
    Unknown(Box<Revision>),
    /// The workspace wants a second person to approve it, and nobody did.
    #[error("this workspace wants a second person's approval, and nobody has approved this change set as it is")]
    Unapproved,
    /// It comes without the audit row that every revision has.
    #[error("a change set needs an audit row")]
    Unaudited,
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ApplyError {
    /// Says what the operator can do about it, most useful first.
    pub fn hints(&self) -> Vec<&'static str> {
        match self {
            Self::Stale { .. } => vec!["look at what changed, then apply the plan again on the new revision"],
            Self::Moved { .. } => vec!["reload and make the change again"],
            Self::Taken { .. } => vec!["choose another name"],
            Self::Destroyed { .. } => {
                vec!["try again: the key then comes back by name only, or enter its secret again"]
            }
            Self::Deserted { .. } => {
                vec![
                    "somebody else lost the same role meanwhile, perhaps in another workspace: grant it to a third first",
                ]
            }
            Self::Workspace => vec!["make a workspace with \"keydeck add workspace\""],
            Self::Lost => vec!["try again"],
            Self::Unknown(_) => vec!["look at \"keydeck log\" when the database is back, before you do it again"],
            Self::Unapproved => {
                vec!["stage it; then somebody else can look at it and approve it with \"keydeck staged approve LOGIN\""]
            }
            Self::Unaudited => vec!["this is a mistake in keydeck; please report it"],
            Self::Store(error) => error.hints(),
        }
    }
}
