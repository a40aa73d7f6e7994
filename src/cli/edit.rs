//! `keydeck edit LINK… field=value…`: other values for fields of things, many at once if need be.

use clap::Args;

use super::{
    add::pairs,
    context::Context,
    prompt,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::{
    domain::record::Record,
    ops::{edit::Editable, failure::Failure, secret::SecretRow, session::Session, view::View},
    vault::Fields,
};

/// What `edit` takes.
#[derive(Debug, Args)]
#[command(after_help = "A link may hold * where a name is: edit 'app/Inv*' department=Finance. An empty value clears \
    a field. The workspace itself is written \"workspace\".")]
pub struct EditArgs {
    /// Links, then fields
    #[arg(required = true, value_name = "LINK | FIELD=VALUE")]
    words: Vec<String>,
    /// Read new secret fields of one key as a JSON object from standard input
    #[arg(long)]
    stdin_json: bool,
    /// Ask for new secret fields of one key
    #[arg(long, conflicts_with = "stdin_json")]
    secret: bool,
    /// Let a revoked key be used again
    #[arg(long)]
    reinstate: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Edits things.
pub async fn run(cx: &mut Context, args: &EditArgs) -> Result<Exit, Failure> {
    let at = args.words.iter().position(|word| is_field(word)).unwrap_or(args.words.len());
    let (links, fields) = (&args.words[..at], pairs(&args.words[at..])?);
    if links.is_empty() {
        return Err(Failure::usage("nothing to edit is named").hint("write edit LINK… field=value…"));
    }
    if fields.is_empty() && !args.stdin_json && !args.secret {
        return Err(Failure::usage("no field is named").hint("write the new values as field=value"));
    }
    let session = cx.session().await?;
    let view = writing::ground(&session, &args.write).await?;
    let found = find(&session, &view, links)?;
    if (args.stdin_json || args.secret) && !matches!(&found[..], [Editable { record: Record::Credential(_), .. }]) {
        return Err(Failure::usage("a secret is for one key").hint("name one key/NAME"));
    }
    let (mut changes, mut secrets) = (Vec::new(), Vec::new());
    for editable in found {
        let mut after = view.amend(editable.record.clone(), &fields)?;
        if let (Record::Credential(before), Record::Credential(key)) = (&editable.record, &mut after) {
            secrets.extend(with_secret(cx, &session, key, args).await?);
            view.check_origin(before, key)?;
        }
        changes.extend(editable.into_change(after));
    }
    let proposal = Proposal { changes, secrets, reinstate: args.reinstate, ..Proposal::default() };
    writing::write(cx, &session, &args.write, proposal).await
}

/// A word with a `=` before any `/` is a field; names in links may hold `=`.
fn is_field(word: &str) -> bool {
    word.find('=').is_some_and(|equals| word.find('/').is_none_or(|slash| equals < slash))
}

/// Finds what links name, each thing once. `workspace` is the workspace itself.
pub fn find(session: &Session, view: &View, links: &[String]) -> Result<Vec<Editable>, Failure> {
    let mut found: Vec<Editable> = Vec::new();
    for link in links {
        let more = if link == "workspace" {
            vec![Editable { record: view.workspace().clone().into(), is_there: true }]
        } else {
            view.editable(session.door(), link)?
        };
        for editable in more {
            if found.iter().all(|known| known.record.uuid() != editable.record.uuid()) {
                found.push(editable);
            }
        }
    }
    Ok(found)
}

async fn with_secret(
    cx: &mut Context,
    session: &Session,
    key: &mut crate::domain::credential::Credential,
    args: &EditArgs,
) -> Result<Vec<SecretRow>, Failure> {
    let fields = match (args.stdin_json, args.secret) {
        (true, _) => prompt::secrets_from_stdin(cx)?,
        (false, true) => prompt::secrets(cx, &session.view().form_of(&key.provider))?,
        (false, false) => Fields::new(),
    };
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    session.view().check_secrets(key, &fields)?;
    cx.unlock(session).await?;
    session.seal_into(key, &fields)
}
