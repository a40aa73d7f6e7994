//! Under OpenSSH: its server knows the keys and opens the terminal, and starts `keydeck --ssh` for whoever it let in.
//!
//! `SSH_USER_AUTH` names the file that says which key was shown (`ExposeAuthInfo yes`), `SSH_CONNECTION` the address, and
//! `SSH_ORIGINAL_COMMAND` what was asked for. None of it goes through a shell.

use std::{ffi::OsString, fs, io::Read, os::unix::ffi::OsStringExt, sync::Arc};

use super::{channel::help, words};
use crate::{
    cli::{
        self, Exit, Next,
        caller::{Caller, Host},
        context::Context,
        streams::{End, Own, Streams},
    },
    domain::name::printable,
    form::ssh_key::PublicKey,
    ops::{
        door::Door,
        failure::{Failure, Kind},
        identity::{Holder, Witness},
    },
    vault::{KeySources, Prompt},
};

/// The most bytes that the file about the login holds.
const LONGEST: u64 = 64 << 10;

/// Somebody whom OpenSSH let in, until they leave.
#[derive(Debug)]
pub struct Guest {
    cx: Context,
    door: Arc<Door>,
    holder: Holder,
}

impl Guest {
    /// Finds out who was let in.
    ///
    /// # Errors
    /// When OpenSSH does not say which key was shown, or no operator holds it.
    pub async fn receive(cx: &Context) -> Result<Self, Failure> {
        let source = source(&Own)?;
        let key = shown(&Own)?;
        let door = cx.open().await?;
        if let Some(holder) = door.holder_of(&key, Witness::OpenSsh, &source).await? {
            door.note_login(&holder).await;
            return Ok(Self { cx: cx.clone(), door, holder });
        }
        door.note_stranger(&key.fingerprint(), Witness::OpenSsh, &source).await;
        let message = format!("keydeck knows nobody by the key {}", key.fingerprint());
        Err(Failure::new(Kind::NotAllowed, message).hint(
            "give the fingerprint and your .pub file to an admin, who lets you in with \
             \"keydeck operator add-key LOGIN FILE.pub\"",
        ))
    }

    /// Hands what was asked for to the command line, as from afar.
    pub async fn obey(&self) -> Result<Next, Failure> {
        let mut asked = vec![OsString::from("keydeck")];
        if let Some(line) = Own.variable("SSH_ORIGINAL_COMMAND") {
            let words = words::split(&line.into_vec())
                .map_err(|error| Failure::usage(format!("the command line can't be read: {error}")))?;
            asked.extend(words);
        }
        let sources = KeySources { prompt: None, ..self.cx.key_sources(Prompt::Existing) };
        let keys = Some(sources).filter(|keys| keys.file.is_some() || keys.descriptor.is_some());
        let host = Host::lending(&self.cx, Arc::clone(&self.door), keys);
        let caller = Caller { host: Some(host), ..Caller::with(self.holder.identity.clone()) };
        if asked.len() == 1 && !Own.is_terminal(End::Input) {
            Box::pin(help(caller)).await;
            return Ok(Next::Exit(Exit::from(Kind::Usage)));
        }
        Ok(Box::pin(cli::run(asked, caller)).await)
    }

    /// Puts on record that they left, and seals the audit if this process may.
    pub async fn leave(self) -> Vec<Failure> {
        self.door.note_logout(&self.holder).await;
        self.cx.seal().await
    }
}

/// Returns where they come from.
fn source(streams: &dyn Streams) -> Result<String, Failure> {
    let connection = streams.text_variable("SSH_CONNECTION");
    let address = connection.as_deref().and_then(|text| text.split(' ').next()).filter(|text| !text.is_empty());
    match address {
        Some(address) => Ok(printable(address).into_owned()),
        None => Err(Failure::usage("--ssh is for OpenSSH's server, which did not start this")
            .hint("docs/serving.md shows the lines for sshd_config; \"keydeck serve\" is a server of its own")),
    }
}

/// Returns the key that was shown.
fn shown(streams: &dyn Streams) -> Result<PublicKey, Failure> {
    let unsaid = |why: String| {
        Failure::new(Kind::Configuration, format!("sshd does not say which key was shown: {why}"))
            .hint("set ExposeAuthInfo yes and AuthenticationMethods publickey for this user")
    };
    let file = streams.variable("SSH_USER_AUTH").ok_or_else(|| unsaid("SSH_USER_AUTH is not set".to_owned()))?;
    let mut text = String::new();
    fs::File::open(&file)
        .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
        .map_err(|error| unsaid(format!("the file of SSH_USER_AUTH can't be read: {error}")))?;
    let line = text.lines().find_map(|line| line.strip_prefix("publickey "));
    let line = line.ok_or_else(|| unsaid("it was no key".to_owned()))?;
    PublicKey::parse(line).map_err(|error| unsaid(error.to_string()))
}
