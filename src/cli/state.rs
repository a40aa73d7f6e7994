//! `keydeck disable` and `keydeck revoke`: keys out of use, for now or for good.

use clap::Args;

use super::{
    context::Context,
    report::Exit,
    writing::{self, Ask, Proposal, WriteArgs, count},
};
use crate::{
    domain::{
        change::Change,
        credential::{Credential, State},
        link::{Link, decode},
    },
    ops::{failure::Failure, view::View},
};

/// What `disable` takes.
#[derive(Debug, Args)]
#[command(after_help = "Back into use: keydeck edit key/NAME state=active")]
pub struct DisableArgs {
    /// The keys, by name or as key/NAME; a link may hold *
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// What `revoke` takes.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The keys, by name or as key/NAME; a link may hold *
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<String>,
    /// An emergency: at once, unasked, and the damage is shown afterwards
    #[arg(long, conflicts_with = "stage")]
    now: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Disables keys; it can be undone, so nobody is asked.
pub async fn disable(cx: &mut Context, args: &DisableArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let ground = writing::ground(&session, &args.write).await?;
    let keys = find(&ground, &args.keys)?;
    let proposal = Proposal::from(into_state(keys, State::Disabled));
    writing::write(cx, &session, &args.write, proposal).await
}

/// Revokes keys, after their name was typed; in an emergency, unasked.
pub async fn revoke(cx: &mut Context, args: &RevokeArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let ground = if args.now { session.view() } else { writing::ground(&session, &args.write).await? };
    let keys = find(&ground, &args.keys)?;
    let name = match &keys[..] {
        [only] => only.name.to_string(),
        many => count(many.len(), "key"),
    };
    let ask = if args.now { Ask::Nothing } else { Ask::Name { deed: "revoke it".to_owned(), name } };
    let staged = args.write.stage || session.view().wants_approval() && !args.now;
    let proposal =
        Proposal { changes: into_state(keys, State::Revoked), ask, emergency: args.now, ..Proposal::default() };
    let exit = writing::write(cx, &session, &args.write, proposal).await?;
    if !staged {
        cx.out.remark("The vendor does not know of it: revoke the key there as well.");
    }
    Ok(exit)
}

/// Finds keys by their names or links, each once.
pub fn find(view: &View, keys: &[String]) -> Result<Vec<Credential>, Failure> {
    let mut found: Vec<Credential> = Vec::new();
    for key in keys {
        let link =
            if key.starts_with("key/") { key.clone() } else { format!("key/{}", crate::domain::link::encode(key)) };
        let more = if link.contains('*') && key.starts_with("key/") {
            view.find_all(&link)?.into_iter().filter_map(|thing| view.record(thing)).collect()
        } else {
            let name = Link::parse(&link).map_or_else(|_| decode(key), |link| link.name().to_owned());
            let ix = view.find_credential(&name)?;
            view.credential(ix).cloned().map(crate::domain::record::Record::from).into_iter().collect::<Vec<_>>()
        };
        for record in more {
            if let crate::domain::record::Record::Credential(it) = record
                && found.iter().all(|known| known.id != it.id)
            {
                found.push(it);
            }
        }
    }
    Ok(found)
}

fn into_state(keys: Vec<Credential>, state: State) -> Vec<Change> {
    let change = |before: Credential| Change::edit(before.clone(), Credential { state, ..before });
    keys.into_iter().filter_map(change).collect()
}
