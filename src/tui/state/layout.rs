//! Where things stand on the screen, for views and for updates that need to know how many rows are visible.
//!
//! ```text
//! ┌ header ──────────────────────────────────────────────┐
//! │ breadcrumbs                                  counter │
//! │ head of the columns                 │ details        │   beside, from 100 columns on
//! │ list                                │                │   below, from 20 rows on
//! │ filter, while it is typed           │                │   instead of the list, where there is no room
//! └ footer ──────────────────────────────────────────────┘
//! ```

use ratatui::layout::Rect;

use super::{
    State,
    overlay::Overlay,
    route::{Route, Screen},
};

/// The least window in which anything is shown.
pub const LEAST: (u16, u16) = (20, 6);

/// From so many columns on, details stand beside the list without being asked for.
pub const WIDE: u16 = 100;

/// From so many rows on, details stand below the list.
const TALL: u16 = 20;

/// The rectangles of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The bar at the top.
    pub header: Rect,
    /// The way that led here.
    pub breadcrumbs: Rect,
    /// Everything between breadcrumbs and footer.
    pub body: Rect,
    /// What stands above the list of the overview; empty on other screens.
    pub summary: Rect,
    /// What stands below the cells of the matrix; empty on other screens.
    pub legend: Rect,
    /// The heads of the columns; empty where the screen has none.
    pub head: Rect,
    /// The rows of the list.
    pub list: Rect,
    /// The details, with the line that parts them from the list; empty if they are not shown.
    pub details: Rect,
    /// The line of the filter; empty unless there is one.
    pub filter: Rect,
    /// What the last keys did; empty unless it is shown.
    pub journal: Rect,
    /// The hints.
    pub footer: Rect,
    /// The parts of the preview; empty on other screens.
    pub preview: PreviewLayout,
}

/// The parts of the preview.
///
/// ```text
/// │ nodes of the workflow              │ inputs         │   inputs below the answer where it is narrow,
/// │ the answer, in one sentence        │                │   instead of the cascade where it is low
/// │ cascade: one row for each step     │ the step under │
/// │                                    │ the cursor     │
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PreviewLayout {
    /// The nodes, where there are several.
    pub nodes: Rect,
    /// The answer.
    pub answer: Rect,
    /// The inputs.
    pub inputs: Rect,
    /// The steps.
    pub cascade: Rect,
    /// The step under the cursor, in sentences.
    pub step: Rect,
}

impl PreviewLayout {
    /// Divides the body.
    fn of(body: Rect, nodes: usize, inputs: usize, pane: usize) -> Self {
        let wide = body.width >= WIDE;
        let low = body.height < 14;
        let mut layout = Self::default();
        let mut left = body;
        if wide {
            let side = (body.width * 2 / 5).min(56);
            left.width -= side;
            let right = Rect { x: left.right() + 1, width: side - 1, ..body };
            let rows = rows(inputs + 1).min(right.height / 2);
            (layout.inputs, layout.step) = top(right, rows);
        }
        if nodes > 1 {
            let least = if low { 2 } else { left.height / 3 };
            (layout.nodes, left) = top(left, (rows(nodes) + u16::from(!low)).min(least));
        }
        (layout.answer, left) = top(left, if low { 2 } else { 4 });
        if !wide && !low {
            (layout.inputs, left) = top(left, rows(inputs + 1).min(left.height / 3));
        }
        if low && !wide && pane == 1 {
            layout.inputs = left;
            return layout;
        }
        if !wide {
            let step = if low { 2 } else { 5 }.min(left.height / 2);
            (left, layout.step) = top(left, left.height - step);
        }
        layout.cascade = left;
        layout
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Cuts rows off the top.
fn top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

impl Layout {
    /// Lays the state's screen out.
    pub fn of(state: &State) -> Self {
        let (width, height) = state.size;
        let rows = |y: u16, height: u16| Rect { x: 0, y, width, height };
        let header = rows(0, 1);
        let breadcrumbs = rows(1, 1);
        let footer = rows(height.saturating_sub(1), 1);
        let mut body = rows(2, height.saturating_sub(3));
        let mut journal = Rect::default();
        if state.journal.is_shown && body.height > 8 {
            // It takes a third, so that the screen stays what one looks at.
            let lines = (body.height / 3).clamp(3, 12);
            body.height -= lines;
            journal = Rect { y: body.bottom(), height: lines, ..body };
        }
        let route = state.route();
        let typing = matches!(state.overlays.last(), Some(Overlay::Filter { .. }));
        let filtered = typing || !route.filter.text().is_empty();
        let mut layout = Self { header, breadcrumbs, body, journal, footer, ..Self::default() };
        if let (Some(preview), Some(view)) = (state.preview(), state.view()) {
            let (nodes, inputs) = (preview.nodes(view).len(), preview.lines(view, state.now).len());
            layout.preview = PreviewLayout::of(body, nodes, inputs, route.pane);
            layout.list = layout.preview.cascade;
            return layout;
        }
        layout.divide(route, width, filtered);
        layout
    }

    fn divide(&mut self, route: &Route, width: u16, filtered: bool) {
        let mut list = self.body;
        // What the last keys did takes its room from the list as a low window does.
        if shows_details(route, (width, self.body.height + 3)) {
            (list, self.details) = beside_or_below(self.body);
        }
        if filtered && list.height > 2 {
            self.filter = Rect { y: list.bottom() - 1, height: 1, ..list };
            list.height -= 1;
        }
        if route.screen == Screen::Overview {
            let rows = match list.height {
                0..6 => 0,
                6..10 => 1,
                10..14 => 2,
                _ => 4,
            };
            (self.summary, list) = top(list, rows);
        }
        if route.screen == Screen::Matrix && list.height > 6 {
            let rows = if list.height > 12 { 5 } else { 3 };
            (list, self.legend) = top(list, list.height - rows);
        }
        let has_head = matches!(route.screen, Screen::Changes | Screen::Matrix)
            || !super::table::columns(&route.screen).is_empty();
        if has_head && list.height > 3 {
            self.head = Rect { height: 1, ..list };
            list = Rect { y: list.y + 1, height: list.height - 1, ..list };
        }
        self.list = list;
    }
}

/// Says whether details are shown: as the user said, else where there is room beside the list.
pub fn shows_details(route: &Route, (width, height): (u16, u16)) -> bool {
    // What changes come to, and what is wrong, is what one looks at them for; and pictures say more than rows.
    let told = matches!(route.screen, Screen::Changes | Screen::Overview | Screen::Costs(_));
    // The matrix takes all the width for its cells, and tells the one under the cursor below them.
    let wide = width >= WIDE && route.screen != Screen::Matrix;
    let by_itself = wide || told && height >= TALL;
    route.details.unwrap_or(by_itself) && !matches!(route.screen, Screen::Preview(_))
}

/// Parts a rectangle into a list and its details: beside it, below it, or instead of it.
pub fn beside_or_below(body: Rect) -> (Rect, Rect) {
    if body.width >= WIDE {
        let details = (body.width * 3 / 8).min(64);
        let list = Rect { width: body.width - details, ..body };
        return (list, Rect { x: list.right(), width: details, ..body });
    }
    if body.height + 3 >= TALL {
        let details = body.height * 2 / 5;
        let list = Rect { height: body.height - details, ..body };
        return (list, Rect { y: list.bottom(), height: details, ..body });
    }
    (Rect { height: 0, ..body }, body)
}
