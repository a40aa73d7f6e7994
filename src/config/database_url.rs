//! Database URLs: where the database is, printed without its password.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where the database is: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
///
/// `Debug`, `Display` and `Serialize` give it with `***` for a password; [`expose`](Self::expose) gives it whole.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl(String);

/// Why a text is no [`DatabaseUrl`]. It doesn't repeat the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DatabaseUrlError {
    /// It begins with no known scheme.
    #[error("is no database that keydeck knows: it is written sqlite:PATH or postgres://USER@HOST/NAME")]
    Scheme,
    /// No path follows `sqlite:`.
    #[error("lacks a path after sqlite:, as in sqlite:/var/lib/keydeck/keydeck.db")]
    NoPath,
}

impl DatabaseUrl {
    /// Makes the URL of an SQLite file.
    pub fn sqlite(path: &Path) -> Self {
        Self(format!("sqlite:{}", path.display()))
    }

    /// Returns the URL with its password, for the driver alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the path of an SQLite file, without the options after `?`; `None` for a server or a database in memory.
    pub fn sqlite_path(&self) -> Option<&Path> {
        let path = self.0.strip_prefix("sqlite:")?;
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        (path != ":memory:").then(|| Path::new(path))
    }

    /// Returns the database in few words: the file's name, or `keys at db.example.com`.
    pub fn label(&self) -> String {
        if let Some(path) = self.sqlite_path() {
            return path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        }
        let shown = self.to_string();
        let address = shown.split_once("://").map_or(&*shown, |(_, address)| address);
        let address = address.split_once('?').map_or(address, |(address, _)| address);
        let address = address.rsplit_once('@').map_or(address, |(_, address)| address);
        match address.split_once('/') {
            Some((host, name)) if !host.is_empty() && !name.is_empty() => format!("{name} at {host}"),
            _ => address.to_owned(),
        }
    }

    /// Returns the URL with the SQLite file's path changed by `place`.
    #[must_use]
    pub(super) fn moved(self, place: impl FnOnce(&Path) -> PathBuf) -> Self {
        let Some(path) = self.sqlite_path() else { return self };
        let options = self.0.split_once('?').map(|(_, options)| format!("?{options}")).unwrap_or_default();
        Self(format!("sqlite:{}{options}", place(path).display()))
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    /// Reads `sqlite:PATH`, also in its longer form `sqlite://PATH`, and `postgres://` or `postgresql://`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with('?') {
                return Err(DatabaseUrlError::NoPath);
            }
            // However many slashes a path begins with, they mean one; two would be taken for the longer form.
            let (root, path) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest.trim_start_matches('/')));
            Ok(Self(format!("sqlite:{root}{path}")))
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self(text.to_owned()))
        } else {
            Err(DatabaseUrlError::Scheme)
        }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = DatabaseUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A URL of unusual form is cut short rather than guessed at: a password with a bare `@` or `?` must not be printed.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str(&self.0) };
        let (address, options) = rest.split_once('?').map_or((rest, ""), |(address, options)| (address, options));
        let (user, host) = address.split_once('@').unwrap_or(("", address));
        if [user, host, options].iter().any(|part| part.contains('@')) || user.contains('/') {
            return write!(f, "{scheme}://***");
        }
        write!(f, "{scheme}://")?;
        match user.split_once(':') {
            Some((name, _)) => write!(f, "{name}:***@")?,
            None if user.is_empty() => {}
            None => write!(f, "{user}@")?,
        }
        f.write_str(host)?;
        match options {
            "" => Ok(()),
            options if options.to_lowercase().contains("password") => f.write_str("?***"),
            options => write!(f, "?{options}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_taken_as_written() {
        for (text, path) in [
            ("sqlite:a b.db", "a b.db"),
            ("sqlite:///k.db", "/k.db"),
            ("sqlite:/k.db?mode=ro", "/k.db"),
            ("sqlite://///k@d.db", "/k@d.db"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.sqlite_path(), Some(Path::new(path)), "{text}");
            assert_eq!(
                (url.expose().parse::<DatabaseUrl>(), url.to_string()),
                (Ok(url.clone()), url.expose().to_owned())
            );
        }
        assert_eq!("sqlite::memory:".parse::<DatabaseUrl>().unwrap().sqlite_path(), None);
        assert_eq!("sqlite:?mode=ro".parse::<DatabaseUrl>(), Err(DatabaseUrlError::NoPath));
        assert_eq!("mysql://h/d".parse::<DatabaseUrl>(), Err(DatabaseUrlError::Scheme));
    }

    #[test]
    fn what_is_no_password_stays_readable() {
        for text in ["postgres://keydeck@db.example.com:5432/keys?sslmode=require", "sqlite:/srv/key@deck:1.db"] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap().to_string(), text);
        }
        let url: DatabaseUrl = "postgres://u:p@h/d?application_name=k".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://u:***@h/d?application_name=k");
        let url: DatabaseUrl = "postgres://h/d?application_name=k&PASSWORD=x".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://h/d?***");
    }

    #[test]
    fn a_label_is_short_and_holds_no_user() {
        for (text, label) in [
            ("sqlite:/srv/keys.db?mode=ro", "keys.db"),
            ("postgres://u:p@db.example.com:5433/keys?sslmode=require", "keys at db.example.com:5433"),
            ("postgres://db.example.com", "db.example.com"),
            ("postgres://u:p@ss@h/d", "***"),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap().label(), label);
        }
    }

    proptest! {
        #[test]
        fn a_password_is_never_printed(word in "[A-Za-z0-9:@/?&=#!]{0,12}") {
            let password = format!("{word}S3CRET{word}");
            for url in [format!("postgres://u:{password}@h/d"), format!("postgresql://h/d?x=1&password={password}")] {
                let url: DatabaseUrl = url.parse().unwrap();
                prop_assert!(url.expose().contains("S3CRET"));
                let printed = format!("{url} {url:?} {} {}", url.label(), serde_json::to_string(&url).unwrap());
                prop_assert!(!printed.contains("S3CRET"), "{}", printed);
            }
        }
    }
}
