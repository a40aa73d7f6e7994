//! What was asked for outside: the newest question of each kind.

/// The newest question of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// What the filter of the tree shows.
    pub search: u64,
    /// What staging comes to.
    pub staged: u64,
    /// What the choice of the picker does.
    pub choice: u64,
    /// What the set does that waits for approval.
    pub approve: u64,
    /// What others did.
    pub look: u64,
    /// What needs attention.
    pub overview: u64,
    /// What was spent.
    pub costs: u64,
    /// The matrix.
    pub matrix: u64,
    /// Which rows of it the filter shows.
    pub rows: u64,
    /// What a proposal would do.
    pub proposal: u64,
}
