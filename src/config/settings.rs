//! The settings themselves: what each is, and its default.

mod load;

use std::{collections::BTreeSet, path::PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use self::load::Flags;
use super::{database_url::DatabaseUrl, paths::Paths};

/// Everything that can be set. `config.example.toml` has each with its default and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The database that commands and the console open; the user's own file if absent ([`Paths::default_database`]).
    pub database: Option<DatabaseUrl>,
    /// The workspace that they work in; the only one if absent.
    pub workspace: Option<String>,
    /// Whether everything that would write or disclose is refused.
    pub read_only: bool,
    /// Whether the command line and the console use colours.
    pub color: Color,
    /// Which characters the command line and the console are drawn with.
    pub symbols: Symbols,
    /// A file of providers that adds to the built-in ones ([`Vendors::load`](super::vendors::Vendors::load)).
    pub providers_file: Option<PathBuf>,
    /// How many days before its end a key is shown as expiring.
    pub expiring_days: u32,
    /// Where `SECRET_KEY` comes from; for the vault.
    pub secret_key: SecretKeySettings,
    /// What outside secrets may be referred to here.
    pub external: ExternalSettings,
    /// How the console looks.
    pub theme: ThemeSettings,
    /// How the console behaves.
    pub console: ConsoleSettings,
    /// The columns of the console's lists.
    pub columns: ColumnSettings,
    /// The server for those who come over SSH.
    pub ssh: SshSettings,
    /// The server for programs that come over HTTP.
    pub http: HttpSettings,
}

/// Where `SECRET_KEY` comes from, when no option says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretKeySettings {
    /// The file that holds it.
    pub file: Option<PathBuf>,
    /// Whether the variable `KEYDECK_SECRET_KEY` may hold it, when there is no file and no file descriptor.
    pub environment: bool,
}

/// The references that may be opened here: none but these, if there are any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExternalSettings {
    /// Names of environment variables; a prefix with `*` stands for all that begin so.
    pub env: Vec<String>,
    /// Absolute paths of files; `/folder/*` stands for all below a folder.
    pub files: Vec<PathBuf>,
}

/// Which theme the console takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThemeSettings {
    /// On which background.
    pub mode: ThemeMode,
    /// The theme's name on a dark background.
    pub dark: String,
    /// The theme's name on a light background.
    pub light: String,
}

/// How the console behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleSettings {
    /// A file of key bindings that is merged over the built-in ones.
    pub keymap: Option<PathBuf>,
    /// Whether the console takes the mouse; without it the terminal selects text as usual.
    pub mouse: bool,
    /// After how many seconds without a key press an unlocked console locks itself.
    pub idle_lock_seconds: u32,
    /// Whether things may move on the screen that nobody moved: a spinner, a flash.
    pub motion: bool,
    /// Whether a session begins where the last one on the same database ended.
    pub restore: bool,
}

/// The columns of the console's lists: `+expires` shows one even where room is short, `-last4` hides one, and a name
/// alone puts it next at the left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnSettings {
    /// Of the tree of workflows, whose columns keep their order.
    pub workflows: Vec<String>,
    /// Of the credentials.
    pub credentials: Vec<String>,
    /// Of the providers.
    pub providers: Vec<String>,
    /// Of the departments.
    pub departments: Vec<String>,
    /// Of the pools.
    pub pools: Vec<String>,
    /// Of the model instances.
    pub instances: Vec<String>,
    /// Of the rules.
    pub rules: Vec<String>,
    /// Of the models.
    pub models: Vec<String>,
    /// Of the operators.
    pub operators: Vec<String>,
    /// Of the audit log.
    pub audit: Vec<String>,
}

impl ColumnSettings {
    /// Returns what is chosen for each list, by its name.
    pub fn by_list(&self) -> std::collections::BTreeMap<String, Vec<String>> {
        let all = [
            ("workflows", &self.workflows),
            ("credentials", &self.credentials),
            ("providers", &self.providers),
            ("departments", &self.departments),
            ("pools", &self.pools),
            ("instances", &self.instances),
            ("rules", &self.rules),
            ("models", &self.models),
            ("operators", &self.operators),
            ("audit", &self.audit),
        ];
        all.into_iter().map(|(name, words)| (name.to_owned(), words.clone())).collect()
    }
}

/// How those are served who come over SSH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SshSettings {
    /// Where the server listens.
    pub listen: String,
    /// The file of the server's own key.
    pub host_key: Option<PathBuf>,
    /// How many connections there may be.
    pub connections: usize,
    /// How many of them from one address.
    pub connections_per_address: usize,
    /// How many that have not logged in yet.
    pub connections_unauthenticated: usize,
    /// How long logging in may take.
    pub login_seconds: u32,
    /// How many logins of an address may fail within five minutes before it waits.
    pub failures: usize,
    /// How long it waits then.
    pub penalty_seconds: u32,
    /// After how many seconds without a key a session ends; 0 for never.
    pub idle_seconds: u32,
    /// How often a silent client is asked whether it is still there.
    pub keepalive_seconds: u32,
}

/// How programs are served that come over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Where the server listens; nowhere if absent.
    pub listen: Option<String>,
    /// The file of the certificate chain.
    pub tls_cert: Option<PathBuf>,
    /// The file of the certificate's key.
    pub tls_key: Option<PathBuf>,
    /// The mode of a socket in the file system, in octal digits.
    pub socket_mode: String,
    /// How many requests a minute one token may make.
    pub requests_per_minute: u32,
    /// How many requests a minute may come from one address.
    pub requests_per_minute_address: u32,
    /// How many connections there may be.
    pub connections: u32,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Even into a file or a pipe.
    Always,
    /// Not at all.
    Never,
}

/// Which characters lines, arrows and signs are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Symbols {
    /// As the locale allows.
    #[default]
    Auto,
    /// Those of Unicode.
    Unicode,
    /// Those of ASCII alone.
    Ascii,
}

impl Symbols {
    /// Says whether nothing but ASCII is to be drawn. A locale that nobody set says nothing: terminals of today show all.
    ///
    /// `variable` looks an environment variable of the *session* up: over SSH that is the client's, not the server's.
    pub fn is_ascii(self, variable: impl Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::Unicode => false,
            Self::Ascii => true,
            Self::Auto => locale(variable).is_some_and(|locale| !is_utf8(&locale)),
        }
    }
}

/// Returns the locale of characters: the first of its variables that is set to something.
pub fn locale(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty())
}

/// Says whether a locale's characters are those of UTF-8.
pub fn is_utf8(locale: &str) -> bool {
    locale.to_lowercase().replace('-', "").contains("utf8")
}

/// Which background the theme is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum ThemeMode {
    /// As the terminal answers when asked; dark until it does.
    #[default]
    Auto,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: None,
            workspace: None,
            read_only: false,
            color: Color::default(),
            symbols: Symbols::default(),
            providers_file: None,
            expiring_days: 14,
            secret_key: SecretKeySettings::default(),
            external: ExternalSettings::default(),
            theme: ThemeSettings::default(),
            console: ConsoleSettings::default(),
            columns: ColumnSettings::default(),
            ssh: SshSettings::default(),
            http: HttpSettings::default(),
        }
    }
}

impl Default for SecretKeySettings {
    fn default() -> Self {
        Self { file: None, environment: true }
    }
}

impl Default for ThemeSettings {
    fn default() -> Self {
        Self { mode: ThemeMode::default(), dark: "keydeck-dark".to_owned(), light: "keydeck-light".to_owned() }
    }
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self { keymap: None, mouse: true, idle_lock_seconds: 900, motion: true, restore: true }
    }
}

impl Default for SshSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:2222".to_owned(),
            host_key: None,
            connections: 256,
            connections_per_address: 64,
            connections_unauthenticated: 64,
            login_seconds: 30,
            failures: 5,
            penalty_seconds: 60,
            idle_seconds: 3600,
            keepalive_seconds: 30,
        }
    }
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: None,
            tls_cert: None,
            tls_key: None,
            socket_mode: "0600".to_owned(),
            requests_per_minute: 600,
            requests_per_minute_address: 1200,
            connections: 256,
        }
    }
}

impl HttpSettings {
    /// Returns the mode of a socket; none if it is not written as one.
    pub fn mode(&self) -> Option<u32> {
        u32::from_str_radix(&self.socket_mode, 8).ok().filter(|mode| *mode <= 0o777)
    }
}

impl Settings {
    /// Returns the database to open: the one that was set, else the user's own file.
    pub fn database_or_default(&self, paths: &Paths) -> DatabaseUrl {
        self.database.clone().unwrap_or_else(|| paths.default_database())
    }

    /// Returns the dotted keys of all settings, taken from the type itself.
    pub fn keys() -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        if let Ok(defaults) = serde_json::to_value(Self::default()) {
            gather_keys("", &defaults, &mut keys);
        }
        keys
    }
}

fn gather_keys(prefix: &str, value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(section) => {
            for (name, value) in section {
                let dotted = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                gather_keys(&dotted, value, keys);
            }
        }
        _ => {
            keys.insert(prefix.to_owned());
        }
    }
}

/// Reads one of a few words; the error lists them, in the form in which serde does.
fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, false).map_err(|_| {
        let words = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let words: Vec<_> = words.map(|word| format!("`{}`", word.get_name())).collect();
        format!("is `{text}`, but must be one of {}", words.join(", "))
    })
}

macro_rules! word {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                one_of(&text)
            }
        }
    )*};
}

word!(Color, Symbols, ThemeMode);

#[cfg(test)]
mod tests;
