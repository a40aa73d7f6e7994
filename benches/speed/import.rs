//! Importing thousands of Dify's export files.

use criterion::{BenchmarkId, Criterion, Throughput};
use keydeck::import::{dify_dsl, map::Placements};

/// One of the exports with which the importer is tested.
const EXPORT: &str = include_str!("../../tests/fixtures/dify/chatflow.yml");

pub fn bench(criterion: &mut Criterion) {
    let count: u64 = if crate::is_measured() { 5_000 } else { 20 };
    let files: Vec<(String, String)> = (0..count)
        .map(|number| (format!("app-{number}.yml"), EXPORT.replacen("name: ", &format!("name: {number} "), 1)))
        .collect();
    let catalogue = crate::organisation::organisation(2_000);
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10).throughput(Throughput::Elements(count));
    group.bench_function(BenchmarkId::new("dify-dsl", count), |bench| {
        bench.iter(|| {
            let files = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
            let mut ids = (1_u128 << 100..).map(uuid::Uuid::from_u128);
            let mut new_id = || ids.next().expect("there are enough ids");
            dify_dsl::import(&catalogue, files, &Placements::default(), &mut new_id).0.len()
        });
    });
    group.finish();
}
