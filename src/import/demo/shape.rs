//! Shapes: what the workflows of this world usually look like inside, and which models they call.

use super::random::Random;
use crate::domain::provider::ModelKind;

/// A vendor whose models a workflow writes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum House {
    OpenAi,
    Anthropic,
    Gemini,
    Mistral,
}

impl House {
    /// Returns the slug of the provider, its strong model and its cheap one.
    const fn models(self) -> [&'static str; 3] {
        match self {
            Self::OpenAi => ["openai", "gpt-4o", "gpt-4o-mini"],
            Self::Anthropic => ["anthropic", "claude-sonnet-4-5", "claude-haiku-4-5"],
            Self::Gemini => ["gemini", "gemini-2.5-pro", "gemini-2.5-flash"],
            Self::Mistral => ["mistral", "mistral-large-latest", "mistral-small-latest"],
        }
    }
}

/// What a workflow does, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Answers from a knowledge base.
    Answer,
    /// Reads something and checks what it read.
    Extract,
    /// Sorts what comes in, and replies.
    Triage,
    /// Plans, acts several times, reports.
    Agent,
    /// Writes, and polishes.
    Write,
}

impl Shape {
    pub(super) const ALL: [Self; 5] = [Self::Answer, Self::Extract, Self::Triage, Self::Agent, Self::Write];

    /// Draws the nodes of a workflow of this shape.
    pub(super) fn steps(self, houses: &[House], random: &mut Random) -> Vec<Step> {
        let [provider, strong, cheap] = random.pick(houses).models();
        let llm = |name, title, model| Step { name, title, node_type: "llm", provider, model, ..Step::LLM };
        let mut steps = match self {
            Self::Answer => {
                let [embed, rank] = *random.pick(&RETRIEVAL);
                vec![embed, rank, llm("answer", "Answer from the passages", strong)]
            }
            Self::Extract => vec![
                llm("extract", "Read the document", strong),
                Step { runs: small(random.between(1, 3)), ..llm("check", "Check what was read", cheap) },
            ],
            Self::Triage => vec![
                Step { node_type: "question-classifier", ..llm("sort", "What is it about?", cheap) },
                llm("reply", "Draft the reply", strong),
            ],
            Self::Agent => vec![
                llm("plan", "Plan the steps", strong),
                Step {
                    node_type: "agent",
                    runs: small(random.between(2, 6)),
                    ..llm("act", "Work through them", strong)
                },
                llm("report", "Say what was done", cheap),
            ],
            Self::Write => vec![llm("draft", "First draft", strong), llm("polish", "Polish it", cheap)],
        };
        if random.chance(40) {
            steps.push(Step { title: "In the reader's language", ..llm("translate", "", cheap) });
        }
        if random.chance(15) {
            steps.push(llm("judge", "Good enough?", strong));
        }
        steps
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(1)
}

/// A node before it is anybody's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) node_type: &'static str,
    pub(super) kind: ModelKind,
    pub(super) provider: &'static str,
    pub(super) model: &'static str,
    pub(super) runs: u32,
}

impl Step {
    const LLM: Self =
        Self { name: "", title: "", node_type: "llm", kind: ModelKind::Llm, provider: "", model: "", runs: 1 };

    const fn retrieval(
        name: &'static str,
        title: &'static str,
        kind: ModelKind,
        provider: &'static str,
        model: &'static str,
    ) -> Self {
        Self { name, title, node_type: "knowledge-retrieval", kind, provider, model, runs: 1 }
    }
}

/// Pairs of an embedding and a reranking that go together.
const RETRIEVAL: [[Step; 2]; 2] = [
    [
        Step::retrieval("find", "Find passages", ModelKind::Embedding, "openai", "text-embedding-3-small"),
        Step::retrieval("rank", "Best passages first", ModelKind::Rerank, "cohere", "rerank-v3.5"),
    ],
    [
        Step::retrieval("find", "Find passages", ModelKind::Embedding, "voyage", "voyage-3.5"),
        Step::retrieval("rank", "Best passages first", ModelKind::Rerank, "voyage", "rerank-2.5"),
    ],
];
