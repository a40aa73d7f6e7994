use proptest::prelude::*;

use super::*;
use crate::{
    domain::record::Record,
    import::{sample, tests::everything},
};

const TABLE: &str = r#"{
    "sample_spec": {"litellm_provider": "one of…", "input_cost_per_token": 0},
    "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05},
    "openai/gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05},
    "text-embedding-3-small": {"litellm_provider": "openai", "input_cost_per_token": 2e-08, "output_cost_per_token": 0.0},
    "azure/gpt-4o": {"litellm_provider": "azure", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05},
    "free": {"litellm_provider": "openai", "input_cost_per_token": 0, "output_cost_per_token": 0},
    "dall-e-3": {"litellm_provider": "openai", "input_cost_per_pixel": 1e-08},
    "strange": {"litellm_provider": "nobody-knows", "input_cost_per_token": 1e-06}
}"#;

const OWN: &str = "source = \"Contract\"\n[[price]]\nprovider = \"OpenAI\"\nmodel = \"gpt-4o\"\ninput = \"2.00\"\noutput = \"8.00\"\n";

fn import_into(catalogue: &Catalogue, bytes: &[u8]) -> Result<(Vec<Change>, Report), PricesError> {
    let ids = &mut sample::ids(5_000);
    let now = "2026-11-27T12:00:00Z".parse().unwrap();
    take("prices", bytes, PriceGround { catalogue, source: None, login: "ada", now, new_id: ids })
}

fn prices(changes: &[Change]) -> Vec<String> {
    let word = |change: &Change| match change.after() {
        Some(Record::Price(it)) => format!(
            "{}/{} {} {} {}",
            it.provider,
            it.model,
            it.input,
            it.output.map_or("?".to_owned(), |it| it.to_string()),
            it.source.as_ref().or(it.note.as_ref()).unwrap()
        ),
        _ => panic!("a price"),
    };
    changes.iter().map(word).collect()
}

#[test]
fn the_table_says_whose_it_is_and_unknown_is_no_zero() {
    let (changes, report) = import_into(&everything(), TABLE.as_bytes()).unwrap();
    assert_eq!(
        prices(&changes),
        [
            "azure-openai/gpt-4o 2.50 10.00 LiteLLM, 2026-11-27",
            "openai/gpt-4o 2.50 10.00 LiteLLM, 2026-11-27",
            "openai/text-embedding-3-small 0.02 ? LiteLLM, 2026-11-27",
        ]
    );
    let skipped: Vec<_> = report.skipped.iter().map(|it| format!("{}: {}", it.what, it.reason)).collect();
    assert_eq!(
        skipped,
        ["1 models: their providers are unknown to keydeck", "2 models: they have no price for tokens that go in"]
    );
}

#[test]
fn ones_own_list_overrides_and_says_who_and_when() {
    let (changes, _) = import_into(&everything(), OWN.as_bytes()).unwrap();
    assert_eq!(prices(&changes), ["openai/gpt-4o 2.00 8.00 Contract; ada on 2026-11-27"]);
}

#[test]
fn own_prices_win_over_a_table_that_was_imported() {
    let catalogue = everything();
    let (table, _) = import_into(&catalogue, TABLE.as_bytes()).unwrap();
    let catalogue = catalogue.with_changes(&table, None);
    let price = |catalogue: &Catalogue, model: &str| {
        let vocabulary = catalogue.vocabulary();
        let openai = vocabulary.provider("openai").unwrap();
        let ix = vocabulary.model(openai, model).unwrap();
        vocabulary.price(ix, "2026-11-27T12:00:00Z".parse().unwrap()).map(|it| (it.input.0, it.source.to_string()))
    };
    assert_eq!(price(&catalogue, "gpt-4o"), Some((2_500_000, "LiteLLM, 2026-11-27".to_owned())));
    let (own, _) = import_into(&catalogue, OWN.as_bytes()).unwrap();
    assert_eq!(price(&catalogue.with_changes(&own, None), "gpt-4o"), Some((2_000_000, "own price".to_owned())));
}

#[test]
fn a_second_import_changes_nothing_and_a_new_price_replaces_the_old() {
    for text in [TABLE, OWN] {
        let catalogue = everything();
        let (changes, _) = import_into(&catalogue, text.as_bytes()).unwrap();
        let after = catalogue.with_changes(&changes, None);
        assert_eq!(import_into(&after, text.as_bytes()).unwrap().0, []);
        let dearer = text.replace("2.5e-06", "3e-06").replace("2.00", "3.00");
        let (edits, report) = import_into(&after, dearer.as_bytes()).unwrap();
        assert!(!edits.is_empty() && edits.iter().all(|it| it.before().is_some()));
        assert_eq!(report.taken[&Kind::Price].added, 0);
    }
}

#[test]
fn what_is_no_list_of_prices_is_refused_with_its_line() {
    let refused = |text: &str| import_into(&everything(), text.as_bytes()).err().unwrap().to_string();
    assert!(refused("{\n\"a\": ").starts_with("line 2"));
    assert!(refused("hello").starts_with("line 1"));
    assert!(refused("[[price]]\nprovider = \"a\"\nmodel = \"b\"\ninput = \"-1\"\n").starts_with("line 4"));
    assert!(refused(&format!("{OWN}{}", OWN.replace("source = \"Contract\"\n", ""))).contains("stands there twice"));
    assert_eq!(refused(""), PricesError::Empty.to_string());
    assert_eq!(refused("{}"), PricesError::Empty.to_string());
    assert!(import_into(&everything(), &vec![b'['; LARGEST + 1]).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = import_into(&sample::catalogue(), &bytes);
    }
}
