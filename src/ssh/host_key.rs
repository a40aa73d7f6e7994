//! The server's own key, by which clients know it again: made once, readable by its owner alone.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

use russh::keys::{
    PrivateKey,
    ssh_key::{LineEnding, private::Ed25519Keypair},
};
use zeroize::Zeroizing;

use crate::{
    disk::Draft,
    domain::name::printable,
    form::ssh_key::PublicKey,
    ops::failure::{Failure, Kind},
};

/// The key of a server.
#[derive(Debug)]
pub struct HostKey {
    /// The key itself.
    pub private: PrivateKey,
    /// What clients are shown of it.
    pub fingerprint: String,
    /// Whether it was made just now.
    pub is_new: bool,
}

impl HostKey {
    /// Reads the key of a file, or makes one where there is none.
    ///
    /// # Errors
    /// When others can read the file, or what it holds is no key without a passphrase.
    pub fn at(file: &Path) -> Result<Self, Failure> {
        let is_new = match fs::symlink_metadata(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make(file).map_err(|error| broken(file, format!("can't be written: {error}")))?;
                true
            }
            _ => false,
        };
        let private = read(file)?;
        let line = private.public_key().to_openssh().map_err(|error| broken(file, format!("is no key: {error}")))?;
        let public = PublicKey::parse(&line).map_err(|error| broken(file, format!("is no key: {error}")))?;
        Ok(Self { private, fingerprint: public.fingerprint(), is_new })
    }
}

fn read(file: &Path) -> Result<PrivateKey, Failure> {
    let unreadable = |error: io::Error| broken(file, format!("can't be read: {error}"));
    let mode = fs::metadata(file).map_err(unreadable)?.mode();
    if mode & 0o077 != 0 {
        return Err(broken(file, "can be read by others").hint("chmod 600 it"));
    }
    let text = Zeroizing::new(fs::read(file).map_err(unreadable)?);
    let key = PrivateKey::from_openssh(&*text).map_err(|error| broken(file, format!("is no SSH key: {error}")))?;
    if key.is_encrypted() {
        return Err(broken(file, "has a passphrase, which a server can't be asked for"));
    }
    Ok(key)
}

fn broken(file: &Path, why: impl std::fmt::Display) -> Failure {
    let message = format!("the host key {} {why}", printable(&file.to_string_lossy()));
    Failure::new(Kind::Configuration, message)
}

/// Writes a new key, and beside it what is public of it, for whoever wants to know the server before they come.
fn make(file: &Path) -> io::Result<()> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(io::Error::other)?;
    let mut key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
    key.set_comment("keydeck");
    if let Some(folder) = file.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let public = public_file(file);
    fs::write(&public, key.public_key().to_openssh().map_err(io::Error::other)? + "\n")?;
    let mut draft = Draft::begin(file)?;
    draft.file().write_all(key.to_openssh(LineEnding::LF).map_err(io::Error::other)?.as_bytes())?;
    draft.finish()
}

fn public_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_stays_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/host");
        let first = HostKey::at(&file).unwrap();
        assert!(first.is_new);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let again = HostKey::at(&file).unwrap();
        assert!(!again.is_new);
        assert_eq!(again.fingerprint, first.fingerprint);
        let public = fs::read_to_string(folder.path().join("keys/host.pub")).unwrap();
        assert_eq!(PublicKey::parse(&public).unwrap().fingerprint(), first.fingerprint);
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("host");
        HostKey::at(&file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(HostKey::at(&file).unwrap_err().message.contains("can be read by others"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, "no key").unwrap();
        let refused = HostKey::at(&file).unwrap_err();
        assert!(refused.kind == Kind::Configuration && refused.message.contains("is no SSH key"), "{refused}");
    }
}
