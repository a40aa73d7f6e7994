//! Identity: who sits at the terminal, and how that was proved.
//!
//! The local operator comes from the process's user id, never from a variable that anybody may set. That protects the
//! record, not the data: whoever may write the database file may change anything in it that isn't sealed.

use std::fmt;

use super::{
    door::Door,
    failure::{Failure, Kind},
};
use crate::{
    domain::{Timestamp, catalogue::Catalogue, guess, link::Link, name::printable},
    rights::{self, Who},
    store::AuditEntry,
};

/// The source of those who sit at this machine.
const LOCAL: &str = "local";

/// Who acts, and how it was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The login that is looked up among the operators.
    pub login: String,
    /// How it was proved.
    pub proof: Proof,
    /// Where from: `local`, or an address.
    pub source: String,
    /// As whom they look and work, if not as themselves. That takes an admin of the whole workspace, and gives nothing
    /// that the admin does not have.
    pub acting: Option<String>,
}

/// How somebody proved who they are. The audit log repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The operating system knows the process's user.
    LocalUser(u32),
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalUser(uid) => write!(f, "uid {uid}"),
        }
    }
}

impl Identity {
    /// Returns who runs this process, by the system's user table; a user without a name there is `uid-N`.
    pub fn local() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let login = name_of(uid, &table).map_or_else(|| format!("uid-{uid}"), str::to_owned);
        Self { login, proof: Proof::LocalUser(uid), source: LOCAL.to_owned(), acting: None }
    }

    /// Says whether they come over a network: what such a session may do is less.
    pub fn is_afar(&self) -> bool {
        self.source != LOCAL
    }

    /// Returns who acts in a state of the workspace. Who may not act as another any more is nobody.
    pub(super) fn who(&self, catalogue: &Catalogue, read_only: bool) -> Who {
        let me = catalogue.operators().named(&self.login);
        let (operator, behind) = match &self.acting {
            None => (me, None),
            Some(other) => match me.filter(|me| rights::is_whole_admin(catalogue, *me)) {
                Some(me) => (catalogue.operators().named(other), Some(me)),
                None => (None, None),
            },
        };
        Who { operator, behind, read_only, afar: self.is_afar() }
    }

    /// Begins to act as another, on record, if that is asked for. It is refused to whoever may not, on record as well.
    pub(super) async fn begin(&self, door: &Door, catalogue: &Catalogue, read_only: bool) -> Result<(), Failure> {
        let Some(other) = &self.acting else { return Ok(()) };
        let refused = self.check(catalogue, other).err();
        let mut entry = self.entry(door.now(), "act-as");
        entry.workspace = Some(catalogue.workspace().id);
        entry.operator =
            catalogue.operators().named(&self.login).and_then(|me| catalogue.operators().get(me)).map(|me| me.id);
        entry.subject = Link::new("operator", &[other]).map(|link| link.to_string()).unwrap_or_default().into();
        match refused {
            None if read_only => Ok(()),
            None => Ok(door.store.append_audit(&[entry]).await.map(drop)?),
            Some(failure) => {
                // That it can't be noted, as in a database that can only be read, does not undo the refusal.
                let _ = door.store.append_audit(&[entry.because("denied", &failure)]).await;
                Err(failure)
            }
        }
    }

    fn check(&self, catalogue: &Catalogue, other: &str) -> Result<(), Failure> {
        if self.is_afar() {
            return Err(Failure::new(Kind::NotAllowed, "nobody acts as another over SSH or HTTP"));
        }
        let who = self.who(catalogue, false);
        if who.behind.is_none() {
            let message = "only admins of the whole workspace may look and work as another operator";
            return Err(Failure::new(Kind::NotAllowed, message).hint("leave out --as"));
        }
        if who.operator.is_none() {
            let known = catalogue.operators().iter().map(|(_, it)| &*it.login);
            let failure = Failure::usage(format!("there is no operator \"{}\"", printable(other)));
            return Err(match guess::nearest(other, known) {
                Some(guess) => failure.hint(format!("did you mean {guess}?")),
                None => failure.hint("\"keydeck list operators\" shows those there are"),
            });
        }
        Ok(())
    }

    /// Says how the identity was proved, and as whom somebody works who is not themselves.
    fn proved(&self) -> String {
        match &self.acting {
            None => self.proof.to_string(),
            Some(other) => format!("{}, as {other}", self.proof),
        }
    }

    /// Begins an audit row of a deed of theirs that went well.
    pub(super) fn entry(&self, at: Timestamp, action: &str) -> AuditEntry {
        AuditEntry {
            at,
            workspace: None,
            operator: None,
            login: self.login.as_str().into(),
            proof: self.proved().into(),
            source: self.source.as_str().into(),
            action: action.into(),
            subject: "".into(),
            outcome: "done".into(),
            revision: None,
            details: serde_json::Map::new(),
        }
    }
}

/// Finds a user in the text of `/etc/passwd` (`name:password:uid:…`).
fn name_of(uid: u32, table: &str) -> Option<&str> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests;
