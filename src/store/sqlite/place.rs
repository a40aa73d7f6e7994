//! The place of a file: whether what was opened is still what its path names.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::store::error::StoreError;

/// A file as it was opened.
#[derive(Clone, Debug)]
pub(super) struct FilePlace {
    path: PathBuf,
    /// Its device and number there.
    file: (u64, u64),
}

impl FilePlace {
    /// Looks at a file that is there.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { path: path.to_owned(), file: number(path)? })
    }

    /// Fails if the file is gone, or if another one stands in its place.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if number(&self.path)? == self.file {
            return Ok(());
        }
        let place = self.path.display();
        Err(StoreError::Unavailable(format!("another file stands at {place} than the one that was opened")))
    }
}

fn number(path: &Path) -> Result<(u64, u64), StoreError> {
    let found = path.metadata().map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_or_another_is_noticed_and_one_that_is_back_is_too() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("a.db"), folder.path().join("b.db"));
        std::fs::write(&path, "x").unwrap();
        let place = FilePlace::of(&path).unwrap();
        assert!(place.check().is_ok());
        std::fs::rename(&path, &aside).unwrap();
        assert!(matches!(place.check(), Err(StoreError::Unavailable(_))));
        std::fs::write(&path, "y").unwrap();
        assert!(matches!(place.check(), Err(StoreError::Unavailable(text)) if text.contains("another file")));
        std::fs::rename(&aside, &path).unwrap();
        assert!(place.check().is_ok());
    }
}
