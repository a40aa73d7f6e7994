//! Sealed secrets and what opens them.

use std::sync::LazyLock;

use hmac::{Hmac, KeyInit, Mac};
use keydeck::{
    domain::id::Id,
    import::dify_db::TenantKey,
    vault::{FernetKey, Iterations, Place, SealedToken, SecretKey, Vault, VaultParams},
};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

const SECRET_KEY: &str = "a key that is long enough for everybody";

/// A vault, and the key that seals in it, derived by the recipe of `docs/vault.md`.
static VAULT: LazyLock<(Vault, FernetKey)> = LazyLock::new(|| {
    let key = || SecretKey::typed(SECRET_KEY.to_owned()).expect("it is long enough");
    let (vault, params) = Vault::create(Uuid::from_u128(1), &key(), Iterations::default()).expect("makes a vault");
    let iterations = Iterations::new(params.iterations).expect("its own");
    let mut root = [0; 32];
    keydeck::vault::pbkdf2_hmac_sha256(SECRET_KEY.as_bytes(), &params.salt, iterations.get(), &mut root);
    let mut mac = Hmac::<Sha256>::new_from_slice(&root).expect("any length");
    mac.update(b"keydeck/1/seal");
    let seal: [u8; 32] = mac.finalize().into_bytes().into();
    (vault, FernetKey::new(&seal))
});

fn place() -> Place<'static> {
    Place {
        workspace: Id::new(Uuid::from_u128(2)),
        credential: Id::new(Uuid::from_u128(3)),
        provider: "openai",
        version: Id::new(Uuid::from_u128(4)),
    }
}

/// A token that nobody sealed does not open, one that was damaged neither; what is sealed and no payload of this place
/// is refused.
pub fn token(bytes: &[u8]) {
    let (vault, key) = &*VAULT;
    let opens = |token: String| vault.open(place(), &SealedToken { key_id: vault.key_id(), token }).is_ok();
    if let Some(text) = super::text(bytes) {
        assert!(!opens(text.to_owned()), "a token that nobody sealed opens");
    }
    let sealed = key.encrypt(bytes);
    assert!(key.decrypt(&sealed).is_ok_and(|opened| opened[..] == *bytes), "what was sealed opens otherwise");
    if opens(sealed.clone()) {
        let payload: serde_json::Value = serde_json::from_slice(bytes).expect("a payload is JSON");
        assert_eq!(payload["credential"], place().credential.to_string(), "it was sealed for another place");
    }
    let mut damaged = sealed.into_bytes();
    let at = bytes.iter().fold(7usize, |at, byte| at.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let at = at % damaged.len();
    // The last digit before the padding holds bits that stand for nothing.
    if !damaged[at..].iter().skip(1).all(|byte| *byte == b'=') {
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        assert!(!opens(String::from_utf8(damaged).expect("is ASCII")), "a damaged token opens");
    }
    if let Ok(params) = serde_json::from_slice::<VaultParams>(bytes) {
        let again = serde_json::to_string(&params).expect("is written");
        assert_eq!(serde_json::from_str::<VaultParams>(&again).ok(), Some(params));
    }
}

/// The key of the vector that `PyCryptodome` made.
static TENANT: LazyLock<TenantKey> = LazyLock::new(|| {
    let vector = include_str!("../../tests/fixtures/dify-db/vector.json");
    let vector: serde_json::Value = serde_json::from_str(vector).expect("a vector is JSON");
    TenantKey::parse(vector["private"].as_str().expect("a key").as_bytes()).expect("a key")
});

/// A value that Dify sealed opens or is refused, and so is a private key.
pub fn dify(bytes: &[u8]) {
    drop(TenantKey::parse(bytes));
    for word in super::text(bytes).unwrap_or_default().split('"') {
        if let Ok(secret) = TENANT.open(word) {
            assert!(secret.expose().len() < word.len(), "more came out than was sealed");
        }
    }
}

/// What a key file holds is taken as it is, or refused.
pub fn secret_key(bytes: &[u8]) {
    let judged = SecretKey::new(Zeroizing::new(bytes.to_vec()));
    let with_line_end = SecretKey::new(Zeroizing::new([bytes, b"\n"].concat()));
    // A carriage return would be part of the line end.
    if !bytes.ends_with(b"\n") && !bytes.ends_with(b"\r") {
        assert_eq!(judged.err(), with_line_end.err(), "a line end makes another key");
    }
}
