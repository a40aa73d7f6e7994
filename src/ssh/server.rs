//! The server: listens, lets in whom the limits allow, and ends with a farewell to everybody.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use russh::{
    SshId, compression,
    keys::Algorithm,
    server::{Config, run_stream},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    channel::House,
    connection::{self, Connection, Known},
    host_key::HostKey,
    limits::{Admission, Limits, Ticket},
    wire::Wire,
};
use crate::{
    cli::{
        SshService, report,
        streams::{End, Streams},
    },
    domain::name::printable,
    ops::{
        failure::{Failure, Kind},
        identity::Witness,
    },
};

/// The bytes that the system may hold of what was written and not yet taken: enough for some frames and no more, so
/// that a slow line is shown the newest state soon.
const SEND_BUFFER: u32 = 64 << 10;

/// How many connections wait to be accepted.
const BACKLOG: u32 = 256;

/// How long sessions may take to say farewell.
const FAREWELL: Duration = Duration::from_secs(3);

/// How long somebody who is turned away has for the word that says why.
const TURNED_AWAY: Duration = Duration::from_secs(1);

/// The least time after which a key is refused: trying keys is no faster for being refused at once.
const REFUSAL: Duration = Duration::from_millis(200);

/// How many keys may be refused on one connection.
const MOST_KEYS: usize = 12;

/// How often a client that says nothing may leave a question whether it is there unanswered.
const UNANSWERED: usize = 3;

/// Serves until the process is asked to end.
///
/// # Errors
/// When the host key can't be used, or nothing can listen at the address.
pub async fn serve(service: &SshService) -> Result<(), Failure> {
    let key = HostKey::at(&service.host_key)?;
    let listener = listen(service.listen)?;
    let door = Arc::clone(service.host.door());
    announce(service, &listener, &key)?;
    let server = Server::new(service, key);
    let done = server.run(&listener).await;
    drop(listener);
    server.farewell().await;
    door.seal_before_leaving().await;
    done
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let open = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|error| {
        Failure::new(Kind::Unavailable, format!("nothing can listen at {address}: {error}"))
            .hint("choose another place with --listen ADDRESS:PORT")
    })
}

/// Says where it listens, and by which fingerprint clients know it.
fn announce(service: &SshService, listener: &TcpListener, key: &HostKey) -> Result<(), Failure> {
    let unknown = |error| Failure::new(Kind::Unavailable, format!("the listener has no address: {error}"));
    let address = listener.local_addr().map_err(unknown)?;
    let cx = &service.context;
    let new = if key.is_new { " (made just now)" } else { "" };
    let mut lines = vec![
        format!("keydeck serves {} over SSH at {address}", printable(&cx.url().label())),
        format!("Host key{new}: {} ED25519", key.fingerprint),
    ];
    if !service.host.door().is_held() {
        lines.push("No SECRET_KEY is at hand: secrets stay sealed until it is started with one.".to_owned());
    }
    if !cx.common.quiet {
        let text = lines.join("\n") + "\n";
        let _ = cx.streams.write(End::Output, text.as_bytes());
    }
    Ok(())
}

struct Server {
    config: Arc<Config>,
    house: Arc<House>,
    admission: Admission,
    connections: TaskTracker,
    /// Cancelled when whoever is left is cut off.
    cut: CancellationToken,
    service: ServiceStreams,
}

/// Where the server itself speaks.
type ServiceStreams = (Arc<dyn Streams>, bool);

impl Server {
    fn new(service: &SshService, key: HostKey) -> Self {
        let settings = &service.context.settings.ssh;
        let limits = Limits {
            connections: settings.connections,
            per_address: settings.connections_per_address,
            unauthenticated: settings.connections_unauthenticated,
            login: Duration::from_secs(settings.login_seconds.into()),
            failures: settings.failures,
            penalty: Duration::from_secs(settings.penalty_seconds.into()),
        };
        let idle = Duration::from_secs(settings.idle_seconds.into());
        let config = Config {
            server_id: SshId::Standard(Cow::Borrowed("SSH-2.0-keydeck")),
            methods: connection::methods(),
            auth_rejection_time: REFUSAL,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![key.private],
            max_auth_attempts: MOST_KEYS,
            // Our own clocks say goodbye first; this one would hang up without a word.
            inactivity_timeout: None,
            keepalive_interval: Some(Duration::from_secs(settings.keepalive_seconds.into())),
            keepalive_max: UNANSWERED,
            // One frame waits at most behind the one that is on its way.
            event_buffer_size: 1,
            preferred: preferred(),
            nodelay: true,
            ..Config::default()
        };
        let house = House {
            host: Arc::clone(&service.host),
            sessions: TaskTracker::new(),
            idle: (!idle.is_zero()).then_some(idle),
            stopping: CancellationToken::new(),
        };
        Self {
            config: Arc::new(config),
            house: Arc::new(house),
            admission: Admission::new(limits),
            connections: TaskTracker::new(),
            cut: CancellationToken::new(),
            service: (Arc::clone(&service.context.streams), service.context.common.quiet),
        }
    }

    /// Lets people in until a signal asks for the end.
    async fn run(&self, listener: &TcpListener) -> Result<(), Failure> {
        let deaf = |error| Failure::new(Kind::Internal, format!("signals can't be heard: {error}"));
        let mut terminated = signal(SignalKind::terminate()).map_err(deaf)?;
        let mut interrupted = signal(SignalKind::interrupt()).map_err(deaf)?;
        loop {
            tokio::select! {
                _ = terminated.recv() => return Ok(()),
                _ = interrupted.recv() => return Ok(()),
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => self.receive(stream, from),
                    // Too many open files, or somebody who left before they were let in: the next may fare better.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }

    fn receive(&self, mut stream: TcpStream, from: SocketAddr) {
        let ip = from.ip().to_canonical();
        match self.admission.admit(ip, Instant::now()) {
            Ok(ticket) => {
                let connection = serve_one(
                    stream,
                    ip,
                    Arc::clone(&self.config),
                    Arc::clone(&self.house),
                    ticket,
                    self.admission.limits().login,
                    self.cut.child_token(),
                );
                self.connections.spawn(connection);
            }
            Err(why) => {
                self.connections.spawn(async move {
                    // Clients show lines before the protocol begins at most to those who ask for details.
                    let word = format!("keydeck: {why}\r\n");
                    let _ =
                        timeout(TURNED_AWAY, tokio::io::AsyncWriteExt::write_all(&mut stream, word.as_bytes())).await;
                });
            }
        }
    }

    /// Tells everybody that the server stops, waits a little, and cuts off whoever is left.
    async fn farewell(&self) {
        self.house.stopping.cancel();
        self.connections.close();
        let (streams, quiet) = &self.service;
        let here = self.house.sessions.len();
        if !quiet {
            report::say(&**streams, &format!("keydeck stops; {here} sessions are told"));
        }
        if timeout(FAREWELL, self.connections.wait()).await.is_err() {
            self.cut.cancel();
            let _ = timeout(FAREWELL, self.connections.wait()).await;
        }
    }
}

/// What is agreed on with clients: russh's safe choice without signatures that can be forged, and compression only for
/// those who have logged in.
fn preferred() -> russh::Preferred {
    const COMPRESSION: &[compression::Name] = &[compression::NONE, compression::ZLIB_LEGACY];
    let usual = russh::Preferred::DEFAULT;
    let key = usual.key.iter().filter(|it| **it != Algorithm::Rsa { hash: None }).cloned().collect();
    russh::Preferred { key, compression: Cow::Borrowed(COMPRESSION), ..usual }
}

/// Serves one connection to its end.
async fn serve_one(
    stream: TcpStream,
    ip: IpAddr,
    config: Arc<Config>,
    house: Arc<House>,
    mut ticket: Ticket,
    login: Duration,
    cut: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let (source, known, admitted) = (ip.to_string(), Known::default(), CancellationToken::new());
    let gone = CancellationToken::new();
    let guard = gone.clone().drop_guard();
    let handler = Connection::new(Arc::clone(&house), source.clone(), known.clone(), admitted.clone(), gone.clone());
    let (sessions, idle) = (handler.sessions(), house.idle);
    let wire = Wire::new(stream, cut.clone());
    let deadline = tokio::time::Instant::now() + login;
    let began = tokio::time::timeout_at(deadline, run_stream(config, wire, handler)).await;
    if let Ok(Ok(mut running)) = began {
        let handle = running.handle();
        let is_in = tokio::select! {
            () = admitted.cancelled() => true,
            () = tokio::time::sleep_until(deadline) => false,
            _ = &mut running => false,
        };
        if is_in {
            ticket.authenticated();
            tokio::select! {
                _ = &mut running => {}
                () = last_session_ended(&house, &handle) => {}
                () = connection::unused(sessions, idle.unwrap_or(Duration::MAX)) => {}
            }
        }
        cut.cancel();
    }
    drop(guard);
    conclude(&house, &known, &source, &ticket).await;
}

/// Waits until the server stops and this connection's sessions have said farewell; clients leave by themselves then.
async fn last_session_ended(house: &House, handle: &russh::server::Handle) {
    house.stopping.cancelled().await;
    tokio::time::sleep(FAREWELL / 2).await;
    let reason = "keydeck is being stopped".to_owned();
    let _ = handle.disconnect(russh::Disconnect::ByApplication, reason, String::new()).await;
    tokio::time::sleep(FAREWELL / 6).await;
}

/// Puts on record how it ended.
async fn conclude(house: &House, known: &Known, source: &str, ticket: &Ticket) {
    let door = house.host.door();
    match (known.holder(), known.stranger()) {
        (Some(holder), _) => door.note_logout(&holder).await,
        (None, Some(fingerprint)) => {
            ticket.failed(Instant::now());
            door.note_stranger(&fingerprint, Witness::Own, source).await;
        }
        (None, None) => {}
    }
}
