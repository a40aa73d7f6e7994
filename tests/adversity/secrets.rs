//! Secrets: a canary that is stored appears nowhere, and a key that is wrong or open to others opens nothing.

use std::{fs, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use super::{
    chance,
    house::{House, set_mode},
    rounds, written,
};

/// The secret that must be found nowhere.
const CANARY: &str = "sk-canary-7b1e5f0c9d3a8246-sings-to-nobody";

/// Says whether bytes hold the canary, as it is, in hexadecimal, or in base64 at any alignment.
pub fn holds_canary(bytes: &[u8]) -> bool {
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let hex: String = CANARY
        .bytes()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|it| char::from_digit(it.into(), 16))
        .collect();
    // Three alignments; what neighbours share with it is cut off.
    let in_base64 = (0..3).map(|skipped| {
        let inner = &CANARY.as_bytes()[skipped..];
        STANDARD_NO_PAD.encode(&inner[..inner.len() / 3 * 3])
    });
    holds(&CANARY.as_bytes()[..16])
        || holds(&hex.as_bytes()[..24])
        || in_base64.into_iter().any(|it| holds(it.as_bytes()))
}

/// Adds a key whose secret is read and sealed under a key file.
fn sealing_with(key: &str) -> [&str; 7] {
    ["add", "credential", "kept", "provider=openai", "--stdin-json", "--secret-key-file", key]
}

fn input() -> String {
    serde_json::json!({ "api_key": CANARY }).to_string()
}

/// Returns every file below a folder that holds the canary.
fn nests(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => nests(&path),
            false if holds_canary(&fs::read(&path).unwrap()) => vec![path],
            false => Vec::new(),
        })
        .collect()
}

#[test]
fn the_canary_is_found_where_it_sings() {
    for text in [CANARY.to_owned(), STANDARD_NO_PAD.encode(format!("x{CANARY}")), STANDARD_NO_PAD.encode(input())] {
        assert!(holds_canary(text.as_bytes()), "{text}");
    }
    assert!(!holds_canary(b"sk-canary"));
}

#[test]
fn a_stored_secret_is_found_in_no_output_and_no_file() {
    let house = House::founded();
    let key = house.key();
    let sealing = ["--secret-key-file", &key, "--stdin-json"];
    let with_secret = |words: &[&str]| house.run_with(&[words, &sealing[..]].concat(), input());
    house.run_with(&["apply", "-f", "-", "--quiet"], written::declarative(2)).ends_with(0);
    with_secret(&["add", "credential", "kept", "provider=openai", "base_url=http://127.0.0.1:9/v1"]).ends_with(0);
    with_secret(&["add", "credential", "staged", "provider=openai", "--stage"]).ends_with(0);
    // Refused ones: a name that is taken, a field that does not exist, a kind that has no secrets, no JSON.
    with_secret(&["add", "credential", "kept", "provider=openai"]).ends_with(5);
    with_secret(&["add", "credential", "other", "provider=opneai"]).ends_with(2);
    with_secret(&["add", "app", "other"]).ends_with(2);
    let unknown = serde_json::json!({ "no_such_field": CANARY }).to_string();
    house.run_with(&[&["add", "credential", "other", "provider=openai"], &sealing[..]].concat(), unknown).ends_with(2);
    for broken in [format!("{{\"api_key\": \"{CANARY}\""), CANARY.to_owned(), format!("[\"{CANARY}\"]")] {
        house
            .run_with(&[&["add", "credential", "other", "provider=openai"], &sealing[..]].concat(), broken)
            .ends_with(2);
    }
    // In the wrong place: as an argument, in a file, in an import.
    house.run(&["add", "credential", "other", "provider=openai", CANARY]).ends_with(2);
    house.run(&["add", "credential", "other", "provider=openai", &format!("api_key={CANARY}")]).ends_with(2);
    house
        .run_with(
            &["apply", "-f", "-"],
            format!("[workspace]\nname = \"default\"\n[[credential]]\nname = \"x\"\nprovider = \"openai\"\nfields = {{ api_key = \"{CANARY}\" }}\n"),
        )
        .ends_with(2);
    house.run_with(&["apply", "-f", "-"], format!("[[credential]]\napi_key = \"{CANARY}\"\n")).ends_with(2);
    let export = written::dify("leaky").replace(
        "  graph:",
        &format!("  environment_variables:\n  - {{id: e, name: TOKEN, value_type: secret, value: {CANARY}}}\n  graph:"),
    );
    house.run_with(&["import", "dify-dsl", "-"], export).ends_with(0);

    house.run(&["assign", "system", "key/kept", "--provider", "openai"]).ends_with(0);
    let env = ["exec", "leaky", "--secret-key-file", &key, "--", "/bin/sh", "-c", "echo $OPENAI_API_KEY; export -p"];
    let printed = house.run(&env).ends_with(0);
    assert!(printed.out.contains("[redacted]"), "{printed:#?}");
    let every: [&[&str]; 23] = [
        &env,
        &["exec", "leaky", "--secret-key-file", &key, "--", "/bin/sh", "-c", "exit 7"],
        &["emit", "leaky", "--format", "json"],
        &["emit", "leaky", "--format", "dotenv"],
        &["emit", "leaky", "--format", "litellm"],
        &["verify", "kept", "--timeout", "1", "--secret-key-file", &key],
        &["audit", "log"],
        &["list", "credentials"],
        &["list", "assignments"],
        &["show", "key/kept"],
        &["staged", "show"],
        &["resolve", "leaky"],
        &["why", "leaky"],
        &["who-uses", "kept"],
        &["matrix"],
        &["log"],
        &["doctor", "--secret-key-file", &key],
        &["export"],
        &["export", "-o", "exported.toml"],
        &["staged", "apply"],
        &["edit", "key/kept", "note=rotate it"],
        &["disable", "kept"],
        &["revert", "5"],
    ];
    for words in every {
        let outcome = house.run(words);
        assert!(matches!(outcome.code, Some(0 | 7)), "{outcome:#?}");
        if !words.contains(&"--") {
            let _ = house.run(&[words, &["--json"]].concat());
        }
    }
    assert!(house.path("exported.toml").exists());
    assert_eq!(nests(house.home()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn what_can_not_be_written_down_is_not_disclosed() {
    let house = House::founded();
    let key = house.key();
    house.run_with(&sealing_with(&key), input()).ends_with(0);
    let file = house.write("vendor.key", CANARY, 0o600);
    let reference = format!("reference=file:{}", Path::new(&file).canonicalize().unwrap().display());
    house.run(&["add", "credential", "outside", "provider=openai", &reference]).ends_with(0);
    let full =
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'the disk of the audit is full'); END";
    past_the_program(&house, full);
    // Each run is searched for the canary. The vault stays locked; what takes no vault is not opened either.
    let refused = house.run(&["reveal", "kept", "--secret-key-file", &key]);
    assert_ne!(refused.code, Some(0), "{refused:#?}");
    assert!(refused.err.contains("the vault stays locked"), "{refused:#?}");
    let refused = house.run(&["reveal", "outside"]);
    assert_ne!(refused.code, Some(0), "{refused:#?}");
    assert!(refused.err.contains("nothing was disclosed"), "{refused:#?}");
    house.run(&["show", "key/kept"]).ends_with(0);
}

/// Does what nobody should: writes to the database past the program.
fn past_the_program(house: &House, statement: &'static str) {
    use sqlx::{Connection, SqliteConnection};
    let url = format!("sqlite:{}", house.database().display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn a_secret_whose_sealing_is_killed_leaves_nothing_behind() {
    for round in 0..rounds(2) {
        let house = House::founded();
        let key = house.key();
        let words = sealing_with(&key);
        let after = Duration::from_secs(2).mul_f64((f64::from(round) + chance()) / f64::from(rounds(2)));
        house.kill_with(&words, input(), after);
        assert_eq!(nests(house.home()), Vec::<std::path::PathBuf>::new());
        let again = house.run_with(&words, input());
        assert!(matches!(again.code, Some(0 | 5)), "{again:#?}");
        house.is_whole(&format!("killed after {after:?}"));
    }
}

#[test]
fn a_wrong_secret_key_opens_nothing() {
    let house = House::founded();
    let wrong = house.write("wrong.key", "another key, long enough as well\n", 0o600);
    house.run_with(&sealing_with(&wrong), input()).refuses(4, "this SECRET_KEY is not the one of this database");
    assert_eq!(house.revisions().len(), 1);
    let doctor = house.run(&["doctor", "--secret-key-file", &wrong]).ends_with(4);
    assert!(doctor.out.contains("this SECRET_KEY is not the one of this database"), "{doctor:#?}");
}

#[test]
fn a_key_file_that_is_open_to_others_weak_or_missing_is_refused_as_a_setting() {
    let house = House::founded();
    for mode in [0o640, 0o604, 0o660] {
        set_mode(Path::new(&house.key()), mode);
        house.run_with(&sealing_with(&house.key()), input()).refuses(3, "is open to others");
    }
    for weak in ["short\n", "changeme-changeme\n", ""] {
        let file = house.write("weak.key", weak, 0o600);
        house.run_with(&sealing_with(&file), input()).ends_with(3);
    }
    house.run_with(&sealing_with("no-such.key"), input()).refuses(3, "can't be used");
    house.run_with(&sealing_with("."), input()).refuses(3, "no regular file");
    house.run_with(&sealing_with("/dev/zero"), input()).refuses(3, "no regular file");
    // None at all: the vault stays locked.
    house.run_with(&sealing_with("")[..5], input()).refuses(4, "no SECRET_KEY is given");
    assert_eq!(house.revisions().len(), 1);
}
