//! A client that says exactly what a test wants said, and the server that it says it to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::unix::net::UnixStream,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use serde_json::Value;

use super::home::Home;

/// How long a client waits for anything.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. Dropped, it is killed.
pub struct Serving {
    child: Child,
    /// Where it answers, as it said itself.
    pub url: String,
    /// What else it printed.
    output: BufReader<std::process::ChildStdout>,
}

impl Serving {
    /// Starts `keydeck serve` with these arguments and waits until it says where it listens.
    pub fn start(home: &Home, arguments: &[&str]) -> Self {
        Self::of(home.command(), arguments)
    }

    /// The same with a command that was prepared.
    pub fn of(mut command: Command, arguments: &[&str]) -> Self {
        let child =
            command.arg("serve").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let Some((_, url)) = line.trim().split_once(" programs at ") else {
            let mut error = String::new();
            child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            panic!("the server did not start: {line} {error}");
        };
        Self { url: url.to_owned(), child, output }
    }

    /// Asks it to end, and returns how it did and everything that it printed.
    pub fn end(mut self) -> (ExitStatus, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        let mut printed = String::new();
        self.output.read_to_string(&mut printed).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        (status, printed)
    }

    /// Opens a connection.
    pub fn connect(&self) -> Box<dyn Wire> {
        if let Some(path) = self.url.strip_prefix("unix:") {
            let wire = UnixStream::connect(path).unwrap();
            wire.set_read_timeout(Some(PATIENCE)).unwrap();
            return Box::new(wire);
        }
        let address = self.url.split_once("://").unwrap().1.to_socket_addrs().unwrap().next().unwrap();
        let wire = TcpStream::connect(address).unwrap();
        wire.set_read_timeout(Some(PATIENCE)).unwrap();
        Box::new(wire)
    }

    /// Says something on a connection of its own and reads to the end.
    pub fn say(&self, words: &[u8]) -> Answer {
        let mut wire = self.connect();
        // A server that refuses early reads no further.
        let _ = wire.write_all(words);
        Answer::read(&mut *wire)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Answer {
        self.say(format!("GET {path} HTTP/1.1\r\nHost: keydeck\r\nConnection: close\r\n\r\n").as_bytes())
    }

    /// Asks a question with a token.
    pub fn ask(&self, token: &str, question: &Value) -> Answer {
        self.post(&format!("Authorization: Bearer {token}\r\n"), question.to_string().as_bytes())
    }

    /// Sends a body with more headers.
    pub fn post(&self, headers: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST /v1/resolve HTTP/1.1\r\nHost: keydeck\r\nConnection: close\r\nContent-Type: application/json\r\n\
             {headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.say(&[head.as_bytes(), body].concat())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both ways of a connection.
pub trait Wire: Read + Write + Send {}

impl<T: Read + Write + Send> Wire for T {}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; 0 if it closed the connection without one.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub fn read(wire: &mut dyn Wire) -> Self {
        let mut bytes = Vec::new();
        // A connection that is reset has said what it had to say.
        let _ = wire.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// Returns the document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }

    /// Returns the message of an error.
    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}
