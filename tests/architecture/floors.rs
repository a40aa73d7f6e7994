//! The floors of the house: which room may import which (design §9).

/// Every room, with its floor and its place on that floor. A room imports what is strictly below it.
///
/// Floors 1 and 2 have an order of their own; rooms elsewhere on one floor don't know each other.
pub const ROOMS: &[(&str, (u8, u8))] = &[
    ("domain", (0, 0)),
    ("rights", (1, 0)),
    ("cost", (1, 0)),
    ("form", (1, 0)),
    ("resolve", (1, 1)),
    ("plan", (1, 2)),
    ("lint", (1, 3)),
    ("disk", (2, 0)),
    ("store", (2, 1)),
    ("vault", (2, 1)),
    ("import", (2, 1)),
    ("emit", (2, 1)),
    ("probe", (2, 1)),
    ("run", (2, 1)),
    ("config", (2, 1)),
    ("ops", (3, 0)),
    ("tui", (4, 0)),
    ("cli", (4, 0)),
    ("console", (5, 0)),
    ("ssh", (5, 1)),
    ("http", (5, 1)),
    ("main", (5, 2)),
];

/// Who may look into a neighbour's room: foreign databases hold Fernet tokens, which become secrets of ours; and whoever
/// carries secrets out takes the type that wipes them. The questions that vendors are asked are data beside theirs. What
/// writes an export of Dify's anew asks what reads them where its models stand.
pub const NEIGHBOURS: &[(&str, &str)] = &[
    ("import", "vault"),
    ("emit", "vault"),
    ("emit", "import"),
    ("run", "vault"),
    ("probe", "vault"),
    ("probe", "config"),
];

/// Returns the floor of a room and its place there; `None` for a room that the house doesn't have.
pub fn height(room: &str) -> Option<(u8, u8)> {
    ROOMS.iter().find(|(known, _)| *known == room).map(|(_, height)| *height)
}

/// Says whether `from` may import `to`.
pub fn may_import(from: &str, to: &str) -> bool {
    from == to || NEIGHBOURS.contains(&(from, to)) || matches!((height(from), height(to)), (Some(f), Some(t)) if t < f)
}

/// Says whether a test in `from` may import `to`: neighbours too, since what one writes the other reads back.
pub fn a_test_may_import(from: &str, to: &str) -> bool {
    matches!((height(from), height(to)), (Some((from, _)), Some((to, _))) if to <= from)
}

/// Says whether a room is one of pure functions: no I/O, async, clock or environment.
pub fn is_pure(room: &str) -> bool {
    height(room).is_some_and(|(floor, _)| floor < 2)
}
