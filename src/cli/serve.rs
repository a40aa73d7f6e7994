//! `keydeck serve`: the doors from afar, from the command line: what the servers need to open. Running them is the
//! program's own business.

mod http;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    sync::Arc,
};

use clap::Args;

use self::http::HttpArgs;
pub use self::http::HttpService;
use super::{Next, caller::Host, context::Context};
use crate::{
    domain::name::printable,
    ops::{
        door::Door,
        failure::{Failure, Kind},
    },
    vault::Prompt,
};

/// What `serve` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Operators log in over SSH with the keys that \"keydeck operator add-key\" gave them. With --http and \
    without --listen programs alone are answered. SECRET_KEY is read once, at the start. SIGTERM ends the servers, after \
    a farewell to everybody."
)]
pub struct ServeArgs {
    /// Where to listen for SSH; else as the settings say, 127.0.0.1:2222 by default
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The SSH server's own key; made if it is not there
    #[arg(long, value_name = "FILE")]
    host_key: Option<PathBuf>,
    #[command(flatten)]
    http: HttpArgs,
}

/// The servers that are to run.
#[derive(Debug)]
pub struct Service {
    /// What they were started with.
    pub context: Context,
    /// The one for operators.
    pub ssh: Option<SshService>,
    /// The one for programs.
    pub http: Option<HttpService>,
}

/// A server for operators that is to run.
#[derive(Debug)]
pub struct SshService {
    /// What it was started with.
    pub context: Context,
    /// What it lends to sessions.
    pub host: Arc<Host>,
    /// Where it listens.
    pub listen: SocketAddr,
    /// The file of its own key.
    pub host_key: PathBuf,
}

/// Opens the database, and takes `SECRET_KEY` if it is at hand.
pub async fn run(cx: &Context, args: &ServeArgs) -> Result<Next, Failure> {
    let has_ssh = args.listen.is_some() || args.host_key.is_some() || !args.http.is_asked_for();
    let listen = address(args.listen.as_deref().unwrap_or(&cx.settings.ssh.listen))?;
    let door = cx.open().await?;
    // A database with one workspace, or a setting that names one, is not needed: sessions may choose.
    if cx.settings.workspace.is_some() {
        door.workspace(cx.settings.workspace.as_deref()).await?;
    }
    let sources = cx.key_sources(Prompt::Existing);
    let is_offered = sources.file.is_some() || sources.descriptor.is_some() || sources.prompt.is_some();
    if (is_offered || cx.is_in_environment()) && door.has_vault().await? {
        door.hold(cx.secret_key()?).await?;
    }
    let http = args.http.service(cx, &door)?;
    let ssh = has_ssh.then(|| over_ssh(cx, args, door, listen));
    Ok(Next::Serve(Box::new(Service { context: cx.clone(), ssh, http })))
}

fn over_ssh(cx: &Context, args: &ServeArgs, door: Arc<Door>, listen: SocketAddr) -> SshService {
    door.share_states();
    let host_key = args.host_key.clone().unwrap_or_else(|| cx.host_key_file());
    SshService { context: cx.clone(), host: Host::lending(cx, door, None), listen, host_key }
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let wrong = || {
        Failure::new(Kind::Usage, format!("\"{}\" is no address to listen at", printable(text)))
            .hint("write ADDRESS:PORT, such as 127.0.0.1:2222, 0.0.0.0:2222 or [::]:2222")
    };
    text.to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(wrong)
}
