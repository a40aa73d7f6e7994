//! OpenSSH's server with `keydeck --ssh` behind it, by the lines of `contrib/`, and what else stands there.

use std::{
    env, fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use crate::{
    ground::{Ground, Way, find, has},
    rough::{self, wait},
};

const NEEDED: &[&str] = &["ssh", "ssh-keygen", "sshd"];

fn contrib(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contrib").join(name)
}

/// OpenSSH's server on a free port, until it is dropped.
struct Sshd {
    child: Child,
    way: Way,
}

impl Sshd {
    fn start(ground: &Ground) -> Self {
        ground.make_key("host", &["-t", "ed25519"]);
        if rustix::process::geteuid().is_root() {
            fs::create_dir_all("/run/sshd").expect("root may make it");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let user = user();
        let keys: String = ["admin", "viv", "stranger"]
            .map(|who| fs::read_to_string(ground.path(&format!("{who}.pub"))).expect("is there"))
            .concat();
        fs::write(ground.path("authorized_keys"), keys).expect("is written");
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nPidFile none\nStrictModes no\nUsePAM no\n\
             PermitRootLogin prohibit-password\nLogLevel ERROR\nMaxStartups 100\n{snippet}",
            host = ground.path("host").display(),
            snippet = adapted(ground, &user),
        );
        fs::write(ground.path("sshd_config"), config).expect("is written");
        let mut command = Command::new(find("sshd").expect("is there"));
        command.args(["-D", "-e", "-f"]).arg(ground.path("sshd_config")).stdin(Stdio::null());
        let child = command.spawn().expect("sshd starts");
        wait("sshd to listen", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, way: Way { port, user } }
    }
}

impl Sshd {
    /// Returns how much memory the largest process holds that serves a session, in KiB.
    fn memory(ground: &Ground) -> u64 {
        let settings = ground.path("served.toml").display().to_string();
        let processes = fs::read_dir("/proc").expect("is there").flatten().map(|entry| entry.path());
        let ours = processes.filter(|process| {
            // The program itself, and not the shell that sshd starts it with.
            let words = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
            words.starts_with(env!("CARGO_BIN_EXE_keydeck")) && words.contains(&settings)
        });
        let held = ours.filter_map(|process| {
            let status = fs::read_to_string(process.join("status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        });
        held.max().expect("a session is open")
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns who runs this test: sshd lets in nobody else, unless root runs it.
fn user() -> String {
    let told = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8_lossy(&told.stdout).trim().to_owned()
}

/// Returns the lines of `contrib/`, for this user, this program and this database.
fn adapted(ground: &Ground, user: &str) -> String {
    let text = fs::read_to_string(contrib("sshd_keydeck.conf")).expect("is there");
    let settings = format!(
        "database = \"sqlite:{0}/.local/share/keydeck/keydeck.db\"\n[secret_key]\nfile = \"{0}/.config/keydeck/secret.key\"\n",
        ground.home().display()
    );
    fs::write(ground.path("served.toml"), settings).expect("is written");
    let ours = format!("{} --config {}", env!("CARGO_BIN_EXE_keydeck"), ground.path("served.toml").display());
    let theirs = "/usr/bin/keydeck --config /etc/keydeck/config.toml";
    assert!(text.contains(theirs) && text.contains("Match User keydeck"), "the lines are as this test knows them");
    let keys = format!("AuthorizedKeysFile {}", ground.path("authorized_keys").display());
    text.replace(theirs, &ours)
        .replace("Match User keydeck", &format!("Match User {user}"))
        .replace("AuthorizedKeysFile none", &keys)
        .lines()
        // sshd runs what it asks for keys only from folders that root alone may write.
        .filter(|line| !line.trim_start().starts_with("AuthorizedKeysCommand"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn under_openssh_the_key_says_who_it_is_and_commands_and_places_work_as_by_our_own_server() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    let sshd = Sshd::start(&ground);
    let run = |key: &str, words: &[&str]| sshd.way.exec(&ground, key, words);
    let listed = run("viv", &["list", "workflows", "--json"]);
    assert!(listed.code == Some(0) && listed.out.contains("Invoice reader"), "{listed:?}");
    let proof = format!("SSH key {}, by sshd", ground.fingerprint("viv"));
    assert_eq!(ground.audit("login")[0], ["viv", &proof, "127.0.0.1", "done"].map(str::to_owned));
    assert_eq!(run("viv", &["resolve", "'Invoice reader'"]).code, Some(7));
    assert_eq!(run("viv", &["edit", "key/openai-house", "note=mine"]).code, Some(4));
    for words in [&["doctor"][..], &["plan", "-f", "/etc/passwd"], &["--db", "sqlite:x", "list", "nodes"], &["--ssh"]] {
        assert_eq!(run("admin", words).code, Some(4), "{words:?}");
    }
    for line in ["sh", "list workflows; id", "/bin/sh -c id"] {
        let told = run("viv", &[line]);
        assert!(told.code == Some(2) && !told.out.contains("uid="), "{line}: {told:?}");
    }
    let shell = run("viv", &[]);
    assert!(shell.code == Some(2) && shell.err.contains("there is no shell here"), "{shell:?}");
    // A client can't choose another database by its environment.
    let options = ["-T", "-o", "SetEnv=KEYDECK_DATABASE=sqlite:/tmp/other.db"];
    assert_eq!(sshd.way.exec_with(&ground, "viv", &options, &["list", "workflows"], b"").code, Some(0));

    let stranger = run("stranger", &["list", "workflows"]);
    let fingerprint = ground.fingerprint("stranger");
    assert!(stranger.code == Some(4) && stranger.err.contains(&fingerprint), "{stranger:?}");
    let row = ["unknown", &format!("SSH key {fingerprint}, by sshd"), "127.0.0.1", "denied"].map(str::to_owned);
    assert!(ground.audit("login").contains(&row));

    // SECRET_KEY is read by whoever runs sshd's command; that it was used is on record.
    let revealed = run("admin", &["reveal", "openai-house"]);
    assert_eq!((revealed.code, &*revealed.out), (Some(0), "sk-FAKE-house-0123456789\n"), "{revealed:?}");
    assert_eq!(run("viv", &["reveal", "openai-house"]).code, Some(4));
    assert_eq!(ground.audit("unlock")[0][0], "admin");

    let mut terminal = sshd.way.open(&ground, "admin", &["key/openai-house"], 80, 24);
    terminal.sees("openai-house");
    terminal.resize(100, 30);
    terminal.keys("x");
    terminal.sees("1 STAGED");
    terminal.keys("\u{3}\u{3}");
    assert!(terminal.ends().success(), "{}", terminal.text());
    assert!(terminal.is_restored());
}

#[test]
fn under_openssh_a_client_that_never_reads_and_floods_holds_nobody_up() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    let sshd = Sshd::start(&ground);
    rough::never_reads_and_floods(&ground, &sshd.way, || Sshd::memory(&ground));
    rough::floods(&ground, &sshd.way, || Sshd::memory(&ground));
}

#[test]
fn under_openssh_a_client_that_is_killed_while_it_applies_leaves_all_of_it_or_nothing() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    let sshd = Sshd::start(&ground);
    rough::killed_while_applying(&ground, &sshd.way);
}

#[test]
fn under_openssh_fifty_work_at_once() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    let sshd = Sshd::start(&ground);
    rough::fifty(&ground, &sshd.way);
}

#[test]
fn who_may_come_by_openssh_is_asked_of_the_database() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    let told = ground.keydeck(&["operator", "authorized-keys"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    for (who, line) in ["admin", "viv"].into_iter().zip(lines) {
        let key = fs::read_to_string(ground.path(&format!("{who}.pub"))).expect("is there");
        assert_eq!(line, format!("restrict,pty {}", key.trim()), "nothing but a terminal");
    }
}

#[test]
fn what_stands_in_contrib_is_what_those_who_read_it_take() {
    if !has(NEEDED) {
        return;
    }
    let ground = Ground::new();
    ground.make_key("host", &["-t", "ed25519"]);
    if rustix::process::geteuid().is_root() {
        fs::create_dir_all("/run/sshd").expect("root may make it");
    }
    let snippet = fs::read_to_string(contrib("sshd_keydeck.conf")).expect("is there");
    let config = ground.path("sshd_config");
    fs::write(&config, format!("HostKey {}\n{snippet}", ground.path("host").display())).expect("is written");
    let sshd = find("sshd").expect("is there");
    let tried = Command::new(&sshd).arg("-t").arg("-f").arg(&config).output().expect("sshd runs");
    assert!(tried.status.success(), "{}", String::from_utf8_lossy(&tried.stderr));

    if let Some(analyze) = find("systemd-analyze") {
        let unit = fs::read_to_string(contrib("keydeck.service")).expect("is there");
        let file = ground.path("keydeck.service");
        fs::write(&file, unit.replace("/usr/bin/keydeck", env!("CARGO_BIN_EXE_keydeck"))).expect("is written");
        let tried = Command::new(analyze).arg("verify").arg("--man=no").arg(&file).output().expect("it runs");
        let said = String::from_utf8_lossy(&tried.stderr);
        assert!(tried.status.success() && !said.contains("keydeck.service:"), "{said}");
    } else {
        eprintln!("skipped: there is no systemd-analyze to look at the unit");
    }

    // The settings that come with it are settings, and the package holds what its definition names.
    fs::write(ground.path("served.toml"), fs::read(contrib("config.toml")).expect("is there")).expect("is written");
    let tried = ground.command(&["--config", "served.toml", "completions", "bash"]).output().expect("it runs");
    assert!(tried.status.success(), "{}", String::from_utf8_lossy(&tried.stderr));
    let cargo = fs::read_to_string(contrib("../Cargo.toml")).expect("is there");
    let package: toml::Table = cargo.parse().expect("is TOML");
    let assets = package["package"]["metadata"]["deb"]["assets"].as_array().expect("a list");
    for asset in assets {
        let source = asset[0].as_str().expect("a path");
        let is_built = source.starts_with("target/release/");
        let (folder, pattern) = source.rsplit_once('/').unwrap_or((".", source));
        let ending = pattern.strip_prefix('*');
        let mut files = fs::read_dir(contrib("..").join(folder)).into_iter().flatten().flatten();
        let fits = |name: &str| ending.map_or(name == pattern, |ending| name.ends_with(ending));
        let is_here = files.any(|file| file.file_name().to_str().is_some_and(fits));
        assert!(is_built || is_here, "{source} is in the package, and not here");
    }
    assert!(env::var_os("CI").is_none() || assets.len() > 5);
}
