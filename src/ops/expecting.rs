//! Expecting: what should be used, beside what would be; for tests of a workspace.

use serde::Serialize;

use super::{
    answers::AnswerRow,
    failure::Failure,
    question::{Answers, Question},
    view::View,
};
use crate::{
    domain::Timestamp,
    import::expectations::{Expectation, Wants},
};

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// What reports call it.
    pub name: String,
    /// The line of the file at which it stands.
    pub line: usize,
    /// The place that was asked, as a link.
    pub place: String,
    /// Whether every answer is as expected.
    pub passed: bool,
    /// How many nodes were asked.
    pub nodes: usize,
    /// Where it is not.
    pub failures: Vec<Miss>,
    /// Why nothing could be asked.
    pub error: Option<String>,
}

/// An answer that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// The workflow.
    pub workflow: Option<String>,
    /// The node; none where a pair was asked.
    pub node: Option<String>,
    /// What is expected: `key openai-a`.
    pub expected: String,
    /// What is used instead: `key openai-b`.
    pub found: String,
    /// The answer in one sentence.
    pub sentence: String,
}

impl Miss {
    /// Says what was expected where, and what is.
    pub fn text(&self) -> String {
        let Self { expected, found, sentence, .. } = self;
        let at = match (&self.workflow, &self.node) {
            (Some(workflow), Some(node)) => format!("node {node} of {workflow}: "),
            _ => String::new(),
        };
        format!("{at}expected {expected}, found {found}. {sentence}")
    }
}

impl View {
    /// Tries an expectation at `now`. A name that leads nowhere is an error of the expectation, not of the program.
    pub fn try_expectation(&self, it: &Expectation, now: Timestamp) -> Tried {
        let tried = |nodes, failures: Vec<Miss>, error: Option<String>| Tried {
            name: it.name.clone(),
            line: it.line,
            place: it.place.clone(),
            passed: failures.is_empty() && error.is_none(),
            nodes,
            failures,
            error,
        };
        match self.ask(&question(it), now) {
            Err(failure) => tried(0, Vec::new(), Some(in_a_line(&failure))),
            Ok(Answers { nodes, .. }) if nodes.is_empty() => {
                tried(0, Vec::new(), Some("it has no node that could get a key".to_owned()))
            }
            Ok(Answers { nodes, .. }) => {
                let misses = nodes.iter().flat_map(|answer| misses(&it.wants, answer)).collect();
                tried(nodes.len(), misses, None)
            }
        }
    }
}

fn question(it: &Expectation) -> Question {
    Question {
        place: it.place.clone(),
        node: it.node.clone(),
        provider: it.provider.clone(),
        model: it.model.clone(),
        kind: None,
        environment: it.environment.clone(),
        variables: it.vars.clone(),
        overrides: it.overrides.clone(),
        at: it.at,
        run_id: it.run_id.clone(),
        operator: it.operator.clone(),
        dify: false,
    }
}

fn in_a_line(failure: &Failure) -> String {
    failure.hints.iter().fold(failure.message.clone(), |text, hint| format!("{text}; {hint}"))
}

fn misses(wants: &Wants, answer: &AnswerRow) -> Vec<Miss> {
    let key = answer.credential.as_ref().map(|it| (Some(it.name.as_str()), it.id.as_deref()));
    let pool = answer.pool.as_ref().map(|it| (Some(it.name.as_str()), it.id.as_deref()));
    let is = |wanted: &str, thing: Option<(Option<&str>, Option<&str>)>| {
        thing.is_some_and(|(name, id)| name == Some(wanted) || id == Some(wanted))
    };
    let mut wrong: Vec<(String, String)> = Vec::new();
    if let Some(wanted) = wants.key.as_deref().filter(|wanted| !is(wanted, key)) {
        wrong.push((format!("key {wanted}"), used(answer)));
    }
    if let Some(wanted) = wants.pool.as_deref().filter(|wanted| !is(wanted, pool)) {
        wrong.push((format!("pool {wanted}"), used(answer)));
    }
    if let Some(wanted) = wants.outcome.filter(|wanted| *wanted != answer.outcome) {
        wrong.push((format!("outcome {}", wanted.word()), format!("outcome {}", answer.outcome.word())));
    }
    if let Some(wanted) = wants.reason.filter(|wanted| Some(*wanted) != answer.reason) {
        let found = answer.reason.map_or("none", |reason| reason.word());
        wrong.push((format!("reason {}", wanted.word()), format!("reason {found}")));
    }
    if let Some(wanted) = wants.layer.filter(|wanted| Some(*wanted) != answer.layer) {
        let found = answer.layer.map_or("none", |layer| layer.word());
        wrong.push((format!("layer {}", wanted.word()), format!("layer {found}")));
    }
    let miss = |(expected, found)| Miss {
        workflow: answer.workflow.clone(),
        node: answer.node.clone(),
        expected,
        found,
        sentence: answer.sentence.clone(),
    };
    wrong.into_iter().map(miss).collect()
}

/// Says what an answer gives.
fn used(answer: &AnswerRow) -> String {
    match (&answer.pool, &answer.credential) {
        (Some(pool), None) => format!("pool {}", pool.name),
        (_, Some(key)) => format!("key {}", key.name),
        (None, None) => match answer.reason {
            Some(reason) => format!("no key ({})", reason.word()),
            None => "no key".to_owned(),
        },
    }
}
