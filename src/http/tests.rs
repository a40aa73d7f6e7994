//! The description of the interface says what the server does: its paths, the fields of questions and answers, the words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    request::{Asked, FIELDS},
    routes::{DESCRIPTION, ROUTES},
};
use crate::resolve::answer::Outcome;

fn description() -> Value {
    serde_json::from_str(DESCRIPTION).unwrap()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_path_is_described_with_its_method_and_none_besides() {
    let described = description();
    let ours: BTreeSet<(String, String)> =
        ROUTES.iter().map(|(method, path)| ((*path).to_owned(), method.to_lowercase())).collect();
    let theirs: BTreeSet<(String, String)> = described["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |it| (path.clone(), it.clone())))
        .collect();
    assert_eq!(theirs, ours);
}

#[test]
fn every_field_of_a_question_is_described_and_read() {
    let question = &description()["components"]["schemas"]["Question"];
    assert_eq!(names(&question["properties"]), FIELDS.iter().map(|it| (*it).to_owned()).collect());
    for field in FIELDS {
        // The type of whatever is wrong is told by the parser, and an unknown field as such.
        let body = format!("{{\"workflow\": \"x\", \"{field}\": 7}}");
        let refused = Asked::read(body.as_bytes()).unwrap_err().message;
        assert!(!refused.contains("unknown field"), "{field}: {refused}");
    }
}

#[test]
fn every_outcome_has_its_word_there() {
    let answer = &description()["components"]["schemas"]["Answer"]["properties"]["outcome"]["enum"];
    let described: Vec<&str> = answer.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let ours = [
        Outcome::Resolved,
        Outcome::Pooled,
        Outcome::Denied,
        Outcome::NoMatch,
        Outcome::Unusable,
        Outcome::MissingInput,
        Outcome::Ambiguous,
    ];
    assert_eq!(described, ours.map(Outcome::word));
}
