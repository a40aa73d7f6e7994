//! No cut of any stream lets a secret through, and what is no secret comes through whole.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use proptest::prelude::*;

use super::*;

const KEY: &str = "sk-FAKE/a+b\"c\\d-é-x9Kd";

fn redactor(keys: &[&str]) -> Redactor {
    let secrets: Vec<Secret> = keys.iter().map(|key| Secret::new((*key).to_owned())).collect();
    Redactor::new(Needles::new(&secrets))
}

/// Sends a stream through in one piece.
fn through(keys: &[&str], stream: &[u8]) -> String {
    let mut redactor = redactor(keys);
    let mut told = redactor.take(stream);
    told.extend(redactor.finish());
    String::from_utf8_lossy(&told).into_owned()
}

/// Percent-encodes the bytes for which `wants` says so.
fn percent(text: &str, wants: impl Fn(u8) -> bool) -> String {
    let each = |byte: u8| match wants(byte) {
        true if byte.is_multiple_of(2) => format!("%{byte:02X}").into_bytes(),
        true => format!("%{byte:02x}").into_bytes(),
        false => vec![byte],
    };
    String::from_utf8(text.bytes().flat_map(each).collect()).unwrap()
}

/// Writes a text as JSON does that holds ASCII alone.
fn ascii_json(text: &str) -> String {
    let each = |c: char| match c {
        '"' | '\\' | '/' => format!("\\{c}"),
        c if c.is_ascii() => c.to_string(),
        c => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat(),
    };
    text.chars().map(each).collect()
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>().join(end)
}

/// Every listed way of writing a key, with something around it.
fn ways(key: &str, before: &str, after: &str) -> Vec<Vec<u8>> {
    let inside = format!("{before}{key}{after}");
    let json = serde_json::to_string(key).unwrap();
    let written = [
        key.to_owned(),
        percent(key, |byte| !byte.is_ascii_alphanumeric()),
        percent(key, |_| true),
        percent(key, |byte| !byte.is_ascii()),
        json[1..json.len() - 1].to_owned(),
        ascii_json(key),
        key.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat(),
        key.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat(),
    ];
    let around = |text: String| format!("{before}{text}{after}").into_bytes();
    let encoded =
        [STANDARD.encode(&inside), URL_SAFE_NO_PAD.encode(&inside), wrapped(&STANDARD.encode(&inside), 19, "\n")];
    let windows = wrapped(&STANDARD.encode(&inside), 7, "\r\n");
    written.into_iter().map(around).chain(encoded.into_iter().chain([windows]).map(String::into_bytes)).collect()
}

#[test]
fn a_key_is_masked_in_every_listed_form_and_its_neighbours_stay() {
    for before in ["", "a", "ab", "abc"] {
        for (way, stream) in ways(KEY, before, "z").into_iter().enumerate() {
            let told = through(&[KEY], &stream);
            assert_eq!(told.matches(MASK).count(), 1, "way {way}: {told}");
            if way < 8 {
                assert_eq!(told, format!("{before}{MASK}z"), "way {way}");
            }
        }
    }
    assert_eq!(through(&[KEY], format!("{KEY}{KEY} {KEY}\n").as_bytes()), format!("{MASK}{MASK} {MASK}\n"));
}

#[test]
fn what_is_no_secret_comes_through_whole() {
    let text = "sk-FAKE is how keys begin; c2stRkFLRS is, too.\r\n%73%6B-FAKE \\u0073k\n\0\u{7f}ü";
    assert_eq!(through(&[KEY], text.as_bytes()), text);
    assert_eq!(through(&["abc"], b"abcabc"), "abcabc", "too short to be looked for");
    assert_eq!(through(&[], b"anything"), "anything");
}

#[test]
fn keys_that_share_text_are_masked_together() {
    let (long, short) = ("sk-FAKE-0123456789", "sk-FAKE-0123");
    assert_eq!(through(&[long, short], format!("{long} {short}").as_bytes()), format!("{MASK} {MASK}"));
    // The end of one is the beginning of another.
    assert_eq!(through(&["first-and-middle", "middle-and-last"], b"[first-and-middle-and-last]"), format!("[{MASK}]"));
    assert_eq!(through(&["\\\\\\\\"], &[b'\\'; 41]), MASK, "it can be read in two ways");
}

#[test]
fn the_lines_of_a_long_secret_are_masked_one_by_one() {
    let pem = "-----BEGIN FAKE KEY-----\nMIIBVAIBADANBgkqhkiG9w0B\nAQEFAASCAT4wggE6AgEAAkEA\n-----END FAKE KEY-----";
    for secret in [pem.to_owned(), serde_json::json!({ "private_key": pem }).to_string()] {
        for line in pem.lines().filter(|line| !line.starts_with('-')) {
            assert_eq!(through(&[&secret], format!("> {line}\n").as_bytes()), format!("> {MASK}\n"), "{secret}");
        }
    }
}

#[test]
fn a_stream_that_rests_shows_next_to_nothing_of_a_key() {
    let mut all = redactor(&[KEY]);
    assert_eq!(all.take(b"Whose keys"), b"Whose key");
    assert!(all.is_holding());
    assert_eq!(all.rest(), b"s", "a question is seen whole");
    assert!(!all.is_holding(), "once");
    assert_eq!(all.take(&KEY.as_bytes()[1..]), MASK.as_bytes(), "and what follows is masked all the same");
    assert_eq!(all.take(b"sk-FAKE"), b"");
    assert_eq!(all.rest(), b"", "more than that is not shown");
    assert_eq!(all.finish(), b"sk-FAKE", "unless it was none");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// However a stream is cut, and wherever it rests: the same comes out as from one piece, and no key.
    #[test]
    fn no_cut_lets_a_key_through(
        key in "[ -~äß€😀\n]{6,40}",
        before in "[ -~]{0,7}",
        after in "[ -~]{0,7}",
        way in 0..12_usize,
        cuts in prop::collection::vec(0..200_usize, 0..12),
    ) {
        let stream = ways(&key, &before, &after).swap_remove(way);
        let mut redactor = redactor(&[&key]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.sort_unstable();
        let mut told = Vec::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([stream.len()]) {
            told.extend(redactor.take(&stream[from..cut]));
            from = cut;
        }
        told.extend(redactor.finish());
        prop_assert_eq!(String::from_utf8_lossy(&told), through(&[&key], &stream));
        let told = String::from_utf8_lossy(&told).replace(['\r', '\n'], "");
        // The key itself, and what stood for it, but where the text around makes it up again.
        let around = format!("{before}{MASK}{after}");
        let gone = |text: &str| text.len() < 6 || around.contains(text) || !told.contains(text);
        let flat = key.replace('\n', "");
        prop_assert!(key.contains('\n') || gone(&flat), "{told}");
        let inner = STANDARD.encode(&key.as_bytes()[(3 - before.len() % 3) % 3..]);
        prop_assert!(gone(&inner[..inner.len() / 4 * 4 - 4]), "{told}");
    }

    /// Resting shows no more than the first characters of a key.
    #[test]
    fn resting_anywhere_shows_no_more_than_the_beginning(
        key in "[A-Za-z0-9]{8,30}",
        cuts in prop::collection::vec(0..30_usize, 1..8),
    ) {
        let mut redactor = redactor(&[&key]);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(key.len())).collect();
        cuts.sort_unstable();
        let (mut told, mut from) = (Vec::new(), 0);
        for cut in cuts {
            told.extend(redactor.take(&key.as_bytes()[from..cut]));
            told.extend(redactor.rest());
            from = cut;
        }
        told.extend(redactor.take(&key.as_bytes()[from..]));
        told.extend(redactor.finish());
        let told = String::from_utf8(told).unwrap();
        let shown = told.strip_suffix(MASK);
        prop_assert!(shown.is_some_and(|shown| shown.len() <= SHOWN && key.starts_with(shown)), "{told}");
    }
}
