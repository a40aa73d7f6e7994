//! What people write into files of their own: settings, providers, themes, keys.

use std::{
    ffi::OsString,
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use keydeck::{
    config::{Flags, Paths, Settings, Vendors},
    tui::{action::Action, keymap::Keymap, theme::Theme},
};

/// Writes the bytes into a file of this thread's own, in memory where there is such a place.
fn in_file<T>(bytes: &[u8], read: impl Fn(&Path) -> T) -> T {
    let folder = Path::new("/dev/shm");
    let folder = if folder.is_dir() { folder.to_owned() } else { std::env::temp_dir() };
    let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "-");
    let file: PathBuf = folder.join(format!("keydeck-fuzz-{}-{thread}.toml", std::process::id()));
    fs::write(&file, bytes).expect("the file can be written");
    let done = read(&file);
    fs::remove_file(&file).expect("the file can be removed");
    done
}

fn paths() -> Paths {
    let nowhere = Path::new("/nowhere");
    Paths::new(nowhere, nowhere, nowhere)
}

/// A settings file. An error is one that can be shown.
pub fn file(bytes: &[u8]) {
    in_file(bytes, |file| {
        let flags = Flags { config: Some(file.to_owned()), ..Flags::default() };
        match Settings::load(&flags, [], &paths()) {
            Ok(settings) => drop(settings.database_or_default(&paths()).to_string()),
            Err(error) => drop(error.to_string()),
        }
    });
}

/// Variables of the environment: `NAME=VALUE`, each ended by a zero byte.
pub fn environment(bytes: &[u8]) {
    let variables = bytes.split(|byte| *byte == 0).filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b'=')?;
        let os = |part: &[u8]| OsString::from(std::ffi::OsStr::from_bytes(part));
        Some((os(&line[..at]), os(&line[at + 1..])))
    });
    // A file that is named here would be read, whatever it is.
    let variables = variables.filter(|(name, _)| name != "KEYDECK_CONFIG");
    if let Err(error) = Settings::load(&Flags::default(), variables, &paths()) {
        drop(error.to_string());
    }
}

/// A file of providers.
pub fn providers(bytes: &[u8]) {
    in_file(bytes, |file| match Vendors::load(Some(file)) {
        Ok(vendors) => assert!(vendors.iter().count() >= Vendors::built_in().iter().count(), "one is gone"),
        Err(error) => drop(error.to_string()),
    });
}

/// A theme, which may build on itself.
pub fn theme(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    let (_, warnings) = Theme::load("own", |name| (name == "own").then(|| text.to_owned()));
    assert!(warnings.len() <= text.len() + 1, "more warnings than letters");
}

/// A file of keys over the program's own.
pub fn keymap(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    let mut keymap = Keymap::<Action>::defaults().expect("a test looks at them");
    let merged = keymap.merge(text, "keys.toml");
    let _ = merged.problems.iter().map(ToString::to_string).count();
}
