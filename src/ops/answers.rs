//! Answers: what `resolve` and `why` print, with the keys of the command line's contract, masked for the reader.

use serde::Serialize;

use super::{
    costs::BudgetNote,
    in_force::DifyToday,
    naming::Readers,
    rows::{self, OwnerRow},
    view::View,
};
use crate::{
    domain::{
        Text, Timestamp,
        assignment::Assignment,
        catalogue::{Ix, ModelIx, ProviderIx},
        credential::{Credential, Pool, SecretRef},
        money::MicroDollars,
        workflow::{App, Workflow},
    },
    resolve::{
        answer::{Layer, Missing, Outcome, Pointer, Reason, Resolution, Share, Source, Step, Verdict},
        query::{At, Environment, Inputs, Layers, Place, Query},
        sentence::{Naming, Sentences},
    },
};

/// What every masked key is called.
const PRIVATE: &str = "a private key";

/// One answer. The keys are those of the contract; `remedy` and `department` come besides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnswerRow {
    /// The workflow; none where an app was asked for.
    pub workflow: Option<String>,
    /// The node; none where a provider was asked for.
    pub node: Option<String>,
    /// The canonical provider.
    pub provider: Option<Text>,
    /// The model.
    pub model: Option<Text>,
    /// The environment that counted.
    pub environment: Option<Text>,
    /// How the search ended.
    pub outcome: Outcome,
    /// The key.
    pub credential: Option<KeyRow>,
    /// The pool.
    pub pool: Option<PoolAnswer>,
    /// The layer that decided.
    pub layer: Option<Layer>,
    /// The id of the rule that decided, if it was a rule.
    pub rule: Option<String>,
    /// Why there is no key.
    pub reason: Option<Reason>,
    /// All of it in one sentence.
    pub sentence: String,
    /// The variables that lack a value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingRow>,
    /// What Dify uses today, where it decides by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dify_today: Option<DifyToday>,
    /// What the model costs and the workflow cost.
    pub cost_hint: CostHint,
    /// The revision that it was computed on.
    pub revision: u64,
    /// Everything that was looked at.
    pub trace: Vec<StepRow>,
}

/// A key in an answer. What the reader may not list is empty but for its masked name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRow {
    /// Its stable id.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Who it belongs to.
    pub owner: Option<OwnerRow>,
    /// The environment that it is for.
    pub environment: Option<Text>,
    /// The end of its secret.
    pub last4: Option<Text>,
    /// When it ends to be valid.
    pub expires_at: Option<Timestamp>,
    /// Where its secret is: `sealed`, `external`, `absent` or `unreadable`.
    pub secret: Option<&'static str>,
}

/// A pool in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolAnswer {
    /// Its stable id.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its members in the order written.
    pub members: Vec<ShareRow>,
}

/// A member of a pool in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareRow {
    /// The key's name.
    pub key: String,
    /// Its weight as written.
    pub weight: u32,
    /// Its part of the load, from 0 to 1.
    pub share: f64,
    /// Whether it can be used here.
    pub usable: bool,
    /// Why not.
    pub reason: Option<Reason>,
}

/// A variable without value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingRow {
    /// The variable, bare.
    pub variable: Text,
    /// The keys that could come out.
    pub could_be: Vec<String>,
}

/// What a model costs, and what the workflow cost in the last thirty days. Unknown is empty, never zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostHint {
    /// For a million tokens in.
    pub input_per_million: Option<MicroDollars>,
    /// For a million tokens out.
    pub output_per_million: Option<MicroDollars>,
    /// Always `USD`.
    pub currency: &'static str,
    /// Where the price stands.
    pub source: Option<Text>,
    /// What the workflow cost in the last thirty days.
    pub spent_30d: Option<MicroDollars>,
    /// Whether that is an estimate.
    pub estimate: bool,
    /// The budgets that count: of the key, the workflow, its app and its departments; how much is left, and when they
    /// run out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub budgets: Vec<BudgetNote>,
}

/// One step of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// Its layer.
    pub layer: Layer,
    /// The department, in the layer of departments.
    pub department: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Reason>,
    /// The id of the rule, if it is one.
    pub rule: Option<String>,
    /// Who wrote the rule.
    pub author: Option<Text>,
    /// The revision that wrote it.
    pub revision: Option<u64>,
    /// What it points at: `key/openai-finance`, `deny`.
    pub target: Option<String>,
    /// All of it in one sentence.
    pub sentence: String,
    /// The one change that would let it win.
    pub remedy: Option<String>,
}

/// Asks and writes answers down for some readers.
struct Writer<'a> {
    view: &'a View,
    readers: Readers<'a>,
}

impl View {
    /// Answers for a place, as this viewer and `others` may all read it.
    pub fn answer_row(&self, place: Place, inputs: &Inputs, now: Timestamp, others: &[&View]) -> AnswerRow {
        let readers: Vec<&View> = std::iter::once(self).chain(others.iter().copied()).collect();
        Writer { view: self, readers: Readers(&readers) }.answer(&Query { place, now, inputs })
    }
}

impl Writer<'_> {
    fn answer(&self, query: &Query<'_>) -> AnswerRow {
        let resolution = self.view.resolve(query);
        let sentences = Sentences::new(self.view.catalogue(), query, &self.readers);
        let (workflow, app) = self.place(query);
        let (provider, model) = self.model(query);
        let answer = &resolution.answer;
        AnswerRow {
            workflow: workflow.and_then(|ix| self.view.workflow(ix)).map(|it| it.name.to_string()),
            node: match query.place {
                Place::Node(ix) => self.view.node(ix).map(|it| it.name.to_string()),
                Place::Pair { .. } => None,
            },
            provider: match &query.place {
                Place::Pair { provider, .. } => Some(provider.clone()),
                Place::Node(_) => provider.map(|ix| self.view.provider_slug(ix).clone()),
            },
            model: match &query.place {
                Place::Pair { model, .. } => model.clone(),
                Place::Node(_) => model.map(|ix| self.view.model_name(ix).into()),
            },
            environment: self.environment(query, workflow),
            outcome: answer.outcome,
            credential: answer.credential.map(|ix| self.key(ix)),
            pool: answer.pool.filter(|_| answer.outcome == Outcome::Pooled).map(|ix| self.pool(ix, &resolution.pool)),
            layer: answer.layer,
            rule: answer.source.and_then(|source| self.rule(source)).map(|(id, _)| id),
            reason: answer.reason,
            sentence: sentences.answer(&resolution),
            missing: resolution.missing.iter().map(|missing| self.missing(missing)).collect(),
            dify_today: match query.place {
                Place::Node(ix) if query.inputs.layers == Layers::All => self.view.dify_today(ix, answer, query.now),
                _ => None,
            },
            cost_hint: self.cost(model, (workflow, app), answer.credential, query.now),
            revision: resolution.revision,
            trace: resolution.trace.iter().map(|step| self.step(&sentences, &resolution, step)).collect(),
        }
    }

    fn place(&self, query: &Query<'_>) -> (Option<Ix<Workflow>>, Option<Ix<App>>) {
        match query.place {
            Place::Node(ix) => (self.view.workflow_of(ix), None),
            Place::Pair { at: At::Workflow(ix), .. } => (Some(ix), None),
            Place::Pair { at: At::App(ix), .. } => (None, Some(ix)),
        }
    }

    fn model(&self, query: &Query<'_>) -> (Option<ProviderIx>, Option<ModelIx>) {
        match &query.place {
            Place::Node(ix) => {
                self.view.model_of(*ix).map_or((None, None), |(provider, model)| (Some(provider), Some(model)))
            }
            Place::Pair { provider, model, .. } => {
                let vocabulary = self.view.vocabulary();
                let provider = vocabulary.provider(provider);
                (provider, provider.zip(model.as_ref()).and_then(|(provider, model)| vocabulary.model(provider, model)))
            }
        }
    }

    fn environment(&self, query: &Query<'_>, workflow: Option<Ix<Workflow>>) -> Option<Text> {
        match &query.inputs.environment {
            Environment::Is(text) => (!text.is_empty()).then(|| text.clone()),
            Environment::Workflow => workflow.and_then(|ix| self.view.workflow(ix))?.environment.clone(),
        }
    }

    fn key_name(&self, ix: Ix<Credential>) -> String {
        self.readers.credential(ix).map_or_else(|| PRIVATE.to_owned(), std::borrow::Cow::into_owned)
    }

    fn key(&self, ix: Ix<Credential>) -> KeyRow {
        let name = self.key_name(ix);
        let seen = self.readers.credential(ix).and_then(|_| self.view.credential(ix));
        let owner = self.view.catalogue().credentials().row(ix).map(|row| OwnerRow::of(self.view, row.owner));
        KeyRow {
            id: seen.map(|it| it.id.to_string()),
            name,
            owner: owner.filter(|_| seen.is_some()),
            environment: seen.and_then(|it| it.environment.clone()),
            last4: seen.and_then(|it| match &it.secret {
                SecretRef::Sealed(sealed) => sealed.last4.clone(),
                SecretRef::Absent | SecretRef::External(_) => None,
            }),
            expires_at: seen.and_then(|it| it.expires),
            secret: seen.map(|it| rows::secret_word(self.view, it)),
        }
    }

    fn pool(&self, ix: Ix<Pool>, shares: &[Share]) -> PoolAnswer {
        let seen = self.readers.pool(ix);
        PoolAnswer {
            id: seen.as_ref().and_then(|_| self.view.pool(ix)).map(|it| it.id.to_string()),
            name: seen.map_or_else(|| self.view.pool_name(ix).into_owned(), std::borrow::Cow::into_owned),
            members: shares
                .iter()
                .map(|share| ShareRow {
                    key: self.key_name(share.key),
                    weight: share.weight,
                    share: share.share,
                    usable: share.reason.is_none(),
                    reason: share.reason,
                })
                .collect(),
        }
    }

    fn missing(&self, missing: &Missing) -> MissingRow {
        let could_be = missing.could_be.iter().map(|&ix| self.key_name(ix)).collect();
        MissingRow { variable: missing.variable.clone(), could_be }
    }

    /// Returns the id of a rule that the reader sees, and which it is.
    fn rule(&self, source: Source) -> Option<(String, Ix<Assignment>)> {
        let Source::Rule(ix) = source else { return None };
        self.view.assignment(ix).map(|rule| (rule.id.to_string(), ix))
    }

    fn step(&self, sentences: &Sentences<'_>, resolution: &Resolution, step: &Step) -> StepRow {
        let rule = step.source.and_then(|source| self.rule(source));
        let origin = rule.as_ref().and_then(|&(_, ix)| self.view.origin(ix));
        StepRow {
            layer: step.layer,
            department: step.department.map(|ix| {
                self.readers.department(ix).map_or_else(|| "a department".to_owned(), std::borrow::Cow::into_owned)
            }),
            verdict: step.verdict,
            reason: step.reason,
            author: origin.map(|origin| origin.author.clone()),
            revision: origin.map(|origin| origin.revision),
            rule: rule.map(|(id, _)| id),
            target: step.target.as_ref().map(|target| self.target(target)),
            sentence: sentences.step(resolution, step),
            remedy: sentences.remedy(resolution, step),
        }
    }

    fn target(&self, target: &Pointer) -> String {
        match target {
            Pointer::Key(ix) => format!("key/{}", self.key_name(*ix)),
            Pointer::Unknown(name) => format!("key/{name}"),
            Pointer::Pool(ix) => {
                let name = self.readers.pool(*ix);
                format!("pool/{}", name.unwrap_or_else(|| self.view.pool_name(*ix)))
            }
            Pointer::Variable(selector) => format!("variable/{}", self.view.vocabulary().text(*selector)),
            Pointer::Deny => "deny".to_owned(),
        }
    }

    /// Returns the budgets that every reader may list.
    fn budgets(
        &self,
        (workflow, app): (Option<Ix<Workflow>>, Option<Ix<App>>),
        key: Option<Ix<Credential>>,
        now: Timestamp,
    ) -> Vec<BudgetNote> {
        let read = |view: &View| {
            let mut notes = view.budgets_at(workflow, key, now);
            notes.extend(app.into_iter().flat_map(|app| view.budgets_of_app(app, now)));
            notes
        };
        let mut notes = read(self.view);
        for reader in self.readers.0 {
            let theirs = read(reader);
            notes.retain(|note| theirs.contains(note));
        }
        notes
    }

    fn cost(
        &self,
        model: Option<ModelIx>,
        (workflow, app): (Option<Ix<Workflow>>, Option<Ix<App>>),
        key: Option<Ix<Credential>>,
        now: Timestamp,
    ) -> CostHint {
        let price = model.and_then(|model| self.view.price(model, now));
        let spent = workflow.and_then(|ix| self.view.recent_spend(ix)).or_else(|| self.view.recent_spend_of_app(app?));
        CostHint {
            input_per_million: price.as_ref().map(|it| it.input),
            output_per_million: price.as_ref().and_then(|it| it.output),
            currency: "USD",
            source: price.map(|it| it.source),
            spent_30d: spent.map(|it| it.amount),
            estimate: spent.is_some_and(|it| it.estimate),
            budgets: self.budgets((workflow, app), key, now),
        }
    }
}
