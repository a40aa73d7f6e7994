//! What a session of the console begins with.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::{
    domain::link::Link,
    tui::{
        action::Action,
        keymap::Keymap,
        theme::{Following, Theme},
    },
};

/// What a session begins with, besides the database.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own and none excludes another")]
pub struct Start {
    /// What the header calls the database.
    pub database: String,
    /// The keys.
    pub keymap: Keymap<Action>,
    /// The theme.
    pub theme: Theme,
    /// The user's own themes: name and file.
    pub own_themes: BTreeMap<String, String>,
    /// What the theme follows, if it follows the terminal's background.
    pub follow: Option<Following>,
    /// How many days before its end a key is to be looked at.
    pub expiring_days: u32,
    /// How long an unlocked vault stays so without a key press.
    pub idle_lock: SignedDuration,
    /// Whether `SECRET_KEY` is at hand without anybody typing it.
    pub has_key: bool,
    /// Whether it may be typed: not where a server holds it.
    pub types_key: bool,
    /// Whether nothing may move on the screen that nobody moved.
    pub still: bool,
    /// Whether the console is used line by line: what was told can't be taken off again.
    pub line_by_line: bool,
    /// The place to open.
    pub link: Option<Link>,
    /// A number that no other session has.
    pub seed: u128,
    /// Whether the user sits at another machine.
    pub afar: bool,
    /// Whether the mouse is heard.
    pub mouse: bool,
    /// What the last session remembered.
    pub memory: Option<String>,
}
