//! The table of keys for the documents: made from the table of actions, so that it can't say anything else.

use std::fmt::Write as _;

use super::{ALIASES, Danger, LAYERS, ROWS, Section};

/// The sections in the order of the document.
const SECTIONS: [Section; 7] =
    [Section::Move, Section::Go, Section::View, Section::Change, Section::Stage, Section::Answer, Section::Session];

/// Writes the page of all keys, in Markdown.
pub fn document() -> String {
    let mut page = String::from(
        "# Keys of the console\n\n\
         <!-- Made from the table of actions (src/tui/action/table.rs). A test keeps it true. -->\n\n\
         `?` shows the same for the place where you are, `:` runs any of it by its name, and a file named by \
         `console.keymap` changes every key: your keys win, several keys may do the same, and `\"noop\"` unbinds one.\n",
    );
    for section in SECTIONS {
        let _ = write!(page, "\n## {}\n\n| key | name | what it does |\n| --- | --- | --- |\n", section.title());
        for row in ROWS.iter().filter(|row| row.section == section) {
            let asks = match row.danger {
                Danger::None => "",
                Danger::Confirm => " Asks first.",
                Danger::TypeName => " Asks for the name first.",
            };
            let argument = row.argument.map(|argument| format!(" `{}`", argument.name)).unwrap_or_default();
            let argument = argument.replace('|', "\\|");
            let _ = writeln!(page, "| {} | `{}`{argument} | {}.{asks} |", keys(row.keys), row.name, row.about);
        }
    }
    page.push_str("\n## Short names in the palette\n\n| short | for |\n| --- | --- |\n");
    for (alias, action, beginning) in ALIASES {
        let _ = writeln!(page, "| `{alias}` | `{}` |", format!("{} {beginning}", action.row().name).trim_end());
    }
    page.push_str("\n## Layers of a keymap\n\n| layer | heard |\n| --- | --- |\n");
    for (layer, place) in LAYERS {
        let _ = writeln!(page, "| `{layer}` | {place} |");
    }
    page.push_str(
        "\n## The mouse\n\nA click chooses a row, and a double click opens it; a click on a head sorts, on a step of the \
         way goes there, on a hint of the footer does it, on the workspace in the header asks for another one. In a box \
         it chooses a line, a field, a value that fits, an option or a button. Hold Shift to select text. `M` leaves the mouse to the terminal, \
         `console.mouse = false` does so from the start; nothing needs it.\n",
    );
    page
}

/// Writes the keys of a row, each once, with the layer where it is not heard everywhere.
fn keys(all: &[(&str, &str)]) -> String {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for (layer, keys) in all {
        match told.iter_mut().find(|(known, _)| known == keys) {
            Some((_, layers)) => layers.push(layer),
            None => told.push((keys, vec![layer])),
        }
    }
    let one = |(keys, layers): &(&str, Vec<&str>)| {
        let code = if keys.contains('`') { format!("`` {keys} ``") } else { format!("`{}`", keys.replace('|', "\\|")) };
        if layers.iter().any(|layer| matches!(*layer, "global" | "browse")) {
            code
        } else {
            format!("{code} ({})", layers.join(", "))
        }
    };
    told.iter().map(one).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page, which `KEYDECK_BLESS=1` writes anew.
    #[test]
    fn the_page_of_keys_is_true() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
        if std::env::var_os("KEYDECK_BLESS").is_some() {
            std::fs::write(path, document()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), document(), "KEYDECK_BLESS=1 writes docs/keys.md anew");
    }
}
