//! The reverse of resolution: which nodes use a key, by which rule, and what names it in vain.
//!
//! Nodes are asked as a run asks that says nothing: in their workflow's own environment, without variables, overrides
//! or run. A pool's members are all in use; what a missing variable could bring out is told apart.

use std::collections::HashSet;

use super::{
    answer::{Answer, Layer, Outcome, Source},
    case::Case,
    query::{Inputs, Place, Query},
    search::search,
    trace::Silent,
};
use crate::domain::{
    Timestamp,
    assignment::Assignment,
    catalogue::{Catalogue, Ix},
    credential::{Credential, Instance, Pool},
    people::Department,
    workflow::Node,
};

/// Who uses a key, and who would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedBy {
    /// The nodes that resolve to it, alone or as a member of a pool.
    pub nodes: Vec<Use>,
    /// The nodes that could, given a value for a variable.
    pub could: Vec<Use>,
    /// The nodes that require it, alone or as a member of a pool, and can't use it.
    pub failing: Vec<Use>,
    /// What names it without deciding for any node: rules, nodes and instances.
    pub shadowed: Vec<Source>,
    /// The revision of the configuration that it was computed on.
    pub revision: u64,
}

/// One node's use of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// The node.
    pub node: Ix<Node>,
    /// What decided.
    pub source: Source,
    /// Its layer.
    pub layer: Layer,
    /// The department whose rule decided.
    pub department: Option<Ix<Department>>,
    /// The pool that it is a member of there.
    pub pool: Option<Ix<Pool>>,
}

/// What names a credential in its record, so that it can't be deleted unnoticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A node on which it is fixed.
    Node(Ix<Node>),
    /// An instance.
    Instance(Ix<Instance>),
    /// A pool.
    Pool(Ix<Pool>),
    /// A rule, by itself or for a variable's value.
    Rule(Ix<Assignment>),
}

/// Returns everything that uses a key or names it. It asks every node.
pub fn used_by(catalogue: &Catalogue, key: Ix<Credential>, now: Timestamp) -> UsedBy {
    let mut used = UsedBy { revision: catalogue.revision(), ..UsedBy::default() };
    for_every_node(catalogue, now, |node, case, answer| {
        let (Some(source), Some(layer)) = (answer.source, answer.layer) else { return };
        let this = Use { node, source, layer, department: answer.department, pool: answer.pool };
        match part(case, answer, source, key) {
            Some(Part::Uses) => used.nodes.push(this),
            Some(Part::Could) => used.could.push(this),
            Some(Part::Fails) => used.failing.push(this),
            None => {}
        }
    });
    let deciding: HashSet<Source> =
        [&used.nodes, &used.could, &used.failing].into_iter().flatten().map(|it| it.source).collect();
    used.shadowed = sources(catalogue, key).filter(|source| !deciding.contains(source)).collect();
    used
}

/// Returns how many nodes use each key, by [`Ix::position`]: nodes that could use it given a value don't count.
pub fn uses(catalogue: &Catalogue, now: Timestamp) -> Vec<u32> {
    let mut counts = vec![0; catalogue.credentials().slots()];
    for_every_node(catalogue, now, |_, case, answer| match (answer.outcome, answer.credential, answer.pool) {
        (Outcome::Resolved, Some(key), _) => counts[key.position()] += 1,
        (Outcome::Pooled, _, Some(pool)) => {
            case.choosable(pool).for_each(|(member, _)| counts[member.position()] += 1);
        }
        _ => {}
    });
    counts
}

/// Returns the nodes that get a key from a pool.
pub fn users_of_pool(catalogue: &Catalogue, pool: Ix<Pool>, now: Timestamp) -> Vec<Ix<Node>> {
    let mut users = Vec::new();
    for_every_node(catalogue, now, |node, _, answer| {
        if (answer.outcome, answer.pool) == (Outcome::Pooled, Some(pool)) {
            users.push(node);
        }
    });
    users
}

/// Returns every record that names a credential.
pub fn mentions(catalogue: &Catalogue, key: Ix<Credential>) -> impl Iterator<Item = Mention> {
    let links = catalogue.links();
    let nodes = links.nodes_fixing.of(key).iter().copied().map(Mention::Node);
    let instances = links.instances_naming.of(key).iter().copied().map(Mention::Instance);
    let pools = links.pools_with.of(key).iter().copied().map(Mention::Pool);
    let rules = links.rules_naming.of(key).iter().copied().map(Mention::Rule);
    nodes.chain(instances).chain(pools).chain(rules)
}

/// The part that a key plays in a node's answer.
enum Part {
    Uses,
    Could,
    Fails,
}

fn part(case: &Case<'_>, answer: &Answer, source: Source, key: Ix<Credential>) -> Option<Part> {
    let in_pool = || answer.pool.is_some_and(|pool| case.is_weighed(pool, key));
    match answer.outcome {
        Outcome::Resolved => (answer.credential == Some(key)).then_some(Part::Uses),
        Outcome::Pooled => (in_pool() && case.fault(key).is_none()).then_some(Part::Uses),
        Outcome::MissingInput => {
            case.demand_of(source).is_some_and(|demand| case.could_be_this(demand, key)).then_some(Part::Could)
        }
        Outcome::Unusable => {
            let named = || case.demand_of(source).is_some_and(|demand| demand.is_key(key));
            (in_pool() || named()).then_some(Part::Fails)
        }
        Outcome::Denied | Outcome::NoMatch | Outcome::Ambiguous => None,
    }
}

/// Returns what may decide for a key, each once: what names it, and what names a pool that it is a member of.
fn sources(catalogue: &Catalogue, key: Ix<Credential>) -> impl Iterator<Item = Source> {
    let links = catalogue.links();
    let mut seen = HashSet::new();
    mentions(catalogue, key)
        .flat_map(|mention| match mention {
            Mention::Node(ix) => vec![Source::Node(ix)],
            Mention::Instance(ix) => vec![Source::Instance(ix)],
            Mention::Rule(ix) => vec![Source::Rule(ix)],
            Mention::Pool(ix) => links.rules_naming_pool.of(ix).iter().copied().map(Source::Rule).collect(),
        })
        .filter(move |source| seen.insert(*source))
}

fn for_every_node(catalogue: &Catalogue, now: Timestamp, mut tell: impl FnMut(Ix<Node>, &Case<'_>, &Answer)) {
    let inputs = Inputs::default();
    for (ix, _) in catalogue.nodes().rows() {
        let query = Query { place: Place::Node(ix), now, inputs: &inputs };
        let case = Case::new(catalogue, &query);
        let answer = search(&case, &mut Silent);
        tell(ix, &case, &answer);
    }
}
