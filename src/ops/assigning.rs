//! Assigning: the changes that write a rule, or take it away. One question has one rule: a new one replaces it.

use super::{door::Door, failure::Failure, find::Thing, view::View};
use crate::{
    domain::{
        assignment::{Assignment, Target},
        change::Change,
        link::Link,
        name::printable,
        record::{Kind, Record},
        workflow::Node,
    },
    form::{self, words},
};

/// The fields of a rule but for its scope, in the words of forms; `values` may stand there several times.
pub type Fields<'a> = &'a [(&'static str, String)];

impl View {
    /// Returns the change that assigns `target` at `scope`: a new rule, or another target for the one that answers the
    /// same question at the same time. For a node it is its key or variable.
    pub fn assign(&self, door: &Door, scope: &str, target: &str, fields: Fields<'_>) -> Result<Vec<Change>, Failure> {
        if scope.starts_with("node/") {
            return self.assign_node(scope, target, fields);
        }
        let mut rule = self.blank_rule(door, scope, fields)?;
        let provider = self.known_provider(&rule.provider)?;
        rule.provider = provider;
        let lookup = self.lookup();
        rule.target = words::target(target, &lookup)?;
        let mut record = Record::from(rule);
        for (_, value) in fields.iter().filter(|(name, _)| *name == "by_name") {
            form::set(&mut record, "by_name", value, &lookup)?;
        }
        let Record::Assignment(mut rule) = record else { return Ok(Vec::new()) };
        for (_, text) in fields.iter().filter(|(name, _)| *name == "values") {
            self.add_value(&mut rule.target, text)?;
        }
        let same = self
            .assignments()
            .map(|(_, it)| it)
            .find(|it| it.same_place(&rule) && (it.from, it.until) == (rule.from, rule.until));
        Ok(match same {
            None => vec![Change::add(rule)],
            Some(before) => {
                rule.id = before.id;
                rule.foreign_id.clone_from(&before.foreign_id);
                if rule.note.is_none() {
                    rule.note.clone_from(&before.note);
                }
                Change::edit(before.clone(), rule).into_iter().collect()
            }
        })
    }

    /// Adds `VALUE=TARGET` to the table of a variable.
    fn add_value(&self, target: &mut Target, text: &str) -> Result<(), Failure> {
        let Target::Variable { values, .. } = target else {
            return Err(
                Failure::usage("values go with a variable").hint("assign variable/SELECTOR, or leave out --value")
            );
        };
        let (value, to) = words::pair("values", text)?;
        if values.iter().any(|(known, _)| *known == value) {
            return Err(Failure::usage(format!("--value: \"{}\" stands there twice", printable(&value))));
        }
        values.push((value, words::value_target(to, &self.lookup())?));
        Ok(())
    }

    /// Reads everything of a rule but its target.
    fn blank_rule(&self, door: &Door, scope: &str, fields: Fields<'_>) -> Result<Assignment, Failure> {
        let lookup = self.lookup();
        let mut record = form::blank(Kind::Assignment, door.new_id());
        form::set(&mut record, "scope", scope, &lookup)?;
        for (name, value) in fields.iter().filter(|(name, _)| !matches!(*name, "values" | "by_name")) {
            form::set(&mut record, name, value, &lookup)?;
        }
        match record {
            Record::Assignment(rule) => Ok(rule),
            _ => Err(Failure::usage("this is no rule")),
        }
    }

    fn assign_node(&self, scope: &str, target: &str, fields: Fields<'_>) -> Result<Vec<Change>, Failure> {
        if let Some((name, _)) = fields.first() {
            return Err(Failure::usage(format!("a node takes no {name}"))
                .hint("a node has its own provider and model; assign it key/NAME or variable/SELECTOR alone"));
        }
        let before = self.node_at(scope)?;
        let (field, value) = match target.split_once('/') {
            Some(("key", name)) => ("key", crate::domain::link::decode(name)),
            Some(("variable", selector)) => ("variable", crate::domain::link::decode(selector)),
            _ => {
                return Err(Failure::usage(format!("a node can't be assigned \"{}\"", printable(target)))
                    .hint("a node takes key/NAME or variable/SELECTOR; pools and deny go to its workflow"));
            }
        };
        let mut after = Record::from(before.clone());
        form::set(&mut after, field, &value, &self.lookup())?;
        Ok(Change::edit(Record::from(before), after).into_iter().collect())
    }

    fn node_at(&self, scope: &str) -> Result<Node, Failure> {
        match self.find(&Link::parse(scope)?)? {
            Thing::Node(ix) => self.node(ix).cloned().ok_or_else(|| Failure::usage("there is no such node")),
            _ => Err(Failure::usage("this is no node")),
        }
    }

    /// Returns the change that takes a rule away: by its scope and what it is for, by `assignment/ID`, or what is fixed
    /// on a node.
    pub fn unassign(&self, door: &Door, scope: &str, fields: Fields<'_>) -> Result<Vec<Change>, Failure> {
        if scope.starts_with("node/") {
            let before = self.node_at(scope)?;
            let after = Node { key: None, variable: None, ..before.clone() };
            return Change::edit(before, after).map(|change| vec![change]).ok_or_else(|| {
                Failure::usage("nothing is fixed on this node").hint("its key comes from a rule: take that away")
            });
        }
        if scope.starts_with("assignment/") {
            let Thing::Assignment(ix) = self.find(&Link::parse(scope)?)? else { return Ok(Vec::new()) };
            return Ok(self.assignment(ix).cloned().map(Change::remove).into_iter().collect());
        }
        let rule = self.blank_rule(door, scope, fields)?;
        let windowed = fields.iter().any(|(name, _)| matches!(*name, "from" | "until"));
        let fits =
            |it: &&Assignment| it.same_place(&rule) && (!windowed || (it.from, it.until) == (rule.from, rule.until));
        let found: Vec<Assignment> = self.assignments().map(|(_, it)| it).filter(fits).cloned().collect();
        match found.len() {
            1 => Ok(found.into_iter().map(Change::remove).collect()),
            0 => Err(self.no_such_rule(&rule)),
            _ => {
                let ids = found.iter().map(|it| format!("assignment/{}", it.id)).collect::<Vec<_>>().join(", ");
                Err(Failure::usage("several rules answer this question, at different times")
                    .hint(format!("name its time with --from and --until, or one of {ids}")))
            }
        }
    }

    fn no_such_rule(&self, wanted: &Assignment) -> Failure {
        let lookup = self.lookup();
        let scope = words::scope_text(wanted.scope, &lookup);
        let failure = Failure::usage(format!("{} has no such rule for {}", printable(&scope), wanted.provider));
        let near = self.assignments().map(|(_, it)| it).filter(|it| it.scope == wanted.scope);
        let near: Vec<String> = near
            .map(|it| {
                let parts = [Some(&it.provider), it.model.as_ref(), it.environment.as_ref()];
                parts.into_iter().flatten().map(|part| printable(part).into_owned()).collect::<Vec<_>>().join(" ")
            })
            .collect();
        if near.is_empty() {
            failure.hint("\"keydeck list assignments\" shows all rules")
        } else {
            failure.hint(format!("its rules are for: {}", near.join(" · ")))
        }
    }
}
