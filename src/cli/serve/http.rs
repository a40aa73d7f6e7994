//! `keydeck serve --http`: what the server for programs needs to open. Running it is the program's own business.

use std::{path::PathBuf, sync::Arc};

use clap::Args;

use crate::{
    cli::context::Context,
    ops::{
        door::Door,
        failure::{Failure, Kind},
    },
};

/// What `serve` takes for programs.
#[derive(Debug, Default, Args)]
pub struct HttpArgs {
    /// Answer programs over HTTP, too: 127.0.0.1:8443 or unix:PATH; else as the settings say, nowhere by default
    #[arg(long, value_name = "ADDRESS|unix:PATH")]
    http: Option<String>,
    /// The certificate chain, in PEM; beyond this machine nothing is served without it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// A server for programs that is to run.
#[derive(Debug)]
pub struct HttpService {
    /// What it was started with.
    pub context: Context,
    /// The database.
    pub door: Arc<Door>,
    /// Where it listens, as written.
    pub listen: String,
    /// The files of the certificate chain and of its key.
    pub tls: Option<(PathBuf, PathBuf)>,
}

impl HttpArgs {
    /// Says whether this command line asks for it, whatever the settings say.
    pub const fn is_asked_for(&self) -> bool {
        self.http.is_some()
    }

    /// Returns where programs are to be answered, if anywhere.
    pub fn listen<'a>(&'a self, cx: &'a Context) -> Option<&'a str> {
        self.http.as_deref().or(cx.settings.http.listen.as_deref())
    }

    /// Puts together what the server needs.
    pub fn service(&self, cx: &Context, door: &Arc<Door>) -> Result<Option<HttpService>, Failure> {
        let Some(listen) = self.listen(cx) else {
            return match self.tls_cert {
                None => Ok(None),
                Some(_) => Err(Failure::usage("--tls-cert encrypts HTTP, and nothing is to be served over it")
                    .hint("say where with --http ADDRESS:PORT")),
            };
        };
        let settings = &cx.settings.http;
        let certificate = self.tls_cert.clone().or_else(|| settings.tls_cert.clone());
        let key = self.tls_key.clone().or_else(|| settings.tls_key.clone());
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => {
                let message = "a certificate needs its key, and a key its certificate";
                return Err(Failure::new(Kind::Configuration, message).hint("set http.tls_cert and http.tls_key"));
            }
        };
        Ok(Some(HttpService { context: cx.clone(), door: Arc::clone(door), listen: listen.to_owned(), tls }))
    }
}
