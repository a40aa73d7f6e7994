//! Boxes about others: what they applied meanwhile, three states of one thing; a set that waits for approval; and a
//! failure that takes more than a line.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    ops::{
        failure::Failure,
        meanwhile::{Contest, Meanwhile},
    },
    plan::{Ground, Sides},
    tui::{
        state::{
            State,
            others::{ApproveDialog, Choice, choices},
            overlay::{Proposal, Told},
        },
        theme::Role,
        widget::{
            detail::{Detail, details, height},
            dialog::{boxed, buttons, centred},
            touch::Touches,
            width::fit,
        },
        words,
    },
};

use super::effects;

/// The most columns of such a box.
const COLUMNS: u16 = 96;

/// How many changes of a set are told.
const CHANGES: usize = 12;

/// How many revisions are told.
const TOLD: usize = 6;

/// A box with lines and buttons.
pub(super) struct Panel<'a> {
    pub(super) title: &'a str,
    pub(super) role: Role,
    pub(super) lines: &'a [Detail],
    pub(super) buttons: &'a [&'a str],
    pub(super) at: usize,
}

impl Panel<'_> {
    pub(super) fn draw(&self, state: &State, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
        let theme = &state.theme;
        let columns = screen.width.saturating_sub(4).min(COLUMNS);
        let text_columns = usize::from(columns.saturating_sub(4)).max(1);
        let lines = height(self.lines, text_columns);
        let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(4).min(screen.height);
        let area = centred(screen, columns, height);
        let inner = boxed(area, buffer, self.title, self.role, theme);
        let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        if inside.height < 3 {
            return;
        }
        let body = Rect { height: inside.height - 2, ..inside };
        if lines > usize::from(body.height) {
            let text = Rect { height: body.height - 1, ..body };
            touches.hidden = lines - usize::from(text.height);
            let above = state.scrolled.min(touches.hidden);
            details(text, buffer, self.lines, above, theme);
            let more = match touches.hidden - above {
                0 => "↑ this is the end".to_owned(),
                below => format!("↓ {}", words::count(below, "more line")),
            };
            buffer.set_string(body.x, text.bottom(), fit(&more, usize::from(body.width)), theme.style(Role::Muted));
        } else {
            details(body, buffer, self.lines, 0, theme);
        }
        let role = |at: usize| if at == self.at { Role::ButtonFocused } else { Role::Button };
        let all: Vec<(&str, Role)> = self.buttons.iter().enumerate().map(|(at, text)| (*text, role(at))).collect();
        let line = Rect { y: inside.bottom() - 1, height: 1, ..inside };
        buttons(line, buffer, &all, Some(self.at), theme, touches);
    }
}

/// Draws what others applied since what is staged was planned, and what can be done about it.
///
/// ```text
/// ╭ 2 revisions since you planned this ──────────────────╮
/// │ 41  bob  5 min ago   Rename app billing to invoices  │
/// │                                                      │
/// │ You and bob changed one thing (1 of 1)               │
/// │ ≠ note  was nothing · bob's theirs · yours mine      │
/// │                                                      │
/// │          [ Cancel ]    Keep bob's     Keep yours     │
/// ╰──────────────────────────────────────────────────────╯
/// ```
pub(super) fn meanwhile(state: &State, at: usize, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let Some(meanwhile) = &state.staging.meanwhile else { return };
    let lines = lines(state, meanwhile);
    let author = meanwhile.clashes.first().map_or("theirs", |clash| &*clash.author);
    let theirs = format!("Keep {author}'s");
    let word = |choice: &Choice| match choice {
        Choice::Cancel => "Cancel",
        Choice::KeepTheirs => &*theirs,
        Choice::KeepMine => "Keep yours",
        Choice::GoOn => "Go on",
    };
    let buttons: Vec<&str> = choices(meanwhile).iter().map(word).collect();
    let title = match meanwhile.count() {
        1 => "1 revision since you planned this".to_owned(),
        more => format!("{more} revisions since you planned this"),
    };
    let role = if meanwhile.ground == Ground::Conflict { Role::DialogDanger } else { Role::DialogTitle };
    Panel { title: &title, role, lines: &lines, buttons: &buttons, at }.draw(state, screen, buffer, touches);
}

fn lines(state: &State, meanwhile: &Meanwhile) -> Vec<Detail> {
    let mut lines = Vec::new();
    for revision in meanwhile.revisions.iter().rev().take(TOLD) {
        let role = if revision.clashes { Role::Danger } else { Role::Muted };
        let first = revision.changes.first().map_or("", String::as_str);
        let more = match revision.changes.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let when = words::from_now(revision.at, state.now);
        lines.push(Detail::Text(format!("{} {} · {when} · {first}{more}", revision.number, revision.author), role));
    }
    if meanwhile.count() > TOLD as u64 {
        lines.push(Detail::Text(format!("and {} before", meanwhile.count() - TOLD as u64), Role::Muted));
    }
    lines.push(Detail::Gap);
    if let Some(clash) = meanwhile.clashes.first() {
        lines.extend(contest(clash, meanwhile.clashes.len()));
    }
    let told = |what: &str, text: &str, role| Detail::Text(format!("{what}: {text}"), role);
    lines.extend(meanwhile.done_already.iter().map(|it| told("Done by them already", it, Role::Ok)));
    lines.extend(meanwhile.obstacles.iter().map(|it| told("In its way", it, Role::Danger)));
    lines.extend(meanwhile.did.iter().map(|it| told("It did", &it.sentence(), Role::Muted)));
    lines.extend(meanwhile.does.iter().map(|it| told("It does now", &it.sentence(), Role::Staged)));
    if meanwhile.does.is_empty() && !meanwhile.did.is_empty() {
        lines.push(Detail::Text("It does nothing to any node now.".to_owned(), Role::Staged));
    }
    lines.push(match meanwhile.ground {
        Ground::Untouched => Detail::Text("None of it touches what you staged.".to_owned(), Role::Ok),
        Ground::Touched => Detail::Text("Go on if it is still what you want.".to_owned(), Role::Text),
        Ground::Conflict if meanwhile.clashes.is_empty() => {
            Detail::Text("Unstage what is in the way, or change it.".to_owned(), Role::Text)
        }
        Ground::Conflict => Detail::Text("Nothing is applied before you decide.".to_owned(), Role::Text),
    });
    lines
}

/// The three states of one thing, field by field; where both changed a field stands a mark.
fn contest(clash: &Contest, of: usize) -> Vec<Detail> {
    let heading = match of {
        1 => format!("You and {} changed one thing", clash.author),
        more => format!("You and {} changed one thing (the first of {more})", clash.author),
    };
    let mut lines = vec![
        Detail::Heading(heading),
        Detail::Text(format!("{}: {}", clash.author, clash.theirs), Role::Text),
        Detail::Text(format!("you: {}", clash.mine), Role::Text),
    ];
    let value = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    for sides @ Sides { field, base, theirs, mine } in &clash.fields {
        let (mark, role) = if sides.is_contested() { ("≠", Role::Danger) } else { (" ", Role::Text) };
        let states = format!("was {} · {}'s {} · yours {}", value(base), clash.author, value(theirs), value(mine));
        lines.push(Detail::Value(format!("{mark} {}", field.replace('_', " ")), states, role));
    }
    lines.push(Detail::Gap);
    lines
}

/// Draws what somebody else has staged, and asks whether to approve it.
pub(super) fn approve(state: &State, dialog: &ApproveDialog, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let Some(view) = state.view() else { return };
    let waiting = &dialog.waiting;
    let mut lines = Vec::new();
    if let Some(plan) = &dialog.plan {
        let told = view.tell(&plan.after, &plan.changes);
        lines.extend(told.iter().take(CHANGES).map(|it| Detail::Text(it.sentence.clone(), Role::Text)));
        if told.len() > CHANGES {
            lines.push(Detail::Text(format!("and {} more changes", told.len() - CHANGES), Role::Muted));
        }
        lines.push(Detail::Gap);
        let unhindered = crate::ops::plan::Plan { obstacles: Vec::new(), ..(**plan).clone() };
        lines.extend(effects::lines(&unhindered, view));
    } else {
        lines.push(Detail::Text("Asking what it would do …".to_owned(), Role::Muted));
    }
    lines.push(Detail::Gap);
    let binds = "Your approval is of these changes as they are: if any is changed, it is void. It is on record.";
    lines.push(Detail::Text(binds.to_owned(), Role::Muted));
    let title = format!("Approve what {} staged?", waiting.login);
    let at = usize::from(dialog.on_deed);
    Panel { title: &title, role: Role::DialogTitle, lines: &lines, buttons: &["Cancel", "Approve"], at }
        .draw(state, screen, buffer, touches);
}

/// Draws changes that are looked at before they are staged, with what they would do.
pub(super) fn proposal(state: &State, proposal: &Proposal, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let Some(ground) = state.ground() else { return };
    let mut lines: Vec<Detail> = proposal.notes.iter().map(|note| Detail::Text(note.clone(), Role::Muted)).collect();
    lines.push(Detail::Gap);
    lines.extend(proposal.told.iter().take(CHANGES).map(|it| Detail::Text(it.clone(), Role::Text)));
    if proposal.told.len() > CHANGES {
        lines.push(Detail::Text(format!("and {} more changes", proposal.told.len() - CHANGES), Role::Muted));
    }
    lines.push(Detail::Gap);
    match &proposal.plan {
        Some(plan) => lines.extend(effects::lines(plan, ground)),
        None => lines.push(Detail::Text("Asking what it would do …".to_owned(), Role::Muted)),
    }
    let at = usize::from(proposal.on_deed);
    let buttons = ["Cancel", "Stage it"];
    Panel { title: &proposal.title, role: Role::DialogTitle, lines: &lines, buttons: &buttons, at }
        .draw(state, screen, buffer, touches);
}

/// Draws something that is told in a box.
pub(super) fn told(state: &State, told: &Told, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let lines: Vec<Detail> = told.lines.iter().map(|line| Detail::Text(line.clone(), Role::Text)).collect();
    Panel { title: &told.title, role: Role::DialogTitle, lines: &lines, buttons: &["Close"], at: 0 }
        .draw(state, screen, buffer, touches);
}

/// Draws a failure that takes more than a line: what went wrong, then what to do.
pub(super) fn failure(state: &State, failure: &Failure, screen: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let mut text = failure.message.lines();
    let first = text.next().unwrap_or_default().to_owned();
    let mut lines = vec![Detail::Text(first, Role::Danger)];
    lines.extend(text.map(|line| Detail::Text(line.to_owned(), Role::Text)));
    lines.push(Detail::Gap);
    lines.extend(failure.hints.iter().map(|hint| Detail::Text(format!("→ {hint}"), Role::Text)));
    Panel { title: "Not done", role: Role::DialogDanger, lines: &lines, buttons: &["Close"], at: 0 }
        .draw(state, screen, buffer, touches);
}
