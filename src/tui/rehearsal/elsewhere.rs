//! Other workspaces of the same database: each is the demo's organisation under a name of its own.

use super::{Data, Rehearsal};
use crate::{
    domain::{Text, change::Change},
    ops::view::View,
    store::Staged,
    tui::{
        effect::{Done, Effect},
        event::Event,
    },
};

impl Rehearsal {
    /// Lets the database hold other workspaces beside the one that is open.
    pub(crate) fn with_workspaces(&mut self, others: &[&str]) {
        let here = self.state.view().unwrap().clone();
        self.workspaces = others.iter().map(|name| Text::from(*name)).chain([here.workspace().name.clone()]).collect();
        self.workspaces.sort();
        self.home = Some(here);
        let names = self.workspaces.clone();
        self.hear(Event::Done(Done::Workspaces(names)));
    }

    /// Does what has to do with other workspaces.
    pub(super) fn elsewhere(&mut self, effect: Effect) -> Done {
        match effect {
            Effect::Enter(name) => {
                self.entered.clone_from(&name);
                return Done::MayEnter(name);
            }
            Effect::Move => {
                let data = Data::of(self.named());
                let opened = Done::Opened { data, staged: Staged::default(), log: Vec::new(), unlocked: true };
                self.hear(Event::Done(opened));
            }
            _ => {}
        }
        Done::Workspaces(self.workspaces.clone())
    }

    fn named(&self) -> View {
        let home = self.home.as_ref().unwrap();
        let was = home.workspace().clone();
        let is = crate::domain::people::Workspace { name: self.entered.as_str().into(), ..was.clone() };
        let renamed: Vec<Change> = Change::edit(was, is).into_iter().collect();
        home.with_revision(&renamed, home.revision())
    }
}

/// Says whether an effect has to do with other workspaces.
pub(super) const fn leads_elsewhere(effect: &Effect) -> bool {
    matches!(effect, Effect::Workspaces | Effect::Enter(_) | Effect::Move)
}
