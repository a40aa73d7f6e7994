//! `keydeck operator`: people and their SSH keys: who there is, what each was granted, which keys open for them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    context::Context,
    files,
    list::{self, What},
    report::Exit,
    writing::{self, Ask, Proposal, WriteArgs},
};
use crate::{
    domain::{change::Change, name::printable, people::Operator, record::Kind},
    form::{people::read_role, ssh_key::PublicKey},
    ops::{failure::Failure, session::Session, view::View},
};

/// What `operator` takes.
#[derive(Debug, Args)]
pub struct OperatorArgs {
    #[command(subcommand)]
    what: OperatorCommand,
}

/// What to do about operators.
#[derive(Debug, Subcommand)]
enum OperatorCommand {
    /// List operators, their roles, and the fingerprints of their SSH keys
    List,
    /// Add an operator; nothing is granted by default
    Add(AddOperator),
    /// Remove an operator
    Remove(Whom),
    /// Grant a role: ROLE on the workspace, ROLE@DEPARTMENT, or keeper on the database
    Grant(Granting),
    /// Take a role away
    RevokeGrant(Granting),
    /// Let an SSH key open for an operator
    AddKey(AddKey),
    /// Take an SSH key away
    RemoveKey(RemoveKey),
    /// Print every SSH key as sshd's `AuthorizedKeysCommand` takes them, for keydeck --ssh
    AuthorizedKeys,
}

/// An operator by login.
#[derive(Debug, Args)]
struct Whom {
    /// The login
    login: String,
    #[command(flatten)]
    write: WriteArgs,
}

/// What `operator add` takes.
#[derive(Debug, Args)]
struct AddOperator {
    /// The name to log in with
    login: String,
    /// Where to write to
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// A role: ROLE, ROLE@DEPARTMENT or keeper; may be given more than once
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// A file with an SSH public key, or -
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// It is a program rather than a person
    #[arg(long)]
    service: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// What granting and taking roles takes.
#[derive(Debug, Args)]
struct Granting {
    /// The login
    login: String,
    /// ROLE, ROLE@DEPARTMENT or keeper
    #[arg(required = true, value_name = "ROLE")]
    roles: Vec<String>,
    #[command(flatten)]
    write: WriteArgs,
}

/// What `operator add-key` takes.
#[derive(Debug, Args)]
struct AddKey {
    /// The login
    login: String,
    /// The .pub file, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    write: WriteArgs,
}

/// What `operator remove-key` takes.
#[derive(Debug, Args)]
struct RemoveKey {
    /// The login
    login: String,
    /// The key's fingerprint, as "operator list" prints it, or its comment
    #[arg(value_name = "FINGERPRINT")]
    key: String,
    #[command(flatten)]
    write: WriteArgs,
}

/// Does what was asked.
pub async fn run(cx: &mut Context, args: &OperatorArgs) -> Result<Exit, Failure> {
    if matches!(args.what, OperatorCommand::List) {
        return list::show(cx, What::Operators).await;
    }
    if matches!(args.what, OperatorCommand::AuthorizedKeys) {
        return authorized_keys(cx).await;
    }
    let session = cx.session().await?;
    let view = session.view();
    let (change, write, ask) = match &args.what {
        OperatorCommand::List | OperatorCommand::AuthorizedKeys => return Ok(Exit::DONE),
        OperatorCommand::Add(it) => (Some(Change::add(added(cx, &view, &session, it)?)), &it.write, Ask::Nothing),
        OperatorCommand::Remove(it) => {
            let ask = Ask::Name { deed: "remove it".to_owned(), name: it.login.clone() };
            let record = find(&view, &it.login)?.into();
            let proposal = Proposal { changes: view.removal(&[record]), ask, ..Proposal::default() };
            return writing::write(cx, &session, &it.write, proposal).await;
        }
        OperatorCommand::Grant(it) => (granted(&view, it)?, &it.write, Ask::Nothing),
        OperatorCommand::RevokeGrant(it) => (taken(&view, it)?, &it.write, Ask::Nothing),
        OperatorCommand::AddKey(it) => {
            let key = read_key(cx, &it.file)?;
            (edit(&view, &it.login, |operator| add_key(operator, &key))?, &it.write, Ask::Nothing)
        }
        OperatorCommand::RemoveKey(it) => (without_key(&view, it)?, &it.write, Ask::Nothing),
    };
    let proposal = Proposal { changes: change.into_iter().collect(), ask, ..Proposal::default() };
    writing::write(cx, &session, write, proposal).await
}

/// Prints who may come by OpenSSH: whoever can read the database can tell as much. What a key opens is a terminal alone,
/// whatever else sshd's settings say.
async fn authorized_keys(cx: &mut Context) -> Result<Exit, Failure> {
    let door = cx.open().await?;
    for key in door.authorized_keys().await? {
        cx.out.line(format!("restrict,pty {key}"));
    }
    Ok(Exit::DONE)
}

fn find(view: &View, login: &str) -> Result<Operator, Failure> {
    let ix = view.find_operator(login)?;
    view.operator(ix).cloned().ok_or_else(|| Failure::usage(format!("there is no operator \"{}\"", printable(login))))
}

/// Changes an operator; nothing if it is so already.
fn edit(
    view: &View,
    login: &str,
    change: impl FnOnce(&mut Operator) -> Result<(), Failure>,
) -> Result<Option<Change>, Failure> {
    let before = find(view, login)?;
    let mut after = before.clone();
    change(&mut after)?;
    Ok(Change::edit(before, after))
}

fn added(
    cx: &Context,
    view: &View,
    session: &Session,
    args: &AddOperator,
) -> Result<crate::domain::record::Record, Failure> {
    let mut words = vec![];
    if let Some(email) = &args.email {
        words.push(("email".to_owned(), email.clone()));
    }
    if !args.roles.is_empty() {
        words.push(("roles".to_owned(), args.roles.join(",")));
    }
    if args.service {
        words.push(("service".to_owned(), "true".to_owned()));
    }
    if let Some(file) = &args.key {
        words.push(("ssh_keys".to_owned(), read_key(cx, file)?.to_string()));
    }
    view.compose(session.door(), Kind::Operator, Some(&args.login), &words)
}

fn granted(view: &View, args: &Granting) -> Result<Option<Change>, Failure> {
    edit(view, &args.login, |operator| {
        for role in &args.roles {
            let grant = read_role(role, &view.lookup())?;
            if !operator.grants.contains(&grant) {
                operator.grants.push(grant);
            }
        }
        Ok(())
    })
}

fn taken(view: &View, args: &Granting) -> Result<Option<Change>, Failure> {
    edit(view, &args.login, |operator| {
        for role in &args.roles {
            let grant = read_role(role, &view.lookup())?;
            let before = operator.grants.len();
            operator.grants.retain(|held| *held != grant);
            if operator.grants.len() == before {
                let message = format!("{} does not hold {}", printable(&operator.login), printable(role));
                return Err(Failure::usage(message).hint("\"keydeck operator list\" shows what was granted"));
            }
        }
        Ok(())
    })
}

fn read_key(cx: &Context, file: &std::path::Path) -> Result<PublicKey, Failure> {
    let bytes = files::read(cx, file)?;
    PublicKey::parse(&String::from_utf8_lossy(&bytes)).map_err(Failure::usage)
}

fn add_key(operator: &mut Operator, key: &PublicKey) -> Result<(), Failure> {
    let has = |held: &crate::domain::Text| PublicKey::parse(held).is_ok_and(|held| held.is_same(key));
    if operator.ssh_keys.iter().any(has) {
        return Err(Failure::usage(format!("{} holds this key already", printable(&operator.login)))
            .hint("\"keydeck operator list\" shows the fingerprints"));
    }
    operator.ssh_keys.push(key.to_string().into());
    Ok(())
}

fn without_key(view: &View, args: &RemoveKey) -> Result<Option<Change>, Failure> {
    edit(view, &args.login, |operator| {
        let fits = |held: &crate::domain::Text| {
            PublicKey::parse(held).map_or(**held == *args.key, |held| {
                held.fingerprint() == args.key || !held.comment().is_empty() && held.comment() == args.key
            })
        };
        match operator.ssh_keys.iter().filter(|held| fits(held)).count() {
            1 => operator.ssh_keys.retain(|held| !fits(held)),
            0 => {
                let message = format!("{} holds no such key", printable(&operator.login));
                return Err(Failure::usage(message).hint("\"keydeck operator list\" shows the fingerprints"));
            }
            _ => return Err(Failure::usage("several keys have this comment").hint("name one by its fingerprint")),
        }
        Ok(())
    })
}
