//! What a change does, against computing everything anew.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use keydeck::{
    domain::{
        Timestamp,
        assignment::{Assignment, Scope, Strength, Target},
        catalogue::{Catalogue, Ix},
        change::Change,
        id::Id,
        people::Department,
    },
    plan::Diff,
    resolve::{query::Inputs, reverse},
};
use uuid::Uuid;

pub fn bench(criterion: &mut Criterion) {
    for workflows in crate::sizes() {
        of_size(criterion, workflows);
    }
}

fn of_size(criterion: &mut Criterion, workflows: u64) {
    let before = crate::organisation::organisation(workflows);
    let (inputs, now) = (Inputs::default(), Timestamp::UNIX_EPOCH);
    let changes = change_of(&before, 10_000);
    let after = before.with_changes(&changes, None);
    let touched = diff(&before, &after, &changes, now, &inputs);
    println!("a change for one department touches {touched} of {} nodes", before.nodes().len());
    let mut group = criterion.benchmark_group("change");
    group.sample_size(10).throughput(Throughput::Elements(touched as u64));
    group.bench_function(BenchmarkId::new("catalogue", workflows), |bench| {
        bench.iter_batched(|| (), |()| black_box(before.with_changes(&changes, None)), BatchSize::LargeInput);
    });
    group.bench_function(BenchmarkId::new("diff", workflows), |bench| {
        bench.iter(|| diff(&before, &after, &changes, now, &inputs));
    });
    group.bench_function(BenchmarkId::new("diff of everything", workflows), |bench| {
        bench.iter(|| {
            let mut diff = Diff::of_everything(&before, &after, now, &inputs);
            while diff.advance(usize::MAX) {}
            diff.examined()
        });
    });
    let key = before.credentials().rows().map(|(ix, _)| ix).next();
    group.bench_function(BenchmarkId::new("used by", workflows), |bench| {
        bench.iter(|| key.map(|key| reverse::used_by(&before, key, now).nodes.len()));
    });
    group.finish();
}

/// Asks every node that changes can touch, and says how many there were.
fn diff(before: &Catalogue, after: &Catalogue, changes: &[Change], now: Timestamp, inputs: &Inputs) -> usize {
    let mut diff = Diff::new(before, after, changes, now, inputs);
    while diff.advance(usize::MAX) {}
    diff.examined()
}

/// Gives the department below which about so many nodes are a key for each provider.
fn change_of(catalogue: &Catalogue, nodes: usize) -> Vec<Change> {
    let mut below = vec![0_usize; catalogue.departments().slots()];
    for (_, node) in catalogue.nodes().rows() {
        for department in catalogue.path(catalogue.department_of(node.workflow)) {
            below[department.position()] += 1;
        }
    }
    let near = |(ix, _): &(Ix<Department>, _)| below[ix.position()].abs_diff(nodes);
    let Some((department, _)) = catalogue.departments().iter().min_by_key(near) else { return Vec::new() };
    let rule = |(at, (provider, _))| Assignment {
        id: Id::new(Uuid::from_u128(u128::MAX - at)),
        scope: Scope::Department(catalogue.departments().id(department)),
        provider: catalogue.vocabulary().provider_entry(provider).map_or("openai".into(), |entry| entry.slug.clone()),
        model: None,
        kind: None,
        environment: None,
        target: Target::Deny,
        strength: Strength::Required,
        from: None,
        until: None,
        note: None,
        foreign_id: None,
    };
    (0..).zip(catalogue.vocabulary().providers()).map(rule).map(Change::add).collect()
}
