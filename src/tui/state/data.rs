//! What the screens are made from: a state of the database, and what is computed from it beside the screen's thread.

use std::sync::Arc;

use super::{
    table,
    tree::{Census, Tree},
};
use crate::{
    domain::{catalogue::Ix, credential::Credential},
    ops::view::View,
};

/// A state of the database, with what is computed from it.
#[derive(Clone, Debug)]
pub struct Data {
    /// What the operator sees.
    pub view: View,
    /// The tree of its workflows.
    pub tree: Arc<Tree>,
    /// Its keys, by name.
    pub keys: Arc<[Ix<Credential>]>,
    /// How many keys there are besides that only their owners see, for those who may know.
    pub private: usize,
    /// Sums over it; they come a moment later.
    pub census: Option<Arc<Census>>,
}

impl Data {
    /// Computes what the screens are made from, but for the sums: of a large workspace that takes a moment.
    pub fn of(view: View) -> Self {
        Self {
            tree: Arc::new(Tree::of(&view)),
            keys: table::by_name(&view),
            private: view.private_keys_of_others(),
            view,
            census: None,
        }
    }
}
