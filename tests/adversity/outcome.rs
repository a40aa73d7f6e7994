//! The outcome of one run of the program, and what every outcome must keep.

use std::process::Output;

use super::secrets;

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Outcome {
    /// What was run, for failures.
    #[expect(dead_code, reason = "shown by Debug")]
    run: String,
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Outcome {
    /// Takes what the program said, and insists on what holds always: no panic, no raw escape, no secret.
    #[track_caller]
    pub fn new(words: String, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let it = Self { run: words, code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
        assert!(!it.err.contains("panicked"), "{it:#?}");
        for said in [&it.out, &it.err] {
            let command = said.chars().find(|c| *c != '\n' && keydeck::domain::name::is_unprintable(*c));
            assert_eq!(command, None, "{it:#?}");
            assert!(!secrets::holds_canary(said.as_bytes()), "{it:#?}");
        }
        it
    }

    /// Insists on an exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// Insists that it refused with a code and a sentence that holds these words, and what to do about it.
    #[track_caller]
    pub fn refuses(self, code: i32, words: &str) -> Self {
        let it = self.ends_with(code);
        assert!(it.err.starts_with("keydeck: ") && it.err.contains(words), "{words:?} is not said: {it:#?}");
        it
    }

    /// Reads standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}
