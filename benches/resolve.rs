//! How many resolutions a second one core makes over the largest workspace that has to be held.

#[path = "generator/organisation.rs"]
mod organisation;

use std::{collections::BTreeMap, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use keydeck::{
    domain::{Timestamp, catalogue::Catalogue},
    resolve::{
        answer, matrix,
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

fn resolutions(criterion: &mut Criterion) {
    let catalogue = organisation::organisation();
    let (inputs, now) = (Inputs::default(), Timestamp::UNIX_EPOCH);
    println!("{:#?}", census(&catalogue, &inputs, now));
    let ask = |ix| Query { place: Place::Node(ix), now, inputs: &inputs };
    let mut group = criterion.benchmark_group("resolve");
    group.sample_size(10).throughput(Throughput::Elements(catalogue.nodes().len() as u64));
    group.bench_function("answer", |bench| {
        bench.iter(|| {
            catalogue
                .nodes()
                .rows()
                .filter(|(ix, _)| black_box(answer(&catalogue, &ask(*ix))).outcome.gives_key())
                .count()
        });
    });
    group.bench_function("with trace", |bench| {
        bench.iter(|| {
            catalogue.nodes().rows().map(|(ix, _)| black_box(resolve(&catalogue, &ask(ix))).trace.len()).sum::<usize>()
        });
    });
    group.bench_function("matrix", |bench| {
        bench.iter(|| matrix::matrix(&catalogue, &inputs, now).map(|(_, cells)| cells.len()).sum::<usize>());
    });
    group.bench_function("uses", |bench| bench.iter(|| reverse::uses(&catalogue, now)));
    group.finish();
}

criterion_group!(benches, resolutions);
criterion_main!(benches);
