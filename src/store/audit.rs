//! The audit chain: what a row is, how it is hashed, and how rows are told to follow one another.
//!
//! A row's hash covers the hash before it. The bytes are the same whatever the engine: a tag with the format's version,
//! then every field as its length (8 bytes, big endian) and its bytes; numbers are 8 bytes, big endian, two's
//! complement; what is absent has length 0. The first row follows the hash of the database's id, so that no part of one
//! database's chain fits into another's.

mod log;
mod repeats;
mod retention;
mod verify;

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use self::{
    log::AuditFilter,
    retention::{AuditSize, RETAIN},
    verify::{AuditReport, Fault},
};
#[cfg(test)]
pub(super) use self::{
    log::STATEMENTS as LOG_STATEMENTS, repeats::STATEMENTS as REPEATS_STATEMENTS,
    retention::STATEMENTS as RETENTION_STATEMENTS, verify::STATEMENTS as VERIFY_STATEMENTS,
};
pub(super) use self::{
    log::{append, lock},
    verify::CHANGES_DETAIL,
};
use crate::domain::{
    Text, Timestamp,
    id::Id,
    people::{Operator, Workspace},
};

/// A SHA-256.
pub type Hash = [u8; 32];

/// Begins the bytes of every row; the number is the version of the format.
const ROW: &[u8] = b"keydeck audit row/1";

/// Begins the bytes from which the first row follows.
const GENESIS: &[u8] = b"keydeck audit chain/1";

/// A deed, before it has its place in the chain. Nothing in it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// The workspace that it concerns, if it is one.
    pub workspace: Option<Id<Workspace>>,
    /// Who did it, if the database knows them.
    pub operator: Option<Id<Operator>>,
    /// The name they came by.
    pub login: Text,
    /// How their identity was proved: `uid`, `ssh-key`, `token`.
    pub proof: Text,
    /// Where they came from: `local`, an address.
    pub source: Text,
    /// What they did: `apply`, `reveal`.
    pub action: Text,
    /// What they did it to, as a link.
    pub subject: Text,
    /// How it went: `intent`, `done`, `denied`, `failed`.
    pub outcome: Text,
    /// The revision that it made.
    pub revision: Option<u64>,
    /// What else there is to say.
    pub details: Map<String, Json>,
}

impl AuditEntry {
    /// Says how it went when it did not go well, and why.
    #[must_use]
    pub fn because(mut self, outcome: &str, why: impl std::fmt::Display) -> Self {
        self.outcome = outcome.into();
        self.details.insert("reason".to_owned(), why.to_string().into());
        self
    }
}

/// A row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, from 1, without gaps.
    pub sequence: u64,
    /// The deed.
    pub entry: AuditEntry,
    /// The details as they are stored and hashed.
    pub(super) details: String,
    /// The hash of the row before.
    pub previous: Hash,
    /// Its own.
    pub hash: Hash,
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The last row's place; 0 if there is none.
    pub sequence: u64,
    /// The latest time of any row: a clock far behind it is not to be trusted. A row that claims an earlier time does
    /// not take it back, or one write under a clock that was set back would make that clock trusted.
    pub at: Timestamp,
    /// The last row's hash.
    pub hash: Hash,
}

/// A keyed statement that the chain was whole up to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditSeal {
    /// The row.
    pub sequence: u64,
    /// Its hash.
    pub hash: Hash,
    /// The key that made it.
    pub key_id: Uuid,
    /// The MAC over [`AuditSeal::bytes`].
    pub mac: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

impl AuditSeal {
    /// Returns what a seal's MAC covers.
    pub fn bytes(sequence: u64, hash: &Hash) -> Vec<u8> {
        let mut bytes = b"keydeck audit seal/1".to_vec();
        bytes.extend(sequence.to_be_bytes());
        bytes.extend(hash);
        bytes
    }
}

/// Returns the hash from which the chain of a database begins.
pub(super) fn genesis(database: Uuid) -> Hash {
    let mut sha = Sha256::new();
    field(&mut sha, GENESIS);
    field(&mut sha, database.as_bytes());
    sha.finalize().into()
}

impl AuditRow {
    /// Puts a deed behind the row with the hash `previous`.
    pub(super) fn new(sequence: u64, entry: AuditEntry, previous: Hash) -> Self {
        let details = super::codec::to_json(&entry.details);
        let mut row = Self { sequence, entry, details, previous, hash: Hash::default() };
        row.hash = row.computed_hash();
        row
    }

    /// Computes what its hash should be.
    pub(super) fn computed_hash(&self) -> Hash {
        let entry = &self.entry;
        let mut sha = Sha256::new();
        field(&mut sha, ROW);
        field(&mut sha, &self.previous);
        field(&mut sha, &self.sequence.to_be_bytes());
        field(&mut sha, &entry.at.as_microsecond().to_be_bytes());
        field(&mut sha, entry.workspace.map(Id::uuid).as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        field(&mut sha, entry.operator.map(Id::uuid).as_ref().map_or(&[], |id| id.as_bytes().as_slice()));
        for text in [&entry.login, &entry.proof, &entry.source, &entry.action, &entry.subject, &entry.outcome] {
            field(&mut sha, text.as_bytes());
        }
        field(&mut sha, entry.revision.map(u64::to_be_bytes).as_ref().map_or(&[], <[u8; 8]>::as_slice));
        field(&mut sha, self.details.as_bytes());
        sha.finalize().into()
    }
}

fn field(sha: &mut Sha256, bytes: &[u8]) {
    sha.update((bytes.len() as u64).to_be_bytes());
    sha.update(bytes);
}

/// Computes the digest over the changes of a revision, each as its stored JSON.
#[derive(Default)]
pub(super) struct ChangesDigest(Sha256);

impl ChangesDigest {
    pub(super) fn add(&mut self, change: &str) {
        field(&mut self.0, change.as_bytes());
    }

    pub(super) fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// Writes bytes as people compare them.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

/// Reads a hash as people write it.
pub fn unhex(text: &str) -> Option<Hash> {
    let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut hash = Hash::default();
    for (at, byte) in hash.iter_mut().enumerate().filter(|_| digits) {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    digits.then_some(hash)
}

#[cfg(test)]
mod tests;
