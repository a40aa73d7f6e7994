//! Sealing, opening, and sealing anew, key by key.

use criterion::{Criterion, Throughput};
use keydeck::{
    domain::id::Id,
    vault::{Fields, Iterations, Place, Row, Secret, SecretKey, Vault},
};
use uuid::Uuid;

fn vault(database: Uuid) -> Vault {
    let key = SecretKey::random().expect("there is randomness");
    Vault::create(database, &key, Iterations::default()).expect("the vault is made").0
}

pub fn bench(criterion: &mut Criterion) {
    let database = Uuid::from_u128(1);
    let (old, new) = (vault(database), vault(database));
    let (workspace, credential, version) =
        (Id::new(Uuid::from_u128(2)), Id::new(Uuid::from_u128(3)), Id::new(Uuid::from_u128(4)));
    let place = Place { workspace, credential, provider: "openai", version };
    let fields: Fields = [("api_key".to_owned(), Secret::new("sk-proj-".to_owned() + &"a".repeat(156)))].into();
    let sealed = old.seal(place, None, &fields);
    let moving = new.with_former(old);
    let mut group = criterion.benchmark_group("vault");
    group.throughput(Throughput::Elements(1));
    group.bench_function("seal", |bench| bench.iter(|| moving.seal(place, None, &fields)));
    group.bench_function("open", |bench| bench.iter(|| moving.open(place, &sealed).expect("it opens").fields.len()));
    let row = Row { workspace, credential, version };
    group.bench_function("reseal", |bench| bench.iter(|| moving.reseal(row, &sealed).expect("it opens").marks.len()));
    group.finish();
}
