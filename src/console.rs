//! Opening the console: settings become its options, whatever terminal it is shown on.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    cli::Launch,
    config::settings::{Color, ThemeMode},
    ops::failure::{Failure, Kind},
    tui::{
        KeyAtHand, Options,
        terminal::colour::{self, Depth, Wish},
    },
};

/// Returns how the console is to look and to be used, by the settings and by the environment of whoever sits there.
pub fn options(launch: &Launch) -> Result<Options, Failure> {
    let cx = &launch.context;
    let settings = &cx.settings;
    let wish = match settings.color {
        Color::Auto | Color::Always => Wish::Auto,
        Color::Never => Wish::Exactly(Depth::None),
    };
    let variable = |name: &str| cx.streams.text_variable(name);
    let keymap = settings.console.keymap.as_deref().map(read).transpose()?;
    Ok(Options {
        database: cx.url().label(),
        theme: match settings.theme.mode {
            _ if cx.common.plain => Some("mono".to_owned()),
            ThemeMode::Auto => None,
            ThemeMode::Dark => Some(settings.theme.dark.clone()),
            ThemeMode::Light => Some(settings.theme.light.clone()),
        },
        dark_theme: settings.theme.dark.clone(),
        light_theme: settings.theme.light.clone(),
        own_themes: own_themes(&cx.paths.config_folder().join("themes")),
        depth: colour::depth(wish, variable),
        ascii: settings.symbols.is_ascii(variable),
        mouse: settings.console.mouse,
        still: !settings.console.motion || cx.common.plain || cx.streams.variable("NO_MOTION").is_some(),
        line_by_line: cx.common.plain,
        ask: true,
        keymap,
        expiring_days: settings.expiring_days,
        idle_lock_seconds: settings.console.idle_lock_seconds,
        keys: key_at_hand(launch),
        seed: uuid::Uuid::now_v7().as_u128(),
        afar: cx.identity.is_afar(),
        columns: settings.columns.by_list(),
        session_file: session_file(launch),
    })
}

/// Returns where the session is remembered: nowhere for those who sit elsewhere, or where that is switched off.
fn session_file(launch: &Launch) -> Option<PathBuf> {
    let cx = &launch.context;
    let remembers = cx.settings.console.restore && !cx.common.plain && !cx.identity.is_afar();
    let url = cx.url();
    // A file is known by its whole path, a server's database by its name and the server's.
    let place = match url.sqlite_path() {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
        None => url.label(),
    };
    remembers.then(|| cx.paths.session_file(&place))
}

fn key_at_hand(launch: &Launch) -> KeyAtHand {
    match &launch.context.host {
        Some(host) => KeyAtHand::Held(host.keys().cloned()),
        None => launch.context.key_at_hand().map_or(KeyAtHand::None, KeyAtHand::At),
    }
}

fn read(file: &Path) -> Result<(String, String), Failure> {
    let shown = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => Ok((shown, text)),
        Err(error) => Err(Failure::new(Kind::Configuration, format!("the keymap {shown} can't be read: {error}"))
            .hint("correct console.keymap in the settings, or leave it out")),
    }
}

/// Reads the themes of the user's own, by the names of their files. One that can't be read is left out.
fn own_themes(folder: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .filter_map(|file| Some((file.file_stem()?.to_str()?.to_owned(), std::fs::read_to_string(&file).ok()?)))
        .collect()
}
