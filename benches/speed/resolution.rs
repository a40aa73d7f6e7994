//! How many resolutions a second one core makes.

use std::{collections::BTreeMap, hint::black_box};

use criterion::{BenchmarkId, Criterion, Throughput};
use keydeck::{
    domain::{Timestamp, catalogue::Catalogue},
    resolve::{
        answer,
        everywhere::everywhere,
        matrix,
        query::{Inputs, Place, Query},
        resolve, reverse,
    },
};

/// How a catalogue's nodes fare, so that a benchmark of nothing but failures is noticed.
fn census(catalogue: &Catalogue, inputs: &Inputs, now: Timestamp) -> BTreeMap<String, usize> {
    let mut census = BTreeMap::new();
    for (ix, _) in catalogue.nodes().rows() {
        let answer = answer(catalogue, &Query { place: Place::Node(ix), now, inputs });
        let layer = answer.layer.map_or("no layer", |layer| layer.word());
        *census.entry(format!("{} by {layer}", answer.outcome.word())).or_insert(0) += 1;
    }
    census
}

pub fn bench(criterion: &mut Criterion) {
    for workflows in crate::sizes() {
        of_size(criterion, workflows);
    }
}

fn of_size(criterion: &mut Criterion, workflows: u64) {
    let catalogue = crate::organisation::organisation(workflows);
    let (inputs, now) = (Inputs::default(), Timestamp::UNIX_EPOCH);
    println!("{:#?}", census(&catalogue, &inputs, now));
    let ask = |ix| Query { place: Place::Node(ix), now, inputs: &inputs };
    let mut group = criterion.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Elements(catalogue.nodes().len() as u64));
    group.bench_function(BenchmarkId::new("answer", workflows), |bench| {
        bench.iter(|| {
            catalogue
                .nodes()
                .rows()
                .filter(|(ix, _)| black_box(answer(&catalogue, &ask(*ix))).outcome.gives_key())
                .count()
        });
    });
    group.bench_function(BenchmarkId::new("trace", workflows), |bench| {
        bench.iter(|| {
            catalogue.nodes().rows().map(|(ix, _)| black_box(resolve(&catalogue, &ask(ix))).trace.len()).sum::<usize>()
        });
    });
    group.bench_function(BenchmarkId::new("everywhere", workflows), |bench| {
        bench.iter(|| {
            let mut steps = 0;
            everywhere(&catalogue, now, |told| steps += told.steps.len());
            steps
        });
    });
    group.bench_function(BenchmarkId::new("matrix", workflows), |bench| {
        bench.iter(|| matrix::matrix(&catalogue, &inputs, now).map(|(_, cells)| cells.len()).sum::<usize>());
    });
    group.bench_function(BenchmarkId::new("uses", workflows), |bench| bench.iter(|| reverse::uses(&catalogue, now)));
    group.finish();
}
