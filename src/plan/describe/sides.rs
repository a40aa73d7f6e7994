//! Three ways: one thing as it was, as others left it and as I want it, field by field.

use serde::Serialize;

use crate::{
    domain::{
        credential::SecretRef,
        record::{Kind, Record},
    },
    form::{self, lookup::Lookup},
    plan::stale::Clash,
};

/// A field that not all three states of a thing agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// The name of the field, as in forms and files.
    pub field: &'static str,
    /// Its text before; empty if it was not set, or the thing was not there.
    pub base: String,
    /// Its text as others left it.
    pub theirs: String,
    /// Its text as I want it.
    pub mine: String,
}

impl Sides {
    /// Says whether both changed the field, and not in the same way.
    pub fn is_contested(&self) -> bool {
        self.base != self.theirs && self.base != self.mine && self.theirs != self.mine
    }
}

/// Returns the fields that differ, in the order of a form; none of a thing that any of the lookups hides.
pub fn sides(clash: &Clash, lookups: [&Lookup<'_>; 3]) -> Vec<Sides> {
    if lookups.iter().any(|lookup| lookup.hides(clash.id)) {
        return Vec::new();
    }
    let records = [clash.base.as_ref(), clash.theirs.as_ref(), clash.mine.as_ref()];
    let mut all: Vec<Sides> = form::fields(clash.kind)
        .iter()
        .filter_map(|field| {
            let plain = lookups.map(|lookup| Lookup::new(lookup.catalogue()));
            let text = |at: usize, lookup: &Lookup<'_>| {
                records[at].map(|record| form::get(record, field.name, lookup)).unwrap_or_default()
            };
            // Masked names may read the same where the things differ: so the plain ones are compared.
            let [base, theirs, mine] = [0, 1, 2].map(|at| text(at, &plain[at]));
            if base == theirs && theirs == mine {
                return None;
            }
            let [base, theirs, mine] = [0, 1, 2].map(|at| text(at, lookups[at]));
            Some(Sides { field: field.name, base, theirs, mine })
        })
        .collect();
    if clash.kind == Kind::Credential {
        all.extend(secrets(records));
    }
    all
}

/// Of stored secrets only whether they are the same is told.
fn secrets(records: [Option<&Record>; 3]) -> Option<Sides> {
    let secret = |record: Option<&Record>| match record {
        Some(Record::Credential(key)) => Some(key.secret.clone()),
        _ => None,
    };
    let [base, theirs, mine] = records.map(secret);
    let sealed = |secret: &Option<SecretRef>| matches!(secret, Some(SecretRef::Sealed(_)));
    if base == theirs && theirs == mine || ![&base, &theirs, &mine].into_iter().any(sealed) {
        return None;
    }
    let word = |secret: &Option<SecretRef>| match secret {
        Some(SecretRef::Sealed(_)) if *secret == base => "stored".to_owned(),
        Some(SecretRef::Sealed(_)) => "another".to_owned(),
        _ => String::new(),
    };
    Some(Sides { field: "secret", base: word(&base), theirs: word(&theirs), mine: word(&mine) })
}
