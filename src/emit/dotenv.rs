//! `dotenv`: variables by the names that vendors' programs read, for a shell, a container or a service.

use super::{page::Page, sheet::Sheet};

/// Writes the variables of every key. A secret that is not revealed is a remark, which no program reads.
///
/// Where several keys of one vendor are in use, each variable has its key's name behind it.
pub fn write(sheet: &Sheet) -> Page {
    let mut page = Page::default();
    for spot in sheet.places.iter().filter(|spot| spot.keys.is_empty()) {
        page.remark(&format!("{} gets no key: {}", label(spot.node.as_deref(), &spot.workflow), spot.sentence));
    }
    for (key, variables) in sheet.keys.iter().zip(sheet.variables()) {
        page.remark(&format!("{} ({})", key.name, key.provider));
        for (field, variable) in variables {
            if key.secret_fields.contains(&field) {
                match key.secret(&field) {
                    Some(secret) => assign(&mut page, &variable, secret.expose()),
                    None => page.remark(&format!("{variable} is left out: --reveal writes it")),
                }
            } else if let Some(value) = key.fields.get(field.as_str()) {
                assign(&mut page, &variable, value);
            }
        }
    }
    page
}

fn label(node: Option<&str>, workflow: &str) -> String {
    node.map_or_else(|| workflow.to_owned(), |node| format!("{node} of {workflow}"))
}

fn assign(page: &mut Page, variable: &str, value: &str) {
    page.push(variable);
    page.push("=");
    quote(page, value);
    page.push("\n");
}

/// Quotes a value so that shells, docker and the dotenv libraries read the same.
///
/// As it is where nothing in it means anything; else between `'`, where nothing does but `'` itself and what some take
/// for an escape; else between `"` with escapes.
fn quote(page: &mut Page, value: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=,-".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        page.push(value);
    } else if !value.contains(['\'', '\\', '\n', '\r']) {
        page.push("'");
        page.push(value);
        page.push("'");
    } else {
        page.push("\"");
        let mut rest = value;
        while let Some(at) = rest.find(['"', '\\', '$', '`', '\n', '\r']) {
            page.push(&rest[..at]);
            page.push(match rest.as_bytes()[at] {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'$' => "\\$",
                b'`' => "\\`",
                b'\n' => "\\n",
                _ => "\\r",
            });
            rest = &rest[at + 1..];
        }
        page.push(rest);
        page.push("\"");
    }
}
