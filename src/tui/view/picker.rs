//! The picker: keys and pools for a place, usable ones first, and what the one under the cursor would do.
//!
//! ```text
//! ╭ Assign an openai key ──────────────────────────────────────────────╮
//! │ for  node draft  ‹workflow invoice-bot›  app billing  Finance  …   │
//! │ /                                         required · any environment│
//! │   key              owner            env         expires   budget    │
//! │ › openai-finance   Finance          production  in 12 d   $40 left  │
//! │   deny             nothing may be used here                         │
//! │   openai-old       system           any         ✗ it expired …      │
//! │ ─ if staged ─────────────────────────────────────────────────────── │
//! │ → 2 nodes move from openai-corp to openai-finance · $12.40          │
//! ╰─────────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::{
    ops::{picker::Candidate, picker::Choice, view::View},
    resolve::{
        answer::Reason,
        query::{At, Place, Query},
    },
    tui::{
        state::{
            State,
            picker::{Offer, Outlook, Picker},
        },
        theme::Role,
        widget::{
            detail::{Detail, details},
            dialog::{boxed, centred},
            filter::Filter,
            found::Found,
            list::{List, ListState, RowMarks},
            table::{Column, head_line, row_line, widths},
            touch::{Touch, Touches},
            width::{fit, truncate, width},
        },
        words,
    },
};

use super::effects;

const COLUMNS: &[Column] = &[
    Column { title: "key", least: 16, grow: 3, right: false, rank: 0 },
    Column { title: "owner", least: 12, grow: 2, right: false, rank: 1 },
    Column { title: "env", least: 10, grow: 1, right: false, rank: 2 },
    Column { title: "expires", least: 10, grow: 1, right: false, rank: 3 },
    Column { title: "budget", least: 16, grow: 1, right: true, rank: 4 },
];

/// Draws the picker, and returns where the cursor is to be seen.
pub(super) fn draw(
    state: &State,
    picker: &Picker,
    screen: Rect,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let view = state.ground()?;
    let height = screen.height.saturating_sub(if screen.height > 16 { 2 } else { 0 });
    let area = centred(screen, screen.width.saturating_sub(if screen.width > 60 { 4 } else { 0 }).min(120), height);
    let article = if picker.provider.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let title = format!("Assign {article} {} key", picker.provider);
    let inner = boxed(area, buffer, &title, Role::DialogTitle, &state.theme);
    let inside = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let low = inside.height < 12;
    scopes(state, picker, view, line(inside, 0), buffer, touches);
    let cursor = search(state, picker, line(inside, 1), buffer, touches);
    let outlook = if low { 2 } else { (inside.height / 3).clamp(4, 10) };
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(2 + outlook), ..inside };
    offers(state, picker, view, list, buffer, touches);
    let below = Rect { y: list.bottom(), height: outlook.min(inside.height), ..inside };
    draw_outlook(state, picker, view, below, buffer);
    cursor
}

const fn line(area: Rect, at: u16) -> Rect {
    Rect { y: area.y + at, height: 1, ..area }
}

/// For how much the choice speaks: the chosen scope between brackets.
fn scopes(state: &State, picker: &Picker, view: &View, area: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    let theme = &state.theme;
    let mut spans = vec![Span::styled("for ", theme.style(Role::Muted))];
    let mut used = 4;
    let chosen = picker.reach().words(view, picker.spots.len());
    let total = usize::from(area.width);
    for (at, reach) in picker.reaches.iter().enumerate() {
        let (text, role) = if at == picker.reach {
            (format!("[{chosen}]"), Role::ButtonFocused)
        } else {
            let short = match reach {
                crate::tui::state::picker::Reach::Department(ix) => view.department_name(*ix).into_owned(),
                other => other.word().to_owned(),
            };
            (short, Role::Muted)
        };
        if at < picker.reach && used + width(&text) + width(&chosen) + 6 > total {
            continue;
        }
        if used + width(&text) + 1 > total {
            break;
        }
        let column = |at: usize| area.x.saturating_add(u16::try_from(at).unwrap_or(area.width));
        let place = Rect { x: column(used), width: column(width(&text)) - area.x, height: 1, ..area };
        touches.add(place.intersection(area), Touch::Reach(at));
        used += width(&text) + 1;
        spans.push(Span::styled(text, theme.style(role)));
        spans.push(Span::raw(" "));
    }
    buffer.set_line(area.x, area.y, &Line::from(spans), area.width);
}

fn search(state: &State, picker: &Picker, area: Rect, buffer: &mut Buffer, touches: &mut Touches) -> Option<Position> {
    let options = if picker.is_on_nodes() {
        vec!["written on the node itself".to_owned()]
    } else {
        let strength = if picker.preferred { "preferred" } else { "required" };
        let environment =
            picker.environment.as_deref().map_or_else(|| "any environment".to_owned(), |it| format!("in {it}"));
        let model = match (&picker.model, picker.model_only) {
            (Some(model), true) => format!("{model} only"),
            _ => "any model".to_owned(),
        };
        vec![strength.to_owned(), environment, model]
    };
    let shown = truncate(&options.join(" · "), usize::from(area.width * 3 / 5)).into_owned();
    let right = u16::try_from(width(&shown)).unwrap_or(0);
    let field = Rect { x: area.x + 2, width: area.width.saturating_sub(right + 4), ..area };
    buffer.set_string(area.x, area.y, "/", state.theme.style(Role::Key));
    let cursor = picker.filter.draw(field, buffer, "type to find", &state.theme);
    let mut x = area.right().saturating_sub(right);
    buffer.set_string(x, area.y, &shown, state.theme.style(Role::Accent));
    for (at, option) in options.iter().enumerate().filter(|_| !picker.is_on_nodes()) {
        let columns = u16::try_from(width(option)).unwrap_or(area.width);
        touches.add(Rect { x, width: columns, height: 1, ..area }.intersection(area), Touch::Choice(at));
        x = x.saturating_add(columns + 3).min(area.right());
    }
    cursor
}

fn offers(state: &State, picker: &Picker, view: &View, area: Rect, buffer: &mut Buffer, touches: &mut Touches) {
    if area.height < 2 {
        return;
    }
    let theme = &state.theme;
    let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if picker.shown.is_empty() {
        let text = format!("No {} key is found. esc leaves; g c then a adds one.", picker.provider);
        buffer.set_string(
            area.x + 2,
            rows.y,
            truncate(&text, usize::from(area.width.saturating_sub(2))),
            theme.style(Role::Muted),
        );
        return;
    }
    let mut list = picker.list;
    list.settle(picker.shown.len(), usize::from(rows.height));
    touches.rows(list, picker.shown.len(), rows);
    let bar = if picker.shown.len() > usize::from(rows.height) { 2 } else { 0 };
    let widths = widths(COLUMNS, usize::from(area.width.saturating_sub(2 + bar)));
    let head = head_line(COLUMNS, &widths, &[], theme);
    buffer.set_line(area.x + 2, area.y, &head, area.width.saturating_sub(2));
    let inputs = state.inputs();
    let query = Query { place: picker.asks.clone(), now: state.now, inputs: &inputs };
    let mut found = Found::new(Filter::parse(picker.filter.text(), &[]), theme);
    let row = |at: usize, columns: usize| {
        let offer = &picker.offers[picker.shown[at]];
        (found.mark(offer_line(state, view, &query, offer, &widths, columns)), RowMarks::default())
    };
    let list = ListState { cursor: picker.list.cursor, top: list.top };
    List { state: list, count: picker.shown.len(), focused: true, row, theme }.draw(rows, buffer);
}

fn offer_line(
    state: &State,
    view: &View,
    query: &Query<'_>,
    offer: &Offer,
    widths: &[usize],
    columns: usize,
) -> Line<'static> {
    let theme = &state.theme;
    let Offer::Candidate(candidate) = offer else {
        let text = format!("{}  nothing may be used here: nodes fail", fit("deny", widths[0]));
        return Line::styled(truncate(&text, columns).into_owned(), theme.style(Role::Warn));
    };
    if let Some(reason) = candidate.unusable {
        let name_columns = widths[0];
        let name = fit(&candidate.name, name_columns);
        let why = fault(view, query, candidate, reason);
        let room = columns.saturating_sub(name_columns + 2);
        return Line::from(vec![
            Span::styled(name, theme.style(Role::Disabled)),
            Span::raw("  "),
            Span::styled(truncate(&format!("✗ {why}"), room).into_owned(), theme.style(Role::Danger)),
        ]);
    }
    let (name, name_role) = match candidate.target {
        Choice::Key(_) => (candidate.name.clone(), Role::Strong),
        Choice::Pool(_) => (format!("pool {}", candidate.name), Role::Strong),
    };
    let (owner, owner_role) = match candidate.target {
        Choice::Key(_) => words::owner(view, candidate.owner),
        Choice::Pool(ix) => (words::count(view.pool(ix).map_or(0, |pool| pool.members.len()), "member"), Role::Muted),
    };
    let (expires, expires_role) = words::expiry(candidate.expires, state.now, state.expiring_days);
    let (mut budget, budget_role) = words::budget_left(candidate.budget_left);
    if let (Some(day), Some((left, _))) = (candidate.runs_out, candidate.budget_left)
        && left > crate::domain::money::MicroDollars::ZERO
    {
        budget = format!("{budget}, out {}", day.strftime("%d %b"));
    }
    let environment = candidate.environment.as_deref().unwrap_or("any").to_owned();
    let cells = [
        (name.as_str(), name_role),
        (owner.as_str(), owner_role),
        (environment.as_str(), Role::Text),
        (expires.as_str(), expires_role),
        (budget.as_str(), budget_role),
    ];
    row_line(COLUMNS, widths, &cells, theme)
}

/// Says why a candidate can't be used here.
fn fault(view: &View, query: &Query<'_>, candidate: &Candidate, reason: Reason) -> String {
    match candidate.target {
        Choice::Key(ix) => view.sentences(query).fault(ix, reason),
        Choice::Pool(_) => words::reason(reason),
    }
}

/// What the choice under the cursor would do.
fn draw_outlook(state: &State, picker: &Picker, view: &View, area: Rect, buffer: &mut Buffer) {
    if area.height < 2 {
        return;
    }
    let theme = &state.theme;
    let model = match picker.asks {
        Place::Node(node) => view.model_of(node),
        Place::Pair { .. } => None,
    };
    let price = model.and_then(|(_, model)| words::price(view, model, state.now));
    let title = match price {
        Some(price) => {
            format!("─ if staged · {} at ${price} per M tokens ", picker.model.as_deref().unwrap_or_default())
        }
        None => "─ if staged · price unknown ".to_owned(),
    };
    let spent = match picker.asks {
        Place::Node(node) => view.workflow_of(node).and_then(|ix| view.recent_spend(ix)),
        Place::Pair { at: At::Workflow(ix), .. } => view.recent_spend(ix),
        Place::Pair { at: At::App(ix), .. } => view.recent_spend_of_app(ix),
    };
    let title = match spent {
        Some(spent) => format!("{title}· {} in 30 days ", words::spent(spent)),
        None => title,
    };
    let columns = usize::from(area.width);
    buffer.set_string(area.x, area.y, "─".repeat(columns), theme.style(Role::Border));
    buffer.set_string(area.x, area.y, truncate(&title, columns), theme.style(Role::Muted));
    let lines = match &picker.outlook {
        Outlook::Pending => vec![Detail::Text("Asking what it would change …".to_owned(), Role::Muted)],
        Outlook::Impossible(reason) => vec![Detail::Text(reason.clone(), Role::Warn)],
        Outlook::Known(plan) => effects::lines(plan, view),
    };
    let inside = Rect { y: area.y + 1, height: area.height - 1, ..area };
    details(inside, buffer, &lines, 0, theme);
}
