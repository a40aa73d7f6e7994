//! The bytes of the chain, held fast: what hashed once must hash so forever, on every engine.

use super::*;

fn full() -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_microsecond(1_790_000_000_123_456).expect("in range"),
        workspace: Some(Id::new(Uuid::from_u128(1))),
        operator: Some(Id::new(Uuid::from_u128(2))),
        login: "alice".into(),
        proof: "ssh-key".into(),
        source: "192.0.2.7".into(),
        action: "apply".into(),
        subject: "workflow/Zürich".into(),
        outcome: "done".into(),
        revision: Some(42),
        details: [("changes".to_owned(), Json::from("00ff"))].into_iter().collect(),
    }
}

fn bare() -> AuditEntry {
    let none = || Text::from("");
    AuditEntry {
        at: full().at,
        workspace: None,
        operator: None,
        login: none(),
        proof: none(),
        source: none(),
        action: none(),
        subject: none(),
        outcome: none(),
        revision: None,
        details: Map::new(),
    }
}

/// Computed apart, with Python's `hashlib` and `struct.pack(">Q", len(part)) + part`.
#[test]
fn rows_hash_as_they_always_did() {
    let start = genesis(Uuid::from_u128(7));
    assert_eq!(hex(&start), "f824c03d86fa47cc414d0cec0e864e5f0dbd919cb999e821c7d18f926832e694");
    let first = AuditRow::new(1, full(), start);
    assert_eq!(hex(&first.hash), "e1ed88cd5b71892d4c44cd9d2f9f48f3a21a32f303cf4a64a7606d759e6778ff");
    let second = AuditRow::new(2, bare(), first.hash);
    assert_eq!(hex(&second.hash), "dff9196f9181bc41e4d7352652d8d33508dceb496a0b256fd790e62f587cb8bb");
}

#[test]
fn every_field_counts() {
    let changes: [fn(&mut AuditEntry); 11] = [
        |entry| entry.at = Timestamp::UNIX_EPOCH,
        |entry| entry.workspace = None,
        |entry| entry.operator = None,
        |entry| entry.login = "bob".into(),
        |entry| entry.proof = "uid".into(),
        |entry| entry.source = "local".into(),
        |entry| entry.action = "reveal".into(),
        |entry| entry.subject = "key/a".into(),
        |entry| entry.outcome = "denied".into(),
        |entry| entry.revision = None,
        |entry| entry.details = Map::new(),
    ];
    let hash = |entry| AuditRow::new(1, entry, [0; 32]).hash;
    for (number, change) in changes.into_iter().enumerate() {
        let mut entry = full();
        change(&mut entry);
        assert_ne!(hash(entry), hash(full()), "field {number}");
    }
    // A border that moves between two fields is not the same row.
    let mut moved = full();
    (moved.action, moved.subject) = ("applywork".into(), "flow/Zürich".into());
    assert_ne!(hash(moved), hash(full()));
}
