//! How roles look: themes, read from TOML with a palette, roles, inheritance and fallback from narrow to wide.
//!
//! Meaning is never in colour alone: where a role says something, the text beside it says it too.

mod file;
pub mod role;

use ratatui::style::Style;

pub use file::Warning;
pub use role::Role;

use super::terminal::colour::Depth;

/// The themes that come with the program: name and file.
pub const BUILTIN: &[(&str, &str)] = &[
    ("keydeck-dark", include_str!("../../themes/keydeck-dark.toml")),
    ("keydeck-light", include_str!("../../themes/keydeck-light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("catppuccin-mocha", include_str!("../../themes/catppuccin-mocha.toml")),
    ("gruvbox-dark", include_str!("../../themes/gruvbox-dark.toml")),
    ("dracula", include_str!("../../themes/dracula.toml")),
    ("tokyo-night", include_str!("../../themes/tokyo-night.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("github-light", include_str!("../../themes/github-light.toml")),
    ("keydeck-16", include_str!("../../themes/keydeck-16.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// A look for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

/// Which theme is taken on which background, where the theme follows the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    /// How many colours the terminal shows; with few, the user's choice gives way to what can be shown.
    pub depth: Depth,
    /// The theme on a dark background.
    pub dark: String,
    /// The theme on a light background.
    pub light: String,
}

impl Following {
    /// Returns the theme's name; `is_dark` is not known before the terminal answers.
    pub fn name(&self, is_dark: Option<bool>) -> &str {
        match Theme::name_for(self.depth, is_dark) {
            "keydeck-dark" => &self.dark,
            "keydeck-light" => &self.light,
            other => other,
        }
    }
}

impl Theme {
    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the look of a role.
    ///
    /// A look sets what the theme says and leaves the rest as it is underneath, so that a role's text can stand on a
    /// selected row.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Reads a theme; `user` returns the text of a user's theme file by its name, and wins over the program's.
    ///
    /// What is wrong in a file is reported and left out; an unknown name gives the default theme.
    pub fn load(name: &str, user: impl Fn(&str) -> Option<String>) -> (Self, Vec<Warning>) {
        let mut warnings = Vec::new();
        let roles = file::read(name, &user, &mut warnings);
        let roles = if roles.is_empty() { file::read(BUILTIN[0].0, &user, &mut warnings) } else { roles };
        warnings.sort_by_key(|warning| warning.line);
        let styles = Role::ALL.iter().map(|role| file::fallback(*role, &roles)).collect();
        (Self { name: name.to_owned(), styles }, warnings)
    }

    /// Reads one of the program's own themes.
    pub fn builtin(name: &str) -> Self {
        Self::load(name, |_| None).0
    }

    /// Chooses the theme to begin with: what fits the terminal's depth and background (dark, where it is unknown).
    pub fn name_for(depth: Depth, dark: Option<bool>) -> &'static str {
        match depth {
            Depth::None => "mono",
            Depth::Ansi16 => "keydeck-16",
            Depth::Ansi256 | Depth::TrueColor if dark == Some(false) => "keydeck-light",
            Depth::Ansi256 | Depth::TrueColor => "keydeck-dark",
        }
    }
}

#[cfg(test)]
mod tests;
