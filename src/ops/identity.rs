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
    domain::{Timestamp, catalogue::Catalogue, guess, id::Id, link::Link, name::printable, people::Operator},
    form::ssh_key::PublicKey,
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
    /// A program showed this token.
    Token(String),
    /// Nothing was proved.
    Nothing,
    /// They hold an SSH key, known by its fingerprint.
    SshKey {
        /// The fingerprint, as `ssh-keygen -l` prints it.
        fingerprint: String,
        /// Who saw the proof.
        witness: Witness,
    },
}

/// Who saw the proof that somebody holds an SSH key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// The server of this program.
    Own,
    /// OpenSSH's server, which started this program.
    OpenSsh,
}

impl Proof {
    /// Says whether it still proves that they are an operator: an SSH key that was taken away proves nothing.
    fn holds_for(&self, operator: &Operator) -> bool {
        match self {
            Self::LocalUser(_) | Self::Token(_) => true,
            Self::Nothing => false,
            Self::SshKey { fingerprint, .. } => operator
                .ssh_keys
                .iter()
                .any(|key| PublicKey::parse(key).is_ok_and(|key| key.fingerprint() == *fingerprint)),
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocalUser(uid) => write!(f, "uid {uid}"),
            Self::Token(name) => write!(f, "token {name}"),
            Self::Nothing => f.write_str("nothing"),
            Self::SshKey { fingerprint, witness: Witness::Own } => write!(f, "SSH key {fingerprint}"),
            Self::SshKey { fingerprint, witness: Witness::OpenSsh } => write!(f, "SSH key {fingerprint}, by sshd"),
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

    /// Returns somebody of whom nothing is known, and who may do nothing.
    pub(super) fn nobody() -> Self {
        Self { login: String::new(), proof: Proof::Nothing, source: "nowhere".to_owned(), acting: None }
    }

    /// Returns a program that shows a token of this name, as the service operator with this login.
    pub(super) fn program(login: &str, token: &str, source: &str) -> Self {
        let proof = Proof::Token(token.to_owned());
        Self { login: login.to_owned(), proof, source: source.to_owned(), acting: None }
    }

    /// Returns an operator who showed an SSH key, from an address.
    pub fn of_ssh_key(login: &str, fingerprint: String, witness: Witness, source: String) -> Self {
        Self { login: login.to_owned(), proof: Proof::SshKey { fingerprint, witness }, source, acting: None }
    }

    /// Says whether they come over a network: what such a session may do is less.
    pub fn is_afar(&self) -> bool {
        self.source != LOCAL
    }

    /// Returns who acts in a state of the workspace. Who may not act as another any more is nobody.
    pub(super) fn who(&self, catalogue: &Catalogue, read_only: bool) -> Who {
        let operators = catalogue.operators();
        let me = operators
            .named(&self.login)
            .filter(|me| operators.get(*me).is_some_and(|operator| self.proof.holds_for(operator)));
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

/// An operator who showed an SSH key.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Whose key it is.
    pub operator: Id<Operator>,
    /// As whom they work.
    pub identity: Identity,
}

/// The login of rows about somebody whom the database does not know: what they call themselves is anybody's invention.
const NOBODY: &str = "unknown";

impl Door {
    /// Finds the operator who holds an SSH key that somebody showed.
    pub async fn holder_of(&self, key: &PublicKey, witness: Witness, source: &str) -> Result<Option<Holder>, Failure> {
        let held = self.store.ssh_keys().await?;
        let fits = |text: &str| PublicKey::parse(text).is_ok_and(|held| held.is_same(key));
        let found = held.into_iter().find(|(.., text)| fits(text));
        Ok(found.map(|(operator, login, _)| Holder {
            operator,
            identity: Identity::of_ssh_key(&login, key.fingerprint(), witness, source.to_owned()),
        }))
    }

    /// Returns every SSH key that opens, each as a line; who can read the database can tell as much.
    pub async fn authorized_keys(&self) -> Result<Vec<PublicKey>, Failure> {
        let held = self.store.ssh_keys().await?;
        Ok(held.iter().filter_map(|(.., text)| PublicKey::parse(text).ok()).collect())
    }

    /// Notes that somebody came with an SSH key that nobody holds, or with none; those who follow soon are counted.
    pub async fn note_stranger(&self, fingerprint: &str, witness: Witness, source: &str) {
        let stranger = Identity::of_ssh_key(NOBODY, fingerprint.to_owned(), witness, source.to_owned());
        self.turned_away(&stranger, &format!("no operator holds the SSH key {fingerprint}")).await;
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
