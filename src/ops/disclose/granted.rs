//! What is granted: the judgement of a key on one state, before anything is opened.

use serde_json::{Map, Value as Json};

use super::Purpose;
use crate::{
    domain::{
        Text,
        catalogue::Ix,
        credential::{Credential, Reference, Sealed, SecretRef, SecretVersion, State},
        guess,
        id::Id,
        link::{Link, encode, quoted},
        name::printable,
    },
    ops::{
        failure::{Failure, Kind},
        view::View,
    },
    rights::Subject,
};

/// A key that is handed out, as one state allows it.
#[derive(Clone, Debug)]
pub(in crate::ops) struct Granted {
    /// The key as it is.
    pub(in crate::ops) key: Credential,
    /// Where its secret is.
    pub(super) secret: Source,
    /// The names of the secret fields that are handed out, in the order of the provider's form.
    pub(in crate::ops) fields: Vec<Text>,
    /// Where the secret may be sent by now.
    pub(in crate::ops) base_url: Option<Text>,
    /// What else the intent says.
    pub(in crate::ops) details: Map<String, Json>,
}

/// Where the secret is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Vault(Id<SecretVersion>),
    Elsewhere(Reference),
}

impl Granted {
    /// Judges a key: the right first, then its state, then whether there is such a secret.
    ///
    /// A refusal says what the viewer may know: of a key that is not seen, nothing.
    pub(in crate::ops) fn of(
        view: &View,
        ix: Ix<Credential>,
        purpose: Purpose,
        field: Option<&str>,
    ) -> Result<Self, Failure> {
        view.may(purpose.right(), Subject::Credential(ix)).allow()?;
        let key = view.catalogue().credentials().get(ix).cloned().ok_or_else(absent)?;
        if key.state == State::Revoked {
            return Err(Failure::new(
                Kind::NotAllowed,
                format!("{} was revoked, and is handed out to nobody", key.name),
            )
            .hint(format!(
                "an admin can put it back into use: keydeck edit {} state=active --reinstate",
                for_shell(&key)
            )));
        }
        let (secret, has) = secret_of(view, &key)?;
        let fields = match field {
            None => has,
            Some(field) => vec![find_field(&key, &has, field)?],
        };
        let base_url = view.base_url_of(&key);
        Ok(Self { key, secret, fields, base_url, details: Map::new() })
    }

    /// Grants the secret that is stored beside the one in use, in its place.
    pub(in crate::ops) fn with_next(mut self, view: &View) -> Result<Self, Failure> {
        let next = view.catalogue().facts().next.get(&self.key.id);
        let next = next.ok_or_else(|| {
            Failure::usage(format!("key {} has no next secret", self.key.name))
                .hint(format!("store one: keydeck rotate {}", encode(&self.key.name)))
        })?;
        self.secret = Source::Vault(next.version);
        let form = view.form_of(&self.key.provider);
        let in_form = form.into_iter().filter(|field| field.secret && !self.fields.contains(&field.name));
        self.fields.extend(in_form.map(|field| field.name).collect::<Vec<_>>());
        self.details.insert("secret".to_owned(), "next".into());
        Ok(self)
    }

    /// Says whether it takes an unlocked vault.
    pub(in crate::ops) const fn is_sealed(&self) -> bool {
        matches!(self.secret, Source::Vault(_))
    }

    /// Returns the version in the vault.
    pub(in crate::ops) const fn version(&self) -> Option<Id<SecretVersion>> {
        match self.secret {
            Source::Vault(version) => Some(version),
            Source::Elsewhere(_) => None,
        }
    }

    /// Returns where else the secret is.
    pub(super) fn reference(&self) -> Option<String> {
        match &self.secret {
            Source::Vault(_) => None,
            Source::Elsewhere(reference) => Some(reference.to_string()),
        }
    }

    /// Returns what the audit calls it.
    pub(in crate::ops) fn subject(&self) -> String {
        subject(&self.key.name)
    }
}

/// Returns where the secret of a key is, and its secret fields.
fn secret_of(view: &View, key: &Credential) -> Result<(Source, Vec<Text>), Failure> {
    let form = view.form_of(&key.provider);
    let secret_fields: Vec<Text> = form.iter().filter(|it| it.secret).map(|it| it.name.clone()).collect();
    match &key.secret {
        SecretRef::Absent => {
            Err(Failure::new(Kind::NoKey, format!("{} is known by name only: it has no secret", key.name))
                .hint(format!("give it one: keydeck edit {} --secret", for_shell(key))))
        }
        SecretRef::Sealed(Sealed { version, fields, .. }) => {
            let in_form = secret_fields.iter().filter(|name| fields.contains(name));
            let others = fields.iter().filter(|name| !secret_fields.contains(name));
            Ok((Source::Vault(*version), in_form.chain(others).cloned().collect()))
        }
        SecretRef::External(reference) => {
            let main = secret_fields.first().cloned().unwrap_or_else(|| "api_key".into());
            Ok((Source::Elsewhere(reference.clone()), vec![main]))
        }
    }
}

fn find_field(key: &Credential, has: &[Text], field: &str) -> Result<Text, Failure> {
    if let Some(found) = has.iter().find(|it| ***it == *field) {
        return Ok(found.clone());
    }
    if key.fields.contains_key(field) {
        return Err(Failure::usage(format!("{field} is no secret"))
            .hint(format!("\"keydeck show {}\" shows it", for_shell(key))));
    }
    let failure = Failure::usage(format!("{} holds no secret field \"{}\"", key.name, printable(field)));
    Err(match guess::nearest(field, has.iter().map(|it| &**it)) {
        Some(guess) => failure.hint(format!("did you mean {guess}?")),
        None => failure.hint(format!("it holds {}", has.join(", "))),
    })
}

/// Returns the link to a key as a shell takes it.
fn for_shell(key: &Credential) -> String {
    quoted(&subject(&key.name)).into_owned()
}

/// Says that there is no such key.
pub(in crate::ops) fn absent() -> Failure {
    Failure::usage("there is no such key").hint("\"keydeck list credentials\" shows them")
}

/// Returns what the audit calls a key.
pub(super) fn subject(key: &str) -> String {
    Link::new("key", &[key]).map_or_else(|| "key".to_owned(), |link| link.to_string())
}
