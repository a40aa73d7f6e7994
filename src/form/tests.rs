use std::sync::Arc;

use uuid::Uuid;

use super::{lookup::Lookup, *};
use crate::domain::{
    Timestamp,
    catalogue::Catalogue,
    change::Change,
    fact::{ListedPrice, PriceTable},
};

struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

/// A workspace with one thing of each named kind, all called by their kind's word.
fn catalogue() -> Catalogue {
    let Record::Workspace(workspace) = blank(Kind::Workspace, Uuid::from_u128(1)) else { unreachable!() };
    let mut catalogue = Catalogue::new(workspace, &[], Arc::new(NoPrices));
    let named =
        [Kind::Department, Kind::Operator, Kind::Credential, Kind::Pool, Kind::Instance, Kind::App, Kind::Workflow];
    for (number, kind) in named.into_iter().enumerate() {
        let mut record = blank(kind, Uuid::from_u128(100 + number as u128));
        let name = if kind == Kind::Operator { "login" } else { "name" };
        set(&mut record, name, kind.word(), &Lookup::new(&catalogue)).unwrap();
        catalogue = catalogue.with_changes(&[Change::add(record)], None);
    }
    catalogue
}

fn sample(field: &Field) -> &'static str {
    match (field.choice, field.name) {
        (Choice::Words(words), _) => words[words.len() - 1],
        (Choice::Name(kind), _) => kind.word(),
        (Choice::Owner, _) => "department/department",
        (Choice::Provider | Choice::Model | Choice::Environment, _) => "openai",
        (Choice::Time, _) => "2027-01-01T00:00:00Z",
        (Choice::Budget, _) => "200.00 hard",
        (Choice::Number, _) => "7",
        (_, "roles") => "member@department, admin",
        (_, "usable_by") => "department/department, workflow/workflow",
        (_, "fields" | "parameters") => "a=1, b=x",
        (_, "members") => "credential:3",
        (_, "scope") => "owner/operator",
        (_, "target") => "variable/env.key",
        (_, "values") => "acme=key/credential, other=deny",
        (_, "base_url") => "https://llm.example.com/v1",
        (_, "reference") => "env:OPENAI_FINANCE",
        (_, "input" | "output") => "2.50",
        (_, "variable") => "env.key",
        (_, "ssh_keys") => {
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwaubNf8I9LmiEY+AoEIUltNQ2VDYaWXCpn/GHViEbc alice@desk"
        }
        (Choice::Text | Choice::List, _) => "text",
    }
}

#[test]
fn every_field_of_every_kind_reads_back_what_was_set() {
    let catalogue = catalogue();
    let lookup = Lookup::new(&catalogue);
    for &kind in Kind::ALL {
        let mut record = blank(kind, Uuid::from_u128(9));
        for field in fields(kind).iter().filter(|field| field.name != "instance") {
            let text = match (kind, field.name) {
                (Kind::Provider, "fields") => "api_key:secret:OUR_KEY, region",
                _ => sample(field),
            };
            set(&mut record, field.name, text, &lookup)
                .unwrap_or_else(|error| panic!("{kind:?}.{}: {error}", field.name));
            assert_eq!(get(&record, field.name, &lookup), text, "{kind:?}.{}", field.name);
        }
        assert_eq!(missing(&record, &lookup).count(), 0, "{kind:?}");
    }
}

#[test]
fn errors_say_what_to_write() {
    let catalogue = catalogue();
    let lookup = Lookup::new(&catalogue);
    let mut key = blank(Kind::Credential, Uuid::from_u128(9));
    for (field, text, expected) in [
        ("enviroment", "x", "a credential has no field \"enviroment\"; did you mean environment?"),
        ("owner", "Finance", "owner: \"Finance\" is no owner: write system, department/NAME or operator/LOGIN"),
        ("owner", "department/departmnt", "there is no department \"departmnt\"; did you mean department?"),
        ("state", "off", "state: \"off\" is none: write one of active, disabled, revoked"),
        ("expires", "tomorrow", "expires: \"tomorrow\" is no time: write 2027-01-01T00:00:00Z, with an offset"),
        ("budget", "a lot", "budget: \"a\" is no amount in dollars: write it as 12.50"),
        ("name", " x", "a name can't begin or end with a blank"),
        ("reference", "PATH", "reference: \"PATH\" is no reference: write env:NAME or file:/absolute/path"),
    ] {
        let error = set(&mut key, field, text, &lookup).expect_err(text).to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
