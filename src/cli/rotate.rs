//! `keydeck rotate KEY`: a new secret in steps: stored beside the one in use, tried, put in use, the old one kept until a
//! date.

use clap::{Args, ValueEnum};

use super::{
    context::Context,
    prompt,
    report::Exit,
    state::find,
    writing::{self, Proposal, WriteArgs, count},
};
use crate::{
    domain::{Timestamp, credential::Credential, fact::Answer, link::quoted, name::printable},
    ops::{
        failure::Failure,
        rotation::{NextRow, end_of_days},
        session::Session,
    },
    vault::Fields,
};

/// What `rotate` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the contract")]
#[command(after_help = "First: keydeck rotate KEY stores the new secret; nothing uses it yet.\n\
    Then ask its vendor: keydeck verify KEY --next; or try it there, and say so: keydeck rotate KEY --tested works.\n\
    Then: keydeck rotate KEY --promote. The old secret is kept for 30 days: keydeck revert brings it back until then.")]
pub struct RotateArgs {
    /// The key, by name or as key/NAME
    #[arg(value_name = "KEY")]
    key: String,
    /// Read the new secret fields as one JSON object from standard input
    #[arg(long, conflicts_with_all = ["promote", "abandon", "tested"])]
    stdin_json: bool,
    /// Note how the new secret did when you tried it at the vendor
    #[arg(long, value_name = "ANSWER", conflicts_with = "abandon")]
    tested: Option<Tested>,
    /// Put the new secret in use
    #[arg(long, conflicts_with = "abandon")]
    promote: bool,
    /// Put it in use although nobody said that it works
    #[arg(long, requires = "promote")]
    untested: bool,
    /// When the old secret is destroyed; RFC 3339 with an offset
    #[arg(long, value_name = "TIME", requires = "promote", conflicts_with_all = ["keep_old_days", "stage"])]
    keep_old_until: Option<Timestamp>,
    /// After how many days the old secret is destroyed; 0 is at once
    #[arg(long, value_name = "N", requires = "promote", conflicts_with = "stage")]
    keep_old_days: Option<u16>,
    /// Destroy the new secret
    #[arg(long)]
    abandon: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// How a new secret did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Tested {
    /// The vendor takes it.
    Works,
    /// The vendor does not.
    Refused,
}

impl From<Tested> for Answer {
    fn from(tested: Tested) -> Self {
        match tested {
            Tested::Works => Self::Works,
            Tested::Refused => Self::Refused,
        }
    }
}

/// Does the step that was asked for; the first, or telling how far it is, if none was.
pub async fn run(cx: &mut Context, args: &RotateArgs) -> Result<Exit, Failure> {
    if args.write.stage && !args.promote {
        return Err(Failure::usage(
            "only putting the new secret in use can be staged; the rest changes nothing in use",
        )
        .hint("leave out --stage, or add --promote"));
    }
    let session = cx.session().await?;
    let key = one(find(&session.view(), std::slice::from_ref(&args.key))?)?;
    if !cx.settings.read_only {
        session.purge().await?;
    }
    if let Some(tested) = args.tested {
        session.tell_test(index(&session, &key)?, tested.into()).await?;
        if !args.promote {
            return status(cx, &session, &key);
        }
    }
    if args.promote {
        return promote(cx, &session, &key, args).await;
    }
    if args.abandon {
        session.abandon_next(index(&session, &key)?).await?;
        if !cx.out.json {
            cx.out.remark(format!("Destroyed the next secret of {}; what is in use stays.", printable(&key.name)));
        }
        return status(cx, &session, &key);
    }
    store(cx, &session, &key, args).await
}

/// Stores the new secret; if there is one, says how far the rotation is.
async fn store(cx: &mut Context, session: &Session, key: &Credential, args: &RotateArgs) -> Result<Exit, Failure> {
    let ix = index(session, key)?;
    if session.view().next_secret(ix).is_some() && !args.stdin_json {
        return status(cx, session, key);
    }
    session.may_rotate(ix).await?;
    let fields = if args.stdin_json {
        prompt::secrets_from_stdin(cx)?
    } else if cx.can_ask() {
        prompt::secrets(cx, &session.view().form_of(&key.provider))?
    } else {
        Fields::new()
    };
    if fields.is_empty() {
        return Err(
            Failure::usage("no new secret was given").hint("paste it at the prompt, or pass it with --stdin-json")
        );
    }
    session.view().check_secrets(key, &fields)?;
    cx.unlock(session).await?;
    session.store_next(ix, &fields).await?;
    if !cx.out.json {
        cx.out.remark(format!("Stored beside the secret in use of {}; nothing uses it yet.", printable(&key.name)));
    }
    status(cx, session, key)
}

async fn promote(cx: &mut Context, session: &Session, key: &Credential, args: &RotateArgs) -> Result<Exit, Failure> {
    let ix = index(session, key)?;
    session.may_rotate(ix).await?;
    cx.unlock(session).await?;
    let promotion = session.promotion(ix, args.untested).await?;
    let now = session.door().now();
    let old_until = args.keep_old_until.or_else(|| args.keep_old_days.map(|days| end_of_days(now, days)));
    let write = WriteArgs { message: args.write.message.clone().or(Some(promotion.message)), ..args.write.clone() };
    let proposal = Proposal { changes: vec![promotion.change], old_until, ..Proposal::default() };
    let exit = writing::write(cx, session, &write, proposal).await?;
    let view = session.view();
    // While there is a next one it was staged, and the old one is in use.
    if !cx.out.json && view.next_secret(ix).is_none() {
        let kept = view.old_secrets(ix);
        match kept.last() {
            Some(until) => cx.out.remark(format!("The old secret is kept until {until:.0}, then destroyed.")),
            None => cx.out.remark("The old secret is destroyed."),
        }
    }
    Ok(exit)
}

/// Says how far the rotation of a key is.
fn status(cx: &mut Context, session: &Session, key: &Credential) -> Result<Exit, Failure> {
    let (view, ix) = (session.view(), index(session, key)?);
    let (next, old) = (view.next_secret(ix), view.old_secrets(ix));
    if cx.out.json {
        cx.out.document(&serde_json::json!({ "key": key.name, "next_secret": next, "old_secrets": old }));
        return Ok(Exit::DONE);
    }
    let name = printable(&key.name).into_owned();
    match &next {
        None => cx.out.line(format!("{name} has no next secret.")),
        Some(next) => {
            cx.out.line(format!("The next secret of {name}: {}.", next.sentence()));
            for step in steps(next, &quoted(&name)) {
                cx.out.remark(format!("  {step}"));
            }
        }
    }
    if let Some(last) = old.last() {
        cx.out.line(format!("{} kept, the last until {last:.0}.", verb(old.len())));
    }
    Ok(Exit::DONE)
}

fn verb(number: usize) -> String {
    format!("{} {}", count(number, "old secret"), if number == 1 { "is" } else { "are" })
}

/// Says what can be done next.
fn steps(next: &NextRow, name: &str) -> Vec<String> {
    let works = next.tested.as_ref().is_some_and(|it| it.answer == Answer::Works);
    let ask = format!("Ask its vendor: keydeck verify {name} --next");
    let test = format!("Or try it there, then: keydeck rotate {name} --tested works");
    let promote = format!("Put it in use: keydeck rotate {name} --promote");
    let abandon = format!("Destroy it: keydeck rotate {name} --abandon");
    if works { vec![promote, abandon] } else { vec![ask, test, abandon] }
}

fn one(mut keys: Vec<Credential>) -> Result<Credential, Failure> {
    match (keys.pop(), keys.is_empty()) {
        (Some(key), true) => Ok(key),
        _ => Err(Failure::usage("one key is rotated at a time").hint("name one key/NAME")),
    }
}

fn index(session: &Session, key: &Credential) -> Result<crate::domain::catalogue::Ix<Credential>, Failure> {
    session.view().find_credential(&key.name)
}
