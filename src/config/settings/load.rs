//! How the layers become one value: read, checked against the names and ranges, paths completed.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use config::ConfigError;

use super::{Color, Settings};
use crate::{
    config::{
        database_url::DatabaseUrl,
        error::SettingsError,
        layer::{Layer, file_of_environment},
        paths::Paths,
        place::meant,
    },
    domain::credential::Reference,
};

/// Settings that are lists: in the environment their items are separated by commas.
const LISTS: [&str; 2] = ["external.env", "external.files"];

/// What the command line's common options say about settings. What an option leaves open, the other layers decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config FILE`: the settings file, instead of the user's own.
    pub config: Option<PathBuf>,
    /// `--db URL`.
    pub database: Option<DatabaseUrl>,
    /// `--workspace NAME`.
    pub workspace: Option<String>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--secret-key-file FILE`.
    pub secret_key_file: Option<PathBuf>,
    /// `--color WHEN`.
    pub color: Option<Color>,
}

impl Settings {
    /// Reads the settings: defaults, then the file, then the environment, then the flags; later layers win.
    ///
    /// The file is the one that `--config` names, else `KEYDECK_CONFIG`, else the user's own if there is one. Paths in
    /// it start at its folder, or at `~/`; those of the other layers are taken as they are. Names that are no settings
    /// and values that don't fit are errors, wherever they stand.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        paths: &Paths,
    ) -> Result<Self, SettingsError> {
        let environment: Vec<_> = environment.into_iter().collect();
        let asked_for = flags.config.clone().or_else(|| file_of_environment(&environment));
        let file_path = asked_for.clone().unwrap_or_else(|| paths.config_file());
        let file = Layer::of_file(&file_path, asked_for.is_some())?;
        let layers = [file, Layer::of_environment(environment, &LISTS)?, flags.layer()];

        let mut settings = Self::of_layers(&layers)?;
        settings.check(&layers)?;
        let folder = file_path.parent().unwrap_or(Path::new(""));
        let from_file = |key: &str| layers.iter().rposition(|layer| layer.origin(key).is_some()) == Some(0);
        settings.complete_paths(from_file, |path| paths.complete(path, folder));
        Ok(settings)
    }

    fn of_layers(layers: &[Layer]) -> Result<Self, SettingsError> {
        let known = Self::keys();
        let mut builder = config::Config::builder();
        for layer in layers {
            layer.check_keys(&known)?;
            builder = builder.add_source(layer.clone());
        }
        let build = || builder.build()?.try_deserialize();
        build().map_err(|error| complain(&error, layers))
    }

    /// Refuses values that have the right type but no sense.
    fn check(&self, layers: &[Layer]) -> Result<(), SettingsError> {
        let refuse = |key: &str, problem: String| {
            Err(SettingsError::Value { origin: origin(key, layers), key: key.to_owned(), problem, guess: None })
        };
        let ssh = &self.ssh;
        for (key, value, most) in [
            ("console.idle_lock_seconds", self.console.idle_lock_seconds as usize, 86_400),
            ("ssh.connections", ssh.connections, 100_000),
            ("ssh.connections_per_address", ssh.connections_per_address, 100_000),
            ("ssh.connections_unauthenticated", ssh.connections_unauthenticated, 100_000),
            ("ssh.login_seconds", ssh.login_seconds as usize, 600),
            ("ssh.failures", ssh.failures, 1000),
            ("ssh.penalty_seconds", ssh.penalty_seconds as usize, 86_400),
            ("ssh.keepalive_seconds", ssh.keepalive_seconds as usize, 3600),
        ] {
            if !(1..=most).contains(&value) {
                return refuse(key, format!("must be from 1 to {most}"));
            }
        }
        if ssh.idle_seconds > 86_400 {
            return refuse("ssh.idle_seconds", "must be at most 86400; 0 means never".to_owned());
        }
        let http = &self.http;
        for (key, value) in [
            ("http.requests_per_minute", http.requests_per_minute),
            ("http.requests_per_minute_address", http.requests_per_minute_address),
            ("http.connections", http.connections),
        ] {
            if !(1..=1_000_000).contains(&value) {
                return refuse(key, "must be from 1 to 1000000".to_owned());
            }
        }
        if http.mode().is_none() {
            return refuse("http.socket_mode", "must be octal digits as chmod takes them, such as \"0660\"".to_owned());
        }
        if self.expiring_days > 3650 {
            return refuse("expiring_days", "must be at most 3650".to_owned());
        }
        for name in &self.external.env {
            // A prefix with * is judged by a name that it fits.
            let example = name.strip_suffix('*').map_or_else(|| name.clone(), |prefix| format!("{prefix}X"));
            if let Err(error) = format!("env:{example}").parse::<Reference>() {
                return refuse("external.env", format!("can't be used: {error}"));
            }
        }
        for path in &self.external.files {
            let text = path.to_string_lossy();
            let whole = text.strip_suffix("/*").unwrap_or(&text);
            if whole.contains('*') {
                return refuse(
                    "external.files",
                    format!("has \"{text}\": a * stands only at the end, as in /folder/*"),
                );
            }
            if let Err(error) = format!("file:{text}").parse::<Reference>() {
                return refuse("external.files", format!("can't be used: {error}"));
            }
        }
        Ok(())
    }

    /// Completes the paths that the settings file holds. Those of `external.files` are absolute by rule.
    fn complete_paths(&mut self, from_file: impl Fn(&str) -> bool, complete: impl Fn(&Path) -> PathBuf) {
        let places = [
            ("providers_file", &mut self.providers_file),
            ("secret_key.file", &mut self.secret_key.file),
            ("console.keymap", &mut self.console.keymap),
            ("http.tls_cert", &mut self.http.tls_cert),
            ("http.tls_key", &mut self.http.tls_key),
            ("ssh.host_key", &mut self.ssh.host_key),
        ];
        for (key, path) in places {
            if let Some(path) = path.as_mut().filter(|_| from_file(key)) {
                *path = complete(path);
            }
        }
        if from_file("database") {
            self.database = self.database.take().map(|url| url.moved(complete));
        }
    }
}

impl Flags {
    fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        if let Some(url) = &self.database {
            layer.set("database", "--db", url.expose());
        }
        if let Some(name) = &self.workspace {
            layer.set("workspace", "--workspace", name.as_str());
        }
        if self.read_only {
            layer.set("read_only", "--read-only", true);
        }
        if let Some(file) = &self.secret_key_file {
            layer.set("secret_key.file", "--secret-key-file", text(file));
        }
        if let Some(color) = self.color {
            layer.set("color", "--color", format!("{color:?}").to_lowercase());
        }
        layer
    }
}

/// Says where a setting was written last: the place that counts.
fn origin(key: &str, layers: &[Layer]) -> String {
    layers.iter().rev().find_map(|layer| layer.origin(key)).unwrap_or_else(|| "the defaults".to_owned())
}

/// Turns a complaint of the `config` crate into ours. The crate knows the key; the place, only for some.
fn complain(error: &ConfigError, layers: &[Layer]) -> SettingsError {
    let value = |key: &Option<String>, problem: String| {
        let key = key.clone().unwrap_or_default().split('[').next().unwrap_or_default().to_owned();
        SettingsError::Value {
            origin: origin(&key, layers),
            key,
            guess: meant(&problem),
            problem: problem.replace('`', "\""),
        }
    };
    match error {
        ConfigError::At { error, key, .. } => {
            let problem = error.to_string();
            value(key, if problem.starts_with("invalid ") { format!("has an {problem}") } else { problem })
        }
        ConfigError::Type { expected, key, .. } => {
            let written = key.as_deref().and_then(|key| layers.iter().rev().find_map(|layer| layer.written(key)));
            let wanted = match *expected {
                "a boolean" => "true or false",
                number if number.contains("integer") => "a whole number from 0 on",
                other => other,
            };
            value(key, format!("is {}, but must be {wanted}", written.unwrap_or_else(|| "of another form".to_owned())))
        }
        other => value(&None, other.to_string()),
    }
}
