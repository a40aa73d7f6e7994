//! The user's folders: where settings and the default database stand (XDG base directories).

use std::path::{Path, PathBuf};

use etcetera::{BaseStrategy, choose_base_strategy};

use super::{database_url::DatabaseUrl, error::SettingsError};

const FOLDER: &str = "keydeck";

/// The folders in which keydeck looks when nobody says where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    home: PathBuf,
    config: PathBuf,
    data: PathBuf,
}

impl Paths {
    /// Returns the folders of the person who runs the program.
    pub fn of_user() -> Result<Self, SettingsError> {
        let folders = choose_base_strategy().map_err(|_| SettingsError::NoHome)?;
        Ok(Self::new(folders.home_dir(), &folders.config_dir(), &folders.data_dir()))
    }

    /// Makes them from the user's home, configuration and data folders.
    pub fn new(home: &Path, config: &Path, data: &Path) -> Self {
        Self { home: home.to_owned(), config: config.join(FOLDER), data: data.join(FOLDER) }
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
