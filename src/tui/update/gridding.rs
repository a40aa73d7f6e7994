//! The matrix: asked for when one comes to it and when its ground changes; its cursor moves both ways, and a cell leads
//! to the preview of its pair.

use std::sync::Arc;

use crate::{
    domain::{catalogue::Ix, workflow::Workflow},
    ops::find::Thing,
    tui::{
        action::Action,
        effect::Effect,
        state::{
            State,
            layout::Layout,
            matrix::{FIELDS, Matrix, columns},
            preview::PreviewOf,
            route::Screen,
        },
        widget::{filter::Filter, list::Motion, toast::ToastKind},
    },
};

use super::going;

/// A filter of so many workflows is applied at once; more are looked through on another thread.
const AT_ONCE: usize = 5_000;

/// Asks for the matrix, if that is on the screen. What was found before stays until the answer comes.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    if state.route().screen != Screen::Matrix {
        return Vec::new();
    }
    let (Some(view), inputs) = (state.ground().cloned(), state.inputs()) else { return Vec::new() };
    let before = state.after().and(state.view()).cloned();
    let generation = state.next_generation();
    state.asked.matrix = generation;
    vec![Effect::Matrix { generation, view, before, inputs, now: state.now }]
}

/// Takes what was found; the cursor stays on its workflow and provider.
pub(super) fn found(state: &mut State, matrix: Arc<Matrix>) -> Vec<Effect> {
    let here = state.pair();
    let columns = &matrix.columns;
    let across = here.and_then(|pair| columns.iter().position(|it| it.provider == pair.provider));
    state.grid.found = Some(matrix);
    if state.route().screen != Screen::Matrix {
        return Vec::new();
    }
    let effects = filter(state);
    if let Some(at) = across {
        state.route_mut().across.cursor = at;
    }
    if let Some(pair) = here {
        put_cursor(state, pair.workflow);
    }
    effects
}

/// Chooses the rows that the filter shows, at once where there are few.
pub(super) fn filter(state: &mut State) -> Vec<Effect> {
    let (Some(matrix), Some(view)) = (state.grid.found.clone(), state.ground().cloned()) else { return Vec::new() };
    let filter = Filter::parse(state.route().filter.text(), FIELDS);
    state.asked.rows = state.next_generation();
    if filter.is_empty() || matrix.rows.len() <= AT_ONCE {
        let rows = matrix.select(&view, &filter);
        shown(state, rows);
        return Vec::new();
    }
    vec![Effect::MatrixRows { generation: state.asked.rows, matrix, view, filter }]
}

/// Takes the rows that are seen; the cursor stays on its workflow.
pub(super) fn shown(state: &mut State, rows: Vec<u32>) {
    let here = state.pair().map(|pair| pair.workflow);
    state.grid.shown = rows;
    match here {
        Some(workflow) => put_cursor(state, workflow),
        None => state.route_mut().list.cursor = 0,
    }
}

fn put_cursor(state: &mut State, workflow: Ix<Workflow>) {
    let Some(matrix) = state.grid.found.as_ref() else { return };
    let same = |row: &u32| matrix.rows.get(*row as usize).is_some_and(|row| row.workflow == workflow);
    let at = state.grid.shown.iter().position(same).unwrap_or(0);
    let (count, height) = (state.row_count(), usize::from(Layout::of(state).list.height).max(1));
    state.route_mut().list.go(Motion::To(at), count, height);
}

/// Moves the cursor to another column.
pub(super) fn across(state: &mut State, action: Action) -> Vec<Effect> {
    let motion = if action == Action::MoveLeft { Motion::Up } else { Motion::Down };
    let count = state.grid.found.as_ref().map_or(0, |matrix| matrix.columns.len());
    let seen = columns(Layout::of(state).list.width).count;
    state.route_mut().across.go(motion, count, seen);
    Vec::new()
}

/// Goes to the next cell in which a node gets no key, row by row, round the end.
pub(super) fn next_problem(state: &mut State) {
    let Some(matrix) = state.grid.found.clone() else { return };
    let (row, column) = (state.route().list.cursor, state.route().across.cursor);
    let count = state.grid.shown.len();
    let found = (0..=count).find_map(|step| {
        let at = (row + step) % count.max(1);
        let cells = matrix.cells(*state.grid.shown.get(at)? as usize);
        // Of the row under the cursor what stands behind it first, and what stands before it last.
        let fits = |column_of: usize| match step {
            0 => column_of > column,
            _ => step < count || column_of <= column,
        };
        let columns = cells.iter().filter(|cell| cell.problems > 0).map(|cell| usize::from(cell.column));
        columns.filter(|column| fits(*column)).min().map(|column| (at, column))
    });
    let Some((row, column)) = found else {
        state.say(ToastKind::Ok, "Every node gets a key");
        return;
    };
    let (rows, height) = (state.row_count(), usize::from(Layout::of(state).list.height).max(1));
    let seen = columns(Layout::of(state).list.width).count;
    let route = state.route_mut();
    route.list.go(Motion::To(row), rows, height);
    route.across.go(Motion::To(column), matrix.columns.len(), seen);
}

/// Opens the preview of the cell under the cursor.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let (Some(pair), Some(view)) = (state.pair(), state.ground()) else { return Vec::new() };
    if let [node] = pair.nodes(view).as_slice() {
        return going::preview_of(state, Thing::Node(*node));
    }
    going::open_preview(state, PreviewOf::Pair(pair.workflow, pair.provider), 0);
    going::arrived(state)
}
