use std::{fs, path::Path};

use tempfile::TempDir;

use super::*;
use crate::config::error::SettingsError;

const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// A user with a home of their own, so that no test reads the settings of whoever runs it.
struct User(TempDir);

impl User {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn with_file(text: &str) -> Self {
        let user = Self::new();
        fs::create_dir_all(user.paths().config_folder()).unwrap();
        fs::write(user.paths().config_file(), text).unwrap();
        user
    }

    fn paths(&self) -> Paths {
        Paths::new(self.0.path(), &self.0.path().join(".config"), &self.0.path().join(".local/share"))
    }

    fn load(&self, variables: &[(&str, &str)], flags: &Flags) -> Result<Settings, SettingsError> {
        Settings::load(flags, variables.iter().map(|&(name, value)| (name.into(), value.into())), &self.paths())
    }

    /// The error, with the file's folder taken out of it.
    fn complaint(&self, variables: &[(&str, &str)]) -> String {
        let folder = format!("{}/", self.paths().config_folder().display());
        self.load(variables, &Flags::default()).unwrap_err().to_string().replace(&folder, "")
    }
}

fn complaint(text: &str) -> String {
    User::with_file(text).complaint(&[])
}

#[test]
fn without_file_and_environment_there_are_the_defaults() {
    assert_eq!(User::new().load(&[], &Flags::default()).unwrap(), Settings::default());
}

#[test]
fn the_example_gives_the_defaults() {
    assert_eq!(User::with_file(EXAMPLE).load(&[], &Flags::default()).unwrap(), Settings::default());
}

#[test]
fn the_example_has_every_setting_and_each_is_one() {
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ").and_then(|setting| setting.split_once(" = ")) {
            Some((name, _)) if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => format!("{}\n", &line[2..]),
            _ => format!("{line}\n"),
        })
        .collect();
    let written: toml::Table = uncommented.parse().unwrap();
    let mut keys = BTreeSet::new();
    gather_keys("", &serde_json::to_value(&written).unwrap(), &mut keys);
    assert_eq!(keys, Settings::keys());

    let user = User::with_file(&uncommented);
    let settings = user.load(&[], &Flags::default()).unwrap();
    assert_eq!(settings.database, Some(user.paths().default_database()), "the example shows where it is by default");
    assert_eq!(settings.secret_key.file, Some(user.paths().config_folder().join("secret.key")));
}

#[test]
fn later_layers_win_and_leave_the_rest() {
    let user = User::with_file("workspace = \"file\"\ncolor = \"never\"\nexpiring_days = 3\n[theme]\ndark = \"nord\"");
    let flags = Flags { workspace: Some("flag".to_owned()), read_only: true, ..Flags::default() };
    let variables =
        [("KEYDECK_WORKSPACE", "environment"), ("KEYDECK_COLOR", "always"), ("KEYDECK_THEME__MODE", "light")];
    let settings = user.load(&variables, &flags).unwrap();
    assert_eq!(settings.workspace.as_deref(), Some("flag"));
    assert_eq!(settings.color, Color::Always);
    assert_eq!(settings.expiring_days, 3);
    assert_eq!((settings.theme.mode, settings.theme.dark.as_str()), (ThemeMode::Light, "nord"));
    assert!(settings.read_only && settings.console.mouse);
}

#[test]
fn every_flag_reaches_its_setting() {
    let flags = Flags {
        config: None,
        database: Some("postgres://u:p@h/d".parse().unwrap()),
        workspace: Some("w".to_owned()),
        read_only: true,
        secret_key_file: Some("k".into()),
        color: Some(Color::Never),
    };
    let expected = Settings {
        database: flags.database.clone(),
        workspace: flags.workspace.clone(),
        read_only: true,
        color: Color::Never,
        secret_key: SecretKeySettings { file: Some("k".into()), ..SecretKeySettings::default() },
        ..Settings::default()
    };
    assert_eq!(User::new().load(&[], &flags).unwrap(), expected);
}

#[test]
fn the_environment_speaks_of_every_type() {
    let variables = [
        ("KEYDECK_WORKSPACE", "007"),
        ("KEYDECK_READ_ONLY", "true"),
        ("KEYDECK_CONSOLE__IDLE_LOCK_SECONDS", "5"),
        ("KEYDECK_EXTERNAL__ENV", "OPENAI_FINANCE, GROQ_KEY"),
        ("KEYDECK_SECRET_KEY", "no setting, and never read"),
        ("KEYDECK_COLOR", ""),
        ("HOME", "/elsewhere"),
    ];
    let settings = User::new().load(&variables, &Flags::default()).unwrap();
    assert_eq!(settings.workspace.as_deref(), Some("007"), "a name of digits stays a name");
    assert!(settings.read_only);
    assert_eq!(settings.console.idle_lock_seconds, 5);
    assert_eq!(settings.external.env, ["OPENAI_FINANCE", "GROQ_KEY"]);
    assert_eq!(settings.color, Color::Auto);
    assert!(!format!("{settings:?}").contains("never read"));
}

#[test]
fn a_file_that_is_asked_for_must_be_there() {
    let user = User::new();
    let flags = Flags { config: Some(user.0.path().join("none.toml")), ..Flags::default() };
    let error = user.load(&[], &flags).unwrap_err().to_string();
    assert!(error.contains("none.toml") && error.contains("--config"), "{error}");
    assert!(user.load(&[("KEYDECK_CONFIG", "/none/none.toml")], &Flags::default()).is_err());
}

#[test]
fn the_flag_chooses_the_file_before_the_environment() {
    let user = User::with_file("workspace = \"own\"");
    let [a, b] = ["a", "b"].map(|name| user.0.path().join(format!("{name}.toml")));
    fs::write(&a, "workspace = \"a\"").unwrap();
    fs::write(&b, "workspace = \"b\"").unwrap();
    let variable = [("KEYDECK_CONFIG", a.to_str().unwrap())];
    let workspace = |flags: &Flags| user.load(&variable, flags).unwrap().workspace.unwrap();
    assert_eq!(workspace(&Flags::default()), "a");
    assert_eq!(workspace(&Flags { config: Some(b), ..Flags::default() }), "b");
}

#[test]
fn paths_in_the_file_start_at_its_folder_and_others_where_the_caller_stands() {
    let user =
        User::with_file("database = \"sqlite:k.db?mode=ro\"\nproviders_file = \"~/p.toml\"\n[console]\nkeymap = \"m\"");
    let settings = user.load(&[("KEYDECK_CONSOLE__KEYMAP", "m")], &Flags::default()).unwrap();
    let database = user.paths().config_folder().join("k.db");
    assert_eq!(settings.database.as_ref().and_then(DatabaseUrl::sqlite_path), Some(database.as_path()));
    assert!(settings.database.unwrap().expose().ends_with("?mode=ro"));
    assert_eq!(settings.providers_file, Some(user.0.path().join("p.toml")));
    assert_eq!(settings.console.keymap.as_deref(), Some(Path::new("m")), "the environment's, as it was given");
}

#[test]
fn an_unknown_name_is_an_error_with_a_guess() {
    let files =
        ["read_only = true\nworkspce = \"a\"", "\n[theme]\nmodus = \"dark\"", "zzz = 1", "secret_key = \"s3cret\""];
    insta::assert_snapshot!(files.map(complaint).join("\n"), @r#"
    config.toml:2: there is no setting "workspce"; did you mean "workspace"?
    config.toml:3: there is no setting "theme.modus"; did you mean "theme.mode"?
    config.toml:1: there is no setting "zzz"; config.example.toml lists them all
    config.toml:1: secret_key is a section: its settings stand below [secret_key]
    "#);
    let variables = ["KEYDECK_THEME_MODE", "KEYDECK_SECRET_KEY_FILE", "KEYDECK_THEME"];
    insta::assert_snapshot!(variables.map(|name| User::new().complaint(&[(name, "dark")])).join("\n"), @r#"
    KEYDECK_THEME_MODE: there is no setting "theme_mode"; did you mean "KEYDECK_THEME__MODE"?
    KEYDECK_SECRET_KEY_FILE: there is no setting "secret_key_file"; did you mean "KEYDECK_SECRET_KEY__FILE"?
    KEYDECK_THEME: theme is a section: its settings stand below [theme]
    "#);
}

#[test]
fn a_wrong_value_is_an_error_at_its_place() {
    let files = [
        "[console]\nmouse = \"perhaps\"",
        "color = \"allways\"",
        "expiring_days = -1",
        "expiring_days = 70000",
        "expiring_days = 4000",
        "expiring_days = \"14 days\"",
        "workspace = [\"a\"]",
        "\n\ndatabase = \"mysql://u:s3cret@h/d\"",
        "[external]\nenv = [\"KEYDECK_SECRET_KEY\"]",
        "[external]\nenv = \"A\"",
        "[external]\nenv = [[1]]",
        "[external]\nfiles = [\"secrets/a\"]",
    ];
    insta::assert_snapshot!(files.map(complaint).join("\n"), @r#"
    config.toml:2: console.mouse is "perhaps", but must be true or false
    config.toml:1: color is "allways", but must be one of "auto", "always", "never"; did you mean "always"?
    config.toml:1: expiring_days is -1, but must be a whole number from 0 on
    config.toml:1: expiring_days must be at most 3650
    config.toml:1: expiring_days must be at most 3650
    config.toml:1: expiring_days is "14 days", but must be a whole number from 0 on
    config.toml:1: workspace is a list, but must be a string
    config.toml:3: database is no database that keydeck knows: it is written sqlite:PATH or postgres://USER@HOST/NAME
    config.toml:2: external.env can't be used: "KEYDECK_SECRET_KEY" is one of keydeck's own variables and can't be referred to
    config.toml:2: external.env has an invalid type: string "A", expected a sequence
    config.toml:2: external.env is of another form, but must be a string
    config.toml:2: external.files can't be used: "secrets/a" must be an absolute path without ".."
    "#);
    let variables = [
        ("KEYDECK_CONSOLE__IDLE_LOCK_SECONDS", "0"),
        ("KEYDECK_EXPIRING_DAYS", "soon"),
        ("KEYDECK_THEME__MODE", "drak"),
        ("KEYDECK_DATABASE", "postgre://u:s3cret@h/d"),
    ];
    insta::assert_snapshot!(variables.map(|variable| User::new().complaint(&[variable])).join("\n"), @r#"
    KEYDECK_CONSOLE__IDLE_LOCK_SECONDS: console.idle_lock_seconds must be from 1 to 86400
    KEYDECK_EXPIRING_DAYS: expiring_days is "soon", but must be a whole number from 0 on
    KEYDECK_THEME__MODE: theme.mode is "drak", but must be one of "auto", "dark", "light"; did you mean "dark"?
    KEYDECK_DATABASE: database is no database that keydeck knows: it is written sqlite:PATH or postgres://USER@HOST/NAME
    "#);
}

#[test]
fn the_last_layer_is_blamed_for_its_value() {
    let error = User::with_file("color = \"never\"").complaint(&[("KEYDECK_COLOR", "blue")]);
    assert!(error.starts_with("KEYDECK_COLOR: color "), "{error}");
}

#[test]
fn a_file_that_is_no_toml_is_an_error_at_its_line() {
    insta::assert_snapshot!(["read_only = true\ncolor = auto", "a = 1\na = 2"].map(complaint).join("\n"), @r#"
    config.toml:2: string values must be quoted, expected literal string
    config.toml:2: duplicate key
    "#);
}

#[test]
fn symbols_follow_the_locale_unless_they_are_chosen() {
    let ascii = |symbols: Symbols, variables: &[(&str, &str)]| {
        symbols
            .is_ascii(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    };
    for (variables, expected) in [
        (&[][..], false),
        (&[("LANG", "C.UTF-8")], false),
        (&[("LANG", "C")], true),
        (&[("LANG", "de_DE.ISO-8859-1")], true),
        (&[("LANG", "en_GB.utf8"), ("LC_ALL", "")], false),
        (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "POSIX")], true),
        (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], false),
    ] {
        assert_eq!(ascii(Symbols::Auto, variables), expected, "{variables:?}");
    }
    assert!(ascii(Symbols::Ascii, &[("LANG", "C.UTF-8")]) && !ascii(Symbols::Unicode, &[("LANG", "C")]));
    assert_eq!(Settings::default().symbols, Symbols::Auto);
}
