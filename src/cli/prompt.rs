//! Questions at the terminal: yes or no, a name to type, a secret. Without a terminal `--yes` answers, or nobody does.

use std::{collections::BTreeMap, io::Read};

use zeroize::Zeroizing;

use super::{
    context::Context,
    streams::{End, Reader},
};
use crate::{
    domain::{name::printable, provider::Field},
    ops::failure::{Failure, Kind},
    vault::{Fields, Secret},
};

/// The most bytes that `--stdin-json` reads.
const MOST: u64 = 64 << 10;

/// Asks a question whose answer is no unless somebody says yes.
pub fn confirm(cx: &Context, question: &str) -> Result<bool, Failure> {
    if cx.common.yes {
        return Ok(true);
    }
    let answer = ask(cx, &format!("{} [y/N] ", printable(question)))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for the name of what is about to go; anything else stops.
pub fn type_name(cx: &Context, deed: &str, name: &str) -> Result<(), Failure> {
    if cx.common.yes {
        return Ok(());
    }
    let answer = ask(cx, &format!("Type \"{}\" to {deed}: ", printable(name)))?;
    if answer.trim_end_matches(['\n', '\r']) == name {
        return Ok(());
    }
    Err(Failure::usage("that is another name; nothing was done").hint("type it as it stands there"))
}

/// Asks for a line of text.
pub fn ask(cx: &Context, question: &str) -> Result<String, Failure> {
    if !cx.can_ask() {
        return Err(Failure::usage("this asks before it does anything, and nobody is there to answer")
            .hint("pass --yes to go on without being asked"));
    }
    let failed = |error| Failure::new(Kind::Internal, format!("the terminal can't be read: {error}"));
    cx.streams.write(End::Error, question.as_bytes()).map_err(failed)?;
    cx.streams.line().map_err(failed)
}

/// Asks for each secret field without echo; one that is left empty is left out.
pub fn secrets(cx: &Context, form: &[Field]) -> Result<Fields, Failure> {
    let mut fields = Fields::new();
    if !cx.can_ask() {
        return Ok(fields);
    }
    for field in form.iter().filter(|field| field.secret) {
        let label = field.label.as_ref().unwrap_or(&field.name);
        let question = format!("{} (leave empty to go without): ", printable(label));
        let mut answer = cx
            .streams
            .hidden(&question)
            .map_err(|error| Failure::new(Kind::Internal, format!("the terminal can't be read: {error}")))?;
        let secret = Secret::new(std::mem::take(&mut *answer));
        if !secret.is_empty() {
            fields.insert(field.name.to_string(), secret);
        }
    }
    Ok(fields)
}

/// Reads secret fields as one JSON object from standard input: `{"api_key": "…"}`.
///
/// The values are taken over into memory that is zeroed; an error repeats none of them.
pub fn secrets_from_stdin(cx: &Context) -> Result<Fields, Failure> {
    let mut text = Zeroizing::new(Vec::with_capacity(4096));
    let mut limited = Reader(&*cx.streams).take(MOST + 1);
    limited
        .read_to_end(&mut text)
        .map_err(|error| Failure::new(Kind::Internal, format!("standard input can't be read: {error}")))?;
    if text.len() as u64 > MOST {
        return Err(Failure::usage("standard input holds more than 64 KiB, which no secret does"));
    }
    let read: BTreeMap<String, String> = serde_json::from_slice(&text).map_err(|error| {
        Failure::usage(format!(
            "standard input is no JSON object of texts (line {}, column {})",
            error.line(),
            error.column()
        ))
        .hint("pass the secret fields as {\"api_key\": \"…\"}")
    })?;
    Ok(read.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}
