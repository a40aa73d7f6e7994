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
        assert_eq!((at(source, &it.provider_at), at(source, &it.model_at)), (&*it.provider, &*it.model), "{file}");
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
        assert!(!locate(bytes).unwrap().is_empty(), "{file} names models");
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
    assert_eq!((at(text, &located[0].provider_at), at(text, &located[0].model_at)), ("openai", "gpt-4o"));
}

#[test]
fn what_is_repeated_by_an_alias_is_not_located() {
    let text = "app: {name: a, mode: workflow}\nkind: app\nworkflow:\n  graph:\n    nodes:\n    - id: one\n      data: {type: llm, title: a, model: &m {provider: openai, name: gpt-4o, mode: chat, completion_params: {}}}\n    - id: two\n      data: {type: llm, title: b, model: *m}\n";
    let ids: Vec<Text> = locate(text.as_bytes()).unwrap().into_iter().map(|it| it.foreign_id).collect();
    assert_eq!(ids, ["dify:one"]);
}
