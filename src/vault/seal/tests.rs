//! Tests of the payload: what is sealed comes back, and only for the row that it was sealed for.

use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [9; 32];
const DATABASE: Uuid = Uuid::from_u128(1);
const PLACE: Place<'static> = Place {
    workspace: Id::new(Uuid::from_u128(2)),
    credential: Id::new(Uuid::from_u128(3)),
    provider: "openai",
    version: Id::new(Uuid::from_u128(4)),
};

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|&(name, value)| (name.to_owned(), Secret::new(value.to_owned()))).collect()
}

fn token() -> String {
    seal(&FernetKey::new(&KEY), DATABASE, PLACE, None, &fields(&[("api_key", "sk-FAKE-1")]))
}

#[test]
fn a_secret_moved_to_another_row_does_not_open() {
    let key = FernetKey::new(&KEY);
    let token = token();
    let other = Uuid::from_u128(99);
    for (database, place, binding) in [
        (other, PLACE, Binding::Database),
        (DATABASE, Place { workspace: Id::new(other), ..PLACE }, Binding::Workspace),
        (DATABASE, Place { credential: Id::new(other), ..PLACE }, Binding::Credential),
        (DATABASE, Place { provider: "anthropic", ..PLACE }, Binding::Provider),
        (DATABASE, Place { version: Id::new(other), ..PLACE }, Binding::Version),
    ] {
        assert_eq!(open(&key, database, place, &token).err(), Some(OpenError::Moved(binding)));
    }
    assert!(open(&key, DATABASE, PLACE, &token).is_ok());
}

#[test]
fn another_key_does_not_open_it() {
    let opened = open(&FernetKey::new(&[8; 32]), DATABASE, PLACE, &token());
    assert_eq!(opened.err(), Some(OpenError::Token(TokenError::NotAuthentic)));
}

#[test]
fn no_error_tells_the_secret() {
    let key = FernetKey::new(&KEY);
    for plaintext in ["sk-FAKE-canary", "{\"format\": \"sk-FAKE-canary\"}", "{\"format\": 1, \"sk-FAKE-canary\": 1}"] {
        let error = open(&key, DATABASE, PLACE, &key.encrypt(plaintext.as_bytes())).err().unwrap();
        assert_eq!(error, OpenError::Payload);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[test]
fn a_base_url_of_another_origin_is_refused() {
    let key = FernetKey::new(&KEY);
    let sealed_for = |url: Option<&str>| {
        let origin = url.map(|url| UrlOrigin::of(url).unwrap());
        let token = seal(&key, DATABASE, PLACE, origin.as_ref(), &Fields::new());
        open(&key, DATABASE, PLACE, &token).unwrap()
    };
    let gateway = sealed_for(Some("https://gateway.example/v1"));
    assert_eq!(gateway.check_base_url(Some("https://GATEWAY.example:443/v2")), Ok(()));
    for refused in [None, Some("https://evil.example"), Some("http://gateway.example"), Some("nonsense")] {
        assert!(gateway.check_base_url(refused).is_err(), "{refused:?}");
    }
    let default = sealed_for(None);
    assert_eq!(default.check_base_url(None), Ok(()));
    let error = default.check_base_url(Some("https://evil.example")).unwrap_err().to_string();
    assert_eq!(
        error,
        "the secret may go to the provider's default only, and the base URL now names https://evil.example; \
         enter the secret again to allow the new one"
    );
}

proptest! {
    #[test]
    fn opening_undoes_sealing(
        given in proptest::collection::btree_map(".{0,40}", "(?s).{0,200}", 0..5),
        provider in ".{0,40}",
        port: u16,
    ) {
        let key = FernetKey::new(&KEY);
        let place = Place { provider: &provider, ..PLACE };
        let origin = UrlOrigin::of(&format!("https://h.example:{}", port.max(1))).unwrap();
        let sealed: Fields = given.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone()))).collect();
        let token = seal(&key, DATABASE, place, Some(&origin), &sealed);
        let opened = open(&key, DATABASE, place, &token).unwrap();
        prop_assert_eq!(opened.origin, Some(origin));
        let found: BTreeMap<_, _> = opened.fields.iter().map(|(n, v)| (n.clone(), v.expose().to_owned())).collect();
        prop_assert_eq!(found, given);
    }

    #[test]
    fn a_flipped_bit_is_noticed(at: prop::sample::Index, bit in 0..8) {
        let mut bytes = token().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        let opened = String::from_utf8(bytes).is_ok_and(|t| open(&FernetKey::new(&KEY), DATABASE, PLACE, &t).is_ok());
        prop_assert!(!opened);
    }
}
