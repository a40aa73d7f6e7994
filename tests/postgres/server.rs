//! A PostgreSQL server for tests: made when the first test asks for it, gone when the process of the tests is, however
//! that ends.
//!
//! It is taken from `PATH` or from Debian's folders, runs as somebody without rights, listens on a free port of this
//! machine alone, and syncs nothing to the disk. Where there is none, tests say that they were skipped; with `CI` set,
//! that is a failure.

use std::{
    env, fs,
    io::Write,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Who runs the server where the tests run as root, which PostgreSQL refuses: the first of them that there is.
const SOMEBODY: [&str; 2] = ["postgres", "nobody"];

/// Runs the server until it hears "stop", or until its standard input ends: with the process that holds the other end.
/// Then the folder goes, too.
const KEEPER: &str = "\"$@\" & server=$!; read -r word; kill -s QUIT $server; wait $server; \
     [ \"$word\" = stop ] || rm -rf \"$KEEPER_FOLDER\"";

/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server with its folder.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
    keeper: Mutex<Option<(Child, ChildStdin)>>,
}

/// Returns the server of this process; `None`, having said so, where none can be had.
pub fn server() -> Option<&'static Server> {
    static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
        let Some(programs) = programs() else {
            assert!(env::var_os("CI").is_none(), "the tests need PostgreSQL's server, and there is none");
            return None;
        };
        Some(Server::make(programs))
    });
    if SERVER.is_none() {
        eprintln!("skipped on PostgreSQL: there is no server; install the package postgresql");
    }
    SERVER.as_ref()
}

impl Server {
    /// Makes a server that nobody else uses, to be stopped and started; it goes when it is dropped.
    pub fn of_its_own() -> Option<Self> {
        server().map(|common| Self::make(common.programs.clone()))
    }
}

/// Finds the folder of `initdb` and `postgres`, the newest version first.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    versions.sort_by_key(|folder| version(folder));
    let path = env::var_os("PATH").unwrap_or_default();
    let known = versions.into_iter().rev().chain(env::split_paths(&path));
    known.into_iter().find(|folder| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists()))
}

fn version(folder: &Path) -> u32 {
    let name = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or(0)
}

/// Finds the user and group of somebody without rights.
fn somebody() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("there are users");
    let ids = |name: &str| {
        let user = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|user| user[0] == name)?;
        Some((user[2].parse().ok()?, user[3].parse().ok()?))
    };
    SOMEBODY.into_iter().find_map(ids).expect("there is a user without rights")
}

impl Server {
    fn make(programs: PathBuf) -> Self {
        let user = rustix::process::geteuid().is_root().then(somebody);
        // A folder of the usual kind would be removed by this process, which may be killed; the keeper removes it.
        let folder = tempfile::Builder::new().prefix("keydeck-postgres-").tempdir().expect("a folder").keep();
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group)).expect("root may give a folder away");
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let server = Self { programs, folder, port, user, keeper: Mutex::new(None) };
        server.initialise();
        server.start();
        server
    }

    fn initialise(&self) {
        let data = self.folder.join("data");
        let mut command = self.as_somebody(&self.programs.join("initdb"));
        command.args(["--no-sync", "--no-instructions", "--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        command.args(["--locale=C.UTF-8", "--pgdata"]).arg(&data);
        let made = command.output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let rules = "local all all trust\nhost all asked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), rules).expect("is written");
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = ''\nfsync = off\n\
             full_page_writes = off\nsynchronous_commit = off\nmax_connections = 200\nshared_buffers = 64MB\n\
             log_min_messages = fatal\nautovacuum = off\n{}",
            self.port,
            self.certificate()
        );
        let file = data.join("postgresql.conf");
        fs::write(&file, fs::read_to_string(&file).expect("is read") + &settings).expect("is written");
    }

    /// Makes an authority and a certificate for `localhost`, where there is a program that can; returns the settings.
    fn certificate(&self) -> String {
        let script = "set -e; cd \"$1\"; new='openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'; \
             $new -days 30 -keyout authority.key -out authority.pem -subj /CN=authority; \
             $new -days 30 -CA authority.pem -CAkey authority.key -keyout server.key -out server.pem -subj /CN=localhost \
             -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE; chmod 600 server.key";
        let mut command = self.as_somebody(Path::new("/bin/sh"));
        let made = command.args(["-c", script, "certificate"]).arg(&self.folder).output().expect("a shell runs");
        if !made.status.success() {
            eprintln!("the server speaks no TLS: {}", String::from_utf8_lossy(&made.stderr));
            return String::new();
        }
        let folder = self.folder.display();
        format!("ssl = on\nssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n")
    }

    /// Returns the certificate of the authority that signed the server's; `None` if the server speaks no TLS.
    pub fn authority(&self) -> Option<PathBuf> {
        let (authority, own) = (self.folder.join("authority.pem"), self.folder.join("server.pem"));
        own.exists().then_some(authority)
    }

    /// Prepares a program to run as the server does.
    fn as_somebody(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts the server, and waits until it answers.
    pub fn start(&self) {
        let mut command = self.as_somebody(Path::new("/bin/sh"));
        command.args(["-c", KEEPER, "keeper"]).arg(self.programs.join("postgres")).arg("-D");
        command.arg(self.folder.join("data")).env("KEEPER_FOLDER", &self.folder).process_group(0);
        let log = fs::File::create(self.folder.join("log")).expect("a log");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().expect("a shell runs");
        let stdin = keeper.stdin.take().expect("is piped");
        *self.keeper.lock().expect("nobody panics here") = Some((keeper, stdin));
        let begun = Instant::now();
        while !self.psql("postgres", "SELECT 1").output().is_ok_and(|output| output.status.success()) {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "the server does not answer: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops the server at once, as a power cut would; what it holds stays, to be started again.
    pub fn stop(&self) {
        let (mut keeper, mut stdin) = self.keeper.lock().expect("nobody panics here").take().expect("it runs");
        stdin.write_all(b"stop\n").expect("the keeper listens");
        keeper.wait().expect("the keeper ends");
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        command.args(["--dbname", &self.url(database), "--command", sql]).stdin(Stdio::null()).env("PGOPTIONS", "");
        command
    }

    /// Runs statements as the owner of everything, and returns what they answer.
    #[track_caller]
    pub fn run(&self, database: &str, sql: &str) -> String {
        let output = self.psql(database, sql).output().expect("psql runs");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("is text").trim_end().to_owned()
    }

    /// Makes a new database and returns its name.
    pub fn database(&self) -> String {
        self.create("")
    }

    fn create(&self, how: &str) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.run("postgres", &format!("CREATE DATABASE {name} {how}"));
        name
    }

    /// Makes a copy of a database, which nobody is connected to, and returns its name.
    pub fn copy(&self, template: &str) -> String {
        self.create(&format!("TEMPLATE {template}"))
    }

    /// Returns the URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns the port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Not every crate of tests needs all of it.
const _: [fn(&Server); 3] = [Server::start, Server::stop, |server| {
    drop((server.authority(), server.port(), server.database(), server.copy(""), Server::of_its_own()));
}];
