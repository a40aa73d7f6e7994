//! Verifying: vendors are asked whether keys work, and their answers are kept with their time.
//!
//! Many keys are asked about in batches: the intents of one are written together, then its vendors are asked side by
//! side, then the answers are kept together. Stopping leaves no intent of a question that was never put.

use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tokio_util::sync::CancellationToken;

use super::{
    disclose::{Granted, Handed, Purpose, Refused, Wish, judge},
    failure::{Failure, Kind},
    rotation::Tried,
    session::Session,
    view::View,
};
use crate::{
    config::probes::Probe,
    domain::{
        Text, Timestamp,
        credential::Credential,
        fact::{Answer, Verified},
        id::Id,
        name::printable,
    },
    probe::{AskError, Asker, Question, Told},
    vault::UrlOrigin,
};

/// How many keys are asked about together.
const BATCH: usize = 16;

/// How many vendors are asked at once.
const AT_ONCE: usize = 4;

/// What came of asking about one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifyRow {
    /// The key.
    pub key: String,
    /// Its provider, if the key may be seen.
    pub provider: Option<Text>,
    /// Whether it was asked about the secret that is stored beside the one in use.
    pub next: bool,
    /// What the vendor said; none, if it was not asked.
    pub answer: Option<Answer>,
    /// Why, in a few words.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// Why it was not asked.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

/// Which secret of a key is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The one in use.
    Current,
    /// The one that is stored beside it, which nothing uses yet.
    Next,
}

/// One key in the middle of being asked about.
struct Asked {
    granted: Granted,
    which: Which,
    /// What came of it; none, if it was stopped.
    told: Option<Result<Told, Failure>>,
    at: Timestamp,
}

impl Session {
    /// Says whether asking about keys takes an unlocked vault.
    pub async fn may_verify(&self, keys: &[String], which: Which) -> Result<bool, Failure> {
        let (view, _) = self.fresh().await?;
        let sealed = |key: &String| self.judge_verify(&view, key, which).is_ok_and(|granted| granted.is_sealed());
        Ok(keys.iter().any(sealed))
    }

    /// Asks vendors about keys, by name or id, and keeps what they say: of a secret that is not in use yet as its trial.
    /// Each result is told as soon as it is there; those
    /// that are left when `stop` is cancelled are not asked.
    pub async fn verify(
        &self,
        keys: &[String],
        which: Which,
        asker: &Asker,
        stop: &CancellationToken,
        mut tell: impl FnMut(&VerifyRow) + Send,
    ) -> Result<Vec<VerifyRow>, Failure> {
        let mut rows = Vec::new();
        for batch in keys.chunks(BATCH) {
            if stop.is_cancelled() {
                break;
            }
            let (handed, refused) = self.hand_batch(batch, which).await;
            for row in refused {
                tell(&row);
                rows.push(row);
            }
            let mut asked = Vec::new();
            {
                let mut asking =
                    stream::iter(handed).map(|it| self.ask(it, which, asker, stop)).buffer_unordered(AT_ONCE);
                while let Some(one) = asking.next().await {
                    if let Some(row) = one.row() {
                        tell(&row);
                        rows.push(row);
                    }
                    asked.push(one);
                }
            }
            self.keep_answers(asked).await?;
        }
        // What was kept stays kept, though nobody can read it just now.
        let _ = self.refresh().await;
        // In whatever order vendors answered.
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(rows)
    }

    /// Hands out the keys of a batch, and says which are not.
    async fn hand_batch(&self, keys: &[String], which: Which) -> (Vec<Handed>, Vec<VerifyRow>) {
        let (mut lawful, mut refused) = (Vec::new(), Vec::new());
        for key in keys {
            match self.granted(Purpose::Verify, self.verifiable(key, which).await).await {
                Ok(_) => lawful.push(key.clone()),
                Err(failure) => refused.push(self.not_asked(key, which, failure)),
            }
        }
        if lawful.is_empty() {
            return (Vec::new(), refused);
        }
        if let Ok(handed) = self.hand_all(&lawful, which).await {
            return (handed, refused);
        }
        // One of them spoils it for all: each by itself.
        let mut all = Vec::new();
        for key in &lawful {
            match self.hand_all(std::slice::from_ref(key), which).await {
                Ok(handed) => all.extend(handed),
                Err(failure) => refused.push(self.not_asked(key, which, failure)),
            }
        }
        (all, refused)
    }

    async fn verifiable(&self, key: &str, which: Which) -> Result<(Vec<Granted>, ()), Refused> {
        let (view, _) = self.fresh().await?;
        self.judge_verify(&view, key, which).map(|granted| (vec![granted], ()))
    }

    async fn hand_all(&self, keys: &[String], which: Which) -> Result<Vec<Handed>, Failure> {
        let judge = |view: &View| {
            let all: Result<Vec<Granted>, Refused> =
                keys.iter().map(|key| self.judge_verify(view, key, which)).collect();
            Ok((all?, ()))
        };
        Ok(self.hand_out(Purpose::Verify, judge).await?.0)
    }

    /// Judges one key: as every disclosure, and whether there is a question for its vendor.
    fn judge_verify(&self, view: &View, key: &str, which: Which) -> Result<Granted, Refused> {
        let wish = Wish { key, field: None, purpose: Purpose::Verify };
        let (granted, ()) = judge(view, wish)?;
        let granted = granted.into_iter().next().ok_or_else(super::disclose::absent)?;
        let granted = if which == Which::Next { granted.with_next(view)? } else { granted };
        let address = granted.base_url.clone().ok_or_else(|| {
            Failure::usage(format!("{} has no base URL to ask at", granted.key.name))
                .hint("give it one: keydeck edit key/NAME base_url=https://…, with its secret")
        })?;
        if self.probe(view, &granted.key).is_none() {
            let message = format!("{} answers no question from which a key can be told", granted.key.provider);
            return Err(Failure::usage(message).hint("try the key at the vendor").into());
        }
        if self.identity().is_afar() && !is_vendors_own(view, &granted.key, &address) {
            let message =
                format!("{} has a base URL of its own, which is asked from this machine alone", granted.key.name);
            let failure = Failure::new(Kind::NotAllowed, message).hint("run it on the machine that holds the database");
            return Err(Refused { subject: Some(granted.subject()), failure });
        }
        Ok(granted)
    }

    /// Returns the question for a key's vendor: its own, or the usual one for a vendor that somebody described.
    fn probe(&self, view: &View, key: &Credential) -> Option<Probe> {
        let probes = self.door().probes();
        let vocabulary = view.vocabulary();
        let entry = vocabulary.provider(&key.provider).and_then(|ix| vocabulary.provider_entry(ix));
        let is_built_in = entry.is_some_and(|it| it.built_in.is_some());
        probes.get(&key.provider).or_else(|| (!is_built_in).then(|| probes.usual())).cloned()
    }

    async fn ask(&self, handed: Handed, which: Which, asker: &Asker, stop: &CancellationToken) -> Asked {
        let Handed { granted, fields } = handed;
        let question = || {
            let probe = self.probe(&self.view(), &granted.key).ok_or(AskError::Address)?;
            let base_url = granted.base_url.as_deref().ok_or(AskError::Address)?;
            Question::new(&probe, base_url, &fields, &granted.key.fields)
        };
        let told = match question() {
            Err(error) => Some(Err(Failure::new(Kind::NoKey, format!("{}: {error}", granted.key.name)))),
            Ok(question) => {
                drop(fields);
                tokio::select! {
                    told = asker.ask(question) => Some(Ok(told)),
                    () = stop.cancelled() => None,
                }
            }
        };
        Asked { granted, which, told, at: self.door().now() }
    }

    /// Keeps what was said, and writes down how each question went.
    async fn keep_answers(&self, asked: Vec<Asked>) -> Result<(), Failure> {
        if asked.is_empty() {
            return Ok(());
        }
        let verified = |it: &Asked| match &it.told {
            Some(Ok(told)) if it.which == Which::Current => {
                Some((it.granted.key.id, Verified { at: it.at, answer: told.answer }))
            }
            _ => None,
        };
        let said: Vec<(Id<Credential>, Verified)> = asked.iter().filter_map(verified).collect();
        let outcomes = asked.iter().map(|it| (&it.granted, it.outcome()));
        self.conclude_each(Purpose::Verify, outcomes).await?;
        if !said.is_empty() {
            self.door().store.set_verified(self.workspace(), &said).await?;
        }
        for it in asked.iter().filter(|it| it.which == Which::Next) {
            if let (Some(Ok(told)), Some(version)) = (&it.told, it.granted.version()) {
                let tried = Tried { version, answer: told.answer, at: it.at, by_vendor: true };
                self.note_tried(&it.granted.key, tried).await?;
            }
        }
        Ok(())
    }

    fn not_asked(&self, key: &str, which: Which, failure: Failure) -> VerifyRow {
        let view = self.view();
        let seen = view.find_credential(key).ok().and_then(|ix| view.credential(ix));
        VerifyRow {
            key: seen.map_or_else(|| printable(key).into_owned(), |it| it.name.to_string()),
            provider: seen.map(|it| it.provider.clone()),
            next: which == Which::Next,
            answer: None,
            why: failure.message.clone(),
            at: self.door().now(),
            failure: Some(failure),
        }
    }
}

impl Asked {
    fn row(&self) -> Option<VerifyRow> {
        let (answer, why, failure) = match self.told.as_ref()? {
            Ok(told) => (Some(told.answer), told.why.clone(), None),
            Err(failure) => (None, failure.message.clone(), Some(failure.clone())),
        };
        let (key, provider) = (self.granted.key.name.to_string(), Some(self.granted.key.provider.clone()));
        Some(VerifyRow { key, provider, next: self.which == Which::Next, answer, why, at: self.at, failure })
    }

    fn outcome(&self) -> (&'static str, Map<String, Json>) {
        let detail = |name: &str, value: Json| Map::from_iter([(name.to_owned(), value)]);
        match &self.told {
            Some(Ok(told)) => {
                let mut details = detail("answer", told.answer.word().into());
                details.insert("reason".to_owned(), told.why.as_str().into());
                ("done", details)
            }
            Some(Err(failure)) => ("failed", detail("reason", failure.message.as_str().into())),
            None => ("failed", detail("reason", "stopped before there was an answer".into())),
        }
    }
}

/// Says whether a key is sent to its vendor's own place, as keydeck knows it by itself.
fn is_vendors_own(view: &View, key: &Credential, address: &str) -> bool {
    let vocabulary = view.vocabulary();
    let entry = vocabulary.provider(&key.provider).and_then(|ix| vocabulary.provider_entry(ix));
    let known = entry.and_then(|it| it.built_in.as_ref()?.base_url.clone());
    let origin = |url: &str| UrlOrigin::of(url).ok();
    known.is_some_and(|known| origin(&known).is_some() && origin(&known) == origin(address))
}

#[cfg(test)]
mod tests;
