use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// A debug build on a busy machine; what this guards against takes minutes or for ever.
const PATIENCE: Duration = Duration::from_secs(20);

fn text(yaml: &str) -> Result<Value, YamlError> {
    let start = Instant::now();
    let result = read(yaml.as_bytes());
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    result
}

/// Returns that many lines.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|n| line(n) + "\n").collect()
}

#[test]
fn words_stay_what_was_written() {
    let words = ["0755", "1.0", "no", "on", "1e999", ".inf", "0x10", "2024-01-01", "1_000", "+1", "=", "<<"];
    for word in words {
        for yaml in
            [format!("a: {word}"), format!("a: {word}   # comment"), format!("{{a: {word}}}"), format!("a: '{word}'")]
        {
            assert_eq!(text(&yaml).unwrap().word_at("a"), word, "{yaml}");
        }
        assert_eq!(text(&format!("{word}: a")).unwrap().word_at(word), "a");
    }
}

#[test]
fn nothing_is_null_unless_it_is_quoted() {
    for yaml in ["a:", "a: ~", "a: null"] {
        assert_eq!(text(yaml).unwrap().get("a"), Some(&Value::Null), "{yaml}");
    }
    assert_eq!(text("a: 'null'").unwrap().word_at("a"), "null");
    assert_eq!(text("a: ''").unwrap().get("a").and_then(Value::word).map(|word| &**word), Some(""));
    assert_eq!(text("null: 1").unwrap().word_at("null"), "1");
}

#[test]
fn truths_are_read_as_python_does() {
    let value = text("{a: true, b: No, c: OFF, d: 1, e: 'yes'}").unwrap();
    let truth = |key| value.get(key).and_then(Value::truth);
    assert_eq!((truth("a"), truth("b"), truth("c")), (Some(true), Some(false), Some(false)));
    assert_eq!((truth("d"), truth("e")), (None, Some(true)));
}

#[test]
fn marks_and_line_ends_of_other_systems_are_taken() {
    let plain = text("a:\n  b: c\n  d: |\n    e\n    f\n").unwrap();
    assert_eq!(text("\u{feff}a:\n  b: c\n  d: |\n    e\n    f\n").unwrap(), plain);
    assert_eq!(text("a:\r\n  b: c\r\n  d: |\r\n    e\r\n    f\r\n").unwrap(), plain);
}

#[test]
fn each_fault_has_its_place() {
    let at = |line, column| Position { line, column };
    assert_eq!(text("a: 1\nb: 2\na: 3\n"), Err(YamlError::DuplicateKey { at: at(3, 1) }));
    assert_eq!(text("? [a]\n: b\n"), Err(YamlError::KeyIsNoWord { at: at(1, 3) }));
    assert_eq!(text("a: &x [*x]"), Err(YamlError::Recursive { at: at(1, 8) }));
    assert!(matches!(text("a: [b"), Err(YamlError::Syntax { .. })));
    assert!(matches!(text("a: *unknown"), Err(YamlError::Syntax { .. })));
    assert_eq!(text(""), Err(YamlError::Empty));
    assert_eq!(text("a: 1\n---\nb: 2\n"), Err(YamlError::Documents(2)));
    assert_eq!(read(b"a: \xff"), Err(YamlError::NotUtf8 { byte: 3 }));
    assert_eq!(read(&vec![b'#'; LARGEST + 1]), Err(YamlError::TooLarge));
}

#[test]
fn no_message_quotes_the_file() {
    for yaml in
        ["s3cret: [", "{s3cret: 1, s3cret: 2}", "? [s3cret]\n: b", "&s3cret [*s3cret]", "*s3cret", "\ts3cret: x:"]
    {
        let error = text(yaml).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    assert!(!format!("{:?}", text("a: s3cret").unwrap()).contains("s3cret"));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(text(&nested(DEEPEST)).is_ok());
    assert!(matches!(text(&nested(DEEPEST + 1)), Err(YamlError::TooDeep { .. })));
    assert!(text(&nested(10_000)).is_err());
    let block = lines(10_000, |depth| format!("{}a:", " ".repeat(depth)));
    assert!(matches!(text(&block[..2_000_000]), Err(YamlError::TooDeep { .. })));
    assert!(text(&"- ".repeat(10_000)).is_err());
    let half = nested(DEEPEST / 2 + 1);
    assert!(matches!(
        text(&format!("- &x {half}\n- {}", half.replacen("[]", "[*x]", 1))),
        Err(YamlError::TooDeep { .. })
    ));
}

#[test]
fn a_billion_laughs_are_refused() {
    let bomb = lines(12, |level| {
        let below = level.checked_sub(1).map_or_else(|| "lol".to_owned(), |below| format!("*a{below}"));
        format!("a{level}: &a{level} [{}]", vec![below; 10].join(", "))
    });
    assert!(matches!(text(&bomb), Err(YamlError::TooMany { .. })));
    let wide = format!("x: &x {}\ny:\n{}", "w".repeat(100_000), "- *x\n".repeat(100_000));
    assert!(text(&wide).is_ok());
}

#[test]
fn anchors_around_anchors_are_counted() {
    let nested = lines(90, |depth| format!("{}a: &x{depth}", " ".repeat(depth)));
    let leaves = lines(20_000, |_| format!("{}- x", " ".repeat(90)));
    assert!(matches!(text(&(nested + &leaves)), Err(YamlError::TooMany { .. })));
}

#[test]
fn large_files_end_soon() {
    let flat = lines(400_000, |n| format!("key{n}: value {n}"));
    assert!(flat.len() < LARGEST && text(&flat).is_ok());
    let fill = |piece: &str| piece.repeat(LARGEST / piece.len());
    for piece in [
        "a", "[", "{", "- ", "? ", "&a ", "!a ", "'", "\"\\", "#", "%", "|\n", ": ", "\n", "\t", "a: b: ", "*a ",
        "---\n", "- - ", ", ", "\0",
    ] {
        let _ = text(&fill(piece));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_punctuation_is_read_or_refused(yaml in "[-\\[\\]{}:,?&*!|>'\"%@`#~ \n\tab0]{0,120}") {
        let _ = read(yaml.as_bytes());
    }

    #[test]
    fn any_word_comes_back(word in "[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{feff}\u{2028}\u{2029}\u{fffe}\u{ffff}]{0,40}") {
        let quoted = format!("a: '{}'", word.replace('\'', "''"));
        let value = read(quoted.as_bytes()).unwrap();
        prop_assert_eq!(value.word_at("a"), word);
    }
}
