//! Every parser of foreign bytes, over its seeds and what comes of them by chance: the fuzzers' promises, kept without a
//! fuzzer. `FUZZ_ROUNDS` sets how many inputs are made for each parser; `fuzz/run` looks further.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/targets.rs"]
#[expect(clippy::expect_used, reason = "a target fails by panicking")]
mod targets;

use std::{fs, path::Path};

use targets::{TARGETS, Target};

/// A sequence of numbers that is the same in every run, so that what fails fails again.
struct Numbers(u64);

impl Numbers {
    /// Draws the next, below a bound. Source: Marsaglia, "Xorshift RNGs", 2003.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// Returns every seed of a parser.
fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = format!("fuzz/seeds/{}", target.name);
    let mut files = Vec::new();
    for place in target.seeds.iter().copied().chain([own.as_str()]) {
        let place = root.join(place);
        if place.is_dir() {
            files.extend(fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
        } else if place.exists() {
            files.push(place);
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{} has no seeds", target.name);
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Changes a seed here and there: bytes, pieces taken away, pieces twice, pieces of another.
fn changed(seed: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    const TELLING: [u8; 16] = *b"\0\n\"'{}[]=:,#%\x1b\xc3/";
    let mut bytes = seed.to_vec();
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(bytes.len());
        let end = (at + 1 + numbers.below(40)).min(bytes.len());
        match numbers.below(6) {
            _ if bytes.is_empty() => bytes.push(TELLING[numbers.below(16)]),
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes.insert(at, TELLING[numbers.below(16)]),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 if !other.is_empty() => {
                let from = numbers.below(other.len());
                let to = (from + 1 + numbers.below(60)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn try_out(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let seeds = seeds(target);
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(400);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    (target.check)(&[]);
    for seed in &seeds {
        (target.check)(seed);
    }
    for round in 0..rounds {
        let (one, other) = (numbers.below(seeds.len()), numbers.below(seeds.len()));
        let bytes = changed(&seeds[one], &seeds[other], &mut numbers);
        let held = std::panic::catch_unwind(|| (target.check)(&bytes)).is_ok();
        assert!(held, "{name}, round {round}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

macro_rules! parsers {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            try_out($name);
        })*

        #[test]
        fn no_parser_is_left_out() {
            let tested = [$($name),*];
            let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(known, tested);
        }
    };
}

parsers! {
    exports_of_dify: "dify",
    exports_written_anew: "dify-anew",
    rows_of_dify: "dify-db",
    rows_of_feedforward: "feedforward",
    secrets_of_dify: "dify-secret",
    yaml: "yaml",
    declarative_files: "declarative",
    expectations: "expectations",
    files_of_variables: "dotenv",
    configurations_of_litellm: "litellm",
    usage: "usage",
    prices: "prices",
    map_files: "map",
    settings: "settings",
    the_environment: "environment",
    files_of_providers: "providers",
    themes: "theme",
    keymaps: "keymap",
    tokens: "token",
    secret_keys: "secret-key",
    ssh_keys: "ssh-key",
    what_a_terminal_sends: "terminal",
    command_lines_from_afar: "words",
    questions_of_programs: "question",
    tokens_of_programs: "shown-token",
    answers_of_vendors: "answer",
    links: "link",
    what_people_type: "typed",
    what_sessions_remember: "memories",
    filters: "filter",
}
