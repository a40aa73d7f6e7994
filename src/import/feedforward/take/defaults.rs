//! Defaults: the key of the institution is everybody's last resort, as its ADR 009 promises, where there is one of a kind.

use std::collections::BTreeMap;

use super::Take;
use crate::domain::{
    Text,
    assignment::{Assignment, Scope, Strength, Target},
    credential::Credential,
    id::Id,
    name::printable,
};

impl Take<'_> {
    /// Gives the institution's one key of a provider to whatever names none of its own. `keys` are those that may be used,
    /// each by the model that names it.
    pub(super) fn defaults(&mut self, keys: &BTreeMap<Text, Vec<i64>>) {
        for (provider, models) in keys {
            let mut found: Vec<Id<Credential>> =
                models.iter().filter_map(|model| self.keys.get(model)).map(|(key, _)| *key).collect();
            found.sort_unstable();
            found.dedup();
            match found[..] {
                [key] => self.default(provider, key),
                [] => {}
                [..] => {
                    let shown = printable(provider).into_owned();
                    self.warn(format!(
                        "there are {} system keys of {shown}, so none is everybody's default; choose one: \
                         keydeck assign system key/NAME --provider {shown}",
                        found.len()
                    ));
                }
            }
        }
    }

    fn default(&mut self, provider: &Text, key: Id<Credential>) {
        let foreign = self.taking.foreign("default", provider);
        let rule = Assignment {
            id: self.taking.fresh(),
            scope: Scope::System,
            provider: provider.clone(),
            model: None,
            kind: None,
            environment: None,
            target: Target::Key(key),
            strength: Strength::Required,
            from: None,
            until: None,
            note: Some("FeedForward's system key, for models without one".into()),
            foreign_id: Some(foreign.clone()),
        };
        let file = self.contents.file.clone();
        self.taking.rule(&foreign, rule, &file);
    }
}
