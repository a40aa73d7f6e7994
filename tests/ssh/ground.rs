//! The ground: a home with a small database, people with SSH keys, a server, and OpenSSH's client.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use portable_pty::CommandBuilder;

use crate::terminal::Terminal;

/// One workflow with one node, which has no key.
const EXPORT: &str = include_str!("../fixtures/console/invoice-reader.yml");

/// Says whether programs of OpenSSH are there; where they are not, the tests say that they were skipped, and with `CI`
/// set that is a failure.
pub fn has(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| find(program).is_none());
    if let Some(missing) = missing {
        assert!(env::var_os("CI").is_none(), "the tests need {missing}, and there is none");
        eprintln!("skipped: there is no {missing}; install openssh-client and openssh-server");
    }
    missing.is_none()
}

/// Finds a program, also among those of administrators.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|file| file.exists())
}

/// A home with a database: `admin` runs the place, `viv` may look, and there is a key and a workflow without one.
pub struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    /// Makes it.
    pub fn new() -> Self {
        Self::with("")
    }

    /// Makes it, with settings that differ from what is set by itself.
    pub fn with(settings: &str) -> Self {
        let ground = Self { folder: tempfile::tempdir().expect("a folder") };
        fs::create_dir_all(ground.path(".config/keydeck")).expect("is made");
        fs::write(ground.path(".config/keydeck/config.toml"), settings).expect("is written");
        fs::write(ground.path("reader.yml"), EXPORT).expect("is written");
        ground.keydeck(&["init", "--yes"]);
        ground.keydeck(&["import", "dify-dsl", "reader.yml"]);
        ground.keydeck_with(
            &["add", "credential", "openai-house", "provider=openai", "--stdin-json"],
            br#"{"api_key": "sk-FAKE-house-0123456789"}"#,
        );
        for who in ["admin", "viv", "stranger"] {
            ground.make_key(who, &["-t", "ed25519"]);
        }
        ground.keydeck(&["operator", "add", "admin", "--role", "admin", "--key", "admin.pub"]);
        ground.keydeck(&["operator", "add", "viv", "--role", "viewer", "--key", "viv.pub"]);
        ground
    }

    /// Makes a home with the made-up organisation, and an admin who comes with a key.
    pub fn of_the_demo() -> Self {
        let ground = Self { folder: tempfile::tempdir().expect("a folder") };
        ground.keydeck(&["demo", "--no-ui"]);
        let data = ground.path(".local/share/keydeck").display().to_string();
        let settings = format!("database = \"sqlite:{data}/demo.db\"\n[secret_key]\nfile = \"{data}/demo.key\"\n");
        fs::create_dir_all(ground.path(".config/keydeck")).expect("is made");
        fs::write(ground.path(".config/keydeck/config.toml"), settings).expect("is written");
        ground.make_key("admin", &["-t", "ed25519"]);
        ground.keydeck(&["operator", "add", "admin", "--role", "admin", "--key", "admin.pub"]);
        ground
    }

    /// Returns a path in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the home.
    pub fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Makes an SSH key in files of that name.
    pub fn make_key(&self, name: &str, kind: &[&str]) {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", name, "-f"])
            .arg(self.path(name))
            .args(kind)
            .output()
            .expect("ssh-keygen runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Returns the fingerprint of a key.
    pub fn fingerprint(&self, name: &str) -> String {
        let told = Command::new("ssh-keygen").arg("-lf").arg(self.path(name)).output().expect("ssh-keygen runs");
        String::from_utf8_lossy(&told.stdout).split(' ').nth(1).expect("a fingerprint").to_owned()
    }

    /// Prepares the program, at this machine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keydeck"));
        command.args(arguments).env_clear().env("HOME", self.home()).env("PATH", "/usr/bin:/bin");
        command.current_dir(self.home());
        command
    }

    /// The same with a key that is the admin's alone.
    pub fn with_a_private_key() -> Self {
        let ground = Self::new();
        let key = ["private-of-admin", "provider=openai", "owner=operator/admin", "--no-secret"];
        ground.keydeck(&[&["add", "credential"][..], &key].concat());
        ground
    }

    /// Runs the program at this machine, which has to go well; returns what it says.
    #[track_caller]
    pub fn keydeck(&self, arguments: &[&str]) -> String {
        self.keydeck_with(arguments, b"")
    }

    #[track_caller]
    fn keydeck_with(&self, arguments: &[&str], input: &[u8]) -> String {
        let done = feed(&mut self.command(arguments), input);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).expect("is text")
    }

    /// Returns the rows of the audit log about an action: who, how it was proved, from where, and how it went.
    pub fn audit(&self, action: &str) -> Vec<[String; 4]> {
        self.rows(action, None)
    }

    /// Returns those that are about one subject.
    pub fn audit_of(&self, action: &str, subject: &str) -> Vec<[String; 4]> {
        self.rows(action, Some(subject))
    }

    fn rows(&self, action: &str, subject: Option<&str>) -> Vec<[String; 4]> {
        let text = self.keydeck(&["audit", "log", "--action", action, "--json"]);
        let page: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        let rows = page["rows"].as_array().expect("has rows");
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let rows = rows.iter().filter(|row| subject.is_none_or(|subject| text(row, "subject") == subject));
        rows.map(|row| ["operator", "proof", "source", "outcome"].map(|key| text(row, key))).collect()
    }
}

/// Runs a program with some input, to its end.
pub fn feed(command: &mut Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("is piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // Whoever reads nothing closes it.
        let _ = stdin.write_all(&input);
    });
    let done = child.wait_with_output().expect("it ends");
    writer.join().expect("it was fed");
    done
}

/// Where a client goes: a port of this machine, as whom, and what else is said to the client.
pub struct Way {
    /// The port.
    pub port: u16,
    /// The name before the `@`.
    pub user: String,
}

/// OpenSSH's client with its files in a home, and with the key of somebody.
pub fn client(ground: &Ground, way: &Way, key: &str, options: &[&str], words: &[&str]) -> Vec<String> {
    let file = |name: &str| ground.path(name).display().to_string();
    let mut line: Vec<String> = ["-F", "none", "-p", &way.port.to_string(), "-i", &file(key)].map(str::to_owned).into();
    for option in [
        format!("UserKnownHostsFile={}", file("known_hosts")),
        "StrictHostKeyChecking=accept-new".to_owned(),
        "IdentitiesOnly=yes".to_owned(),
        "IdentityAgent=none".to_owned(),
        "ConnectTimeout=60".to_owned(),
        "EscapeChar=none".to_owned(),
    ] {
        line.extend(["-o".to_owned(), option]);
    }
    line.extend(options.iter().map(|option| (*option).to_owned()));
    line.push(format!("{}@127.0.0.1", way.user));
    if !words.is_empty() {
        line.push("--".to_owned());
    }
    line.extend(words.iter().map(|word| (*word).to_owned()));
    line
}

/// What OpenSSH's client ended with.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Way {
    /// Runs a command from afar, with some input.
    pub fn exec_with(&self, ground: &Ground, key: &str, options: &[&str], words: &[&str], input: &[u8]) -> Told {
        let mut ssh = Command::new("ssh");
        ssh.args(client(ground, self, key, options, words)).env_clear().env("PATH", "/usr/bin:/bin");
        ssh.env("HOME", ground.home()).env("NO_COLOR", "1");
        let done = feed(&mut ssh, input);
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        // The client speaks there, too, when it meets a server for the first time.
        let is_ours = |line: &&str| !line.starts_with("Warning: Permanently added");
        let err: Vec<_> = text(done.stderr).lines().filter(is_ours).map(|line| format!("{line}\n")).collect();
        Told { code: done.status.code(), out: text(done.stdout), err: err.concat() }
    }

    /// Runs a command from afar.
    pub fn exec(&self, ground: &Ground, key: &str, words: &[&str]) -> Told {
        self.exec_with(ground, key, &["-T"], words, b"")
    }

    /// Comes with a terminal of that size.
    pub fn open(&self, ground: &Ground, key: &str, words: &[&str], columns: u16, rows: u16) -> Terminal {
        self.open_with(ground, key, &[], words, (columns, rows))
    }

    /// Comes with a terminal of that size, and says more to the client.
    pub fn open_with(
        &self,
        ground: &Ground,
        key: &str,
        options: &[&str],
        words: &[&str],
        (columns, rows): (u16, u16),
    ) -> Terminal {
        let mut command = CommandBuilder::new("ssh");
        command.args(client(ground, self, key, &[&["-tt"], options].concat(), words));
        Terminal::run(command, ground.home(), columns, rows)
    }
}

/// `keydeck serve` on a free port, until it is dropped.
pub struct Server {
    child: Child,
    /// How to come to it.
    pub way: Way,
    /// What it said when it began.
    pub said: String,
}

impl Server {
    /// Starts it.
    pub fn start(ground: &Ground, options: &[&str]) -> Self {
        let mut command = ground.command(&["serve", "--listen", "127.0.0.1:0"]);
        // An editor of the server is nobody's who comes from afar.
        command.env("EDITOR", format!("touch {};", ground.path("edited").display()));
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
        let mut next = || lines.next().expect("it says where it listens").expect("is text");
        let (first, second) = (next(), next());
        let port = first.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("ends with the port");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, way: Way { port, user: "anybody".to_owned() }, said: format!("{first}\n{second}") }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits until it has ended, and returns its code.
    pub fn ends(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Returns how much memory it holds, in KiB.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
