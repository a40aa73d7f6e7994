//! What a terminal sends, and what people type or paste: links, SSH public keys, command lines from afar, filters.

use std::{
    borrow::Cow,
    fmt::{Debug, Display},
    str::FromStr,
    time::{Duration, Instant},
};

use keydeck::{
    config::DatabaseUrl,
    domain::{credential::Reference, fact::Month, link::Link, money::MicroDollars, name, workflow::Selector},
    form::ssh_key::PublicKey,
    http::Listen,
    ssh::words,
    tui::{
        decode::Decoder,
        event::{Event, Keys},
        state::memory::Memories,
        widget::filter::{Filter, Searched},
    },
    vault::AllowedReference,
};

/// However the bytes are cut, the same events come out; and nothing waits for ever.
pub fn terminal(bytes: &[u8]) {
    let now = Instant::now();
    let decoded = |parts: &mut dyn Iterator<Item = &[u8]>| {
        let (mut decoder, mut events) = (Decoder::default(), Vec::<Event<()>>::new());
        for part in parts {
            decoder.feed(part, now, &mut events);
        }
        let mut later = now;
        while let Some(deadline) = decoder.deadline() {
            assert!(later <= deadline && deadline <= later + Duration::from_mins(1), "it waits for ever");
            later = deadline;
            decoder.expire(later, &mut events);
        }
        events
    };
    let whole = decoded(&mut std::iter::once(bytes));
    assert!(whole.len() <= bytes.len() + 1, "more events than bytes");
    assert!(decoded(&mut bytes.chunks(1)) == whole, "byte by byte, other events come out");
    // A cut that the bytes themselves choose.
    if let Some(first) = bytes.first() {
        let (before, after) = bytes.split_at(usize::from(*first) % bytes.len());
        assert!(decoded(&mut [before, after].into_iter()) == whole, "cut in two, other events come out");
    }
}

/// A link, keys and an address that were read are written so that they read the same again.
pub fn link(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    if let Ok(link) = Link::parse(text) {
        assert_eq!(Link::parse(&link.to_string()).ok(), Some(link));
    }
    if let Ok(keys) = text.parse::<Keys>() {
        assert_eq!(keys.to_string().parse().ok(), Some(keys));
    }
    if let Ok(url) = text.parse::<DatabaseUrl>() {
        assert_eq!(url.expose().parse().ok(), Some(url.clone()));
        let _ = (url.to_string(), url.sqlite_path().is_some());
    }
}

/// A public key is written so that it reads the same again, and its comment commands no terminal.
pub fn ssh_key(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    match PublicKey::parse(text) {
        Ok(key) => {
            assert_eq!(PublicKey::parse(&key.to_string()).as_ref(), Ok(&key));
            assert!(!key.comment().chars().any(name::is_unprintable), "its comment commands a terminal");
            assert_eq!(key.fingerprint().len(), "SHA256:".len() + 43);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// A command line from afar becomes words that, quoted, are the same words again; none holds what the line did not.
pub fn words(bytes: &[u8]) {
    let Ok(found) = words::split(bytes) else { return };
    let texts: Vec<&str> = found.iter().map(|word| word.to_str().expect("it came from text")).collect();
    assert!(texts.iter().map(|word| word.len()).sum::<usize>() <= bytes.len(), "more came out than went in");
    let line = super::text(bytes).expect("it was split as text");
    assert!(texts.iter().all(|word| word.chars().all(|c| line.contains(c))), "a character came from nowhere");
    let quoted: Vec<String> = texts.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
    assert_eq!(words::split(quoted.join(" ").as_bytes()), Ok(found), "quoted, they are other words");
}

/// A value that was read is written so that it reads the same again.
fn again<T: FromStr<Err: Display> + Display + PartialEq + Debug>(text: &str) {
    match text.parse::<T>() {
        Ok(value) => assert_eq!(value.to_string().parse().ok(), Some(value)),
        Err(error) => drop(error.to_string()),
    }
}

/// Amounts, months, variables, references and places to listen.
pub fn typed(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    again::<MicroDollars>(text);
    again::<Month>(text);
    again::<Selector>(text);
    again::<Reference>(text);
    let _ = text.parse::<AllowedReference>().map_err(|error| error.to_string());
    match Listen::read(text).map(|place| place.to_string()) {
        Ok(written) => assert_eq!(Listen::read(&written).map(|place| place.to_string()).ok(), Some(written)),
        Err(failure) => assert!(!failure.message.chars().any(name::is_unprintable), "{:?}", failure.message),
    }
}

/// What a session remembered, or somebody made of it, is written so that it reads the same again.
pub fn memories(bytes: &[u8]) {
    let Some(memories) = super::text(bytes).and_then(Memories::read) else { return };
    let written = serde_json::to_string(&memories).expect("it is written so");
    assert_eq!(Memories::read(&written), Some(memories));
}

/// A row that is one text.
struct Line<'a>(&'a str);

impl Searched for Line<'_> {
    fn text(&self) -> Cow<'_, str> {
        self.0.into()
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "name").then_some(self.0.into())
    }
}

/// The first line filters the others. Ranked, they are the same lines; and a filter of nothing keeps them all.
pub fn filter(bytes: &[u8]) {
    let Some(text) = super::text(bytes) else { return };
    let (first, rest) = text.split_once('\n').unwrap_or((text, text));
    let lines: Vec<Line<'_>> = rest.split('\n').map(Line).collect();
    let filter = Filter::parse(first, &["name"]);
    let chosen = filter.select(&lines);
    let mut ranked = filter.rank(&lines);
    ranked.sort_unstable();
    assert_eq!(ranked, chosen);
    assert!(!filter.is_empty() || chosen.len() == lines.len(), "a filter of nothing took something away");
}
