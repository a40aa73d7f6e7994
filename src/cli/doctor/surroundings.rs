//! What surrounds the database: its file and folder, the key file, the settings, the disk, and the terminal.

use std::{
    io::IsTerminal,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use crate::{
    cli::context::Context,
    config::{
        DatabaseUrl,
        settings::{is_utf8, locale},
    },
    domain::name::printable,
    form::ssh_key::PublicKey,
    ops::{
        failure::{Failure, Kind},
        health::{Finding, bytes},
    },
    vault::{Prompt, harden_process},
};

/// The permission bits that nobody but the owner of a database may have.
const OTHERS: u32 = 0o077;

/// The permission bits by which others than the owner write.
const OTHERS_WRITE: u32 = 0o022;

/// In a folder with this bit, nobody takes away what is another's.
const STICKY: u32 = 0o1000;

/// The least space, besides what a copy of the database takes.
const SPARE: u64 = 64 << 20;

/// How large the write-ahead log may grow: beyond, somebody has been reading one state for long.
const LARGE_LOG: u64 = 256 << 20;

/// Looks at the settings file.
pub fn settings(cx: &Context) -> Finding {
    let file = cx.common.config.clone().unwrap_or_else(|| cx.paths.config_file());
    let shown = printable(&file.to_string_lossy()).into_owned();
    let Ok(metadata) = file.metadata() else {
        return Finding::ok("settings", format!("there is no {shown}, so the defaults hold"));
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS_WRITE != 0 {
        let message = format!("others can write {shown} (mode {mode:04o}), and so choose your database");
        return Finding::warning("settings", message, format!("run: chmod go-w {shown}"));
    }
    Finding::ok("settings", format!("{shown} is in order"))
}

/// Looks at the file of an SQLite database; a server's is its own business.
pub fn file(url: &DatabaseUrl) -> Finding {
    let Some(path) = url.sqlite_path() else { return Finding::ok("file", format!("{url} is on a server")) };
    let shown = printable(&path.to_string_lossy()).into_owned();
    let Ok(metadata) = std::fs::metadata(path) else {
        let failure = Failure::new(Kind::Unavailable, format!("there is no {shown}"));
        return Finding::error("file", &failure.hint("make it with \"keydeck init\", or name another with --db"));
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        let message = format!("{shown} is open to others (mode {mode:04o})");
        return Finding::warning("file", message, format!("run: chmod 600 {shown}"));
    }
    let folder = crate::disk::folder_of(path);
    let of_folder = folder.metadata().map_or(0, |it| it.permissions().mode());
    let named = printable(&folder.to_string_lossy()).into_owned();
    if of_folder & OTHERS_WRITE != 0 && of_folder & STICKY == 0 {
        let message = format!("others can put another file in its place: {named} has mode {:04o}", of_folder & 0o7777);
        return Finding::warning("file", message, format!("run: chmod go-w {named}"));
    }
    if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err() {
        return Finding::warning("file", format!("the folder of {shown} can't be written"), "only reading works");
    }
    Finding::ok("file", format!("{shown} is yours alone (mode {mode:04o})"))
}

/// Looks at the space beside the database, and at the log that waits to be taken over.
pub fn space(url: &DatabaseUrl) -> Option<Finding> {
    let path = url.sqlite_path()?;
    let size = path.metadata().ok()?.len();
    let log = path.with_file_name([path.file_name()?.to_str()?, "-wal"].concat());
    let log = log.metadata().map_or(0, |it| it.len());
    let disk = rustix::fs::statvfs(crate::disk::folder_of(path)).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let told = format!("the database takes {}, its log {}; {} are free", bytes(size), bytes(log), bytes(free));
    Some(if free < size + SPARE {
        Finding::warning("space", told, "free some: a backup or a large import takes as much again")
    } else if log > LARGE_LOG {
        Finding::warning("space", told, "end programs that have had the database open for long")
    } else {
        Finding::ok("space", told)
    })
}

/// Looks at the key file, if one would be used, without opening it.
pub fn key_file(cx: &Context) -> Option<Finding> {
    let file = cx.key_sources(Prompt::Existing).file?;
    let shown = printable(&file.to_string_lossy()).into_owned();
    let metadata = file.metadata().ok()?;
    let beside = cx.url().sqlite_path().is_some_and(|database| on_one_disk(database, &file));
    // One that is open to others is an error of the vault's check, which says more.
    (metadata.permissions().mode() & OTHERS == 0).then(|| {
        let place = if beside { ", on the disk of the database: back them up to different places" } else { "" };
        Finding::ok("key-file", format!("{shown} is yours alone{place}"))
    })
}

fn on_one_disk(one: &Path, other: &Path) -> bool {
    let disk = |path: &Path| path.metadata().ok().map(|it| it.dev());
    disk(one).is_some() && disk(one) == disk(other)
}

/// Looks at what could carry secrets out of this process.
pub fn memory() -> Finding {
    let hardening = harden_process();
    if hardening.no_core_dumps.is_err() {
        return Finding::warning("memory", "core dumps can't be switched off", "run: ulimit -c 0");
    }
    if hardening.not_traceable.is_err() {
        let message = "other programs of yours can read this one's memory";
        return Finding::warning("memory", message, "trust what runs under your login, or work as another user");
    }
    match hardening.swap_active {
        Some(true) => {
            Finding::warning("memory", "this machine swaps, and secrets may reach its disk", "encrypt the swap space")
        }
        Some(false) => Finding::ok("memory", "no core dumps, closed to other programs, no swap"),
        None => Finding::ok("memory", "no core dumps, closed to other programs; whether it swaps can't be told"),
    }
}

/// Says by which fingerprint clients know the SSH server of this place, if it ever ran.
pub fn host_key(cx: &Context) -> Option<Finding> {
    let file = cx.host_key_file();
    let mode = std::fs::metadata(&file).ok()?.mode() & 0o777;
    let shown = printable(&file.to_string_lossy()).into_owned();
    if mode & OTHERS != 0 {
        let message = format!("{shown} can be read by others (mode {mode:04o})");
        return Some(Finding::warning("host key", message, format!("run: chmod 600 {shown}")));
    }
    let mut public = file.into_os_string();
    public.push(".pub");
    let line = std::fs::read_to_string(&public).unwrap_or_default();
    if let Ok(key) = PublicKey::parse(&line) {
        return Some(Finding::ok("host key", format!("{} ({})", key.fingerprint(), key.kind())));
    }
    let remedy = format!("run: ssh-keygen -y -f {shown} > {shown}.pub");
    Some(Finding::warning("host key", format!("what is public of {shown} does not stand beside it"), remedy))
}

/// Looks at the terminal, as far as it can be seen without asking it anything.
pub fn terminal(cx: &Context) -> Finding {
    let set = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let is_utf8 = locale(set).is_some_and(|it| is_utf8(&it));
    let colours = match (cx.out.is_coloured(), set("COLORTERM"), set("TERM")) {
        (false, ..) => "without colours",
        (true, Some(depth), _) if depth == "truecolor" || depth == "24bit" => "16 million colours",
        (true, _, Some(term)) if term.contains("256color") => "256 colours",
        (true, ..) => "16 colours",
    };
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok().filter(|_| std::io::stdout().is_terminal());
    let Some((width, height)) = size.map(|size| (size.ws_col, size.ws_row)) else {
        return Finding::ok("terminal", format!("standard output is none, so output is plain; {colours}"));
    };
    let told = format!("{width}×{height}, {colours}");
    if width < 40 || height < 12 {
        return Finding::warning("terminal", told, "the console needs 40×12, and is complete from 80×24 on");
    }
    if !is_utf8 {
        let message = format!("{told}; its locale is not UTF-8");
        return Finding::warning("terminal", message, "set LANG to a UTF-8 locale, such as C.UTF-8");
    }
    let copying =
        if set("TMUX").is_some() { "copying needs tmux's set-clipboard (OSC 52)" } else { "copying by OSC 52" };
    Finding::ok("terminal", format!("{told}, UTF-8; {copying}"))
}

/// Looks at the user's keymap, if there is one.
pub(super) fn keymap(cx: &Context) -> Option<Finding> {
    let file = cx.settings.console.keymap.as_deref()?;
    let shown = file.display().to_string();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            let failure = Failure::new(Kind::Configuration, format!("the keymap {shown} can't be read: {error}"))
                .hint("correct console.keymap in the settings, or leave it out");
            return Some(Finding::error("keymap", &failure));
        }
    };
    let lines = cx.judge_of_keymaps.map(|judge| judge(&text, &shown)).unwrap_or_default();
    Some(match lines.as_slice() {
        [] => Finding::ok("keymap", "every key of it is used, and hides none of the program's"),
        lines => {
            Finding::warning("keymap", lines.join("; "), "a line with \"noop\" says that a key is meant to be hidden")
        }
    })
}
