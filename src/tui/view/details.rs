//! Details of what is under the cursor: beside the list, below it, or instead of it.

mod findings;
mod people;
mod vendors;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{
        Timestamp,
        catalogue::Ix,
        credential::Credential,
        name::printable,
        record::{Kind, Record},
        workflow::{Node, Workflow},
    },
    form,
    ops::{approval::Waiting, audit::LogRow, find::Thing, rows, view::View},
    resolve::query::{Place, Query},
    tui::{
        action::Action,
        state::{
            State,
            layout::WIDE,
            route::Screen,
            table::{left_of, state_words},
            tree::{Spot, workflow_summary},
        },
        theme::Role,
        widget::detail::{Detail, details, height},
        words,
    },
};

use super::{costs, effects};

/// Draws the details.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let beside = area.width < state.size.0 && state.size.0 >= WIDE;
    let style = state.theme.style(Role::Border);
    let inside = if beside {
        for y in area.y..area.bottom() {
            buffer.set_string(area.x, y, "│", style);
        }
        Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area }
    } else {
        buffer.set_string(area.x, area.y, "─".repeat(usize::from(area.width)), style);
        Rect {
            x: area.x + 2,
            y: area.y + 1,
            width: area.width.saturating_sub(3),
            height: area.height.saturating_sub(1),
        }
    };
    if matches!(state.route().screen, Screen::Costs(_)) {
        return costs::pictures(state, inside, buffer);
    }
    let lines = lines(state);
    let room = usize::from(inside.height);
    // What is scrolled away is no more than what does not fit, whatever the keys asked for.
    let all = height(&lines, usize::from(inside.width));
    let skip = state.route().detail.min((all + 1).saturating_sub(room));
    details(inside, buffer, &lines, skip, &state.theme);
    if all > room + skip && room > 0 {
        let key = state.keymap.keys_for(&["browse"], Action::ScrollDetails).first().map(ToString::to_string);
        let key = key.map(|key| format!(" · {key}")).unwrap_or_default();
        let more = format!("… {} more lines{key}", all - skip - room + 1);
        let y = inside.bottom() - 1;
        buffer.set_string(inside.x, y, " ".repeat(usize::from(inside.width)), state.theme.style(Role::Screen));
        buffer.set_string(inside.x, y, &more, state.theme.style(Role::Muted));
    }
}

fn value(name: &str, (text, role): (String, Role)) -> Detail {
    Detail::Value(name.to_owned(), text, role)
}

/// Writes an instant to the second: nobody reads on.
fn second(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn plain(name: &str, text: impl Into<String>) -> Detail {
    value(name, (text.into(), Role::Text))
}

fn lines(state: &State) -> Vec<Detail> {
    let Some(view) = state.view() else { return Vec::new() };
    if state.route().screen == Screen::Changes {
        return of_change(state, view);
    }
    if let Some(row) = state.logged() {
        return logged(row);
    }
    if state.route().screen == Screen::Overview {
        return findings::of_finding(state);
    }
    match (state.spot(), state.thing()) {
        (Some(Spot::Department(None)), _) => vec![
            Detail::Heading("no department".to_owned()),
            Detail::Text(
                "Workflows and apps that nobody pays for. e on one of them names a department.".to_owned(),
                Role::Muted,
            ),
        ],
        (_, None) => Vec::new(),
        (_, Some(Thing::Node(ix))) => node(state, view, ix),
        (_, Some(Thing::Workflow(ix))) => workflow(state, view, ix),
        (_, Some(Thing::Credential(ix))) => credential(state, view, ix),
        (_, Some(Thing::Provider(ix))) => vendors::provider(state, view, ix),
        (_, Some(Thing::Operator(ix))) => people::operator(view, ix),
        (_, Some(Thing::Model(ix))) => vendors::model(state, view, ix),
        (_, Some(other)) => {
            let mut lines = record(view, other);
            lines.extend(left(state, view, other));
            lines.extend(sums(state));
            lines
        }
    }
}

/// A row of the audit log, whole.
fn logged(row: &LogRow) -> Vec<Detail> {
    let text = |text: &str| printable(text).into_owned();
    let mut lines = vec![Detail::Heading(format!("Row {}: {}", row.sequence, text(&row.action)))];
    lines.push(plain("at", second(row.at)));
    lines.push(plain("operator", text(&row.operator)));
    lines.push(plain("proved by", text(&row.proof)));
    lines.push(plain("from", text(&row.source)));
    lines.push(plain("subject", text(&row.subject)));
    lines.push(plain("outcome", text(&row.outcome)));
    if let Some(revision) = row.revision {
        lines.push(plain("revision", revision.to_string()));
    }
    if row.masked {
        lines.push(Detail::Text("Something is left out that you may not see.".to_owned(), Role::Muted));
    }
    lines.push(Detail::Gap);
    let summary = row.summary();
    if !summary.is_empty() {
        lines.push(Detail::Text(summary, Role::Text));
    }
    for (name, value) in row.details.iter().filter(|(_, value)| !value.is_array() && !value.is_object()) {
        let value = value.as_str().map_or_else(|| value.to_string(), text);
        lines.push(plain(&printable(name), value));
    }
    lines.push(plain("hash", row.hash.as_str()));
    lines
}

/// The sums over a branch of the tree.
fn sums(state: &State) -> Vec<Detail> {
    let row = state.tree_rows.get(state.route().list.cursor).filter(|_| state.route().screen == Screen::Workflows);
    let census = state.data.as_ref().and_then(|data| data.census.as_ref());
    let Some(sum) = row.zip(census).and_then(|(row, census)| census.sums.get(row.entry as usize)) else {
        return Vec::new();
    };
    let problems = if sum.problems == 0 {
        ("none".to_owned(), Role::Ok)
    } else {
        (words::count(sum.problems as usize, "node"), Role::Danger)
    };
    vec![
        Detail::Gap,
        plain("workflows", words::grouped(u64::from(sum.workflows))),
        plain("nodes", words::grouped(u64::from(sum.nodes))),
        value("without a key", problems),
        plain("last 30 days", words::money(crate::domain::money::MicroDollars(sum.spend))),
    ]
}

fn node(state: &State, view: &View, ix: Ix<Node>) -> Vec<Detail> {
    let Some(it) = view.node(ix) else { return Vec::new() };
    let inputs = state.inputs();
    let query = Query { place: Place::Node(ix), now: state.now, inputs: &inputs };
    let resolution = view.resolve(&query);
    let answer = &resolution.answer;
    let mut lines = vec![Detail::Heading(it.label().to_string()), value("key", words::answer(view, answer))];
    let (owner, role) = words::answer_owner(view, answer);
    if !owner.is_empty() {
        lines.push(value("owner", (owner, role)));
    }
    lines.push(plain("decided by", words::layer(view, answer)));
    lines.push(Detail::Text(view.sentences(&query).answer(&resolution), Role::Text));
    if let Some(today) = view.dify_today(ix, answer, state.now) {
        lines.push(Detail::Text(today.sentence, if today.same { Role::Muted } else { Role::Warn }));
    }
    lines.push(Detail::Gap);
    if let Some((provider, model)) = view.model_of(ix) {
        lines.push(plain("model", format!("{} {}", view.provider_slug(provider), view.model_name(model))));
        lines.push(match view.price(model, state.now) {
            Some(price) => {
                let text = words::price(view, model, state.now).unwrap_or_default();
                plain("price", format!("${text} per million tokens in/out ({})", price.source))
            }
            None => value("price", ("unknown".to_owned(), Role::Muted)),
        });
    }
    lines.push(plain("kind", it.kind.word()));
    if let Some(node_type) = &it.node_type {
        lines.push(plain("type", &**node_type));
    }
    if it.runs > 1 {
        lines.push(plain("runs", format!("{} times for one request", it.runs)));
    }
    if let Some(key) = answer.credential {
        lines.extend(key_lines(state, view, key));
    }
    lines
}

/// What matters of the key that a node uses.
fn key_lines(state: &State, view: &View, ix: Ix<Credential>) -> Vec<Detail> {
    let Some(key) = view.credential(ix) else { return Vec::new() };
    let mut lines = vec![Detail::Gap, Detail::Heading(format!("Key {}", key.name))];
    let (status, role) = state_words(view, key, state.now);
    lines.push(value("state", (status.to_owned(), role)));
    lines.push(plain("environment", key.environment.as_deref().unwrap_or("any")));
    lines.push(value("expires", words::expiry(key.expires, state.now, state.expiring_days)));
    lines.push(value("budget", words::budget_left(left_of(view, key, state.now))));
    lines.extend(runs_out(state, view, Thing::Credential(ix)));
    lines
}

/// What is left of a budget this month, and when it runs out.
fn left(state: &State, view: &View, thing: Thing) -> Vec<Detail> {
    let Some(note) = view.budget_of(thing, state.now) else { return Vec::new() };
    let mut lines = vec![value("this month", words::budget_left(Some((note.state.left, note.state.kind))))];
    lines.extend(runs_out(state, view, thing));
    lines
}

/// When a budget runs out, if it does this month.
fn runs_out(state: &State, view: &View, thing: Thing) -> Option<Detail> {
    let day = view.budget_of(thing, state.now)?.runs_out?;
    Some(value("runs out", (format!("{day} at this pace"), Role::Warn)))
}

fn workflow(state: &State, view: &View, ix: Ix<Workflow>) -> Vec<Detail> {
    let Some(it) = view.workflow(ix) else { return Vec::new() };
    let row = rows::workflow(view, ix, it);
    let summary = workflow_summary(view, ix, state.now, &state.inputs());
    let nodes = words::count(summary.nodes as usize, "node");
    let problems = match summary.problems {
        0 => (format!("{nodes}, all have keys"), Role::Ok),
        some => (format!("{nodes}, {some} without a key"), Role::Danger),
    };
    let mut lines = vec![Detail::Heading(it.name.to_string()), value("nodes", problems)];
    lines.push(plain("app", row.app.unwrap_or_else(|| "-".to_owned())));
    lines.push(plain("department", row.department.unwrap_or_else(|| "-".to_owned())));
    lines.push(value("owner", words::owner(view, view.owner_of(ix))));
    lines.push(plain("environment", it.environment.as_deref().unwrap_or("none")));
    let force = match row.force {
        "enforced" => "enforced: its keys come through keydeck",
        _ => "advisory: its platform decides by its own rules",
    };
    lines.push(plain("in force", force));
    lines.push(match view.recent_spend(ix) {
        Some(spent) => plain("last 30 days", words::spent(spent)),
        None => value("last 30 days", ("unknown".to_owned(), Role::Muted)),
    });
    for note in view.budgets_at(Some(ix), None, state.now) {
        lines.push(plain("budget", note.sentence()));
    }
    if let Some(note) = &it.note {
        lines.push(Detail::Gap);
        lines.push(Detail::Text(note.to_string(), Role::Muted));
    }
    lines
}

fn credential(state: &State, view: &View, ix: Ix<Credential>) -> Vec<Detail> {
    let Some(key) = view.credential(ix) else { return Vec::new() };
    let census = state.data.as_ref().and_then(|data| data.census.as_ref());
    let uses = census.map_or_else(|| "…".to_owned(), |census| words::count(census.uses.of(ix), "node"));
    let row = rows::credential(view, ix, key, 0);
    let (status, role) = state_words(view, key, state.now);
    let mut lines = vec![
        Detail::Heading(key.name.to_string()),
        value("state", (status.to_owned(), role)),
        plain("provider", &*key.provider),
        value("owner", words::owner(view, view.owner_of_key(ix))),
        plain("environment", key.environment.as_deref().unwrap_or("any")),
        value("expires", words::expiry(key.expires, state.now, state.expiring_days)),
        plain("used by", uses),
        value("budget", words::budget_left(left_of(view, key, state.now))),
    ];
    lines.extend(runs_out(state, view, Thing::Credential(ix)));
    let secret = match row.last4 {
        Some(last4) => format!("{} {last4}", row.secret),
        None => row.secret.to_owned(),
    };
    lines.push(plain("secret", secret));
    lines.extend(beside(view, ix, row.secret == "unreadable"));
    for (name, text) in &row.fields {
        lines.push(plain(name, &**text));
    }
    if let Some(models) = &row.models {
        lines.push(plain("only models", models.join(", ")));
    }
    if !row.usable_by.is_empty() {
        lines.push(plain("lent to", row.usable_by.join(", ")));
    }
    let times = [("created", row.created_at), ("secret since", row.secret_since)];
    lines.extend(times.into_iter().filter_map(|(name, at)| Some(plain(name, words::from_now(at?, state.now)))));
    lines.push(value("verified", words::verified(row.last_verified.as_ref(), state.now)));
    if let Some(note) = &key.note {
        lines.extend([Detail::Gap, Detail::Text(note.to_string(), Role::Muted)]);
    }
    lines
}

/// Tells whether the secret in use opens, what is stored beside it, and which keys hold the same.
fn beside(view: &View, ix: Ix<Credential>, is_unreadable: bool) -> Vec<Detail> {
    let mut lines = Vec::new();
    if is_unreadable {
        let text =
            "It does not open: damaged, moved, or sealed under another SECRET_KEY. Edit the key to give it a new one.";
        lines.push(Detail::Text(text.to_owned(), Role::Danger));
    }
    if let Some(next) = view.next_secret(ix) {
        lines.push(plain("new secret", next.sentence()));
    }
    if let Some(last) = view.old_secrets(ix).last() {
        lines.push(plain("old secret", format!("kept until {last:.0}")));
    }
    let twins = view.same_secret_as(ix).into_iter().map(|it| view.credential_name(it).into_owned());
    let twins: Vec<String> = twins.collect();
    if !twins.is_empty() {
        lines.push(value("same secret as", (twins.join(", "), Role::Warn)));
    }
    lines
}

/// Every field that is set, from the one table of fields.
fn record(view: &View, thing: Thing) -> Vec<Detail> {
    let Some(record) = view.record(thing) else { return Vec::new() };
    of_record(view, &record)
}

fn of_record(view: &View, record: &Record) -> Vec<Detail> {
    let lookup = view.lookup();
    let title = record
        .name()
        .map_or_else(|| crate::tui::state::form::kind_words(record.kind()).to_owned(), ToString::to_string);
    let mut lines = vec![Detail::Heading(title)];
    for field in form::fields(record.kind()) {
        let text = match (field.name, record.budget()) {
            ("budget", Some(budget)) => format!("{} {}", words::money(budget.monthly), budget.kind.word()),
            _ => form::get(record, field.name, &lookup),
        };
        // What is not so need not be told.
        if !text.is_empty() && text != "false" && field.name != "name" {
            lines.push(plain(&field.name.replace('_', " "), text));
        }
    }
    if record.kind() == Kind::Pool {
        lines.push(Detail::Text("A member with weight 0 is never chosen.".to_owned(), Role::Muted));
    }
    lines
}

/// The change or revision under the cursor.
fn of_change(state: &State, view: &View) -> Vec<Detail> {
    let at = state.route().list.cursor;
    if let Some((_, change)) = state.staging.changes.get(at) {
        let after = state.after().unwrap_or(view);
        let words = view.words(after);
        let mut lines = vec![Detail::Heading(words.sentence(change))];
        for difference in words.differences(change) {
            let text = match (difference.before.as_str(), difference.after.as_str()) {
                ("", after) => after.to_owned(),
                (before, "") => format!("{before} → nothing"),
                (before, after) => format!("{before} → {after}"),
            };
            lines.push(plain(&difference.field.replace('_', " "), text));
        }
        if let Some(plan) = &state.staging.plan {
            lines.extend([Detail::Gap, Detail::Heading("All staged changes together".to_owned())]);
            lines.extend(effects::lines(plan, view));
        }
        return lines;
    }
    if let Some(waiting) = state.waiting() {
        return waits(state, view, waiting);
    }
    let Some(revision) = state.revision() else {
        return vec![Detail::Text("Nothing is staged and nothing was applied.".to_owned(), Role::Muted)];
    };
    let mut lines = vec![
        Detail::Heading(format!("Revision {}", revision.number)),
        plain("by", &*revision.login),
        plain("when", format!("{} ({})", words::from_now(revision.at, state.now), second(revision.at))),
    ];
    if let Some(reverts) = revision.reverts {
        lines.push(plain("undoes", format!("revision {reverts}")));
    }
    lines.push(Detail::Gap);
    lines.push(Detail::Text(revision.message.to_string(), Role::Text));
    lines
}

/// A set of somebody else that waits for approval.
fn waits(state: &State, view: &View, waiting: &Waiting) -> Vec<Detail> {
    let mut lines = vec![Detail::Heading(format!("Staged by {}", waiting.login))];
    if let Some(at) = waiting.staged.updated_at {
        lines.push(plain("when", words::from_now(at, state.now)));
    }
    let approved: Vec<&str> = waiting.approvals.iter().map(|it| &*it.login).collect();
    lines.push(match approved.as_slice() {
        [] => value("approved", ("by nobody yet".to_owned(), Role::Warn)),
        some => value("approved", (format!("by {}", some.join(", ")), Role::Ok)),
    });
    lines.push(Detail::Gap);
    let changes = waiting.staged.plain();
    let told = view.tell(&view.with_changes(&changes), &changes);
    lines.extend(told.into_iter().map(|it| Detail::Text(it.sentence, Role::Text)));
    lines
}
