//! Sealing what a source brings: a secret that is new or has changed there goes into our vault with the change set.
//!
//! What happened to a key here is not undone by a source that lags behind: a revoked key stays as it is, and so does one
//! that was rotated here while the source still has an earlier secret.

use serde_json::Value;

use crate::{
    domain::{
        Text,
        change::Change,
        credential::{Credential, SecretRef, State},
        fact::Usage,
        flaw::Flaw,
        record::{Kind, Record},
    },
    import::{
        report::Report,
        taking::{Incoming, Taken},
    },
    ops::{failure::Failure, readable, secret::SecretRow, session::Session},
    vault::{Fields, Place},
};

/// What an import brings, ready to be applied.
#[derive(Debug, Default)]
pub struct Intake {
    /// The changes.
    pub changes: Vec<Change>,
    /// The sealed secrets that they refer to.
    pub secrets: Vec<SecretRow>,
    /// What was used.
    pub usage: Vec<Usage>,
    /// What the source says, to be remembered once the changes are applied.
    pub said: Vec<(Text, Option<Value>)>,
    /// What is wrong in the source, if it was looked through for that.
    pub flaws: Option<Vec<Flaw>>,
    /// What there is to tell.
    pub report: Report,
}

impl From<Taken> for Intake {
    /// Takes everything but the secrets, as a dry run does.
    fn from(taken: Taken) -> Self {
        let Taken { changes, secrets: _, usage, said, flaws, report } = taken;
        Self { changes, secrets: Vec::new(), usage, said, flaws, report }
    }
}

/// What is known here of a secret that a source brings.
enum Standing {
    /// It has to be sealed.
    Wanted,
    /// It is sealed already.
    Same,
    /// It stays out, and why.
    Refused(&'static str),
}

impl Session {
    /// Seals the secrets of what a source brings. The vault is unlocked.
    pub async fn seal_taken(&self, mut taken: Taken, place: &str) -> Result<Intake, Failure> {
        let secrets = std::mem::take(&mut taken.secrets);
        let mut intake = Intake::from(taken);
        let view = self.view();
        for Incoming { credential, fields } in secrets {
            let at = intake.changes.iter().position(|change| change.uuid() == credential.uuid());
            let before = view.catalogue().credentials().by_id(credential);
            let after = match at.and_then(|at| intake.changes[at].after()) {
                Some(Record::Credential(it)) => it.clone(),
                _ => match before {
                    Some(before) => before.clone(),
                    None => continue,
                },
            };
            let standing = match view.check_secrets(&after, &fields) {
                Err(failure) => {
                    intake.report.skip(place, format!("the secret of \"{}\"", after.name), failure.message);
                    continue;
                }
                Ok(()) => self.standing(before, &after, &fields).await?,
            };
            match standing {
                Standing::Wanted => self.seal_one(&mut intake, at, before, after, &fields)?,
                Standing::Same => {}
                Standing::Refused(reason) => {
                    intake.report.skip(place, format!("the secret of \"{}\"", after.name), reason);
                    if let (Some(at), Some(before)) = (at, before) {
                        keep_address(&mut intake, at, before, after);
                    }
                }
            }
        }
        Ok(intake)
    }

    fn seal_one(
        &self,
        intake: &mut Intake,
        at: Option<usize>,
        before: Option<&Credential>,
        mut after: Credential,
        fields: &Fields,
    ) -> Result<(), Failure> {
        let rows = self.seal_into(&mut after, fields);
        let rows = match rows {
            Err(failure) if failure.kind == crate::ops::failure::Kind::Usage => {
                intake.report.skip(&after.name, "its secret", failure.message);
                return Ok(());
            }
            rows => rows?,
        };
        intake.secrets.extend(rows);
        let change = match before {
            Some(before) => Change::edit(before.clone(), after),
            None => Some(Change::add(after)),
        };
        match (at, change) {
            (Some(at), Some(change)) => intake.changes[at] = change,
            (None, Some(change)) => {
                intake.report.taken.entry(Kind::Credential).and_modify(|counts| counts.unchanged -= 1);
                intake.report.count(&change);
                intake.changes.insert(0, change);
            }
            (_, None) => {}
        }
        Ok(())
    }

    /// Says what is known here of a secret, by opening the versions that are kept and comparing: nobody is told.
    async fn standing(
        &self,
        before: Option<&Credential>,
        after: &Credential,
        fields: &Fields,
    ) -> Result<Standing, Failure> {
        let Some(before) = before else { return Ok(Standing::Wanted) };
        if before.state == State::Revoked {
            return Ok(Standing::Refused("the key was revoked here; what was sealed of it stays"));
        }
        let sealed = match &before.secret {
            SecretRef::Absent => return Ok(Standing::Wanted),
            SecretRef::External(_) => return Ok(Standing::Refused("the key has a reference here, which stays")),
            SecretRef::Sealed(sealed) => sealed,
        };
        let Some(vault) = self.vault() else { return Ok(Standing::Wanted) };
        let workspace = self.view().workspace().id;
        for row in self.door().store.secret_versions(workspace, before.id).await? {
            let Some(token) = readable::token(&row) else { continue };
            let place = Place { workspace, credential: before.id, provider: &before.provider, version: row.version };
            let Ok(opened) = vault.open(place, &token) else { continue };
            let equal = opened.fields.len() == fields.len()
                && opened
                    .fields
                    .iter()
                    .all(|(name, value)| fields.get(name).is_some_and(|other| other.expose() == value.expose()));
            if !equal {
                continue;
            }
            let moved = before.fields.get("base_url") != after.fields.get("base_url");
            return Ok(match row.version == sealed.version {
                true if moved => Standing::Wanted,
                true => Standing::Same,
                false => Standing::Refused("the key was rotated here since; the source still has an earlier secret"),
            });
        }
        Ok(Standing::Wanted)
    }
}

/// Takes the new address back out of a change whose secret stays out: a sealed secret is bound to its address.
fn keep_address(intake: &mut Intake, at: usize, before: &Credential, mut after: Credential) {
    match before.fields.get("base_url") {
        Some(address) => drop(after.fields.insert("base_url".into(), address.clone())),
        None => drop(after.fields.remove("base_url")),
    }
    if let Some(change) = Change::edit(before.clone(), after) {
        intake.changes[at] = change;
        return;
    }
    intake.changes.remove(at);
    let counts = intake.report.taken.entry(Kind::Credential).or_default();
    counts.edited = counts.edited.saturating_sub(1);
    counts.unchanged += 1;
}
