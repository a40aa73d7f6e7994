//! The command line that does the same as an action of the console: for the command log, and to be copied.
//!
//! A command never holds a secret: where one was typed, it says how the program asks for it.

mod outside;

use std::borrow::Cow;

use super::{
    State,
    links::{link_in, link_of},
    overlay::Overlay,
};
use crate::{
    domain::{
        assignment::{Assignment, Strength},
        change::Change,
        credential::State as KeyState,
        link::{Link, quoted},
        record::{Kind, Record},
    },
    form::{self, lookup::Lookup, words},
    ops::{find::Thing, staging::Side, view::View},
    tui::{
        action::Action,
        effect::{Effect, Sealing},
    },
};

fn line(words: &[&str]) -> String {
    let quoted: Vec<Cow<'_, str>> = words.iter().map(|word| quoted(word)).collect();
    format!("keydeck {}", quoted.join(" "))
}

/// Says in which workspace a command works, where the database has several.
pub fn placed(state: &State, command: String) -> String {
    let Some(view) = state.view().filter(|_| state.workspaces.len() > 1) else { return command };
    match command.strip_prefix("keydeck ") {
        Some(rest) if !rest.starts_with("--workspace") => {
            format!("keydeck --workspace {} {rest}", quoted(&view.workspace().name))
        }
        _ => command,
    }
}

/// Returns the command that shows what a link leads to.
pub fn shows(link: &Link) -> String {
    match (link.place(), link.second()) {
        ("workflow" | "preview", _) => line(&["why", link.name()]),
        ("node", Some(node)) => line(&["why", link.name(), "--node", node]),
        _ => line(&["show", &link.to_string()]),
    }
}

/// Returns the command that shows what an action of the console shows, if one does.
pub fn of_action(state: &State, action: Action, thing: Option<Thing>) -> Option<String> {
    let link = |place: &[&str]| {
        let link = thing.and_then(|thing| link_of(state, thing))?;
        place.contains(&link.place()).then_some(link)
    };
    if let (Some(place), Some(view)) = (state.cost_place(), state.view())
        && matches!(
            action,
            Action::GotoCosts | Action::CostsBy | Action::CostsPeriod | Action::Open | Action::CopyCommand
        )
    {
        let words = place.command(view);
        return Some(line(&words.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    let words: &[&str] = match action.row().name {
        "workspace" => &["list", "workspaces"],
        "goto-workflows" => &["list", "workflows"],
        "goto-credentials" => &["list", "credentials"],
        "goto-providers" => &["list", "providers"],
        "goto-pools" => &["list", "pools"],
        "goto-instances" => &["list", "instances"],
        "goto-rules" => &["list", "assignments"],
        "goto-departments" => &["list", "departments"],
        "goto-operators" => &["list", "operators"],
        "goto-audit" => &["audit", "log"],
        "goto-changes" => &["staged", "show"],
        "goto-overview" | "next-problem" => &["lint"],
        "goto-matrix" => &["matrix"],
        "goto-costs" => &["costs"],
        "help" => &["--help"],
        "preview" => return link(&["workflow", "node"]).map(|link| shows(&link)),
        "who-uses" => return link(&["key"]).map(|link| line(&["who-uses", &link.to_string()])),
        _ => return None,
    };
    Some(line(words))
}

/// Says in words what an effect does to the database, with the commands that do the same. Nothing of one that only reads.
pub fn of_effect(state: &State, effect: &Effect) -> Option<(String, Vec<String>)> {
    let numbers = |numbers: &[u64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let said = |said: &str| said.split(" · ").next().unwrap_or_default().to_owned();
    let one = |words: &str, command: String| Some((words.to_owned(), vec![command]));
    match effect {
        Effect::Stage { changes, sealing, said: words } => {
            let base = state.ground()?;
            let mut commands = of_changes(base, changes);
            commands.extend(sealing.as_deref().map(|sealing| sealed(base, sealing)));
            Some((said(words), commands))
        }
        Effect::Unstage { numbers: taken, said: words } => {
            Some((said(words), vec![format!("keydeck staged discard {}", numbers(taken))]))
        }
        Effect::Enter(name) => one(&format!("Go to the workspace {name}"), line(&["--workspace", name])),
        Effect::Discard => one("Take every staged change back", line(&["staged", "discard"])),
        Effect::Apply { message, staged } => {
            let count = crate::tui::words::count(staged.changes.len(), "staged change");
            one(&format!("Apply {count}"), line(&["staged", "apply", "-m", message]))
        }
        Effect::Revert { number, .. } => {
            one(&format!("Undo revision {number}"), line(&["revert", &number.to_string()]))
        }
        Effect::Rebase(_) => one("Take note of what others applied", line(&["staged", "rebase"])),
        Effect::Keep { side, numbers: of, said: words } => {
            let side = if matches!(side, Side::Mine) { "mine" } else { "theirs" };
            one(&said(words), format!("keydeck staged keep {side} {}", numbers(of)).trim_end().to_owned())
        }
        Effect::Approve(waiting) => {
            one(&format!("Approve what {} has staged", waiting.login), line(&["staged", "approve", &waiting.login]))
        }
        Effect::Reveal { key, .. } => secret(state, "Show the secret", &key.to_string(), None),
        Effect::CopySecret { key, field } => {
            secret(state, "Send the secret to the clipboard", &key.to_string(), field.as_deref())
        }
        Effect::Rotate { key, step } => outside::rotated(state, *key, step),
        Effect::RevokeNow { name, .. } => {
            let link = Link::new("key", &[name])?.to_string();
            one(&format!("Revoke {name} at once"), line(&["revoke", &link, "--now"]))
        }
        Effect::Verify { keys, which, .. } => outside::verified(state, keys, *which),
        Effect::ImportRead { wish, .. } => {
            let mut words = outside::imported(state, wish);
            words.push("--dry-run".to_owned());
            one("Look at what an import would bring", line(&words.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        Effect::ImportTake { .. } => {
            let Some(Overlay::Import(importing)) = state.overlays.last() else { return None };
            let words = outside::imported(state, &importing.wish().ok()?);
            one("Import it", line(&words.iter().map(String::as_str).collect::<Vec<_>>()))
        }
        _ => None,
    }
}

fn secret(state: &State, words: &str, id: &str, field: Option<&str>) -> Option<(String, Vec<String>)> {
    let (_, key) = state.view()?.credentials().find(|(_, key)| key.id.to_string() == id)?;
    let link = Link::new("key", &[&key.name])?.to_string();
    let command = field.map_or_else(|| line(&["reveal", &link]), |field| line(&["reveal", &link, "--field", field]));
    Some((format!("{words} of {}", key.name), vec![command]))
}

/// How many commands are told of what was staged at once.
const TOLD: usize = 20;

/// Returns the commands that stage the same changes.
fn of_changes(base: &View, changes: &[Change]) -> Vec<String> {
    let after = base.with_changes(changes);
    let mut commands: Vec<String> =
        changes.iter().take(TOLD).filter_map(|change| of_change(base, &after, change)).collect();
    if changes.len() > TOLD {
        commands.push(format!("# and {} more", changes.len() - TOLD));
    }
    commands
}

fn of_change(base: &View, after: &View, change: &Change) -> Option<String> {
    match (change.before(), change.after()) {
        (None, Some(Record::Assignment(rule))) => Some(assign(rule, &after.lookup())),
        (None, Some(record)) => Some(add(record, &after.lookup())),
        (Some(before), None) => {
            let link = link(base, before)?;
            Some(match before {
                Record::Assignment(_) => line(&["unassign", &link, "--stage"]),
                _ => line(&["remove", &link, "--stage"]),
            })
        }
        (Some(before), Some(now)) => edit(base, after, before, now),
        (None, None) => None,
    }
}

fn link(view: &View, record: &Record) -> Option<String> {
    match record {
        Record::Workspace(_) => Some("workspace".to_owned()),
        Record::Price(it) => Some(view.price_link(it)),
        Record::Model(it) => Some(Link::new("model", &[&it.provider, &it.name])?.to_string()),
        Record::Provider(it) => Some(Link::new("provider", &[&it.slug])?.to_string()),
        record => {
            let thing = view.thing_of(record)?;
            link_in(view, thing).map(|link| link.to_string())
        }
    }
}

fn assign(rule: &Assignment, lookup: &Lookup<'_>) -> String {
    let (scope, target) = (words::scope_text(rule.scope, lookup), words::target_text(&rule.target, lookup));
    let mut all = vec!["assign".to_owned(), scope, target, "--provider".to_owned(), rule.provider.to_string()];
    let record = Record::Assignment(rule.clone());
    for field in ["model", "kind", "environment", "from", "until", "note"] {
        let text = form::get(&record, field, lookup);
        if !text.is_empty() {
            all.extend([format!("--{field}"), text]);
        }
    }
    if rule.strength == Strength::Preferred {
        all.push("--preferred".to_owned());
    }
    all.push("--stage".to_owned());
    line(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The fields by which a thing is named on the command line, so that they are not given again.
const fn naming(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Operator => &["login"],
        Kind::Provider => &["id"],
        Kind::Node => &["workflow", "name"],
        Kind::Model => &["provider", "name"],
        Kind::Price => &["provider", "model"],
        _ => &["name"],
    }
}

fn add(record: &Record, lookup: &Lookup<'_>) -> String {
    let kind = record.kind();
    let naming = naming(kind);
    let name: Vec<String> = naming.iter().map(|field| form::get(record, field, lookup)).collect();
    let mut all = vec!["add".to_owned(), kind.word().to_owned(), name.join("/")];
    let blank = form::blank(kind, record.uuid());
    for field in form::fields(kind).iter().filter(|field| !naming.contains(&field.name)) {
        let text = form::get(record, field.name, lookup);
        if text != form::get(&blank, field.name, lookup) {
            all.push(format!("{}={text}", field.name));
        }
    }
    all.push("--stage".to_owned());
    line(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

fn edit(base: &View, after: &View, before: &Record, now: &Record) -> Option<String> {
    let link = link(base, before)?;
    if let (Record::Credential(was), Record::Credential(is)) = (before, now)
        && was.state != is.state
    {
        let verb = match is.state {
            KeyState::Revoked => "revoke",
            KeyState::Disabled => "disable",
            KeyState::Active => return Some(line(&["edit", &link, "state=active", "--stage"])),
        };
        return Some(line(&[verb, &link, "--stage"]));
    }
    let (before_names, after_names) = (base.lookup(), after.lookup());
    let fields = form::fields(now.kind()).iter().filter_map(|field| {
        let text = form::get(now, field.name, &after_names);
        (text != form::get(before, field.name, &before_names)).then(|| format!("{}={text}", field.name))
    });
    let all: Vec<String> = ["edit".to_owned(), link].into_iter().chain(fields).chain(["--stage".to_owned()]).collect();
    Some(line(&all.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// What stages a key with a new secret: the secret itself is asked for.
fn sealed(base: &View, sealing: &Sealing) -> String {
    let after = Record::Credential(sealing.after.clone());
    match &sealing.before {
        None => add(&after, &base.lookup()),
        Some(before) => {
            let link = Link::new("key", &[&before.name]).map(|link| link.to_string()).unwrap_or_default();
            line(&["edit", &link, "--secret", "--stage"])
        }
    }
}
