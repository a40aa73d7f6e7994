//! `keydeck rekey`: moves the vault to a new `SECRET_KEY`, or to other iterations, and goes on with a move that stopped.

use std::path::PathBuf;

use clap::Args;

use super::{
    context::Context,
    output::Tone,
    prompt,
    report::{self, Exit},
    writing::count,
};
use crate::{
    domain::name::printable,
    ops::{
        failure::Failure,
        identity::Identity,
        rekey::{Rekeyed, Wanted},
    },
    vault::{KeySources, Prompt, SecretKey, write_new_key_file},
};

/// How many unreadable secrets are told one by one.
const TOLD: usize = 12;

/// What `rekey` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "The present SECRET_KEY comes as ever: --secret-key-file, --secret-key-fd, or a prompt. A rekey that \
    was stopped goes on with the new SECRET_KEY alone.\n\
    Backups made before still need the old SECRET_KEY: keep it as long as you keep them, then destroy it."
)]
pub struct RekeyArgs {
    /// A file that holds the new secret key, readable by you alone; if it is not there, a random key is written to it
    #[arg(long, value_name = "FILE", conflicts_with = "new_secret_key_fd")]
    new_secret_key_file: Option<PathBuf>,
    /// An open file descriptor from which the new secret key is read
    #[arg(long, value_name = "N")]
    new_secret_key_fd: Option<u32>,
    /// How often the derivation of the keys is repeated; with this alone the secret key stays
    #[arg(long, value_name = "N")]
    iterations: Option<u32>,
    /// End the rekey although the audit chain is broken, and leave the chain without a seal
    #[arg(long)]
    leave_audit_unsealed: bool,
}

/// Begins a rekey, or goes on with one, and leads it to its end.
pub async fn run(cx: &mut Context, args: &RekeyArgs) -> Result<Exit, Failure> {
    let door = cx.open().await?;
    let keeper = door.may_rekey(&Identity::local(), cx.settings.read_only).await?;
    if let Some(running) = door.running_rekey().await? {
        if let Some(wanted) = args.iterations.filter(|wanted| *wanted != running.iterations) {
            let message = format!("a rekey to {} iterations is under way, not to {wanted}", running.iterations);
            return Err(Failure::usage(message).hint("end that one first: \"keydeck rekey\" goes on with it"));
        }
        cx.out.remark("A rekey was begun and not ended; it goes on.");
        let key = match new_key(cx, args, Prompt::Existing)? {
            Some(key) => key,
            None => cx.secret_key()?,
        };
        door.unlock(key).await?;
    } else {
        let present = cx.secret_key()?;
        let wanted = Wanted { secret_key: wanted_key(cx, args)?, iterations: args.iterations };
        door.start_rekey(&keeper, present, wanted).await?;
    }
    let done = door.finish_rekey(&keeper, args.leave_audit_unsealed).await?;
    door.lock();
    door.close().await;
    tell(cx, args, &done);
    Ok(Exit::DONE)
}

/// Returns the new key: none, if only the iterations are to change.
fn wanted_key(cx: &Context, args: &RekeyArgs) -> Result<Option<SecretKey>, Failure> {
    if let Some(key) = new_key(cx, args, Prompt::New)? {
        return Ok(Some(key));
    }
    if args.iterations.is_some() {
        return Ok(None);
    }
    if !cx.can_ask() {
        return Err(Failure::usage("no new SECRET_KEY is given, and no other iterations")
            .hint("use --new-secret-key-file FILE or --new-secret-key-fd N, or --iterations N"));
    }
    report::say(&*cx.streams, "The new SECRET_KEY is asked for twice.");
    Ok(Some(KeySources { prompt: Some(Prompt::New), ..KeySources::default() }.read()?))
}

/// Reads the new key where an option says it is. A file that is not there is made, with a random key in it.
fn new_key(cx: &Context, args: &RekeyArgs, prompt: Prompt) -> Result<Option<SecretKey>, Failure> {
    if let Some(file) = args.new_secret_key_file.as_ref().filter(|file| prompt == Prompt::New && !file.exists()) {
        let question =
            format!("There is no {}. Write a random SECRET_KEY to it, readable by you alone?", file.display());
        if !prompt::confirm(cx, &question)? {
            return Err(Failure::usage("nothing was done").hint("name a file that holds the new SECRET_KEY"));
        }
        return Ok(Some(write_new_key_file(file)?));
    }
    let sources =
        KeySources { file: args.new_secret_key_file.clone(), descriptor: args.new_secret_key_fd, prompt: None };
    let is_named = sources.file.is_some() || sources.descriptor.is_some();
    Ok(if is_named { Some(sources.read()?) } else { None })
}

fn tell(cx: &mut Context, args: &RekeyArgs, done: &Rekeyed) {
    if cx.out.json {
        cx.out.document(done);
        return;
    }
    let resealed = count(done.resealed, "secret");
    cx.out.remark(format!("Sealed {resealed} anew; the keys are derived with {} iterations.", done.iterations));
    let line = done.sealed_to.map_or_else(
        || cx.out.tone(Tone::Bad, "The audit chain is broken, and was left without a seal."),
        |row| format!("The audit chain is verified, and sealed under the new key to row {row}."),
    );
    cx.out.remark(line);
    if done.destroyed > 0 {
        cx.out.remark(format!("Destroyed {} whose time had passed.", count(done.destroyed, "old secret")));
    }
    if !done.unreadable.is_empty() {
        let message = format!("{} under neither key; each keeps what is stored:", opens(done.unreadable.len()));
        let line = cx.out.tone(Tone::Warning, &message);
        cx.out.remark(line);
        for closed in done.unreadable.iter().take(TOLD) {
            cx.out.remark(format!("  {}", printable(&closed.sentence())));
        }
        if done.unreadable.len() > TOLD {
            cx.out.remark(format!("  … and {} more", done.unreadable.len() - TOLD));
        }
    }
    let usual = cx.key_sources(Prompt::Existing).file;
    match (&args.new_secret_key_file, usual) {
        (Some(new), Some(usual)) if *new != usual => {
            let (new, usual) = (new.to_string_lossy(), usual.to_string_lossy());
            cx.out.remark(format!("From now on SECRET_KEY is what stands in {}.", printable(&new)));
            cx.out.remark(format!("keydeck still reads {}: put the new one there.", printable(&usual)));
        }
        (Some(new), _) => {
            let new = new.to_string_lossy();
            cx.out.remark(format!("From now on SECRET_KEY is what stands in {}.", printable(&new)));
        }
        (None, _) if args.new_secret_key_fd.is_none() && args.iterations.is_some() => {}
        (None, _) => cx.out.remark("From now on SECRET_KEY is the new one: put it where keydeck reads it."),
    }
    cx.out.remark("Backups made before open with the SECRET_KEY of their time: keep it as long as you keep them.");
}

fn opens(number: usize) -> String {
    if number == 1 { "1 secret opens".to_owned() } else { format!("{number} secrets open") }
}
