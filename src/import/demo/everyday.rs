//! The everyday workflows of the organisation: a table of names, and nodes drawn for each.

use super::{
    random::Random,
    shape::{House, Shape, Step},
};
use crate::form::document::{NodeEntry, WorkflowEntry};

const ANY: &[House] = &[House::OpenAi, House::Anthropic, House::Gemini, House::Mistral];
const CLAUDE: &[House] = &[House::Anthropic];
const NEITHER: &[House] = &[House::Gemini, House::Mistral];

/// Workflows of one app, environment and shape, and whose models they write with.
type Row = (&'static str, &'static str, Shape, &'static [House], &'static [&'static str]);

const ROWS: &[Row] = &[
    ("Invoices", "production", Shape::Extract, ANY, &["receipt-reader", "dunning-letters", "tax-code-finder"]),
    ("Invoices", "staging", Shape::Extract, ANY, &["receipt-reader (draft)"]),
    ("Payroll Desk", "production", Shape::Write, CLAUDE, &["leave-calculator", "bonus-letters"]),
    ("Treasury", "production", Shape::Agent, ANY, &["cash-forecast-notes", "fx-exposure-brief"]),
    ("Contracts", "production", Shape::Extract, CLAUDE, &["lease-abstracts", "supplier-terms"]),
    ("Contracts", "staging", Shape::Write, CLAUDE, &["supplier-terms (draft)"]),
    ("Hiring", "production", Shape::Extract, ANY, &["cv-reader", "interview-kit"]),
    ("Hiring", "production", Shape::Write, NEITHER, &["job-ad-writer", "rejection-letters"]),
    ("Handbook", "production", Shape::Answer, ANY, &["handbook-answers", "benefits-answers", "travel-policy-bot"]),
    ("Helpdesk", "production", Shape::Triage, ANY, &["chat-first-line", "warranty-sorter", "spam-filter"]),
    ("Helpdesk", "production", Shape::Answer, ANY, &["spare-parts-finder"]),
    ("Voice Line", "production", Shape::Triage, ANY, &["callback-planner"]),
    ("Escalation Desk", "production", Shape::Write, ANY, &["escalation-summary", "apology-letters"]),
    ("Knowledge Base", "production", Shape::Answer, ANY, &["calibration-answers", "manual-search", "firmware-notes"]),
    ("Knowledge Base", "staging", Shape::Write, ANY, &["article-writer", "article-writer (draft)"]),
    ("Partner Portal", "production", Shape::Triage, NEITHER, &["partner-tickets"]),
    ("Deal Desk", "production", Shape::Extract, ANY, &["tender-reader", "rfp-matrix", "win-loss-notes"]),
    ("Campaigns", "production", Shape::Write, ANY, &["newsletter-writer", "ad-variants", "webinar-abstracts"]),
    ("Press", "production", Shape::Write, NEITHER, &["quote-checker"]),
    ("Localisation", "production", Shape::Write, ANY, &["ui-strings", "manual-translator"]),
    ("Code Assistants", "production", Shape::Agent, ANY, &["test-writer", "release-notes", "dependency-advisor"]),
    ("Code Assistants", "development", Shape::Agent, ANY, &["migration-helper"]),
    ("Incident Room", "production", Shape::Agent, ANY, &["incident-timeline", "runbook-search"]),
    ("Sandbox", "development", Shape::Write, ANY, &["prompt-gym", "hackday-poet"]),
    ("Warehouse", "production", Shape::Extract, ANY, &["sql-explainer", "schema-notes", "dashboard-captions"]),
    ("Evaluation", "staging", Shape::Answer, ANY, &["golden-answers", "retrieval-check"]),
    ("Literature", "production", Shape::Answer, ANY, &["paper-finder", "citation-check"]),
    ("Patents", "production", Shape::Extract, ANY, &["claim-splitter", "novelty-notes"]),
    ("Lab Notes", "production", Shape::Extract, ANY, &["protocol-reader", "sample-labels"]),
    ("Lab Notes", "development", Shape::Agent, ANY, &["instrument-copilot"]),
    ("Board Office", "production", Shape::Write, ANY, &["minutes-writer"]),
    ("Purchasing", "production", Shape::Extract, ANY, &["offer-comparison", "customs-papers"]),
    ("Plant Floor", "production", Shape::Triage, ANY, &["defect-sorter", "maintenance-requests"]),
    ("Plant Floor", "production", Shape::Answer, ANY, &["machine-manuals"]),
    ("Plant Floor", "staging", Shape::Agent, ANY, &["maintenance-planner"]),
];

/// Returns the everyday workflows, nodes drawn from `seed`.
pub(super) fn workflows(seed: u64) -> Vec<WorkflowEntry> {
    let named = ROWS.iter().flat_map(|row| row.4.iter().map(move |name| (row, *name)));
    named.zip(0..).map(|((row, name), number)| workflow(row, name, &mut Random::new(seed, &[number]))).collect()
}

fn workflow(&(app, environment, shape, houses, _): &Row, name: &str, random: &mut Random) -> WorkflowEntry {
    let enforced = environment == "production" && random.chance(30);
    WorkflowEntry {
        name: name.to_owned(),
        app: Some(app.to_owned()),
        environment: Some(environment.to_owned()),
        force: enforced.then(|| "enforced".to_owned()),
        draft: name.ends_with(" (draft)"),
        node: shape.steps(houses, random).into_iter().map(node).collect(),
        ..WorkflowEntry::default()
    }
}

fn node(step: Step) -> NodeEntry {
    NodeEntry {
        name: step.name.to_owned(),
        title: Some(step.title.to_owned()),
        node_type: Some(step.node_type.to_owned()),
        kind: step.kind,
        provider: Some(step.provider.to_owned()),
        model: Some(step.model.to_owned()),
        runs: Some(step.runs),
        ..NodeEntry::default()
    }
}
