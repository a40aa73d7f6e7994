//! Nonsense on standard input, and a reader that goes away: a sentence or silence, never a crash.

use std::{io::Read, process::Stdio};

use super::{chance, house::House, outcome::Outcome, written};

const MEBIBYTE: usize = 1 << 20;

/// Everything that reads standard input.
const READERS: [&[&str]; 4] = [
    &["apply", "-f", "-"],
    &["plan", "-f", "-"],
    &["import", "dify-dsl", "-"],
    &["add", "credential", "x", "provider=openai", "--stdin-json"],
];

#[test]
fn a_megabyte_of_nonsense_is_refused_with_a_sentence() {
    let house = House::founded();
    let random: Vec<u8> = std::iter::repeat_with(|| chance().to_bits().to_le_bytes()[5]).take(MEBIBYTE).collect();
    let deep = |open: &str| open.repeat(MEBIBYTE / open.len()).into_bytes();
    let cases = [
        ("random", random),
        ("zeroes", vec![0; MEBIBYTE]),
        ("one line", vec![b'a'; MEBIBYTE]),
        ("brackets", deep("[")),
        ("tables", deep("a = [{")),
        ("braces", [&b"x = "[..], &deep("{a=")].concat()),
        ("a mapping in a mapping", deep("{a: ")),
        ("anchors", deep("- &a [*a, *a]\n")),
        ("many tables", deep("[[app]]\n")),
        ("half a file", written::declarative(2000).into_bytes()[..300_001].to_vec()),
    ];
    for (what, bytes) in cases {
        for words in READERS {
            let outcome = house.run_with(words, &bytes);
            assert_eq!(outcome.code, Some(2), "{what}: {outcome:#?}");
            assert!(outcome.err.len() < 4096, "{what}: the nonsense is repeated: {outcome:#?}");
        }
    }
    assert_eq!(house.revisions().len(), 1, "nothing of it was written");
}

#[test]
fn a_file_that_never_ends_is_read_to_a_bound() {
    let house = House::founded();
    for words in [["apply", "-f", "/dev/zero"], ["import", "dify-dsl", "/dev/zero"]] {
        house.run(&words).ends_with(2);
    }
}

#[test]
fn nothing_on_standard_input_is_no_crash() {
    let house = House::founded();
    for words in READERS {
        let outcome = house.run(words);
        assert!(matches!(outcome.code, Some(0 | 2)), "{outcome:#?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_met_with_silence() {
    let house = House::founded();
    house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(800)).ends_with(0);
    for words in [&["list", "nodes"][..], &["list", "nodes", "--json"], &["export"], &["matrix"], &["--help"], &["man"]]
    {
        let mut child = house.command(words).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = [0];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let outcome = Outcome::new(format!("{words:?} | head -c 1"), &child.wait_with_output().unwrap());
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{outcome:#?}");
    }
    // A reader that was never there.
    for words in [&["list", "nodes"][..], &["--help"], &["--version"], &["man"], &["completions", "bash"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = house.command(words).stdout(writer).output().unwrap();
        let outcome = Outcome::new(format!("{words:?} | true"), &output);
        assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{outcome:#?}");
    }
}
