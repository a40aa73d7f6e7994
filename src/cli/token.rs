//! `keydeck token`: what programs show to be answered over HTTP: made, listed and taken back.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use zeroize::Zeroizing;

use super::{context::Context, output::Tone, report::Exit, reveal, streams::End, table::Table};
use crate::{
    domain::name::printable,
    ops::{
        failure::{Failure, Kind},
        session::Session,
        token::{ListedToken, MOST_DAYS, NewToken, TokenWish},
    },
};

/// What `token` takes.
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(subcommand)]
    what: What,
}

/// What to do about tokens.
#[derive(Debug, Subcommand)]
enum What {
    /// Make a token, and print it once
    #[command(after_help = "The token alone is printed on standard output; only its hash is kept.\n\
        Without --environment the workflow's own environment counts, and the program can name no other.")]
    Add(AddToken),
    /// List tokens, also those that expired or were revoked
    List,
    /// Take tokens back: they are refused from then on, and no undo brings them back
    Revoke(Which),
}

/// What `token add` takes.
#[derive(Debug, Args)]
struct AddToken {
    /// What to call it
    name: String,
    /// The service operator as whom the program acts (operator add LOGIN --service)
    #[arg(long, value_name = "LOGIN")]
    operator: String,
    /// A workflow that it may ask about, or app/NAME for all of an app; may be given more than once
    #[arg(long = "workflow", required = true, value_name = "NAME")]
    workflows: Vec<String>,
    /// An environment that it may name besides the workflow's own; "" means none
    #[arg(long = "environment", value_name = "E")]
    environments: Vec<String>,
    /// A variable that it may give a value
    #[arg(long = "variable", value_name = "NAME")]
    variables: Vec<String>,
    /// Let it name keys for one run, where the workspace allows that
    #[arg(long)]
    allow_overrides: bool,
    /// Hand it secrets, and not only the answer which key would be used
    #[arg(long)]
    secrets: bool,
    /// How many days it lasts
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_DAYS)), conflicts_with = "expires")]
    days: u32,
    /// The instant at which it ends, with an offset: 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
}

/// Tokens by name or id.
#[derive(Debug, Args)]
struct Which {
    /// The tokens' names or ids
    #[arg(required = true, value_name = "TOKEN")]
    tokens: Vec<String>,
}

/// Does what was asked.
pub async fn run(cx: &mut Context, args: &TokenArgs) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    match &args.what {
        What::Add(args) => add(cx, &session, args).await,
        What::List => list(cx, &session).await,
        What::Revoke(which) => revoke(cx, &session, which).await,
    }
}

async fn add(cx: &mut Context, session: &Session, args: &AddToken) -> Result<Exit, Failure> {
    let wish = TokenWish {
        name: args.name.clone(),
        operator: args.operator.clone(),
        places: args.workflows.clone(),
        environments: args.environments.clone(),
        variables: args.variables.clone(),
        overrides: args.allow_overrides,
        secrets: args.secrets,
        expires: args
            .expires
            .unwrap_or_else(|| session.door().now() + SignedDuration::from_hours(24 * i64::from(args.days))),
    };
    let new = session.make_token(&wish).await?;
    if cx.out.json {
        reveal::print(&*cx.streams, &as_json(&new)?)?;
    } else {
        let mut line = Zeroizing::new(String::with_capacity(new.text.expose().len() + 1));
        line.push_str(new.text.expose());
        line.push('\n');
        reveal::print(&*cx.streams, &line)?;
    }
    if !cx.common.quiet && !cx.out.json {
        let until = new.row.expires_at.strftime("%F %H:%M UTC");
        let mut told = format!(
            "Keep it: it is shown this once. Whoever shows it acts as {} until {until}.\n",
            printable(&new.row.operator)
        );
        for remark in &new.remarks {
            told.push_str(&printable(remark));
            told.push('\n');
        }
        if cx.streams.is_terminal(End::Output) {
            told.push_str("It stays in the scrollback of your terminal until you clear that.\n");
        }
        // The token is made, whether or not this can be read.
        let _ = cx.streams.write(End::Error, told.as_bytes());
    }
    Ok(Exit::DONE)
}

/// Writes the row with the token before it. The token goes in by hand: a general writer would leave copies behind.
fn as_json(new: &NewToken) -> Result<Zeroizing<String>, Failure> {
    let mut rest = serde_json::to_value(&new.row).map_err(|error| Failure::new(Kind::Internal, error))?;
    rest["remarks"] = json!(new.remarks);
    let rest = super::output::plain_json(&rest);
    let mut text = Zeroizing::new(String::with_capacity(rest.len() + new.text.expose().len() + 32));
    text.push_str("{\n  \"token\": \"");
    // Its characters need no escape.
    text.push_str(new.text.expose());
    text.push_str("\",");
    text.push_str(rest.strip_prefix('{').unwrap_or(&rest));
    text.push('\n');
    Ok(text)
}

async fn list(cx: &mut Context, session: &Session) -> Result<Exit, Failure> {
    let tokens = session.tokens().await?;
    if cx.out.json {
        cx.out.document(&json!({ "tokens": tokens }));
        return Ok(Exit::DONE);
    }
    let mut table = Table::new(&["TOKEN", "OPERATOR", "MAY ASK ABOUT", "MAY SAY", "GETS", "STATE", "LAST USED"]);
    let now = session.door().now();
    for token in &tokens {
        table.row([
            &*token.name,
            &*token.operator,
            &*token.workflows.join(", "),
            &*sayings(token),
            if token.secrets { "secrets" } else { "answers" },
            &*state(token, now),
            &*token.last_used.map_or_else(|| "never".to_owned(), |at| at.strftime("%F %H:%M").to_string()),
        ]);
    }
    if table.is_empty() {
        cx.out.remark("No tokens. \"keydeck token add NAME --operator LOGIN --workflow NAME\" makes one.");
    } else {
        cx.out.table(&table);
    }
    Ok(Exit::DONE)
}

/// Says what a token's program may name besides the workflow.
fn sayings(token: &ListedToken) -> String {
    let environment = |name: &String| if name.is_empty() { "no environment".to_owned() } else { name.clone() };
    let environments = token.environments.iter().map(environment);
    let overrides = token.overrides.then(|| "overrides".to_owned());
    environments.chain(token.variables.iter().cloned()).chain(overrides).collect::<Vec<_>>().join(", ")
}

fn state(token: &ListedToken, now: Timestamp) -> String {
    match token.state {
        "active" => {
            let days = (token.expires_at.as_second() - now.as_second()) / 86_400;
            format!("active, {days} days left")
        }
        "revoked" => format!("revoked by {}", token.revoked_by.as_deref().unwrap_or("somebody")),
        other => other.to_owned(),
    }
}

async fn revoke(cx: &mut Context, session: &Session, which: &Which) -> Result<Exit, Failure> {
    let mut revoked = Vec::new();
    for token in &which.tokens {
        revoked.push(session.withdraw_token(token).await?);
    }
    if cx.out.json {
        cx.out.document(&json!({ "tokens": revoked }));
        return Ok(Exit::DONE);
    }
    for token in revoked {
        let word = cx.out.tone(Tone::Good, "Revoked");
        cx.out.line(format!("{word} {}.", printable(&token.name)));
    }
    Ok(Exit::DONE)
}
