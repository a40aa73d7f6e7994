//! Documents: YAML of anybody, declarative files, expectations.

use keydeck::{
    emit,
    import::{
        declarative,
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
