//! Secrets kept elsewhere: opens `env:NAME` and `file:PATH` at the moment of use, within what this machine allows.
//!
//! Whoever writes a reference chooses what a process reads, so a server opens only what its local configuration lists,
//! and nobody opens what would give keydeck's own keys away: variables `KEYDECK_*`, the key file, the database, and
//! `/proc`, where both could be read by another name.

use std::{
    ffi::OsString,
    fs::{File, Metadata},
    os::unix::{ffi::OsStringExt, fs::MetadataExt},
    path::{Path, PathBuf},
    str::FromStr,
};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::credential::Reference;

use super::{
    file::{self, FileError},
    secret::Secret,
    secret_key::without_line_end,
};

/// One entry of the allow-list: what references a server may open.
///
/// `env:NAME` or `env:PREFIX*`; `file:/path` or `file:/folder/*`, which means everything below that folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedReference(Pattern);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Variable(String),
    VariablesFrom(String),
    File(PathBuf),
    FilesBelow(PathBuf),
}

/// A text that is no [`AllowedReference`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "\"{0}\" allows nothing: write env:NAME, env:PREFIX*, file:/absolute/path or file:/absolute/folder/*, without `..`"
)]
pub struct AllowedReferenceError(String);

impl FromStr for AllowedReference {
    type Err = AllowedReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || AllowedReferenceError(text.to_owned());
        let pattern = if let Some(name) = text.strip_prefix("env:") {
            match name.strip_suffix('*') {
                Some(prefix) => Pattern::VariablesFrom(prefix.to_owned()),
                None => Pattern::Variable(name.to_owned()),
            }
        } else if let Some(path) = text.strip_prefix("file:") {
            match path.strip_suffix("/*") {
                Some("") => Pattern::FilesBelow("/".into()),
                Some(folder) => Pattern::FilesBelow(folder.into()),
                None => Pattern::File(path.into()),
            }
        } else {
            return Err(refused());
        };
        let lawful = match &pattern {
            Pattern::Variable(name) => !name.is_empty() && !name.contains(['*', '=']),
            Pattern::VariablesFrom(prefix) => !prefix.contains(['*', '=']),
            Pattern::File(path) | Pattern::FilesBelow(path) => {
                path.is_absolute() && !path.to_string_lossy().contains('*') && !climbs(path)
            }
        };
        if lawful { Ok(Self(pattern)) } else { Err(refused()) }
    }
}

fn climbs(path: &Path) -> bool {
    path.components().any(|part| part == std::path::Component::ParentDir)
}

/// The permission bits by which others than its owner could replace what a file holds.
const WRITABLE: u32 = 0o022;

/// Which references this process opens.
#[derive(Clone, Debug)]
pub struct ReferencePolicy {
    /// The allow-list; `None` on an operator's own machine, where everything readable may be named.
    pub allowed: Option<Vec<AllowedReference>>,
    /// Files that no reference may name, under whatever name: the key file, the database and its journals.
    pub forbidden: Vec<PathBuf>,
}

/// Why a reference did not give a secret; it holds the reference and never what it led to.
#[derive(Debug, Error)]
pub enum OpenReferenceError {
    /// It names one of keydeck's own variables.
    #[error("\"env:{0}\" names one of keydeck's own variables, which no reference may; use another name")]
    OwnVariable(String),
    /// It names the key file or the database.
    #[error("\"file:{0}\" is keydeck's key file or database, which no reference may name; use another file")]
    OwnFile(PathBuf),
    /// The allow-list does not hold it.
    #[error("this machine does not allow \"{0}\"; list it under [external] in the settings of this machine")]
    NotAllowed(String),
    /// The variable is not set here.
    #[error("the variable of \"env:{0}\" is not set in this process; set it and start keydeck again")]
    NotSet(String),
    /// The file can't be taken.
    #[error("\"file:{path}\" can't be used: {error}; check the path and its permissions")]
    File {
        /// The file named.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: FileError,
    },
    /// Others could put a secret of theirs there.
    #[error("\"file:{0}\" can be written by others, who would choose the secret; run `chmod go-w` on it")]
    Writable(PathBuf),
    /// What was found is empty.
    #[error("\"{0}\" leads to nothing: it is empty; write the secret there")]
    Empty(String),
    /// What was found is no text.
    #[error("\"{0}\" leads to bytes that are not UTF-8; write the secret there as text")]
    NotText(String),
    /// What was found is larger than 64 KiB.
    #[error("\"{0}\" leads to more than 64 KiB, which no secret holds; check the name")]
    TooLarge(String),
}

impl ReferencePolicy {
    /// Returns the policy that opens nothing.
    pub const fn nothing() -> Self {
        Self { allowed: Some(Vec::new()), forbidden: Vec::new() }
    }

    /// Returns the policy for those who are not at this machine: without an allow-list they may name nothing.
    #[must_use]
    pub fn listed_only(self) -> Self {
        Self { allowed: Some(self.allowed.unwrap_or_default()), ..self }
    }

    /// Opens `reference`, reading the environment through `variable` (usually [`std::env::var_os`]); may block on I/O.
    pub fn open(
        &self,
        reference: &Reference,
        variable: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Secret, OpenReferenceError> {
        match reference {
            Reference::Env(name) => self.open_variable(name, variable),
            Reference::File(path) => self.open_file(Path::new(&**path)),
        }
    }

    /// Says whether `reference` could be opened, without reading what it leads to; `is_set` tells which variables are.
    pub fn examine(&self, reference: &Reference, is_set: impl FnOnce(&str) -> bool) -> Result<(), OpenReferenceError> {
        match reference {
            Reference::Env(name) => {
                self.check_variable(name)?;
                if is_set(name) { Ok(()) } else { Err(OpenReferenceError::NotSet(name.to_string())) }
            }
            Reference::File(path) => self.find_file(Path::new(&**path)).map(drop),
        }
    }

    /// Reads a variable, whose name may come from a database that somebody edited.
    fn open_variable(
        &self,
        name: &str,
        variable: impl FnOnce(&str) -> Option<OsString>,
    ) -> Result<Secret, OpenReferenceError> {
        self.check_variable(name)?;
        let lawful = !name.is_empty() && !name.contains(['=', '\0']);
        let value = lawful.then(|| variable(name)).flatten();
        let value = value.ok_or_else(|| OpenReferenceError::NotSet(name.to_owned()))?;
        as_secret(Zeroizing::new(value.into_vec()), format!("env:{name}"))
    }

    fn check_variable(&self, name: &str) -> Result<(), OpenReferenceError> {
        if name.to_ascii_uppercase().starts_with("KEYDECK_") {
            return Err(OpenReferenceError::OwnVariable(name.to_owned()));
        }
        self.allow(&format!("env:{name}"), |pattern| match pattern {
            Pattern::Variable(allowed) => allowed == name,
            Pattern::VariablesFrom(prefix) => name.starts_with(prefix.as_str()),
            Pattern::File(_) | Pattern::FilesBelow(_) => false,
        })
    }

    /// Reads a file: its text less one final line end.
    fn open_file(&self, path: &Path) -> Result<Secret, OpenReferenceError> {
        let mut opened = self.find_file(path)?;
        let failed = |error| OpenReferenceError::File { path: path.to_owned(), error };
        as_secret(file::read(&mut opened).map_err(failed)?, format!("file:{}", path.display()))
    }

    /// Opens a file that may be read, and reads nothing of it.
    fn find_file(&self, path: &Path) -> Result<File, OpenReferenceError> {
        self.allow(&format!("file:{}", path.display()), |pattern| match pattern {
            Pattern::File(allowed) => allowed == path,
            // Neither `..` nor a link is ever followed, so what begins like the folder lies below it.
            Pattern::FilesBelow(folder) => path.starts_with(folder) && !climbs(path),
            Pattern::Variable(_) | Pattern::VariablesFrom(_) => false,
        })?;
        let failed = |error| OpenReferenceError::File { path: path.to_owned(), error };
        let opened = file::open_without_links(path).map_err(failed)?;
        let found = opened.metadata().map_err(|error| failed(error.into()))?;
        if self.forbidden.iter().any(|own| is_same_file(own, &found)) {
            return Err(OpenReferenceError::OwnFile(path.to_owned()));
        }
        if found.mode() & WRITABLE != 0 {
            return Err(OpenReferenceError::Writable(path.to_owned()));
        }
        Ok(opened)
    }

    fn allow(&self, reference: &str, matches: impl Fn(&Pattern) -> bool) -> Result<(), OpenReferenceError> {
        match &self.allowed {
            Some(list) if !list.iter().any(|entry| matches(&entry.0)) => {
                Err(OpenReferenceError::NotAllowed(reference.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Compares by device and inode, so that a hard link to a forbidden file is that file.
fn is_same_file(path: &Path, found: &Metadata) -> bool {
    path.metadata().is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
}

fn as_secret(mut bytes: Zeroizing<Vec<u8>>, reference: String) -> Result<Secret, OpenReferenceError> {
    if bytes.len() > file::MOST_BYTES {
        return Err(OpenReferenceError::TooLarge(reference));
    }
    let length = without_line_end(&bytes).len();
    bytes.truncate(length);
    match Secret::from_utf8(bytes) {
        None => Err(OpenReferenceError::NotText(reference)),
        Some(secret) if secret.is_empty() => Err(OpenReferenceError::Empty(reference)),
        Some(secret) => Ok(secret),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_reference_of_either_kind_is_opened() {
        let (_kept, folder) = folder();
        fs::write(folder.join("key"), "sk-FAKE-file\n").unwrap();
        let open = |text: &str| {
            let reference = text.parse().unwrap();
            ANYTHING.open(&reference, |name| Some(format!("sk-FAKE-{name}").into())).unwrap().expose().to_owned()
        };
        assert_eq!(open("env:OPENAI_FINANCE"), "sk-FAKE-OPENAI_FINANCE");
        assert_eq!(open(&format!("file:{}/key", folder.display())), "sk-FAKE-file");
    }

    const ANYTHING: ReferencePolicy = ReferencePolicy { allowed: None, forbidden: Vec::new() };

    fn only(list: &[&str]) -> ReferencePolicy {
        let allowed = list.iter().map(|entry| entry.parse().unwrap()).collect();
        ReferencePolicy { allowed: Some(allowed), forbidden: Vec::new() }
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        (folder, path)
    }

    fn variable(policy: &ReferencePolicy, name: &str, value: Option<&str>) -> Result<String, OpenReferenceError> {
        let value = value.map(OsString::from);
        policy.open_variable(name, |_| value).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_variable_gives_its_value() {
        assert_eq!(variable(&ANYTHING, "OPENAI_FINANCE", Some("sk-FAKE-1\n")).unwrap(), "sk-FAKE-1");
        assert!(matches!(variable(&ANYTHING, "OPENAI_FINANCE", None), Err(OpenReferenceError::NotSet(_))));
        assert!(matches!(variable(&ANYTHING, "OPENAI_FINANCE", Some("")), Err(OpenReferenceError::Empty(_))));
        assert!(matches!(variable(&ANYTHING, "A=B", Some("x")), Err(OpenReferenceError::NotSet(_))));
        let large = "x".repeat(file::MOST_BYTES + 1);
        assert!(matches!(variable(&ANYTHING, "LARGE", Some(&large)), Err(OpenReferenceError::TooLarge(_))));
    }

    #[test]
    fn keydecks_own_variables_are_never_opened() {
        let policy = only(&["env:*"]);
        for name in ["KEYDECK_SECRET_KEY", "KEYDECK_", "keydeck_secret_key"] {
            let opened = policy.open_variable(name, |_| panic!("{name} was read"));
            assert!(matches!(opened, Err(OpenReferenceError::OwnVariable(_))), "{name}");
        }
    }

    #[test]
    fn a_server_opens_what_is_listed_and_nothing_else() {
        let (_kept, folder) = folder();
        fs::create_dir(folder.join("in")).unwrap();
        fs::create_dir(folder.join("in-other")).unwrap();
        for file in ["in/a", "in-other/a", "one", "two"] {
            fs::write(folder.join(file), "sk-FAKE-file\r\n").unwrap();
        }
        let below = format!("file:{}/*", folder.join("in").display());
        let exact = format!("file:{}", folder.join("one").display());
        let policy = only(&["env:APP_*", "env:ONE", &below, &exact]);

        assert_eq!(policy.open_file(&folder.join("in/a")).unwrap().expose(), "sk-FAKE-file");
        assert_eq!(policy.open_file(&folder.join("one")).unwrap().expose(), "sk-FAKE-file");
        for refused in ["in-other/a", "two", "in/../two", "in/../in-other/a"] {
            let opened = policy.open_file(&folder.join(refused));
            assert!(matches!(opened, Err(OpenReferenceError::NotAllowed(_))), "{refused}");
        }
        assert!(variable(&policy, "APP_KEY", Some("x")).is_ok());
        assert!(variable(&policy, "ONE", Some("x")).is_ok());
        assert!(matches!(variable(&policy, "ONE_MORE", Some("x")), Err(OpenReferenceError::NotAllowed(_))));
        assert!(matches!(variable(&only(&[]), "ONE", Some("x")), Err(OpenReferenceError::NotAllowed(_))));
    }

    #[test]
    fn the_key_file_and_the_database_are_never_opened_even_by_another_name() {
        let (_kept, folder) = folder();
        let own = folder.join("secret.key");
        fs::write(&own, "x").unwrap();
        fs::hard_link(&own, folder.join("innocent")).unwrap();
        let policy = ReferencePolicy { allowed: None, forbidden: vec![own.clone(), folder.join("not-there.db")] };
        for name in [own, folder.join("innocent")] {
            assert!(matches!(policy.open_file(&name), Err(OpenReferenceError::OwnFile(_))), "{}", name.display());
        }
    }

    #[test]
    fn a_file_that_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (_kept, folder) = folder();
        let path = folder.join("key");
        fs::write(&path, "sk-FAKE-file").unwrap();
        for mode in [0o620, 0o602, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(ANYTHING.open_file(&path), Err(OpenReferenceError::Writable(_))), "{mode:o}");
        }
        // Secrets that an orchestrator mounts may be read by all in their container.
        for mode in [0o400, 0o600, 0o444, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(ANYTHING.open_file(&path).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn examining_says_the_same_and_reads_nothing() {
        let (_kept, folder) = folder();
        fs::write(folder.join("empty"), "").unwrap();
        let examine =
            |policy: &ReferencePolicy, text: &str| policy.examine(&text.parse().unwrap(), |name| name == "SET");
        assert!(examine(&ANYTHING, &format!("file:{}/empty", folder.display())).is_ok(), "it is not read");
        assert!(examine(&ANYTHING, "env:SET").is_ok());
        assert!(matches!(examine(&ANYTHING, "env:OTHER"), Err(OpenReferenceError::NotSet(_))));
        assert!(matches!(examine(&only(&[]), "env:SET"), Err(OpenReferenceError::NotAllowed(_))));
        let listed_only = ANYTHING.listed_only();
        assert!(matches!(examine(&listed_only, "env:SET"), Err(OpenReferenceError::NotAllowed(_))));
    }

    #[test]
    fn a_file_that_holds_no_text_is_refused_without_showing_it() {
        let (_kept, folder) = folder();
        fs::write(folder.join("bytes"), b"sk-FAKE\xff").unwrap();
        fs::write(folder.join("empty"), "\n").unwrap();
        let refused = ANYTHING.open_file(&folder.join("bytes")).err().unwrap();
        assert!(matches!(refused, OpenReferenceError::NotText(_)) && !format!("{refused} {refused:?}").contains("sk-"));
        assert!(matches!(ANYTHING.open_file(&folder.join("empty")), Err(OpenReferenceError::Empty(_))));
    }

    #[test]
    fn an_entry_of_the_allow_list_is_clear_or_refused() {
        for refused in
            ["", "OPENAI", "env:", "env:A*B", "env:A=B", "file:relative", "file:/a/../b", "file:/a*", "file:"]
        {
            assert!(refused.parse::<AllowedReference>().is_err(), "{refused:?}");
        }
        for taken in ["env:*", "env:A", "file:/*", "file:/run/secrets/*", "file:/run/secrets/openai"] {
            assert!(taken.parse::<AllowedReference>().is_ok(), "{taken:?}");
        }
    }
}
