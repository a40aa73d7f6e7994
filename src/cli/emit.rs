//! `keydeck emit WORKFLOW…`: the answers in a form that another system takes.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{context::Context, files, report::Exit, resolve::Said, reveal::print};
use crate::ops::{
    emit::{Format, Wanted},
    failure::Failure,
    question::Question,
};

/// What `emit` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --reveal no secret is written: json has null, dotenv a remark, litellm os.environ/NAME. \
    dify-dsl writes an export anew (--from FILE, or - for standard input) so that each key is a custom model of its own. \
    dify-overrides needs Dify with pull request #37078. Ends with 7 if a node gets no key."
)]
pub struct EmitArgs {
    /// The workflows, by name, or app/NAME
    #[arg(required = true, value_name = "WORKFLOW")]
    places: Vec<String>,
    /// The form
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    format: Format,
    /// Write secrets, after that was put on record
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    said: Said,
    /// The run, which chooses inside a pool; else a pool stays one
    #[arg(long, value_name = "R")]
    run_id: Option<String>,
    /// For dify-dsl: Dify's export of the workflow
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// For feedforward: a file that holds its secret key, readable by you alone
    #[arg(long, value_name = "FILE")]
    target_secret_key_file: Option<PathBuf>,
}

/// Reads the form by its word.
fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::word)).try_map(|word| Format::from_word(&word).ok_or("no form"))
}

/// Writes.
pub async fn run(cx: &mut Context, args: &EmitArgs) -> Result<Exit, Failure> {
    let format = args.format;
    check(args, format)?;
    let question = |place: &String| Question { run_id: args.run_id.clone(), ..args.said.of(place) };
    let key = args.target_secret_key_file.as_deref();
    let wanted = Wanted {
        questions: args.places.iter().map(question).collect(),
        format,
        reveal: args.reveal,
        source: args.from.as_deref().map(|file| files::read(cx, file)).transpose()?,
        seal: key.map(|file| files::read_secret(cx, file)).transpose()?,
    };
    let session = cx.session().await?;
    if session.may_emit(&wanted).await? {
        cx.unlock(&session).await?;
    }
    let emitted = session.emit(wanted).await?;
    print(&*cx.streams, emitted.page.as_str())?;
    Ok(if emitted.all_have_keys { Exit::DONE } else { Exit::NO_KEY })
}

/// Refuses options that would do nothing, and what could not be done.
fn check(args: &EmitArgs, format: Format) -> Result<(), Failure> {
    if (format == Format::DifyDsl) != args.from.is_some() {
        let failure = Failure::usage(if args.from.is_some() {
            "--from is for the format dify-dsl alone"
        } else {
            "dify-dsl writes an export anew, and none is given"
        });
        return Err(failure.hint("--format dify-dsl --from FILE; Dify's \"Export DSL\" makes the file"));
    }
    if format == Format::DifyDsl && args.places.len() != 1 {
        return Err(
            Failure::usage("an export holds one workflow").hint("name one, and write each into a file of its own")
        );
    }
    if format != Format::Feedforward && args.target_secret_key_file.is_some() {
        return Err(Failure::usage("--target-secret-key-file is for the format feedforward alone"));
    }
    if format == Format::Feedforward && args.reveal != args.target_secret_key_file.is_some() {
        return Err(Failure::usage("FeedForward reads keys that are sealed with its own SECRET_KEY")
            .hint("give both: --reveal --target-secret-key-file FILE"));
    }
    if format == Format::DifyOverrides && args.reveal {
        return Err(Failure::usage("dify-overrides holds Dify's ids and no secrets").hint("leave out --reveal"));
    }
    Ok(())
}
