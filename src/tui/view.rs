//! How the state looks: plain functions from state and theme to a frame. Nothing here changes anything.
//!
//! ```text
//! ┌ keydeck  db demo.db  workspace acme  as alice      2 STAGED  LOCKED ┐   bars
//! │ Workflows › invoice-bot                                       3/120 │
//! │ the screen: workflows, list, preview, changes                       │   one file each
//! │                               ┌ what lies over it ┐                 │   picker, form, finder, dialogs
//! └ a assign  p why  / filter  ? help ──────────────────────────────────┘
//! ```

pub mod bars;
mod changes;
mod columns;
mod costs;
mod details;
mod dialogs;
mod effects;
mod finder;
mod form;
mod importing;
mod journal;
mod matrix;
mod others;
mod overview;
mod picker;
mod preview;
mod reveal;
mod table;
pub mod welcome;
mod workflows;

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    state::{
        State, layer,
        layout::{LEAST, Layout},
        overlay::Overlay,
        route::Screen,
    },
    theme::{Role, Theme},
    widget::{
        spinner::spinner,
        touch::{Touch, Touches},
        width::{truncate, width},
    },
};

pub use self::{
    preview::rows as preview_rows,
    reveal::{secret_style, windows},
    workflows::tree_cells,
};

/// Draws the state.
pub fn view(state: &State, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let theme = &state.theme;
    let buffer = frame.buffer_mut();
    buffer.set_style(screen, theme.style(Role::Screen));
    if screen.width < LEAST.0 || screen.height < LEAST.1 {
        return too_small(screen, buffer, theme);
    }
    let layout = Layout::of(state);
    bars::draw(state, &layout, buffer);
    match &state.route().screen {
        _ if state.data.is_none() => skeleton(state, &layout, buffer),
        Screen::Overview => overview::draw(state, &layout, buffer),
        Screen::Matrix => matrix::draw(state, &layout, buffer),
        Screen::Workflows => workflows::draw(state, &layout, buffer),
        Screen::Providers | Screen::Credentials | Screen::Records(_) | Screen::Audit | Screen::Costs(_) => {
            table::draw(state, &layout, buffer);
        }
        Screen::Preview(_) => preview::draw(state, &layout, buffer),
        Screen::Changes => changes::draw(state, &layout, buffer),
    }
    if !layout.details.is_empty() && state.data.is_some() {
        details::draw(state, layout.details, buffer);
    }
    journal::draw(state, layout.journal, buffer);
    let mut cursor = filter_line(state, &layout, buffer);
    for overlay in &state.overlays {
        cursor = over(state, overlay, &layout, buffer, &mut Touches::default()).or(cursor);
    }
    if !state.pending.is_empty() {
        bars::which_key(state, &layer::layers(state), screen, buffer);
    }
    state.toasts.draw(toast_room(&layout), buffer, theme);
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws what a listener needs: what lies on top by itself, and without anything over it the screen.
pub fn alone(state: &State, frame: &mut Frame<'_>) {
    match state.overlays.last() {
        None | Some(Overlay::Filter { .. }) => view(state, frame),
        Some(overlay) => {
            let layout = Layout::of(state);
            over(state, overlay, &layout, frame.buffer_mut(), &mut Touches::default());
            bars::draw_footer(state, &layout, frame.buffer_mut());
        }
    }
}

/// Where notes stand: above the footer.
const fn toast_room(layout: &Layout) -> Rect {
    layout.body
}

fn too_small(screen: Rect, buffer: &mut Buffer, theme: &Theme) {
    let text = format!("keydeck needs {}×{}", LEAST.0, LEAST.1);
    buffer.set_string(screen.x, screen.y, truncate(&text, usize::from(screen.width)), theme.style(Role::Warn));
}

/// What stands where the list will be, until the database is open.
fn skeleton(state: &State, layout: &Layout, buffer: &mut Buffer) {
    workflows::head(state, layout, buffer);
    let elapsed = state.opening.map(|since| state.now.duration_since(since)).unwrap_or_default();
    let elapsed = std::time::Duration::try_from(elapsed).unwrap_or_default();
    let turning = spinner("Opening the database …", elapsed, !state.still);
    let text = turning.as_deref().unwrap_or("Opening the database …");
    let columns = usize::from(layout.body.width);
    buffer.set_string(
        layout.list.x + 2,
        layout.list.y + 1,
        truncate(text, columns.saturating_sub(2)),
        state.theme.style(Role::Muted),
    );
}

/// Returns what stands at a position of what lies on top of the screen, for the mouse.
pub fn touched(state: &State, column: u16, row: u16) -> Option<Touch> {
    touches(state).at(column, row)
}

/// Returns how many lines of the box that lies over the screen there is no room for.
pub fn hidden(state: &State) -> usize {
    touches(state).hidden
}

fn touches(state: &State) -> Touches {
    let (mut buffer, mut touches) = (Buffer::empty(Rect::new(0, 0, state.size.0, state.size.1)), Touches::default());
    if let Some(overlay) = state.overlays.last() {
        over(state, overlay, &Layout::of(state), &mut buffer, &mut touches);
    }
    touches
}

/// Draws what lies over the screen, notes where each part of it stands, and returns where the cursor is to be seen.
fn over(
    state: &State,
    overlay: &Overlay,
    layout: &Layout,
    buffer: &mut Buffer,
    touches: &mut Touches,
) -> Option<Position> {
    let screen = room(layout);
    match overlay {
        Overlay::Confirm(confirm) => confirm.dialog.draw(screen, buffer, &confirm.state, &state.theme, touches),
        Overlay::Apply(dialog) => dialogs::apply(state, dialog, screen, buffer, touches),
        Overlay::Picker(picker) => picker::draw(state, picker, screen, buffer, touches),
        Overlay::Form(form) => form::draw(state, form, screen, buffer, touches),
        Overlay::Import(it) => importing::draw(state, it, screen, buffer, touches),
        Overlay::Finder(finder) => finder::draw(state, finder, screen, buffer, touches),
        Overlay::Prompt(prompt) => dialogs::prompt(state, prompt, screen, buffer),
        Overlay::Unlock(unlock) => dialogs::unlock(state, unlock, screen, buffer),
        Overlay::Reveal(it) => {
            reveal::draw(state, it, screen, buffer);
            None
        }
        Overlay::Others(at) => {
            others::meanwhile(state, *at, screen, buffer, touches);
            None
        }
        Overlay::Approve(dialog) => {
            others::approve(state, dialog, screen, buffer, touches);
            None
        }
        Overlay::Proposal(proposal) => {
            others::proposal(state, proposal, screen, buffer, touches);
            None
        }
        Overlay::Told(told) => {
            others::told(state, told, screen, buffer, touches);
            None
        }
        Overlay::Failure(failure) => {
            others::failure(state, failure, screen, buffer, touches);
            None
        }
        Overlay::Columns(chooser) => {
            columns::draw(state, *chooser, screen, buffer, touches);
            None
        }
        Overlay::Filter { .. } => None,
    }
}

/// Returns the room for what lies over the screen: all of it but the footer.
pub const fn room(layout: &Layout) -> Rect {
    Rect { y: 0, height: layout.footer.y, ..layout.header }
}

/// Draws the line of the filter, with the live counter, and returns where the cursor is to be seen.
fn filter_line(state: &State, layout: &Layout, buffer: &mut Buffer) -> Option<Position> {
    let area = layout.filter;
    if area.is_empty() {
        return None;
    }
    let typing = matches!(state.overlays.last(), Some(Overlay::Filter { .. }));
    let counter = bars::counter(state);
    let room = u16::try_from(width(&counter) + 2).unwrap_or(area.width).min(area.width / 3);
    buffer.set_string(area.x, area.y, " /", state.theme.style(Role::Key));
    let field = Rect { x: area.x + 3, width: area.width.saturating_sub(4 + room), ..area };
    let placeholder = "words, !not, field:value";
    let cursor = state.route().filter.draw(field, buffer, placeholder, &state.theme);
    let shown = truncate(&counter, usize::from(room));
    let x = area.right().saturating_sub(1 + u16::try_from(width(&shown)).unwrap_or(0));
    buffer.set_string(x, area.y, &shown, state.theme.style(Role::Muted));
    cursor.filter(|_| typing)
}

#[cfg(test)]
mod tests;
