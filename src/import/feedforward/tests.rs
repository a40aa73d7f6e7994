mod database;
mod emitted;
mod hostile;
mod legacy;
mod taking;

use std::path::Path;

use super::*;
use crate::{
    domain::{catalogue::Catalogue, record::Record},
    import::{
        map::Placements,
        sample,
        taking::{Ground, Taken},
    },
    vault::Secret,
};

/// Runs what waits for a file.
fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn ring(secret_key: Option<&str>) -> Keyring {
    Keyring::new(secret_key.map(|it| Secret::new(it.to_owned())).as_ref())
}

/// Reads a database and takes it into `catalogue`.
fn import_into(catalogue: &Catalogue, path: &Path, secret_key: Option<&str>) -> Taken {
    let contents = wait(read(path)).unwrap();
    let mut ids = sample::ids(1_000 + catalogue.credentials().len() as u128 * 1_000);
    let ground = Ground { catalogue, placements: &Placements::default(), source: None, new_id: &mut ids };
    take(&contents, &ring(secret_key), ground)
}

fn added<'a, T: 'a>(taken: &'a Taken, of: impl Fn(&'a Record) -> Option<&'a T>) -> Vec<&'a T> {
    taken.changes.iter().filter_map(|change| change.after()).filter_map(of).collect()
}

macro_rules! of_kind {
    ($taken:expr, $kind:ident) => {
        added($taken, |record| if let Record::$kind(it) = record { Some(it) } else { None })
    };
}
use of_kind;
