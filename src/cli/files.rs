//! Files and standard input, as commands name them: a path, `-`, or for imports a folder. Reading is bounded.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{domain::name::printable, import::declarative::LARGEST, ops::failure::Failure};

/// The ends of names that are taken from a folder.
const YAML: [&str; 2] = ["yml", "yaml"];

/// Reads a file, or standard input for `-`; a failure names it.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path).map_err(|error| {
        let shown = path.to_string_lossy();
        Failure::usage(format!("{} can't be read: {error}", printable(&shown)))
            .hint("check the path and its permissions")
    })
}

/// Reads at most one byte more than the largest that any importer takes, so that it can say what is too large.
pub fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = LARGEST as u64 + 1;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map(|_| bytes)
}

/// Returns the files that some paths name; of a folder, the YAML files in it, by name.
pub fn exports(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let shown = path.to_string_lossy();
        let entries = std::fs::read_dir(path)
            .map_err(|error| Failure::usage(format!("{} can't be read: {error}", printable(&shown))))?;
        let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| YAML.iter().any(|yaml| end == *yaml));
        let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_yaml).collect();
        if found.is_empty() {
            return Err(Failure::usage(format!("{} holds no .yml or .yaml file", printable(&shown))));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}
