//! A home for one test: the real program runs in it, sees nothing of the user's, and leaves nothing behind.

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

use super::server::Server;

/// A folder that is HOME.
pub struct Home {
    folder: TempDir,
    /// The URL of the database, if it is not the usual file.
    database: Option<String>,
}

/// Made once and copied: deriving the keys of a vault takes a second.
static FOUNDED: OnceLock<Home> = OnceLock::new();

/// The same on a server: the home, and the name of its database.
static FOUNDED_ON_SERVER: OnceLock<(Home, String)> = OnceLock::new();

impl Home {
    /// A home without a database.
    pub fn empty() -> Self {
        // In memory where there is a place for files: waiting for a disk is most of what a write takes.
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        Self { folder: made.or_else(|_| TempDir::new()).unwrap(), database: None }
    }

    /// A home without a database, which is to be this one.
    pub fn empty_on(url: String) -> Self {
        Self { database: Some(url), ..Self::empty() }
    }

    /// A home after `keydeck init --yes`.
    pub fn founded() -> Self {
        let founded = FOUNDED.get_or_init(|| {
            let home = Self::empty();
            let made = home.run(&["init", "--yes"], None);
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            home
        });
        let home = Self::empty();
        copy(founded.path(), home.path());
        home
    }

    /// The same with its database on a server.
    pub fn founded_on(server: &Server) -> Self {
        let (founded, template) = FOUNDED_ON_SERVER.get_or_init(|| {
            let template = server.database();
            let home = Self::empty_on(server.url(&template));
            home.done(&["init", "--yes"]);
            (home, template)
        });
        let home = Self::empty_on(server.url(&server.copy(template)));
        copy(founded.path(), home.path());
        home
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of the database, if it is not the usual file.
    pub fn url(&self) -> &str {
        self.database.as_deref().unwrap_or_default()
    }

    /// Brings a folder of fixtures there, under its own name.
    pub fn bring(&self, fixtures: &str) {
        let target = self.path().join(fixtures);
        std::fs::create_dir(&target).unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixtures), &target);
    }

    /// The program, with nothing of the user's environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.env_clear().env("HOME", self.path()).env("LANG", "C.UTF-8").current_dir(self.path());
        command.envs(self.database.as_ref().map(|url| ("KEYDECK_DATABASE", url)));
        command
    }

    /// Runs it with arguments and standard input.
    pub fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Output {
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child =
            self.command().args(arguments).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            // A program that has already failed does not read its input.
            let _ = stdin.write_all(input);
        }
        child.wait_with_output().unwrap()
    }

    /// Runs it and expects it to end with 0.
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments, None);
        let (out, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?} ended with {:?}\n{out}\n{error}", output.status.code());
        out
    }

    /// Runs it with `--json` and reads the document, whatever the code.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(&[arguments, &["--json"]].concat(), None);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
