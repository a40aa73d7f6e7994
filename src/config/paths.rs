//! The user's folders: where settings and the default database stand (XDG base directories).

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, choose_base_strategy};
use sha2::{Digest as _, Sha256};

use super::{database_url::DatabaseUrl, error::SettingsError};

const FOLDER: &str = "keydeck";

/// The folders in which keydeck looks when nobody says where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
}

impl Paths {
    /// Returns the folders of the person who runs the program.
    pub fn of_user() -> Result<Self, SettingsError> {
        let folders = choose_base_strategy().map_err(|_| SettingsError::NoHome)?;
        let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
        Ok(Self::new(folders.home_dir(), &folders.config_dir(), &folders.data_dir()).with_state(&state))
    }

    /// Makes them from the user's home, configuration and data folders.
    pub fn new(home: &Path, config: &Path, data: &Path) -> Self {
        Self { home: home.to_owned(), config: config.join(FOLDER), data: data.join(FOLDER), state: data.join(FOLDER) }
    }

    /// Makes them with a folder for what sessions remember.
    #[must_use]
    pub fn with_state(self, state: &Path) -> Self {
        Self { state: state.join(FOLDER), ..self }
    }

    /// Returns the file in which a session on a database is remembered, by the name of the database.
    pub fn session_file(&self, database: &str) -> PathBuf {
        let digest = Sha256::digest(database.as_bytes());
        let mut name = String::new();
        for byte in digest.iter().take(12) {
            let _ = write!(name, "{byte:02x}");
        }
        self.state.join("sessions").join(format!("{name}.json"))
    }

    /// Returns where the settings file is looked for: `~/.config/keydeck/config.toml`.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Returns where the database is when no setting names one: `~/.local/share/keydeck/keydeck.db`.
    pub fn default_database(&self) -> DatabaseUrl {
        DatabaseUrl::sqlite(&self.data.join("keydeck.db"))
    }

    /// Returns the folder for the default database, the demo's, and what else keydeck writes.
    pub fn data_folder(&self) -> &Path {
        &self.data
    }

    /// Returns the folder of the settings file, of the user's themes and of a `SECRET_KEY` file that `init` writes.
    pub fn config_folder(&self) -> &Path {
        &self.config
    }

    /// Completes a path written in a file: `~/` is the user's home, and a relative path starts at `folder`.
    pub(super) fn complete(&self, path: &Path, folder: &Path) -> PathBuf {
        path.strip_prefix("~").map_or_else(|_| folder.join(path), |rest| self.home.join(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_file_does_not_depend_on_where_the_program_was_started() {
        let paths = Paths::new(Path::new("/home/a"), Path::new("/home/a/.config"), Path::new("/home/a/.local/share"));
        for (written, whole) in
            [("~/k", "/home/a/k"), ("k", "/etc/keydeck/k"), ("/k", "/k"), ("~b/k", "/etc/keydeck/~b/k")]
        {
            assert_eq!(paths.complete(Path::new(written), Path::new("/etc/keydeck")), Path::new(whole));
        }
        assert_eq!(paths.config_file(), Path::new("/home/a/.config/keydeck/config.toml"));
        assert_eq!(paths.default_database().to_string(), "sqlite:/home/a/.local/share/keydeck/keydeck.db");
    }
}
