use std::{
    collections::{BTreeSet, HashSet},
    path::PathBuf,
};

use super::*;
use crate::domain::{
    Timestamp,
    catalogue::Vocabulary,
    fact::{ListedPrice, PriceTable},
};

struct NoPrices;

impl PriceTable for NoPrices {
    fn price(&self, _: &str, _: &str, _: Timestamp) -> Option<ListedPrice> {
        None
    }
}

/// The lookup that rules and imports go through, so that the data is tested against what reads it.
fn lookup(vendors: &Vendors) -> Vocabulary {
    Vocabulary::new(&vendors.providers(), Arc::new(NoPrices))
}

fn vocabulary() -> Vocabulary {
    lookup(&Vendors::built_in())
}

/// A folder of real data beside the repository; it is not part of a clone.
fn shared(name: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared/data").join(name));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        println!("skipped: there is no shared/data/{name} beside the repository");
    }
    found
}

fn users(text: &str) -> Result<Vendors, VendorsError> {
    let mut vendors = BUILT_IN_VENDORS.clone();
    merge(&mut vendors, text, Path::new("providers.toml"))?;
    Ok(Vendors(Some(vendors)))
}

#[test]
fn the_built_in_data_is_lawful_and_in_order() {
    let document: Document = toml::from_str(BUILT_IN).unwrap();
    let ids: Vec<_> = document.provider.iter().map(|entry| entry.get_ref().id.clone()).collect();
    assert!(ids.is_sorted(), "an entry is found by its letter");
    assert!(ids.len() >= 45);
    for vendor in Vendors::built_in().iter() {
        let Provider { slug, fields, .. } = &*vendor.provider;
        assert!(fields.iter().any(|field| &*field.name == "base_url"), "{slug} may stand behind a gateway");
        assert!(fields[0].secret || fields.iter().all(|field| !field.secret), "{slug}: the secret comes first");
        let everybodys_own = fields.iter().any(|field| &*field.name == "base_url" && field.required);
        assert_eq!(vendor.provider.base_url.is_none(), everybodys_own, "{slug} needs an endpoint from one of the two");
    }
}

#[test]
fn each_id_means_one_provider() {
    let vocabulary = vocabulary();
    let mut uuids = HashSet::new();
    for vendor in Vendors::built_in().iter() {
        assert!(uuids.insert(vendor.provider.id), "{}", vendor.provider.slug);
        for id in ids(&vendor.provider) {
            let last = id.rsplit('/').next().unwrap();
            for form in [id.to_owned(), id.replace('_', "-"), id.replace('-', "_"), id.to_uppercase(), last.to_owned()]
            {
                assert_eq!(vocabulary.canonical(&form), vendor.provider.slug, "{form}");
            }
        }
    }
}

#[test]
fn foreign_ids_are_recognised() {
    let vocabulary = vocabulary();
    for (foreign, ours) in [
        ("langgenius/openai/openai", "openai"),
        ("langgenius/gemini/google", "gemini"),
        ("google", "gemini"),
        ("mistralai", "mistral"),
        ("volcengine_maas", "volcengine-maas"),
        ("langgenius/x/x", "xai"),
        ("somebody/their_plugin/OpenAI", "openai"),
        ("acme/gateway/Acme_LLM", "acme-llm"),
        // A part that says nothing is no name.
        ("langgenius/cohere/", "cohere"),
        ("acme/gateway/ Acme_LLM", "acme-llm"),
        ("acme/ /", "acme"),
        // The two casings of FeedForward, and the word of its form for an endpoint of one's own.
        ("Anthropic", "anthropic"),
        ("Google", "gemini"),
        ("HuggingFace", "huggingface"),
        ("groq", "groq"),
        ("cohere", "cohere"),
        ("Ollama", "ollama"),
        ("openrouter", "openrouter"),
        ("custom", "openai-compatible"),
    ] {
        assert_eq!(&*vocabulary.canonical(foreign), ours, "{foreign}");
    }
}

#[test]
fn every_provider_of_the_real_exports_is_known() {
    let Some(folder) = shared("dify-dsl") else { return };
    let known = Vendors::built_in();
    let vocabulary = vocabulary();
    let mut met = BTreeSet::new();
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let Some("yml") = file.extension().and_then(|extension| extension.to_str()) else { continue };
        let text = fs::read_to_string(file).unwrap();
        let values = text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("provider: "));
        met.extend(values.map(|value| value.trim_matches(['\'', '"']).to_owned()).filter(|value| !value.is_empty()));
    }
    assert!(met.len() > 10, "{met:?}");
    for id in met {
        assert!(known.get(&vocabulary.canonical(&id)).is_some(), "{id}");
    }
}

#[test]
fn difys_own_forms_agree_on_what_is_secret() {
    let Some(file) = shared("dify-plugin-credential-forms.json") else { return };
    let forms: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let (known, vocabulary) = (Vendors::built_in(), vocabulary());
    for form in forms {
        let id = ["author", "name", "provider"].map(|part| form[part].as_str().unwrap()).join("/");
        let vendor = known.get(&vocabulary.canonical(&id)).unwrap_or_else(|| panic!("{id} is not known"));
        let fields = [&form["prov"], &form["model"]].map(|fields| fields.as_array().unwrap()).into_iter().flatten();
        for (name, secret) in fields.map(|field| (field[0].as_str().unwrap(), field[1] == "secret-input")) {
            match vendor.field_of_dify(name) {
                Some(field) => assert_eq!(field.secret, secret, "{id} {name}"),
                None => assert!(!secret, "{id} has a secret that we have no field for: {name}"),
            }
        }
    }
}

#[test]
fn prices_are_asked_for_by_ids_that_the_table_has() {
    let table: BTreeSet<_> =
        genai_prices::Calculator::bundled().providers().map(genai_prices::ProviderInfo::id).collect();
    for (ours, theirs) in Vendors::built_in().price_ids() {
        assert!(table.contains(&*theirs), "{ours}: {theirs}");
    }
}

#[test]
fn a_users_file_adds_and_replaces() {
    let vendors = users(
        r#"
        [[provider]]
        id = "our-gateway"
        name = "Our gateway"
        aliases = ["Our_LLM", "Acme/our_llm/gate"]
        base_url = "https://llm.example.com/v1"
        fields = [{ name = "api_key", secret = true, env = "OUR_GATEWAY_KEY" }]

        [[provider]]
        id = "openai"
        name = "OpenAI through our gateway"
        base_url = "https://llm.example.com/openai"
        "#,
    )
    .unwrap();
    assert_eq!(vendors.iter().count(), Vendors::built_in().iter().count() + 1);
    assert_eq!(vendors.get("our-gateway").unwrap().provider.fields[0].env.as_deref(), Some("OUR_GATEWAY_KEY"));
    for id in ["our-llm", "OUR_LLM", "acme/our_llm/gate", "our_gateway"] {
        assert_eq!(&*lookup(&vendors).canonical(id), "our-gateway", "{id}");
    }
    let (before, after) = (Vendors::built_in(), vendors.get("openai").unwrap());
    assert_eq!(&*after.provider.name, "OpenAI through our gateway");
    assert_eq!(after.provider.id, before.get("openai").unwrap().provider.id, "it stays the same provider");
    assert!(after.provider.fields.is_empty() && after.prices.is_none(), "nothing of the two is mixed");
}

#[test]
fn a_users_mistake_is_named_by_file_line_and_entry() {
    let complaint = |text: &str| users(text).unwrap_err().to_string();
    let files = [
        "[[provider]]\nid = \"x-y\"",
        "[[provider]]\nid = \"Our Gateway\"\nname = \"G\"",
        "[[provder]]\nid = \"ours\"",
        "[[provider]",
    ];
    insta::assert_snapshot!(files.map(complaint).join("\n"), @r#"
    providers.toml:1: missing field `name`
    providers.toml:1: provider "Our Gateway" needs an id of lower-case letters, digits and "-"
    providers.toml:1: unknown field `provder`, expected `provider`; did you mean "provider"?
    providers.toml:1: unclosed array table, expected `]`
    "#);
    let entries = [
        "alias = [\"a\"]",
        "fields = [{ name = \"api_key\", secrt = true }]",
        "base_url = \"llm.example.com\"",
        "aliases = [\"Open_AI\"]",
        "fields = [{ name = \"key\", env = \"LD_PRELOAD\" }]",
        "fields = [{ name = \"Key\" }]",
        "fields = [{ name = \"key\" }, { name = \"key\" }]",
        "[[provider]]\nid = \"ours\"\nname = \"Ours again\"",
    ];
    let entry = |rest: &str| complaint(&format!("\n[[provider]]\nid = \"ours\"\nname = \"Ours\"\n{rest}\n"));
    insta::assert_snapshot!(entries.map(entry).join("\n"), @r#"
    providers.toml:5: unknown field `alias`, expected one of `id`, `name`, `base_url`, `prices`, `aliases`, `fields`
    providers.toml:5: unknown field `secrt`, expected one of `name`, `label`, `secret`, `required`, `env`, `dify`; did you mean "secret"?
    providers.toml:2: provider "ours" needs a base_url that begins with https:// or http://
    providers.toml:2: provider "ours" calls itself "Open_AI", which means openai; choose another id
    providers.toml:2: provider "ours" can't have LD_PRELOAD set for field "key": a variable matches [A-Z][A-Z0-9_]* and is none that steers programs or keydeck itself
    providers.toml:2: provider "ours" has a field "Key": a field's name is lower-case letters, digits and "_"
    providers.toml:2: provider "ours" has two fields "key"; keep one of them
    providers.toml:5: provider "ours" stands in the file already, in line 2; keep one of them
    "#);
    let missing = Vendors::load(Some(Path::new("/none/providers.toml"))).unwrap_err().to_string();
    assert!(missing.contains("/none/providers.toml") && missing.contains("providers_file"), "{missing}");
}

#[test]
fn no_variable_that_steers_programs_may_be_set() {
    for variable in ["OPENAI_API_KEY", "HF_TOKEN", "AI21_API_KEY", "OLLAMA_HOST"] {
        assert!(may_be_set(variable), "{variable}");
    }
    for variable in
        ["PATH", "LD_PRELOAD", "HTTPS_PROXY", "DYLD_INSERT_LIBRARIES", "KEYDECK_DB", "lower", "1A", "A-B", ""]
    {
        assert!(!may_be_set(variable), "{variable}");
    }
}
