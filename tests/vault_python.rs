//! The recipe of `docs/vault.md`, run as written by Python on a token that keydeck sealed.
//!
//! Skipped with a notice where python3 or its package `cryptography` is missing, unless `CI` is `true`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use keydeck::domain::id::Id;
use keydeck::vault::{Fields, Iterations, Place, Secret, SecretKey, UrlOrigin, Vault};
use serde_json::{Value, json};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The page that holds the recipe.
const PAGE: &str = include_str!("../docs/vault.md");

/// A key file whose line end and letters would trip a careless reader.
const KEY_FILE: &[u8] = " FAKE-für-Tests: sieben Eulen ☃ 2f9c1e7a \r\n".as_bytes();

/// Cuts the block out of the page that stands after the mark naming this file.
fn recipe() -> &'static str {
    let (_, marked) = PAGE.split_once("<!-- tests/vault_python.rs runs this block -->").unwrap();
    let (_, code) = marked.split_once("```python\n").unwrap();
    code.split_once("```").unwrap().0
}

fn python_can() -> bool {
    let probe = Command::new("python3").args(["-c", "import cryptography.fernet"]).output();
    let can = probe.is_ok_and(|output| output.status.success());
    if !can {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI needs python3 with the package cryptography");
        println!("skipped: python3 with the package cryptography is not installed");
    }
    can
}

#[test]
fn the_recipe_fits_in_ten_lines_and_opens_our_token() {
    assert!(recipe().lines().count() <= 10);
    if !python_can() {
        return;
    }
    let id = Uuid::from_u128;
    let secret_key = SecretKey::new(Zeroizing::new(KEY_FILE.to_vec())).unwrap();
    let (vault, params) = Vault::create(id(1), &secret_key, Iterations::default()).unwrap();
    let place =
        Place { workspace: Id::new(id(2)), credential: Id::new(id(3)), provider: "openai", version: Id::new(id(4)) };
    let values = [("api_key", "sk-FAKE-\"quoted\"-ü-☃"), ("service_account", "{\n \"type\": \"fake\"\n}\n")];
    let fields: Fields = values.map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).into();
    let origin = UrlOrigin::of("https://api.openai.com/v1").unwrap();
    let sealed = vault.seal(place, Some(&origin), &fields);

    let folder = tempfile::tempdir().unwrap();
    let (script, key_file) = (folder.path().join("open.py"), folder.path().join("secret.key"));
    fs::write(&script, recipe()).unwrap();
    fs::write(&key_file, KEY_FILE).unwrap();
    let salt = format!("{:032x}", u128::from_be_bytes(params.salt));
    let row = json!({"salt": salt, "iterations": params.iterations, "token": sealed.token});
    let mut python = Command::new("python3")
        .args([&script, &key_file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(row.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());

    let opened: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        opened,
        json!({
            "format": 1, "database": id(1), "workspace": id(2), "credential": id(3), "provider": "openai",
            "version": id(4), "origin": "https://api.openai.com",
            "fields": {"api_key": values[0].1, "service_account": values[1].1},
        })
    );
}
