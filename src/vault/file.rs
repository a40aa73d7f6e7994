//! Opens and reads files that hold secrets: regular files only, bounded, into memory that is zeroed.

use std::{
    fs::File,
    io::{self, Read},
    path::{Component, Path},
};

use rustix::fs::{Mode, OFlags};
use thiserror::Error;
use zeroize::Zeroizing;

/// The most bytes that a file of secrets may hold: 64 KiB.
pub(super) const MOST_BYTES: usize = 64 * 1024;

/// Why a file of secrets was not read.
#[derive(Debug, Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
    /// It is a directory, a pipe, a socket or a device.
    #[error("it is no regular file")]
    NotRegular,
    /// The path, or a directory on it, is a symbolic link.
    #[error("a symbolic link stands on its path; name the file itself")]
    Link,
    /// The path is relative or climbs with `..`.
    #[error("its path must begin with / and hold no `..`")]
    NotAbsolute,
    /// It shows the inside of a process, not something stored.
    #[error("it belongs to /proc, which shows the environment and memory of processes")]
    Process,
    /// It holds more than 64 KiB.
    #[error("it holds more than 64 KiB, which no secret does")]
    TooLarge,
}

/// Never waits for a writer (a pipe is refused after opening), never becomes the terminal, never reaches a child.
const READ: OFlags =
    OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens a directory on the way; on Linux without needing the right to list it.
#[cfg(target_os = "linux")]
const PASS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
#[cfg(not(target_os = "linux"))]
const PASS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens the regular file at `path`; links are followed.
pub(super) fn open(path: &Path) -> Result<File, FileError> {
    let opened = rustix::fs::open(path, READ.difference(OFlags::NOFOLLOW), Mode::empty()).map_err(io::Error::from)?;
    regular(File::from(opened))
}

/// Opens the regular file at the absolute `path`, walking there so that no link anywhere on it is followed.
pub(super) fn open_without_links(path: &Path) -> Result<File, FileError> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::RootDir => {}
            Component::Normal(name) => names.push(name),
            Component::Prefix(_) | Component::CurDir | Component::ParentDir => return Err(FileError::NotAbsolute),
        }
    }
    if !path.is_absolute() {
        return Err(FileError::NotAbsolute);
    }
    let file_name = names.pop().ok_or(FileError::NotRegular)?;
    let mut directory = rustix::fs::open("/", PASS, Mode::empty()).map_err(io::Error::from)?;
    for name in names {
        directory = rustix::fs::openat(&directory, name, PASS, Mode::empty()).map_err(|error| match error {
            // A link opened as a directory without following it: which of the two is said depends on the system.
            rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => FileError::Link,
            other => FileError::Io(other.into()),
        })?;
    }
    let file = rustix::fs::openat(&directory, file_name, READ, Mode::empty()).map_err(|error| match error {
        rustix::io::Errno::LOOP => FileError::Link,
        other => FileError::Io(other.into()),
    })?;
    let file = regular(File::from(file))?;
    if is_of_a_process(&file)? { Err(FileError::Process) } else { Ok(file) }
}

fn regular(file: File) -> Result<File, FileError> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(FileError::NotRegular) }
}

#[cfg(target_os = "linux")]
fn is_of_a_process(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fstatfs(file)?.f_type == rustix::fs::PROC_SUPER_MAGIC)
}
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as where /proc exists")]
fn is_of_a_process(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Reads all of `source`, at most [`MOST_BYTES`], into one buffer that never moves and is zeroed on drop.
pub(super) fn read(source: &mut impl Read) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let mut buffer = Zeroizing::new(vec![0; MOST_BYTES + 1]);
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    if length > MOST_BYTES {
        return Err(FileError::TooLarge);
    }
    buffer.truncate(length);
    Ok(buffer)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::PathBuf};

    use super::*;

    /// A directory whose own path holds no link, whatever `TMPDIR` is.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        (folder, path)
    }

    #[test]
    fn links_are_refused_at_the_end_and_on_the_way() {
        let (_kept, folder) = folder();
        fs::create_dir(folder.join("real")).unwrap();
        fs::write(folder.join("real/key"), "x").unwrap();
        symlink(folder.join("real"), folder.join("way")).unwrap();
        symlink(folder.join("real/key"), folder.join("end")).unwrap();

        assert!(open_without_links(&folder.join("real/key")).is_ok());
        assert!(matches!(open_without_links(&folder.join("end")), Err(FileError::Link)));
        assert!(matches!(open_without_links(&folder.join("way/key")), Err(FileError::Link)));
        assert!(matches!(open_without_links(&folder.join("real/../real/key")), Err(FileError::NotAbsolute)));
        assert!(matches!(open_without_links(Path::new("Cargo.toml")), Err(FileError::NotAbsolute)));
        assert!(matches!(open_without_links(&folder.join("none")), Err(FileError::Io(_))));
        assert!(open(&folder.join("way/key")).is_ok(), "the operator's own key file may be behind a link");
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_waits() {
        let (_kept, folder) = folder();
        let pipe = folder.join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        for path in [folder.as_path(), &pipe, Path::new("/dev/null"), Path::new("/")] {
            assert!(matches!(open_without_links(path), Err(FileError::NotRegular)), "{}", path.display());
            assert!(matches!(open(path), Err(FileError::NotRegular)), "{}", path.display());
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_environment_of_a_process_is_no_file() {
        let environment = PathBuf::from(format!("/proc/{}/environ", std::process::id()));
        assert!(matches!(open_without_links(&environment), Err(FileError::Process)));
        assert!(matches!(open_without_links(Path::new("/proc/self/environ")), Err(FileError::Link)));
    }

    #[test]
    fn a_large_file_is_refused_and_one_of_64_kib_read() {
        assert_eq!(read(&mut vec![1; MOST_BYTES].as_slice()).unwrap().len(), MOST_BYTES);
        assert!(matches!(read(&mut vec![1; MOST_BYTES + 1].as_slice()), Err(FileError::TooLarge)));
    }
}
