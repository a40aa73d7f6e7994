//! Files that are broken or mean harm: read or refused, soon, and never with a panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::{
    domain::name,
    import::{sample, yaml},
};

fn soon<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    result
}

fn named(name: &str) -> String {
    let name = serde_json::to_string(name).unwrap();
    format!(
        "app: {{name: {name}, mode: workflow}}\nworkflow: {{graph: {{nodes: [{{id: n, data: {{type: {name}, title: {name}, model: {{provider: {name}, name: {name}, mode: chat}}}}}}]}}}}"
    )
}

#[test]
fn every_beginning_of_a_file_is_read_or_refused() {
    let whole = fixture!("chatflow");
    let complete = export(whole).uses.len();
    for end in 0..whole.len() {
        match read("cut.yml", &whole[..end]) {
            Ok(export) => assert!(export.uses.len() <= complete),
            Err(error) => assert!(!error.to_string().contains("hunter2"), "{error}"),
        }
    }
}

#[test]
fn every_changed_byte_is_read_or_refused() {
    let whole = fixture!("completion");
    for at in 0..whole.len() {
        for byte in [0, b'\t', b'\n', b'"', b'-', b':', b'[', b'{', b'&', b'*', b'!', 0x80, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] = byte;
            let _ = read("bent.yml", &bytes);
        }
    }
}

#[test]
fn line_ends_and_marks_change_nothing() {
    let plain = export(fixture!("workflow"));
    let text = std::str::from_utf8(fixture!("workflow")).unwrap();
    for other in [text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
        assert_eq!(Export { digest: plain.digest, ..export(other.as_bytes()) }, plain);
    }
}

#[test]
fn names_become_lawful() {
    let long = "é".repeat(300);
    for name in
        ["a\u{1b}[31mb\u{7}\0c", "\u{202e}evil", "😀 party 🎉", " blanks \t ", "a/b%2F:c", "x\u{2028}y", long.as_str()]
    {
        let export = export(named(name).as_bytes());
        let (changes, report) = merge(&sample::catalogue(), &[export], &Placements::default(), &mut sample::ids(100));
        assert_eq!(changes.len(), 3, "{name:?}");
        for change in &changes {
            let record = change.subject();
            assert_eq!(record.name().map(|name| name::check(name)), Some(Ok(())), "{record:?}");
        }
        assert!(!format!("{report:?}").contains('\u{1b}'));
    }
}

#[test]
fn a_large_file_is_read_or_refused_soon() {
    let head = "app: {name: Large, mode: workflow}\nworkflow:\n  graph:\n    nodes:\n";
    let node = |at: usize| {
        format!(
            "    - {{id: '17{at:011}', data: {{type: llm, title: Node {at}, model: {{provider: openai, name: gpt-4o, mode: chat, completion_params: {{}}}}}}}}\n"
        )
    };
    let mut large = head.to_owned() + &(0..45_000).map(node).collect::<Vec<_>>().concat();
    let export = soon(|| export(large.as_bytes()));
    assert_eq!(export.uses.len(), 45_000);
    let (changes, _) = soon(|| {
        merge(&sample::catalogue(), std::slice::from_ref(&export), &Placements::default(), &mut sample::ids(100))
    });
    let after = sample::catalogue().with_changes(&changes, None);
    let (changes, _) = soon(|| merge(&after, &[export], &Placements::default(), &mut sample::ids(1 << 40)));
    assert!(changes.is_empty());
    large += &" ".repeat(yaml::LARGEST);
    assert!(matches!(read("x.yml", large.as_bytes()).unwrap_err().problem, Problem::Yaml(yaml::YamlError::TooLarge)));
}

#[test]
fn deep_and_exploding_files_are_refused_while_the_rest_goes_on() {
    let deep = format!("app: {}", "[".repeat(10_000));
    let level = |at: usize| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(", "));
    let bomb = "a0: &a0 lol\n".to_owned() + &(1..12).map(level).collect::<Vec<_>>().concat();
    let files = [("deep.yml", deep.as_bytes()), ("bomb.yml", bomb.as_bytes()), ("good.yml", fixture!("completion"))];
    let (changes, report) = soon(|| import(&sample::catalogue(), files, &Placements::default(), &mut sample::ids(100)));
    assert_eq!((changes.len(), report.failed.len()), (3, 2));
    assert_eq!(report.failed[0].file, "deep.yml");
    assert!(report.failed[1].error.contains("a million values"), "{}", report.failed[1].error);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read("random.yml", &bytes);
    }

    #[test]
    fn any_shape_is_read_or_refused(
        words in proptest::collection::vec("app|workflow|graph|nodes|data|model|provider|name|type|llm|agent|id|features|[a-z]|[|]|\\{|\\}|,|: |\n|- ", 0..60)
    ) {
        let _ = read("random.yml", words.concat().as_bytes());
    }

    #[test]
    fn any_name_becomes_lawful(name in ".{0,250}") {
        if let Ok(export) = read("named.yml", named(&name).as_bytes()) {
            let (changes, _) = merge(&sample::catalogue(), &[export], &Placements::default(), &mut sample::ids(100));
            for change in &changes {
                prop_assert_eq!(change.subject().name().map(|name| name::check(name)), Some(Ok(())));
            }
        }
    }
}
