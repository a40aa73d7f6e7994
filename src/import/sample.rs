//! A small workspace for the tests of importers: some vendors, a department, a person, a key.

use std::sync::Arc;

use uuid::Uuid;

use crate::{
    domain::{
        Text, Timestamp,
        catalogue::Catalogue,
        credential::Credential,
        fact::{ListedPrice, PriceTable},
        id::Id,
        people::{Department, Operator, OwnerPolicy, Workspace},
        provider::Provider,
        record::Record,
    },
    form,
};

/// A table without prices.
pub struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

/// The department Finance.
pub const FINANCE: Id<Department> = Id::new(Uuid::from_u128(2));
/// The person ada.
pub const ADA: Id<Operator> = Id::new(Uuid::from_u128(3));
/// A key for openai.
pub const KEY: Id<Credential> = Id::new(Uuid::from_u128(4));

/// Returns the workspace. It knows openai, anthropic, cohere, deepseek, moonshot, tongyi, and gemini as `google`.
pub fn catalogue() -> Catalogue {
    let vendors =
        ["openai", "anthropic", "cohere", "deepseek", "moonshot", "tongyi", "gemini"].map(vendor).map(Arc::new);
    let records = [Record::from(department()), operator().into(), credential().into()].map(|record| (record, None));
    Catalogue::new(workspace(), &vendors, Arc::new(NoPrices)).with_records(records, 1, Arc::default())
}

/// Returns ids that count up from `first`.
pub fn ids(first: u128) -> impl FnMut() -> Uuid {
    let mut next = first;
    move || {
        next += 1;
        Uuid::from_u128(next)
    }
}

fn workspace() -> Workspace {
    Workspace {
        id: Id::new(Uuid::from_u128(1)),
        name: "default".into(),
        allow_request_overrides: false,
        owner_policy: OwnerPolicy::Any,
        approval: false,
        note: None,
    }
}

fn vendor(slug: &str) -> Provider {
    let aliases: &[&str] = if slug == "gemini" { &["google", "langgenius/gemini/google"] } else { &[] };
    Provider {
        id: Id::new(Uuid::from_u128(slug.len() as u128)),
        slug: slug.into(),
        name: slug.into(),
        base_url: None,
        fields: Vec::new(),
        aliases: aliases.iter().copied().map(Text::from).collect(),
        note: None,
        foreign_id: None,
    }
}

fn department() -> Department {
    Department {
        id: FINANCE,
        name: "Finance".into(),
        parent: None,
        cost_centre: None,
        owner_policy: None,
        budget: None,
        note: None,
        foreign_id: None,
    }
}

fn operator() -> Operator {
    Operator {
        id: ADA,
        login: "ada".into(),
        email: None,
        grants: Vec::new(),
        ssh_keys: Vec::new(),
        service: false,
        note: None,
        foreign_id: None,
    }
}

fn credential() -> Credential {
    Credential { name: "openai-prod".into(), provider: "openai".into(), ..form::blank_credential(KEY) }
}
