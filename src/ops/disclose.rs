//! Disclosure: the one function that hands out a secret, whatever for.
//!
//! Its order is the promise: the state is read afresh and judged; the intent is written down in a transaction that
//! refuses if the state moved meanwhile; then the secret is opened; then the outcome is written down. What can't be
//! written down is not disclosed.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    door::Door,
    failure::{Failure, Kind},
    keys, readable,
    session::Session,
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Ix,
        credential::{Credential, Reference, Sealed, SecretRef, SecretVersion, State},
        guess,
        id::Id,
        link::Link,
        name::{self, printable},
    },
    rights::{Right, Subject},
    store::{Intent, IntentRequest, Kept, Numbers},
    vault::{Fields, OpenError, Place, ReferencePolicy, Vault},
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
}

impl Purpose {
    /// The action's name in the audit log.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Copy => "copy",
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
    pub fields: Vec<(String, crate::vault::Secret)>,
}

/// A wish that was granted on one state.
#[derive(Debug)]
struct Granted {
    key: Credential,
    secret: Source,
    /// The names of the fields that are disclosed.
    fields: Vec<Text>,
    /// Where the secret may be sent by now.
    base_url: Option<Text>,
}

/// Where the secret is.
#[derive(Clone, Debug)]
enum Source {
    Vault(Id<SecretVersion>),
    Elsewhere(Reference),
}

impl Session {
    /// Says whether a secret would be disclosed, and whether that takes an unlocked vault, so that nobody types
    /// `SECRET_KEY` in vain. A refusal is noted in the audit log.
    pub async fn may_disclose(&self, wish: Wish<'_>) -> Result<bool, Failure> {
        let (view, _) = self.fresh().await?;
        let granted = self.grant(&view, wish).await?;
        Ok(matches!(granted.secret, Source::Vault(_)))
    }

    /// Hands out secret fields of a key, with the intent and the outcome on record.
    pub async fn disclose(&self, wish: Wish<'_>) -> Result<Disclosed, Failure> {
        for _ in 0..TRIES {
            let (view, numbers) = self.fresh().await?;
            let granted = self.grant(&view, wish).await?;
            let vault = match granted.secret {
                Source::Vault(_) => Some(self.door().vault().ok_or_else(locked)?),
                Source::Elsewhere(_) => None,
            };
            match self.intend(&granted, wish, numbers).await? {
                Intent::Moved => {}
                Intent::ClockBehind { newest } => {
                    let failure = clock_behind(newest, self.door().now());
                    self.note_denial(wish.purpose.action(), &subject(&granted.key.name), &failure).await;
                    return Err(failure);
                }
                Intent::Written(kept) => {
                    let opened = self.open(&granted, vault, *kept).await;
                    return self.conclude(&granted, wish, opened).await;
                }
            }
        }
        Err(Failure::new(Kind::Conflict, "others change things faster than this could be judged")
            .hint("try again in a moment; nothing was disclosed"))
    }

    /// Judges a wish, and notes a refusal. Who asks for a key that they may not see is told what everybody is told who
    /// asks for one that is not there.
    async fn grant(&self, view: &View, wish: Wish<'_>) -> Result<Granted, Failure> {
        if self.identity().acting.is_some() {
            return Err(Failure::usage("nobody is handed a secret as somebody else").hint("leave out --as"));
        }
        let judged = judge(view, wish);
        if let Err(failure) = &judged {
            let unknown = failure.kind == Kind::Usage && name::check(wish.key).is_ok() && !view.knows(wish.key);
            if unknown || failure.kind == Kind::NotAllowed {
                let seen = view.named(wish.key).and_then(|ix| view.credential(ix));
                let told = seen.map_or(wish.key, |key| &*key.name);
                self.note_denial(wish.purpose.action(), &subject(told), failure).await;
            }
        }
        judged
    }

    async fn intend(&self, granted: &Granted, wish: Wish<'_>, numbers: Numbers) -> Result<Intent, Failure> {
        let mut entry = self.entry(wish.purpose.action(), &subject(&granted.key.name), "intent");
        entry.details.insert("credential".to_owned(), granted.key.id.to_string().into());
        let fields: Vec<&str> = granted.fields.iter().map(|it| &**it).collect();
        entry.details.insert("fields".to_owned(), fields.into());
        if granted.key.state != State::Active {
            entry.details.insert("state".to_owned(), granted.key.state.word().into());
        }
        let version = match &granted.secret {
            Source::Vault(version) => Some(*version),
            Source::Elsewhere(reference) => {
                entry.details.insert("reference".to_owned(), reference.to_string().into());
                None
            }
        };
        let workspace = self.workspace();
        let latest = latest(entry.at);
        let request = IntentRequest { workspace, judged_on: numbers, version, latest, entry: &entry };
        self.door()
            .store
            .intend(request)
            .await
            .map_err(|error| Failure::from(error).hint("nothing was disclosed: what can't be written down is not done"))
    }

    /// Opens what was granted. The intent stands by now.
    async fn open(&self, granted: &Granted, vault: Option<Arc<Vault>>, kept: Kept) -> Result<Fields, Failure> {
        match (&granted.secret, vault) {
            (Source::Vault(version), Some(vault)) => self.unseal(granted, *version, &vault, kept).await,
            (Source::Vault(_), None) => Err(locked()),
            (Source::Elsewhere(reference), _) => {
                let policy = self.door().references(self.identity().is_afar());
                let secret = open_reference(policy, reference.clone()).await?;
                let name = granted.fields.first().map(ToString::to_string).unwrap_or_default();
                Ok(BTreeMap::from([(name, secret)]))
            }
        }
    }

    async fn unseal(
        &self,
        granted: &Granted,
        version: Id<SecretVersion>,
        vault: &Vault,
        kept: Kept,
    ) -> Result<Fields, Failure> {
        let workspace = self.workspace();
        let gone = || Failure::new(Kind::NoKey, "the secret of this key was destroyed").hint("enter it again");
        let token = kept.sealed.as_ref().and_then(readable::token).ok_or_else(gone)?;
        let place = Place { workspace, credential: granted.key.id, provider: &granted.key.provider, version };
        let opened = match vault.open(place, &token) {
            Ok(opened) => opened,
            // Nothing is wrong with the secret: this process holds the keys of before.
            Err(OpenError::OtherKey { .. }) if kept.vault.is_none_or(|row| row.key_id != vault.key_id()) => {
                return Err(keys::moved());
            }
            Err(error) => return Err(self.unreadable(version, &error).await),
        };
        opened.check_base_url(granted.base_url.as_deref()).map_err(|error| Failure::new(Kind::NotAllowed, error))?;
        let wanted = |name: &String| granted.fields.iter().any(|field| **field == **name);
        Ok(opened.fields.into_iter().filter(|(name, _)| wanted(name)).collect())
    }

    /// Marks a version that does not open, so that it is shown nowhere as if it did.
    async fn unreadable(&self, version: Id<SecretVersion>, error: &OpenError) -> Failure {
        let workspace = self.workspace();
        let marked = self.door().store.mark_unreadable(workspace, version, self.door().now()).await;
        let failure = Failure::new(Kind::NoKey, error);
        match marked {
            Ok(_) => failure.hint("the key is marked as unreadable, and resolves no more until its secret is replaced"),
            Err(_) => failure,
        }
    }

    /// Writes down how it went. A secret whose disclosure can't be noted is dropped here.
    async fn conclude(
        &self,
        granted: &Granted,
        wish: Wish<'_>,
        opened: Result<Fields, Failure>,
    ) -> Result<Disclosed, Failure> {
        let (action, subject) = (wish.purpose.action(), subject(&granted.key.name));
        match opened {
            Ok(mut fields) => {
                self.note(action, &subject, "done", None).await?;
                let in_order = granted.fields.iter().filter_map(|name| fields.remove_entry(&**name)).collect();
                Ok(Disclosed { key: granted.key.name.clone(), fields: in_order })
            }
            Err(failure) => {
                // The intent alone says already that it may have happened.
                let _ = self.note(action, &subject, "failed", Some(&failure.message)).await;
                Err(failure)
            }
        }
    }
}

/// Judges a wish on one state: the right first, then the key's state, then whether there is such a secret.
fn judge(view: &View, wish: Wish<'_>) -> Result<Granted, Failure> {
    let ix = view.named(wish.key).ok_or_else(|| view.find_credential(wish.key).err().unwrap_or_else(absent))?;
    let verdict = view.may(Right::Reveal, Subject::Credential(ix)).allow();
    if let Err(denial) = verdict {
        // The refusal of a key that is not seen must not say that it is there.
        return Err(view.find_credential(wish.key).err().unwrap_or_else(|| denial.into()));
    }
    let key = view.catalogue().credentials().get(ix).cloned().ok_or_else(absent)?;
    if key.state == State::Revoked {
        return Err(Failure::new(Kind::NotAllowed, format!("{} was revoked, and is handed out to nobody", key.name))
            .hint("an admin can put it back into use: keydeck edit key/NAME state=active --reinstate"));
    }
    let form = view.form_of(&key.provider);
    let secret_fields: Vec<Text> = form.iter().filter(|it| it.secret).map(|it| it.name.clone()).collect();
    let (secret, has) = match &key.secret {
        SecretRef::Absent => {
            return Err(Failure::new(Kind::NoKey, format!("{} is known by name only: it has no secret", key.name))
                .hint("give it one: keydeck edit key/NAME --secret"));
        }
        SecretRef::Sealed(Sealed { version, fields, .. }) => {
            let in_form = secret_fields.iter().filter(|name| fields.contains(name));
            let others = fields.iter().filter(|name| !secret_fields.contains(name));
            (Source::Vault(*version), in_form.chain(others).cloned().collect::<Vec<_>>())
        }
        SecretRef::External(reference) => {
            let main = secret_fields.first().cloned().unwrap_or_else(|| "api_key".into());
            (Source::Elsewhere(reference.clone()), vec![main])
        }
    };
    let fields = match wish.field {
        None => has,
        Some(field) => vec![find_field(&key, &has, field)?],
    };
    let base_url = view.base_url_of(&key);
    Ok(Granted { key, secret, fields, base_url })
}

fn find_field(key: &Credential, has: &[Text], field: &str) -> Result<Text, Failure> {
    if let Some(found) = has.iter().find(|it| ***it == *field) {
        return Ok(found.clone());
    }
    if key.fields.contains_key(field) {
        return Err(Failure::usage(format!("{field} is no secret")).hint("\"keydeck show key/NAME\" shows it"));
    }
    let failure = Failure::usage(format!("{} holds no secret field \"{}\"", key.name, printable(field)));
    Err(match guess::nearest(field, has.iter().map(|it| &**it)) {
        Some(guess) => failure.hint(format!("did you mean {guess}?")),
        None => failure.hint(format!("it holds {}", has.join(", "))),
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

impl Door {
    /// Returns what references may be opened. For those from afar that is only what the machine's settings list.
    fn references(&self, afar: bool) -> ReferencePolicy {
        let policy = self.reference_policy();
        if afar { policy.listed_only() } else { policy }
    }
}

/// Opens a reference on a thread that may wait for a disk.
async fn open_reference(policy: ReferencePolicy, reference: Reference) -> Result<crate::vault::Secret, Failure> {
    let opened = tokio::task::spawn_blocking(move || policy.open(&reference, |name| std::env::var_os(name))).await;
    match opened {
        Ok(opened) => opened.map_err(|error| Failure::new(Kind::NoKey, error)),
        Err(_) => Err(Failure::new(Kind::Internal, "opening the reference was interrupted")),
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

fn absent() -> Failure {
    Failure::usage("there is no such key").hint("\"keydeck list credentials\" shows them")
}

fn subject(key: &str) -> String {
    Link::new("key", &[key]).map_or_else(|| "key".to_owned(), |link| link.to_string())
}

#[cfg(test)]
mod tests;
