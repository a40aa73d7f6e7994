//! What programs say over HTTP, the bodies of their questions and the tokens that they show; and what vendors answer.

use std::sync::LazyLock;

use keydeck::{
    config::Probes,
    domain::name::is_unprintable,
    http::request::{Asked, FIELDS, MOST_BYTES},
    ops::token::text::Shown,
    probe::judge,
};

use super::text;

/// A question. One that is read is as strict JSON reads it; an error can be shown.
pub fn question(bytes: &[u8]) {
    if bytes.len() > MOST_BYTES {
        return;
    }
    match Asked::read(bytes) {
        Err(failure) => assert!(!failure.message.chars().any(is_unprintable), "{:?}", failure.message),
        Ok(asked) => {
            let question = asked.question();
            let known: serde_json::Value = serde_json::from_slice(bytes).expect("what is read is JSON");
            let object = known.as_object().expect("and an object");
            assert!(object.keys().all(|field| FIELDS.contains(&&**field)), "a field that nobody knows: {known}");
            assert_eq!(known["workflow"].as_str(), Some(&*question.place));
            assert!(question.operator.is_none() && question.at.is_none() && !question.dify);
        }
    }
}

/// A token. What has the form is no longer than a token is.
pub fn shown(bytes: &[u8]) {
    if let Some(text) = text(bytes)
        && Shown::read(text).is_some()
    {
        assert_eq!(text.len(), 70, "{text}");
    }
}

/// A vendor's answer: its number in two bytes, then its body. It is judged in a few words of ours.
pub fn answer(bytes: &[u8]) {
    static PROBES: LazyLock<Probes> = LazyLock::new(Probes::built_in);
    let Some((number, body)) = bytes.split_first_chunk() else { return };
    let status = 100 + u16::from_be_bytes(*number) % 500;
    for provider in ["openai", "anthropic", "openrouter", "deepseek"] {
        let told = judge(PROBES.get(provider).unwrap_or(PROBES.usual()), status, body);
        assert!(told.why.is_ascii() && told.why.len() < 80 && !told.why.contains(is_unprintable), "{told:?}");
    }
}
