use proptest::prelude::*;

use super::*;

fn one(text: &str) -> Expectation {
    let mut all = read("t.toml", text.as_bytes()).expect(text);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn error(text: &str) -> String {
    read("t.toml", text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn an_expectation_is_read_whole() {
    let full = "\n[[expect]]\nname = \"it\"\nworkflow = \"a/b\"\nnode = \"n\"\nenvironment = \"\"\n\
        vars = { \"env.k\" = \"v\" }\noverrides = { openai = \"k\" }\nat = 2027-01-01T00:00:00+02:00\nrun_id = \"r\"\n\
        as = \"alice\"\nkey = \"k\"\npool = \"p\"\noutcome = \"pooled\"\nreason = \"no_rule\"\nlayer = \"workflow\"\n";
    let it = one(full);
    assert_eq!((it.name.as_str(), it.line, it.place.as_str()), ("it", 2, "workflow/a%2Fb"));
    assert_eq!(it.at.map(|at| at.to_string()).as_deref(), Some("2026-12-31T22:00:00Z"));
    assert_eq!((it.environment.as_deref(), it.operator.as_deref()), (Some(""), Some("alice")));
    assert_eq!((it.vars, it.overrides), (vec![("env.k".into(), "v".into())], vec![("openai".into(), "k".into())]));
    assert_eq!(it.wants.layer, Some(Layer::Workflow));
    assert_eq!(it.wants.outcome, Some(Outcome::Pooled));
    let pair = one("[[expect]]\napp = \"billing\"\nprovider = \"openai\"\nenvironment = \"test\"\nkey = \"k\"\n");
    assert_eq!(pair.name, "app/billing/openai in test");
}

#[test]
fn mistakes_name_line_and_column_and_guess_the_word() {
    assert_eq!(
        error("[[expect]]\nworkflow = \"w\"\n  kee = \"k\"\n").split(',').next(),
        Some("t.toml:3:3: unknown field `kee`")
    );
    assert!(error("[[expect]]\nworkflow = \"w\"\n  kee = \"k\"\n").ends_with("did you mean key?"));
    assert_eq!(
        error("[[expect]]\nworkflow = \"w\"\noutcome = \"resolvd\"\n"),
        "t.toml:3:11: there is no outcome \"resolvd\"; did you mean resolved?"
    );
    assert_eq!(
        error("[[expect]]\nworkflow = \"w\"\nat = 2027-01-01\nkey = \"k\"\n"),
        "t.toml:3:6: \"2027-01-01\" is no instant: write 2027-01-01T00:00:00Z, with an offset"
    );
    assert_eq!(error("[[expect]]\nkey = \"k\"\n"), "t.toml:1:1: no workflow is named: write workflow = \"NAME\"");
    assert_eq!(
        error("\n[[expect]]\nworkflow = \"w\"\n"),
        "t.toml:2:1: nothing is expected: write key, pool, outcome, reason or layer"
    );
    assert_eq!(
        error("[[expect]]\nworkflow = \"w\"\napp = \"a\"\nkey = \"k\"\n"),
        "t.toml:3:7: name a workflow or an app, not both"
    );
    assert_eq!(error(""), "t.toml:1:1: it expects nothing: write [[expect]] with a workflow and a key");
    assert!(error("a = \n").starts_with("t.toml:1:5: "), "{}", error("a = \n"));
    assert!(read("t.toml", b"a = 1\n\xff").unwrap_err().to_string().starts_with("t.toml:2: not UTF-8"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read("x", &bytes);
    }

    /// Pieces of the format in any order find more than bytes do.
    #[test]
    fn no_text_of_its_own_words_makes_it_panic(words in prop::collection::vec(prop::sample::select(vec![
        "[[expect]]", "\n", "workflow", "app", "key", "=", "\"x\"", "at", "2027-01-01T00:00:00Z", "vars", "{", "}",
        "outcome", "\"resolved\"", "\"\u{e9}\u{1f600}\"", "[expect]", "expect", "[", "]", ",", "#", "\u{feff}", "'''",
    ]), 0..24)) {
        let text = words.concat();
        if let Err(ExpectationsError::Form { line, column, .. }) = read("x", text.as_bytes()) {
            let there = text.split('\n').nth(line - 1);
            prop_assert!(there.is_some_and(|it| column <= it.chars().count() + 1), "{line}:{column} of {text:?}");
        }
    }
}
