//! `keydeck matrix`: every workflow's keys by provider; or, with `--against dify`, where Dify uses another today.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{context::Context, report::Exit, table::Table};
use crate::ops::{
    failure::Failure,
    reverse::{Cell, Matrix},
    view::View,
};

/// What `matrix` takes.
#[derive(Debug, Args)]
pub struct MatrixArgs {
    /// List the nodes for which another platform's answer differs
    #[arg(long, value_name = "WHOM")]
    against: Option<Against>,
}

/// With whom answers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Against {
    Dify,
}

/// Shows everything at once.
pub async fn run(cx: &mut Context, args: &MatrixArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let (view, now) = (session.view(), session.door().now());
    match args.against {
        Some(Against::Dify) => against_dify(cx, &view, now),
        None => everything(cx, &view.matrix(now)),
    }
    Ok(Exit::DONE)
}

fn everything(cx: &mut Context, matrix: &Matrix) {
    if cx.out.json {
        cx.out.document(matrix);
        return;
    }
    let mut table = Table::new(&["WORKFLOW", "PROVIDER", "NODES", "KEY", "LAYER", "WHY NONE"]);
    for row in &matrix.workflows {
        for (provider, cells) in &row.cells {
            for cell in cells {
                table.row([
                    &*row.workflow,
                    provider,
                    &cell.nodes.to_string(),
                    cell.key.as_deref().unwrap_or("none"),
                    cell.layer.map_or("", |layer| layer.word()),
                    cell.reason.map_or("", |reason| reason.word()),
                ]);
            }
        }
    }
    if table.is_empty() {
        cx.out.remark("There are no nodes yet.");
    } else {
        cx.out.table(&table);
    }
}

fn against_dify(cx: &mut Context, view: &View, now: crate::domain::Timestamp) {
    let differences = view.against_dify(now);
    if cx.out.json {
        cx.out.document(&json!({ "against": "dify", "differences": differences }));
        return;
    }
    let word = |cell: &Cell| cell.key.clone().unwrap_or_else(|| cell.outcome.word().to_owned());
    let mut table = Table::new(&["WORKFLOW", "NODE", "PROVIDER", "MODEL", "KEYDECK", "DIFY TODAY"]);
    for it in &differences {
        let (provider, model) = (it.provider.as_deref().unwrap_or(""), it.model.as_deref().unwrap_or(""));
        table.row([it.workflow.as_str(), &it.node, provider, model, &word(&it.keydeck), &word(&it.dify)]);
    }
    if table.is_empty() {
        cx.out.remark("Dify uses the same keys, wherever it decides by itself.");
    } else {
        cx.out.table(&table);
    }
}
