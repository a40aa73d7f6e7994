//! What is found, and what goes through the pipe. Programs themselves are run with the real binary.

use super::*;

fn job(keys: Vec<(String, Secret)>) -> Job {
    let open = vec![("OPENAI_BASE_URL".to_owned(), "https://example.com/v1?a=b".to_owned())];
    Job {
        program: "/bin/true".into(),
        words: vec!["true".into()],
        without: vec!["OLD".into()],
        open,
        keys,
        redact: true,
    }
}

fn key(value: &str) -> Vec<(String, Secret)> {
    vec![("OPENAI_API_KEY".to_owned(), Secret::new(value.to_owned()))]
}

#[test]
fn a_program_is_found_as_a_shell_finds_it() {
    let path = OsString::from("/no/such/folder:/bin:/usr/bin");
    assert!(find(&"sh".into(), Some(&path)).is_ok_and(|found| found.ends_with("sh")));
    assert!(find(&"/bin/sh".into(), None).is_ok());
    for none in ["sh", "/etc/passwd", "/bin", "./no-such-program"] {
        assert!(matches!(find(&none.into(), None), Err(RunError::NoProgram(_))), "{none}");
    }
}

#[test]
fn the_bundle_says_what_to_leave_out_and_what_to_set_and_never_moves() {
    let bundle = super::bundle(&job(key("sk-FAKE=x\ny"))).unwrap();
    let told = "-OLD\0OPENAI_BASE_URL=https://example.com/v1?a=b\0OPENAI_API_KEY=sk-FAKE=x\ny\0";
    assert_eq!(*bundle, told.as_bytes());
    assert_eq!(bundle.capacity(), bundle.len());
    let refused = super::bundle(&job(key("sk-FAKE\0"))).unwrap_err();
    assert!(matches!(&refused, RunError::Unlawful(name) if name == "OPENAI_API_KEY"), "{refused}");
    assert!(!format!("{refused:?} {refused}").contains("FAKE"));
}

#[test]
fn keys_that_are_too_short_to_be_found_are_named() {
    assert_eq!(unredacted(&key("abc")), ["OPENAI_API_KEY"]);
    assert!(unredacted(&key("abcd")).is_empty());
}

#[test]
fn arguments_of_a_person_make_no_other_program() {
    for words in [&["keydeck"][..], &["keydeck", "exec", "3", "true"], &["keydeck", "--become"]] {
        assert_eq!(handover::begin(&words.iter().map(OsString::from).collect::<Vec<_>>()), None);
    }
}
