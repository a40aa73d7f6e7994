//! `keydeck resolve` and `keydeck why`: which key would be used, and with `why` everything that was looked at.

use clap::{Args, ValueEnum};

use super::{answers, context::Context, report::Exit};
use crate::{
    domain::Timestamp,
    ops::{failure::Failure, question::Question},
};

/// What `resolve` and `why` take.
#[derive(Debug, Args)]
#[command(after_help = "With --as the answer is the one that this operator would get.")]
pub struct ResolveArgs {
    /// A workflow's name, or app/NAME
    #[arg(value_name = "WORKFLOW")]
    place: String,
    /// One node; else all of them
    #[arg(long, value_name = "N")]
    node: Option<String>,
    /// A provider, whether or not a node uses it
    #[arg(long, value_name = "P")]
    provider: Option<String>,
    /// A model of that provider
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// What kind of model that is; else what is known of it, or llm
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    #[command(flatten)]
    said: Said,
    /// The key that the caller names for this run
    #[arg(long = "override", value_name = "PROVIDER=KEY", value_parser = pair)]
    overrides: Vec<(String, String)>,
    /// The time, with an offset: 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The run, which chooses inside a pool
    #[arg(long, value_name = "R")]
    run_id: Option<String>,
    /// Whose layers: "dify" answers as Dify does today
    #[arg(long, value_name = "WHOSE")]
    layers: Option<LayersOf>,
}

/// What whoever asks says of the run.
#[derive(Debug, Args)]
pub(super) struct Said {
    /// The environment; "" means none
    #[arg(long, value_name = "E")]
    environment: Option<String>,
    /// The value of a variable
    #[arg(long = "var", value_name = "K=V", value_parser = pair)]
    variables: Vec<(String, String)>,
}

impl Said {
    /// Begins the question about a place.
    pub(super) fn of(&self, place: &str) -> Question {
        let (environment, variables) = (self.environment.clone(), self.variables.clone());
        Question { place: place.to_owned(), environment, variables, ..Question::default() }
    }
}

/// Whose layers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LayersOf {
    Dify,
}

/// Splits at the first `=`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Answers; ends with 7 if any node gets no key.
pub async fn run(cx: &mut Context, args: &ResolveArgs, why: bool) -> Result<Exit, Failure> {
    let session = cx.session().await?;
    let question = Question {
        node: args.node.clone(),
        provider: args.provider.clone(),
        model: args.model.clone(),
        kind: args.kind.clone(),
        overrides: args.overrides.clone(),
        at: args.at,
        run_id: args.run_id.clone(),
        operator: cx.common.acting.clone(),
        dify: args.layers == Some(LayersOf::Dify),
        ..args.said.of(&args.place)
    };
    let answers = session.view().ask(&question, session.door().now())?;
    if cx.out.json {
        cx.out.document(&answers);
    } else if why {
        answers::blocks(&mut cx.out, &answers);
    } else {
        answers::table(&mut cx.out, &answers);
    }
    Ok(if answers.all_have_keys() { Exit::DONE } else { Exit::NO_KEY })
}
