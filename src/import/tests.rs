use std::sync::Arc;

use super::sample;
use crate::{config::Vendors, domain::catalogue::Catalogue};

/// Returns the small workspace with every vendor that keydeck knows.
pub fn everything() -> Catalogue {
    let small = sample::catalogue();
    let records: Vec<_> = small.records().map(|record| (record, None)).collect();
    let empty = Catalogue::new(small.workspace().clone(), &Vendors::built_in().providers(), Arc::new(sample::NoPrices));
    empty.with_records(records, 1, Arc::default())
}
