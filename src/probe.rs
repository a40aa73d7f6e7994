//! Vendors' endpoints: asks whether a key works, and tells the answer in one of four words.
//!
//! What the vendor writes is looked into and never handed on: an answer may repeat the key. A request goes to the base
//! URL's origin alone, redirects included, over TLS that is checked, through the proxy that the environment names.

mod judge;

use std::{collections::BTreeMap, error::Error as _, time::Duration};

use reqwest::{
    Client, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use thiserror::Error;
use zeroize::Zeroizing;

pub use self::judge::{Told, judge};
use crate::{
    config::probes::Probe,
    domain::{Text, fact::Answer},
    vault::Secret,
};

/// How long a vendor has to answer, if nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How much of an answer is read.
const MOST_READ: usize = 1 << 20;

/// How often a vendor may send on to another place of its own.
const HOPS: usize = 3;

/// Why nobody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// The base URL is none.
    #[error("its base URL is none that requests can be sent to; correct base_url")]
    Address,
    /// The key can't stand in a header.
    #[error("it holds characters that no request can carry; enter the secret again")]
    Unlawful,
    /// The key lacks what the vendor asks for.
    #[error("it lacks the field by which its vendor knows it")]
    Incomplete,
    /// The client can't be made.
    #[error("this machine's certificates or proxy settings can't be used")]
    Client,
}

/// Asks vendors. One serves for many keys.
#[derive(Clone, Debug)]
pub struct Asker {
    client: Client,
    patience: Duration,
}

/// One question, with the key in it.
pub struct Question {
    url: Url,
    headers: HeaderMap,
    probe: Probe,
}

impl Asker {
    /// Makes one that waits so long for an answer.
    pub fn new(patience: Duration) -> Result<Self, AskError> {
        Self::with(patience, |builder| builder)
    }

    /// Makes one that knows no proxy, for vendors that a test plays.
    #[cfg(test)]
    pub(crate) fn direct(patience: Duration) -> Self {
        Self::with(patience, reqwest::ClientBuilder::no_proxy).expect("a client is made")
    }

    fn with(
        patience: Duration,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, AskError> {
        let builder = Client::builder()
            .timeout(patience)
            .redirect(redirect::Policy::custom(stay))
            .user_agent(concat!("keydeck/", env!("CARGO_PKG_VERSION")))
            .referer(false);
        let client = change(builder).build().map_err(|_| AskError::Client)?;
        Ok(Self { client, patience })
    }

    /// Asks, and tells what the vendor answered.
    pub async fn ask(&self, question: Question) -> Told {
        let Question { url, headers, probe } = question;
        let answered = self.client.get(url).headers(headers).send().await;
        let mut response = match answered {
            Ok(response) => response,
            Err(error) => return Told::new(Answer::Unreachable, self.why(&error)),
        };
        let status = response.status().as_u16();
        let mut body = Zeroizing::new(Vec::new());
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= MOST_READ => body.extend_from_slice(&chunk),
                Ok(Some(_) | None) => break,
                Err(error) => return Told::new(Answer::Unreachable, self.why(&error)),
            }
        }
        judge(&probe, status, &body)
    }

    /// Says why there was no answer, without what the error says itself: it may hold the URL.
    fn why(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("there was no answer within {} s", self.patience.as_secs_f64());
        }
        let (mut texts, mut cause) = (Vec::new(), error.source());
        while let Some(it) = cause {
            texts.push(it.to_string().to_lowercase());
            cause = it.source();
        }
        let says = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
        let why = if says(&["certificate", "unknownissuer", "notvalidforname"]) {
            "its certificate is not to be trusted"
        } else if says(&["tls", "handshake", "corrupt message", "invalidcontenttype"]) {
            "what answers speaks no TLS that is to be trusted"
        } else if says(&["dns", "lookup", "resolve"]) {
            "its host is not known here"
        } else if says(&["refused"]) {
            "nothing answers there"
        } else if error.is_connect() {
            "it can't be connected to"
        } else {
            "the connection broke before the answer was whole"
        };
        why.to_owned()
    }
}

/// Follows a redirect to the same origin, some times.
fn stay(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if is_same && attempt.previous().len() <= HOPS { attempt.follow() } else { attempt.stop() }
}

impl Question {
    /// Writes the question about a key: its secret fields and its public ones.
    pub fn new(
        probe: &Probe,
        base_url: &str,
        secrets: &[(String, Secret)],
        public: &BTreeMap<Text, Text>,
    ) -> Result<Self, AskError> {
        let value = |field: &str| {
            let secret = secrets.iter().find(|(name, _)| name == field).map(|(_, secret)| secret.expose());
            secret.or_else(|| public.get(field).map(|it| &**it)).filter(|it| !it.is_empty())
        };
        let path = filled(&probe.path, |field| public.get(field).map(|it| &**it)).ok_or(AskError::Incomplete)?;
        let url = joined(base_url, &path).ok_or(AskError::Address)?;
        let mut headers = HeaderMap::new();
        let mut proofs = 0;
        for (name, text) in &probe.headers {
            let Some(text) = filled(text, value) else { continue };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| AskError::Unlawful)?;
            let mut header = HeaderValue::from_bytes(text.as_bytes()).map_err(|_| AskError::Unlawful)?;
            header.set_sensitive(true);
            proofs += usize::from(text.as_str() != probe.headers[name.as_str()]);
            headers.insert(name, header);
        }
        // What holds a secret has to show one.
        if proofs == 0 && !secrets.is_empty() {
            return Err(AskError::Incomplete);
        }
        Ok(Self { url, headers, probe: probe.clone() })
    }
}

/// Puts fields in the place of their names in braces; none, if one is missing.
fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> Option<Zeroizing<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, field, after)) = rest
        .split_once('{')
        .and_then(|(before, rest)| rest.split_once('}').map(|(field, after)| (before, field, after)))
    {
        parts.extend([before, value(field)?]);
        rest = after;
    }
    parts.push(rest);
    // Large enough never to move.
    let mut filled = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in &parts {
        filled.push_str(part);
    }
    Some(filled)
}

/// Puts a path behind a base URL. What the one ends with and the other begins with stands there once.
fn joined(base_url: &str, path: &str) -> Option<Url> {
    let base = Url::parse(base_url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let before = base.path().trim_end_matches('/');
    let before =
        before.strip_suffix(first).filter(|rest| rest.ends_with('/')).map_or(before, |it| it.trim_end_matches('/'));
    let mut url = base.clone();
    url.set_path(&format!("{before}{path}"));
    url.set_query(query);
    url.set_fragment(None);
    Some(url)
}

#[cfg(test)]
mod tests;
