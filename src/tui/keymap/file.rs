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
}

impl<A: Vocabulary> Keymap<A> {
    /// Merges a user's keymap over this one; the user's key always wins.
    pub fn merge(&mut self, text: &str, origin: &str) -> Merged {
        let mut merged = Merged::default();
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
                    );
                }
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
