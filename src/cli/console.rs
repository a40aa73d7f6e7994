//! The console, from the command line: what it needs to open, at which place. Opening it is the program's own business.

use std::{io::IsTerminal, sync::Arc};

use super::{Next, context::Context};
use crate::{
    config::{DatabaseUrl, Paths, Settings},
    domain::link::Link,
    ops::{
        failure::{Failure, Mendable},
        session::Session,
    },
};

/// What the console opens with.
#[derive(Debug)]
pub struct Launch {
    /// The session; none where there is no database yet, and a welcome offers to make one.
    pub session: Option<Arc<Session>>,
    /// Where it opens.
    pub link: Option<Link>,
    /// The settings, with the options laid over them.
    pub settings: Settings,
    /// The user's folders.
    pub paths: Paths,
    /// Where the database is, or would be made.
    pub url: DatabaseUrl,
}

/// Prepares the console. Without a database there is a welcome, unless a place was named.
pub async fn run(cx: &mut Context, link: Option<String>) -> Result<Next, Failure> {
    let link = link.as_deref().map(Link::parse).transpose()?;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Failure::usage("the console needs a terminal")
            .hint("\"keydeck --help\" shows the commands that do without, such as \"keydeck list workflows\""));
    }
    let session = match cx.session().await {
        Ok(session) => {
            if let Some(link) = &link {
                // A place that does not exist is told here, where the guess can be read.
                check(&session, link)?;
            }
            Some(session)
        }
        Err(Failure { mendable: Some(Mendable::NoDatabase | Mendable::NoWorkspace), .. })
            if link.is_none() && cx.common.db.is_none() =>
        {
            None
        }
        Err(failure) => return Err(failure),
    };
    Ok(Next::Console(Box::new(launch(cx, session, link))))
}

/// Puts together what the console opens with.
pub fn launch(cx: &Context, session: Option<Arc<Session>>, link: Option<Link>) -> Launch {
    Launch { session, link, settings: cx.settings.clone(), paths: cx.paths.clone(), url: cx.url() }
}

fn check(session: &Session, link: &Link) -> Result<(), Failure> {
    if link.place() == "revision" { Ok(()) } else { session.view().find(link).map(|_| ()) }
}
