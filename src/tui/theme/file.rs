//! Reads theme files.
//!
//! ```toml
//! inherits = "keydeck-dark"
//! [palette]
//! sea = "#7cc4ff"
//! [roles]
//! accent = "sea"                                        # a colour is the foreground
//! "row.selected" = { bg = "#2a3550", attributes = ["bold"] }
//! ```
//! A colour is `#rrggbb`, a name of the palette, one of the terminal's sixteen (`red`, `light-blue`, `default` …), or a
//! number of the 256.

use std::collections::HashMap;

use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BUILTIN, Role};
use crate::domain::guess::nearest;
use crate::tui::terminal::colour::NAMED;

/// Something in a theme that could not be used; all else holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("theme {theme}{}: {what}", line.map_or(String::new(), |line| format!(":{line}")))]
pub struct Warning {
    /// The theme.
    pub theme: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub what: String,
}

/// The looks that files give to roles, before fallback.
pub(super) type Looks = HashMap<&'static str, Style>;

/// Follows a role's name from narrow to wide to the first that has a look; text at last.
pub(super) fn fallback(role: Role, looks: &Looks) -> Style {
    let mut name = role.name();
    loop {
        if let Some(style) = looks.get(name) {
            return *style;
        }
        match name.rsplit_once('.') {
            Some((wider, _)) => name = wider,
            None => return looks.get(Role::Text.name()).copied().unwrap_or_default(),
        }
    }
}

/// The names of the sixteen colours, in their order.
const COLOUR_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "dark-gray",
    "light-red",
    "light-green",
    "light-yellow",
    "light-blue",
    "light-magenta",
    "light-cyan",
    "white",
];

const ATTRIBUTES: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

/// One chain of files, the inherited first: its palette and looks so far.
struct Reader<'a> {
    palette: HashMap<String, Color>,
    looks: Looks,
    warnings: &'a mut Vec<Warning>,
    theme: String,
    text: String,
}

/// The part of a file that is read.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Palette,
    Roles,
}

/// Reads a theme and what it inherits; an unknown theme has no looks.
pub(super) fn read(name: &str, user: &impl Fn(&str) -> Option<String>, warnings: &mut Vec<Warning>) -> Looks {
    let mut chain: Vec<(String, String)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        let mut warn = |what| warnings.push(Warning { theme: name.clone(), line: None, what });
        // A user's theme may build on the program's theme of the same name, so a name may come twice, once from each.
        let taken = chain.iter().filter(|(known, _)| *known == name).count();
        let builtin = || BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let text = if taken == 0 { user(&name).or_else(builtin) } else { builtin() };
        let Some(text) = text else {
            let guess = nearest(&name, BUILTIN.iter().map(|(known, _)| *known));
            let hint =
                guess.map_or_else(|| "`:theme` lists them".to_owned(), |guess| format!("did you mean `{guess}`?"));
            warn(format!("there is no such theme; {hint}"));
            break;
        };
        if taken > 1 || chain.len() >= 8 {
            warn("themes inherit each other in a circle; remove one `inherits`".to_owned());
            break;
        }
        next = DeTable::parse(&text).ok().and_then(|table| {
            table.get_ref().get("inherits").and_then(|value| value.get_ref().as_str().map(str::to_owned))
        });
        chain.push((name, text));
    }
    let mut reader =
        Reader { palette: HashMap::new(), looks: Looks::new(), warnings, theme: String::new(), text: String::new() };
    // All palettes come before all roles, so that a theme can inherit every role and change the colours alone.
    for part in [Part::Palette, Part::Roles] {
        for (name, text) in chain.iter().rev() {
            reader.file(name, text, part);
        }
    }
    reader.looks
}

impl Reader<'_> {
    fn file(&mut self, name: &str, text: &str, part: Part) {
        name.clone_into(&mut self.theme);
        text.clone_into(&mut self.text);
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) if part == Part::Palette => {
                let at = error.span().map_or(0, |span| span.start);
                return self.warn(at, error.message().to_owned());
            }
            Err(_) => return,
        };
        for (key, value) in &table {
            match (key.get_ref().as_ref(), part, value.get_ref().as_table()) {
                ("palette", Part::Palette, Some(entries)) => self.palette(entries),
                ("roles", Part::Roles, Some(entries)) => self.roles(entries),
                ("palette" | "roles", _, Some(_)) | ("inherits", ..) | (_, Part::Roles, _) => {}
                (known @ ("palette" | "roles"), _, None) => {
                    self.warn(key.span().start, format!("`{known}` must be a table"));
                }
                (other, ..) => {
                    self.warn(key.span().start, format!("`{other}` is unknown; a theme has inherits, palette, roles"));
                }
            }
        }
    }

    fn palette(&mut self, entries: &DeTable<'_>) {
        for (name, value) in entries {
            if let Some(colour) = self.colour(value) {
                self.palette.insert(name.get_ref().to_string(), colour);
            }
        }
    }

    fn roles(&mut self, entries: &DeTable<'_>) {
        for (name, value) in entries {
            let Some(role) = Role::ALL.iter().find(|role| role.name() == name.get_ref().as_ref()) else {
                let guess = nearest(name.get_ref(), Role::ALL.iter().map(|role| role.name()));
                let hint = guess.map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
                self.warn(name.span().start, format!("there is no role `{}`{hint}", name.get_ref()));
                continue;
            };
            let style = match value.get_ref().as_table() {
                Some(parts) => Some(self.style(parts)),
                None => self.colour(value).map(|colour| Style::new().fg(colour)),
            };
            if let Some(style) = style {
                self.looks.insert(role.name(), style);
            }
        }
    }

    fn style(&mut self, parts: &DeTable<'_>) -> Style {
        let mut style = Style::new();
        for (name, value) in parts {
            match name.get_ref().as_ref() {
                "fg" => style.fg = self.colour(value),
                "bg" => style.bg = self.colour(value),
                "attributes" => style = style.add_modifier(self.attributes(value)),
                other => self.warn(name.span().start, format!("`{other}` is unknown; a look has fg, bg, attributes")),
            }
        }
        style
    }

    fn attributes(&mut self, value: &Spanned<DeValue<'_>>) -> Modifier {
        let mut all = Modifier::empty();
        for value in value.get_ref().as_array().into_iter().flat_map(|values| values.iter()) {
            let name = value.get_ref().as_str().unwrap_or_default();
            match ATTRIBUTES.iter().find(|(known, _)| *known == name) {
                Some((_, attribute)) => all |= *attribute,
                None => self.warn(
                    value.span().start,
                    format!(
                        "there is no attribute `{name}`; there are {}",
                        ATTRIBUTES.map(|(name, _)| name).join(", ")
                    ),
                ),
            }
        }
        all
    }

    fn colour(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Color> {
        let name = value.get_ref().as_str().unwrap_or_default();
        let found = self.palette.get(name).copied().or_else(|| parse_colour(name));
        if found.is_none() {
            let known = self.palette.keys().map(String::as_str).chain(COLOUR_NAMES).collect::<Vec<_>>();
            let hint = nearest(name, known).map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default();
            self.warn(value.span().start, format!("`{name}` is no colour{hint}"));
        }
        found
    }

    fn warn(&mut self, at: usize, what: String) {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        self.warnings.push(Warning { theme: self.theme.clone(), line: Some(line), what });
    }
}

/// Reads a colour that is no name of a palette.
fn parse_colour(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6)?;
        let [_, red, green, blue] = value.to_be_bytes();
        return Some(Color::Rgb(red, green, blue));
    }
    if text == "default" {
        return Some(Color::Reset);
    }
    let named = COLOUR_NAMES.iter().position(|name| *name == text).map(|index| NAMED[index]);
    named.or_else(|| text.parse().ok().map(Color::Indexed))
}
