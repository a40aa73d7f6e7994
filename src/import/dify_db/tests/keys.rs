//! Values that another implementation sealed, and keys that are none.

use std::fs;

use serde::Deserialize;

use super::*;

/// Made by `tests/fixtures/dify-db/make_vector.py` with `PyCryptodome`.
const VECTOR: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/dify-db/vector.json"));

#[derive(Deserialize)]
struct Vector {
    private: String,
    public: String,
    other_public: String,
    values: Vec<Sealed>,
}

#[derive(Deserialize)]
struct Sealed {
    plain: String,
    sealed: String,
}

fn vector() -> Vector {
    serde_json::from_str(VECTOR).unwrap()
}

#[test]
fn what_python_sealed_opens_in_both_forms() {
    let vector = vector();
    let key = TenantKey::parse(vector.private.as_bytes()).unwrap();
    assert_eq!(vector.values.len(), 7);
    for Sealed { plain, sealed } in &vector.values {
        let opened = key.open(sealed).map_err(|closed| panic!("{closed:?}: {plain}"));
        assert!(opened.is_ok_and(|secret| secret.expose() == plain), "{plain}");
    }
}

#[test]
fn what_is_cut_or_changed_does_not_open() {
    let vector = vector();
    let key = TenantKey::parse(vector.private.as_bytes()).unwrap();
    for Sealed { sealed, .. } in &vector.values {
        for end in [12, 340, sealed.len() / 2 / 4 * 4, sealed.len() - 4] {
            assert!(key.open(&sealed[..end.min(sealed.len() - 4)]).is_err(), "cut at {end}");
        }
        for at in [13, 100, 350, 380, sealed.len() - 6] {
            let Some(mut bytes) = (at < sealed.len() - 3).then(|| sealed.clone().into_bytes()) else { continue };
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(key.open(&String::from_utf8(bytes).unwrap()).is_err(), "changed at {at}");
        }
    }
    for plain in ["", "sk-FAKE-in-the-clear", "SFlCUklEO", "SFlCUklEOg==", "{}"] {
        assert!(key.open(plain).is_err(), "{plain}");
    }
}

#[test]
fn a_key_is_found_in_the_storage_folder_and_compared() {
    let vector = vector();
    let folder = tempfile::tempdir().unwrap();
    let find = |public: &str| TenantKey::find(folder.path(), "t", public);
    assert!(matches!(find(&vector.public), Err(KeyError::Read { .. })));
    let place = folder.path().join("privkeys/t");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("private.pem"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----")
        .unwrap();
    assert!(matches!(find(&vector.public), Err(KeyError::NoKey { .. })));
    fs::write(place.join("private.pem"), &vector.private).unwrap();
    assert!(find(&vector.public).is_ok() && find("").is_ok());
    let error = find(&vector.other_public).err().unwrap();
    assert!(matches!(&error, KeyError::Other { file } if file.ends_with("privkeys/t/private.pem")), "{error}");
}

#[test]
fn a_credential_brings_its_secret_and_its_plain_fields() {
    let vector = vector();
    let key = TenantKey::parse(vector.private.as_bytes()).unwrap();
    let sealed = &vector.values[0].sealed;
    let config = format!(
        r#"{{"openai_api_key": "{sealed}", "openai_api_base": "https://llm.example.com/v1", "api_protocol": "x", "openai_organization": "org-1"}}"#
    );
    let mut tenant = tenant();
    tenant.provider_credentials = vec![
        row! { id: "c1", provider_name: "langgenius/openai/openai", credential_name: " Main ", encrypted_config: config },
    ];
    let told = Told { key: Some(&key), ..Told::default() };
    let taken = take_with(&sample::catalogue(), &tenant, told);
    assert_eq!(taken.secrets.len(), 1);
    assert!(taken.secrets[0].fields["api_key"].expose() == vector.values[0].plain);
    tells(&taken, "the fields api_protocol of openai");
    let mut state = State::new();
    state.write(&taken.changes);
    let made = state.key("Main");
    assert_eq!((&*made.fields["base_url"], &*made.fields["organization"]), ("https://llm.example.com/v1", "org-1"));
    let printed = format!("{:?}", taken.changes) + &serde_json::to_string(&taken.report).unwrap();
    assert!(!printed.contains(&vector.values[0].plain) && !printed.contains(sealed.as_str()));

    let without = take_with(&sample::catalogue(), &tenant, Told::default());
    assert!(without.secrets.is_empty());
    tells(&without, "1 of 1 secrets are sealed");
}
