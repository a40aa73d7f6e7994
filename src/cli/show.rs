//! `keydeck show LINK`: everything about one thing: its fields, and what has to do with it.

use clap::Args;
use serde_json::{Map, Value, json};

use super::{answers, context::Context, list::text, output::Tone, report::Exit};
use crate::{
    domain::{Timestamp, link::Link, name::printable},
    ops::{
        failure::{Failure, Kind},
        find::Thing,
        question::Question,
        rows,
        session::Session,
        view::View,
    },
};

/// What `show` takes.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// What to show: workflow/NAME, key/NAME, node/WORKFLOW/NODE, revision/N or only N …
    #[arg(value_name = "LINK")]
    link: String,
}

/// Shows a thing, or a revision.
pub async fn run(cx: &mut Context, args: &ShowArgs) -> Result<Exit, Failure> {
    if args.link.parse::<u64>().is_ok() {
        let session = cx.session().await?;
        return revision(cx, &session, &args.link).await;
    }
    let link = Link::parse(&args.link)?;
    let session = cx.session().await?;
    if link.place() == "revision" {
        return revision(cx, &session, link.name()).await;
    }
    let (view, now) = (session.view(), session.door().now());
    if let Some(named) = args.link.strip_prefix("price/") {
        let prices = view.prices_named(named)?;
        let prices: Vec<_> = prices.iter().map(|price| &**price).collect();
        show(cx, &args.link, &Map::from_iter([("prices".to_owned(), json!(prices))]));
        return Ok(Exit::DONE);
    }
    let thing = view.find(&link)?;
    let mut fields = row(&view, thing, now)?;
    fields.extend(related(&view, thing, now)?);
    show(cx, &view.link(thing), &fields);
    Ok(Exit::DONE)
}

/// Returns the row of `list` for one thing.
fn row(view: &View, thing: Thing, now: Timestamp) -> Result<Map<String, Value>, Failure> {
    let id = view.record(thing).map(|record| record.uuid().to_string());
    let among = |rows: Value, id: &str| {
        let rows = rows.as_array().cloned().unwrap_or_default();
        rows.into_iter().find(|row| row["id"] == id).unwrap_or_default()
    };
    let id = id.unwrap_or_default();
    let value = match thing {
        Thing::Workflow(ix) => view.workflow(ix).map(|it| json!(rows::workflow(view, ix, it))),
        Thing::Node(ix) => view.node(ix).map(|it| json!(rows::node(view, ix, it))),
        Thing::Assignment(ix) => view.assignment(ix).map(|it| json!(rows::assignment(view, ix, it))),
        Thing::Credential(ix) => {
            view.credential(ix).map(|it| json!(rows::credential(view, ix, it, view.uses(now).of(ix))))
        }
        Thing::App(_) => Some(among(json!(rows::apps(view)), &id)),
        Thing::Pool(_) => Some(among(json!(rows::pools(view)), &id)),
        Thing::Instance(_) => Some(among(json!(rows::instances(view)), &id)),
        Thing::Department(_) => Some(among(json!(rows::departments(view)), &id)),
        Thing::Operator(_) => Some(among(json!(rows::operators(view)), &id)),
        Thing::Provider(ix) => Some(among(json!(rows::providers(view)), view.provider_slug(ix))),
        Thing::Model(_) => {
            let name = view.link(thing);
            Some(among(json!(rows::models(view, now)), name.strip_prefix("model/").unwrap_or_default()))
        }
    };
    match value {
        Some(Value::Object(fields)) => Ok(fields),
        _ => Err(Failure::new(Kind::Internal, "the thing has no row")),
    }
}

/// Returns what has to do with a thing: its rules, its nodes with their keys, who uses it.
fn related(view: &View, thing: Thing, now: Timestamp) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    match thing {
        Thing::Workflow(ix) => {
            let place = view.workflow(ix).map(|it| it.id.to_string()).unwrap_or_default();
            add("nodes", json!(view.ask(&Question { place, ..Question::default() }, now)?.nodes));
        }
        Thing::App(ix) => {
            let names = view.workflows_of_app(ix).filter_map(|ix| view.workflow(ix)).map(|it| it.name.clone());
            add("workflows", json!(names.collect::<Vec<_>>()));
        }
        Thing::Node(ix) => {
            let place = crate::resolve::query::Place::Node(ix);
            let inputs = crate::resolve::query::Inputs { operator: view.who().operator, ..Default::default() };
            add("answer", json!(view.answer_row(place, &inputs, now, &[])));
        }
        Thing::Credential(ix) => {
            let used = view.used_by(ix, now);
            add("used_by", json!(used.nodes));
            add("shadowed", json!(used.shadowed));
            let twins = view.same_secret_as(ix).into_iter().map(|ix| view.credential_name(ix).into_owned());
            add("same_secret_as", json!(twins.collect::<Vec<_>>()));
            add("next_secret", view.next_secret(ix).map_or(Value::Null, |next| json!(next.sentence())));
            add("old_secrets", json!(view.old_secrets(ix)));
        }
        Thing::Model(ix) => {
            add(
                "price",
                json!(view.price(ix, now).map(|price| json!({
                    "input_per_million": price.input, "output_per_million": price.output, "source": price.source,
                }))),
            );
            add("prices", json!(rows::quotes_of(view, ix, now)));
        }
        _ => {}
    }
    if let Thing::Workflow(_) | Thing::App(_) | Thing::Department(_) | Thing::Credential(_) = thing {
        add("budget_state", json!(view.budget_of(thing, now)));
    }
    if let Some(scope) = scope_of(view, thing) {
        let rules = rows::assignments(view).into_iter().filter(|rule| rule.scope == scope);
        add("rules", json!(rules.collect::<Vec<_>>()));
    }
    Ok(fields)
}

/// Returns how rules name a thing as their scope.
fn scope_of(view: &View, thing: Thing) -> Option<String> {
    let link = view.link(thing);
    match thing {
        Thing::Workflow(_) | Thing::App(_) | Thing::Department(_) => Some(link),
        Thing::Operator(_) => link.strip_prefix("operator/").map(|login| format!("owner/{login}")),
        _ => None,
    }
}

fn show(cx: &mut Context, link: &str, fields: &Map<String, Value>) {
    if cx.out.json {
        let mut document = Map::from_iter([("link".to_owned(), Value::from(link))]);
        document.extend(fields.clone());
        cx.out.document(&document);
        return;
    }
    let heading = cx.out.tone(Tone::Heading, &printable(link));
    cx.out.line(heading);
    let width = fields.keys().map(String::len).max().unwrap_or_default();
    let is_long = |value: &Value| value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    let (long, short): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, value)| is_long(value));
    for (name, value) in short.into_iter().chain(long) {
        match value {
            Value::Array(items) if items.iter().any(Value::is_object) && name != "members" && name != "fields" => {
                cx.out.line(format!("{name}:"));
                for item in items {
                    cx.out.line(format!("  {}", printable(&answers::brief(item))));
                }
            }
            Value::Object(_) if name == "answer" => {
                cx.out.line(format!("{name}:\n  {}", printable(&answers::brief(value))));
            }
            value => {
                let value = text(value);
                if !value.is_empty() {
                    cx.out.line(format!("{name:width$}  {}", printable(&value)));
                }
            }
        }
    }
}

async fn revision(cx: &mut Context, session: &Session, number: &str) -> Result<Exit, Failure> {
    let number: u64 = number.parse().map_err(|_| {
        Failure::usage(format!("\"{}\" is no number of a revision", printable(number)))
            .hint("\"keydeck log\" shows them")
    })?;
    let (revision, changes) = session.revision(number).await?;
    let view = session.view();
    let told = view.tell(&view, &changes);
    if cx.out.json {
        cx.out.document(&json!({
            "link": format!("revision/{number}"), "number": revision.number, "author": revision.login,
            "at": revision.at, "message": revision.message, "reverts": revision.reverts, "changes": told,
        }));
        return Ok(Exit::DONE);
    }
    let heading = cx.out.tone(Tone::Heading, &format!("revision/{number}"));
    cx.out.line(heading);
    cx.out.line(format!("by {} at {}", printable(&revision.login), revision.at));
    cx.out.foreign(&revision.message);
    for change in told {
        cx.out.line(format!("  {}", printable(&change.sentence)));
    }
    cx.out.remark(format!("Undo it with: keydeck revert {number}"));
    Ok(Exit::DONE)
}
