//! Hostile text: names and notes that would command a terminal are refused or neutralised, on every way out.
//!
//! That no output holds such a byte is asserted for every run of the program; these tests bring them in.

use super::{house::House, written};

/// What commands, reorders or hides, each within harmless text.
const HOSTILE: [&str; 8] = [
    "red\u{1b}[31m",
    "title\u{1b}]0;owned\u{7}",
    "c1\u{9b}2J",
    "over\u{202e}gnp.exe",
    "isolate\u{2066}x",
    "line\nfeed",
    "carriage\rreturn",
    "backspace\u{8}\u{7f}",
];

/// Everything that shows what is stored.
const SHOWS: [&[&str]; 15] = [
    &["list", "workflows"],
    &["list", "nodes"],
    &["list", "apps"],
    &["list", "credentials"],
    &["list", "departments"],
    &["list", "assignments"],
    &["matrix"],
    &["log"],
    &["export"],
    &["show", "app/noted"],
    &["show", "key/noted"],
    &["staged"],
    &["audit", "log"],
    &["operator", "list"],
    &["doctor"],
];

/// Writes a text as TOML and YAML both understand it, without the quotes.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
        .collect()
}

fn show_everything(house: &House) {
    for words in SHOWS {
        for more in [&[][..], &["--json"]] {
            let outcome = house.run(&[words, more].concat());
            assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        }
    }
}

#[test]
fn a_hostile_name_in_a_declarative_file_is_refused() {
    let house = House::founded();
    for (number, text) in HOSTILE.map(escaped).into_iter().enumerate() {
        let things = [
            format!("[[app]]\nname = \"{text}\"\n"),
            format!("[[department]]\nname = \"{text}\"\n"),
            format!("[[credential]]\nname = \"{text}\"\nprovider = \"openai\"\n"),
            format!("[[workflow]]\nname = \"{text}\"\n"),
            format!("[[{text}]]\nname = \"x\"\n"),
            format!("[[app]]\nname = \"x\"\n\"{text}\" = 1\n"),
        ];
        // Every text somewhere, and every place with two of them.
        for thing in things.iter().enumerate().filter(|(place, _)| place % 4 == number % 4).map(|(_, thing)| thing) {
            let outcome = house.run_with(&["apply", "-f", "-"], format!("[workspace]\nname = \"default\"\n\n{thing}"));
            assert_eq!(outcome.code, Some(2), "{thing}: {outcome:#?}");
        }
    }
    let workspace = format!("[workspace]\nname = \"{}\"\n", escaped(HOSTILE[0]));
    house.run_with(&["apply", "-f", "-"], workspace).ends_with(2);
    assert_eq!(house.revisions().len(), 1, "nothing of it was written");
}

#[test]
fn hostile_notes_and_titles_are_shown_without_their_power() {
    let house = House::founded();
    let text: String = HOSTILE.map(escaped).concat();
    let file = format!(
        "[workspace]\nname = \"default\"\n\n[[app]]\nname = \"noted\"\nnote = \"{text}\"\n\n\
         [[credential]]\nname = \"noted\"\nprovider = \"openai\"\nnote = \"{text}\"\n\n\
         [[workflow]]\nname = \"noted\"\nforeign_id = \"{text}\"\n[[workflow.node]]\nname = \"a\"\ntitle = \"{text}\"\n\
         type = \"{text}\"\nprovider = \"openai\"\nmodel = \"gpt-4o\"\n"
    );
    let outcome = house.run_with(&["apply", "-f", "-", "-m", &HOSTILE.concat()], file);
    assert!(matches!(outcome.code, Some(0 | 2)), "{outcome:#?}");
    if outcome.code == Some(2) {
        let harmless = "[[app]]\nname = \"noted\"\n[[credential]]\nname = \"noted\"\nprovider = \"openai\"\n";
        house.run_with(&["apply", "-f", "-", "-m", &HOSTILE.concat()], harmless).ends_with(0);
    }
    show_everything(&house);
    house.is_whole("with hostile notes");
}

#[test]
fn hostile_exports_are_taken_without_their_power() {
    let house = House::founded();
    house.run(&["add", "app", "noted"]).ends_with(0);
    house.run(&["add", "credential", "noted", "provider=openai", "--no-secret"]).ends_with(0);
    for text in [HOSTILE[0], &HOSTILE.concat()] {
        let name = format!("dify {}", escaped(text));
        let provider = written::dify(&name).replace("langgenius/openai/openai", &format!("\"{}\"", escaped(text)));
        for export in [written::dify(&name), provider] {
            for words in [&["import", "dify-dsl", "-", "--dry-run"][..], &["import", "dify-dsl", "-"]] {
                let outcome = house.run_with(words, &export);
                assert!(matches!(outcome.code, Some(0 | 2)), "{outcome:#?}");
            }
        }
        // The name of a file is foreign text as well.
        house.write(&format!("{text}.yml"), "nonsense: [", 0o600);
    }
    house.run(&["import", "dify-dsl", "."]).ends_with(2);
    show_everything(&house);
    house.is_whole("after hostile exports");
}

#[test]
fn hostile_arguments_are_repeated_without_their_power() {
    let house = House::founded();
    let (all, whole) = (HOSTILE.concat(), HOSTILE[0]);
    for text in [all.as_str(), whole] {
        let link = format!("workflow/{text}");
        for words in [
            &[text][..],
            &[&link],
            &["list", text],
            &["show", &link],
            &["show", text],
            &["resolve", text],
            &["resolve", text, "--json"],
            &["who-uses", text],
            &["add", "app", text],
            &["add", text, "x"],
            &["add", "app", "x", &format!("{text}=1")],
            &["edit", &link, "note=x"],
            &["remove", &link],
            &["assign", &link, "deny", "--provider", "openai"],
            &["assign", "system", text, "--provider", "openai"],
            &["assign", "system", "deny", "--provider", text],
            &["import", "dify-dsl", text],
            &["apply", "-f", text],
            &["log", "--limit", text],
            &["list", "nodes", "--workspace", text],
            &["list", "nodes", "--config", text],
            &["list", "nodes", "--db", &format!("sqlite:{text}.db")],
            &["list", "nodes", "--db", &format!("{text}://x")],
            &["init", "--secret-key-file", text, "--db", "sqlite:other.db"],
        ] {
            let outcome = house.run(words);
            assert!(matches!(outcome.code, Some(2 | 3 | 6)), "{outcome:#?}");
        }
    }
    assert_eq!(house.revisions().len(), 1, "nothing of it was written");
}
