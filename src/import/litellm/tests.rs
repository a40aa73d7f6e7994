use super::*;
use crate::{
    domain::{
        assignment::{Scope, Target},
        catalogue::Catalogue,
        credential::SecretRef,
        name,
        record::Record,
    },
    import::{
        map::Placements,
        sample,
        taking::{Ground, Taken},
        tests::everything,
    },
};

const WHOLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/litellm/config.yaml"));

fn import_into(catalogue: &Catalogue, bytes: &[u8]) -> Result<Taken, LiteLlmError> {
    let ids = &mut sample::ids(1_000 + catalogue.credentials().len() as u128 * 1_000);
    let placements = &Placements::default();
    take("config.yaml", bytes, Ground { catalogue, placements, source: None, new_id: ids })
}

fn import(text: &str) -> Taken {
    import_into(&everything(), text.as_bytes()).unwrap()
}

macro_rules! of_kind {
    ($taken:expr, $kind:ident) => {
        $taken
            .changes
            .iter()
            .filter_map(|change| if let Some(Record::$kind(it)) = change.after() { Some(it) } else { None })
            .collect::<Vec<_>>()
    };
}

/// The rules in words: scope, provider, model, target.
fn rules(taken: &Taken) -> Vec<String> {
    let after = everything().with_changes(&taken.changes, None);
    let word = |it: &crate::domain::assignment::Assignment| {
        let scope = match it.scope {
            Scope::Department(id) => format!("department/{}", after.departments().by_id(id).unwrap().name),
            Scope::App(id) => format!("app/{}", after.apps().by_id(id).unwrap().name),
            Scope::System => "system".to_owned(),
            _ => panic!("no such scope"),
        };
        let target = match it.target {
            Target::Key(id) => format!("key/{}", after.credentials().by_id(id).unwrap().name),
            Target::Pool(id) => format!("pool/{}", after.pools().by_id(id).unwrap().name),
            _ => panic!("no such target"),
        };
        format!("{scope} {}/{} {target}", it.provider, it.model.as_deref().unwrap_or("*"))
    };
    of_kind!(taken, Assignment).into_iter().map(word).collect()
}

#[test]
fn a_configuration_becomes_instances_keys_pools_and_rules() {
    let taken = import(WHOLE);
    let keys: Vec<_> = of_kind!(taken, Credential)
        .into_iter()
        .map(|it| {
            let secret = match &it.secret {
                SecretRef::External(reference) => reference.to_string(),
                _ if taken.secrets.iter().any(|secret| secret.credential == it.id) => "sealed".to_owned(),
                _ => "absent".to_owned(),
            };
            (it.name.to_string(), it.provider.to_string(), secret)
        })
        .collect();
    let key = |name: &str, provider: &str, secret: &str| (name.to_owned(), provider.to_owned(), secret.to_owned());
    assert_eq!(
        keys,
        [
            key("aws-claude", "bedrock", "sealed"),
            key("hotel-azure", "azure-openai", "sealed"),
            key("flight-azure", "azure-openai", "env:AZURE_FLIGHT"),
            key("openai-api-key", "openai", "env:OPENAI_API_KEY"),
            key("openai-gpt-4o", "openai", "sealed"),
        ]
    );
    let pools = of_kind!(taken, Pool);
    assert_eq!(pools.len(), 1);
    let weights: Vec<_> = pools[0].members.iter().map(|it| it.weight).collect();
    assert_eq!(weights, [3, 1]);
    let instances: Vec<_> =
        of_kind!(taken, Instance).into_iter().map(|it| format!("{} {}/{}", it.name, it.provider, it.model)).collect();
    assert_eq!(
        instances,
        [
            "gpt-4o openai/gpt-4o",
            "claude bedrock/anthropic.claude-3",
            "gpt-4 azure-openai/gpt-4-eu",
            "embed openai/text-embedding-3-small"
        ]
    );
    assert_eq!(
        rules(&taken),
        [
            "system openai/gpt-4o pool/gpt-4o",
            "system bedrock/anthropic.claude-3 key/aws-claude",
            "system azure-openai/gpt-4-eu key/hotel-azure",
            "system openai/text-embedding-3-small key/openai-api-key",
            "department/Hotel azure-openai/* key/hotel-azure",
            "department/Hotel azure-openai/gpt-4-eu key/flight-azure",
            "app/Rec app azure-openai/* key/flight-azure",
        ]
    );
    let before = everything();
    let after = before.with_changes(&taken.changes, None);
    assert_eq!(crate::plan::valid::check(&before, &after, &taken.changes), []);
}

#[test]
fn a_second_import_changes_nothing() {
    let taken = import(WHOLE);
    let after = everything().with_changes(&taken.changes, None);
    assert_eq!(import_into(&after, WHOLE.as_bytes()).unwrap().changes, []);
}

#[test]
fn of_two_credentials_of_one_name_the_first_counts() {
    let text = "credential_list:\n\
        - {credential_name: a, credential_values: {api_base: 'https://one.example'}, credential_info: {custom_llm_provider: azure}}\n\
        - {credential_name: a, credential_values: {api_base: 'https://two.example'}, credential_info: {custom_llm_provider: azure}}\n";
    let taken = import(text);
    let after = everything().with_changes(&taken.changes, None);
    let key = after.credentials().named("a").and_then(|ix| after.credentials().get(ix)).unwrap();
    assert_eq!(key.fields["base_url"], "https://one.example");
    let told: Vec<_> = taken.report.skipped.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(told, ["the credential \"a\""]);
    assert_eq!(import_into(&after, text.as_bytes()).unwrap().changes, [], "a second import changes nothing");
}

#[test]
fn what_is_left_out_is_told_and_no_value_is() {
    let taken = import(WHOLE);
    let told: Vec<_> = taken.report.skipped.iter().map(|it| it.what.as_str()).collect();
    for what in ["the proxy's master_key", "fallbacks of litellm_settings", "the entry gpt-4/openai of team/Hotel"] {
        assert!(told.contains(&what), "{what} in {told:?}");
    }
    let all = format!("{:?}{}", taken.report, serde_json::to_string(&taken.changes).unwrap());
    assert!(!all.contains("canary"), "{all}");
}

#[test]
fn a_foreign_or_broken_file_is_refused() {
    let refused = |text: &str| import_into(&everything(), text.as_bytes()).err().unwrap().to_string();
    assert!(refused("a: 1").contains("no LiteLLM configuration"));
    assert!(refused("- a").contains("no LiteLLM configuration"));
    assert!(!refused("model_list: [{sk-FAKE-canary").contains("canary"));
    let bomb: String = std::iter::once("a0: &a0 [x, x]\n".to_owned())
        .chain((1..40).map(|at| format!("a{at}: &a{at} [*a{0}, *a{0}, *a{0}]\n", at - 1)))
        .chain(std::iter::once("model_list: *a39\n".to_owned()))
        .collect();
    assert!(import_into(&everything(), bomb.as_bytes()).is_err());
    assert!(import_into(&everything(), &vec![b'a'; 80 << 20]).is_err());
}

#[test]
fn every_beginning_and_every_changed_byte_is_read_or_refused() {
    let catalogue = everything();
    for at in (0..WHOLE.len()).step_by(7) {
        let _ = import_into(&catalogue, &WHOLE.as_bytes()[..at]);
        let mut changed = WHOLE.as_bytes().to_vec();
        changed[at] ^= 0x15;
        let _ = import_into(&catalogue, &changed);
    }
}

#[test]
fn hostile_names_are_made_lawful() {
    let evil = serde_json::to_string(&"\u{1b}[2J\u{202e}x".repeat(50)).unwrap();
    let text = format!(
        "model_list: [{{model_name: {evil}, litellm_params: {{model: {evil}, custom_llm_provider: {evil}, api_key: k, {evil}: y}}}}]\n\
         credential_list: [{{credential_name: {evil}, credential_info: {{custom_llm_provider: openai}}, credential_values: {{api_key: k}}}}]\n\
         teams: [{{team_id: {evil}, model_config: {{{evil}: {{openai: {{litellm_credentials: {evil}}}}}}}}}]\nprojects: [{{project_id: {evil}}}]"
    );
    let taken = import(&text);
    let names: Vec<_> = taken.changes.iter().filter_map(|change| change.after()?.name()).collect();
    assert!(names.len() >= 5 && names.iter().all(|it| name::check(it).is_ok()), "{names:?}");
}
