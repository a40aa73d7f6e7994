//! Costs: by what, over which days, a closer look, and the answers.

use crate::{
    ops::{
        costs::{CostOverview, Dimension, Period},
        failure::Failure,
        find::Thing,
    },
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State,
            costs::{CostPlace, Costing, period_words, periods, read_period},
            route::{Route, Screen},
        },
        widget::{list::ListState, toast::ToastKind},
    },
};

use super::{going, listing};

/// Asks what the screen shows; late answers to older questions are dropped.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.cost_place().filter(|_| state.data.is_some()) else { return Vec::new() };
    let question = place.question.clone();
    state.asked.costs = state.next_generation();
    vec![Effect::Costs { generation: state.asked.costs, question }]
}

/// Takes an answer.
pub(super) fn answered(state: &mut State, answer: Result<Box<CostOverview>, Failure>) {
    state.costs = answer.map_or_else(Costing::Refused, Costing::Read);
    if state.cost_place().is_some() {
        listing::rebuild(state);
    }
}

/// Goes to the costs: where one looked at them last, or else at all of them.
pub(super) fn visit(state: &mut State) {
    if state.cost_place().is_some() {
        return;
    }
    let last = match &state.costs {
        Costing::Read(answer) if answer.question.within.is_none() => {
            CostPlace { question: answer.question.clone(), of: None }
        }
        _ => CostPlace::default(),
    };
    state.history.visit(Screen::Costs(Box::new(last)));
}

/// Changes by what is summed up, or over which days: to what was said, or to the next.
pub(super) fn change(state: &mut State, action: Action, argument: &str) -> Vec<Effect> {
    if state.cost_place().is_none() {
        visit(state);
    }
    let now = state.now;
    let Screen::Costs(place) = &mut state.route_mut().screen else { return Vec::new() };
    let question = &mut place.question;
    let refused = match action {
        Action::CostsBy if argument.is_empty() => {
            question.by = next(&Dimension::ALL, &question.by);
            None
        }
        Action::CostsBy => {
            let found = Dimension::from_word(argument.trim());
            question.by = found.unwrap_or(question.by);
            let known = || format!("Costs are summed up by {}", Dimension::ALL.map(Dimension::word).join(", "));
            found.is_none().then(known)
        }
        _ if argument.is_empty() => {
            question.period = next(&periods(now), &question.period);
            None
        }
        _ => {
            let found = read_period(argument);
            question.period = found.unwrap_or(question.period);
            found.is_none().then(|| "A period is written as 30, 2026-11 or 2026-11-05".to_owned())
        }
    };
    if let Some(refused) = refused {
        state.say(ToastKind::Warn, refused);
        return Vec::new();
    }
    let route = state.route_mut();
    route.list = ListState::default();
    route.sort.clear();
    route.marks.clear();
    going::arrived(state)
}

/// Returns what comes after `here`, round the end; the first, if it is none of them.
fn next<T: PartialEq + Clone>(all: &[T], here: &T) -> T {
    let at = all.iter().position(|it| it == here).map_or(0, |at| (at + 1) % all.len());
    all[at].clone()
}

/// Looks closer at the row under the cursor: at what it is made of.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let (Some(place), Some(row)) = (state.cost_place().cloned(), state.cost_row().cloned()) else { return Vec::new() };
    let mut question = place.question.clone();
    if let Some(node @ Thing::Node(_)) = row.thing {
        return going::preview_of(state, node);
    }
    let of = match question.by {
        Dimension::Day => {
            let Ok(day) = row.name.parse() else { return Vec::new() };
            question.period = Period::Day(day);
            place.of.clone()
        }
        _ if row.within.is_none() => {
            state.say(ToastKind::Warn, format!("There is no closer look at {}", row.name));
            return Vec::new();
        }
        _ => {
            question.within.clone_from(&row.within);
            Some(row.name.clone())
        }
    };
    question.by = match question.by {
        Dimension::Workflow => Dimension::Node,
        Dimension::Provider | Dimension::Node => Dimension::Model,
        _ => Dimension::Workflow,
    };
    state.say(ToastKind::Ok, format!("{} · [ goes back", period_words(question.period)));
    state.history.go(Route::new(Screen::Costs(Box::new(CostPlace { question, of }))));
    going::arrived(state)
}
