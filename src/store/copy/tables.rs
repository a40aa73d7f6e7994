//! Every table of the schema with its columns, as they are copied: the one list that must miss nothing.
//!
//! A test compares it with the schema of each engine. Columns are written `name:type`, of `i` whole number, `t` text,
//! `u` id and `b` bytes; the columns of the key stand apart and first.

use std::sync::LazyLock;

use super::super::{
    engine::{Row, Value},
    error::StoreError,
    table::BySize,
};

/// How many rows are read at once.
const PAGE: usize = 4096;

/// One table, and the statements that read all of it page by page, empty it, and fill it.
pub(in crate::store) struct Copied {
    /// Its name.
    pub(in crate::store) name: &'static str,
    /// Its columns, those of the key first.
    pub(in crate::store) columns: Vec<(&'static str, Type)>,
    /// How many columns the key has.
    pub(super) key: usize,
    /// Reads the first page.
    pub(super) first: String,
    /// Reads the page after a key.
    pub(super) next: String,
    /// Counts the rows.
    pub(super) count: String,
    /// Takes every row away.
    pub(super) empty: String,
    /// Adds rows.
    pub(super) insert: BySize,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Type {
    /// A whole number.
    Int,
    /// A text.
    Text,
    /// An id.
    Uuid,
    /// Bytes.
    Bytes,
}

impl Type {
    const fn of(letter: &str) -> Option<Self> {
        match letter.as_bytes() {
            b"i" => Some(Self::Int),
            b"t" => Some(Self::Text),
            b"u" => Some(Self::Uuid),
            b"b" => Some(Self::Bytes),
            _ => None,
        }
    }

    /// Reads one column of a row.
    pub(super) fn read(self, row: &dyn Row, column: usize) -> Result<Value, StoreError> {
        Ok(match self {
            Self::Int => Value::Int(row.int(column)?),
            Self::Text => Value::Text(row.text(column)?.map(Into::into)),
            Self::Uuid => Value::Uuid(row.uuid(column)?),
            Self::Bytes => Value::Bytes(row.bytes(column)?.map(<[u8]>::to_vec)),
        })
    }
}

/// Describes a table whose key belongs to one row.
fn keyed(name: &'static str, key: &'static str, others: &'static str) -> Copied {
    described(name, key, others, |select, keys, after| {
        let order = format!("ORDER BY {keys} LIMIT {PAGE}");
        (format!("{select} {order}"), format!("{select} WHERE ({keys}) > ({after}) {order}"))
    })
}

/// Describes a table whose key belongs to a group of rows, which are read at once.
fn grouped(name: &'static str, key: &'static str, others: &'static str) -> Copied {
    described(name, key, others, |select, keys, after| {
        let group = |condition: &str| {
            format!("{select} WHERE ({keys}) = (SELECT {keys} FROM {name}{condition} ORDER BY {keys} LIMIT 1)")
        };
        (group(""), group(&format!(" WHERE ({keys}) > ({after})")))
    })
}

/// Describes a table; `pages` makes the statements of the first page and the next from the selection, the columns of
/// the key, and their placeholders.
fn described(
    name: &'static str,
    key: &'static str,
    others: &'static str,
    pages: impl Fn(&str, &str, &str) -> (String, String),
) -> Copied {
    let columns: Vec<(&str, Type)> = key.split(' ').chain(others.split(' ')).filter_map(column).collect();
    let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let key = key.split(' ').count();
    let after: Vec<String> = (1..=key).map(|number| format!("${number}")).collect();
    let select = format!("SELECT {} FROM {name}", names.join(", "));
    let (first, next) = pages(&select, &names[..key].join(", "), &after.join(", "));
    Copied {
        name,
        key,
        first,
        next,
        count: format!("SELECT count(*) FROM {name}"),
        empty: format!("DELETE FROM {name}"),
        insert: BySize::insertion(name, false, &names),
        columns,
    }
}

fn column(text: &'static str) -> Option<(&'static str, Type)> {
    let (name, letter) = text.split_once(':')?;
    Some((name, Type::of(letter)?))
}

/// Every table, in an order in which they can be filled: what is referred to comes first.
pub(in crate::store) static TABLES: LazyLock<Vec<Copied>> =
    LazyLock::new(|| [configuration(), history(), vault_and_facts()].into_iter().flatten().collect());

/// The tables of `0001_configuration.sql`.
fn configuration() -> Vec<Copied> {
    vec![
        keyed("database", "one:i", "id:u made_at:i people:i"),
        keyed(
            "workspaces",
            "id:u",
            "name:t allow_request_overrides:i owner_policy:t approval:i note:t revision:i facts:i",
        ),
        keyed(
            "departments",
            "workspace:u id:u",
            "name:t parent:u cost_centre:t owner_policy:t budget:i budget_kind:t note:t foreign_id:t",
        ),
        keyed("operators", "id:u", "login:t email:t service:i note:t foreign_id:t"),
        keyed("operator_grants", "operator:u ordinal:i", "role:t on_kind:t on_workspace:u on_department:u"),
        keyed("operator_ssh_keys", "operator:u ordinal:i", "ssh_key:t"),
        keyed("providers", "workspace:u id:u", "slug:t name:t base_url:t fields:t aliases:t note:t foreign_id:t"),
        keyed("models", "workspace:u id:u", "provider:t name:t kind:t context:i note:t"),
        keyed("prices", "workspace:u id:u", "provider:t model:t input:i output:i starts:i note:t source:t"),
        keyed(
            "credentials",
            "workspace:u id:u",
            "name:t provider:t owner:t owner_department:u owner_operator:u environment:t listed_models:i \
             state:t not_before:i expires:i secret:t secret_version:u secret_last4:t secret_fields:t reference:t budget:i \
             budget_kind:t note:t foreign_id:t",
        ),
        keyed("credential_models", "workspace:u credential:u ordinal:i", "model:t"),
        keyed("credential_usable_by", "workspace:u credential:u ordinal:i", "kind:t id:u"),
        keyed("credential_fields", "workspace:u credential:u ordinal:i", "name:t value:t"),
        keyed("pools", "workspace:u id:u", "name:t provider:t note:t foreign_id:t"),
        keyed("pool_members", "workspace:u pool:u ordinal:i", "credential:u weight:i"),
        keyed(
            "instances",
            "workspace:u id:u",
            "name:t provider:t model:t kind:t parameters:t credential:u owner:t owner_department:u \
             owner_operator:u note:t foreign_id:t",
        ),
        keyed(
            "apps",
            "workspace:u id:u",
            "name:t department:u owner:t owner_department:u owner_operator:u budget:i budget_kind:t note:t \
             foreign_id:t",
        ),
        keyed(
            "workflows",
            "workspace:u id:u",
            "name:t app:u department:u owner:t owner_department:u owner_operator:u environment:t \
             owner_policy:t force:t draft:i budget:i budget_kind:t note:t foreign_id:t",
        ),
        keyed(
            "nodes",
            "workspace:u id:u",
            "workflow:u name:t title:t node_type:t kind:t provider:t model:t instance:u credential:u \
             variable:t runs:i note:t foreign_id:t",
        ),
        keyed(
            "assignments",
            "workspace:u id:u",
            "scope:t scope_workflow:u scope_app:u scope_operator:u scope_department:u provider:t model:t \
             kind:t environment:t target:t target_id:u variable:t by_name:i strength:t starts:i ends:i note:t \
             foreign_id:t revision:i",
        ),
        keyed("assignment_values", "workspace:u assignment:u ordinal:i", "value:t target:t target_id:u"),
    ]
}

/// The tables of `0002_history.sql`.
fn history() -> Vec<Copied> {
    vec![
        keyed("revisions", "workspace:u number:i", "author:u login:t at:i message:t reverts:i plan:b digest:b"),
        keyed("revision_changes", "workspace:u revision:i ordinal:i", "change:t"),
        keyed("staged", "workspace:u operator:u", "base_revision:i updated_at:i"),
        keyed("staged_changes", "workspace:u operator:u ordinal:i", "change:t"),
        keyed("presence", "workspace:u seat:u", "operator:u door:t since:i seen:i"),
        keyed("approvals", "workspace:u operator:u approver:u", "plan:b at:i"),
        keyed(
            "audit",
            "sequence:i",
            "at:i workspace:u operator:u login:t proof:t source:t action:t subject:t outcome:t revision:i \
             details:t previous:b hash:b",
        ),
        keyed("audit_head", "one:i", "sequence:i at:i hash:b"),
        keyed("audit_seals", "sequence:i key_id:u", "hash:b mac:b at:i"),
        keyed("audit_retention", "one:i", "sequence:i hash:b"),
        keyed(
            "audit_repeats",
            "login:t action:t outcome:t subject:t reason:t",
            "since:i times:i workspace:u operator:u proof:t source:t",
        ),
    ]
}

/// The tables of `0003_vault_and_facts.sql`.
fn vault_and_facts() -> Vec<Copied> {
    vec![
        keyed("vault", "one:i", "key_id:u parameters:t old_key_id:u old_parameters:t old_root:t"),
        keyed(
            "secret_versions",
            "workspace:u id:u",
            "credential:u state:t key_id:u token:t created_at:i valid_until:i tested_at:i tested:t tested_by:t",
        ),
        keyed("fingerprints", "workspace:u version:u field:t", "mark:b"),
        keyed("unreadable", "workspace:u version:u", "at:i"),
        keyed("verified", "workspace:u credential:u", "at:i answer:t"),
        keyed(
            "tokens",
            "workspace:u id:u",
            "name:t operator:u hash:b scope:t made_at:i made_by:t expires:i revoked_at:i revoked_by:t last_used:i",
        ),
        grouped(
            "usage",
            "workspace:u source:t day:i",
            "month:i workflow:u node:t provider:t model:t credential:u estimate:i department:u cost_centre:t \
             customer:t input_tokens:i output_tokens:i requests:i recorded:i spend:i late:i",
        ),
        keyed("heard", "workspace:u source:t thing:t", "said:t"),
        keyed(
            "flaws",
            "workspace:u source:t number:i",
            "seen:i wrong:t provider:t model:t kind:t credential:u detail:t",
        ),
    ]
}
