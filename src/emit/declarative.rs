//! The declarative file's text: a [`Document`] to TOML that people like to read.
//!
//! Each entry is one `[[kind]]` block; what stands inside an entry is written inline, but for the nodes of a workflow.

use std::fmt::Write;

use toml::{Table, Value};

use crate::form::document::Document;

/// Writes a document. Reading the text gives the same document.
///
/// # Panics
/// Never: every field of a document has a TOML form.
pub fn write(document: &Document) -> String {
    let mut text = String::new();
    let table = Table::try_from(document).unwrap_or_default();
    for (name, value) in &table {
        match value.as_array() {
            Some(entries) => {
                for entry in entries {
                    block(&mut text, &format!("[[{name}]]"), name, entry);
                }
            }
            None => block(&mut text, &format!("[{name}]"), name, value),
        }
    }
    text
}

fn block(text: &mut String, header: &str, name: &str, entry: &Value) {
    let Some(entry) = entry.as_table() else { return };
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{header}");
    let is_nested = |key: &str| name == "workflow" && key == "node";
    for (key, value) in entry.iter().filter(|(key, _)| !is_nested(key)) {
        let _ = writeln!(text, "{key} = {value}");
    }
    for (key, value) in entry.iter().filter(|(key, _)| is_nested(key)) {
        let name = format!("{name}.{key}");
        for node in value.as_array().into_iter().flatten() {
            block(text, &format!("[[{name}]]"), &name, node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::import::declarative::read;

    const FILE: &str = include_str!("../../tests/fixtures/declarative/whole.toml");

    #[test]
    fn what_is_written_reads_back_the_same() {
        let document = read("whole.toml", FILE.as_bytes()).expect("the fixture is lawful");
        assert_eq!(read("again", write(&document).as_bytes()), Ok(document));
    }

    #[test]
    fn the_text_is_one_block_an_entry_with_inline_tables() {
        let document = read("x", b"[[department]]\nname = \"F\"\nbudget = { monthly = \"5.00\", kind = \"hard\" }\n");
        let text = write(&document.expect("lawful"));
        assert_eq!(text, "[[department]]\nname = \"F\"\nbudget = { monthly = \"5.00\", kind = \"hard\" }\n");
    }
}
