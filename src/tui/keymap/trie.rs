//! The keys of one layer as a tree: each step is a key, each leaf a binding.

use std::collections::BTreeMap;

use super::{Binding, Continuation};
use crate::tui::event::{Key, Keys};

/// A node of the tree.
#[derive(Clone, Debug)]
enum Node<A> {
    /// A binding, or `None` where the user unbound the keys.
    Leaf(Option<Binding<A>>),
    Branch(Trie<A>),
}

/// What follows a sequence of keys.
#[derive(Clone, Debug)]
pub(super) struct Trie<A> {
    next: BTreeMap<Key, Node<A>>,
}

impl<A> Default for Trie<A> {
    fn default() -> Self {
        Self { next: BTreeMap::new() }
    }
}

/// What a sequence is in a tree.
pub(super) enum Found<'a, A> {
    Bound(&'a Binding<A>),
    Unbound,
    Prefix,
    Nothing,
}

impl<A: Clone> Trie<A> {
    /// Binds keys, and returns the bindings that this hides: at the same keys, at a prefix, or behind them.
    pub(super) fn bind(&mut self, keys: &[Key], binding: Option<Binding<A>>) -> Vec<(Keys, Binding<A>)> {
        let mut hidden = Vec::new();
        let mut trie = self;
        for (depth, key) in keys.iter().enumerate() {
            let path = || Keys(keys[..=depth].to_vec());
            if depth + 1 == keys.len() {
                match trie.next.insert(*key, Node::Leaf(binding)) {
                    Some(Node::Leaf(Some(old))) => hidden.push((path(), old)),
                    Some(Node::Branch(old)) => {
                        let behind = old.all().into_iter();
                        hidden.extend(behind.map(|(rest, old)| (Keys([path().0, rest.0].concat()), old)));
                    }
                    Some(Node::Leaf(None)) | None => {}
                }
                return hidden;
            }
            let node = trie.next.entry(*key).or_insert_with(|| Node::Branch(Trie::default()));
            if let Node::Leaf(old) = node {
                hidden.extend(old.take().map(|old| (path(), old)));
                *node = Node::Branch(Trie::default());
            }
            let Node::Branch(next) = node else { return hidden };
            trie = next;
        }
        hidden
    }

    /// Takes keys away as if nothing had been bound to them, and returns the bindings that are lost: at the same keys, at a
    /// prefix, or behind them.
    pub(super) fn take(&mut self, keys: &[Key]) -> Vec<(Keys, Binding<A>)> {
        let Some((first, rest)) = keys.split_first() else { return Vec::new() };
        let behind = |lost: Vec<(Keys, Binding<A>)>| {
            lost.into_iter().map(|(rest, old)| (Keys([vec![*first], rest.0].concat()), old)).collect()
        };
        match (self.next.get_mut(first), rest) {
            (Some(Node::Branch(next)), [_, ..]) => behind(next.take(rest)),
            (Some(_), _) => match self.next.remove(first) {
                Some(Node::Leaf(Some(old))) => vec![(Keys(vec![*first]), old)],
                Some(Node::Branch(old)) => behind(old.all()),
                Some(Node::Leaf(None)) | None => Vec::new(),
            },
            (None, _) => Vec::new(),
        }
    }

    pub(super) fn find(&self, keys: &[Key]) -> Found<'_, A> {
        let Some((first, rest)) = keys.split_first() else { return Found::Prefix };
        match (self.next.get(first), rest) {
            (Some(Node::Leaf(Some(binding))), []) => Found::Bound(binding),
            (Some(Node::Leaf(None)), _) => Found::Unbound,
            (Some(Node::Branch(next)), []) if next.is_empty() => Found::Nothing,
            (Some(Node::Branch(next)), rest) => next.find(rest),
            (Some(Node::Leaf(Some(_))) | None, _) => Found::Nothing,
        }
    }

    /// Returns what each key after `before` leads to; nothing behind a key means that it was unbound.
    pub(super) fn next(&self, before: &[Key]) -> Vec<(Key, Option<Continuation<A>>)> {
        if let Some((first, rest)) = before.split_first() {
            return match self.next.get(first) {
                Some(Node::Branch(next)) => next.next(rest),
                _ => Vec::new(),
            };
        }
        let continuation = |node: &Node<A>| match node {
            Node::Leaf(binding) => binding.clone().map(Continuation::Action),
            Node::Branch(next) => Some(next.all().len()).filter(|count| *count > 0).map(Continuation::Group),
        };
        self.next.iter().map(|(key, node)| (*key, continuation(node))).collect()
    }

    /// Returns every binding with its keys.
    pub(super) fn all(&self) -> Vec<(Keys, Binding<A>)> {
        let mut found = Vec::new();
        self.each(&mut Vec::new(), &mut |keys, binding| found.push((Keys(keys.to_vec()), binding.clone())));
        found
    }

    /// Tells every binding with its keys, which follow those in `before`.
    pub(super) fn each(&self, before: &mut Vec<Key>, tell: &mut dyn FnMut(&[Key], &Binding<A>)) {
        for (key, node) in &self.next {
            before.push(*key);
            match node {
                Node::Leaf(Some(binding)) => tell(before, binding),
                Node::Leaf(None) => {}
                Node::Branch(next) => next.each(before, tell),
            }
            before.pop();
        }
    }

    fn is_empty(&self) -> bool {
        self.next.values().all(|node| match node {
            Node::Leaf(binding) => binding.is_none(),
            Node::Branch(next) => next.is_empty(),
        })
    }
}
