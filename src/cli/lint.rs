//! `keydeck lint`: what is wrong in the workspace, worst first, and with `--fix` the changes that mend it.

use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use serde_json::json;

use super::{
    context::Context,
    output::{Output, Tone},
    report::Exit,
    writing::{self, Ask, Proposal, WriteArgs, count},
};
use crate::{
    domain::name::printable,
    ops::{
        failure::{Failure, Kind},
        lint::{Code, FindingRow, Fixes, Lint, Severity, WITHIN_DAYS},
        session::Session,
    },
};

/// What `lint` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 7 if there are errors among what is told. \"keydeck lint --codes\" says what each code \
    stands for."
)]
pub struct LintArgs {
    /// Tell only what is at least so bad
    #[arg(long, value_name = "SEVERITY", default_value = "hint", value_parser = severity())]
    severity: Severity,
    /// Tell only findings of these codes
    #[arg(long = "code", value_name = "CODE", value_delimiter = ',', value_parser = code())]
    codes: Vec<Code>,
    /// How many days ahead the end of a key, rule or token is told
    #[arg(long, value_name = "DAYS", default_value_t = WITHIN_DAYS, value_parser = clap::value_parser!(u32).range(0..=36500))]
    within: u32,
    /// Make the changes that are suggested for a code, or for all that is told
    #[arg(long, value_name = "CODE|all", value_parser = fix(), conflicts_with = "list_codes")]
    fix: Option<Fix>,
    /// Say what each code stands for
    #[arg(long = "codes")]
    list_codes: bool,
    #[command(flatten)]
    write: WriteArgs,
}

/// What is to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fix {
    All,
    One(Code),
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::word))
        .map(|word| Severity::from_word(&word).unwrap_or(Severity::Hint))
}

fn code() -> impl TypedValueParser<Value = Code> {
    PossibleValuesParser::new(Code::ALL.iter().map(|code| code.word()))
        .map(|word| Code::from_word(&word).unwrap_or(Code::NoKey))
}

fn fix() -> impl TypedValueParser<Value = Fix> {
    let words = std::iter::once("all").chain(Code::ALL.iter().map(|code| code.word()));
    PossibleValuesParser::new(words).map(|word| Code::from_word(&word).map_or(Fix::All, Fix::One))
}

/// Tells what is wrong, or mends it.
pub async fn run(cx: &mut Context, args: &LintArgs) -> Result<Exit, Failure> {
    if args.list_codes {
        codes(&mut cx.out);
        return Ok(Exit::DONE);
    }
    let session = cx.session().await?;
    let mut lint = session.view().lint(args.within, session.door().now());
    lint.keep(args.severity, &args.codes);
    if let Some(fix) = args.fix {
        let fixes = lint.fixes(match &fix {
            Fix::All => &[],
            Fix::One(code) => std::slice::from_ref(code),
        });
        return mend(cx, &session, args, fixes).await;
    }
    if cx.out.json {
        let rows: Vec<_> = lint.findings.iter().map(|finding| lint.row(finding)).collect();
        let counts = lint.counts();
        cx.out.document(&json!({
            "findings": rows, "counts": counts, "hidden": lint.hidden, "within_days": args.within,
            "revision": session.view().revision(),
        }));
    } else {
        tell(&mut cx.out, &lint);
    }
    let errors = lint.counts().get(&Severity::Error).copied().unwrap_or_default();
    Ok(if errors == 0 { Exit::DONE } else { Exit::NO_KEY })
}

fn codes(out: &mut Output) {
    if out.json {
        let codes = Code::ALL.iter().map(|code| json!({ "code": code.word(), "meaning": code.meaning() }));
        out.document(&json!({ "codes": codes.collect::<Vec<_>>() }));
        return;
    }
    let mut table = super::table::Table::new(&["CODE", "WHAT IT STANDS FOR"]);
    for code in Code::ALL {
        table.row([code.word(), code.meaning()]);
    }
    out.table(&table);
}

/// Tells the findings, how many there are, and how many can be mended.
fn tell(out: &mut Output, lint: &Lint) {
    let rows: Vec<FindingRow> = lint.findings.iter().map(|finding| lint.row(finding)).collect();
    tell_rows(out, &rows);
    let counts = lint.counts();
    let words: Vec<String> =
        counts.iter().filter(|(_, number)| **number > 0).map(|(it, number)| count(*number, it.word())).collect();
    out.remark(if words.is_empty() { "Nothing is wrong.".to_owned() } else { format!("{}.", words.join(", ")) });
    let hidden: usize = lint.hidden.values().sum();
    if hidden > 0 {
        out.remark(format!("And {} about things that you may not see.", count(hidden, "finding")));
    }
    let mended = lint.fixes(&[]).mended;
    if mended > 0 {
        out.remark(format!("Of these --fix all mends {mended}; with --stage it only stages the changes."));
    }
}

/// Tells findings, each in a block: how bad, what, where; the sentence; what would mend it.
pub(super) fn tell_rows(out: &mut Output, rows: &[FindingRow]) {
    let width = rows.iter().map(|it| it.code.word().len()).max().unwrap_or_default();
    for row in rows {
        let severity = out.tone(tone(row.severity), &format!("{:7}", row.severity.word()));
        let place = out.tone(Tone::Faint, &printable(&row.thing));
        out.line(format!("{severity}  {:width$}  {place}", row.code.word()));
        wrapped(out, "         ", &row.sentence);
        let mark = if row.suggestion.changes.is_empty() { "" } else { "--fix: " };
        wrapped(out, "         → ", &format!("{mark}{}", row.suggestion.sentence));
        if let Some(obstacle) = &row.suggestion.obstacle {
            wrapped(out, "           ", &format!("You can't: {obstacle}."));
        }
    }
}

/// Writes a text under an indent, in lines that fit the terminal; a pipe gets one line.
fn wrapped(out: &mut Output, indent: &str, text: &str) {
    let text = printable(text).into_owned();
    let Some(width) = out.width().map(|width| width.saturating_sub(indent.chars().count()).max(20)) else {
        out.line(format!("{indent}{text}"));
        return;
    };
    let blank = " ".repeat(indent.chars().count());
    for (number, line) in fold(&text, width).iter().enumerate() {
        let indent = if number == 0 { indent } else { &blank };
        out.line(format!("{indent}{line}"));
    }
}

fn fold(text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Hint => Tone::Good,
    }
}

async fn mend(cx: &mut Context, session: &Session, args: &LintArgs, fixes: Fixes) -> Result<Exit, Failure> {
    if fixes.changes.is_empty() {
        return none(cx, session, fixes.refused);
    }
    for (number, why) in
        [(fixes.refused, "you may not mend"), (fixes.waiting, "can be mended after these: run it again")]
    {
        if number > 0 {
            cx.out.remark(format!("{} {why}.", count(number, "finding")));
        }
    }
    let changes = count(fixes.changes.len(), "change");
    let ask = if args.write.stage || fixes.changes.len() == 1 {
        Ask::Nothing
    } else {
        Ask::YesNo(format!("This makes {changes}. Apply them?"))
    };
    let message = args.write.message.clone().or_else(|| Some(format!("Mend what the lint found: {changes}")));
    let write = WriteArgs { message, ..args.write.clone() };
    writing::write(cx, session, &write, Proposal { changes: fixes.changes, ask, ..Proposal::default() }).await
}

/// Says that nothing is mended: for want of suggestions, or of rights.
fn none(cx: &mut Context, session: &Session, refused: usize) -> Result<Exit, Failure> {
    if refused > 0 {
        let message = format!("you may not make the changes that mend {}", count(refused, "finding"));
        return Err(
            Failure::new(Kind::NotAllowed, message).hint("\"keydeck lint\" says of each what stands in the way")
        );
    }
    let view = session.view();
    let told = view.plan(Vec::new(), session.door().now()).told(&view);
    Ok(writing::done(cx, told, Some(view.revision()), "No change is suggested for what is found."))
}
