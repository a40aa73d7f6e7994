//! Identity: by what an app of Dify's is recognised when it comes again, from a file or from a database.
//!
//! Written into the foreign ids of app and workflow: `dify:app:MODE:FIRST:NAME`, FIRST being the id of the first node,
//! with `%` and `:` escaped. The name stands last and as it is, since it may hold anything.

use std::collections::HashSet;

use crate::{
    domain::{Text, name},
    import::yaml::Value,
};

/// Mode, original name and first node of an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The mode.
    pub mode: Text,
    /// The name that the source gives, whatever operators call it here.
    pub name: Text,
    /// The id of the first node; empty for apps without a graph.
    pub first: Text,
}

impl Identity {
    /// Reads a foreign id that [`Identity::of_app`] or [`Identity::of_workflow`] wrote.
    pub fn read(foreign_id: &str) -> Option<Self> {
        let rest = foreign_id.strip_prefix("dify:app:").or_else(|| foreign_id.strip_prefix("dify:workflow:"))?;
        let mut parts = rest.splitn(3, ':');
        let (mode, first, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { mode: unescape(mode).into(), name: name.into(), first: unescape(first).into() })
    }

    /// Returns the foreign id of the app.
    pub fn of_app(&self) -> Text {
        self.write("app")
    }

    /// Returns the foreign id of its workflow.
    pub fn of_workflow(&self) -> Text {
        self.write("workflow")
    }

    fn write(&self, kind: &str) -> Text {
        format!("dify:{kind}:{}:{}:{}", escape(&self.mode), escape(&self.first), self.name).into()
    }

    /// Says how well a known app fits one that comes in: `None` if they are not the same, else the more the better.
    ///
    /// `known` and `coming` are the ids of nodes: all that is stored of the one, all of the other.
    pub fn fit(&self, known: &HashSet<&str>, other: &Self, coming: &HashSet<Text>) -> Option<usize> {
        if (&self.mode, &self.name) != (&other.mode, &other.name) {
            return None;
        }
        let shared: Vec<&str> = known.iter().copied().filter(|id| coming.contains(*id)).collect();
        let same_first = self.first == other.first || coming.contains(&self.first);
        // Of an app none of whose nodes call a model, nothing more is stored.
        let says_no_more = known.is_empty() && self.first == other.first;
        let recognised = says_no_more
            || (same_first && is_telling(&self.first))
            || shared.iter().any(|id| is_telling(id))
            // Nothing tells them apart: the name has to do.
            || (nothing_tells(&self.first, known.iter().copied())
                && nothing_tells(&other.first, coming.iter().map(|id| &**id)));
        recognised.then(|| 2 * shared.len() + usize::from(same_first))
    }
}

/// Says whether an id belongs to one node in the world: Dify makes them of the time in milliseconds, or of random
/// letters, while its templates call theirs `start`, `llm` or `answer`.
fn is_telling(id: &str) -> bool {
    id.len() >= 10 && id.chars().any(|c| c.is_ascii_digit())
}

fn nothing_tells<'a>(first: &str, mut ids: impl Iterator<Item = &'a str>) -> bool {
    !is_telling(first) && !ids.any(is_telling)
}

/// Finds the id of the node that everything begins with, or else the smallest; empty if there is none.
pub(super) fn first(nodes: &[Value]) -> Text {
    let id = |node: &Value| name::clean(node.word_at("id"), "");
    let kind = |node: &Value| node.get("data").map(|data| data.word_at("type").to_owned()).unwrap_or_default();
    let begins = |node: &&Value| kind(node) == "start" || kind(node).starts_with("trigger-");
    let smallest = |ids: &mut dyn Iterator<Item = &Value>| ids.map(id).filter(|id| !id.is_empty()).min();
    smallest(&mut nodes.iter().filter(begins)).or_else(|| smallest(&mut nodes.iter())).unwrap_or_default().into()
}

fn escape(part: &str) -> String {
    part.replace('%', "%25").replace(':', "%3A")
}

fn unescape(part: &str) -> String {
    part.replace("%3A", ":").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(first: &str) -> Identity {
        Identity { mode: "workflow".into(), name: "Bot".into(), first: first.into() }
    }

    fn ids<T: Eq + std::hash::Hash + for<'a> From<&'a str>>(ids: &[&str]) -> HashSet<T> {
        ids.iter().map(|id| T::from(id)).collect()
    }

    fn fit(a: (&str, &[&str]), b: (&str, &[&str])) -> Option<usize> {
        identity(a.0).fit(&a.1.iter().copied().collect(), &identity(b.0), &ids(b.1))
    }

    #[test]
    fn shared_nodes_tell_and_common_words_do_not() {
        let one = ("1742957989303", &["1742957995972", "llm"][..]);
        assert!(fit(one, ("1742957989303", &["answer"])).is_some());
        assert!(fit(one, ("1999999999999", &["1742957995972"])).is_some());
        assert_eq!(fit(one, ("1999999999999", &["llm"])), None);
        assert!(fit(("start", &["llm"]), ("start", &["llm", "answer"])).is_some());
        assert_eq!(fit(("start", &["llm"]), one), None);
        assert!(fit(("", &[]), ("", &[])).is_some());
        assert!(fit(("start", &[]), ("start", &["1742957995972"])).is_some(), "no node of it calls a model");
        assert_eq!(fit(("start", &[]), ("begin", &["1742957995972"])), None);
        let renamed = Identity { name: "Other".into(), ..identity("1742957989303") };
        assert_eq!(renamed.fit(&HashSet::new(), &identity("1742957989303"), &HashSet::new()), None);
    }

    #[test]
    fn more_shared_nodes_fit_better() {
        let known = ("1742957989303", &["1742957995972", "1742957995973"][..]);
        let near = fit(known, ("1742957989303", &["1742957989303", "1742957995972", "1742957995973"]));
        let far = fit(known, ("1742957989303", &["1742957989303", "1742957995972"]));
        assert!(near > far);
    }

    proptest! {
        #[test]
        fn writing_and_reading_is_the_identity(mode in ".{0,9}", name in ".{0,20}", first in ".{0,9}") {
            let identity = Identity { mode: mode.into(), name: name.into(), first: first.into() };
            prop_assert_eq!(Identity::read(&identity.of_app()), Some(identity.clone()));
            prop_assert_eq!(Identity::read(&identity.of_workflow()), Some(identity));
        }
    }
}
