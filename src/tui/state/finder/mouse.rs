//! What the mouse does, as lines of the help.

use super::{Item, Pick};

/// What the mouse does.
pub(super) fn lines() -> impl Iterator<Item = Item> {
    let lines = [
        ("click", "choose", "A row; a head sorts, a step of the way goes there, a hint does it, so does the workspace"),
        ("double click", "open", "Open the row"),
        ("click", "answer", "In a box: a line, a field, a value that fits, an option, a button"),
        ("wheel", "scroll", "Scroll the list; in a box, go through lines or fields"),
        ("shift+drag", "select text", "Hold Shift to select text as without the console"),
    ];
    lines.into_iter().map(|(mark, name, about)| Item {
        mark: mark.to_owned(),
        name: name.to_owned(),
        about: about.to_owned(),
        reason: None,
        pick: Pick::Read,
    })
}
