//! Answers with secrets, written by hand into memory that is zeroed: a general writer would leave copies behind.

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use zeroize::Zeroizing;

use super::answer::{self, Answer};
use crate::{
    cli::output::quote,
    ops::{
        failure::{Failure, Kind},
        program::{HandedOut, OpenKey},
    },
};

/// Makes the answer of keys: the same document, with `secret` in each of its nodes.
pub fn answer(handed: &HandedOut) -> Answer {
    match text(handed) {
        // What the server keeps of it is zeroed when it is sent; what it copied on the way is beyond reach.
        Ok(text) => answer::text(StatusCode::OK, "application/json", Body::from(Bytes::from_owner(text))),
        Err(error) => answer::failure(&Failure::new(Kind::Internal, error)),
    }
}

fn text(handed: &HandedOut) -> Result<Zeroizing<String>, serde_json::Error> {
    let answers = &handed.answers;
    let nodes: Vec<String> = answers.nodes.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let head = serde_json::json!({ "workflow": answers.workflow });
    let head = match &answers.app {
        Some(app) => serde_json::json!({ "workflow": answers.workflow, "app": app }),
        None => head,
    };
    let head = head.to_string();
    let room = head.len() + nodes.iter().map(|node| node.len() + 16).sum::<usize>() + 32;
    let room = room + handed.of.iter().filter_map(|key| handed.keys.get(*key)).map(room_of).sum::<usize>();
    // A buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str(head.strip_suffix('}').unwrap_or(&head));
    text.push_str(",\"nodes\":[");
    for (number, (node, key)) in nodes.iter().zip(&handed.of).enumerate() {
        text.push_str(if number == 0 { "" } else { "," });
        text.push_str(node.strip_suffix('}').unwrap_or(node));
        text.push_str(",\"secret\":");
        match handed.keys.get(*key) {
            Some(key) => write(&mut text, key),
            None => text.push_str("null"),
        }
        text.push('}');
    }
    text.push_str("]}");
    Ok(text)
}

/// Returns more than a key can take: each character is six at most.
fn room_of(key: &OpenKey) -> usize {
    let secrets = key.fields.iter().map(|(name, secret)| name.len() + secret.expose().len());
    let settings = key.settings.iter().map(|(name, value)| name.len() + value.len());
    6 * secrets.chain(settings).map(|length| length + 8).sum::<usize>()
        + 6 * key.base_url.as_deref().map_or(0, str::len)
        + 96
}

fn write(text: &mut String, key: &OpenKey) {
    text.push_str("{\"fields\":{");
    for (number, (name, secret)) in key.fields.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "," });
        quote(text, name);
        text.push(':');
        quote(text, secret.expose());
    }
    text.push_str("},\"settings\":{");
    for (number, (name, value)) in key.settings.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "," });
        quote(text, name);
        text.push(':');
        quote(text, value);
    }
    text.push_str("},\"base_url\":");
    match &key.base_url {
        Some(url) => quote(text, url),
        None => text.push_str("null"),
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{ops::question::Answers, vault::Secret};

    #[test]
    fn secrets_are_written_where_they_belong_and_the_buffer_never_moves() {
        let hostile = "\u{1}\"\\\u{202e}\n".repeat(500);
        let key = |value: &str| OpenKey {
            fields: vec![("api_key".to_owned(), Secret::new(value.to_owned()))],
            settings: BTreeMap::from([("region".into(), "eu\"1".into())]),
            base_url: Some("https://api.example/v1".into()),
        };
        let answers = Answers { workflow: Some("a \"b\"".into()), app: None, nodes: Vec::new() };
        let handed = HandedOut { answers, keys: vec![key(&hostile), key("x")], of: vec![] };
        let written = text(&handed).unwrap();
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read, serde_json::json!({ "workflow": "a \"b\"", "nodes": [] }));
        let mut room = String::with_capacity(room_of(&handed.keys[0]));
        let before = room.capacity();
        write(&mut room, &handed.keys[0]);
        assert_eq!(room.capacity(), before);
        let read: serde_json::Value = serde_json::from_str(&room).unwrap();
        assert_eq!(read["fields"]["api_key"], hostile);
        assert_eq!(read["settings"]["region"], "eu\"1");
    }
}
