//! JUnit reports, as build servers read them.

use std::fmt::Write as _;

use crate::{domain::name::is_unprintable, ops::expecting::Tried};

/// Writes the report of a file.
pub fn report(file: &str, tried: &[Tried]) -> String {
    let errors = tried.iter().filter(|it| it.error.is_some()).count();
    let failures = tried.iter().filter(|it| !it.passed).count() - errors;
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"", tried.len());
    let file = escaped(file);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _infallible = writeln!(text, "<testsuites name=\"keydeck\" {counts}>");
    let _infallible = writeln!(text, "  <testsuite name=\"{file}\" {counts}>");
    for it in tried {
        case(&mut text, &file, it);
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

fn case(text: &mut String, file: &str, it: &Tried) {
    let (place, name) = (escaped(&it.place), escaped(&it.name));
    let _infallible =
        write!(text, "    <testcase classname=\"{place}\" name=\"{name}\" file=\"{file}\" line=\"{}\"", it.line);
    if it.passed {
        text.push_str("/>\n");
        return;
    }
    text.push_str(">\n");
    for miss in &it.failures {
        let message = escaped(&format!("expected {}, found {}", miss.expected, miss.found));
        let _infallible = writeln!(text, "      <failure message=\"{message}\">{}</failure>", escaped(&miss.text()));
    }
    if let Some(error) = &it.error {
        let _infallible = writeln!(text, "      <error message=\"{}\"/>", escaped(error));
    }
    text.push_str("    </testcase>\n");
}

/// Writes text so that XML 1.0 holds it: what XML or a terminal would obey is replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c if is_unprintable(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_text() {
        let tried = Tried {
            name: "a\"/><x y='".to_owned(),
            line: 3,
            place: "workflow/a&b".to_owned(),
            passed: false,
            nodes: 0,
            failures: Vec::new(),
            error: Some("\u{1b}[31m ]]> \u{ffff}".to_owned()),
        };
        let report = report("t.toml", &[tried]);
        assert!(report.contains("name=\"a&quot;/&gt;&lt;x y=&apos;\""), "{report}");
        assert!(report.contains("classname=\"workflow/a&amp;b\"") && report.contains("errors=\"1\""), "{report}");
        assert!(!report.contains('\u{1b}') && !report.contains('\u{ffff}') && !report.contains("]]>"), "{report}");
    }
}
