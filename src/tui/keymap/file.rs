//! Reads a user's keymap and merges it over the program's.
//!
//! ```toml
//! [browse]
//! "ctrl-d" = "page-down"    # several keys may do the same
//! "g c" = "goto-credentials"
//! "x" = "sort cost"          # an argument follows the action's name
//! "D" = "noop"               # unbinds
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Binding, Keymap, Mistake, NOOP, Problem, Vocabulary};
use crate::domain::guess::nearest;
use crate::tui::event::Keys;

/// What a merge had to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Lines that could not be used; all others hold.
    pub problems: Vec<Problem>,
    /// Keys of the program that the user's now hide: layer, keys, name of the action.
    pub hidden: Vec<(&'static str, Keys, &'static str)>,
    /// The names of hidden actions that no key does any more in their layer.
    pub bare: BTreeSet<(&'static str, &'static str)>,
}

impl Merged {
    /// Says what is to be told at the start: what could not be used, and what the user's keys hide.
    pub fn lines(&self) -> Vec<String> {
        let problems = self.problems.iter().map(ToString::to_string);
        let hidden = self.hidden.iter().map(|(layer, keys, name)| {
            let rest = if self.bare.contains(&(*layer, *name)) { ", which has no other key there" } else { "" };
            format!("`{keys}` in {layer}: your key hides {name}{rest}")
        });
        problems.chain(hidden).collect()
    }
}

/// A key that the user bound: the layer, the keys, and whether they do something.
type Written = (&'static str, Keys, bool);

impl<A: Vocabulary> Keymap<A> {
    /// Merges a user's keymap over this one; the user's key always wins.
    pub fn merge(&mut self, text: &str, origin: &str) -> Merged {
        let mut merged = Merged::default();
        let mut written: Vec<Written> = Vec::new();
        match DeTable::parse(text) {
            Ok(layers) => {
                for (name, layer) in in_order(layers.get_ref()) {
                    self.merge_layer(
                        name,
                        layer,
                        &mut |at: usize, what| {
                            let line = Some(line_of(text, at));
                            merged.problems.push(Problem { origin: origin.to_owned(), line, what });
                        },
                        &mut merged.hidden,
                        &mut written,
                    );
                }
                self.win(&written, &mut merged.hidden);
                let bare = merged.hidden.iter().filter(|(layer, _, name)| !self.does(layer, name));
                merged.bare = bare.map(|(layer, _, name)| (*layer, *name)).collect();
            }
            Err(error) => merged.problems.push(Problem {
                origin: origin.to_owned(),
                line: error.span().map(|span| line_of(text, span.start)),
                what: Mistake::Syntax(error.message().to_owned()),
            }),
        }
        merged
    }

    fn merge_layer(
        &mut self,
        name: &Spanned<Cow<'_, str>>,
        layer: &Spanned<DeValue<'_>>,
        report: &mut impl FnMut(usize, Mistake),
        hidden: &mut Vec<(&'static str, Keys, &'static str)>,
        written_keys: &mut Vec<Written>,
    ) {
        let at = name.span().start;
        let known = A::layers();
        let Some(layer_name) = known.iter().copied().find(|known| *known == name.get_ref().as_ref()) else {
            let guess = nearest(name.get_ref(), known).map(str::to_owned);
            return report(at, Mistake::Layer { name: name.get_ref().to_string(), guess });
        };
        let Some(bindings) = layer.get_ref().as_table() else {
            return report(at, Mistake::Value { keys: layer_name.to_owned() });
        };
        let mut seen = BTreeSet::new();
        for (written, value) in in_order(bindings) {
            let at = written.span().start;
            match line::<A>(written.get_ref(), value.get_ref()) {
                Err(mistake) => report(at, mistake),
                Ok((keys, _)) if !seen.insert(keys.clone()) => {
                    report(at, Mistake::Twice { keys: keys.to_string(), layer: layer_name.to_owned() });
                }
                Ok((keys, binding)) => {
                    let unbinds = binding.is_none();
                    written_keys.push((layer_name, keys.clone(), !unbinds));
                    let trie = self.layers.entry(layer_name).or_default();
                    let lost = trie.bind(&keys.0, binding).into_iter();
                    // Keys that the user unbound, or bound anew on purpose, are no news.
                    let news = lost.filter(|(lost, _)| !unbinds && *lost != keys);
                    hidden.extend(news.map(|(lost, binding)| (layer_name, lost, binding.action.name())));
                }
            }
        }
    }
}

impl<A: Vocabulary> Keymap<A> {
    /// Lets the user's keys win where a layer that is asked before theirs binds the same: the program's give way there.
    fn win(&mut self, written: &[Written], hidden: &mut Vec<(&'static str, Keys, &'static str)>) {
        for (layer, keys, _) in written.iter().filter(|(_, _, does)| *does) {
            for inner in A::inside(layer) {
                let own = |(other, theirs, _): &Written| {
                    *other == inner && (theirs.0.starts_with(&keys.0) || keys.0.starts_with(&theirs.0))
                };
                if written.iter().any(own) {
                    continue;
                }
                let lost = self.layers.entry(inner).or_default().take(&keys.0);
                hidden.extend(lost.into_iter().map(|(lost, binding)| (inner, lost, binding.action.name())));
            }
        }
    }

    /// Says whether a key of a layer does the action of a name.
    fn does(&self, layer: &str, name: &str) -> bool {
        A::named(name).is_some_and(|action| !self.keys_for(&[layer], action).is_empty())
    }
}

/// Reads one line of a layer; no binding means `noop`.
fn line<A: Vocabulary>(written: &str, value: &DeValue<'_>) -> Result<(Keys, Option<Binding<A>>), Mistake> {
    let keys: Keys = written.parse().map_err(|error| Mistake::Key { keys: written.to_owned(), error })?;
    let value = value.as_str().ok_or_else(|| Mistake::Value { keys: written.to_owned() })?.trim();
    if value == NOOP {
        return Ok((keys, None));
    }
    let (name, argument) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    let Some(action) = A::named(name) else {
        let guess = nearest(name, A::all().into_iter().map(A::name).chain([NOOP])).map(str::to_owned);
        return Err(Mistake::Action { keys: written.to_owned(), name: name.to_owned(), guess });
    };
    Ok((keys, Some(Binding { action, argument: argument.trim().to_owned() })))
}

/// Returns the entries of a table as they stand in the file; the table itself sorts them by name.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Spanned<Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Returns the line, counted from 1, in which a byte of the text stands.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
