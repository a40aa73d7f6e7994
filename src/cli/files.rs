//! Files and standard input, as commands name them: a path, `-`, or for imports a folder. Reading is bounded.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{context::Context, streams::Reader};
use crate::{
    domain::name::printable,
    import::declarative::LARGEST,
    ops::{failure::Failure, importing},
    vault::Secret,
};

/// The longest secret that is read from a file, in bytes.
const LONGEST_SECRET: usize = 64 << 10;

/// Reads a file, or standard input for `-`; a failure names it.
pub fn read(cx: &Context, path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(cx, path).map_err(|error| {
        let shown = path.to_string_lossy();
        Failure::usage(format!("{} can't be read: {error}", printable(&shown)))
            .hint("check the path and its permissions")
    })
}

/// Reads at most one byte more than the largest that any importer takes, so that it can say what is too large.
pub fn read_bounded(cx: &Context, path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    let read = if path == Path::new("-") {
        Reader(&*cx.streams).take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map(|_| bytes)
}

/// Reads a secret of another program from a file: all of it but one final line end. It says when others can read it.
pub fn read_secret(cx: &mut Context, path: &Path) -> Result<Secret, Failure> {
    let shown = path.to_string_lossy().into_owned();
    let failed = |error: io::Error| {
        Failure::usage(format!("{} can't be read: {error}", printable(&shown)))
            .hint("check the path and its permissions")
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST_SECRET + 1));
    file.take(LONGEST_SECRET as u64 + 1).read_to_end(&mut text).map_err(failed)?;
    let end = text.strip_suffix(b"\n").map_or(&text[..], |rest| rest.strip_suffix(b"\r").unwrap_or(rest)).len();
    text.truncate(end);
    if text.len() > LONGEST_SECRET {
        return Err(Failure::usage(format!("{} holds more than 64 KiB, which no secret does", printable(&shown))));
    }
    if metadata.is_file() && metadata.mode() & 0o077 != 0 {
        cx.out.remark(format!("{} can be read by others; run chmod 600 on it", printable(&shown)));
    }
    Secret::from_utf8(text).ok_or_else(|| Failure::usage(format!("{} is not UTF-8 text", printable(&shown))))
}

/// Returns the files that some paths name; of a folder, the YAML files in it, by name.
pub fn exports(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let found = paths.iter().map(|path| importing::exports(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}
