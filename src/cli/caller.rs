//! The caller: who gives a command, through which streams, and what a server lends them.

use std::sync::Arc;

use super::{
    args::Common,
    context::Context,
    streams::{Own, Streams},
};
use crate::{
    config::{Paths, Settings, Vendors, settings::Color},
    ops::{door::Door, identity::Identity},
    vault::KeySources,
};

/// Whoever gives a command.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, and how that was proved.
    pub identity: Identity,
    /// Where they read and write.
    pub streams: Arc<dyn Streams>,
    /// The server that they came to, if they did not start the program themselves.
    pub host: Option<Arc<Host>>,
    /// How the console would judge their keymap, where the program can say it.
    pub judge_of_keymaps: Option<JudgeOfKeymaps>,
}

/// Says what a keymap gets wrong and what it hides, from its text and where that comes from. The console is no room that
/// the command line knows, so the program hands it in.
pub type JudgeOfKeymaps = fn(&str, &str) -> Vec<String>;

impl Caller {
    /// Returns whoever runs this process.
    pub fn local() -> Self {
        Self::with(Identity::local())
    }

    /// Returns somebody at the streams of this process.
    pub fn with(identity: Identity) -> Self {
        Self { identity, streams: Own::shared(), host: None, judge_of_keymaps: None }
    }
}

/// What a server lends to each of its sessions: the opened database, and its own settings.
#[derive(Debug)]
pub struct Host {
    door: Arc<Door>,
    keys: Option<KeySources>,
    settings: Settings,
    paths: Paths,
    vendors: Vendors,
}

impl Host {
    /// Lends what the server's own command line came to. `keys` is where `SECRET_KEY` is, if it was not read yet.
    pub fn lending(cx: &Context, door: Arc<Door>, keys: Option<KeySources>) -> Arc<Self> {
        let (settings, paths, vendors) = (cx.settings.clone(), cx.paths.clone(), cx.vendors.clone());
        Arc::new(Self { door, keys, settings, paths, vendors })
    }

    /// Returns where `SECRET_KEY` is, if it was not read yet. No session learns more of it than that it is there.
    pub const fn keys(&self) -> Option<&KeySources> {
        self.keys.as_ref()
    }

    /// Returns the opened database.
    pub const fn door(&self) -> &Arc<Door> {
        &self.door
    }

    /// Returns the settings of a session, with its own options laid over the server's. They can only take away.
    pub(super) fn settings(&self, common: &Common) -> (Paths, Settings, Vendors) {
        let mut settings = self.settings.clone();
        settings.read_only |= common.read_only;
        settings.workspace = common.workspace.clone().or(settings.workspace);
        // The server may write into a file; a session looks at its own terminal.
        settings.color = common.color.unwrap_or(Color::Auto);
        (self.paths.clone(), settings, self.vendors.clone())
    }
}
