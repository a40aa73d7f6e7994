//! Documents: exports of Dify, declarative files, map files.

use std::sync::{Arc, LazyLock};

use keydeck::{
    cost::price::BundledPrices,
    domain::{
        catalogue::Catalogue,
        id::Id,
        people::{OwnerPolicy, Workspace},
    },
    emit,
    import::{
        declarative, dify_dsl,
        map::{Placement, Placements},
        yaml,
    },
};
use uuid::Uuid;

/// A workspace in which nothing is yet.
static EMPTY: LazyLock<Catalogue> = LazyLock::new(|| {
    let workspace = Workspace {
        id: Id::new(Uuid::from_u128(1)),
        name: "fuzz".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    };
    Catalogue::new(workspace, &[], Arc::new(BundledPrices::new(Vec::new())))
});

/// An export is read and merged; merging it a second time, into what came of the first, changes nothing.
pub fn dify(bytes: &[u8]) {
    let import = |catalogue: &Catalogue| {
        let mut number = 0;
        let mut new_id = || {
            number += 1;
            Uuid::from_u128(number)
        };
        dify_dsl::import(catalogue, [("export.yml", bytes)], &Placements::default(), &mut new_id)
    };
    let (changes, report) = import(&EMPTY);
    assert!(changes.is_empty() || report.failed.is_empty(), "a file that failed was taken all the same");
    if !changes.is_empty() {
        let (again, _) = import(&EMPTY.with_changes(&changes, None));
        assert!(again.is_empty(), "a second import changes something: {again:?}");
    }
}

/// A tree is no deeper and no larger than its bounds.
pub fn yaml(bytes: &[u8]) {
    fn depth(value: &yaml::Value) -> usize {
        let below = value.items().iter().chain(value.entries().iter().map(|(_, value)| value));
        1 + below.map(depth).max().unwrap_or(0)
    }
    if let Ok(value) = yaml::read(bytes) {
        assert!(depth(&value) <= yaml::DEEPEST + 1);
    }
}

/// What was read is written so that it reads the same again.
pub fn declarative(bytes: &[u8]) {
    let Ok(document) = declarative::read("file.toml", bytes) else { return };
    let written = emit::declarative::write(&document);
    match declarative::read("again.toml", written.as_bytes()) {
        Ok(again) => assert!(again == document, "what was written reads otherwise:\n{written}"),
        Err(error) => panic!("what was written does not read: {error}\n{written}"),
    }
}

/// A map file over an empty workspace.
pub fn map(bytes: &[u8]) {
    if let Ok(placements) = Placements::read(&EMPTY, bytes, Placement::default()) {
        let _ = (placements.of("Invoices"), placements.unmet(|_| false).count());
    }
}
