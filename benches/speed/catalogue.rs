//! Loading a workspace, following what others change, and verifying the audit log.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use keydeck::{
    config::DatabaseUrl,
    domain::{change::Change, workflow::Workflow},
    ops::session::{Request, Session},
    store::{AuditEntry, OpenMode, Store},
};
use tokio::runtime::Runtime;

use crate::place::Place;

pub fn bench(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("threads start");
    let folder = tempfile::tempdir().expect("there is room");
    for workflows in crate::sizes() {
        let file = folder.path().join(format!("{workflows}.db"));
        let url = DatabaseUrl::sqlite(&file);
        of_database(criterion, &runtime, ("sqlite", &url), workflows);
        let _ = std::fs::remove_file(file);
    }
    // A database for each size: KEYDECK_BENCH_POSTGRES=postgres://USER@HOST/NAME, to which the size is appended.
    if let Ok(server) = std::env::var("KEYDECK_BENCH_POSTGRES") {
        for workflows in crate::sizes() {
            let url: DatabaseUrl = format!("{server}{workflows}").parse().expect("an address");
            of_database(criterion, &runtime, ("postgres", &url), workflows);
        }
    }
    verify(criterion, &runtime);
}

fn of_database(criterion: &mut Criterion, runtime: &Runtime, (engine, url): (&str, &DatabaseUrl), workflows: u64) {
    let place = runtime.block_on(Place::fill(url, workflows));
    let mut group = criterion.benchmark_group(format!("catalogue {engine}"));
    group.sample_size(10);
    group.bench_function(BenchmarkId::new("load", workflows), |bench| {
        bench.iter(|| runtime.block_on(place.session()).view().revision());
    });
    let (writer, reader) = (runtime.block_on(place.session()), runtime.block_on(place.session()));
    group.bench_function(BenchmarkId::new("refresh", workflows), |bench| {
        bench.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                runtime.block_on(change_something(&writer));
                let clock = Instant::now();
                runtime.block_on(reader.refresh()).expect("the reader follows");
                spent += clock.elapsed();
            }
            spent
        });
    });
    group.finish();
    drop((writer, reader));
    runtime.block_on(place.door.close());
}

/// Writes another note on some workflow.
async fn change_something(session: &Session) {
    let view = session.view();
    let (_, workflow) = view.workflows().next().expect("a demo has workflows");
    let note = workflow.note.as_deref().map_or(0, str::len) % 40;
    let after = Workflow { note: Some("x".repeat(note + 1).into()), ..workflow.clone() };
    let changes = Change::edit(workflow.clone(), after).into_iter().collect();
    session.apply(Request::new(changes, "measure")).await.expect("the change is applied");
}

fn verify(criterion: &mut Criterion, runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("there is room");
    let rows: u64 = if crate::is_measured() { 1_000_000 } else { 2_000 };
    let file = folder.path().join("audit.db").display().to_string();
    let store = runtime.block_on(async {
        let store = Store::open(&file, OpenMode { create: true, read_only: false }).await.expect("the file opens");
        let entry = AuditEntry {
            at: keydeck::domain::Timestamp::UNIX_EPOCH,
            workspace: None,
            operator: None,
            login: "somebody".into(),
            proof: "uid".into(),
            source: "local".into(),
            action: "export".into(),
            subject: "workspace".into(),
            outcome: "done".into(),
            revision: None,
            details: serde_json::Map::new(),
        };
        for _ in 0..rows / 2_000 {
            store.append_audit(&vec![entry.clone(); 2_000]).await.expect("the log is written");
        }
        store
    });
    let mut group = criterion.benchmark_group("audit");
    group.sample_size(10).throughput(Throughput::Elements(rows));
    group.bench_function(BenchmarkId::new("verify", rows), |bench| {
        bench.iter(|| runtime.block_on(store.verify_audit(None)).expect("the log is read").head);
    });
    group.finish();
    runtime.block_on(store.close());
}
