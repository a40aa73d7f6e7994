//! From the command line to a running server: binds, says where, and serves until the process is asked to end.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{
    listen::Listen,
    server::{Plan, Server, TlsFiles},
};
use crate::{
    cli::{HttpService, streams::End},
    domain::name::printable,
    ops::failure::{Failure, Kind},
};

/// Serves until the process is asked to end.
///
/// # Errors
/// When nothing can listen there, or beyond this machine without encryption.
pub async fn serve(service: HttpService) -> Result<(), Failure> {
    let stop = CancellationToken::new();
    let deaf = |error| Failure::new(Kind::Internal, format!("signals can't be heard: {error}"));
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate()).map_err(deaf)?, signal(SignalKind::interrupt()).map_err(deaf)?);
    let server = begin(&service).await?;
    let running = server.run(stop.clone());
    tokio::pin!(running);
    tokio::select! {
        () = running.as_mut() => return Ok(()),
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    stop.cancel();
    running.await;
    let ended = service.door.note_serving(&service.context.identity, "serve-end", &service.listen).await;
    service.door.seal_before_leaving().await;
    ended
}

/// Begins to listen, on record, and says where.
pub async fn begin(service: &HttpService) -> Result<Server, Failure> {
    let (cx, settings) = (&service.context, &service.context.settings.http);
    let plan = Plan {
        door: std::sync::Arc::clone(&service.door),
        listen: Listen::read(&service.listen)?,
        socket_mode: settings.mode().unwrap_or(0o600),
        tls: service.tls.clone().map(|(certificate, key)| TlsFiles { certificate, key }),
        read_only: cx.settings.read_only,
        per_token: settings.requests_per_minute,
        per_address: settings.requests_per_minute_address,
        connections: settings.connections,
    };
    let server = Server::bind(plan).await?;
    service.door.note_serving(&cx.identity, "serve", &service.listen).await?;
    let unknown = |error| Failure::new(Kind::Unavailable, format!("the listener has no address: {error}"));
    let url = server.url().map_err(unknown)?;
    if !cx.common.quiet {
        let mut told = format!("keydeck answers programs at {}\n", printable(&url));
        if !service.door.is_unlocked() {
            told.push_str("No SECRET_KEY is at hand: secrets stay sealed until it is started with one.\n");
        }
        let _ = cx.streams.write(End::Output, told.as_bytes());
    }
    Ok(server)
}
