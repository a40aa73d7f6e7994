//! Resolution once more, slow and obvious: design §2 sentence by sentence, on plain records.
//!
//! Nothing here is indexed, interned or shared with the resolver under test. Every rule of the workspace is turned
//! into a candidate or dropped, all candidates are sorted, and the list is walked from its head.

use std::collections::BTreeSet;

use keydeck::{
    domain::{
        Text,
        assignment::{Assignment, Scope, Strength, Target, ValueTarget},
        credential::{Credential, Instance, Pool},
        id::Id,
        people::Department,
        workflow::{Selector, Uses},
    },
    resolve::{
        answer::{Layer, Outcome, Reason},
        query::Layers,
    },
};

use super::{
    situation::Situation,
    usable::{unusable, usable_share},
    world::{Part, Question, Speaker, Verdict, World},
};

/// Says whether the asking operator may use a credential (design §5, "use a key").
pub type MayUse<'a> = &'a dyn Fn(Id<Credential>) -> bool;

/// Something that speaks for the question, and its place in the total order.
struct Candidate<'w> {
    rank: Rank,
    department: Option<Id<Department>>,
    speaker: Speaker,
    strength: Strength,
    target: Wanted<'w>,
}

/// Nearest layer first; in the layer of departments the nearest department; then exact before any.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    layer: Layer,
    distance: usize,
    any_model: bool,
    any_kind: bool,
    any_environment: bool,
}

/// What a candidate wants to be used.
enum Wanted<'w> {
    Key(Id<Credential>),
    Pool(Id<Pool>),
    Variable { selector: &'w Selector, values: &'w [(Text, ValueTarget)], by_name: bool },
    Override(&'w str),
    Deny,
}

/// What comes of a candidate by itself.
enum Reached {
    Key(Id<Credential>),
    Pool(Id<Pool>, Vec<Part>),
    Denied(Reason),
    Unusable(Reason),
    EmptyPool(Id<Pool>, Vec<Part>),
    Missing(Text, BTreeSet<Id<Credential>>),
}

/// Answers a question. The member chosen of a pool is left open: `credential` is empty then.
pub fn resolve(world: &World, question: &Question, may_use: MayUse) -> Verdict {
    let situation = Situation::of(world, question);
    let mut candidates = candidates(world, question, &situation);
    candidates.sort_by_key(|candidate| candidate.rank);
    let mut passed = Vec::new();
    for equal in candidates.chunk_by(|a, b| a.rank == b.rank) {
        let first = &equal[0];
        if equal.len() > 1 {
            let mut verdict = verdict(Outcome::Ambiguous, Some(Reason::Ambiguous), first, passed);
            verdict.speakers = equal.iter().map(|candidate| candidate.speaker).collect();
            return verdict;
        }
        let reached = reach(world, question, &situation, &first.target, may_use);
        if first.strength == Strength::Preferred
            && let Some(reason) = would_stop(&reached)
        {
            passed.push((first.speaker, reason));
            continue;
        }
        return decide(reached, first, passed);
    }
    Verdict {
        outcome: Outcome::NoMatch,
        credential: None,
        pool: None,
        layer: None,
        department: None,
        speakers: BTreeSet::new(),
        reason: Some(Reason::NoRule),
        members: Vec::new(),
        missing: None,
        passed,
    }
}

/// Returns why a rule that is only preferred is passed; a rule that gives a key or says no never is.
fn would_stop(reached: &Reached) -> Option<Reason> {
    match reached {
        Reached::Key(_) | Reached::Pool(..) | Reached::Denied(_) => None,
        Reached::Unusable(reason) => Some(*reason),
        Reached::EmptyPool(..) => Some(Reason::PoolEmpty),
        Reached::Missing(..) => Some(Reason::MissingInput),
    }
}

fn verdict(outcome: Outcome, reason: Option<Reason>, by: &Candidate, passed: Vec<(Speaker, Reason)>) -> Verdict {
    Verdict {
        outcome,
        credential: None,
        pool: None,
        layer: Some(by.rank.layer),
        department: by.department,
        speakers: BTreeSet::from([by.speaker]),
        reason,
        members: Vec::new(),
        missing: None,
        passed,
    }
}

fn decide(reached: Reached, by: &Candidate, passed: Vec<(Speaker, Reason)>) -> Verdict {
    match reached {
        Reached::Key(key) => Verdict { credential: Some(key), ..verdict(Outcome::Resolved, None, by, passed) },
        Reached::Pool(pool, members) => {
            Verdict { pool: Some(pool), members, ..verdict(Outcome::Pooled, None, by, passed) }
        }
        Reached::EmptyPool(pool, members) => {
            Verdict { pool: Some(pool), members, ..verdict(Outcome::Unusable, Some(Reason::PoolEmpty), by, passed) }
        }
        Reached::Denied(reason) => verdict(Outcome::Denied, Some(reason), by, passed),
        Reached::Unusable(reason) => verdict(Outcome::Unusable, Some(reason), by, passed),
        Reached::Missing(variable, could_be) => Verdict {
            missing: Some((variable, could_be)),
            ..verdict(Outcome::MissingInput, Some(Reason::MissingInput), by, passed)
        },
    }
}

/// Collects everything that speaks for the question, in no order.
fn candidates<'w>(world: &'w World, question: &'w Question, situation: &Situation<'w>) -> Vec<Candidate<'w>> {
    let mut all: Vec<Candidate> =
        world.rules.iter().filter_map(|rule| rule_candidate(rule, question, situation)).collect();
    all.extend(override_candidate(question, situation));
    all.extend(node_candidate(situation));
    all.extend(instance_candidate(world, situation));
    if question.layers == Layers::Dify {
        all.retain(|candidate| candidate.rank.layer == Layer::Workspace);
    }
    all
}

/// Makes the one candidate of layer 1, 2 or 3; always required.
const fn named(layer: Layer, speaker: Speaker, target: Wanted) -> Candidate {
    let rank = Rank { layer, distance: 0, any_model: false, any_kind: false, any_environment: false };
    Candidate { rank, department: None, speaker, strength: Strength::Required, target }
}

fn override_candidate<'w>(question: &'w Question, situation: &Situation) -> Option<Candidate<'w>> {
    let name = question.overrides.get(situation.provider.as_ref()?)?;
    Some(named(Layer::Request, Speaker::Override, Wanted::Override(name)))
}

fn node_candidate<'w>(situation: &Situation<'w>) -> Option<Candidate<'w>> {
    let node = situation.node?;
    let has_value = node.variable.as_ref().is_some_and(|selector| situation.value_of(selector).is_some());
    let target = match (&node.variable, node.key) {
        (Some(selector), fixed) if has_value || fixed.is_none() => {
            Wanted::Variable { selector, values: &[], by_name: true }
        }
        (_, fixed) => Wanted::Key(fixed?),
    };
    Some(named(Layer::Node, Speaker::Node(node.id), target))
}

fn instance_candidate<'w>(world: &'w World, situation: &Situation<'w>) -> Option<Candidate<'w>> {
    let Uses::Instance(id) = situation.node?.uses else { return None };
    let instance: &Instance = world.instances.iter().find(|instance| instance.id == id)?;
    Some(named(Layer::Instance, Speaker::Instance(id), Wanted::Key(instance.key?)))
}

fn rule_candidate<'w>(rule: &'w Assignment, question: &Question, situation: &Situation) -> Option<Candidate<'w>> {
    let (layer, distance) = subject(rule, situation)?;
    let environment = rule.environment.as_ref().filter(|text| !text.is_empty());
    let began = rule.from.is_none_or(|from| from <= question.now);
    let ended = rule.until.is_some_and(|until| until <= question.now);
    let speaks = situation.provider.as_ref() == Some(&rule.provider)
        && (rule.model.is_none() || rule.model == situation.model)
        && rule.kind.is_none_or(|kind| kind == situation.kind)
        && (environment.is_none() || environment == situation.environment.as_ref())
        && began
        && !ended;
    let rank = Rank {
        layer,
        distance,
        any_model: rule.model.is_none(),
        any_kind: rule.kind.is_none(),
        any_environment: environment.is_none(),
    };
    let department = if layer == Layer::Department { situation.path.get(distance).copied() } else { None };
    let target = match &rule.target {
        Target::Key(key) => Wanted::Key(*key),
        Target::Pool(pool) => Wanted::Pool(*pool),
        Target::Variable { selector, values, by_name } => Wanted::Variable { selector, values, by_name: *by_name },
        Target::Deny => Wanted::Deny,
    };
    speaks.then_some(Candidate { rank, department, speaker: Speaker::Rule(rule.id), strength: rule.strength, target })
}

/// Returns the layer in which a rule speaks for whoever asks, and how far its department is.
fn subject(rule: &Assignment, situation: &Situation) -> Option<(Layer, usize)> {
    use keydeck::domain::credential::Owner;
    match rule.scope {
        Scope::Workflow(id) => (situation.workflow == Some(id)).then_some((Layer::Workflow, 0)),
        Scope::App(id) => (situation.app == Some(id)).then_some((Layer::App, 0)),
        Scope::Owner(id) => (situation.owner == Some(Owner::Operator(id))).then_some((Layer::Owner, 0)),
        Scope::Department(id) => {
            situation.path.iter().position(|on_path| *on_path == id).map(|distance| (Layer::Department, distance))
        }
        Scope::Workspace => Some((Layer::Workspace, 0)),
        Scope::System => Some((Layer::System, 0)),
    }
}

fn reach(world: &World, question: &Question, situation: &Situation, wanted: &Wanted, may_use: MayUse) -> Reached {
    match wanted {
        Wanted::Key(key) => key_or_reason(world, question, situation, Some(*key)),
        Wanted::Pool(pool) => pool_or_reason(world, question, situation, *pool),
        Wanted::Deny => Reached::Denied(Reason::Deny),
        Wanted::Override(_) if !world.workspace.allow_request_overrides => Reached::Denied(Reason::OverridesNotAllowed),
        Wanted::Override(name) => match named_credential(world, name) {
            Some(key) if !may_use(key) => Reached::Denied(Reason::NotPermitted),
            known => key_or_reason(world, question, situation, known),
        },
        Wanted::Variable { selector, values, by_name } => {
            let Some(value) = situation.value_of(selector) else {
                let could_be = could_come_out(world, question, situation, values, *by_name);
                return Reached::Missing(selector.text().clone(), could_be);
            };
            match values.iter().find(|(known, _)| &**known == value) {
                Some((_, ValueTarget::Key(key))) => key_or_reason(world, question, situation, Some(*key)),
                Some((_, ValueTarget::Pool(pool))) => pool_or_reason(world, question, situation, *pool),
                Some((_, ValueTarget::Deny)) => Reached::Denied(Reason::Deny),
                None if *by_name => key_or_reason(world, question, situation, named_credential(world, value)),
                None => Reached::Unusable(Reason::UnknownValue),
            }
        }
    }
}

/// Finds a credential by its bare name or id.
fn named_credential(world: &World, name: &str) -> Option<Id<Credential>> {
    world.credentials.iter().find(|it| &*it.name == name || it.id.to_string() == name).map(|it| it.id)
}

fn key_or_reason(world: &World, question: &Question, situation: &Situation, key: Option<Id<Credential>>) -> Reached {
    let Some(key) = key else { return Reached::Unusable(Reason::UnknownKey) };
    unusable(world, question.now, situation, key).map_or(Reached::Key(key), Reached::Unusable)
}

fn pool_or_reason(world: &World, question: &Question, situation: &Situation, pool: Id<Pool>) -> Reached {
    let members = usable_share(world, question.now, situation, pool);
    let chosen = members.iter().any(|member| member.share > 0.0);
    if chosen { Reached::Pool(pool, members) } else { Reached::EmptyPool(pool, members) }
}

/// Returns every credential that some value of the variable would give.
fn could_come_out(
    world: &World,
    question: &Question,
    situation: &Situation,
    values: &[(Text, ValueTarget)],
    by_name: bool,
) -> BTreeSet<Id<Credential>> {
    let mut found = BTreeSet::new();
    for (_, target) in values {
        match target {
            ValueTarget::Key(key) => found.extend(Some(*key)),
            ValueTarget::Pool(pool) => {
                let members = usable_share(world, question.now, situation, *pool);
                found.extend(members.iter().filter(|member| member.share > 0.0).map(|member| member.key));
            }
            ValueTarget::Deny => {}
        }
    }
    if by_name {
        found.extend(world.credentials.iter().map(|it| it.id));
    }
    found.retain(|key| unusable(world, question.now, situation, *key).is_none());
    found
}
