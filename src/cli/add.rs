//! `keydeck add KIND NAME field=value…`: a new thing. Secret fields are asked for, or read from standard input.

use clap::{Args, ValueEnum};

use super::{
    context::Context,
    prompt,
    report::Exit,
    writing::{self, Proposal, WriteArgs},
};
use crate::{
    domain::{
        change::Change,
        credential::{Credential, SecretRef},
        name::printable,
        record::{Kind, Record},
    },
    ops::{door::Founding, failure::Failure, secret::SecretRow, session::Session},
    vault::Fields,
};

/// What can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Workspace,
    Department,
    Operator,
    Provider,
    Model,
    Price,
    #[value(alias = "key")]
    Credential,
    Pool,
    Instance,
    App,
    Workflow,
    Node,
    Assignment,
}

/// What `add` takes.
#[derive(Debug, Args)]
#[command(after_help = "The fields of a kind are those of the declarative file; a wrong one lists them all.\n\
    A node is named WORKFLOW/NODE, a model or price PROVIDER/MODEL.\n\
    Secrets never stand in arguments: they are asked for, or read as JSON with --stdin-json.")]
pub struct AddArgs {
    /// What to add
    #[arg(value_name = "KIND")]
    what: What,
    /// Its name, then its fields
    #[arg(value_name = "NAME | FIELD=VALUE")]
    words: Vec<String>,
    /// Read the secret fields as one JSON object from standard input
    #[arg(long, conflicts_with = "no_secret")]
    stdin_json: bool,
    /// Ask for no secret: the key is known by name only
    #[arg(long)]
    no_secret: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// Adds a thing.
pub async fn run(cx: &mut Context, args: &AddArgs) -> Result<Exit, Failure> {
    let (name, rest) = split(&args.words);
    let fields = pairs(rest)?;
    let kind = kind_of(args.what);
    if args.stdin_json && kind != Kind::Credential {
        return Err(Failure::usage("only keys have secret fields").hint("leave out --stdin-json"));
    }
    if kind == Kind::Workspace {
        return add_workspace(cx, name, &fields).await;
    }
    let session = cx.session().await?;
    let ground = writing::ground(&session, &args.write).await?;
    let record = ground.compose(session.door(), kind, name, &fields)?;
    let (record, secrets) = match record {
        Record::Credential(it) => {
            let (it, secrets) = with_secret(cx, &session, it, args).await?;
            (it.into(), secrets)
        }
        other => (other, Vec::new()),
    };
    let proposal = Proposal { changes: vec![Change::add(record)], secrets, ..Proposal::default() };
    writing::write(cx, &session, &args.write, proposal).await
}

/// Splits `NAME field=value…`: a first word without `=` is the name.
fn split(words: &[String]) -> (Option<&str>, &[String]) {
    match words.split_first() {
        Some((first, rest)) if !first.contains('=') => (Some(first.as_str()), rest),
        _ => (None, words),
    }
}

/// Reads `field=value` words. An error repeats no value, which might be a secret in the wrong place.
pub fn pairs(words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |word: &String| match word.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok((field.to_owned(), value.to_owned())),
        _ => Err(Failure::usage("a word after the name is no FIELD=VALUE").hint("write the fields as field=value")),
    };
    words.iter().map(pair).collect()
}

const fn kind_of(what: What) -> Kind {
    match what {
        What::Workspace => Kind::Workspace,
        What::Department => Kind::Department,
        What::Operator => Kind::Operator,
        What::Provider => Kind::Provider,
        What::Model => Kind::Model,
        What::Price => Kind::Price,
        What::Credential => Kind::Credential,
        What::Pool => Kind::Pool,
        What::Instance => Kind::Instance,
        What::App => Kind::App,
        What::Workflow => Kind::Workflow,
        What::Node => Kind::Node,
        What::Assignment => Kind::Assignment,
    }
}

/// Asks for a new key's secret, or reads it, and seals it.
async fn with_secret(
    cx: &mut Context,
    session: &Session,
    mut key: Credential,
    args: &AddArgs,
) -> Result<(Credential, Vec<SecretRow>), Failure> {
    if key.secret != SecretRef::Absent {
        if args.stdin_json {
            return Err(Failure::usage("a key has a reference or a stored secret, not both")
                .hint("leave out reference=…, or --stdin-json"));
        }
        return Ok((key, Vec::new()));
    }
    let form = session.view().form_of(&key.provider);
    let fields = match (args.stdin_json, args.no_secret) {
        (true, _) => prompt::secrets_from_stdin(cx)?,
        (false, true) => Fields::new(),
        (false, false) => prompt::secrets(cx, &form)?,
    };
    if fields.is_empty() {
        if !args.no_secret {
            cx.out.remark("No secret was given: the key is known by name only.");
        }
        return Ok((key, Vec::new()));
    }
    session.view().check_secrets(&key, &fields)?;
    cx.unlock(session).await?;
    let secrets = session.seal_into(&mut key, &fields)?;
    Ok((key, secrets))
}

/// Makes another workspace; that is a keeper's right, and a deed of its own.
async fn add_workspace(cx: &mut Context, name: Option<&str>, fields: &[(String, String)]) -> Result<Exit, Failure> {
    let name = name.ok_or_else(|| Failure::usage("a workspace needs a name").hint("keydeck add workspace NAME"))?;
    if let Some((field, _)) = fields.first() {
        return Err(Failure::usage(format!("a new workspace takes no {}", printable(field)))
            .hint("make it first, then apply a file, or edit it"));
    }
    let door = cx.open().await?;
    let identity = cx.identity.clone();
    door.may_create(&door.workspaces().await?, &identity, cx.settings.read_only).await?;
    let founding = Founding { message: format!("Make workspace {name}"), ..Founding::default() };
    let workspace = door.found(name, &identity, founding).await?;
    if cx.out.json {
        cx.out.document(&serde_json::json!({ "workspace": workspace.name, "id": workspace.id }));
    } else {
        cx.out.remark(format!("Made workspace {}; you are its admin.", printable(&workspace.name)));
    }
    Ok(Exit::DONE)
}
