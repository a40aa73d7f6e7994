//! One channel of a connection: what the client says before it begins, then the console or one command, then its end.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use russh::{ChannelWriteHalf, server::Msg};
use tokio::{runtime::Handle, sync::mpsc, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::Running,
    streams::{ChannelStreams, Pty, Said},
    teletype::{Hush, teletype},
    terminal::{ChannelTerminal, Ends, Farewell, Patience, Sink},
    words,
};
use crate::{
    cli::{
        self, Exit, Launch, Next,
        caller::{Caller, Host},
        report,
        streams::{End, Streams},
    },
    console,
    ops::{
        failure::{Failure, Kind},
        identity::Identity,
    },
    tui::{
        self,
        terminal::{Closed, Size, modes},
    },
};

/// The variables of a client's environment that are taken, besides those that begin with `LC_`.
const VARIABLES: [&str; 3] = ["COLORTERM", "LANG", "NO_COLOR"];

/// How many variables are taken, and how long they may be.
const MOST_VARIABLES: usize = 24;
const LONGEST_VARIABLE: usize = 256;

/// The longest command line.
const LONGEST_LINE: usize = 64 << 10;

/// How many packets of a client wait for a session before it is slowed down.
const WAITING: usize = 16;

/// What is heard on a channel, in the order in which it came.
#[derive(Debug)]
pub enum Heard {
    /// Bytes of standard input, or of a keyboard.
    Bytes(Vec<u8>),
    /// The window has another size.
    Resized(Size),
    /// Standard input ends.
    Eof,
    /// The session is over.
    Closed(Closed),
}

/// What all sessions of a server share.
#[derive(Debug)]
pub struct House {
    /// What is lent to sessions.
    pub host: Arc<Host>,
    /// The sessions that run.
    pub sessions: TaskTracker,
    /// After how long without a key a console is closed.
    pub idle: Option<Duration>,
    /// Cancelled when the server stops.
    pub stopping: CancellationToken,
}

/// What a client said on a channel before its session begins.
#[derive(Debug)]
pub struct Opened {
    channel: Arc<ChannelWriteHalf<Msg>>,
    pty: Option<Pty>,
    variables: BTreeMap<String, String>,
}

/// What a client wants on a channel.
#[derive(Debug)]
pub enum Wish {
    /// What there is without saying anything: the console.
    Shell,
    /// A line of words.
    Line(Vec<u8>),
    /// Another protocol, such as that of `sftp` and `scp`. It is refused where its user can read why.
    Subsystem,
}

impl Opened {
    /// Begins with nothing said.
    pub fn new(channel: ChannelWriteHalf<Msg>) -> Self {
        Self { channel: Arc::new(channel), pty: None, variables: BTreeMap::new() }
    }

    /// Takes a terminal of a kind and size.
    pub fn take_terminal(&mut self, term: &str, size: Size) {
        self.pty = Some(Pty { size });
        if is_plain(term) {
            self.variables.insert("TERM".to_owned(), term.to_owned());
        }
    }

    /// Changes the size of the terminal, if there is one.
    pub fn resize(&mut self, size: Size) {
        if let Some(pty) = &mut self.pty {
            pty.size = size;
        }
    }

    /// Takes a variable, if it is one of the few; says whether it was.
    pub fn take_variable(&mut self, name: &str, value: &str) -> bool {
        let is_known = VARIABLES.contains(&name) || name.starts_with("LC_");
        let fits = self.variables.len() < MOST_VARIABLES && is_plain(name) && is_plain(value);
        if is_known && fits {
            self.variables.insert(name.to_owned(), value.to_owned());
        }
        is_known && fits
    }

    /// Begins the session in a task of its own, which ends with it; what is heard goes to the sender.
    pub fn begin(
        self,
        wish: Wish,
        who: Identity,
        house: &Arc<House>,
        gone: &CancellationToken,
        running: Running,
    ) -> (mpsc::Sender<Heard>, JoinHandle<()>) {
        let (sender, heard) = mpsc::channel(WAITING);
        let sink = Sink::new(Arc::clone(&self.channel), gone.clone());
        let session = Session { wish, who, house: Arc::clone(house), gone: gone.clone(), sink, pty: self.pty, heard };
        let task = tokio::spawn(async move {
            Box::pin(session.run(self.variables)).await;
            drop(running);
        });
        (sender, task)
    }
}

fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_VARIABLE && text.chars().all(|c| !c.is_control())
}

/// A session in a channel.
struct Session {
    wish: Wish,
    who: Identity,
    house: Arc<House>,
    gone: CancellationToken,
    sink: Sink,
    pty: Option<Pty>,
    heard: mpsc::Receiver<Heard>,
}

impl Session {
    async fn run(self, variables: BTreeMap<String, String>) {
        let (sink, gone) = (self.sink.clone(), self.gone.clone());
        let code = tokio::select! {
            code = self.session(variables) => code,
            // What runs goes on to its end: a change set is applied whole or not at all, and then it is on record.
            () = gone.cancelled() => return,
        };
        sink.end(code).await;
    }

    async fn session(self, variables: BTreeMap<String, String>) -> u32 {
        let (said, saying) = mpsc::unbounded_channel();
        let pump = tokio::spawn(pump(saying, self.sink.clone(), self.pty.is_some()));
        let streams = Arc::new(ChannelStreams::new(self.heard, said, self.pty.clone(), variables));
        let part = Part { who: self.who, house: self.house, gone: self.gone, sink: self.sink, pty: self.pty };
        let code = match part.words(&self.wish) {
            Ok(words) if words.is_empty() => {
                Box::pin(help(part.caller(&streams))).await;
                Exit::from(Kind::Usage).0.into()
            }
            Ok(words) => part.obey(words, Arc::clone(&streams)).await,
            Err(failure) => report::failure(&*streams, &failure, false, None).0.into(),
        };
        streams.finish();
        // Everything that was said goes out before the end is told.
        let _ = pump.await;
        code
    }
}

/// What a session knows of its surroundings.
struct Part {
    who: Identity,
    house: Arc<House>,
    gone: CancellationToken,
    sink: Sink,
    pty: Option<Pty>,
}

impl Part {
    /// Returns the words for the command line. Without a terminal and without words there is only help to give.
    fn words(&self, wish: &Wish) -> Result<Vec<OsString>, Failure> {
        let program = OsString::from("keydeck");
        match wish {
            Wish::Shell if self.pty.is_some() => Ok(vec![program]),
            Wish::Shell => Ok(Vec::new()),
            Wish::Subsystem => Err(Failure::usage("there are no subsystems here, and no files to be copied").hint(
                "files go through standard input and output: ssh HOST export > FILE, ssh HOST apply -f - < FILE",
            )),
            Wish::Line(line) if line.len() > LONGEST_LINE => Err(Failure::usage("the command line is too long")),
            Wish::Line(line) => {
                let words = words::split(line)
                    .map_err(|error| Failure::usage(format!("the command line can't be read: {error}")))?;
                Ok(std::iter::once(program).chain(words).collect())
            }
        }
    }

    /// Hands the words to the command line, and opens the console if that is what they ask for.
    async fn obey(self, words: Vec<OsString>, streams: Arc<ChannelStreams>) -> u32 {
        let _counted = self.house.sessions.token();
        let caller = self.caller(&streams);
        // A command waits for input where it stands: it has a thread to itself, and holds nobody up.
        let handle = Handle::current();
        let done = tokio::task::spawn_blocking(move || handle.block_on(cli::run(words, caller))).await;
        match done {
            Ok(Next::Exit(exit)) => exit.0.into(),
            Ok(Next::Console(launch)) => self.console(launch, &streams).await,
            Ok(Next::Serve(_) | Next::Forced(_)) => tell(&*streams, &not_from_afar()),
            Err(_) => tell(&*streams, &broken()),
        }
    }

    fn caller(&self, streams: &Arc<ChannelStreams>) -> Caller {
        let (identity, host) = (self.who.clone(), Some(Arc::clone(&self.house.host)));
        Caller { identity, streams: Arc::clone(streams) as Arc<dyn Streams>, host, judge_of_keymaps: None }
    }

    async fn console(self, launch: Box<Launch>, streams: &ChannelStreams) -> u32 {
        let Some(heard) = streams.take_input() else { return tell(streams, &broken()) };
        let options = match console::options(&launch) {
            Ok(options) => options,
            Err(failure) => return tell(streams, &failure),
        };
        if options.line_by_line {
            return self.lines(launch, options, heard, streams).await;
        }
        let Some(pty) = &self.pty else { return tell(streams, &broken()) };
        let why = Arc::new(OnceLock::new());
        let ends = Ends {
            idle: self.house.idle.map(Patience::of),
            stopping: self.house.stopping.clone(),
            gone: self.gone.clone(),
            why: Arc::clone(&why),
        };
        let terminal = ChannelTerminal::new(pty.size, heard, self.sink.clone(), ends);
        let leave = modes::leave(options.modes());
        // A task of its own: should it panic, the others live on, and the terminal is put back all the same.
        let running =
            tui::run(Box::new(terminal), launch.opening(options.last_workspace()), launch.link.clone(), options);
        let ended = tokio::spawn(running).await;
        let code = match ended {
            Ok(Ok(_)) => Exit::DONE.0.into(),
            Ok(Err(failure)) => tell(streams, &failure),
            Err(_) => {
                let _ = self.sink.write(false, &leave).await;
                tell(streams, &broken())
            }
        };
        if let Some(why) = why.get() {
            let _ = streams.write(End::Error, why.told().as_bytes());
        }
        code
    }
}

impl Part {
    /// Opens the console line by line; it needs no terminal.
    async fn lines(
        self,
        launch: Box<Launch>,
        options: tui::Options,
        heard: mpsc::Receiver<Heard>,
        streams: &ChannelStreams,
    ) -> u32 {
        let hush = Hush::default();
        let (teletype, printed) = teletype(heard, self.sink.clone(), self.pty.is_some(), &hush);
        let set = move |secret| hush.set(secret);
        let running =
            tui::run_lines(teletype, launch.opening(options.last_workspace()), launch.link.clone(), options, set);
        let running = tokio::spawn(running);
        let stop = running.abort_handle();
        let ended = tokio::select! {
            ended = running => ended,
            () = self.house.stopping.cancelled() => {
                stop.abort();
                let _ = streams.write(End::Error, Farewell::Stopping.told().as_bytes());
                return Exit::DONE.0.into();
            }
        };
        // What it told last goes out before its end.
        let _ = printed.await;
        match ended {
            Ok(Ok(_)) => Exit::DONE.0.into(),
            Ok(Err(failure)) => tell(streams, &failure),
            Err(_) => tell(streams, &broken()),
        }
    }
}

/// Says what there is, to somebody who asks for a shell and has no terminal.
pub async fn help(caller: Caller) {
    let failure = Failure::usage("there is no shell here: give a command, or ask for a terminal")
        .hint("the console: ssh -t HOST, or ssh -t HOST workflow/NAME to open it at a place")
        .hint("the command line: ssh HOST list workflows");
    report::failure(&*caller.streams, &failure, false, None);
    let words = ["keydeck", "--help"].map(OsString::from).to_vec();
    Box::pin(cli::run(words, caller)).await;
}

fn tell(streams: &dyn Streams, failure: &Failure) -> u32 {
    report::failure(streams, failure, false, None).0.into()
}

fn not_from_afar() -> Failure {
    Failure::new(Kind::NotAllowed, "this can't be used over SSH")
}

fn broken() -> Failure {
    Failure::new(Kind::Internal, "this session broke off by a mistake of the program").hint("come again; others go on")
}

/// Writes what a session says, until it says nothing more.
async fn pump(mut saying: mpsc::UnboundedReceiver<Said>, sink: Sink, has_terminal: bool) -> io::Result<()> {
    while let Some(Some((end, bytes))) = saying.recv().await {
        sink.write(end == End::Error && !has_terminal, &bytes).await?;
    }
    Ok(())
}
