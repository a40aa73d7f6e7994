//! Disclosure: the one function that hands out a secret, whatever for.
//!
//! Its order is the promise (`Session::hand_out`): the state is read afresh and judged; the intent is written down in
//! a transaction that refuses if the state moved meanwhile; then the secret is opened; then the outcome is written
//! down. What can't be written down is not disclosed.

mod granted;
mod opening;

use serde_json::{Map, Value as Json};

use self::granted::subject;
pub(super) use self::granted::{Granted, absent};
use super::{
    failure::{Failure, Kind},
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Ix,
        credential::{Credential, State},
        name,
    },
    rights::Right,
    store::{AuditEntry, Intent, IntentRequest, Kept, Numbers},
    vault::{Fields, Secret},
};

/// How far a clock may be behind the newest audit row, in seconds, before secrets are no longer disclosed.
pub const MOST_BEHIND: i64 = 300;

/// How often a disclosure is judged anew when somebody else's change comes between.
const TRIES: usize = 8;

/// What a secret is disclosed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person looks at it.
    Reveal,
    /// It is sent to the clipboard of a person's terminal.
    Copy,
    /// A program runs with it.
    Exec,
    /// A program from afar takes it.
    Http,
    /// Its vendor is asked whether it works.
    Verify,
    /// It is written into what another system takes.
    Emit,
}

impl Purpose {
    /// The action's name in the audit log.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Copy => "copy",
            Self::Exec => "exec",
            Self::Http => "http",
            Self::Verify => "verify",
            Self::Emit => "emit",
        }
    }

    /// The right that it takes.
    pub const fn right(self) -> Right {
        match self {
            Self::Reveal | Self::Copy | Self::Emit => Right::Reveal,
            Self::Exec | Self::Http => Right::Use,
            Self::Verify => Right::Verify,
        }
    }
}

/// A secret that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The key, by name or id.
    pub key: &'a str,
    /// One secret field of it; all of them if absent.
    pub field: Option<&'a str>,
    /// What for.
    pub purpose: Purpose,
}

/// What was disclosed. Whoever takes it shows it, hands it on, and drops it.
pub struct Disclosed {
    /// The name of the key.
    pub key: Text,
    /// The secret fields that were asked for, in the order of the provider's form.
    pub fields: Vec<(String, Secret)>,
}

/// A key that was opened for somebody, and whose outcome is not on record yet.
pub(super) struct Handed {
    /// What was granted.
    pub(super) granted: Granted,
    /// Its secret fields, in the order of the provider's form.
    pub(super) fields: Vec<(String, Secret)>,
}

/// Why nothing is handed out, and about what that is put on record; if it is a matter of rights.
#[derive(Debug)]
pub(super) struct Refused {
    /// Why.
    pub(super) failure: Failure,
    /// What was asked for, as a link; none, if it is nothing to put on record.
    pub(super) subject: Option<String>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, subject: None }
    }
}

impl Session {
    /// Says whether a secret would be disclosed, and whether that takes an unlocked vault, so that nobody types
    /// `SECRET_KEY` in vain. A refusal is noted in the audit log.
    pub async fn may_disclose(&self, wish: Wish<'_>) -> Result<bool, Failure> {
        let (view, _) = self.fresh().await?;
        let (granted, ()) = self.granted(wish.purpose, judge(&view, wish)).await?;
        Ok(granted.iter().any(Granted::is_sealed))
    }

    /// Hands out secret fields of a key, with the intent and the outcome on record.
    pub async fn disclose(&self, wish: Wish<'_>) -> Result<Disclosed, Failure> {
        let (handed, ()) = self.hand_out(wish.purpose, |view| judge(view, wish)).await?;
        let handed = handed.into_iter().next().ok_or_else(absent)?;
        self.conclude(wish.purpose, [&handed.granted], "done", &Map::new()).await?;
        Ok(Disclosed { key: handed.granted.key.name.clone(), fields: handed.fields })
    }

    /// Hands out what `judge` grants on the present state. This alone opens secrets for anybody.
    ///
    /// The intents are on record then; whoever is given the secrets puts the outcome there with [`Self::conclude`].
    /// Where one can't be opened, that is on record already, and none is handed out.
    pub(super) async fn hand_out<T>(
        &self,
        purpose: Purpose,
        judge: impl Fn(&View) -> Result<(Vec<Granted>, T), Refused>,
    ) -> Result<(Vec<Handed>, T), Failure> {
        for _ in 0..TRIES {
            let (view, numbers) = self.fresh().await?;
            let (granted, rest) = self.granted(purpose, judge(&view)).await?;
            let is_sealed = granted.iter().any(Granted::is_sealed);
            let vault = if is_sealed { Some(self.vault().ok_or_else(locked)?) } else { None };
            match self.intend(&granted, purpose, numbers).await? {
                Intent::Moved => {}
                Intent::ClockBehind { newest } => {
                    let failure = clock_behind(newest, self.door().now());
                    for it in &granted {
                        self.note_denial(purpose.action(), &it.subject(), &failure).await;
                    }
                    return Err(failure);
                }
                Intent::Written(kept) => {
                    return Ok((self.open_all(granted, purpose, vault.as_deref(), &kept).await?, rest));
                }
            }
        }
        Err(Failure::new(Kind::Conflict, "others change things faster than this could be judged")
            .hint("try again in a moment; nothing was disclosed"))
    }

    /// Takes a judgement, and notes a refusal.
    pub(super) async fn granted<T>(
        &self,
        purpose: Purpose,
        judged: Result<(Vec<Granted>, T), Refused>,
    ) -> Result<(Vec<Granted>, T), Failure> {
        if self.identity().acting.is_some() {
            return Err(Failure::usage("nobody is handed a secret as somebody else").hint("leave out --as"));
        }
        match judged {
            Ok(granted) => Ok(granted),
            Err(Refused { failure, subject }) => {
                if let Some(subject) = subject {
                    self.note_denial(purpose.action(), &subject, &failure).await;
                }
                Err(failure)
            }
        }
    }

    async fn intend(&self, granted: &[Granted], purpose: Purpose, numbers: Numbers) -> Result<Intent, Failure> {
        let entries: Vec<AuditEntry> = granted.iter().map(|it| self.intent(it, purpose)).collect();
        let versions: Vec<_> = granted.iter().filter_map(Granted::version).collect();
        let latest = latest(self.door().now());
        let request = IntentRequest {
            workspace: self.workspace(),
            judged_on: numbers,
            versions: &versions,
            latest,
            entries: &entries,
        };
        self.door()
            .store
            .intend(request)
            .await
            .map_err(|error| Failure::from(error).hint("nothing was disclosed: what can't be written down is not done"))
    }

    fn intent(&self, granted: &Granted, purpose: Purpose) -> AuditEntry {
        let mut entry = self.entry(purpose.action(), &granted.subject(), "intent");
        entry.details.insert("credential".to_owned(), granted.key.id.to_string().into());
        let fields: Vec<&str> = granted.fields.iter().map(|it| &**it).collect();
        entry.details.insert("fields".to_owned(), fields.into());
        if granted.key.state != State::Active {
            entry.details.insert("state".to_owned(), granted.key.state.word().into());
        }
        if let Some(reference) = granted.reference() {
            entry.details.insert("reference".to_owned(), reference.into());
        }
        entry.details.extend(granted.details.clone());
        entry
    }

    /// Opens all of it or none.
    async fn open_all(
        &self,
        granted: Vec<Granted>,
        purpose: Purpose,
        vault: Option<&crate::vault::Vault>,
        kept: &Kept,
    ) -> Result<Vec<Handed>, Failure> {
        let mut opened: Vec<Fields> = Vec::new();
        for it in &granted {
            match self.open(it, vault, kept).await {
                Ok(fields) => opened.push(fields),
                Err(failure) => {
                    let why = Map::from_iter([("reason".to_owned(), Json::from(failure.message.as_str()))]);
                    // The intents alone say already that it may have happened.
                    let _ = self.conclude(purpose, &granted, "failed", &why).await;
                    return Err(failure);
                }
            }
        }
        let in_order = |(granted, mut fields): (Granted, Fields)| {
            let fields = granted.fields.iter().filter_map(|name| fields.remove_entry(&**name)).collect();
            Handed { granted, fields }
        };
        Ok(granted.into_iter().zip(opened).map(in_order).collect())
    }

    /// Writes down how it went. Secrets whose disclosure can't be noted are dropped by whoever held them for others.
    pub(super) async fn conclude(
        &self,
        purpose: Purpose,
        granted: impl IntoIterator<Item = &Granted> + Send,
        outcome: &'static str,
        details: &Map<String, Json>,
    ) -> Result<(), Failure> {
        let all: Vec<_> = granted.into_iter().map(|it| (it, (outcome, details.clone()))).collect();
        self.conclude_each(purpose, all).await
    }

    /// Writes down how it went with each.
    pub(super) async fn conclude_each<'a>(
        &self,
        purpose: Purpose,
        granted: impl IntoIterator<Item = (&'a Granted, (&'static str, Map<String, Json>))> + Send,
    ) -> Result<(), Failure> {
        let row = |(it, (outcome, details)): (&Granted, (&'static str, Map<String, Json>))| {
            let mut entry = self.entry(purpose.action(), &it.subject(), outcome);
            entry.details.extend(details);
            entry
        };
        let entries: Vec<AuditEntry> = granted.into_iter().map(row).collect();
        self.door().store.append_audit(&entries).await?;
        Ok(())
    }
}

/// Judges a wish on one state. Who asks for a key that they may not see is told what everybody is told who asks for one
/// that is not there.
pub(super) fn judge(view: &View, wish: Wish<'_>) -> Result<(Vec<Granted>, ()), Refused> {
    let unseen = || view.find_credential(wish.key).err();
    let judged = match view.named(wish.key) {
        None => Err(unseen().unwrap_or_else(absent)),
        Some(ix) => Granted::of(view, ix, wish.purpose, wish.field).map_err(|failure| {
            let is_right = failure.kind == Kind::NotAllowed;
            if is_right { unseen().unwrap_or(failure) } else { failure }
        }),
    };
    judged.map(|granted| (vec![granted], ())).map_err(|failure| {
        let unknown = failure.kind == Kind::Usage && name::check(wish.key).is_ok() && !view.knows(wish.key);
        let on_record = unknown || failure.kind == Kind::NotAllowed;
        let seen = view.named(wish.key).and_then(|ix| view.credential(ix));
        let told = seen.map_or(wish.key, |key| &*key.name);
        Refused { failure, subject: on_record.then(|| subject(told)) }
    })
}

impl View {
    /// Finds a key by name or id, whether or not it is seen.
    fn named(&self, key: &str) -> Option<Ix<Credential>> {
        let table = self.catalogue().credentials();
        table.named(key).or_else(|| table.find(key.parse().ok()?))
    }

    /// Says whether a key is there and may be seen.
    fn knows(&self, key: &str) -> bool {
        self.named(key).is_some_and(|ix| self.credential(ix).is_some())
    }
}

/// Returns the latest time of an audit row at which a clock that says `now` is trusted.
fn latest(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(MOST_BEHIND)).unwrap_or(Timestamp::MAX)
}

fn clock_behind(newest: Timestamp, now: Timestamp) -> Failure {
    let minutes = (newest.as_second() - now.as_second()) / 60;
    let message = format!("this machine's clock is {minutes} minutes behind the newest audit row");
    Failure::new(Kind::NotAllowed, message).hint("set the clock; until then no secret is disclosed")
}

fn locked() -> Failure {
    Failure::new(Kind::NotAllowed, "the vault is locked").hint("unlock it with SECRET_KEY first")
}

#[cfg(test)]
mod tests;
