//! Keys for programs: what a workflow resolves to, with the secrets, where the token says that its program gets them.
//!
//! Judged and opened as every disclosure is ([`Session::hand_out`](super::Session)); besides, the token is read once
//! more after the intent is on record, so that one that was taken back meanwhile opens nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::Program;
use crate::{
    domain::{
        Text,
        catalogue::Ix,
        credential::Credential,
        link::{Link, encode},
        name::printable,
    },
    ops::{
        disclose::{Granted, Purpose, Refused},
        failure::{Failure, Kind},
        question::{Answers, Question},
        served::Served,
        token,
        view::View,
    },
    resolve::answer::Outcome,
    vault::Secret,
};

/// Answers with keys. Whoever takes it writes it to the program, and drops it.
pub struct HandedOut {
    /// The answers.
    pub answers: Answers,
    /// The keys, each once.
    pub keys: Vec<OpenKey>,
    /// Which of the keys each answer gets.
    pub of: Vec<usize>,
}

/// What a judgement grants: the keys, the answers, and which key each answer gets.
type Judged = (Vec<Granted>, (Answers, Vec<usize>));

/// A key with its secret.
pub struct OpenKey {
    /// The secret fields, in the order of the provider's form.
    pub fields: Vec<(String, Secret)>,
    /// The fields that are no secret.
    pub settings: BTreeMap<Text, Text>,
    /// Where the secret may be sent.
    pub base_url: Option<Text>,
}

impl Program {
    /// Hands out the keys of everything that was asked about, or none.
    pub async fn hand_out(&self, question: &Question) -> Result<HandedOut, Failure> {
        let (handed, (answers, of)) = self.session.hand_out(Purpose::Http, |view| self.judge(view, question)).await?;
        let (granted, opened): (Vec<_>, Vec<_>) = handed.into_iter().map(|it| (it.granted, it.fields)).unzip();
        if let Err(failure) = self.is_still_good().await {
            let why = Map::from_iter([("reason".to_owned(), Json::from(failure.message.as_str()))]);
            // The intents alone say already that it may have happened.
            let _ = self.session.conclude(Purpose::Http, &granted, "failed", &why).await;
            return Err(failure);
        }
        self.session.conclude(Purpose::Http, &granted, "done", &Map::new()).await?;
        let keys = granted.into_iter().zip(opened).map(|(granted, fields)| OpenKey {
            fields,
            settings: granted.key.fields,
            base_url: granted.base_url,
        });
        Ok(HandedOut { answers, keys: keys.collect(), of })
    }

    /// Reads the token once more.
    async fn is_still_good(&self) -> Result<(), Failure> {
        let door = self.session.door();
        let row = door.store.token(self.token.id).await?;
        let gone = || Failure::new(Kind::NotAllowed, "this token is gone");
        match token::refusal(&row.ok_or_else(gone)?.token, door.now()) {
            None => Ok(()),
            Some(failure) => Err(failure),
        }
    }

    /// Judges a request for keys on one state: the token first, then each key by the operator's rights.
    fn judge(&self, view: &View, question: &Question) -> Result<Judged, Refused> {
        let by_token = |failure| Refused { failure, subject: Some(self.subject()) };
        self.allows(view, question).map_err(by_token)?;
        if !self.token.scope.secrets {
            let failure = Failure::new(Kind::NotAllowed, "this token gets answers, and no secrets");
            return Err(by_token(
                failure.hint("leave out \"secret\", or ask an admin for a token made with --secrets"),
            ));
        }
        let now = self.session.door().now();
        let (answers, served) = (view.ask(question, now)?, view.served(question, now)?);
        if served.is_empty() {
            let failure = Failure::new(Kind::NoKey, "there are no nodes, so no vendor is asked for");
            return Err(failure.hint("name a vendor: \"provider\"").into());
        }
        let (mut keys, mut of) = (Vec::<Ix<Credential>>::new(), Vec::new());
        for one in &served {
            let key = key_of(one)?;
            let place = keys.iter().position(|it| *it == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            of.push(place);
        }
        let details = self.details(question, &served);
        let grant = |ix: &Ix<Credential>| {
            let judged = Granted::of(view, *ix, Purpose::Http, None);
            judged
                .map(|mut granted| {
                    granted.details.clone_from(&details);
                    granted
                })
                .map_err(|failure| {
                    let subject = (failure.kind == Kind::NotAllowed).then(|| subject_of(view, *ix));
                    let message = format!("{}: {}", printable(&view.credential_name(*ix)), failure.message);
                    Refused { failure: Failure { message, ..failure }, subject }
                })
        };
        let granted = keys.iter().map(grant).collect::<Result<Vec<_>, _>>()?;
        Ok((granted, (answers, of)))
    }

    fn subject(&self) -> String {
        format!("token/{}", encode(&self.token.name))
    }

    /// Returns what the intents say of the request.
    fn details(&self, question: &Question, served: &[Served]) -> Map<String, Json> {
        let mut details = Map::new();
        details.insert("token".to_owned(), self.token.id.to_string().into());
        details.insert("for".to_owned(), question.place.as_str().into());
        let nodes: BTreeSet<&str> = served.iter().filter_map(|it| it.row.node.as_deref()).collect();
        if !nodes.is_empty() {
            details.insert("nodes".to_owned(), nodes.into_iter().collect());
        }
        if let Some(run) = &question.run_id {
            details.insert("run".to_owned(), run.as_str().into());
        }
        details
    }
}

fn key_of(one: &Served) -> Result<Ix<Credential>, Failure> {
    match (one.key, one.row.outcome) {
        (Some(key), outcome) if outcome.gives_key() => Ok(key),
        (None, Outcome::Pooled) => {
            Err(Failure::usage(format!("{} gets one of a pool's keys, by the run", one.label()))
                .hint("name the run: \"run_id\""))
        }
        _ => Err(Failure::new(Kind::NoKey, format!("{} gets no key: {}", one.label(), one.row.sentence))
            .hint("ask without \"secret\" to see each rule; \"node\" asks about one node")),
    }
}

fn subject_of(view: &View, ix: Ix<Credential>) -> String {
    let name = view.catalogue().credentials().get(ix).map(|key| key.name.to_string());
    name.and_then(|name| Link::new("key", &[&name])).map_or_else(|| "key".to_owned(), |link| link.to_string())
}
