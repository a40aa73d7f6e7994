//! What was read of the audit log.

use crate::ops::{
    audit::{LogPage, LogRow},
    failure::Failure,
};

/// What was read of the audit log.
#[derive(Clone, Debug, Default)]
pub enum Audit {
    /// Nothing yet.
    #[default]
    Unread,
    /// The newest rows, as far as the operator may read them.
    Read(LogPage),
    /// It can't be read, or the operator may not.
    Refused(Failure),
}

impl Audit {
    /// Returns the rows, newest first.
    pub fn rows(&self) -> &[LogRow] {
        match self {
            Self::Read(page) => &page.rows,
            Self::Unread | Self::Refused(_) => &[],
        }
    }
}
