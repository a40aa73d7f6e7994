//! `keydeck who-uses KEY`: every node that resolves to a key, and the rules that name it in vain.

use clap::Args;

use super::{context::Context, output::Tone, report::Exit, table::Table, writing::count};
use crate::{
    domain::{link::decode, name::printable},
    ops::{failure::Failure, reverse::UseRow},
};

/// What `who-uses` takes.
#[derive(Debug, Args)]
pub struct WhoUsesArgs {
    /// The key's name, or key/NAME
    #[arg(value_name = "KEY")]
    key: String,
}

/// Tells who uses a key.
pub async fn run(cx: &mut Context, args: &WhoUsesArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let view = session.view();
    let name = args.key.strip_prefix("key/").map_or_else(|| args.key.clone(), decode);
    let used = view.used_by(view.find_credential(&name)?, session.door().now());
    if cx.out.json {
        cx.out.document(&used);
        return Ok(Exit::DONE);
    }
    if used.nodes.is_empty() {
        let nobody = if used.hidden == 0 { "No node" } else { "No node that you may see" };
        cx.out.remark(format!("{nobody} uses {}.", printable(&used.credential)));
    } else {
        cx.out.table(&table(&used.nodes));
    }
    for (heading, rows) in [
        ("Nodes that require it and can't use it:", &used.failing),
        ("Nodes that could get it, given a value for a variable:", &used.could),
    ] {
        if !rows.is_empty() {
            let heading = cx.out.tone(Tone::Warning, heading);
            cx.out.line(heading);
            cx.out.table(&table(rows));
        }
    }
    if used.hidden > 0 {
        cx.out.remark(format!("And {} that you may not see.", count(used.hidden, "node")));
    }
    if !used.shadowed.is_empty() {
        let heading = cx.out.tone(Tone::Warning, "Rules that name it, and by which no node gets it:");
        cx.out.line(heading);
        for rule in &used.shadowed {
            let line = format!("  {} · {} · {} (assignment/{})", rule.scope, rule.provider, rule.target, rule.id);
            cx.out.line(printable(&line));
        }
    }
    Ok(Exit::DONE)
}

fn table(rows: &[UseRow]) -> Table {
    let mut table = Table::new(&["WORKFLOW", "NODE", "PROVIDER", "MODEL", "LAYER", "BY", "POOL"]);
    for row in rows {
        table.row([
            row.workflow.as_str(),
            &row.node,
            row.provider.as_deref().unwrap_or(""),
            row.model.as_deref().unwrap_or(""),
            row.layer.word(),
            row.by.as_deref().unwrap_or(""),
            row.pool.as_deref().unwrap_or(""),
        ]);
    }
    table
}
