//! The server: connections in, each with a seat, a time limit and a place in the log, until it is told to stop.

use std::{io, sync::Arc, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{task::JoinSet, time::timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use super::tls::TlsFiles;
use super::{
    counts::{Counts, Refused},
    limits::{Open, Rate, Seat},
    listen::{Came, Listen, Listener, Wire},
    routes::{self, Origin, PATIENCE, Shared},
    tls,
};
use crate::ops::{
    door::Door,
    failure::{Failure, Kind},
    program::Programs,
};

/// The most bytes that the head of a request may have.
const MOST_HEAD: usize = 16 * 1024;

/// How many headers a request may have.
const MOST_HEADERS: usize = 64;

/// For how long requests that have come are still answered after the server was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// For how long nobody is let in after the system had no place for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What a server is to do.
#[derive(Debug)]
pub struct Plan {
    /// The database.
    pub door: Arc<Door>,
    /// Where to listen.
    pub listen: Listen,
    /// The mode of a socket.
    pub socket_mode: u32,
    /// How connections are encrypted.
    pub tls: Option<TlsFiles>,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// How many requests a minute one token may make.
    pub per_token: u32,
    /// How many requests a minute may come from one address.
    pub per_address: u32,
    /// How many connections may be open at once.
    pub connections: u32,
}

/// A server that listens.
pub struct Server {
    listener: Listener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
}

impl Server {
    /// Begins to listen. Beyond this machine that takes TLS: tokens and secrets go through it.
    pub async fn bind(plan: Plan) -> Result<Self, Failure> {
        if plan.tls.is_none() && !plan.listen.stays_here() {
            let message = format!("{} can be reached from other machines, and nothing would be encrypted", plan.listen);
            return Err(Failure::new(Kind::Configuration, message)
                .hint("give a certificate with --tls-cert FILE --tls-key FILE")
                .hint("or listen at 127.0.0.1 or unix:PATH, behind a server that encrypts"));
        }
        let tls = plan.tls.as_ref().map(tls::acceptor).transpose()?;
        let listener = Listener::bind(&plan.listen, plan.socket_mode).await?;
        let shared = Shared {
            programs: Programs::of(Arc::clone(&plan.door), plan.read_only),
            door: plan.door,
            addresses: Rate::per_minute(plan.per_address),
            tokens: Rate::per_minute(plan.per_token),
            open: Open::at_most(plan.connections as usize),
            counts: Counts::default(),
            health: tokio::sync::Mutex::default(),
        };
        Ok(Self { listener, tls, shared: Arc::new(shared) })
    }

    /// Returns where it listens, as programs write it.
    pub fn url(&self) -> io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(match self.listener.place()? {
            Listen::Address(address) => format!("{scheme}://{address}"),
            socket @ Listen::Socket(_) => socket.to_string(),
        })
    }

    /// Lets programs in until it is told to stop; then nobody new comes in, and who is inside is answered.
    pub async fn run(self, stop: CancellationToken) {
        let router = routes::router(Arc::clone(&self.shared));
        let mut tasks = JoinSet::new();
        loop {
            let came = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                came = self.listener.accept() => came,
                Some(_) = tasks.join_next() => continue,
            };
            let Ok(Came { wire, from, source }) = came else {
                // No descriptors left, or the other side is gone already.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let Some(seat) = self.shared.open.enter(from) else {
                self.shared.counts.refuse(Refused::Connections);
                continue;
            };
            let router = router.clone().layer(Extension(Origin { from, source: source.into() }));
            let (tls, shared, stop) = (self.tls.clone(), Arc::clone(&self.shared), stop.clone());
            tasks.spawn(async move {
                match tls {
                    None => talk(wire, router, stop).await,
                    Some(tls) => match timeout(PATIENCE, tls.accept(wire)).await {
                        Ok(Ok(wire)) => talk(Box::new(wire), router, stop).await,
                        Ok(Err(_)) | Err(_) => shared.counts.refuse(Refused::Handshake),
                    },
                }
                drop::<Seat>(seat);
            });
        }
        let all = async { while tasks.join_next().await.is_some() {} };
        let _ = timeout(FAREWELL, all).await;
    }
}

/// Answers the requests of one connection.
async fn talk(wire: Box<dyn Wire>, router: Router, stop: CancellationToken) {
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_headers(MOST_HEADERS).max_buf_size(MOST_HEAD);
    let connection = builder.serve_connection(TokioIo::new(wire), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
