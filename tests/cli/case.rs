//! Cases: text files of command lines, what they print, and how they end.
//!
//! ```text
//! # A remark. The first line says which home it is: "# home: empty" or "# home: founded". What is founded has its
//! # database in a file, and another time on a server, unless "in a file" follows.
//! $ keydeck list apps
//! < a line of standard input
//! what it prints on standard output
//! ! what it prints on standard error
//! ? 2
//! ```
//!
//! `? 0` is left out. Ids, times near the present, the home and the login are written as `[ID]`, `[NOW]`, `[HOME]` and
//! `[ME]`. `$ write FILE` writes its input into a file of the home, `$ fixtures NAME` brings a folder of fixtures there.

use std::fmt::Write;

use super::{home::Home, server::Server};

/// One command line with its input.
struct Step {
    /// Remarks and blank lines before it.
    before: String,
    line: String,
    input: Vec<String>,
}

/// Runs a case and returns it as it should have been written; on a server, if it has a place there.
pub fn run(case: &str, server: Option<&Server>) -> Option<String> {
    let home = match server {
        Some(server) if case.starts_with("# home: founded\n") => Home::founded_on(server),
        Some(_) => return None,
        None if case.starts_with("# home: empty") => Home::empty(),
        None => Home::founded(),
    };
    let me = me();
    let mut found = String::new();
    for step in steps(case) {
        found.push_str(&step.before);
        writeln!(found, "$ {}", step.line).unwrap();
        for line in &step.input {
            writeln!(found, "< {line}").unwrap();
        }
        found.push_str(&perform(&home, &step, &me));
    }
    Some(found)
}

fn steps(case: &str) -> Vec<Step> {
    let (mut steps, mut before) = (Vec::<Step>::new(), String::new());
    let mut lines = case.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(line) = line.strip_prefix("$ ") {
            let mut input = Vec::new();
            while let Some(more) = lines.next_if(|line| line.starts_with("< ")) {
                input.push(more[2..].to_owned());
            }
            steps.push(Step { before: std::mem::take(&mut before), line: line.to_owned(), input });
        } else if line.starts_with('#') || line.is_empty() {
            before.push_str(line);
            before.push('\n');
        }
    }
    steps
}

fn perform(home: &Home, step: &Step, me: &str) -> String {
    let words = words(&step.line.replace("[ME]", me));
    let input = step.input.iter().fold(String::new(), |text, line| text + line + "\n");
    let mut found = String::new();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", file] => std::fs::write(home.path().join(file), input).unwrap(),
        ["fixtures", name] => home.bring(name),
        ["keydeck", ref arguments @ ..] => {
            let output = home.run(arguments, (!step.input.is_empty()).then_some(input.as_bytes()));
            for line in normal(&output.stdout, home, me).lines() {
                // A blank line would look like the end of the output.
                writeln!(found, "{}", if line.is_empty() { "." } else { line }).unwrap();
            }
            for line in normal(&output.stderr, home, me).lines() {
                writeln!(found, "! {line}").unwrap();
            }
            match output.status.code() {
                Some(0) => {}
                code => writeln!(found, "? {}", code.unwrap_or(-1)).unwrap(),
            }
        }
        ref other => panic!("no such command: {other:?}"),
    }
    found
}

/// Splits a line at blanks outside of single quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                begun = true;
            }
            ' ' if !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

/// Returns the login by which the program knows whoever runs the tests.
fn me() -> String {
    let uid = rustix::process::getuid().as_raw();
    let table = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let found = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        (fields.get(2)?.parse() == Ok(uid)).then(|| fields[0].to_owned())
    });
    found.unwrap_or_else(|| format!("uid-{uid}"))
}

/// Replaces what differs from run to run.
fn normal(bytes: &[u8], home: &Home, me: &str) -> String {
    let text = String::from_utf8_lossy(bytes).replace(&home.path().display().to_string(), "[HOME]");
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        out.push_str(&normal_word(word, me));
        word.clear();
    };
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, '-' | ':' | '.' | '_') {
            word.push(c);
        } else {
            flush(&mut word, &mut out);
            out.push(c);
        }
    }
    flush(&mut word, &mut out);
    if !["[ME]", "[NOW]", "[IN 30 DAYS]", "[HOME]", "[ID]"].iter().any(|mark| out.contains(mark)) {
        return out;
    }
    out.lines().map(|line| narrow(line) + "\n").collect()
}

/// Makes columns independent of the length of what was replaced: gaps of more than two blanks
/// become two blanks wide, but not those at the beginning of a line.
fn narrow(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let (indent, rest) = line.split_at(start);
    let mut narrow = String::from(indent);
    let mut blanks = 0;
    for c in rest.chars() {
        blanks = if c == ' ' { blanks + 1 } else { 0 };
        if blanks <= 2 {
            narrow.push(c);
        }
    }
    narrow
}

fn normal_word(word: &str, me: &str) -> String {
    let (core, stop) = word.strip_suffix(['.', ':']).map_or((word, ""), |core| (core, &word[core.len()..]));
    let is_in = |days: i64, text: &str| {
        let age = |at: jiff::Timestamp| jiff::Timestamp::now().as_second() + days * 86_400 - at.as_second();
        text.parse::<jiff::Timestamp>().is_ok_and(|at| age(at).abs() < 86_400)
    };
    let normal = match core {
        core if core == me => "[ME]",
        core if uuid::Uuid::try_parse(core).is_ok() && core.len() == 36 => "[ID]",
        core if is_in(0, core) => "[NOW]",
        // As long as a secret that was replaced is kept.
        core if is_in(30, core) => "[IN 30 DAYS]",
        core => core,
    };
    format!("{normal}{stop}")
}

/// Shows where two texts part.
pub fn difference(written: &str, found: &str) -> String {
    let (mut before, mut text) = (Vec::new(), String::new());
    let (mut left, mut right) = (written.lines(), found.lines());
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (one, other) if one == other => before.push(one.unwrap_or_default()),
            (one, other) => {
                for line in before.iter().rev().take(6).rev() {
                    writeln!(text, "      {line}").unwrap();
                }
                writeln!(text, "{number:4} - {}", one.unwrap_or("(end)")).unwrap();
                writeln!(text, "{number:4} + {}", other.unwrap_or("(end)")).unwrap();
                for line in right.take(6) {
                    writeln!(text, "     + {line}").unwrap();
                }
                break;
            }
        }
    }
    text
}
