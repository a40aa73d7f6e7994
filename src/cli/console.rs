//! The console, from the command line: what it needs to open, at which place. Opening it is the program's own business.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{Next, context::Context, streams::End};
use crate::{
    domain::link::Link,
    ops::{
        door::{Access, Door},
        failure::Failure,
        session::Session,
    },
};

/// A session that is being opened, while the first frame is drawn.
pub type Opening = Pin<Box<dyn Future<Output = Result<Arc<Session>, Failure>> + Send>>;

/// What the console opens with.
#[derive(Debug)]
pub struct Launch {
    /// What was asked for, and where.
    pub context: Context,
    /// Where it opens.
    pub link: Option<Link>,
    /// Whether there is no database yet, so that a welcome offers to make one.
    pub is_first_time: bool,
}

impl Launch {
    /// Begins to open the session, where there are several workspaces and none is named in the one where somebody was
    /// last. It asks nothing: the terminal is the console's by then.
    pub fn opening(&self, last: Option<String>) -> Opening {
        let cx = self.context.clone();
        Box::pin(async move {
            let read_only = cx.settings.read_only;
            let door = if let Some(host) = &cx.host {
                Arc::clone(host.door())
            } else {
                let access = Access { create: false, read_only, migrate: cx.common.yes };
                let door = Door::open(&cx.url(), &cx.vendors, access).await?;
                door.allow_references(cx.reference_policy());
                cx.keep(&door);
                door
            };
            let workspace = door.home(cx.settings.workspace.as_deref(), &cx.identity.login, last.as_deref()).await?;
            door.session(&workspace, cx.identity.clone(), read_only).await
        })
    }
}

/// Prepares the console. Without a database there is a welcome, unless a place or a database was named.
pub fn run(cx: &Context, link: Option<&str>) -> Result<Next, Failure> {
    let link = link.map(Link::parse).transpose()?;
    // Nothing can be put in its place on a terminal that only types on.
    let is_dumb = cx.streams.variable("TERM").is_some_and(|term| term == "dumb");
    let mut cx = cx.clone();
    cx.common.plain |= is_dumb;
    let is_terminal = cx.streams.is_terminal(End::Input) && cx.streams.is_terminal(End::Output);
    if !(cx.common.plain || is_terminal) {
        return Err(Failure::usage("the console needs a terminal")
            .hint("\"keydeck --plain\" works without, line by line")
            .hint("\"keydeck --help\" shows the commands that do without, such as \"keydeck list workflows\""));
    }
    let is_missing = cx.host.is_none() && cx.url().sqlite_path().is_some_and(|path| !path.exists());
    let is_first_time = is_missing && link.is_none() && cx.common.db.is_none() && !cx.common.plain;
    Ok(Next::Console(Box::new(Launch { context: cx, link, is_first_time })))
}
