//! Identity: who sits at the terminal, and how that was proved.
//!
//! The local operator comes from the process's user id, never from a variable that anybody may set. That protects the
//! record, not the data: whoever may write the database file may change anything in it that isn't sealed.

use std::fmt;

use crate::{domain::Timestamp, store::AuditEntry};

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
        Self { login, proof: Proof::LocalUser(uid), source: LOCAL.to_owned() }
    }

    /// Says whether they come over a network: what such a session may do is less.
    pub fn is_afar(&self) -> bool {
        self.source != LOCAL
    }

    /// Begins an audit row of a deed of theirs that went well.
    pub(super) fn entry(&self, at: Timestamp, action: &str) -> AuditEntry {
        AuditEntry {
            at,
            workspace: None,
            operator: None,
            login: self.login.as_str().into(),
            proof: self.proof.to_string().into(),
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
mod tests {
    use super::name_of;

    #[test]
    fn a_user_is_found_by_number() {
        let table = "root:x:0:0:root:/root:/bin/sh\nbroken\n:x:7:\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        assert_eq!(name_of(1000, table), Some("alice"));
        assert_eq!(name_of(7, table), None);
        assert_eq!(name_of(42, table), None);
    }
}
