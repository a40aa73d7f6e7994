//! Failures: what went wrong, of which kind, and what to do. Every face shows the same words.

use std::fmt;

use serde_json::Value as Json;

use crate::{
    config::{SettingsError, vendors::VendorsError},
    domain::{link::LinkError, name},
    form::{FormError, document::DocumentError, lookup::UnknownName},
    import::{declarative::DeclarativeError, expectations::ExpectationsError},
    plan::valid::{Fault, Refusal},
    rights::Denial,
    store::{ApplyError, StoreError},
    vault::{SourceError, UnlockError},
};

/// What kind of failure it is; the command line's exit codes stand for these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mistake of ours.
    Internal,
    /// A mistake in what was asked, or a name that does not exist.
    Usage,
    /// The settings are wrong.
    Configuration,
    /// The vault is locked, or the operator may not.
    NotAllowed,
    /// Somebody else was faster, or two things can't both be.
    Conflict,
    /// The database can't be reached or read.
    Unavailable,
    /// There is no key.
    NoKey,
}

impl Kind {
    /// The word for JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::NotAllowed => "not_allowed",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::NoKey => "no_key",
        }
    }

    /// The exit code of the command line's contract.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::NotAllowed => 4,
            Self::Conflict => 5,
            Self::Unavailable => 6,
            Self::NoKey => 7,
        }
    }
}

/// A cause that a face answers by offering to mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mendable {
    /// There is no database yet: offer to make one.
    NoDatabase,
    /// The database holds no workspace yet: offer to make one.
    NoWorkspace,
    /// An older program made the database: offer to bring it up to date.
    OlderSchema,
    /// Deeds can't be put on record: say for as long that one can only look.
    OffRecord,
    /// The connection broke while something was being written: look, once the database is back.
    UnknownOutcome,
}

/// A failure in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: Kind,
    /// What went wrong.
    pub message: String,
    /// What to do about it, most useful first.
    pub hints: Vec<String>,
    /// What a face may offer to mend.
    pub mendable: Option<Mendable>,
    /// The particulars for programs, as the JSON form of the error gives them.
    pub details: Option<Box<Json>>,
}

impl Failure {
    /// Makes a failure without hints.
    pub fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string(), hints: Vec::new(), mendable: None, details: None }
    }

    /// Makes a failure of usage.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Says what a face may offer to mend.
    #[must_use]
    pub const fn mendable(mut self, what: Mendable) -> Self {
        self.mendable = Some(what);
        self
    }

    /// Adds the particulars for programs.
    #[must_use]
    pub fn details(mut self, details: Json) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

macro_rules! failures {
    ($($error:ty => $kind:ident;)*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(Kind::$kind, error)
            }
        }
    )*};
}

failures! {
    FormError => Usage;
    UnknownName => Usage;
    LinkError => Usage;
    DeclarativeError => Usage;
    ExpectationsError => Usage;
    DocumentError => Usage;
    SettingsError => Configuration;
    VendorsError => Configuration;
    SourceError => Configuration;
    UnlockError => NotAllowed;
    Denial => NotAllowed;
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::ReadOnly | StoreError::Denied(_) => Kind::NotAllowed,
            StoreError::Constraint(_) | StoreError::OtherKey | StoreError::Contended => Kind::Conflict,
            StoreError::Location { .. }
            | StoreError::NoRevision(_)
            | StoreError::NoWorkspace(_)
            | StoreError::Crowded { .. }
            | StoreError::NoBackup { .. }
            | StoreError::InUse { .. }
            | StoreError::Exists { .. }
            | StoreError::File { .. } => Kind::Usage,
            _ => Kind::Unavailable,
        };
        let mendable = match error {
            StoreError::Missing { .. } => Some(Mendable::NoDatabase),
            StoreError::Older { .. } => Some(Mendable::OlderSchema),
            StoreError::Unaudited(_) => Some(Mendable::OffRecord),
            _ => None,
        };
        let hints = error.hints();
        let failure = hints.into_iter().fold(Self::new(kind, &error), Self::hint);
        Self { mendable, ..failure }
    }
}

impl From<ApplyError> for Failure {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Store(error) => error.into(),
            ApplyError::Unapproved => {
                let hints = error.hints();
                hints.into_iter().fold(Self::new(Kind::NotAllowed, &error), Self::hint)
            }
            ApplyError::Unaudited => Self::new(Kind::Internal, &error),
            ApplyError::Lost => Self::new(Kind::Unavailable, &error).hint("try again"),
            ApplyError::Unknown(ref made) => {
                let (number, login, at) = (made.number, name::printable(&made.login), made.at);
                Self::new(Kind::Unavailable, &error).mendable(Mendable::UnknownOutcome).hint(format!(
                    "when the database is back, \"keydeck log\" shows revision {number} by {login} of {at} if it was; \
                     if it does not, do it again"
                ))
            }
            other => {
                let hints = other.hints();
                hints.into_iter().fold(Self::new(Kind::Conflict, &other), Self::hint)
            }
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let conflict = matches!(refusal.fault, Fault::Conflict | Fault::Taken | Fault::Overlap | Fault::InUse);
        let name = refusal.name.as_ref().map(|name| format!(" \"{}\"", name::printable(name))).unwrap_or_default();
        let message = format!("{}{name}: {}", refusal.kind.word(), refusal.message);
        Self::new(if conflict { Kind::Conflict } else { Kind::Usage }, message).hint(refusal.hint)
    }
}
