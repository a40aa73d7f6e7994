//! Keeping in step with a source: what was changed there comes in, what was changed here stays, and what was changed on
//! both sides is told and stays as it is here.
//!
//! For that an import notes what the source said of each thing. The next one compares three states, field by field: what
//! the source said last, what it says now, and what is here. A thing that was removed here does not come back, unless
//! nothing of the source is here any more: then it is taken as if for the first time.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Taking, Thing};
use crate::domain::{Text, assignment::Assignment, change::Change, id::Id, name, record::Record};

/// Fields that no source decides: who a thing is, and where its secret is kept.
const OURS: [&str; 3] = ["id", "foreign_id", "secret"];

impl Taking<'_> {
    /// Begins with what the source said the last time; `place` is what it is called in the report.
    pub fn remember(&mut self, heard: HashMap<Text, Value>, place: &str) {
        place.clone_into(&mut self.place);
        if !self.known.is_empty() {
            self.heard = heard;
        }
        let name = |record: &Record| Some((record.uuid().to_string(), record.name()?.clone()));
        self.labels = self.catalogue.records().filter_map(|record| name(&record)).collect();
    }

    /// Takes a thing that is known by another foreign id, or by none, for the one that the source calls `foreign`.
    pub fn adopt<T: Thing>(&mut self, foreign: &Text, known: T) {
        self.known.insert(foreign.clone(), known.into());
    }

    /// Forgets a foreign id that the source gives up.
    pub fn forget(&mut self, foreign: &Text) {
        self.known.remove(foreign);
    }

    /// Supposes that the source said of a thing what is here, where nothing is remembered of it.
    pub fn suppose<T: Thing>(&mut self, key: &Text, known: &T) {
        self.heard.entry(key.clone()).or_insert_with(|| Value::Object(json(known)));
    }

    /// Keeps a thing in step. `say` tells what the source says of it; `fill` adds what the source leaves open, and is
    /// never compared. Returns its id, or none if it was removed here.
    pub fn sync<T: Thing>(
        &mut self,
        foreign: &Text,
        say: impl FnOnce(Id<T>, Text) -> T,
        fill: impl FnOnce(&mut T),
    ) -> Option<Id<T>> {
        let known = self.known::<T>(foreign).cloned();
        self.met.insert(foreign.clone());
        self.settle(foreign, known, |id| say(id, foreign.clone()), fill)
    }

    /// Keeps a thing in step that is remembered by a key of its own, as nodes are, whose foreign ids are their
    /// workflow's.
    pub fn settle<T: Thing>(
        &mut self,
        key: &Text,
        known: Option<T>,
        say: impl FnOnce(Id<T>) -> T,
        fill: impl FnOnce(&mut T),
    ) -> Option<Id<T>> {
        let Some(known) = known else { return self.settle_new(key, say, fill) };
        let id = known.id();
        let theirs = say(id);
        let said = json(&theirs);
        let (merged, clashes) = merge(self.heard.get(key).and_then(Value::as_object), &json(&known), &said);
        let mut after: T = serde_json::from_value(Value::Object(merged)).unwrap_or_else(|_| known.clone());
        if after.name_mut() != known.clone().name_mut() {
            self.name_freely(&mut after);
        }
        fill(&mut after);
        for (field, here, there) in clashes {
            self.clash(&known.clone().into(), &field, &here, &there);
        }
        self.said.push((key.clone(), Some(Value::Object(said))));
        self.edit(known, after);
        Some(id)
    }

    fn settle_new<T: Thing>(
        &mut self,
        key: &Text,
        say: impl FnOnce(Id<T>) -> T,
        fill: impl FnOnce(&mut T),
    ) -> Option<Id<T>> {
        let mut new = say(self.fresh());
        let id = new.id();
        if self.heard.contains_key(key) {
            let record: Record = new.into();
            let reason = "it was removed here; add it by hand if you want it back";
            self.report.skip(&self.place, described(&record), reason);
            return None;
        }
        self.said.push((key.clone(), Some(Value::Object(json(&new)))));
        self.name_freely(&mut new);
        fill(&mut new);
        let record: Record = new.clone().into();
        self.labels.extend(record.name().map(|name| (record.uuid().to_string(), name.clone())));
        self.add(new);
        Some(id)
    }

    /// Gives a thing a name that nothing else of its kind has.
    fn name_freely<T: Thing>(&mut self, thing: &mut T) {
        let Some(named) = thing.name_mut() else { return };
        let free = name::free(named, |name| {
            T::is_taken(self.catalogue, name) || self.names.contains(&(T::KIND, Text::from(name)))
        });
        *named = free.into();
        self.names.insert((T::KIND, named.clone()));
    }

    /// Keeps a rule in step, unless another one speaks at its place.
    pub fn sync_rule(&mut self, foreign: &Text, mut rule: Assignment, place: &str) {
        rule.foreign_id = Some(foreign.clone());
        if self.known::<Assignment>(foreign).is_some() {
            self.sync(foreign, |id, _| Assignment { id, ..rule }, |_| ());
            return;
        }
        let clashes = |it: &Assignment| it.same_place(&rule) && it.overlaps(&rule);
        let theirs = self.catalogue.assignments().iter().find(|(_, it)| clashes(it)).map(|(_, it)| it.clone());
        let ours =
            self.changes.iter().any(|change| matches!(change.after(), Some(Record::Assignment(it)) if clashes(it)));
        match theirs {
            Some(other) => {
                let (here, there) = (field(&json(&other), "target"), field(&json(&rule), "target"));
                self.clash(&other.into(), "target", &here, &there);
            }
            None if ours => {
                let what = described(&rule.into());
                self.report.skip(place, what, "another name of the same provider has a rule there already");
            }
            None => drop(self.sync(foreign, |id, _| Assignment { id, ..rule }, |_| ())),
        }
    }

    /// Takes back the rules of a kind that the source no longer says, if they are as it said them.
    pub fn end_rules(&mut self, kind: &str) {
        let begins = self.foreign(kind, "");
        let gone = |(foreign, record): (&Text, &Record)| match record {
            Record::Assignment(it) if foreign.starts_with(&*begins) && !self.met.contains(foreign) => {
                Some((foreign.clone(), it.clone()))
            }
            _ => None,
        };
        let mut gone: Vec<(Text, Assignment)> = self.known.iter().filter_map(gone).collect();
        gone.sort_by(|a, b| a.0.cmp(&b.0));
        for (foreign, rule) in gone {
            self.met.insert(foreign.clone());
            if self.is_as_heard(&foreign, &rule) {
                self.take_back(&foreign, rule);
            } else {
                let here = field(&json(&rule), "target");
                self.clash(&rule.into(), "target", &here, &Value::Null);
            }
        }
    }

    /// Removes a thing that the source has no more, and forgets that it ever said it.
    pub fn take_back<T: Into<Record>>(&mut self, key: &Text, known: T) {
        self.said.push((key.clone(), None));
        let change = Change::remove(known);
        self.report.count(&change);
        self.changes.push(change);
    }

    /// Says whether a thing is as the source said it the last time.
    pub fn is_as_heard<T: Thing>(&self, key: &Text, known: &T) -> bool {
        let heard = self.heard.get(key).and_then(Value::as_object);
        let known = json(known);
        heard.is_some_and(|heard| fields(&[heard, &known]).into_iter().all(|it| heard.get(it) == known.get(it)))
    }

    fn clash(&mut self, record: &Record, field: &str, here: &Value, there: &Value) {
        let what = described(record);
        let (here, there) = (self.told(here), self.told(there));
        self.report.conflict(what, field, here, there);
    }

    /// Writes a value for people: names instead of ids.
    fn told(&self, value: &Value) -> String {
        match value {
            Value::Null => "nothing".to_owned(),
            Value::String(text) => self.labels.get(text).map_or_else(|| text.clone(), ToString::to_string),
            Value::Array(items) => items.iter().map(|item| self.told(item)).collect::<Vec<_>>().join(", "),
            Value::Object(entries) => {
                let told = |(name, value): (&String, &Value)| format!("{name} {}", self.told(value));
                entries.iter().map(told).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        }
    }
}

/// Returns what a thing is called in a report.
fn described(record: &Record) -> String {
    match record {
        Record::Assignment(rule) => {
            let model = rule.model.as_ref().map_or_else(String::new, |model| format!(" and the model {model}"));
            format!("the rule for {}{model}", rule.provider)
        }
        other => {
            format!("{} \"{}\"", other.kind().word(), other.name().map_or_else(String::new, ToString::to_string))
        }
    }
}

/// Writes a record as the fields that it has.
fn json(record: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn field(fields: &Map<String, Value>, name: &str) -> Value {
    fields.get(name).cloned().unwrap_or_default()
}

/// Returns the names of the fields that a source decides.
fn fields<'v>(states: &[&'v Map<String, Value>]) -> BTreeSet<&'v String> {
    states.iter().flat_map(|state| state.keys()).filter(|name| !OURS.contains(&name.as_str())).collect()
}

/// A field that was changed on both sides: its name, how it is here, and how it is there.
type Clash = (String, Value, Value);

/// Merges field by field. Without an earlier state nothing tells who changed what: then only what is empty is filled.
fn merge(
    heard: Option<&Map<String, Value>>,
    here: &Map<String, Value>,
    there: &Map<String, Value>,
) -> (Map<String, Value>, Vec<Clash>) {
    let (mut merged, mut clashes, none) = (here.clone(), Vec::new(), Map::new());
    for name in fields(&[here, there, heard.unwrap_or(&none)]) {
        let (ours, theirs) = (here.get(name), there.get(name));
        let take = match heard {
            _ if ours == theirs => false,
            None => ours.is_none(),
            Some(heard) if heard.get(name) == theirs => false,
            Some(heard) if heard.get(name) == ours => true,
            Some(_) => {
                clashes.push((name.clone(), field(here, name), field(there, name)));
                false
            }
        };
        match theirs {
            Some(value) if take => drop(merged.insert(name.clone(), value.clone())),
            None if take => drop(merged.remove(name)),
            _ => {}
        }
    }
    if let Some(foreign) = there.get("foreign_id") {
        merged.insert("foreign_id".to_owned(), foreign.clone());
    }
    (merged, clashes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(value: Value) -> Map<String, Value> {
        let Value::Object(fields) = value else { panic!("no block") };
        fields
    }

    #[test]
    fn each_side_keeps_what_it_alone_changed() {
        let heard = state(json!({"name": "a", "note": "x", "kind": "llm", "gone": 1}));
        let here = state(json!({"id": 7, "name": "mine", "note": "x", "kind": "llm", "owner": "ada", "gone": 1}));
        let there = state(json!({"id": 9, "name": "a", "note": "y", "kind": "llm", "foreign_id": "f"}));
        let (merged, clashes) = merge(Some(&heard), &here, &there);
        let wanted = json!({"id": 7, "name": "mine", "note": "y", "kind": "llm", "owner": "ada", "foreign_id": "f"});
        assert_eq!(Value::Object(merged), wanted);
        assert!(clashes.is_empty());
    }

    #[test]
    fn what_both_changed_is_told_and_stays() {
        let heard = state(json!({"name": "a", "target": 1}));
        let (here, there) = (state(json!({"name": "b", "target": 2})), state(json!({"name": "c"})));
        let (merged, clashes) = merge(Some(&heard), &here, &there);
        assert_eq!(merged, here);
        let told: Vec<&str> = clashes.iter().map(|clash| clash.0.as_str()).collect();
        assert_eq!(told, ["name", "target"]);
        let same = merge(Some(&heard), &there, &there);
        assert!(same.0 == there && same.1.is_empty(), "both changed it alike");
    }

    #[test]
    fn without_an_earlier_state_only_what_is_empty_is_filled() {
        let (merged, clashes) = merge(None, &state(json!({"name": "b"})), &state(json!({"name": "c", "note": "x"})));
        assert_eq!((Value::Object(merged), clashes.len()), (json!({"name": "b", "note": "x"}), 0));
    }
}
