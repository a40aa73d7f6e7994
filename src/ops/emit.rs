//! `emit`: the answers for workflows, in a form that another system takes; with secrets only where that is asked for.

use serde_json::{Map, Value as Json};

use super::{
    disclose::{Granted, Purpose, Refused},
    failure::{Failure, Kind},
    question::Question,
    served::Served,
    session::Session,
    view::View,
};
pub use crate::emit::page::Page;
use crate::{
    domain::{
        catalogue::Ix,
        credential::{Credential, Owner, SecretRef},
        link::Link,
        name::printable,
    },
    emit::{
        dify_dsl, dify_overrides, dotenv, feedforward, json, litellm,
        sheet::{self, Sheet, Spot},
    },
    resolve::answer::{Outcome, Reason},
    vault::Secret,
};

/// A form that another system takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Everything, for programs.
    Json,
    /// Variables for vendors' programs.
    Dotenv,
    /// The body of a request to a Dify that has #37078.
    DifyOverrides,
    /// An export of Dify's, written anew.
    DifyDsl,
    /// A configuration of LiteLLM's proxy.
    Litellm,
    /// Rows for FeedForward's database.
    Feedforward,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Json, Self::Dotenv, Self::DifyOverrides, Self::DifyDsl, Self::Litellm, Self::Feedforward];

    /// Returns the form that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// The word for the command line and the audit log.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Dotenv => "dotenv",
            Self::DifyOverrides => "dify-overrides",
            Self::DifyDsl => "dify-dsl",
            Self::Litellm => "litellm",
            Self::Feedforward => "feedforward",
        }
    }
}

/// What is to be written.
pub struct Wanted {
    /// The workflows.
    pub questions: Vec<Question>,
    /// The form.
    pub format: Format,
    /// Whether secrets are written.
    pub reveal: bool,
    /// The export that is written anew.
    pub source: Option<Vec<u8>>,
    /// FeedForward's own `SECRET_KEY`.
    pub seal: Option<Secret>,
}

/// What was written.
pub struct Emitted {
    /// The text.
    pub page: Page,
    /// Whether every node gets a key.
    pub all_have_keys: bool,
}

/// A sheet before its secrets, and the keys in its order.
type Draft = (Sheet, Vec<Ix<Credential>>);

impl Session {
    /// Says whether secrets would be written, and whether that takes an unlocked vault. A refusal is noted.
    pub async fn may_emit(&self, wanted: &Wanted) -> Result<bool, Failure> {
        let (view, _) = self.fresh().await?;
        let (granted, _) = self.granted(Purpose::Emit, self.judge_emit(&view, wanted)).await?;
        Ok(granted.iter().any(Granted::is_sealed))
    }

    /// Writes the answers for workflows. Secrets among them are on record first.
    pub async fn emit(&self, wanted: Wanted) -> Result<Emitted, Failure> {
        let sheet = if wanted.reveal {
            let (handed, (mut sheet, _)) = self.hand_out(Purpose::Emit, |view| self.judge_emit(view, &wanted)).await?;
            let granted: Vec<Granted> = handed.iter().map(|it| it.granted.clone()).collect();
            for (key, it) in sheet.keys.iter_mut().zip(handed) {
                key.secrets = it.fields;
            }
            sheet.is_revealed = true;
            self.conclude(Purpose::Emit, &granted, "done", &Map::new()).await?;
            sheet
        } else {
            let (view, _) = self.fresh().await?;
            self.draft(&view, &wanted)?.0
        };
        let all_have_keys = sheet.places.iter().all(|spot| !spot.keys.is_empty());
        let page = tokio::task::spawn_blocking(move || write(&sheet, &wanted)).await;
        let page = page.map_err(|_| Failure::new(Kind::Internal, "writing was interrupted"))??;
        Ok(Emitted { page, all_have_keys })
    }

    fn judge_emit(&self, view: &View, wanted: &Wanted) -> Result<(Vec<Granted>, Draft), Refused> {
        let (sheet, keys) = self.draft(view, wanted)?;
        let mut granted = Vec::new();
        for ix in keys.iter().copied().filter(|_| wanted.reveal) {
            let judged = Granted::of(view, ix, Purpose::Emit, None);
            let mut one = judged.map_err(|failure| refused(view, ix, failure))?;
            one.details.insert("format".to_owned(), wanted.format.word().into());
            let places = wanted.questions.iter().map(|it| Json::from(it.place.as_str()));
            one.details.insert("for".to_owned(), places.collect());
            granted.push(one);
        }
        Ok((granted, (sheet, keys)))
    }

    /// Answers every question, and gathers the keys that come out and that the viewer may see.
    fn draft(&self, view: &View, wanted: &Wanted) -> Result<Draft, Failure> {
        let now = self.door().now();
        let (mut sheet, mut keys) = (Sheet::default(), Vec::new());
        for question in &wanted.questions {
            for served in view.served(question, now)? {
                let mut spot = spot(view, &served);
                for (ix, weight) in chosen(&served) {
                    let Some(record) = view.credential(ix) else {
                        "it gets a key that you may not see".clone_into(&mut spot.sentence);
                        continue;
                    };
                    let at = keys.iter().position(|known| *known == ix).unwrap_or_else(|| {
                        keys.push(ix);
                        sheet.keys.push(self.key(view, record));
                        keys.len() - 1
                    });
                    spot.keys.push((at, weight));
                }
                sheet.places.push(spot);
            }
        }
        Ok((sheet, keys))
    }

    fn key(&self, view: &View, key: &Credential) -> sheet::Key {
        let form = view.form_of(&key.provider);
        let vocabulary = view.vocabulary();
        let entry = vocabulary.provider(&key.provider).and_then(|ix| vocabulary.provider_entry(ix));
        let aliases = entry.and_then(|it| it.provider()).map(|it| it.aliases.clone()).unwrap_or_default();
        let whole = aliases.iter().find(|alias| alias.matches('/').count() == 2);
        let probe = self.door().probes().get(&key.provider);
        let is_ours = entry.is_some_and(|it| it.built_in.is_none());
        let secret_fields = match &key.secret {
            SecretRef::Sealed(sealed) => sealed.fields.iter().map(ToString::to_string).collect(),
            _ => form.iter().filter(|it| it.secret).take(1).map(|it| it.name.to_string()).collect(),
        };
        sheet::Key {
            id: key.id.to_string(),
            name: key.name.to_string(),
            provider: key.provider.to_string(),
            dify_provider: whole.unwrap_or(&key.provider).to_string(),
            owner: match key.owner {
                Owner::System => sheet::Owner::System,
                Owner::Department(_) => sheet::Owner::Department,
                Owner::Operator(id) => {
                    let operators = view.catalogue().operators();
                    let email = operators.find(id).and_then(|ix| view.operator(ix)?.email.clone());
                    sheet::Owner::Operator(email.map(|it| it.to_string()))
                }
            },
            foreign_id: key.foreign_id.as_ref().map(ToString::to_string),
            base_url: view.base_url_of(key).map(|it| it.to_string()),
            speaks_openai: probe.map_or(is_ours, crate::config::probes::Probe::is_openais),
            fields: key.fields.clone(),
            secret_fields,
            variables: form.iter().filter_map(|it| Some((it.name.to_string(), it.env.as_ref()?.to_string()))).collect(),
            secrets: Vec::new(),
        }
    }
}

fn refused(view: &View, ix: Ix<Credential>, failure: Failure) -> Refused {
    let subject = (failure.kind == Kind::NotAllowed).then(|| {
        let name = view.credential_name(ix);
        Link::new("key", &[&*name]).map_or_else(|| "key".to_owned(), |link| link.to_string())
    });
    let message = format!("{}: {}", printable(&view.credential_name(ix)), failure.message);
    Refused { failure: Failure { message, ..failure }, subject }
}

/// Returns the keys of an answer with their weights: one, or the members of a pool that can be chosen.
fn chosen(served: &Served) -> Vec<(Ix<Credential>, u32)> {
    match served.key.filter(|_| served.row.outcome.gives_key()) {
        Some(key) => vec![(key, 1)],
        None if served.row.outcome == Outcome::Pooled => {
            let members = served.pool.iter().filter(|it| it.reason.is_none() && it.weight > 0);
            members.map(|it| (it.key, it.weight)).collect()
        }
        None => Vec::new(),
    }
}

fn spot(view: &View, served: &Served) -> Spot {
    let row = &served.row;
    let record = served.node.and_then(|ix| view.node(ix));
    Spot {
        workflow: row.workflow.clone().unwrap_or_default(),
        node: row.node.clone(),
        foreign_id: record.and_then(|it| it.foreign_id.as_ref()).map(ToString::to_string),
        provider: served.provider().to_owned(),
        model: row.model.as_ref().map(ToString::to_string),
        kind: served.kind,
        environment: row.environment.as_ref().map(ToString::to_string),
        outcome: row.outcome.word(),
        reason: row.reason.map(Reason::word),
        sentence: row.sentence.clone(),
        keys: Vec::new(),
    }
}

fn write(sheet: &Sheet, wanted: &Wanted) -> Result<Page, Failure> {
    Ok(match wanted.format {
        Format::Json => json::write(sheet),
        Format::Dotenv => dotenv::write(sheet),
        Format::DifyOverrides => dify_overrides::write(sheet),
        Format::Litellm => litellm::write(sheet),
        Format::Feedforward => feedforward::write(sheet, wanted.seal.as_ref().map(feedforward::Seal::new).as_ref()),
        Format::DifyDsl => {
            let source = wanted.source.as_deref().unwrap_or_default();
            dify_dsl::write(sheet, source).map_err(|problem| Failure::usage(format!("the export: {problem}")))?
        }
    })
}
