//! A line to a server that can be cut: at once, or while something is being committed.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// What a client sends to commit.
const COMMIT: &[u8] = b"COMMIT\0";

/// When the line is cut, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the next commit reaches the server; a new line can be had at once.
    BeforeCommit,
    /// When the next commit has been answered, but nobody has heard the answer.
    AfterCommit,
    /// The same, and there is no new line until [`Proxy::mend`].
    AfterCommitForLong,
}

/// A line from this machine to itself, which looks like the server.
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
}

/// What all connections share.
struct Line {
    server: u16,
    cut: Mutex<Option<Cut>>,
    away: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Lays a line to a server on this machine.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("is bound").port();
        let line =
            Arc::new(Line { server, cut: Mutex::default(), away: AtomicBool::new(false), open: Mutex::default() });
        let own = Arc::clone(&line);
        thread::spawn(move || listener.incoming().flatten().for_each(|client| own.carry(client)));
        Self { port, line }
    }

    /// Returns the URL of a database at the other end.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Says when the line is cut.
    pub fn cut(&self, when: Cut) {
        *self.line.cut.lock().expect("nobody panics here") = Some(when);
    }

    /// Says whether the line was cut as it was told.
    pub fn was_cut(&self) -> bool {
        self.line.cut.lock().expect("nobody panics here").is_none()
    }

    /// Cuts the line now; there is no new one until it is mended.
    pub fn sever(&self) {
        self.line.away.store(true, Ordering::SeqCst);
        self.line.end();
    }

    /// Lets new connections through.
    pub fn mend(&self) {
        self.line.away.store(false, Ordering::SeqCst);
    }
}

impl Line {
    /// Carries one connection, as long as it stands.
    fn carry(self: &Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", self.server)) else { return };
        let twin = |stream: &TcpStream| stream.try_clone().expect("a socket can be held twice");
        let mut open = self.open.lock().expect("nobody panics here");
        // Asked under the lock: a line is either among those that are ended, or sees that they were.
        if self.away.load(Ordering::SeqCst) {
            return;
        }
        open.extend([twin(&client), twin(&server)]);
        drop(open);
        let deaf = Arc::new(AtomicBool::new(false));
        let ways = [(twin(&client), twin(&server), true), (server, client, false)];
        for (from, to, is_client) in ways {
            let (line, deaf) = (Arc::clone(self), Arc::clone(&deaf));
            thread::spawn(move || line.copy(from, to, is_client, &deaf));
        }
    }

    /// Carries what one side says to the other, until either ends or the line is cut.
    fn copy(&self, mut from: TcpStream, mut to: TcpStream, is_client: bool, deaf: &AtomicBool) {
        let mut bytes = [0; 16384];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if is_client && bytes[..count].ends_with(COMMIT) {
                let cut = *self.cut.lock().expect("nobody panics here");
                match cut {
                    None => {}
                    Some(Cut::BeforeCommit) => {
                        self.is_cut(false);
                        break;
                    }
                    Some(_) => deaf.store(true, Ordering::SeqCst),
                }
            } else if !is_client && deaf.load(Ordering::SeqCst) {
                self.is_cut(true);
                break;
            }
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// Notes that the line is cut, and whether it may be cut for long.
    fn is_cut(&self, after: bool) {
        let cut = self.cut.lock().expect("nobody panics here").take();
        if after && cut == Some(Cut::AfterCommitForLong) {
            self.away.store(true, Ordering::SeqCst);
            self.end();
        }
    }

    /// Ends every connection.
    fn end(&self) {
        for stream in self.open.lock().expect("nobody panics here").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Not every crate of tests needs all of it.
const _: [fn(&Proxy); 2] = [Proxy::sever, Proxy::mend];
