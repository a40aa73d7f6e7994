//! The keys of the vault: what the database keeps about them, opened with a `SECRET_KEY`.

use super::failure::{Failure, Kind};
use crate::{
    store::VaultRow,
    vault::{SecretKey, UnlockError, Vault, VaultParams},
};

/// Says that the keys which this process holds are those of before.
pub(super) fn moved() -> Failure {
    Failure::new(Kind::NotAllowed, "the vault was moved to another SECRET_KEY meanwhile")
        .hint("lock it, and unlock it with the new one")
}

/// Reads the stored parameters of a vault.
pub(super) fn read(parameters: &str) -> Result<VaultParams, Failure> {
    serde_json::from_str(parameters).map_err(|_| {
        Failure::new(Kind::Unavailable, "the vault's parameters in the database are damaged")
            .hint("restore a backup: without them no key can be derived")
    })
}

/// Writes the parameters of a vault as they are stored.
pub(super) fn written(params: &VaultParams) -> Result<String, Failure> {
    serde_json::to_string(params).map_err(|error| Failure::new(Kind::Internal, error))
}

/// Opens the vault; while a rekey runs, the one that it moves away from as well. Blocks for the derivation.
pub(super) fn open(row: &VaultRow, key: &SecretKey) -> Result<Vault, Failure> {
    let vault = match (Vault::unlock(&read(&row.parameters)?, key), &row.old) {
        (Err(UnlockError::WrongKey { .. }), Some(old)) if Vault::unlock(&read(&old.parameters)?, key).is_ok() => {
            return Err(is_the_old_one());
        }
        (unlocked, _) => unlocked?,
    };
    let Some(old) = &row.old else { return Ok(vault) };
    // Without it everything that is sealed anew opens all the same; the rekey says what to do about the rest.
    Ok(match vault.open_wrapped(&read(&old.parameters)?, &old.root) {
        Ok(former) => vault.with_former(former),
        Err(_) => vault,
    })
}

fn is_the_old_one() -> Failure {
    Failure::new(Kind::NotAllowed, "this is the old SECRET_KEY: the vault is being moved to a new one")
        .hint("give the new SECRET_KEY: it opens everything, also what is still sealed under the old one")
        .hint("\"keydeck rekey\" with the new one goes on where it stopped")
}
