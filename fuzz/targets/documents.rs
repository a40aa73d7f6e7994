//! Documents: YAML of anybody, declarative files, expectations.

use std::collections::BTreeMap;

use keydeck::{
    emit::{
        self,
        sheet::{Key, Owner, Sheet, Spot},
    },
    import::{
        declarative,
        dify_dsl::{Located, locate},
        expectations::{self, ExpectationsError, Wants},
        yaml,
    },
};

/// A tree is no deeper and no larger than its bounds.
pub fn yaml(bytes: &[u8]) {
    fn depth(value: &yaml::Value) -> usize {
        let below = value.items().iter().chain(value.entries().iter().map(|(_, value)| value));
        1 + below.map(depth).max().unwrap_or(0)
    }
    if let Ok(value) = yaml::read(bytes) {
        assert!(depth(&value) <= yaml::DEEPEST + 1);
    }
}

/// What an export that is written anew says in place of every model that it can name otherwise.
const ANEW: (&str, &str) = ("langgenius/openai_api_compatible/openai_api_compatible", "@key");

/// An export is written anew so that its models, and nothing else, are other words.
pub fn anew(bytes: &[u8]) {
    let Ok(located) = locate(bytes) else { return };
    let sheet = Sheet { places: located.iter().map(spot).collect(), keys: vec![key()], is_revealed: false };
    let page = emit::dify_dsl::write(&sheet, bytes).expect("it was read before");
    let written = page.as_str().as_bytes();
    let trees =
        [bytes, written].map(|text| yaml::read(text).unwrap_or_else(|error| panic!("{error}:\n{}", page.as_str())));
    let mut changed = Vec::new();
    compare(&trees[0], &trees[1], &mut changed);
    let is_meant = |(old, new): &(String, String)| {
        let is_provider = |it: &Located| *new == *ANEW.0 && *old.trim() == *it.provider;
        let is_model = |it: &Located| new.ends_with(ANEW.1) && *old.trim() == *it.model;
        located.iter().any(|it| it.at.is_some() && (is_provider(it) || is_model(it)))
    };
    assert!(changed.iter().all(is_meant), "something else was changed: {changed:?}");
    let again = locate(written).expect("it can be read again");
    assert_eq!(located.len(), again.len());
    for (before, after) in located.iter().zip(&again) {
        assert_eq!(before.foreign_id, after.foreign_id);
        let is_chosen = before.at.is_some() && !before.provider.is_empty() && !before.model.is_empty();
        let is_anew = *after.provider == *ANEW.0 && after.model.ends_with(ANEW.1);
        assert!(!is_chosen || is_anew, "{before:?} became {after:?}");
        assert!(is_chosen || (&before.provider, &before.model) == (&after.provider, &after.model));
    }
}

/// Finds words that differ in trees of one shape.
fn compare(before: &yaml::Value, after: &yaml::Value, changed: &mut Vec<(String, String)>) {
    assert_eq!(before.items().len(), after.items().len(), "another shape");
    before.items().iter().zip(after.items()).for_each(|(before, after)| compare(before, after, changed));
    assert_eq!(before.entries().len(), after.entries().len(), "another shape");
    for ((name, before), (same, after)) in before.entries().iter().zip(after.entries()) {
        assert_eq!(name, same, "another key");
        compare(before, after, changed);
    }
    let [old, new] = [before, after].map(|it| it.word().map(ToString::to_string));
    assert_eq!(old.is_some(), new.is_some(), "a word came or went");
    changed.extend(old.zip(new).filter(|(old, new)| old != new));
}

/// A place that gets the one key.
fn spot(it: &Located) -> Spot {
    Spot {
        workflow: "workflow".to_owned(),
        node: None,
        foreign_id: Some(it.foreign_id.to_string()),
        provider: "openai".to_owned(),
        model: None,
        kind: it.kind,
        environment: None,
        outcome: "resolved",
        reason: None,
        sentence: String::new(),
        keys: vec![(0, 1)],
    }
}

fn key() -> Key {
    Key {
        id: "key".to_owned(),
        name: "key".to_owned(),
        provider: "openai".to_owned(),
        dify_provider: "langgenius/openai/openai".to_owned(),
        owner: Owner::System,
        foreign_id: None,
        base_url: Some("https://api.example.com/v1".to_owned()),
        speaks_openai: true,
        fields: BTreeMap::new(),
        secret_fields: vec!["api_key".to_owned()],
        variables: BTreeMap::new(),
        secrets: Vec::new(),
    }
}

/// What was read is written so that it reads the same again.
pub fn declarative(bytes: &[u8]) {
    let Ok(document) = declarative::read("file.toml", bytes) else { return };
    let written = emit::declarative::write(&document);
    match declarative::read("again.toml", written.as_bytes()) {
        Ok(again) => assert!(again == document, "what was written reads otherwise:\n{written}"),
        Err(error) => panic!("what was written does not read: {error}\n{written}"),
    }
}

/// Each expectation expects something, at a line of the file; a mistake is shown where there is something to see.
pub fn expectations(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    let width = |line: usize| text.split('\n').nth(line - 1).map(|line| line.chars().count());
    match expectations::read("file.toml", bytes) {
        Ok(all) => {
            assert!(!all.is_empty(), "a file that expects nothing was taken");
            for it in all {
                assert!(it.wants != Wants::default() && width(it.line).is_some(), "{it:?}");
            }
        }
        Err(ExpectationsError::Form { line, column, .. }) => {
            assert!(width(line).is_some_and(|width| column <= width + 1), "{line}:{column}");
        }
        Err(error) => drop(error.to_string()),
    }
}
