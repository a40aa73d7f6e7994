//! What is done with foreign bytes, one function per parser: they read them, and fail if a promise is not kept.
//!
//! The fuzzer (`fuzz/run`) and the tests (`tests/fuzz_corpus.rs`) share these functions. A promise is kept if nothing
//! panics, if work is bounded, and if whatever a function asserts holds.

#[path = "targets/documents.rs"]
mod documents;
#[path = "targets/input.rs"]
mod input;
#[path = "targets/programs.rs"]
mod programs;
#[path = "targets/secrets.rs"]
mod secrets;
#[path = "targets/settings.rs"]
mod settings;
#[path = "targets/sources.rs"]
mod sources;

/// A parser: its name, what is done with the bytes, and the files and folders from which its seeds are taken.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Reads the bytes.
    pub check: fn(&[u8]),
    /// Where seeds stand, seen from the crate's folder; besides `fuzz/seeds/NAME`.
    pub seeds: &'static [&'static str],
}

/// Every parser of foreign bytes.
pub const TARGETS: [Target; 30] = [
    Target { name: "dify", check: sources::dify, seeds: &["tests/fixtures/dify"] },
    Target { name: "dify-anew", check: documents::anew, seeds: &["tests/fixtures/dify"] },
    Target { name: "dify-db", check: sources::dify_db, seeds: &[] },
    Target { name: "feedforward", check: sources::feedforward, seeds: &[] },
    Target { name: "dify-secret", check: secrets::dify, seeds: &["tests/fixtures/dify-db/vector.json"] },
    Target { name: "yaml", check: documents::yaml, seeds: &["tests/fixtures/dify"] },
    Target { name: "declarative", check: documents::declarative, seeds: &["tests/fixtures/declarative"] },
    Target { name: "expectations", check: documents::expectations, seeds: &[] },
    Target { name: "dotenv", check: sources::dotenv, seeds: &[] },
    Target { name: "litellm", check: sources::litellm, seeds: &["tests/fixtures/litellm"] },
    Target { name: "usage", check: sources::usage, seeds: &[] },
    Target { name: "prices", check: sources::prices, seeds: &[] },
    Target { name: "map", check: sources::map, seeds: &[] },
    Target { name: "settings", check: settings::file, seeds: &["config.example.toml"] },
    Target { name: "environment", check: settings::environment, seeds: &[] },
    Target { name: "providers", check: settings::providers, seeds: &[] },
    Target { name: "theme", check: settings::theme, seeds: &["themes"] },
    Target { name: "keymap", check: settings::keymap, seeds: &[] },
    Target { name: "token", check: secrets::token, seeds: &[] },
    Target { name: "secret-key", check: secrets::secret_key, seeds: &[] },
    Target { name: "ssh-key", check: input::ssh_key, seeds: &[] },
    Target { name: "terminal", check: input::terminal, seeds: &[] },
    Target { name: "words", check: input::words, seeds: &[] },
    Target { name: "question", check: programs::question, seeds: &[] },
    Target { name: "shown-token", check: programs::shown, seeds: &[] },
    Target { name: "answer", check: programs::answer, seeds: &[] },
    Target { name: "link", check: input::link, seeds: &[] },
    Target { name: "typed", check: input::typed, seeds: &[] },
    Target { name: "memories", check: input::memories, seeds: &[] },
    Target { name: "filter", check: input::filter, seeds: &[] },
];

/// Reads bytes as text, as files are read that must be UTF-8.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
