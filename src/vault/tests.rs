//! Tests of the whole vault: known answers made by Python, the public vectors, and what a wrong key meets.

use std::{collections::BTreeMap, path::PathBuf, sync::LazyLock};

use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde::{Deserialize, de::DeserializeOwned};

use super::*;
use crate::domain::credential::{Credential, SecretVersion};

/// `tests/fixtures/vault/known.json`: made with Python's `hashlib`, `hmac` and `cryptography`.
#[derive(Deserialize)]
struct Known {
    secret_key: String,
    salt: String,
    iterations: u32,
    database: Uuid,
    key_id: Uuid,
    workspace: Id<Workspace>,
    credential: Id<Credential>,
    version: Id<SecretVersion>,
    provider: String,
    origin: String,
    fields: BTreeMap<String, String>,
    root: String,
    sub_keys: BTreeMap<String, String>,
    check: String,
    fingerprint_of_api_key: String,
    audit_mac_of_hello: String,
    token: String,
    token_of_format_2: String,
    token_of_no_payload: String,
}

impl Known {
    fn secret_key(&self) -> SecretKey {
        SecretKey::typed(self.secret_key.clone()).unwrap()
    }

    fn params(&self) -> VaultParams {
        VaultParams {
            database: self.database,
            key_id: self.key_id,
            salt: unhex(&self.salt).try_into().unwrap(),
            iterations: self.iterations,
            check: unhex(&self.check).try_into().unwrap(),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            workspace: self.workspace,
            credential: self.credential,
            provider: &self.provider,
            version: self.version,
        }
    }

    fn sealed(&self, token: &str) -> SealedToken {
        SealedToken { key_id: self.key_id, token: token.to_owned() }
    }
}

static KNOWN: LazyLock<Known> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../tests/fixtures/vault/known.json")).unwrap());

/// One derivation for all tests: it takes a second without optimisation.
static VAULT: LazyLock<Vault> = LazyLock::new(|| Vault::unlock(&KNOWN.params(), &KNOWN.secret_key()).unwrap());

/// A second vault of the same database, made by us.
static OTHER: LazyLock<(Vault, VaultParams)> = LazyLock::new(|| {
    let key = SecretKey::typed("Zq7kdf83Lm2xpW0v-FAKE".to_owned()).unwrap();
    Vault::create(KNOWN.database, &key, Iterations::default()).unwrap()
});

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_keys_are_those_that_python_derives() {
    assert_eq!(VAULT.root.bytes().to_vec(), unhex(&KNOWN.root));
    for (name, purpose) in [
        ("seal", Purpose::Seal),
        ("check", Purpose::Check),
        ("fingerprint", Purpose::Fingerprint),
        ("audit", Purpose::Audit),
        ("wrap", Purpose::Wrap),
    ] {
        assert_eq!(VAULT.root.sub_key(purpose).bytes().to_vec(), unhex(&KNOWN.sub_keys[name]), "{name}");
    }
    let value = Secret::new(KNOWN.fields["api_key"].clone());
    let fingerprint = VAULT.fingerprint(KNOWN.workspace, "api_key", &value);
    assert_eq!(fingerprint.as_bytes().to_vec(), unhex(&KNOWN.fingerprint_of_api_key));
    assert_eq!(VAULT.audit_key().mac(b"hello").to_vec(), unhex(&KNOWN.audit_mac_of_hello));
}

#[test]
fn a_token_that_python_sealed_opens() {
    let opened = VAULT.open(KNOWN.place(), &KNOWN.sealed(&KNOWN.token)).unwrap();
    assert_eq!(opened.origin, Some(UrlOrigin::of(&KNOWN.origin).unwrap()));
    let found: BTreeMap<_, _> = opened.fields.iter().map(|(n, v)| (n.clone(), v.expose().to_owned())).collect();
    assert_eq!(found, KNOWN.fields);
}

#[test]
fn a_later_format_and_a_foreign_plaintext_are_told_apart() {
    let open = |token: &str| VAULT.open(KNOWN.place(), &KNOWN.sealed(token)).err();
    assert_eq!(open(&KNOWN.token_of_format_2), Some(OpenError::Format(2)));
    assert_eq!(open(&KNOWN.token_of_no_payload), Some(OpenError::Payload));
}

#[test]
fn a_wrong_secret_key_is_refused_by_name() {
    let wrong = SecretKey::typed(format!("{} ", KNOWN.secret_key)).unwrap();
    let refused = Vault::unlock(&KNOWN.params(), &wrong).err();
    assert_eq!(refused, Some(UnlockError::WrongKey { key_id: KNOWN.key_id }));
    let text = refused.unwrap().to_string();
    assert!(text.contains("nothing was opened") && !text.contains(&KNOWN.secret_key), "{text}");
}

#[test]
fn edited_parameters_are_refused() {
    let root = || Key::from_bytes(&unhex(&KNOWN.root)).unwrap();
    assert!(Vault::checked(&KNOWN.params(), root()).is_ok());
    let other = Uuid::from_u128(7);
    let mut check = KNOWN.params().check;
    check[31] ^= 1;
    for edited in [
        VaultParams { database: other, ..KNOWN.params() },
        VaultParams { key_id: other, ..KNOWN.params() },
        VaultParams { check, ..KNOWN.params() },
    ] {
        assert_eq!(Vault::checked(&edited, root()).err(), Some(UnlockError::WrongKey { key_id: edited.key_id }));
    }
    for iterations in [0, 100_000, 599_999, 10_000_001, u32::MAX] {
        let refused = Vault::unlock(&VaultParams { iterations, ..KNOWN.params() }, &KNOWN.secret_key()).err();
        assert_eq!(refused, Some(UnlockError::Iterations(IterationsError(iterations))), "without waiting for it");
    }
}

#[test]
fn two_vaults_of_one_database_share_nothing() {
    let (other, params) = &*OTHER;
    let again = Vault::create(KNOWN.database, &KNOWN.secret_key(), Iterations::default()).unwrap().1;
    assert_ne!(params.salt, again.salt, "each vault that is made has a salt of its own");
    assert_ne!(params.key_id, KNOWN.key_id);
    let refused = other.open(KNOWN.place(), &KNOWN.sealed(&KNOWN.token)).err();
    assert_eq!(refused, Some(OpenError::OtherKey { sealed_under: KNOWN.key_id, held: params.key_id }));
    let relabelled = SealedToken { key_id: params.key_id, token: KNOWN.token.clone() };
    let refused = other.open(KNOWN.place(), &relabelled).err();
    assert_eq!(refused, Some(OpenError::Token(TokenError::NotAuthentic)));
}

#[test]
fn a_made_vault_unlocks_after_a_round_through_the_store() {
    let (made, params) = &*OTHER;
    let stored: VaultParams = serde_json::from_str(&serde_json::to_string(params).unwrap()).unwrap();
    let key = SecretKey::typed("Zq7kdf83Lm2xpW0v-FAKE\n".to_owned()).unwrap();
    let unlocked = Vault::unlock(&stored, &key).unwrap();
    let fields = Fields::from([("api_key".to_owned(), Secret::new("sk-FAKE-2".to_owned()))]);
    let sealed = made.seal(KNOWN.place(), None, &fields);
    assert_eq!(unlocked.open(KNOWN.place(), &sealed).unwrap().fields["api_key"].expose(), "sk-FAKE-2");
    assert_ne!(made.seal(KNOWN.place(), None, &fields).token, sealed.token, "a fresh IV each time");
}

#[test]
fn a_fingerprint_depends_on_workspace_field_and_value() {
    let value = |text: &str| Secret::new(text.to_owned());
    let (here, there) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
    let mark = VAULT.fingerprint(here, "api_key", &value("sk-FAKE-1"));
    assert!(mark == VAULT.fingerprint(here, "api_key", &value("sk-FAKE-1")));
    assert!(mark != VAULT.fingerprint(there, "api_key", &value("sk-FAKE-1")));
    assert!(mark != VAULT.fingerprint(here, "api_keys", &value("k-FAKE-1")), "the border between the parts counts");
    assert!(mark != VAULT.fingerprint(here, "api_key", &value("sk-FAKE-2")));
    assert!(mark != OTHER.0.fingerprint(here, "api_key", &value("sk-FAKE-1")), "keyed");
}

#[test]
fn the_audit_key_verifies_what_it_made_and_nothing_else() {
    let key = VAULT.audit_key();
    let tag = key.mac(b"row 1");
    assert!(key.verifies(b"row 1", &tag));
    assert!(!key.verifies(b"row 2", &tag));
    assert!(!key.verifies(b"row 1", &tag[..31]));
    assert!(!OTHER.0.audit_key().verifies(b"row 1", &tag));
}

#[test]
fn an_interrupted_rekey_goes_on_with_the_new_key_alone() {
    let new = &OTHER.0;
    let wrapped = new.wrap(&VAULT);
    let old = new.open_wrapped(&KNOWN.params(), &wrapped).unwrap();
    assert!(old.open(KNOWN.place(), &KNOWN.sealed(&KNOWN.token)).is_ok());

    assert_eq!(
        VAULT.open_wrapped(&KNOWN.params(), &wrapped).err(),
        Some(WrappedError::Token(TokenError::NotAuthentic))
    );
    assert_eq!(new.open_wrapped(&OTHER.1, &wrapped).err(), Some(WrappedError::Other));
}

#[test]
fn a_wrapped_key_belongs_to_one_database_and_one_key_id() {
    let new = &OTHER.0;
    let wrap = FernetKey::new(new.root.sub_key(Purpose::Wrap).bytes());
    let bound = |database: Uuid, key_id: Uuid| {
        let bytes = length_prefixed(&[database.as_bytes(), key_id.as_bytes(), VAULT.root.bytes()]);
        new.open_wrapped(&KNOWN.params(), &wrap.encrypt(&bytes)).err()
    };
    assert_eq!(bound(KNOWN.database, KNOWN.key_id), None);
    assert_eq!(bound(Uuid::from_u128(7), KNOWN.key_id), Some(WrappedError::Other));
    assert_eq!(bound(KNOWN.database, Uuid::from_u128(7)), Some(WrappedError::Other));
}

/// A vault in the middle of a rekey: the new one, which holds the old.
fn moving() -> Vault {
    let key = SecretKey::typed("Zq7kdf83Lm2xpW0v-FAKE".to_owned()).unwrap();
    let new = Vault::unlock(&OTHER.1, &key).unwrap();
    let old = new.open_wrapped(&KNOWN.params(), &new.wrap(&VAULT)).unwrap();
    new.with_former(old)
}

fn row() -> Row {
    Row { workspace: KNOWN.workspace, credential: KNOWN.credential, version: KNOWN.version }
}

#[test]
fn while_a_rekey_runs_both_keys_open_and_the_new_one_seals() {
    let vault = moving();
    assert_eq!(vault.former().map(Vault::key_id), Some(KNOWN.key_id));
    assert_eq!(vault.seal(KNOWN.place(), None, &Fields::new()).key_id, OTHER.1.key_id);
    assert_eq!(vault.open(KNOWN.place(), &KNOWN.sealed(&KNOWN.token)).unwrap().fields.len(), KNOWN.fields.len());
    let third = SealedToken { key_id: Uuid::from_u128(9), token: KNOWN.token.clone() };
    assert!(matches!(vault.open(KNOWN.place(), &third), Err(OpenError::OtherKey { .. })), "a label is not guessed");
}

#[test]
fn a_resealed_secret_is_the_same_under_the_new_key_alone() {
    let vault = moving();
    // The label is wrong in the second; the token is what counts.
    for label in [KNOWN.key_id, Uuid::from_u128(9), OTHER.1.key_id] {
        let sealed = SealedToken { key_id: label, token: KNOWN.token.clone() };
        let resealed = vault.reseal(row(), &sealed).unwrap();
        let opened = OTHER.0.open(KNOWN.place(), &resealed.token).unwrap();
        assert_eq!(opened.origin, Some(UrlOrigin::of(&KNOWN.origin).unwrap()));
        let found: BTreeMap<_, _> = opened.fields.iter().map(|(n, v)| (n.clone(), v.expose().to_owned())).collect();
        assert_eq!(found, KNOWN.fields);
        assert!(VAULT.open(KNOWN.place(), &SealedToken { key_id: KNOWN.key_id, ..resealed.token }).is_err());
        let mark = |name: &str| OTHER.0.fingerprint(KNOWN.workspace, name, &Secret::new(KNOWN.fields[name].clone()));
        assert!(resealed.marks.iter().all(|(name, found)| *found == mark(name)), "the marks are the new key's");
        assert_eq!(resealed.marks.len(), KNOWN.fields.len());
    }
}

#[test]
fn what_opens_under_neither_key_or_stands_in_another_row_is_not_resealed() {
    let vault = moving();
    let refused = |row, sealed: &SealedToken| vault.reseal(row, sealed).err().unwrap();
    let other = Uuid::from_u128(99);
    let sealed = KNOWN.sealed(&KNOWN.token);
    for (moved, binding) in [
        (Row { workspace: Id::new(other), ..row() }, Binding::Workspace),
        (Row { credential: Id::new(other), ..row() }, Binding::Credential),
        (Row { version: Id::new(other), ..row() }, Binding::Version),
    ] {
        assert_eq!(refused(moved, &sealed), OpenError::Moved(binding));
    }
    let broken = KNOWN.sealed(&KNOWN.token.replacen('A', "B", 1));
    assert!(matches!(refused(row(), &broken), OpenError::Token(_)));
    assert_eq!(refused(row(), &KNOWN.sealed(&KNOWN.token_of_format_2)), OpenError::Format(2));
}

#[test]
fn keys_are_zeroed_when_they_are_dropped() {
    fn zeroes<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    zeroes(&*Box::new(Zeroizing::new([0u8; 32])));
    zeroes(&Zeroizing::new(Vec::<u8>::new()));
    zeroes(&Zeroizing::new(String::new()));
    assert!(std::mem::needs_drop::<Vault>() && std::mem::needs_drop::<SecretKey>() && std::mem::needs_drop::<Secret>());
}

/// Reads a file of the public vectors, which live beside the repository; `None`, said aloud, where they don't.
fn vectors<T: DeserializeOwned>(name: &str) -> Option<T> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            println!("skipped: {} is not there ({error})", path.display());
            None
        }
    }
}

/// A vector of <https://github.com/fernet/spec>.
#[derive(Deserialize)]
struct FernetVector {
    #[serde(default)]
    desc: String,
    token: String,
    secret: String,
    #[serde(default)]
    src: String,
}

impl FernetVector {
    fn key(&self) -> FernetKey {
        FernetKey::new(&URL_SAFE.decode(&self.secret).unwrap().try_into().unwrap())
    }
}

#[test]
fn the_public_fernet_vectors_hold() {
    for file in ["fernet_vectors/verify.json", "fernet_vectors/generate.json"] {
        for vector in vectors::<Vec<FernetVector>>(file).unwrap_or_default() {
            assert_eq!(vector.key().decrypt(&vector.token).unwrap().as_slice(), vector.src.as_bytes());
        }
    }
    for vector in vectors::<Vec<FernetVector>>("fernet_vectors/invalid.json").unwrap_or_default() {
        // A stored secret is never refused for its time, so these two are valid for us.
        let only_its_time = ["expired TTL", "far-future TS (unacceptable clock skew)"].contains(&vector.desc.as_str());
        assert_eq!(vector.key().decrypt(&vector.token).is_ok(), only_its_time, "{}", vector.desc);
    }
}

#[test]
fn the_public_pbkdf2_vectors_hold() {
    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }
    #[derive(Deserialize)]
    struct Vector {
        source: String,
        password_hex: String,
        salt_hex: String,
        iterations: u32,
        dk_len: usize,
        dk_hex: String,
    }
    let shared = vectors::<File>("pbkdf2_vectors.json").map(|file| file.vectors).unwrap_or_default();
    let own: File = serde_json::from_str(include_str!("../../tests/fixtures/vault/pbkdf2.json")).unwrap();
    for vector in own.vectors.into_iter().chain(shared) {
        let mut out = vec![0; vector.dk_len];
        let (password, salt) = (unhex(&vector.password_hex), unhex(&vector.salt_hex));
        pbkdf2_hmac_sha256(&password, &salt, vector.iterations, &mut out);
        assert_eq!(out, unhex(&vector.dk_hex), "{}", vector.source);
    }
}
