//! Which actions can be done now, and why not: the footer, help and palette show it, and `update` asks it first.

use std::collections::HashSet;

use super::{State, route::Screen, tree::Spot};
use crate::{
    domain::{
        catalogue::{Ix, row::OwnerIx},
        credential::{self, Credential, SecretRef},
        provider::Price,
        record::Kind,
    },
    ops::{find::Thing, view::View},
    rights::{Right, Subject, Verdict},
    tui::action::{Action, Availability},
};

const YES: Availability = Availability::Yes;

fn no(reason: impl Into<String>) -> Availability {
    Availability::No(reason.into())
}

fn when(holds: bool, reason: &str) -> Availability {
    if holds { YES } else { no(reason) }
}

/// Says whether an action can be done on the screen as it is, whatever lies over it.
pub fn availability(state: &State, action: Action) -> Availability {
    let Some(view) = state.view() else {
        let works = matches!(action, Action::Quit | Action::Help | Action::Palette | Action::Theme | Action::Cancel);
        return when(works, "the database is still being opened");
    };
    if WRITING.contains(&action)
        && let Some(reason) = state.refuses_writes()
    {
        return no(reason);
    }
    of_the_screen(state, action).unwrap_or_else(|| of_things(state, view, action))
}

/// Says whether an action that only looks can be done on this screen; nothing for actions of things.
fn of_the_screen(state: &State, action: Action) -> Option<Availability> {
    Some(match action {
        Action::Back => when(state.history.can_go_back(), "nothing lies behind"),
        Action::Forward => when(state.history.can_go_forward(), "nothing lies ahead"),
        Action::Expand | Action::Collapse | Action::ExpandAll | Action::CollapseAll => {
            when(matches!(state.route().screen, Screen::Workflows | Screen::Overview), "there are no branches here")
        }
        Action::NextProblem => {
            when(matches!(state.route().screen, Screen::Workflows | Screen::Matrix), "go to the workflows first: g w")
        }
        Action::MoveLeft | Action::MoveRight => {
            when(state.route().screen == Screen::Matrix, "there are no columns to go along here")
        }
        Action::ScrollDetails | Action::ScrollDetailsBack => {
            when(super::layout::shows_details(state.route(), state.size), "no details are shown; i shows them")
        }
        Action::NextPane | Action::PreviousPane => when(panes(state) > 1, "there is one pane here"),
        Action::Sort if state.route().screen == Screen::Workflows => no("a tree keeps its order; filter it with /"),
        Action::Sort if state.route().screen == Screen::Overview => {
            no("findings stand worst first; filter them with /")
        }
        Action::Filter if state.route().screen == Screen::Matrix => YES,
        Action::Filter | Action::Sort => {
            when(!super::table::columns(&state.route().screen).is_empty(), "there is no list to filter or sort here")
        }
        Action::Mark
        | Action::MarkRange
        | Action::MarkAll
        | Action::ClearMarks
        | Action::ExtendUp
        | Action::ExtendDown
        | Action::ExtendPageUp
        | Action::ExtendPageDown => {
            when(state.markable(state.route().list.cursor).is_some(), "there is nothing to mark here")
        }
        Action::ToggleDetails => {
            when(!matches!(state.route().screen, Screen::Preview(_)), "all details are on the screen")
        }
        Action::ColumnLeft | Action::ColumnRight | Action::SortColumn if state.route().screen == Screen::Workflows => {
            no("a tree keeps its order; filter it with /")
        }
        Action::ColumnLeft | Action::ColumnRight | Action::SortColumn | Action::Columns => {
            when(super::table::lists().contains(&state.route().screen), "there are no columns to choose here")
        }
        Action::Workspace if state.workspaces.len() < 2 => {
            no("you see no other; \"keydeck init --workspace NAME\" makes one")
        }
        Action::Workspace => state.keeps_here().map_or(YES, no),
        Action::Export => super::export::availability(state),
        _ => return None,
    })
}

/// Says whether an action on things, or on what is staged, can be done now.
fn of_things(state: &State, view: &View, action: Action) -> Availability {
    match action {
        Action::Preview => when(can_preview(state), "choose a workflow or node"),
        Action::WhoUses => when(
            matches!(state.thing(), Some(Thing::Credential(_) | Thing::Pool(_) | Thing::Instance(_))),
            "choose a key, pool or instance",
        ),
        Action::CopyName => when(state.thing().is_some(), "nothing is under the cursor"),
        Action::Import if state.afar => {
            no("it would read files of the server; send yours: ssh … import dotenv - < FILE")
        }
        Action::Assign | Action::Unassign => assign(state, view),
        Action::Mend => mend(state, view),
        Action::Add | Action::Import | Action::Settings => may_write(view),
        Action::Edit => edit(state, view, action, state.thing()),
        Action::Remove => all(chosen_things(state), |thing| edit(state, view, action, thing)),
        Action::RemovePrice if own_price(state).is_none() => {
            no("the workspace has no price of its own for it; $ sets one")
        }
        Action::SetPrice | Action::RemovePrice => match state.thing() {
            Some(Thing::Model(_)) => may_write(view),
            _ => no("choose a model: g l"),
        },
        Action::Disable | Action::Revoke => all(chosen_things(state), |thing| key_state(view, action, thing)),
        Action::RevokeNow => key_state(view, action, state.thing()),
        Action::Rotate => rotate(state, view),
        Action::Reveal if state.line_by_line => {
            no("what was told line by line can't be hidden again; \"keydeck reveal\" prints a secret where you send it")
        }
        Action::Reveal | Action::CopySecret => reveal(state, view),
        Action::Verify => verify(state, view),
        Action::Apply => match staged(state, view) {
            YES if view.wants_approval() && state.staging.approvals.is_empty() => {
                no("it waits for the approval of somebody else, who sees it under g s")
            }
            other => other,
        },
        Action::DiscardAll => staged(state, view),
        Action::Others => when(state.staging.meanwhile.is_some(), "nobody applied anything since you staged this"),
        Action::Approve => match state.waiting() {
            Some(_) => may_write(view),
            None => no("choose a set that waits for approval"),
        },
        Action::Discard => when(state.route().list.cursor < state.staging.changes.len(), "choose a staged change"),
        Action::Revert => match state.revision() {
            Some(_) => may_write(view),
            None => no("choose a revision"),
        },
        Action::Undo => when(
            !state.staging.changes.is_empty() || !state.deeds.applied.is_empty() || newest_of_mine(state).is_some(),
            "there is nothing of yours to undo",
        ),
        Action::Redo => {
            when(!state.staging.undone.is_empty() || !state.deeds.reverted.is_empty(), "nothing was undone")
        }
        _ => YES,
    }
}

/// What writes to the database, or leads to it.
const WRITING: [Action; 18] = [
    Action::SetPrice,
    Action::RemovePrice,
    Action::Verify,
    Action::Assign,
    Action::Unassign,
    Action::Mend,
    Action::RevokeNow,
    Action::Rotate,
    Action::Add,
    Action::Disable,
    Action::Revoke,
    Action::Remove,
    Action::Apply,
    Action::Discard,
    Action::DiscardAll,
    Action::Revert,
    Action::Approve,
    Action::Redo,
];

/// Returns the workspace's own price of the model under the cursor: the one that holds now, else one that is to come.
pub fn own_price(state: &State) -> Option<Price> {
    let (view, Some(Thing::Model(ix))) = (state.ground()?, state.thing()) else { return None };
    let entry = view.vocabulary().model_entry(ix)?;
    let own = || entry.prices.iter().filter(|price| price.source.is_none());
    let holds = own().find(|price| price.from.is_none_or(|from| from <= state.now));
    holds.or_else(|| own().next()).map(|price| (**price).clone())
}

/// Returns how many panes of the screen can hear keys.
pub fn panes(state: &State) -> usize {
    match &state.route().screen {
        Screen::Preview(preview) => {
            let several = state.view().is_some_and(|view| preview.nodes(view).len() > 1);
            2 + usize::from(several)
        }
        Screen::Costs(_) => super::costs::PICTURES,
        _ => 1,
    }
}

/// Returns the newest revision that the operator applied, for an undo in a later session.
pub fn newest_of_mine(state: &State) -> Option<u64> {
    let me = &state.view()?.me()?.login;
    let newest = state.log.first().filter(|revision| revision.login == *me && revision.number > 1)?;
    newest.reverts.is_none().then_some(newest.number)
}

fn can_preview(state: &State) -> bool {
    matches!(state.thing(), Some(Thing::Workflow(_) | Thing::Node(_)))
}

fn may_write(view: &View) -> Availability {
    match (view.who().read_only, view.me()) {
        (true, _) => no("this session is read-only"),
        (false, None) => no("you are no operator of this database; an admin can add you"),
        (false, Some(_)) => YES,
    }
}

fn judged(verdict: &Verdict) -> Availability {
    match verdict {
        Verdict::Yes => YES,
        Verdict::No(denial) => no(denial.to_string()),
    }
}

/// The subject that rights are asked about, for a row of the tree.
fn subject(view: &View, spot: Spot) -> Option<Subject> {
    Some(match spot {
        Spot::Department(None) => return None,
        Spot::Department(Some(ix)) => Subject::Department(ix),
        Spot::App(_, ix) => Subject::App(ix),
        Spot::Workflow(ix) => Subject::Workflow(ix),
        Spot::Node(ix) => {
            view.node(ix)?;
            Subject::Node(ix)
        }
    })
}

/// Returns the rows that an action is meant for: those that are marked, else the one under the cursor.
pub fn chosen_spots(state: &State) -> Vec<Spot> {
    if let (Some(preview), Some(view)) = (state.preview(), state.view()) {
        let node = preview.node(view).map(Spot::Node);
        return node.or_else(|| preview.workflow(view).map(Spot::Workflow)).into_iter().collect();
    }
    if matches!(state.route().screen, Screen::Overview | Screen::Matrix) {
        return state.thing().and_then(Spot::of).into_iter().collect();
    }
    let marks = &state.route().marks;
    if marks.is_empty() || state.route().screen != Screen::Workflows {
        return state.spot().into_iter().collect();
    }
    // In the order of the screen, so that the same marks are always asked for by the same node; then what is folded away.
    let seen = state.tree_rows.iter().filter_map(|row| row.spot.thing()).filter(|thing| marks.contains(thing));
    let mut known = HashSet::new();
    seen.chain(marks.iter().copied()).filter(|thing| known.insert(*thing)).filter_map(Spot::of).collect()
}

fn assign(state: &State, view: &View) -> Availability {
    let spots = chosen_spots(state);
    let [first, ..] = spots.as_slice() else { return no("choose a workflow or node") };
    let Some(subject) = subject(view, *first) else { return no("choose a department, app, workflow or node") };
    match may_write(view) {
        // Members assign their own keys to their own workflows: that is judged when the key is known.
        YES if owns_keys(view) => YES,
        YES => judged(&view.may(Right::Assign, subject)),
        no => no,
    }
}

fn owns_keys(view: &View) -> bool {
    let mine = view.who().operator.map(OwnerIx::Operator);
    mine.is_some() && view.credentials().any(|(ix, _)| view.owner_of_key(ix) == mine)
}

/// Returns the things that an action is meant for: those that are marked, else the one under the cursor.
pub fn chosen_things(state: &State) -> Vec<Thing> {
    if state.route().marks.is_empty() || state.preview().is_some() {
        return state.thing().into_iter().collect();
    }
    // In the order of the screen first; what the filter hides is marked all the same.
    let mut all: Vec<Thing> = (0..state.row_count()).filter_map(|line| state.markable(line)).collect();
    all.retain(|thing| state.route().marks.contains(thing));
    let shown: std::collections::HashSet<Thing> = all.iter().copied().collect();
    all.extend(state.route().marks.iter().copied().filter(|thing| !shown.contains(thing)));
    let mut once = std::collections::HashSet::new();
    all.retain(|thing| once.insert(*thing));
    all
}

/// Returns for how many marked rows an action would be done; nothing if it is for the one under the cursor.
pub fn for_marked(state: &State, action: Action) -> Option<usize> {
    let several = [
        Action::Assign,
        Action::Unassign,
        Action::Disable,
        Action::Revoke,
        Action::Remove,
        Action::CopyName,
        Action::CopyLink,
        Action::CopyCommand,
    ];
    let count = state.route().marks.len();
    (count > 0 && several.contains(&action)).then_some(count)
}

/// Asks of several things at once: what stands against one of them stands against all.
fn all(things: Vec<Thing>, ask: impl Fn(Option<Thing>) -> Availability) -> Availability {
    if things.len() < 2 {
        return ask(things.first().copied());
    }
    let refusal = things.into_iter().map(|thing| ask(Some(thing))).find(|answer| !answer.is_yes());
    match refusal {
        Some(Availability::No(reason)) => no(format!("not for all that is marked: {reason}")),
        _ => YES,
    }
}

fn edit(state: &State, view: &View, action: Action, thing: Option<Thing>) -> Availability {
    if let Some(preview) = state.preview() {
        return when(state.route().pane == 0 || preview.place(view).is_some(), "choose an input");
    }
    let right = |thing: Thing| match thing {
        Thing::Workflow(ix) => (Right::Structure, Subject::Workflow(ix)),
        Thing::App(ix) => (Right::Structure, Subject::App(ix)),
        Thing::Node(ix) => (Right::Structure, Subject::Node(ix)),
        Thing::Credential(ix) => (Right::Edit, Subject::Credential(ix)),
        Thing::Pool(ix) => (Right::Structure, Subject::Pool(ix)),
        Thing::Instance(ix) => (Right::Structure, Subject::Instance(ix)),
        Thing::Department(ix) => (Right::Structure, Subject::Department(ix)),
        Thing::Operator(ix) => (Right::People, Subject::Operator(ix)),
        Thing::Assignment(_) | Thing::Provider(_) | Thing::Model(_) => (Right::List, Subject::Workspace),
    };
    let Some(thing) = thing else {
        return no(match state.route().screen {
            Screen::Audit => "what was done stays on record",
            _ if state.row_count() > 0 => "what is under the cursor has no form of its own: open it",
            _ => "nothing is under the cursor",
        });
    };
    if matches!(state.route().screen, Screen::Changes) {
        return no("staged changes are not edited: unstage it, and change the thing again");
    }
    if view.record(thing).is_none() && action == Action::Remove {
        return no("it is built in, or only named by what calls it");
    }
    match may_write(view) {
        YES => {
            let (right, subject) = right(thing);
            judged(&view.may(right, subject))
        }
        no => no,
    }
}

fn mend(state: &State, view: &View) -> Availability {
    match (state.finding_group(), state.finding()) {
        (None, _) => no("choose a finding"),
        (Some(_), Some(it)) if it.suggestion.changes().is_empty() => {
            no("nothing can be suggested that is sure to be right; i tells what to do")
        }
        (Some(_), _) => may_write(view),
    }
}

fn key_state(view: &View, action: Action, thing: Option<Thing>) -> Availability {
    let Some(Thing::Credential(ix)) = thing else { return no("choose a key") };
    let revoked = view.credential(ix).is_some_and(|key| key.state == credential::State::Revoked);
    if revoked {
        return no("it is revoked; an admin can reinstate it");
    }
    let right = if action == Action::Disable { Right::Disable } else { Right::Revoke };
    match may_write(view) {
        YES => judged(&view.may(right, Subject::Credential(ix))),
        no => no,
    }
}

fn rotate(state: &State, view: &View) -> Availability {
    let Some(Thing::Credential(ix)) = state.thing() else { return no("choose a key") };
    let Some(key) = view.credential(ix) else { return no("choose a key") };
    match (may_write(view), &key.secret) {
        (YES, SecretRef::Absent) => no("it has no secret to replace; e gives it one"),
        (YES, SecretRef::External(_)) => no("its secret is kept elsewhere: replace it there"),
        (YES, SecretRef::Sealed(_)) => judged(&view.may(Right::Rotate, Subject::Credential(ix))),
        (no, _) => no,
    }
}

fn reveal(state: &State, view: &View) -> Availability {
    let Some(Thing::Credential(ix)) = state.thing() else { return no("choose a key") };
    let Some(key) = view.credential(ix) else { return no("choose a key") };
    if view.who().behind.is_some() {
        return no("nobody is handed a secret as somebody else; start keydeck without --as");
    }
    match judged(&view.may(Right::Reveal, Subject::Credential(ix))) {
        YES if key.state == credential::State::Revoked => no("it is revoked, and handed out to nobody"),
        YES if key.secret == SecretRef::Absent => no("it is known by name only, and has no secret; e adds one"),
        verdict => verdict,
    }
}

/// Returns the keys that an action is meant for: those that are marked, else the one under the cursor.
pub fn chosen_keys(state: &State) -> Vec<Ix<Credential>> {
    let key = |thing: &Thing| match thing {
        Thing::Credential(ix) => Some(*ix),
        _ => None,
    };
    let mut marked: Vec<Ix<Credential>> = state.route().marks.iter().filter_map(key).collect();
    marked.sort();
    if marked.is_empty() { state.thing().as_ref().and_then(key).into_iter().collect() } else { marked }
}

fn verify(state: &State, view: &View) -> Availability {
    let keys = chosen_keys(state);
    let Some(first) = keys.first() else { return no("choose a key") };
    if view.who().behind.is_some() {
        return no("nobody is handed a secret as somebody else; start keydeck without --as");
    }
    if view.credential(*first).is_some_and(|key| key.secret == SecretRef::Absent) && keys.len() == 1 {
        return no("it is known by name only, and has no secret to show its vendor; e adds one");
    }
    judged(&view.may(Right::Verify, Subject::Credential(*first)))
}

/// Says whether a key is under the cursor that has a secret at all.
pub fn is_key_with_secret(state: &State) -> bool {
    let Some(Thing::Credential(ix)) = state.thing() else { return false };
    state.view().and_then(|view| view.credential(ix)).is_some_and(|key| key.secret != SecretRef::Absent)
}

fn staged(state: &State, view: &View) -> Availability {
    if state.staging.changes.is_empty() {
        return no("nothing is staged");
    }
    may_write(view)
}

/// Returns the kinds that can be added on a screen.
pub fn addable(screen: &Screen) -> &'static [Kind] {
    match screen {
        Screen::Credentials => &[Kind::Credential],
        Screen::Providers => &[Kind::Credential, Kind::Provider, Kind::Model, Kind::Price],
        Screen::Records(Kind::Model) => &[Kind::Model, Kind::Price],
        Screen::Records(Kind::Department) => &[Kind::Department],
        Screen::Records(Kind::Operator) => &[Kind::Operator],
        Screen::Records(Kind::Pool) => &[Kind::Pool],
        Screen::Records(Kind::Instance) => &[Kind::Instance],
        Screen::Records(Kind::Assignment) => &[Kind::Assignment],
        _ => super::finder::ADDABLE,
    }
}
