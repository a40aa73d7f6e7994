//! `keydeck list KIND`: the things of a kind, as a table or as `{"KIND": [ … ]}`.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{columns, context::Context, report::Exit, table::Table};
use crate::{
    domain::money::MicroDollars,
    ops::{
        failure::{Failure, Kind},
        rows,
        view::View,
    },
};

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// The providers.
    Providers,
    /// The models.
    Models,
    /// The credentials.
    Credentials,
    /// The pools.
    Pools,
    /// The instances.
    Instances,
    /// The apps.
    Apps,
    /// The workflows.
    Workflows,
    /// The nodes.
    Nodes,
    /// The departments.
    Departments,
    /// The operators.
    Operators,
    /// The assignments.
    Assignments,
    /// The budgets.
    Budgets,
    /// The prices of one's own and of imported tables.
    Prices,
    /// The workspaces.
    Workspaces,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What to list
    #[arg(value_name = "KIND")]
    what: What,
}

/// Lists what the viewer may see.
pub async fn run(cx: &mut Context, args: &ListArgs) -> Result<Exit, Failure> {
    show(cx, args.what).await
}

/// Lists the things of a kind.
pub async fn show(cx: &mut Context, what: What) -> Result<Exit, Failure> {
    let word = what.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let mut private = 0;
    let rows = if what == What::Workspaces {
        let door = cx.open().await?;
        values(door.workspaces().await?)?
    } else {
        let session = cx.session().await?;
        let view = session.view();
        if what == What::Credentials {
            private = view.private_keys_of_others();
        }
        listed(what, &view, session.door().now())?
    };
    if cx.out.json {
        cx.out.document(&Map::from_iter([(word, Value::Array(rows))]));
        return Ok(Exit::DONE);
    }
    if rows.is_empty() && private == 0 {
        cx.out.remark(format!("There are no {word} yet."));
        return Ok(Exit::DONE);
    }
    let columns = columns::of(what);
    let mut table = Table::new(&columns.iter().map(|(heading, _)| *heading).collect::<Vec<_>>());
    for row in &rows {
        table.row(columns.iter().map(|(_, key)| cell(key, &row[*key])));
    }
    if !rows.is_empty() {
        cx.out.table(&table);
    }
    match private {
        0 => {}
        1 => cx.out.remark("1 private key is not listed: only its owner sees it."),
        more => cx.out.remark(format!("{more} private keys are not listed: only their owners see them.")),
    }
    Ok(Exit::DONE)
}

fn listed(what: What, view: &View, now: crate::domain::Timestamp) -> Result<Vec<Value>, Failure> {
    match what {
        What::Providers => values(rows::providers(view)),
        What::Models => values(rows::models(view, now)),
        What::Credentials => values(rows::credentials(view, now)),
        What::Pools => values(rows::pools(view)),
        What::Instances => values(rows::instances(view)),
        What::Apps => values(rows::apps(view)),
        What::Workflows => values(rows::workflows(view)),
        What::Nodes => values(rows::nodes(view)),
        What::Departments => values(rows::departments(view)),
        What::Operators => values(rows::operators(view)),
        What::Assignments => values(rows::assignments(view)),
        What::Budgets => values(rows::budgets(view, now)),
        What::Prices => values(rows::prices(view, now)),
        What::Workspaces => Ok(Vec::new()),
    }
}

fn values<R: Serialize>(rows: Vec<R>) -> Result<Vec<Value>, Failure> {
    let written = rows.into_iter().map(serde_json::to_value).collect::<Result<_, _>>();
    written.map_err(|error| Failure::new(Kind::Internal, error))
}

/// Writes a cell: an unknown price says so, since it is not zero; what was spent is told in cents.
fn cell(key: &str, value: &Value) -> String {
    match (key, value) {
        ("input_per_million", Value::Null) => "unknown".to_owned(),
        ("spent" | "left" | "month_end", Value::String(amount)) => {
            let (sign, digits) = amount.strip_prefix('-').map_or(("", amount.as_str()), |rest| ("-", rest));
            digits.parse::<MicroDollars>().map_or_else(|_| amount.clone(), |it| format!("{sign}{}", it.cents()))
        }
        _ => text(value),
    }
}

/// Writes a value of a row for people: owners as in files, budgets and members in words, flags as yes or nothing.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => object(fields),
    }
}

fn object(fields: &Map<String, Value>) -> String {
    let field = |name: &str| fields.get(name).map(text);
    match (field("kind"), field("monthly"), field("key"), field("weight"), field("name")) {
        (Some(kind), Some(monthly), ..) => format!("{monthly} {kind}"),
        (_, _, Some(key), Some(weight), _) => format!("{key}:{weight}"),
        (Some(kind), None, None, None, Some(name)) if kind == "system" => name,
        (Some(kind), None, None, None, Some(name)) => format!("{kind}/{name}"),
        _ => fields.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(", "),
    }
}
