use super::*;
use crate::{
    domain::{catalogue::Catalogue, change::Change, record::Record},
    import::{
        map::{Placement, Placements},
        sample,
        tests::everything,
    },
};

fn import_as(catalogue: &Catalogue, text: &str, placements: &Placements) -> Taken {
    let ids = &mut sample::ids(1_000 + catalogue.credentials().len() as u128 * 100);
    take(".env", parse(text.as_bytes()).unwrap(), Ground { catalogue, placements, source: None, new_id: ids })
}

fn import(text: &str) -> Taken {
    import_as(&everything(), text, &Placements::default())
}

/// The keys by name: provider, public fields, and the secret ones in the clear.
fn keys(taken: &Taken) -> Vec<(String, String, Vec<String>, Vec<String>)> {
    let of = |change: &Change| match change.after() {
        Some(Record::Credential(it)) => {
            let secret = taken.secrets.iter().find(|secret| secret.credential == it.id).unwrap();
            let public = it.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let secret = secret.fields.iter().map(|(name, value)| format!("{name}={}", value.expose())).collect();
            Some((it.name.to_string(), it.provider.to_string(), public, secret))
        }
        _ => None,
    };
    taken.changes.iter().filter_map(of).collect()
}

fn key(name: &str, provider: &str, public: &[&str], secret: &[&str]) -> (String, String, Vec<String>, Vec<String>) {
    let all = |texts: &[&str]| texts.iter().map(|it| (*it).to_owned()).collect();
    (name.to_owned(), provider.to_owned(), all(public), all(secret))
}

#[test]
fn endings_tell_the_keys_of_one_vendor_apart() {
    let taken = import(
        "OPENAI_API_KEY=sk-FAKE-a\nexport OPENAI_API_KEY_2='sk-FAKE-b'\nOPENAI_API_KEY_FINANCE=\"sk-FAKE-c\"\n\
         OPENAI_BASE_URL=https://llm.example/v1\nOPENAI_BASE_URL_FINANCE=https://eu.example/v1\nOPENAI_API_KEY3=sk-FAKE-d",
    );
    let base = "base_url=https://llm.example/v1";
    assert_eq!(
        keys(&taken),
        [
            key("openai", "openai", &[base], &["api_key=sk-FAKE-a"]),
            key("openai-2", "openai", &[base], &["api_key=sk-FAKE-b"]),
            key("openai-3", "openai", &[base], &["api_key=sk-FAKE-d"]),
            key("openai-finance", "openai", &["base_url=https://eu.example/v1"], &["api_key=sk-FAKE-c"]),
        ]
    );
}

#[test]
fn keys_of_several_fields_are_put_together() {
    let taken = import(
        "AWS_ACCESS_KEY_ID=AKIA-FAKE\nAWS_SECRET_ACCESS_KEY=fake-secret\nAWS_REGION=eu-west-1\n\
         AZURE_OPENAI_API_KEY=fake-azure\nAZURE_OPENAI_ENDPOINT=https://us.openai.azure.com\nOPENAI_API_VERSION=2024-06-01\n\
         GOOGLE_API_KEY=fake-gemini",
    );
    assert_eq!(
        keys(&taken),
        [
            key(
                "azure-openai",
                "azure-openai",
                &["api_version=2024-06-01", "base_url=https://us.openai.azure.com"],
                &["api_key=fake-azure"]
            ),
            key(
                "bedrock",
                "bedrock",
                &["region=eu-west-1"],
                &["access_key_id=AKIA-FAKE", "secret_access_key=fake-secret"]
            ),
            key("gemini", "gemini", &[], &["api_key=fake-gemini"]),
        ]
    );
}

#[test]
fn what_is_left_out_is_told_by_name_and_never_by_value() {
    let taken = import(
        "DATABASE_URL=postgres://canary@host\nOPENAI_API_KEY=\nANTHROPIC_API_KEY=your-api-key\nCOHERE_API_KEY=${OTHER}\n\
         MISTRAL_API_KEY=first-canary\nMISTRAL_API_KEY=second-canary\nOLLAMA_HOST=ftp://canary\nEVIL-\u{61}=canary",
    );
    let whats: Vec<_> = taken.report.skipped.iter().map(|it| it.what.as_str()).collect();
    let variables = ["DATABASE_URL", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "COHERE_API_KEY", "OLLAMA_HOST", "EVIL-a"];
    assert_eq!(whats, variables.map(|it| format!("the variable {it}")));
    assert_eq!(keys(&taken), [key("mistral", "mistral", &[], &["api_key=second-canary"])]);
    let told = format!("{:?}{}", taken.report, serde_json::to_string(&taken.changes).unwrap());
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn a_second_import_changes_nothing_and_another_environment_is_another_key() {
    let text = "OPENAI_API_KEY=sk-FAKE-a\n";
    let first = import(text);
    let after = everything().with_changes(&first.changes, None);
    assert_eq!(import_as(&after, text, &Placements::default()).changes, []);
    let staging: Placements = Placement { environment: Some("staging".into()), ..Placement::default() }.into();
    let second = import_as(&after, text, &staging);
    assert_eq!(keys(&second), [key("openai (2)", "openai", &[], &["api_key=sk-FAKE-a"])]);
}
