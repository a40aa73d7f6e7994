//! The user's own editor, for notes alone: never for secrets, and never for somebody who sits elsewhere.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use crate::ops::failure::{Failure, Kind};

/// The longest text that is taken back.
const MOST: u64 = 64 * 1024;

/// A file that is gone when it is dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Lets the editor that `VISUAL` or `EDITOR` names change a text, in a file that nobody else can read.
///
/// # Errors
/// When the file can't be written, the editor can't be started or fails, or what it leaves is no text.
pub(super) fn edit(text: &str) -> Result<String, Failure> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok());
    let editor = named.into_iter().find(|editor| !editor.trim().is_empty()).unwrap_or_else(|| "vi".to_owned());
    edit_with(&editor, &std::env::temp_dir(), text)
}

fn edit_with(editor: &str, folder: &Path, text: &str) -> Result<String, Failure> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Failure::new(Kind::Unavailable, format!("the note was not edited: {what}: {error}"))
            .hint("VISUAL or EDITOR names the editor; the field takes the note as well")
    };
    let draft = Draft(folder.join(format!("keydeck-note-{}.txt", uuid::Uuid::now_v7())));
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft.0);
    written.and_then(|mut file| writeln!(file, "{text}")).map_err(|error| failed("its file", &error))?;
    // As every program does it: the variable may hold options, so a shell reads it; the file is an argument of its own.
    // It waits for the editor whatever is interrupted, as the keyboard interrupts both.
    let command = format!("trap : INT QUIT; {editor} \"$1\"");
    let status = Command::new("/bin/sh").args(["-c", &command, "sh"]).arg(&draft.0).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(failed(editor, &status)),
        Err(error) => return Err(failed(editor, &error)),
    }
    if fs::metadata(&draft.0).is_ok_and(|it| it.len() > MOST) {
        return Err(failed("what the editor left", &"it is longer than any note"));
    }
    fs::read_to_string(&draft.0).map_err(|error| failed("what the editor left", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_changes_the_text_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let edited = edit_with("sed -i s/old/new/", folder.path(), "an old \"note\"").unwrap();
        assert_eq!(edited, "an new \"note\"\n");
        assert!(edit_with("false", folder.path(), "kept").is_err());
        assert!(edit_with("no-such-editor", folder.path(), "kept").is_err());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }
}
