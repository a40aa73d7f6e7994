//! Answers for people: a table of what would be used, or one block for each node with everything that was looked at.

use serde_json::Value;

use super::{
    list::text,
    output::{Output, Tone},
    table::Table,
};
use crate::{
    domain::name::printable,
    ops::{
        answers::{AnswerRow, StepRow},
        question::Answers,
    },
    resolve::answer::Verdict,
};

/// Writes one line for each node.
pub fn table(out: &mut Output, answers: &Answers) {
    let mut table = Table::new(&["WORKFLOW", "NODE", "PROVIDER", "MODEL", "OUTCOME", "KEY", "LAYER", "WHY"]);
    let one_workflow = answers.workflow.is_some();
    for row in &answers.nodes {
        table.row([
            if one_workflow { "" } else { row.workflow.as_deref().unwrap_or("") },
            row.node.as_deref().unwrap_or("(any)"),
            row.provider.as_deref().unwrap_or(""),
            row.model.as_deref().unwrap_or(""),
            row.outcome.word(),
            &key(row),
            row.layer.map_or("", |layer| layer.word()),
            &row.sentence,
        ]);
    }
    if table.is_empty() {
        out.remark("It has no nodes; ask for a provider with --provider.");
    } else {
        out.table(&table);
        for row in &answers.nodes {
            if let Some(today) = row.dify_today.as_ref().filter(|it| !it.same) {
                let node = printable(row.node.as_deref().unwrap_or_default()).into_owned();
                let line = out.tone(Tone::Warning, &format!("{node}: {}", today.sentence));
                out.remark(line);
            }
        }
    }
}

fn key(row: &AnswerRow) -> String {
    match (&row.pool, &row.credential) {
        (Some(pool), Some(key)) => format!("{} of pool/{}", key.name, pool.name),
        (Some(pool), None) => format!("pool/{}", pool.name),
        (None, Some(key)) => key.name.clone(),
        (None, None) => String::new(),
    }
}

/// Writes one block for each node: the answer, what it costs, and every layer with its rules.
pub fn blocks(out: &mut Output, answers: &Answers) {
    for (number, row) in answers.nodes.iter().enumerate() {
        if number > 0 {
            out.line("");
        }
        block(out, row);
    }
    if answers.nodes.is_empty() {
        out.remark("It has no nodes; ask for a provider with --provider.");
    }
}

fn block(out: &mut Output, row: &AnswerRow) {
    let model = [&row.provider, &row.model].into_iter().flatten().map(|text| &**text).collect::<Vec<_>>().join(" ");
    let parts = [row.workflow.as_deref(), row.node.as_deref(), Some(&*model), row.environment.as_deref()];
    let heading = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let heading = out.tone(Tone::Heading, &printable(&heading));
    out.line(heading);
    let tone = if row.outcome.gives_key() { Tone::Good } else { Tone::Bad };
    let outcome = out.tone(tone, row.outcome.word());
    out.line(format!("  {outcome}: {}", printable(&row.sentence)));
    if let Some(key) = &row.credential {
        out.line(format!("  {}", printable(&facts(key))));
    }
    for share in row.pool.iter().flat_map(|pool| &pool.members) {
        let why = share.reason.map(|reason| format!(", {}", reason.word())).unwrap_or_default();
        out.line(format!("  member {} gets {:.0} %{why}", printable(&share.key), share.share * 100.0));
    }
    for missing in &row.missing {
        let could_be = if missing.could_be.is_empty() { "none".to_owned() } else { missing.could_be.join(", ") };
        out.line(format!("  {} could lead to: {}", printable(&missing.variable), printable(&could_be)));
    }
    if let Some(today) = &row.dify_today {
        let tone = if today.same { Tone::Faint } else { Tone::Warning };
        let line = out.tone(tone, &today.sentence);
        out.line(format!("  {line}"));
    }
    let budgets = row.cost_hint.budgets.iter().map(|note| format!("budget: {}", printable(&note.sentence())));
    for text in std::iter::once(cost(row)).chain(budgets) {
        let text = out.tone(Tone::Faint, &text);
        out.line(format!("  {text}"));
    }
    row.trace.iter().for_each(|it| step(out, it));
}

fn facts(key: &crate::ops::answers::KeyRow) -> String {
    let owner = key.owner.as_ref().map(|owner| match owner.kind {
        "system" => "owned by the system".to_owned(),
        kind => format!("owned by {kind} {}", owner.name),
    });
    let parts = [
        Some(key.name.clone()),
        owner,
        key.environment.as_ref().map(|it| format!("for {it}")),
        key.last4.as_ref().map(ToString::to_string),
        key.expires_at.map(|at| format!("expires {at}")),
        key.secret.filter(|word| *word != "sealed").map(|word| format!("secret {word}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn cost(row: &AnswerRow) -> String {
    let hint = &row.cost_hint;
    let price = match (hint.input_per_million, hint.output_per_million) {
        (None, _) => "price unknown".to_owned(),
        (Some(input), None) => format!("${input} per million tokens"),
        (Some(input), Some(output)) => format!("${input} in and ${output} out per million tokens"),
    };
    let source = hint.source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default();
    let spent = hint.spent_30d.map_or_else(String::new, |spent| {
        let estimate = if hint.estimate { ", an estimate" } else { "" };
        format!(" · the workflow cost ${spent} in 30 days{estimate}")
    });
    format!("{price}{source}{spent}")
}

fn step(out: &mut Output, step: &StepRow) {
    let (mark, tone) = match step.verdict {
        Verdict::Decided if step.reason.is_none() => ("✓", Tone::Good),
        Verdict::Decided => ("✗", Tone::Bad),
        Verdict::Skipped => ("↷", Tone::Warning),
        Verdict::Overridden => ("○", Tone::Faint),
        Verdict::NotApplicable => ("·", Tone::Faint),
    };
    let layer = format!("{mark} {:<10}", step.layer.word());
    let layer = out.tone(tone, &layer);
    out.line(format!("    {layer}  {}", printable(&step.sentence)));
    if let Some(remedy) = &step.remedy {
        out.line(format!("{:18}→ {}", "", printable(remedy)));
    }
}

/// Writes what one source says of a price: whether it counts, the amounts, its age.
fn quote(item: &Value, part: &dyn Fn(&str) -> String) -> Vec<String> {
    let amounts = if item["output_per_million"].is_null() {
        format!("${} per million tokens", part("input_per_million"))
    } else {
        format!("${} in, ${} out", part("input_per_million"), part("output_per_million"))
    };
    let state = match (item["counts"].as_bool(), item["holds"].as_bool()) {
        (Some(true), _) => "counts".to_owned(),
        (_, Some(false)) => format!("from {}", part("from")),
        _ => String::new(),
    };
    let age = item["age_days"].as_i64().map(|days| format!("{days} days old")).unwrap_or_default();
    vec![part("source"), amounts, state, age, part("variant"), part("note")]
}

/// Writes one row of something related in one line.
pub fn brief(item: &Value) -> String {
    let part = |key: &str| text(&item[key]);
    let parts: Vec<String> = if item.get("age_days").is_some() {
        quote(item, &part)
    } else if item.get("sentence").is_some() {
        let today = &item["dify_today"];
        let today = if today["same"] == false { text(&today["sentence"]) } else { String::new() };
        vec![part("node"), part("provider"), part("model"), part("outcome"), part("sentence"), today]
    } else if item.get("target").is_some() {
        vec![part("scope"), part("provider"), part("model"), part("environment"), part("target"), part("strength")]
    } else if item.get("layer").is_some() {
        vec![part("workflow"), part("node"), part("layer"), part("by"), part("pool")]
    } else {
        vec![text(item)]
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
