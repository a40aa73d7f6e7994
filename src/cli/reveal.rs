//! `keydeck reveal KEY`: the secret of a key on standard output, after it was written down that somebody asked for it.

use std::io::ErrorKind;

use clap::Args;
use zeroize::Zeroizing;

use super::{
    context::Context,
    report::{self, Exit},
    streams::{End, Streams},
};
use crate::{
    domain::{
        link::Link,
        name::{is_unprintable, printable},
    },
    ops::{
        disclose::{Disclosed, Purpose, Wish},
        emit::Page,
        failure::{Failure, Kind},
    },
};

/// What `reveal` takes.
#[derive(Debug, Args)]
#[command(after_help = "One field is printed as it is, on a line of its own; several as NAME=VALUE.")]
pub struct RevealArgs {
    /// The key, by name, by id or as key/NAME
    #[arg(value_name = "KEY")]
    key: String,
    /// One secret field; else all of them
    #[arg(long, value_name = "F")]
    field: Option<String>,
}

/// Reveals a key. The request is on record before anything is opened, and nothing is printed that is not.
pub async fn run(cx: &mut Context, args: &RevealArgs) -> Result<Exit, Failure> {
    let key = match args.key.strip_prefix("key/") {
        Some(_) => Link::parse(&args.key)?.name().to_owned(),
        None => args.key.clone(),
    };
    let wish = Wish { key: &key, field: args.field.as_deref(), purpose: Purpose::Reveal };
    let session = cx.session().await?;
    if session.may_disclose(wish).await? {
        cx.unlock(&session).await?;
    }
    let disclosed = session.disclose(wish).await?;
    let is_terminal = cx.streams.is_terminal(End::Output);
    if cx.out.json {
        print(&*cx.streams, as_json(&disclosed).as_str())?;
    } else {
        print(&*cx.streams, &as_lines(&disclosed, is_terminal))?;
    }
    if is_terminal && !cx.common.quiet {
        warn(&*cx.streams, &disclosed, cx.out.json);
    }
    Ok(Exit::DONE)
}

/// Reserves more than the secrets can take, since a buffer that grows leaves copies behind.
fn room(disclosed: &Disclosed) -> Zeroizing<String> {
    let each = |(name, secret): &(String, crate::vault::Secret)| 6 * (name.len() + secret.expose().len()) + 16;
    Zeroizing::new(String::with_capacity(
        64 + 6 * disclosed.key.len() + disclosed.fields.iter().map(each).sum::<usize>(),
    ))
}

/// Writes each field on a line. A terminal is given nothing that it would obey.
fn as_lines(disclosed: &Disclosed, is_terminal: bool) -> Zeroizing<String> {
    let mut text = room(disclosed);
    for (name, secret) in &disclosed.fields {
        if disclosed.fields.len() > 1 {
            text.push_str(&printable(name));
            text.push('=');
        }
        let shown = |c: char| if is_terminal && c != '\n' && is_unprintable(c) { '\u{fffd}' } else { c };
        text.extend(secret.expose().chars().map(shown));
        text.push('\n');
    }
    text
}

/// Writes `{"key": …, "fields": {…}}` by hand: a general writer would leave copies behind.
fn as_json(disclosed: &Disclosed) -> Page {
    let mut page = Page::default();
    page.push("{\n  \"key\": ");
    page.quote(&disclosed.key);
    page.push(",\n  \"fields\": {");
    for (number, (name, secret)) in disclosed.fields.iter().enumerate() {
        page.push(if number == 0 { "\n    " } else { ",\n    " });
        page.quote(name);
        page.push(": ");
        page.quote(secret.expose());
    }
    page.push("\n  }\n}\n");
    page
}

/// Writes past the buffer of standard output, which would keep a copy.
pub(super) fn print(streams: &dyn Streams, text: &str) -> Result<(), Failure> {
    match streams.write(End::Output, text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::Internal, format!("standard output can't be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Tells a person at a terminal what is left to do, where it does not mix with the secret.
fn warn(streams: &dyn Streams, disclosed: &Disclosed, json: bool) {
    let is_altered = |secret: &crate::vault::Secret| secret.expose().chars().any(|c| c != '\n' && is_unprintable(c));
    if !json && disclosed.fields.iter().any(|(_, secret)| is_altered(secret)) {
        report::say(
            streams,
            "It holds characters that a terminal would obey, shown as \u{fffd}: pipe it, or add --json.",
        );
    }
    report::say(streams, "It stays in the scrollback of your terminal until you clear that.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Secret;

    fn disclosed(fields: &[(&str, &str)]) -> Disclosed {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())));
        Disclosed { key: "a \"key\"".into(), fields: fields.collect() }
    }

    #[test]
    fn one_field_is_a_line_and_several_have_names() {
        assert_eq!(&*as_lines(&disclosed(&[("api_key", "sk-FAKE")]), false), "sk-FAKE\n");
        let two = disclosed(&[("id", "AK-FAKE"), ("secret", "x=y")]);
        assert_eq!(&*as_lines(&two, false), "id=AK-FAKE\nsecret=x=y\n");
    }

    #[test]
    fn a_terminal_is_given_nothing_that_it_obeys_and_a_pipe_every_byte() {
        let hostile = disclosed(&[("api_key", "a\u{1b}[2J\u{202e}b\nc")]);
        assert_eq!(&*as_lines(&hostile, true), "a\u{fffd}[2J\u{fffd}b\nc\n");
        assert_eq!(&*as_lines(&hostile, false), "a\u{1b}[2J\u{202e}b\nc\n");
        let json: serde_json::Value = serde_json::from_str(as_json(&hostile).as_str()).unwrap();
        assert_eq!(json, serde_json::json!({ "key": "a \"key\"", "fields": { "api_key": "a\u{1b}[2J\u{202e}b\nc" } }));
        assert!(!as_json(&hostile).as_str().chars().any(|c| c != '\n' && is_unprintable(c)));
    }

    #[test]
    fn the_buffer_never_moves() {
        let all = disclosed(&[("api_key", &"\u{1}\u{9b}\u{202e}\"".repeat(1000)), ("second", &"x".repeat(5000))]);
        for text in [as_lines(&all, true), as_lines(&all, false)] {
            assert_eq!(text.capacity(), room(&all).capacity());
        }
    }
}
