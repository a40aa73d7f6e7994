//! Which keys do what: layers of key sequences, the program's own merged with the user's.
//!
//! A **layer** belongs to a context (`global`, `browse`, `dialog` …). A lookup names the layers that hear a key now, the
//! innermost first; they are computed from the state by the caller. In the innermost layer that knows a sequence,
//! a longer sequence that has begun is never cut short by an outer layer, and `noop` hides what outer layers bind.
//!
//! Helix's rules (pending / matched / not found / cancelled), without its timeouts.

pub mod file;
mod trie;

use std::collections::BTreeMap;

use trie::{Found, Trie};

use super::event::{Key, KeyCode, KeyError, Keys};

/// The word in a keymap file that unbinds a key.
pub const NOOP: &str = "noop";

/// What can be bound, and where: implemented by the one table of actions.
pub trait Vocabulary: Copy + Eq + 'static {
    /// Returns the action of that name.
    fn named(name: &str) -> Option<Self>;

    /// Returns its name in kebab case.
    fn name(self) -> &'static str;

    /// Returns every action, in the order of the table.
    fn all() -> Vec<Self>;

    /// Returns the names of all layers.
    fn layers() -> Vec<&'static str>;

    /// Returns the layers that are asked before one, where both hear keys: a screen's before those of every list.
    fn inside(layer: &str) -> Vec<&'static str>;

    /// Returns the keys that the program itself binds: layer, keys, action.
    fn defaults() -> Vec<(&'static str, &'static str, Self)>;
}

/// What a key is bound to: an action, and its argument where it takes one (`sort cost`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<A> {
    /// The action.
    pub action: A,
    /// What follows its name; empty mostly.
    pub argument: String,
}

/// What a key does after those that were pressed before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<A> {
    /// It does this.
    Matched(Binding<A>),
    /// It begins or continues a sequence; see [`Keymap::continuations`].
    Pending,
    /// It ends a begun sequence that nothing is bound to, or Esc gave it up.
    Cancelled,
    /// It is bound to nothing; a text field may want it.
    NotFound,
}

/// What a key would do next, for the box that shows how a sequence goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Continuation<A> {
    /// It does this.
    Action(Binding<A>),
    /// It leads to so many bindings.
    Group(usize),
}

/// A mistake in keys; what was right beside it holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}{}: {what}", line.map_or(String::new(), |line| format!(":{line}")))]
pub struct Problem {
    /// The file it stands in.
    pub origin: String,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub what: Mistake,
}

/// What can be wrong with keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The file is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// No layer has this name.
    #[error("no layer is called `{name}`{}", guessed(guess.as_deref()))]
    Layer {
        /// As written.
        name: String,
        /// A known one that is near.
        guess: Option<String>,
    },
    /// No action has this name.
    #[error("`{keys}`: no action is called `{name}`{}", guessed(guess.as_deref()))]
    Action {
        /// The keys it was to be bound to.
        keys: String,
        /// As written.
        name: String,
        /// A known one that is near.
        guess: Option<String>,
    },
    /// The keys can't be read.
    #[error("`{keys}`: {error}")]
    Key {
        /// As written.
        keys: String,
        /// Why not.
        error: KeyError,
    },
    /// The same keys are bound twice in one layer.
    #[error("`{keys}` is bound twice in `{layer}`; remove one of the two")]
    Twice {
        /// The keys.
        keys: String,
        /// The layer.
        layer: String,
    },
    /// The value is neither an action's name nor `noop`.
    #[error("`{keys}` must be the name of an action in quotes, or \"noop\"")]
    Value {
        /// The keys, or the layer.
        keys: String,
    },
}

/// Asks "did you mean …?" where there is a guess.
fn guessed(guess: Option<&str>) -> String {
    guess.map_or_else(|| "; `?` lists what there is".to_owned(), |guess| format!("; did you mean `{guess}`?"))
}

/// All layers of keys.
#[derive(Clone, Debug)]
pub struct Keymap<A> {
    layers: BTreeMap<&'static str, Trie<A>>,
}

impl<A: Vocabulary> Keymap<A> {
    /// Builds the program's own keys.
    ///
    /// # Errors
    /// When the table binds keys twice in a layer, or can't be read; a test sees to it that it isn't so.
    pub fn defaults() -> Result<Self, Problem> {
        let mut keymap = Self { layers: A::layers().into_iter().map(|layer| (layer, Trie::default())).collect() };
        for (layer, keys, action) in A::defaults() {
            keymap.bind_default(layer, keys, action).map_err(|what| Problem {
                origin: "the table of actions".to_owned(),
                line: None,
                what,
            })?;
        }
        Ok(keymap)
    }

    fn bind_default(&mut self, layer: &'static str, written: &str, action: A) -> Result<(), Mistake> {
        let keys: Keys = written.parse().map_err(|error| Mistake::Key { keys: written.to_owned(), error })?;
        let trie = self.layers.get_mut(layer).ok_or_else(|| Mistake::Layer { name: layer.to_owned(), guess: None })?;
        let hidden = trie.bind(&keys.0, Some(Binding { action, argument: String::new() }));
        if hidden.is_empty() {
            Ok(())
        } else {
            Err(Mistake::Twice { keys: written.to_owned(), layer: layer.to_owned() })
        }
    }

    /// Finds what `key` does after `before`, in the layers that hear it, innermost first.
    pub fn lookup(&self, layers: &[&str], before: &[Key], key: Key) -> Lookup<A> {
        if !before.is_empty() && key == Key::plain(KeyCode::Esc) {
            return Lookup::Cancelled;
        }
        let keys: Vec<Key> = before.iter().copied().chain([key]).collect();
        for layer in layers {
            match self.layers.get(layer).map_or(Found::Nothing, |trie| trie.find(&keys)) {
                Found::Bound(binding) => return Lookup::Matched(binding.clone()),
                Found::Prefix => return Lookup::Pending,
                Found::Unbound => break,
                Found::Nothing => {}
            }
        }
        if before.is_empty() { Lookup::NotFound } else { Lookup::Cancelled }
    }

    /// Returns what may follow `before`, in the order of the keys; empty `before` gives every first key.
    pub fn continuations(&self, layers: &[&str], before: &[Key]) -> Vec<(Key, Continuation<A>)> {
        let mut all: BTreeMap<Key, Option<Continuation<A>>> = BTreeMap::new();
        for layer in layers {
            for (key, next) in self.layers.get(layer).map(|trie| trie.next(before)).unwrap_or_default() {
                // The inner layer wins, but two groups are one group.
                match all.get_mut(&key) {
                    Some(Some(Continuation::Group(count))) => {
                        if let Some(Continuation::Group(more)) = next {
                            *count += more;
                        }
                    }
                    Some(_) => {}
                    None => {
                        all.insert(key, next);
                    }
                }
            }
        }
        all.into_iter().filter_map(|(key, next)| next.map(|next| (key, next))).collect()
    }

    /// Returns everything that can be reached from these layers, as a lookup would find it.
    pub fn bindings(&self, layers: &[&str]) -> Vec<(Keys, Binding<A>)> {
        self.reachable(layers, |_| true)
    }

    /// Returns the keys that do an action without an argument here: single keys before sequences, short before long.
    pub fn keys_for(&self, layers: &[&str], action: A) -> Vec<Keys> {
        let found = self.reachable(layers, |binding| binding.action == action && binding.argument.is_empty());
        let mut keys: Vec<Keys> = found.into_iter().map(|(keys, _)| keys).collect();
        keys.sort_by_cached_key(|keys| (keys.0.len(), keys.to_string().chars().count()));
        keys
    }

    /// Returns what is wanted of everything that can be reached. Every frame asks this for each of its hints, so only
    /// what is wanted is looked at more closely.
    fn reachable(&self, layers: &[&str], wanted: impl Fn(&Binding<A>) -> bool) -> Vec<(Keys, Binding<A>)> {
        let mut found: Vec<(Keys, Binding<A>)> = Vec::new();
        for trie in layers.iter().filter_map(|layer| self.layers.get(layer)) {
            trie.each(&mut Vec::new(), &mut |keys, binding| {
                let is_known = || found.iter().any(|(known, _)| known.0 == keys);
                if wanted(binding) && self.reaches(layers, keys, binding) && !is_known() {
                    found.push((Keys(keys.to_vec()), binding.clone()));
                }
            });
        }
        found
    }

    fn reaches(&self, layers: &[&str], keys: &[Key], binding: &Binding<A>) -> bool {
        let Some((last, before)) = keys.split_last() else { return false };
        let prefixes_are_free =
            (1..keys.len()).all(|length| self.lookup(layers, &keys[..length - 1], keys[length - 1]) == Lookup::Pending);
        prefixes_are_free && self.lookup(layers, before, *last) == Lookup::Matched(binding.clone())
    }
}

#[cfg(test)]
mod tests;
