use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        Timestamp,
        catalogue::Catalogue,
        fact::{ListedPrice, PriceTable},
        record::{Kind, Record},
    },
    form::{blank, lookup::Lookup},
};

const FILE: &str = include_str!("../../../tests/fixtures/declarative/whole.toml");

struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

fn empty() -> Catalogue {
    let Record::Workspace(workspace) = blank(Kind::Workspace, Uuid::from_u128(1)) else { unreachable!() };
    let vendor = blank(Kind::Provider, Uuid::from_u128(2));
    let Record::Provider(mut openai) = vendor else { unreachable!() };
    openai.slug = "openai".into();
    Catalogue::new(workspace, &[Arc::new(openai)], Arc::new(NoPrices))
}

fn ids() -> impl FnMut() -> Uuid {
    let mut next = 1000;
    move || {
        next += 1;
        Uuid::from_u128(next)
    }
}

fn apply(text: &str, catalogue: &Catalogue, prune: Prune) -> Catalogue {
    let document: Document = toml::from_str(text).expect("lawful");
    let changes = changes(&document, catalogue, prune, &mut ids()).expect("lawful");
    catalogue.with_changes(&changes, None)
}

#[test]
fn applying_what_was_described_changes_nothing() {
    let full = apply(FILE, &empty(), Prune::Nothing);
    let again = changes(&describe(&Lookup::new(&full)), &full, Prune::Unmentioned, &mut ids());
    assert_eq!(again, Ok(vec![]));
    assert_eq!(changes(&toml::from_str(FILE).expect("lawful"), &full, Prune::Nothing, &mut ids()), Ok(vec![]));
}

#[test]
fn a_field_left_out_gets_its_default_and_a_node_left_out_goes() {
    let full = apply(FILE, &empty(), Prune::Nothing);
    let after = apply("[[workflow]]\nname = \"invoice-bot\"\n", &full, Prune::Nothing);
    let ix = after.workflows().named("invoice-bot").expect("still there");
    let workflow = after.workflows().get(ix).expect("still there");
    assert_eq!((workflow.environment.clone(), workflow.app, workflow.draft), (None, None, false));
    assert!(after.links().nodes_of_workflow.of(ix).is_empty());
    assert_eq!(after.credentials().len(), 2, "what is not mentioned is left alone");
}

#[test]
fn rules_of_a_mentioned_place_are_replaced_and_keep_their_id() {
    let full = apply(FILE, &empty(), Prune::Nothing);
    let text = "[[assignment]]\nscope = \"owner/alice\"\nprovider = \"openai\"\ntarget = \"key/openai-acme\"\n";
    let document: Document = toml::from_str(text).expect("lawful");
    let changes = changes(&document, &full, Prune::Nothing, &mut ids()).expect("lawful");
    assert_eq!(changes.len(), 1);
    assert!(changes[0].before().is_some() && changes[0].after().is_some());
}

#[test]
fn pruning_keeps_sealed_secrets_unless_told() {
    use crate::domain::{
        change::Change,
        credential::{Sealed, SecretRef},
        id::Id,
    };
    let full = apply(FILE, &empty(), Prune::Nothing);
    let ix = full.credentials().named("openai-finance").expect("there");
    let before = full.credentials().get(ix).expect("there").clone();
    let mut after = before.clone();
    after.secret = SecretRef::Sealed(Sealed { version: Id::new(Uuid::from_u128(7)), last4: None, fields: vec![] });
    let sealed = full.with_changes(&Change::edit(before, after), None);
    let nothing = "[workspace]\nname = \"northwind\"\n";
    assert_eq!(apply(nothing, &sealed, Prune::Unmentioned).credentials().len(), 1);
    assert_eq!(apply(nothing, &sealed, Prune::EvenSecrets).credentials().len(), 0);
}

#[test]
fn every_error_is_told_with_its_entry() {
    let text = "[[app]]\nname = \"a\"\ndepartment = \"Finanse\"\n[[app]]\nname = \"b\"\nowner = \"me\"\n\
                [[department]]\nname = \"Finance\"\n[[app]]\nname = \"a\"\n";
    let document: Document = toml::from_str(text).expect("lawful");
    let errors = changes(&document, &empty(), Prune::Nothing, &mut ids()).expect_err("three mistakes");
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.contains(&"[[app]] \"a\": name: stands there twice".to_owned()), "{told:?}");
    assert!(
        told.contains(&"[[app]] \"a\": there is no department \"Finanse\"; did you mean Finance?".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_parameter_that_is_no_number_is_refused() {
    let text = "[[instance]]\nname = \"i\"\nprovider = \"openai\"\nmodel = \"m\"\nparameters = { t = nan }\n";
    let document: Document = toml::from_str(text).expect("lawful TOML");
    let errors = changes(&document, &empty(), Prune::Nothing, &mut ids()).expect_err("nan");
    assert!(errors[0].to_string().ends_with("a parameter can't be nan or inf"), "{errors:?}");
}
