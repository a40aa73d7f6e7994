//! One connection: who it is, and its channels. Only sessions are opened; whatever else SSH offers is refused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use russh::{
    Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet, Pty, Sig,
    keys::{Algorithm, PublicKey as SshKey},
    server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    channel::{Heard, House, Opened, Wish},
    refusal::{self, Refused},
};
use crate::{
    form::ssh_key::PublicKey,
    ops::identity::{Holder, Witness},
    tui::terminal::{Closed, Size},
};

/// How many channels a connection may have.
const MOST_CHANNELS: usize = 10;

/// What is known of a connection outside of its protocol.
#[derive(Clone, Debug, Default)]
pub struct Known(Arc<Mutex<Who>>);

#[derive(Debug, Default)]
struct Who {
    holder: Option<Holder>,
    refused: Refused,
    has_tried: bool,
}

/// How many sessions run on a connection; each holds one of these.
#[derive(Debug)]
pub struct Running(watch::Sender<usize>);

impl Running {
    fn begin(sessions: &watch::Sender<usize>) -> Self {
        sessions.send_modify(|count| *count += 1);
        Self(sessions.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Waits until no session has run on a connection for so long.
pub async fn unused(mut sessions: watch::Receiver<usize>, patience: Duration) {
    loop {
        let is_unused = *sessions.borrow_and_update() == 0;
        if !is_unused {
            if sessions.changed().await.is_err() {
                return;
            }
        } else if timeout(patience, sessions.changed()).await.is_err() {
            return;
        }
    }
}

impl Known {
    fn who(&self) -> MutexGuard<'_, Who> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns who it is, once that is proved.
    pub fn holder(&self) -> Option<Holder> {
        self.who().holder.clone()
    }

    /// Returns which key was refused, if somebody tried to log in and could not.
    pub fn stranger(&self) -> Option<String> {
        let who = self.who();
        (who.holder.is_none() && who.has_tried)
            .then(|| who.refused.first().unwrap_or("none that this server takes").to_owned())
    }
}

/// The handler of one connection.
pub struct Connection {
    house: Arc<House>,
    source: String,
    known: Known,
    /// Cancelled when they have shown who they are.
    admitted: CancellationToken,
    gone: CancellationToken,
    sessions: watch::Sender<usize>,
    channels: HashMap<ChannelId, State>,
}

/// A channel, before its session begins and while it runs.
enum State {
    Opened(Box<Opened>),
    Running(mpsc::Sender<Heard>, JoinHandle<()>),
}

impl State {
    /// Says whether its session has ended; the client's own word that it closes the channel may never come.
    fn has_ended(&self) -> bool {
        matches!(self, Self::Running(_, task) if task.is_finished())
    }
}

impl Connection {
    /// Begins with somebody unknown.
    pub fn new(
        house: Arc<House>,
        source: String,
        known: Known,
        admitted: CancellationToken,
        gone: CancellationToken,
    ) -> Self {
        Self { house, source, known, admitted, gone, sessions: watch::Sender::new(0), channels: HashMap::new() }
    }

    /// Returns how many sessions run on it.
    pub fn sessions(&self) -> watch::Receiver<usize> {
        self.sessions.subscribe()
    }

    /// Finds who holds a key; notes a key that nobody holds, or that is shown in a way that shows nothing.
    async fn holder(&self, key: &SshKey, algorithm: &Algorithm) -> Option<Holder> {
        let line = key.to_openssh().ok().filter(|_| refusal::shows(algorithm));
        let holder = match line.and_then(|line| PublicKey::parse(&line).ok()) {
            // A database out of reach lets nobody in.
            Some(key) => self.house.host.door().holder_of(&key, Witness::Own, &self.source).await.ok().flatten(),
            None => None,
        };
        let mut who = self.known.who();
        who.has_tried = true;
        if holder.is_none() {
            who.refused.note(key, algorithm);
        }
        holder
    }

    /// Hands something to a running session; one that has ended hears nothing.
    async fn hand(&self, channel: ChannelId, heard: Heard) {
        if let Some(State::Running(session, _)) = self.channels.get(&channel) {
            tokio::select! {
                () = self.gone.cancelled() => {}
                _ = session.send(heard) => {}
            }
        }
    }

    fn begin(&mut self, channel: ChannelId, wish: Wish, session: &mut Session) -> Result<(), russh::Error> {
        let Some(holder) = self.known.holder() else { return session.channel_failure(channel) };
        let opened = match self.channels.remove(&channel) {
            Some(State::Opened(opened)) => opened,
            Some(running @ State::Running(..)) => {
                self.channels.insert(channel, running);
                return session.channel_failure(channel);
            }
            None => return session.channel_failure(channel),
        };
        session.channel_success(channel)?;
        let counted = Running::begin(&self.sessions);
        let (heard, task) = opened.begin(wish, holder.identity, &self.house, &self.gone, counted);
        self.channels.insert(channel, State::Running(heard, task));
        Ok(())
    }

    fn answer(is_taken: bool, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        if is_taken { session.channel_success(channel) } else { session.channel_failure(channel) }
    }
}

/// The ways to log in; the second only tells why the first did not open.
pub fn methods() -> MethodSet {
    MethodSet::from(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive][..])
}

fn refuse() -> Auth {
    Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(refuse())
    }

    async fn auth_publickey_offered(&mut self, _user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(if self.holder(offer.public_key, offer.algorithm).await.is_some() { Auth::Accept } else { refuse() })
    }

    /// Who comes is who holds the key; the name before the `@` says nothing.
    async fn auth_publickey(&mut self, _user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let Some(holder) = self.holder(key.public_key, key.algorithm).await else { return Ok(refuse()) };
        self.house.host.door().note_login(&holder).await;
        self.known.who().holder = Some(holder);
        self.admitted.cancel();
        Ok(Auth::Accept)
    }

    /// Asks nothing: it is the one way to tell somebody who is not let in why.
    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let mut who = self.known.who();
        who.has_tried = true;
        Ok(match response {
            None => {
                Auth::Partial { name: "".into(), instructions: who.refused.told().into(), prompts: Vec::new().into() }
            }
            // Clients would ask again and again; nothing else is to be said.
            Some(_) => return Err(russh::Error::Disconnect),
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.retain(|_, state| !state.has_ended());
        if self.channels.len() >= MOST_CHANNELS {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let (id, (_, writing)) = (channel.id(), channel.split());
        self.channels.insert(id, State::Opened(Box::new(Opened::new(writing))));
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        width: u32,
        height: u32,
        _: u32,
        _: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let is_taken = match self.channels.get_mut(&channel) {
            Some(State::Opened(opened)) => {
                opened.take_terminal(term, Size::clamped(width, height));
                true
            }
            _ => false,
        };
        Self::answer(is_taken, channel, session)
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let is_taken = match self.channels.get_mut(&channel) {
            Some(State::Opened(opened)) => opened.take_variable(name, value),
            _ => false,
        };
        Self::answer(is_taken, channel, session)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.begin(channel, Wish::Shell, session)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.begin(channel, Wish::Line(line.to_vec()), session)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        width: u32,
        height: u32,
        _: u32,
        _: u32,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let size = Size::clamped(width, height);
        match self.channels.get_mut(&channel) {
            Some(State::Opened(opened)) => opened.resize(size),
            _ => self.hand(channel, Heard::Resized(size)).await,
        }
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _session: &mut Session) -> Result<(), Self::Error> {
        self.hand(channel, Heard::Bytes(data.to_vec())).await;
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.hand(channel, Heard::Eof).await;
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.hand(channel, Heard::Closed(Closed::HungUp)).await;
        self.channels.remove(&channel);
        Ok(())
    }

    async fn signal(&mut self, channel: ChannelId, signal: Sig, _session: &mut Session) -> Result<(), Self::Error> {
        if matches!(signal, Sig::HUP | Sig::INT | Sig::QUIT | Sig::TERM | Sig::KILL) {
            self.hand(channel, Heard::Closed(Closed::Terminated)).await;
        }
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.begin(channel, Wish::Subsystem, session)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(channel)
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_is_unused_when_no_session_runs_and_not_before() {
        let sessions = watch::Sender::new(0);
        let (first, second) = (Running::begin(&sessions), Running::begin(&sessions));
        let waiting = tokio::spawn(unused(sessions.subscribe(), Duration::from_millis(1)));
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }
}
