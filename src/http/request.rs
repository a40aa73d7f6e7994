//! Requests of programs: the body of `POST /v1/resolve`, read strictly.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::{
    domain::name::printable,
    ops::{failure::Failure, question::Question},
};

/// The longest body, in bytes.
pub const MOST_BYTES: usize = 64 * 1024;

/// How many variables or overrides one request may bring.
const MOST_PAIRS: usize = 256;

/// What a program asks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    workflow: String,
    #[serde(default)]
    node: Option<String>,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    variables: Pairs,
    #[serde(default)]
    overrides: Pairs,
    #[serde(default)]
    run_id: Option<String>,
    #[serde(default)]
    secret: bool,
}

/// The names of the fields, as the description of the interface has them.
pub const FIELDS: [&str; 9] =
    ["workflow", "node", "provider", "model", "environment", "variables", "overrides", "run_id", "secret"];

/// An object of texts whose names stand there once each.
#[derive(Debug, Default)]
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a name stands there twice"));
            }
            if pairs.len() == MOST_PAIRS {
                return Err(A::Error::custom(format!("more than {MOST_PAIRS} names")));
            }
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

impl Asked {
    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, Failure> {
        let refused = |why: &str| {
            // What the parser quotes came from outside.
            let message = format!("the body is no question: {}", printable(why));
            Failure::usage(message).hint("send a JSON object as GET /openapi.json describes it")
        };
        // A list would do as well, each field by its place, and mean something else when a field is added.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(refused("it is a list"));
        }
        serde_json::from_slice(body).map_err(|error| refused(&error.to_string()))
    }

    /// Says whether the keys themselves are wanted.
    pub const fn wants_secrets(&self) -> bool {
        self.secret
    }

    /// Returns it as every face asks.
    pub fn question(self) -> Question {
        Question {
            place: self.workflow,
            node: self.node,
            provider: self.provider,
            model: self.model,
            environment: self.environment,
            variables: self.variables.0,
            overrides: self.overrides.0,
            run_id: self.run_id,
            ..Question::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Question, String> {
        Asked::read(text.as_bytes()).map(Asked::question).map_err(|failure| failure.message)
    }

    #[test]
    fn a_question_is_read_field_by_field() {
        let question = read(
            r#"{"workflow": "bot", "node": "draft", "environment": "", "variables": {"env.a": "1", "env.b": ""},
                "overrides": {"openai": "main"}, "run_id": "r"}"#,
        )
        .unwrap();
        assert_eq!((&*question.place, question.node.as_deref()), ("bot", Some("draft")));
        assert_eq!(question.environment.as_deref(), Some(""), "none is a choice of its own");
        assert_eq!(question.variables.len(), 2);
        assert_eq!(question.overrides, [("openai".to_owned(), "main".to_owned())]);
        assert_eq!(read(r#"{"workflow": "bot"}"#).unwrap().environment, None);
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let many: Vec<String> = (0..=MOST_PAIRS).map(|number| format!("\"env.v{number}\": \"\"")).collect();
        let many = format!(r#"{{"workflow": "bot", "variables": {{{}}}}}"#, many.join(","));
        let deep = format!(r#"{{"workflow": {}"x"{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        for wrong in [
            "",
            "null",
            "[]",
            " [\"bot\"]",
            "{}",
            "\u{feff}{}",
            r#"{"workflow": 7}"#,
            r#"{"workflow": null}"#,
            r#"{"workflow": "bot", "at": "2027-01-01T00:00:00Z"}"#,
            r#"{"workflow": "bot", "as": "alice"}"#,
            r#"{"workflow": "bot", "layers": "dify"}"#,
            r#"{"workflow": "bot", "workflow": "other"}"#,
            r#"{"workflow": "bot", "variables": {"env.a": "1", "env.a": "2"}}"#,
            r#"{"workflow": "bot", "variables": {"env.a": 1}}"#,
            r#"{"workflow": "bot", "variables": null}"#,
            r#"{"workflow": "bot"} {"workflow": "other"}"#,
            &many,
            &deep,
        ] {
            assert!(read(wrong).is_err(), "{wrong:.60}");
        }
        let echoed = read("{\"workflow\": \"bot\", \"a\u{202e}b\\u001b[2J\": 1}").unwrap_err();
        assert!(!echoed.contains('\u{1b}') && !echoed.contains('\u{202e}'), "{echoed:?}");
    }
}
