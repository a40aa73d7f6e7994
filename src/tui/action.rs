//! The one table of actions: keymap, help, which-key box, palette, footer and README all read it.
//!
//! A new action is a new row in `action/table.rs`; nothing else lists actions. Whether an action can be done now is a function
//! of the state, elsewhere, that answers with an [`Availability`].

mod alias;
mod document;
mod table;

pub use alias::{ALIASES, unaliased};
pub use document::document;
pub use table::{Action, ROWS};

use super::keymap::Vocabulary;

/// Where an action belongs in help and palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Moving the cursor.
    Move,
    /// Going to another screen.
    Go,
    /// Choosing rows, and what is seen of them.
    View,
    /// Changing keys, rules and structure.
    Change,
    /// The changes that are staged.
    Stage,
    /// Answering a dialog, a picker or a text field.
    Answer,
    /// The session itself.
    Session,
}

impl Section {
    /// Returns the heading in help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Go => "Go to",
            Self::View => "View",
            Self::Change => "Change",
            Self::Stage => "Staged changes",
            Self::Answer => "Dialogs and fields",
            Self::Session => "Session",
        }
    }
}

/// What stands between an action's key and its deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// Nothing: it changes nothing, or undo takes it back.
    None,
    /// A dialog whose default is Cancel.
    Confirm,
    /// The name of what is lost has to be typed.
    TypeName,
}

/// Whether an action may come over SSH or HTTP; the default is no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// From the local terminal only.
    Local,
    /// From anywhere.
    Afar,
}

/// What an action takes behind its name in the palette and in keymaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it is, as help shows it.
    pub name: &'static str,
    /// Whether the action asks for it when it is missing (or else does without).
    pub required: bool,
    /// What completes it.
    pub complete: Completion,
}

/// What completes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Nothing: free text.
    Free,
    /// The columns of the screen.
    Columns,
    /// The environments that are in use.
    Environments,
    /// The themes.
    Themes,
    /// The kinds of things.
    Kinds,
    /// The names of things in the workspace.
    Places,
    /// By what costs are summed up.
    Dimensions,
    /// The periods of costs.
    Periods,
    /// The formats of an export.
    Formats,
    /// The kinds of sources of an import.
    Sources,
    /// The workspaces that the operator may see.
    Workspaces,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name, in kebab case: in keymaps, the palette and tests.
    pub name: &'static str,
    /// Where it belongs.
    pub section: Section,
    /// What stands before it.
    pub danger: Danger,
    /// Whence it may come.
    pub reach: Reach,
    /// What it does, in one line that begins with a verb.
    pub about: &'static str,
    /// What it takes.
    pub argument: Option<Argument>,
    /// The layers and keys that it has by default.
    pub keys: &'static [(&'static str, &'static str)],
}

impl Action {
    /// Returns the action's row.
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl Vocabulary for Action {
    fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(|row| row.action)
    }

    fn name(self) -> &'static str {
        self.row().name
    }

    fn all() -> Vec<Self> {
        ROWS.iter().map(|row| row.action).collect()
    }

    fn layers() -> Vec<&'static str> {
        LAYERS.iter().map(|(name, _)| *name).collect()
    }

    fn inside(layer: &str) -> Vec<&'static str> {
        let alone = ["global", "picker", "finder", "dialog", "text", "secret", "columns"];
        let of_screens = LAYERS.iter().map(|(name, _)| *name).filter(|name| !alone.contains(name) && *name != "browse");
        match layer {
            "global" => of_screens.chain(["browse"]).collect(),
            "browse" => of_screens.collect(),
            "tree" => vec!["workflows", "overview"],
            _ => Vec::new(),
        }
    }

    fn defaults() -> Vec<(&'static str, &'static str, Self)> {
        let keys = ROWS.iter().flat_map(|row| row.keys.iter().map(|(layer, keys)| (*layer, *keys, row.action)));
        keys.collect()
    }
}

/// The layers of the keymap, and when each hears keys.
pub const LAYERS: &[(&str, &str)] = &[
    ("global", "everywhere, but in text fields and dialogs"),
    ("browse", "in every list and tree"),
    ("tree", "in trees"),
    ("overview", "on the screen of what needs attention"),
    ("matrix", "on the screen of workflows by providers"),
    ("workflows", "on the screen of workflows"),
    ("providers", "on the screen of providers"),
    ("credentials", "on the screen of credentials"),
    ("records", "on the screens of pools, instances, rules, departments and operators"),
    ("preview", "on the screen that shows why a key is used"),
    ("changes", "on the screen of staged changes"),
    ("costs", "on the screen of costs"),
    ("picker", "in the list of keys to assign"),
    ("finder", "in lists that are searched by typing: help, palette, places"),
    ("dialog", "in a dialog that asks"),
    ("text", "in a text field"),
    ("lines", "in a text field of several lines"),
    ("secret", "where a secret is shown"),
    ("columns", "where columns are chosen"),
];

/// What the first key of a sequence means, for the box that shows how it goes on.
pub const GROUPS: &[(&str, &str)] = &[("g", "go to"), ("y", "copy")];

/// Whether an action can be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Yes,
    /// It can't, for this reason, which is shown with the dimmed action.
    No(String),
}

impl Availability {
    /// Tells whether the action can be done.
    pub fn is_yes(&self) -> bool {
        *self == Self::Yes
    }

    /// Returns why it can't.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Yes => None,
            Self::No(reason) => Some(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Keymap;

    /// `GotoWorkflows` as `goto-workflows`.
    fn kebab(variant: &str) -> String {
        let mut name = String::new();
        for letter in variant.chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    #[test]
    fn rows_stand_where_their_actions_point_and_names_say_the_same() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.action as usize, index);
            assert_eq!(row.name, kebab(&format!("{:?}", row.action)));
            assert_eq!(Action::named(row.name), Some(row.action));
            assert!(row.about.len() <= 60 && !row.about.ends_with('.'), "{}", row.name);
        }
    }

    #[test]
    fn no_key_is_bound_twice_in_a_layer() {
        Keymap::<Action>::defaults().unwrap();
    }

    #[test]
    fn every_group_exists_and_every_sequence_has_a_group() {
        let keymap = Keymap::<Action>::defaults().unwrap();
        let layers = Action::layers();
        for (keys, _) in keymap.bindings(&layers).iter().filter(|(keys, _)| keys.0.len() > 1) {
            let first = keys.0[0].to_string();
            assert!(GROUPS.iter().any(|(key, _)| *key == first), "{keys} has no group");
        }
    }

    #[test]
    fn what_loses_something_asks() {
        for action in [Action::Apply, Action::DiscardAll, Action::Revoke] {
            assert!(action.row().danger >= Danger::Confirm, "{action:?}");
        }
        for action in [Action::Remove, Action::RevokeNow] {
            assert_eq!(action.row().danger, Danger::TypeName);
        }
    }
}
