//! The rules of the house, and what to do about a breach.

use std::fmt;

use super::{
    floors::{a_test_may_import, height, is_pure, may_import},
    source::{File, Met, What},
};

/// The longest file, in lines.
pub const LONGEST: usize = 500;

/// What nobody but `ops` holds: the opened database, and what its writing methods are given.
const STORE_DOORS: &[&str] = &[
    "Store",
    "ApplyRequest",
    "AuditEntry",
    "AuditSeal",
    "Backup",
    "IntentRequest",
    "SecretRow",
    "TokenDeed",
    "TokenRow",
    "VaultRow",
    "UsageBatch",
];

/// The methods of the store that write, as far as their names are its own. Nothing but `ops` calls them.
pub const STORE_WRITES: &[&str] = &[
    "add_audit_seal",
    "add_next",
    "add_token",
    "add_usage",
    "appear",
    "append_audit",
    "append_repeated",
    "apply_in",
    "begin_rekey",
    "destroy",
    "end_rekey",
    "intend",
    "make_vault",
    "mark_secrets",
    "mark_unreadable",
    "note_test",
    "note_token_used",
    "price_late",
    "put_secrets",
    "restore_as_new",
    "retain_audit",
    "revoke_token",
    "set_flaws",
    "set_heard",
    "set_verified",
    "settle_repeated",
    "vanish",
];

/// What pure rooms, and the console's `update` and `view`, never touch.
const IMPURE: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "env"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "SystemTime"],
    &["std", "time", "Instant"],
    &["tokio"],
    &["sqlx"],
    &["rusqlite"],
    &["crossterm"],
];

/// Functions that read the clock or a source of randomness, by the end of their path.
const CLOCKS: &[&[&str]] =
    &[&["Timestamp", "now"], &["Zoned", "now"], &["Uuid", "now_v7"], &["Uuid", "new_v4"], &["getrandom", "fill"]];

/// Which rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Unparsable,
    UnknownRoom,
    Floor,
    Impure,
    Clock,
    Async,
    Sqlx,
    Sql,
    StoreWrite,
    ModFile,
    TooLong,
    NoOwner,
}

/// One breach of one rule.
#[derive(Debug)]
pub struct Breach {
    pub file: String,
    pub line: usize,
    pub rule: Rule,
    pub says: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.says)
    }
}

/// Returns every breach in one file.
pub fn breaches(file: &File) -> Vec<Breach> {
    let mut found = Vec::new();
    let mut say = |line, rule, says: String| found.push(Breach { file: file.path.clone(), line, rule, says });
    if file.path.ends_with("/mod.rs") {
        say(1, Rule::ModFile, "the house has no mod.rs: move it to FOLDER.rs beside the folder".to_owned());
    }
    let lines = file.text.lines().count();
    if lines > LONGEST {
        say(
            LONGEST + 1,
            Rule::TooLong,
            format!("{lines} lines; at most {LONGEST}: give a part of it a file of its own"),
        );
    }
    // `foo/tests.rs` belongs to `foo.rs`, which says what both own.
    if !file.text.starts_with("//!") && !file.path.ends_with("/tests.rs") {
        say(1, Rule::NoOwner, "the first line says with //! what the file owns: write it".to_owned());
    }
    match file.contents() {
        Ok(contents) => {
            for met in &contents {
                if let Some((rule, says)) = breach(file, met) {
                    say(met.line, rule, says);
                }
            }
        }
        Err(error) => say(error.span().start().line, Rule::Unparsable, format!("it can't be parsed: {error}")),
    }
    found
}

/// Returns the rule that is broken by one thing in a file.
fn breach(file: &File, met: &Met) -> Option<(Rule, String)> {
    let room = file.room()?;
    match &met.what {
        What::House(path) => floor(&room, path.first()?, met.in_test).or_else(|| store_door(&room, path, met.in_test)),
        What::Outside(path) => outside(file, &room, path, met.in_test),
        What::Async => (is_still(file, &room) && !met.in_test).then(|| {
            (
                Rule::Async,
                format!("{} waits for nothing: return data, and let `ops` or an effect wait", place(file, &room)),
            )
        }),
        What::Call(name) => {
            (!matches!(&*room, "ops" | "store") && STORE_WRITES.contains(&name.as_str()) && !met.in_test).then(|| {
                (
                    Rule::StoreWrite,
                    format!("`{room}` calls the store's `{name}`: only `ops` writes, so add a door there"),
                )
            })
        }
        What::Text(text) => (!speaks_sql(&room) && !met.in_test && is_sql(text))
            .then(|| (Rule::Sql, format!("`{room}` speaks SQL: ask the `store` for it through its trait"))),
    }
}

fn floor(room: &str, target: &str, in_test: bool) -> Option<(Rule, String)> {
    // A name that begins in lower case and is no room would not compile; `*` and types stand in the root itself.
    if !target.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let (Some(from), Some(to)) = (height(room), height(target)) else {
        let unknown = if height(room).is_none() { room } else { target };
        let says = format!(
            "`{unknown}` is no room of the house: give it a floor in tests/architecture/floors.rs and src/lib.rs"
        );
        return Some((Rule::UnknownRoom, says));
    };
    let allowed = if in_test { a_test_may_import(room, target) } else { may_import(room, target) };
    (!allowed).then(|| {
        let says = format!(
            "`{room}` (floor {}) imports `{target}` (floor {}): move what both need to a floor below, or hand it in",
            from.0, to.0
        );
        (Rule::Floor, says)
    })
}

fn store_door(room: &str, path: &[String], in_test: bool) -> Option<(Rule, String)> {
    let [first, second, ..] = path else { return None };
    let opens = first == "store" && (second == "*" || STORE_DOORS.contains(&second.as_str()));
    (opens && !in_test && !matches!(room, "ops" | "store")).then(|| {
        (Rule::StoreWrite, format!("`{room}` takes `store::{second}`: only `ops` writes, so ask it for what you need"))
    })
}

fn outside(file: &File, room: &str, path: &[String], in_test: bool) -> Option<(Rule, String)> {
    let written = path.join("::");
    if ["sqlx", "rusqlite"].contains(&path[0].as_str()) && !holds_sql(room) {
        return Some((Rule::Sqlx, format!("`{room}` uses `{written}`: only `store` and `import` know {}", path[0])));
    }
    if in_test || !is_still(file, room) {
        return None;
    }
    let place = place(file, room);
    let touches = |forbidden: &&[&str]| path.iter().zip(*forbidden).all(|(a, b)| a == b || a == "*");
    // A whole module that is imported would hide what is taken from it.
    let whole =
        |forbidden: &&[&str]| path.len() >= forbidden.len() || path[0] == "std" && path.len() > 1 || path == ["std"];
    if IMPURE.iter().any(|forbidden| touches(forbidden) && whole(forbidden)) {
        return Some((
            Rule::Impure,
            format!("{place} uses `{written}`: take the value as an argument from a floor above"),
        ));
    }
    CLOCKS
        .iter()
        .any(|clock| path.len() >= clock.len() && path[path.len() - clock.len()..].iter().eq(clock.iter()))
        .then(|| (Rule::Clock, format!("{place} calls `{written}`: take the time or id as an argument")))
}

/// Says whether a file does no I/O and knows no clock: floors 0 and 1, and the console's `update` and `view`.
fn is_still(file: &File, room: &str) -> bool {
    let part = file.module().into_iter().nth(1);
    is_pure(room) || room == "tui" && matches!(part.as_deref(), Some("update" | "view"))
}

fn place(file: &File, room: &str) -> String {
    match file.module().get(1) {
        Some(part) if room == "tui" => format!("the console's `{part}`"),
        _ => format!("`{room}`"),
    }
}

/// Besides, what is written for another's database is SQL; nothing there runs any.
fn speaks_sql(room: &str) -> bool {
    holds_sql(room) || room == "emit"
}

fn holds_sql(room: &str) -> bool {
    matches!(room, "store" | "import")
}

fn is_sql(text: &str) -> bool {
    let text = text.trim_start_matches(['r', '#', '"']).trim_start();
    let begins = |word: &str| text.starts_with(word);
    (begins("SELECT ") && text.contains(" FROM "))
        || (begins("UPDATE ") && text.contains(" SET "))
        || ["INSERT INTO ", "DELETE FROM ", "CREATE TABLE ", "ALTER TABLE ", "DROP TABLE "].into_iter().any(begins)
}
