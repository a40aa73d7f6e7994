//! Rules: their targets, their windows, and at most one of them for each question at each time.

use super::{Fault, Judge};
use crate::domain::{
    assignment::{Assignment, Scope, Target, ValueTarget},
    catalogue::{Catalogue, Ix, RuleKey},
    credential::{Credential, Instance, Pool},
    id::Id,
    record::Record,
};

impl Judge<'_> {
    pub(super) fn assignment(&mut self, record: &Record, it: &Assignment) {
        self.slug(record, &it.provider);
        match it.scope {
            Scope::Workflow(id) => self.there(record, Catalogue::workflows, Some(id), "the workflow of its scope"),
            Scope::App(id) => self.there(record, Catalogue::apps, Some(id), "the app of its scope"),
            Scope::Owner(id) => self.there(record, Catalogue::operators, Some(id), "the owner of its scope"),
            Scope::Department(id) => {
                self.there(record, Catalogue::departments, Some(id), "the department of its scope");
            }
            Scope::Workspace | Scope::System => {}
        }
        match &it.target {
            Target::Key(key) => self.key_of(record, &it.provider, *key, "its key"),
            Target::Pool(pool) => self.pool_of(record, it, *pool),
            Target::Deny => {}
            Target::Variable { values, .. } => {
                let texts: Vec<_> = values.iter().map(|(text, _)| text).collect();
                self.once(record, &texts, "a value");
                for (text, target) in values {
                    match target {
                        ValueTarget::Key(key) => {
                            self.key_of(record, &it.provider, *key, &format!("the key for \"{text}\""));
                        }
                        ValueTarget::Pool(pool) => self.pool_of(record, it, *pool),
                        ValueTarget::Deny => {}
                    }
                }
            }
        }
        self.window(record, it.from, it.until, ("it would end before it begins", "until", "from"));
        self.overlap(record, it);
    }

    fn pool_of(&mut self, record: &Record, it: &Assignment, pool: Id<Pool>) {
        match self.after.pools().by_id(pool) {
            None => self.there(record, Catalogue::pools, Some(pool), "its pool"),
            Some(found) if found.provider != it.provider => {
                let message = format!("its pool belongs to {}, not to {}", found.provider, it.provider);
                self.refuse(record, Fault::OtherProvider, message, format!("choose a pool of {}", it.provider));
            }
            Some(_) => {}
        }
    }

    /// The rules of a subject are sorted, those of one place side by side: so only neighbours are looked at.
    fn overlap(&mut self, record: &Record, it: &Assignment) {
        let rules = self.after.assignments();
        let Some((ix, row)) = rules.find(it.id).and_then(|ix| Some((ix, rules.row(ix)?))) else { return };
        let same_subject = self.after.rules().for_provider(row.scope, row.provider);
        let Some(at) = same_subject.iter().position(|key| key.rule == ix) else { return };
        let mine = same_subject[at];
        let same = |key: &&RuleKey| key.same_place(&mine);
        let (earlier, later) = (same_subject[..at].iter().rev(), same_subject[at + 1..].iter());
        let others = earlier.take_while(same).chain(later.take_while(same));
        let overlaps = |rule: Ix<Assignment>| rules.get(rule).is_some_and(|other| other.overlaps(it));
        let Some(other) = others.map(|key| key.rule).find(|&rule| overlaps(rule)).and_then(|rule| rules.get(rule))
        else {
            return;
        };
        let window = match (other.from, other.until) {
            (None, None) => "always".to_owned(),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        };
        let message = format!("another rule of the same scope, provider, model, kind and environment speaks {window}");
        self.refuse(record, Fault::Overlap, message, "edit that rule, or let one end where the other begins");
    }

    /// A key that moves to another provider takes nothing along that names it.
    pub(super) fn followers_of_key(&mut self, record: &Record, it: &Credential) {
        let Some(ix) = self.after.credentials().find(it.id) else { return };
        let (after, links) = (self.after, self.after.links());
        let provider = after.vocabulary().provider(&it.provider);
        let rules = links.rules_naming.of(ix).iter().filter_map(|&rule| Some(after.assignments().row(rule)?.provider));
        let pools = links.pools_with.of(ix).iter().filter_map(|&pool| Some(after.pools().row(pool)?.provider));
        let named = links.instances_naming.of(ix).iter();
        let instances = named.filter_map(|&instance| Some(after.instances().row(instance)?.provider));
        let fixing = links.nodes_fixing.of(ix).iter();
        let nodes = fixing.filter_map(|&node| Some(after.model_of(after.nodes().row(node)?.uses)?.0));
        let left = rules.chain(pools).chain(instances).chain(nodes).filter(|&other| Some(other) != provider).count();
        self.left_behind(record, left);
    }

    pub(super) fn followers_of_pool(&mut self, record: &Record, it: &Pool) {
        let Some(ix) = self.after.pools().find(it.id) else { return };
        let rules = self.after.links().rules_naming_pool.of(ix).iter();
        let others = rules.filter_map(|&rule| self.after.assignments().get(rule)).filter(|r| r.provider != it.provider);
        self.left_behind(record, others.count());
    }

    pub(super) fn followers_of_instance(&mut self, record: &Record, it: &Instance) {
        let Some(ix) = self.after.instances().find(it.id) else { return };
        let nodes = self.after.links().nodes_of_instance.of(ix).iter();
        let keys = nodes.filter_map(|&node| self.after.credentials().by_id(self.after.nodes().get(node)?.key?));
        let others = keys.filter(|key| key.provider != it.provider).count();
        self.left_behind(record, others);
    }

    fn left_behind(&mut self, record: &Record, count: usize) {
        let message = match count {
            0 => return,
            1 => "1 thing of its former provider still names it".to_owned(),
            many => format!("{many} things of its former provider still name it"),
        };
        self.refuse(record, Fault::OtherProvider, message, "change those as well, or add another one instead");
    }
}
