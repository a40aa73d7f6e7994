//! Where `SECRET_KEY` comes from: a file, a file descriptor, a prompt or the environment, preferred in that order.
//!
//! Only the most preferred source that is offered is asked. If it fails, keydeck stops with the reason instead of
//! trying the next: a key file that became readable to others must be noticed, not worked around.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Write},
    os::unix::{ffi::OsStringExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use thiserror::Error;
use zeroize::Zeroizing;

use super::{
    file::{self, FileError},
    secret_key::{KeyRefused, SecretKey},
};
use crate::disk::Draft;

/// The variable that holds `SECRET_KEY` where nothing better is offered.
pub const VARIABLE: &str = "KEYDECK_SECRET_KEY";

/// The permission bits that nobody but the owner of a key file may have.
const OTHERS: u32 = 0o077;

/// What the command line, the configuration and the terminal offer.
#[derive(Clone, Debug, Default)]
pub struct KeySources {
    /// A file, from `--secret-key-file` or the configuration.
    pub file: Option<PathBuf>,
    /// The number of an open file descriptor, from `--secret-key-fd`.
    pub descriptor: Option<u32>,
    /// Whether somebody sits at a terminal and may be asked.
    pub prompt: Option<Prompt>,
}

/// How a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Once, for the key of an existing vault.
    Existing,
    /// Twice, for the key of a new vault: a slip of the finger would lock it for ever.
    New,
}

/// One place from which `SECRET_KEY` is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file that only its owner may read.
    File(PathBuf),
    /// An inherited file descriptor.
    Descriptor(u32),
    /// The terminal.
    Prompt(Prompt),
    /// The variable [`VARIABLE`].
    Environment,
}

/// Why no `SECRET_KEY` was found, or the one found was not taken.
#[derive(Debug, Error)]
pub enum SourceError {
    /// Nothing was offered.
    #[error(
        "no SECRET_KEY is given; use --secret-key-file FILE, --secret-key-fd N, a terminal to be asked at, \
         or the variable {VARIABLE}"
    )]
    None,
    /// The key file can't be read.
    #[error("the key file {path} can't be used: {error}; check its path and its permissions")]
    File {
        /// The file named.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: FileError,
    },
    /// The key file is open to others.
    #[error(
        "the key file {path} is open to others (mode {mode:04o}); run `chmod 600` on it, \
         and replace the key with `keydeck rekey` if others may have read it"
    )]
    Open {
        /// The file named.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A new key file can't be written.
    #[error("the key file {path} can't be written: {error}; name a new file in a folder of yours")]
    Write {
        /// The file named.
        path: PathBuf,
        /// What the operating system said; an existing file is never overwritten.
        #[source]
        error: io::Error,
    },
    /// The descriptor can't be read.
    #[error(
        "file descriptor {number} can't be used: {error}; open it for reading, as in `keydeck --secret-key-fd 3 3<FILE`"
    )]
    Descriptor {
        /// Its number.
        number: u32,
        /// What is wrong with it.
        #[source]
        error: FileError,
    },
    /// The terminal gave no answer.
    #[error("SECRET_KEY can't be asked for: {0}; use --secret-key-file FILE")]
    Prompt(io::Error),
    /// The two answers differ.
    #[error("the two entries of the new SECRET_KEY differ; start again")]
    Differ,
    /// The bytes are too weak.
    #[error(transparent)]
    Refused(#[from] KeyRefused),
}

impl KeySources {
    /// Chooses the most preferred source; the environment counts only if the variable is set.
    pub fn choose(&self, variable_is_set: bool) -> Option<KeySource> {
        let file = || self.file.clone().map(KeySource::File);
        let descriptor = || self.descriptor.map(KeySource::Descriptor);
        let prompt = || self.prompt.map(KeySource::Prompt);
        let environment = || variable_is_set.then_some(KeySource::Environment);
        file().or_else(descriptor).or_else(prompt).or_else(environment)
    }

    /// Reads `SECRET_KEY` from the chosen source of this process; may wait for a person or a pipe.
    pub fn read(&self) -> Result<SecretKey, SourceError> {
        let variable = std::env::var_os(VARIABLE);
        let source = self.choose(variable.is_some()).ok_or(SourceError::None)?;
        source.read(variable, |question| rpassword::prompt_password(question))
    }
}

impl KeySource {
    /// Reads `SECRET_KEY`; `variable` is the value of [`VARIABLE`], `ask` shows a question and reads without echo.
    pub fn read(
        &self,
        variable: Option<OsString>,
        ask: impl FnMut(&str) -> io::Result<String>,
    ) -> Result<SecretKey, SourceError> {
        let bytes = match self {
            Self::File(path) => read_file(path)?,
            Self::Descriptor(number) => read_descriptor(*number)?,
            Self::Prompt(prompt) => return prompt.read(ask),
            Self::Environment => Zeroizing::new(variable.ok_or(SourceError::None)?.into_vec()),
        };
        Ok(SecretKey::new(bytes)?)
    }
}

impl Prompt {
    fn read(self, mut ask: impl FnMut(&str) -> io::Result<String>) -> Result<SecretKey, SourceError> {
        let first = SecretKey::typed(ask("SECRET_KEY: ").map_err(SourceError::Prompt)?)?;
        if self == Self::New {
            let again = Zeroizing::new(ask("SECRET_KEY, once more: ").map_err(SourceError::Prompt)?);
            if again.as_bytes() != first.bytes() {
                return Err(SourceError::Differ);
            }
        }
        Ok(first)
    }
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let failed = |error| SourceError::File { path: path.to_owned(), error };
    let mut opened = file::open(path).map_err(failed)?;
    let mode = opened.metadata().map_err(|error| failed(error.into()))?.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(SourceError::Open { path: path.to_owned(), mode });
    }
    file::read(&mut opened).map_err(failed)
}

/// Reads a descriptor by its name in the file system, since adopting a bare number would need unsafe code.
///
/// The descriptor itself stays open; what was a pipe is empty afterwards.
fn read_descriptor(number: u32) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let failed = |error| SourceError::Descriptor { number, error };
    let mut opened = File::open(format!("/dev/fd/{number}")).map_err(|error| failed(error.into()))?;
    file::read(&mut opened).map_err(failed)
}

/// Makes a random `SECRET_KEY` and writes it to a new file at `path` that only its owner may read.
///
/// An existing file, or a link, is never overwritten. The file is on disk when this returns, and appears whole: half a
/// key would look like a key the next time.
pub fn write_new_key_file(path: &Path) -> Result<SecretKey, SourceError> {
    let key = SecretKey::random()?;
    let write = || {
        let mut draft = Draft::begin(path)?;
        draft.file().write_all(key.bytes())?;
        draft.file().write_all(b"\n")?;
        draft.finish()
    };
    write().map_err(|error| SourceError::Write { path: path.to_owned(), error })?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const GOOD: &str = "Zq7kdf83Lm2xpW0v-FAKE";

    fn no_prompt(_: &str) -> io::Result<String> {
        panic!("nobody is to be asked")
    }

    fn key_file(content: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn the_preferred_source_wins() {
        let mut sources = KeySources { file: Some("f".into()), descriptor: Some(3), prompt: Some(Prompt::Existing) };
        assert_eq!(sources.choose(true), Some(KeySource::File("f".into())));
        sources.file = None;
        assert_eq!(sources.choose(true), Some(KeySource::Descriptor(3)));
        sources.descriptor = None;
        assert_eq!(sources.choose(true), Some(KeySource::Prompt(Prompt::Existing)));
        sources.prompt = None;
        assert_eq!(sources.choose(true), Some(KeySource::Environment));
        assert_eq!(sources.choose(false), None);
    }

    #[test]
    fn a_key_file_open_to_others_is_refused_with_its_mode() {
        for mode in [0o644, 0o640, 0o604, 0o620, 0o660, 0o440] {
            let (_kept, path) = key_file(GOOD, mode);
            let error = KeySource::File(path).read(None, no_prompt).err().unwrap();
            assert!(matches!(error, SourceError::Open { mode: found, .. } if found == mode), "{error}");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
        for mode in [0o600, 0o400] {
            let (_kept, path) = key_file(&format!("{GOOD}\n"), mode);
            assert_eq!(KeySource::File(path).read(None, no_prompt).unwrap().bytes(), GOOD.as_bytes());
        }
    }

    #[test]
    fn a_key_file_that_is_none_is_refused() {
        let (folder, path) = key_file("change-me-in-production", 0o600);
        let refused = KeySource::File(path).read(None, no_prompt).err();
        assert!(matches!(refused, Some(SourceError::Refused(KeyRefused::Placeholder))));
        let refused = KeySource::File(folder.path().to_owned()).read(None, no_prompt).err();
        assert!(matches!(refused, Some(SourceError::File { error: FileError::NotRegular, .. })));
        let refused = KeySource::File(folder.path().join("none")).read(None, no_prompt).err();
        assert!(matches!(refused, Some(SourceError::File { error: FileError::Io(_), .. })));
    }

    #[test]
    fn a_descriptor_is_read_to_its_end() {
        use std::os::fd::AsRawFd;
        let (_kept, path) = key_file(&format!("{GOOD}\r\n"), 0o600);
        let opened = File::open(path).unwrap();
        let number = u32::try_from(opened.as_raw_fd()).unwrap();
        assert_eq!(KeySource::Descriptor(number).read(None, no_prompt).unwrap().bytes(), GOOD.as_bytes());

        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(GOOD.as_bytes()).unwrap();
        drop(writer);
        let number = u32::try_from(reader.as_raw_fd()).unwrap();
        assert_eq!(KeySource::Descriptor(number).read(None, no_prompt).unwrap().bytes(), GOOD.as_bytes());

        let refused = KeySource::Descriptor(987_654).read(None, no_prompt).err();
        assert!(matches!(refused, Some(SourceError::Descriptor { number: 987_654, .. })));
    }

    #[test]
    fn a_new_key_is_typed_twice() {
        let answer = |second: &'static str| {
            let mut answers = vec![second, GOOD];
            KeySource::Prompt(Prompt::New).read(None, move |_| Ok(answers.pop().unwrap().to_owned()))
        };
        assert!(answer(GOOD).is_ok());
        assert!(matches!(answer("Zq7kdf83Lm2xpW0v-FAKF"), Err(SourceError::Differ)));
        let once = KeySource::Prompt(Prompt::Existing).read(None, |_| Ok(GOOD.to_owned()));
        assert_eq!(once.unwrap().bytes(), GOOD.as_bytes());
    }

    #[test]
    fn the_environment_is_judged_like_the_rest() {
        let read = |value: &str| KeySource::Environment.read(Some(value.into()), no_prompt);
        assert_eq!(read(GOOD).unwrap().bytes(), GOOD.as_bytes());
        assert!(matches!(read("short"), Err(SourceError::Refused(KeyRefused::Short))));
        assert!(matches!(KeySource::Environment.read(None, no_prompt), Err(SourceError::None)));
    }

    #[test]
    fn a_new_key_file_is_private_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.key");
        let made = write_new_key_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        assert!(KeySource::File(path.clone()).read(None, no_prompt).unwrap().bytes() == made.bytes());

        let refused = write_new_key_file(&path).err().unwrap();
        assert!(matches!(&refused, SourceError::Write { error, .. } if error.kind() == io::ErrorKind::AlreadyExists));
        std::os::unix::fs::symlink(folder.path().join("target"), folder.path().join("link")).unwrap();
        assert!(write_new_key_file(&folder.path().join("link")).is_err());
        assert!(!folder.path().join("target").exists());
    }
}
