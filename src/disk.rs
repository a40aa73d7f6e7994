//! Files that appear whole or not at all: written beside their place under another name, then given theirs.
//!
//! A kill leaves the place as it was. What it leaves beside it (`.NAME.part`) is taken over by the next who makes the
//! same file, so that nothing gathers.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
};

/// A new file that nobody sees under its name yet, readable by its owner alone. Dropped unfinished, it is gone.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Whether it took its place: the other name is somebody else's to use then.
    stands: bool,
}

impl Draft {
    /// Begins the file `target`, which must not be there.
    ///
    /// Fails with [`ErrorKind::AlreadyExists`] if it is, and with [`ErrorKind::ResourceBusy`] if somebody else is
    /// making it.
    pub fn begin(target: &Path) -> io::Result<Self> {
        if target.symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        Self::beside(target)
    }

    /// Begins a file beside `target`, which may be there: it takes that place only if it is free at the end.
    pub fn beside(target: &Path) -> io::Result<Self> {
        let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
        let mut part = OsString::from(".");
        part.push(name);
        part.push(".part");
        let path = folder_of(target).join(part);
        loop {
            let file = open(&path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => return Err(ErrorKind::ResourceBusy.into()),
                other => other?,
            }
            // Whoever held it before may have finished, or taken it away, between the two calls.
            let (ours, theirs) = (file.metadata()?, path.symlink_metadata());
            if theirs.is_ok_and(|theirs| (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino())) {
                file.set_len(0)?;
                file.set_permissions(fs::Permissions::from_mode(0o600))?;
                return Ok(Self { file, path, target: target.to_owned(), stands: false });
            }
        }
    }

    /// Returns where it stands until it is finished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file, to be written.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Brings it to the disk and gives it its name, unless something has that name by now.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        take_place(&self.path, &self.target)?;
        self.stands = true;
        File::open(folder_of(&self.target))?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.stands {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens what may be left of an earlier attempt, which must be a file of one's own.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).write(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    let ours = metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw();
    if ours { Ok(file) } else { Err(io::Error::new(ErrorKind::PermissionDenied, "another's file is in the way")) }
}

/// Gives a file a name that is free, in one step.
fn take_place(path: &Path, target: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, path, CWD, target, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
            other => return Ok(other?),
        }
    }
    fs::hard_link(path, target)?;
    fs::remove_file(path)
}

/// Returns the folder in which a file stands.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        let mut draft = Draft::begin(&target).unwrap();
        draft.file().write_all(b"whole").unwrap();
        assert!(!target.exists());
        draft.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"whole");
        assert_eq!(target.metadata().unwrap().mode() & 0o7777, 0o600);
        assert_eq!(names(folder.path()), ["new"]);
    }

    #[test]
    fn nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        let late = Draft::begin(&target).unwrap();
        fs::write(&target, "theirs").unwrap();
        assert_eq!(late.finish().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(Draft::begin(&target).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&target).unwrap(), b"theirs");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert_eq!(Draft::begin(&link).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(names(folder.path()), ["link", "new"]);
    }

    #[test]
    fn what_a_kill_left_is_taken_over_and_what_another_makes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new");
        fs::write(folder.path().join(".new.part"), "half of a lon").unwrap();
        let mut draft = Draft::begin(&target).unwrap();
        assert_eq!(Draft::begin(&target).unwrap_err().kind(), ErrorKind::ResourceBusy);
        draft.file().write_all(b"short").unwrap();
        draft.finish().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"short");
        drop(Draft::beside(&target).unwrap());
        assert_eq!(names(folder.path()), ["new"]);
    }

    #[test]
    fn a_link_in_the_place_of_the_draft_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("victim"), "kept").unwrap();
        std::os::unix::fs::symlink("victim", folder.path().join(".new.part")).unwrap();
        assert!(Draft::begin(&folder.path().join("new")).is_err());
        assert_eq!(fs::read(folder.path().join("victim")).unwrap(), b"kept");
    }
}
