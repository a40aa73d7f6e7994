//! Where models are named: each place holds what was read there, in real exports and in what means to mislead.

use std::collections::BTreeSet;

use super::{corpus, *};
use crate::domain::Text;

/// Returns the text at a place, without its quotes.
fn at<'a>(source: &'a str, range: &std::ops::Range<usize>) -> &'a str {
    source[range.clone()].trim().trim_matches(['\'', '"'])
}

fn check(file: &str, bytes: &[u8]) {
    let source = std::str::from_utf8(bytes).unwrap();
    let known: BTreeSet<Text> = read(file, bytes).unwrap().uses.iter().map(ModelUse::foreign_id).collect();
    for it in locate(bytes).unwrap().iter().filter(|it| !it.provider.is_empty() && !it.model.is_empty()) {
        if let Some(place) = &it.at {
            assert_eq!((at(source, &place.provider), at(source, &place.model)), (&*it.provider, &*it.model), "{file}");
        }
        assert!(known.contains(&it.foreign_id), "{file}: {} is no node of ours", it.foreign_id);
    }
}

#[test]
fn every_place_holds_the_provider_and_model_that_were_read_there() {
    for (file, bytes) in [
        ("workflow", fixture!("workflow")),
        ("chatflow", fixture!("chatflow")),
        ("agent-chat", fixture!("agent-chat")),
        ("chat", fixture!("chat")),
        ("completion", fixture!("completion")),
        ("unversioned", fixture!("unversioned")),
    ] {
        check(file, bytes);
        assert!(locate(bytes).unwrap().iter().any(|it| it.at.is_some()), "{file} names models");
    }
    for (file, bytes) in corpus::exports().into_iter().flatten() {
        check(&file, &bytes);
    }
}

#[test]
fn places_are_counted_in_bytes_behind_a_mark_and_letters_of_any_width() {
    let text = "\u{feff}app: {name: 'é😀', mode: workflow}\nkind: app\nworkflow:\n  graph:\n    nodes:\n    - {id: é, data: {type: llm, title: 😀, \
                model: {provider: 'openai', name: gpt-4o, mode: chat, completion_params: {}}}}\n";
    let located = locate(text.as_bytes()).unwrap();
    assert_eq!(located.len(), 1);
    let place = located[0].at.as_ref().unwrap();
    assert_eq!((at(text, &place.provider), at(text, &place.model)), ("openai", "gpt-4o"));
}

/// Returns the nodes of these models, and whether each has a place.
fn placed(nodes: &str) -> Vec<(String, bool)> {
    let text = format!("app: {{name: a, mode: workflow}}\nkind: app\nworkflow:\n  graph:\n    nodes:\n{nodes}");
    locate(text.as_bytes()).unwrap().into_iter().map(|it| (it.foreign_id.to_string(), it.at.is_some())).collect()
}

#[test]
fn what_is_repeated_by_an_alias_has_no_place_nor_has_its_anchor() {
    let node =
        |id: &str, model: &str| format!("    - {{id: {id}, data: {{type: llm, title: {id}, model: {model}}}}}\n");
    let plain = "{provider: openai, name: gpt-4o, mode: chat, completion_params: {}}";
    let told = |nodes: &[String]| placed(&nodes.concat());
    let (yes, no) = (|id: &str| (format!("dify:{id}"), true), |id: &str| (format!("dify:{id}"), false));
    let anchored = format!("&m {plain}");
    let nodes = [node("one", &anchored), node("two", "*m"), node("three", plain)];
    assert_eq!(told(&nodes), [no("one"), no("two"), yes("three")], "a block");
    assert_eq!(told(&[node("one", &anchored), node("two", plain)]), [yes("one"), yes("two")], "nobody repeats it");
    let words = [
        "{provider: &p openai, name: a, completion_params: {x: &x 1}}",
        "{provider: *p, name: b, completion_params: {x: *x}}",
    ];
    assert_eq!(
        told(&[node("one", words[0]), node("two", words[1]), node("three", plain)]),
        [no("one"), no("two"), yes("three")],
        "a word"
    );
    let lines = "\n        provider: |-\n         openai\n        name: gpt-4o\n        completion_params: {}\n";
    let block = format!("    - id: one\n      data:\n       type: llm\n       model:{lines}");
    assert_eq!(told(&[block, node("two", plain)]), [no("one"), yes("two")], "lines");
    let key = "{&p provider: openai, name: a, completion_params: {*p : x, y: z}}";
    assert_eq!(told(&[node("one", key), node("two", plain)]), [yes("one"), yes("two")], "a key");
    let both = "{provider: a, model: *m, name: b}";
    assert_eq!(
        told(&[node("one", "{provider: a, model: &m b}"), node("two", both)]),
        [no("one"), no("two")],
        "beside another name"
    );
}
