//! What others touched: the things that were changed since a revision, for consoles that mark them.

use super::{failure::Failure, find::Thing, session::Session, view::View};
use crate::domain::{assignment::Scope, record::Record};

impl Session {
    /// Returns what was changed since a revision, as far as the operator sees it: the things themselves, and of rules also
    /// the places that they are for.
    pub async fn touched_since(&self, base: u64) -> Result<Vec<Thing>, Failure> {
        let view = self.view();
        let came = self.door().store.changes_since(self.workspace(), base).await?;
        let mut things: Vec<Thing> = Vec::new();
        for (_, change) in &came {
            things.extend(view.thing_of(change.subject()));
            if let Record::Assignment(rule) = change.subject() {
                things.extend(place(&view, rule.scope));
            }
        }
        Ok(things)
    }
}

fn place(view: &View, scope: Scope) -> Option<Thing> {
    let catalogue = view.catalogue();
    let thing = match scope {
        Scope::Workflow(id) => Thing::Workflow(catalogue.workflows().find(id)?),
        Scope::App(id) => Thing::App(catalogue.apps().find(id)?),
        Scope::Department(id) => Thing::Department(catalogue.departments().find(id)?),
        Scope::Owner(id) => Thing::Operator(catalogue.operators().find(id)?),
        Scope::Workspace | Scope::System => return None,
    };
    view.sees(thing).then_some(thing)
}
