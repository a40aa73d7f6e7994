//! The bars: header, breadcrumbs with the counter, footer, and the box of a begun sequence. All keys are live ones.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::record::Kind,
    resolve::query::Environment,
    tui::{
        action::{Action, Availability, GROUPS},
        keymap::{Continuation, Vocabulary as _},
        state::{
            State, available,
            form::Meant,
            layer,
            layout::Layout,
            overlay::Overlay,
            overview::Line,
            preview::PreviewOf,
            route::{Route, Screen},
            tree::{Spot, label},
        },
        theme::Role,
        widget::{
            bar::{self, HeaderPart},
            hints::{self, Hint},
            whichkey::{self, Way},
            width::width,
        },
        words,
    },
};

/// Draws the three bars.
pub(super) fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    bar::header(layout.header, buffer, &parts(state), &state.theme);
    let counter = if layout.filter.is_empty() { counter(state) } else { String::new() };
    let room = u16::try_from(width(&counter) + 2).unwrap_or(0).min(layout.breadcrumbs.width);
    let way = Rect { width: layout.breadcrumbs.width - room, ..layout.breadcrumbs };
    let steps: Vec<String> = steps(state).into_iter().map(|(name, _)| name).collect();
    bar::breadcrumbs(way, buffer, &steps, &state.theme);
    buffer.set_string(way.right() + 1, way.y, &counter, state.theme.style(Role::Muted));
    draw_footer(state, layout, buffer);
}

/// Draws the lowest bar alone.
pub(super) fn draw_footer(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let hints: Vec<Hint> = footer(state).into_iter().map(|(_, hint)| hint).collect();
    hints::footer(layout.footer, buffer, &hints, &trying(state), &state.theme);
}

/// The label of the workspace in the header.
const WORKSPACE: &str = "in";

/// What a click on a bar is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// An action of the footer.
    Action(Action),
    /// A step of the way.
    Step(Step),
}

/// A step of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A place of the history, by its number.
    Route(usize),
    /// A row of the tree above the cursor.
    Row(Spot),
}

/// Returns what a click on a bar is meant for.
pub fn hit(state: &State, layout: &Layout, column: u16, row: u16) -> Option<Hit> {
    if row == layout.footer.y {
        let (actions, hints): (Vec<Action>, Vec<Hint>) = footer(state).into_iter().unzip();
        let places = hints::places(layout.footer, &hints, &trying(state));
        let (at, _) = places.into_iter().find(|(_, place)| place.contains(&column))?;
        return Some(Hit::Action(actions[at]));
    }
    if row == layout.header.y {
        let parts = parts(state);
        let place = bar::values(layout.header, &parts).into_iter().find(|(.., place)| place.contains(&column));
        return place.filter(|(label, ..)| *label == WORKSPACE).map(|_| Hit::Action(Action::Workspace));
    }
    if row != layout.breadcrumbs.y {
        return None;
    }
    let (names, steps): (Vec<String>, Vec<Step>) = steps(state).into_iter().unzip();
    let counter = if layout.filter.is_empty() { counter(state) } else { String::new() };
    let room = u16::try_from(width(&counter) + 2).unwrap_or(0).min(layout.breadcrumbs.width);
    let way = Rect { width: layout.breadcrumbs.width - room, ..layout.breadcrumbs };
    let (at, _) = bar::crumbs(way, &names).into_iter().find(|(_, place)| place.contains(&column))?;
    Some(Hit::Step(steps[at]))
}

/// What stands at the right end of the footer.
fn trying(state: &State) -> String {
    if state.lost.is_some() {
        return "no database · trying again".to_owned();
    }
    if let Some(told) = state.jobs.told(state.now, !state.still) {
        return told;
    }
    // Where there is little room, the keys are worth more.
    let synced = state.synced.filter(|_| state.size.0 >= 80);
    synced.map(|at| format!("synced {}", words::minutes_ago(at, state.now))).unwrap_or_default()
}

fn parts(state: &State) -> Vec<HeaderPart> {
    let mut parts = Vec::new();
    let Some(view) = state.view() else { return vec![HeaderPart::Value("db", state.database.clone())] };
    parts.push(HeaderPart::Value(WORKSPACE, view.workspace().name.to_string()));
    parts.push(HeaderPart::Value("db", state.database.clone()));
    if let Some(me) = view.me() {
        // Who looks as somebody else is not to forget it.
        match view.really().filter(|really| really.id != me.id) {
            Some(really) => parts.push(HeaderPart::Badge(format!("{} AS {}", really.login, me.login))),
            None => parts.push(HeaderPart::Value("as", me.login.to_string())),
        }
    }
    let mut others: Vec<&str> =
        state.others.iter().flatten().map(|it| it.login.as_deref().unwrap_or("somebody")).collect();
    others.sort_unstable();
    others.dedup();
    if !others.is_empty() {
        parts.push(HeaderPart::Value("with", others.join(", ")));
    }
    let vault = if state.unlocked { "unlocked" } else { "locked" };
    parts.push(HeaderPart::Value("vault", vault.to_owned()));
    parts.push(HeaderPart::Value("rev", view.revision().to_string()));
    if let Some(lost) = &state.lost {
        parts.push(HeaderPart::Badge(format!("NO DATABASE SINCE {}", words::clock(lost.since))));
    }
    if let Environment::Is(name) = &state.environment {
        let name = if name.is_empty() { "NO ENVIRONMENT" } else { name };
        parts.push(HeaderPart::Badge(format!("AS {}", name.to_uppercase())));
    }
    if !state.staging.changes.is_empty() {
        parts.push(HeaderPart::Badge(format!("{} STAGED", state.staging.changes.len())));
    }
    if let Some(verifying) = &state.verifying {
        let end = if verifying.is_stopping { "STOPPING" } else { "ESC STOPS" };
        parts.push(HeaderPart::Badge(format!("ASKING {}/{} · {end}", verifying.done, verifying.all)));
    }
    if state.off_record {
        parts.push(HeaderPart::Badge("AUDIT FAILS: LOOK ONLY".to_owned()));
    }
    if view.who().read_only {
        parts.push(HeaderPart::Badge("READ-ONLY".to_owned()));
    }
    parts
}

/// Returns how many rows are shown of how many, and how many are marked.
pub(super) fn counter(state: &State) -> String {
    let route = state.route();
    let marked = match route.marks.len() {
        0 => String::new(),
        some => format!("{some} marked · "),
    };
    let counted = match (&route.screen, &state.data) {
        (_, None) | (Screen::Preview(_) | Screen::Changes, _) => String::new(),
        (Screen::Overview, _) => findings(state),
        (Screen::Matrix, _) => {
            let all = state.grid.found.as_ref().map_or(0, |matrix| matrix.rows.len());
            if route.filter.text().is_empty() {
                words::count(all, "workflow")
            } else {
                format!("{}/{}", words::grouped(state.grid.shown.len() as u64), words::grouped(all as u64))
            }
        }
        (Screen::Workflows, Some(data)) => {
            let all = data.tree.workflows();
            match &state.matching {
                None => words::count(all, "workflow"),
                Some(found) => format!("{}/{}", words::grouped(found.workflows as u64), words::grouped(all as u64)),
            }
        }
        _ => {
            let (shown, all) = (state.table.order.len(), state.table.rows.len());
            if route.filter.text().is_empty() { words::grouped(all as u64) } else { format!("{shown}/{all}") }
        }
    };
    let private = match (&route.screen, &state.data) {
        (Screen::Credentials, Some(data))
            if data.private > 0 && route.filter.text().is_empty() && state.size.0 >= 60 =>
        {
            format!(" + {} private", data.private)
        }
        _ => String::new(),
    };
    format!("{marked}{counted}{private}")
}

/// Counts the findings that are shown of all.
fn findings(state: &State) -> String {
    let Some(overview) = &state.attention.found else { return String::new() };
    let all = overview.lint.findings.len();
    if state.route().filter.text().is_empty() {
        return words::count(all, "finding");
    }
    let shown = state.attention.lines.iter().filter(|line| matches!(line, Line::Finding(_))).count();
    format!("{shown}/{all}")
}

/// Returns the way: the screens that led here, then what is under the cursor of a tree.
fn steps(state: &State) -> Vec<(String, Step)> {
    let way = state.history.way(3).into_iter();
    let mut steps: Vec<(String, Step)> =
        way.map(|(number, route)| (title(state, route), Step::Route(number))).collect();
    steps.dedup_by(|one, other| one.0 == other.0);
    if let (Screen::Workflows, Some(data)) = (&state.route().screen, &state.data) {
        let row = state.tree_rows.get(state.route().list.cursor);
        let above = row.map(|row| (data.tree.ancestors(row.entry as usize), row.entry as usize));
        if let Some((above, entry)) = above {
            let entries = data.tree.entries();
            let here = above.into_iter().chain([entry]).filter_map(|at| entries.get(at));
            steps.extend(here.map(|entry| (label(&data.view, entry.spot), Step::Row(entry.spot))));
        }
    }
    steps
}

fn title(state: &State, route: &Route) -> String {
    match (&route.screen, state.view()) {
        (Screen::Preview(preview), Some(view)) => {
            let workflow = preview.workflow(view).map(|ix| label(view, Spot::Workflow(ix))).unwrap_or_default();
            match preview.of {
                PreviewOf::Workflow(_) => format!("Preview of {workflow}"),
                PreviewOf::Pair(_, provider) => format!("Preview of {workflow} × {}", view.provider_slug(provider)),
                PreviewOf::Node(ix) => format!("Preview of {workflow} › {}", label(view, Spot::Node(ix))),
            }
        }
        (Screen::Costs(place), _) => place.title(),
        (screen, _) => screen.title().to_owned(),
    }
}

/// Returns the hints for what hears keys now, the most useful first.
fn footer(state: &State) -> Vec<(Action, Hint)> {
    let layers = layer::layers(state);
    let hint = |(action, label): &(Action, &str)| {
        let keys = state.keymap.keys_for(&layers, *action).first()?.clone();
        // Of a sequence that opens many ways, the first key says how they are seen.
        let keys = match keys.0.as_slice() {
            [first, _, ..] if *label == GO_TO => first.to_string(),
            _ => keys.to_string(),
        };
        let on_screen = state.overlays.is_empty();
        let available = !on_screen || available::availability(state, *action).is_yes();
        let label = match available::for_marked(state, *action).filter(|_| on_screen) {
            Some(count) => format!("{label} {count}"),
            None => (*label).to_owned(),
        };
        Some((*action, Hint { keys, label, available, stays: *action == Action::Help }))
    };
    wanted(state).iter().filter_map(hint).collect()
}

/// What the footer calls the way to every other screen.
const GO_TO: &str = "go to";

/// What the footer shows where columns are chosen.
const COLUMNS: [(Action, &str); 5] = [
    (Action::ToggleColumn, "show or hide"),
    (Action::ColumnEarlier, "further left"),
    (Action::ColumnLater, "further right"),
    (Action::ResetColumns, "as before"),
    (Action::Cancel, "done"),
];

/// Which actions the footer shows, and in which words: those that matter most in this place.
fn wanted(state: &State) -> Vec<(Action, &'static str)> {
    use Action as A;
    match state.overlays.last() {
        None => {}
        Some(Overlay::Failure(_) | Overlay::Told(_)) => return vec![(A::Accept, "close")],
        Some(Overlay::Confirm(_) | Overlay::Others(_) | Overlay::Approve(_) | Overlay::Proposal(_)) => {
            return vec![(A::NextField, "choose"), (A::Accept, "press"), (A::Cancel, "leave")];
        }
        Some(Overlay::Apply(_)) => return vec![(A::Accept, "go on"), (A::NextField, "next"), (A::Cancel, "leave")],
        Some(Overlay::Picker(picker)) => {
            let mut all = vec![(A::Accept, "stage"), (A::NextScope, "for more"), (A::PreviousScope, "for less")];
            if !picker.is_on_nodes() {
                all.push((A::Refine, "window, note"));
                all.extend([
                    (A::ToggleStrength, "strength"),
                    (A::CycleEnvironment, "environment"),
                    (A::ToggleModel, "model"),
                ]);
            }
            all.push((A::Cancel, "leave"));
            return all;
        }
        Some(Overlay::Form(form)) => {
            let is_written_outside = form.is_on_note() && !state.afar;
            let deed = if form.meant == Meant::Rotation { "store" } else { "stage" };
            return vec![
                (A::Accept, deed),
                (A::NextField, "next field"),
                (A::PreviousField, "previous"),
                if is_written_outside { (A::EditOutside, "your editor") } else { (A::NextChoice, "fill in") },
                (A::Cancel, "leave"),
            ];
        }
        Some(Overlay::Import(it)) => return it.hints(),
        Some(Overlay::Finder(_)) => {
            return vec![(A::Accept, "choose"), (A::Complete, "complete"), (A::MoveDown, "next"), (A::Cancel, "leave")];
        }
        Some(Overlay::Filter { .. }) => {
            return vec![(A::Accept, "keep"), (A::Cancel, "as before"), (A::NextField, "down")];
        }
        Some(Overlay::Reveal(reveal)) => {
            let next = (reveal.fields.len() > 1).then_some((A::NextField, "next field"));
            let all = [Some((A::CopySecret, "copy")), next, Some((A::Cancel, "hide"))];
            return all.into_iter().flatten().collect();
        }
        Some(Overlay::Columns(_)) => return COLUMNS.to_vec(),
        Some(Overlay::Prompt(_) | Overlay::Unlock(_)) => return vec![(A::Accept, "take"), (A::Cancel, "leave")],
    }
    let staged = !state.staging.changes.is_empty();
    let mut all = of_screen(state);
    if staged && state.route().screen != Screen::Changes {
        all.insert(0, (A::Apply, "apply"));
        all.insert(1, (A::GotoChanges, "staged"));
    }
    all.extend([(A::Palette, "run"), (A::Help, "help"), (A::Quit, "quit")]);
    all
}

/// Which actions the footer shows on a screen, whatever is staged.
fn of_screen(state: &State) -> Vec<(Action, &'static str)> {
    use Action as A;
    match state.route().screen {
        Screen::Overview => vec![
            (A::Open, if state.finding().is_some() { "go there" } else { "open" }),
            (A::Mend, "mend"),
            (A::Assign, "assign"),
            (A::ToggleDetails, "details"),
            (A::Filter, "filter"),
        ],
        Screen::Matrix => vec![
            (A::Open, "why"),
            (A::Assign, "assign"),
            (A::NextProblem, "next problem"),
            (A::Filter, "filter"),
            (A::CycleEnvironment, "environment"),
        ],
        Screen::Workflows => {
            let mut all = vec![(A::Assign, "assign"), (A::Preview, "why"), (A::NextProblem, "next problem")];
            all.extend([(A::Filter, "filter"), (A::Goto, GO_TO)]);
            all
        }
        Screen::Credentials => vec![
            (A::Add, "add"),
            (A::Edit, "edit"),
            (A::WhoUses, "who uses"),
            (A::Rotate, "rotate"),
            (A::Disable, "disable"),
            (A::Reveal, "reveal"),
            (A::Verify, "verify"),
            (A::Filter, "filter"),
        ],
        Screen::Providers => vec![(A::Open, "keys"), (A::Add, "add"), (A::Filter, "filter"), (A::Sort, "sort")],
        Screen::Records(Kind::Model) => vec![
            (A::SetPrice, "price"),
            (A::RemovePrice, "reset price"),
            (A::Add, "add"),
            (A::Edit, "edit"),
            (A::ToggleDetails, "details"),
            (A::Filter, "filter"),
        ],
        Screen::Records(_) => vec![
            (A::Add, "add"),
            (A::Edit, "edit"),
            (A::Remove, "remove"),
            (A::ToggleDetails, "details"),
            (A::Filter, "filter"),
        ],
        Screen::Preview(_) => vec![
            (A::Assign, "assign"),
            (A::NextPane, "pane"),
            (A::Edit, "edit input"),
            (A::CycleEnvironment, "environment"),
            (A::Back, "back"),
        ],
        Screen::Audit => {
            vec![(A::Open, "details"), (A::Filter, "filter"), (A::Sort, "sort"), (A::Refresh, "read again")]
        }
        Screen::Costs(_) => vec![
            (A::CostsBy, "by what"),
            (A::CostsPeriod, "period"),
            (A::Open, "closer"),
            (A::NextPane, "picture"),
            (A::Filter, "filter"),
            (A::Sort, "sort"),
        ],
        Screen::Changes if state.waiting().is_some() => vec![(A::Approve, "approve")],
        Screen::Changes => {
            let mut all =
                vec![(A::Apply, "apply"), (A::Discard, "unstage"), (A::Undo, "undo"), (A::Revert, "undo revision")];
            if state.staging.meanwhile.is_some() {
                all.insert(1, (A::Others, "what others did"));
            }
            all
        }
    }
}

/// Draws how the begun sequence goes on.
pub(super) fn which_key(state: &State, layers: &[&'static str], screen: Rect, buffer: &mut Buffer) {
    let pressed: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
    let ways = state.keymap.continuations(layers, &state.pending).into_iter().map(|(key, next)| match next {
        Continuation::Action(binding) => Way {
            key: key.to_string(),
            label: short(binding.action),
            reason: match available::availability(state, binding.action) {
                Availability::Yes => None,
                // What to do about it is told when it is tried.
                Availability::No(reason) => reason.split(';').next().map(str::to_owned),
            },
        },
        Continuation::Group(count) => Way { key: key.to_string(), label: format!("+{count}"), reason: None },
    });
    let group = GROUPS.iter().find(|(key, _)| Some(*key) == pressed.first().map(String::as_str));
    let title = match group {
        Some((_, about)) => format!("{} {about}", pressed.join(" ")),
        None => pressed.join(" "),
    };
    let ways: Vec<Way> = ways.collect();
    let screen = Rect { height: screen.height.saturating_sub(1), ..screen };
    whichkey::which_key(screen, buffer, &title, &ways, &state.theme);
}

/// The name of an action without the group's own word: `goto-workflows` as `workflows`.
fn short(action: Action) -> String {
    let name = action.name();
    let rest = name.strip_prefix("goto-").or_else(|| name.strip_prefix("copy-")).unwrap_or(name);
    rest.replace('-', " ")
}
