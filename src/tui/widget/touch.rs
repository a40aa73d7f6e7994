//! What a click in a box is meant for: noted while the box is drawn, so that what is seen is what is hit.

use ratatui::layout::Rect;

use super::list::ListState;

/// Something in a box that can be clicked on; all are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A line of a list.
    Row(usize),
    /// A field.
    Field(usize),
    /// A value that fits into the field which hears keys.
    Value(usize),
    /// An option, which a click changes.
    Choice(usize),
    /// One of several that exclude each other.
    Reach(usize),
    /// A button, from the left.
    Button(usize),
}

/// Where each of them stands, and how far the box can be scrolled.
#[derive(Clone, Debug, Default)]
pub struct Touches {
    spots: Vec<(Rect, Touch)>,
    /// How many lines the box has no room for.
    pub hidden: usize,
}

impl Touches {
    /// Notes where something stands.
    pub fn add(&mut self, area: Rect, touch: Touch) {
        self.spots.push((area, touch));
    }

    /// Notes the visible lines of a list.
    pub fn rows(&mut self, list: ListState, count: usize, area: Rect) {
        for (y, row) in (area.y..area.bottom()).zip(list.visible(count, usize::from(area.height))) {
            self.add(Rect { y, height: 1, ..area }, Touch::Row(row));
        }
    }

    /// Returns what stands at a position; what was drawn last lies on top.
    pub fn at(&self, column: u16, row: u16) -> Option<Touch> {
        let (_, touch) = self.spots.iter().rev().find(|(area, _)| area.contains((column, row).into()))?;
        Some(*touch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_was_drawn_is_hit_and_nothing_beside_it() {
        let mut touches = Touches::default();
        touches.rows(ListState { cursor: 7, top: 6 }, 8, Rect::new(2, 3, 10, 5));
        touches.add(Rect::new(4, 3, 2, 1), Touch::Button(1));
        assert_eq!(touches.at(2, 3), Some(Touch::Row(6)));
        assert_eq!(touches.at(4, 3), Some(Touch::Button(1)));
        assert_eq!((touches.at(2, 4), touches.at(2, 5)), (Some(Touch::Row(7)), None), "two rows are left");
        assert_eq!(touches.at(12, 3), None);
    }
}
