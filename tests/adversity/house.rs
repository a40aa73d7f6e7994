//! A house: a temporary home in which the real program runs on a database of its own.

use std::{
    fs,
    io::Write,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use super::outcome::Outcome;

/// Where the program keeps its database within a home.
pub const DATABASE: &str = ".local/share/keydeck/keydeck.db";

/// The key file stands where nothing looks for it, so that `doctor` need not derive keys every time.
const KEY: &str = "elsewhere.key";

/// A house that was founded once and is copied ever after: deriving a vault's keys takes its time.
static FOUNDED: LazyLock<House> = LazyLock::new(|| {
    let house = House::empty();
    house.write(KEY, "a key that is long enough for everybody\n", 0o600);
    house.run(&["init", "--secret-key-file", &house.key()]).ends_with(0);
    house
});

/// A temporary home.
#[derive(Debug)]
pub struct House {
    home: TempDir,
    program: PathBuf,
    user: Option<u32>,
    /// The URL of the database, if it is not the usual file.
    url: Option<String>,
}

impl House {
    /// Makes a home in which nothing is yet.
    pub fn empty() -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_keydeck"));
        Self { home: tempfile::tempdir().unwrap(), program, user: None, url: None }
    }

    /// Makes a home with a database, its vault and the workspace `default`.
    pub fn founded() -> Self {
        let house = Self::with_key();
        fs::create_dir_all(house.database().parent().unwrap()).unwrap();
        for end in ["", "-wal", "-shm"] {
            let file = format!("{DATABASE}{end}");
            if FOUNDED.path(&file).exists() {
                fs::copy(FOUNDED.path(&file), house.path(&file)).unwrap();
            }
        }
        house
    }

    /// Makes a home in which nothing is but the key of every founded house.
    pub fn with_key() -> Self {
        let house = Self::empty();
        fs::copy(FOUNDED.path(KEY), house.path(KEY)).unwrap();
        house
    }

    /// Says that its database is another than the usual file.
    pub fn at(mut self, url: String) -> Self {
        self.url = Some(url);
        self
    }

    /// Hands the house to somebody whom permissions bind; `root` may do everything.
    pub fn of_somebody(mut self) -> Self {
        const NOBODY: u32 = 65534;
        if rustix::process::geteuid().is_root() {
            let program = self.path("keydeck");
            fs::copy(&self.program, &program).unwrap();
            self.program = program;
            self.user = Some(NOBODY);
            give(self.home.path(), NOBODY);
        }
        self
    }

    /// Returns a path within the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Returns the home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the URL of a database that is not the usual file.
    pub fn url(&self) -> String {
        self.url.clone().unwrap()
    }

    /// Returns where the database is.
    pub fn database(&self) -> PathBuf {
        self.path(DATABASE)
    }

    /// Returns the path of the key file, as an argument.
    pub fn key(&self) -> String {
        self.path(KEY).to_str().unwrap().to_owned()
    }

    /// Writes a file with these permissions, and returns its path as an argument.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>, mode: u32) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        set_mode(&path, mode);
        path.to_str().unwrap().to_owned()
    }

    /// Prepares the program to run in the house, with nothing of our own environment.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).env_clear().env("HOME", self.home()).env("LANG", "C.UTF-8").current_dir(self.home());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(self.url.as_ref().map(|url| ("KEYDECK_DATABASE", url)));
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> Outcome {
        let output = self.command(words).output().unwrap();
        self.outcome(words, &output)
    }

    /// Runs the program to its end with something on standard input.
    #[track_caller]
    pub fn run_with(&self, words: &[&str], input: impl AsRef<[u8]> + Send) -> Outcome {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // Whoever does not read to the end closes the pipe; that is theirs to decide.
            scope.spawn(move || stdin.write_all(input.as_ref()));
            child.wait_with_output().unwrap()
        });
        self.outcome(words, &output)
    }

    #[track_caller]
    fn outcome(&self, words: &[&str], output: &Output) -> Outcome {
        Outcome::new(format!("{}$ keydeck {}", self.home().display(), words.join(" ")), output)
    }

    /// Starts the program and kills it after a while, unless it ends before; returns whether it was killed.
    pub fn kill(&self, words: &[&str], after: Duration) -> bool {
        self.kill_with(words, "", after)
    }

    /// The same with something, no more than a pipe holds, on standard input.
    pub fn kill_with(&self, words: &[&str], input: impl AsRef<[u8]>, after: Duration) -> bool {
        let mut command = self.command(words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // One that has ended already reads nothing.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        std::thread::sleep(after);
        let ended = child.try_wait().unwrap().is_some();
        end(&mut child);
        !ended
    }

    /// Runs the program to its end, and returns how long that took.
    #[track_caller]
    pub fn time(&self, words: &[&str]) -> Duration {
        let begun = Instant::now();
        self.run(words).ends_with(0);
        begun.elapsed()
    }

    /// Returns the declarative file of the workspace.
    #[track_caller]
    pub fn export(&self) -> String {
        self.run(&["export"]).ends_with(0).out
    }

    /// Returns all revisions, newest first.
    #[track_caller]
    pub fn revisions(&self) -> Vec<Value> {
        let log = self.run(&["log", "--json", "--limit", "1000000"]).ends_with(0).json();
        log["revisions"].as_array().unwrap().clone()
    }

    /// Insists that file, schema and audit chain are whole, that no revision is missing, and that the state is the one
    /// that its own export describes.
    #[track_caller]
    pub fn is_whole(&self, when: &str) {
        let doctor = self.run(&["doctor", "--json"]).ends_with(0).json();
        for name in ["file", "database", "workspaces", "clock", "audit", "vault"] {
            let checks = doctor["checks"].as_array().unwrap();
            let check = checks.iter().find(|check| check["check"] == name).unwrap();
            assert_eq!(check["status"], "ok", "{when}: {check}");
        }
        let numbers: Vec<u64> = self.revisions().iter().map(|it| it["number"].as_u64().unwrap()).collect();
        let newest = u64::try_from(numbers.len()).unwrap();
        assert!(numbers.iter().copied().eq((1..=newest).rev()), "{when}: {numbers:?}");
        let plan = self.run_with(&["plan", "-f", "-", "--detailed-exitcode"], self.export());
        assert_eq!(plan.code, Some(0), "{when}: the export differs from the state: {plan:#?}");
    }
}

/// Kills a process and waits until it is gone.
pub fn end(child: &mut Child) {
    // SIGKILL; one that has ended already does not mind.
    let _ = child.kill();
    child.wait().unwrap();
}

/// Sets the permission bits of a file or folder.
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn give(path: &Path, user: u32) {
    std::os::unix::fs::chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}
