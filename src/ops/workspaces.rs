//! The workspaces of an operator: which they may see, and going on in another one as the same person.
//!
//! A database may hold several tenants. Nobody is told the names of those in which they were granted nothing.

use std::sync::Arc;

use super::{
    door::{self, Door},
    failure::{Failure, Kind},
    session::Session,
};
use crate::domain::{Text, guess, name::printable, people::Workspace};

impl Session {
    /// Returns the names of the workspaces in which the operator was granted something, and of this one, in order.
    pub async fn workspaces(&self) -> Result<Vec<Text>, Failure> {
        let view = self.view();
        let here = view.workspace().name.clone();
        let Some(me) = view.me() else { return Ok(vec![here]) };
        let all = self.door().store.workspaces_of(&me.login).await?;
        let mut names: Vec<Text> = all.into_iter().map(|(_, name)| name).collect();
        if !names.contains(&here) {
            names.push(here);
            names.sort();
        }
        Ok(names)
    }

    /// Opens a session of the same operator in another workspace: it has the rights that they hold there.
    pub async fn elsewhere(&self, name: &str) -> Result<Arc<Self>, Failure> {
        let known = self.workspaces().await?;
        if !known.iter().any(|it| **it == *name) {
            let message = format!("there is no workspace \"{}\" in which you were granted anything", printable(name));
            let failure = Failure::new(Kind::NotAllowed, message);
            return Err(match guess::nearest(name, known.iter().map(|it| &**it)) {
                Some(guess) => failure.hint(format!("did you mean {guess}?")),
                None => failure.hint(format!("there are: {}", known.join(", "))),
            });
        }
        let workspace = self.door().workspace(Some(name)).await?;
        self.door().session(&workspace, self.identity().clone(), self.is_read_only()).await
    }
}

impl Door {
    /// Finds the workspace to begin in: the named one, else the only one; of several the one where somebody was last, or
    /// the first in which they were granted anything.
    pub async fn home(&self, name: Option<&str>, login: &str, last: Option<&str>) -> Result<Workspace, Failure> {
        let all = self.workspaces().await?;
        if name.is_some() || all.len() < 2 {
            return door::choose(&all, name);
        }
        let granted = self.store.workspaces_of(login).await?;
        let of = |name: &str| all.iter().find(|it| &*it.name == name && granted.iter().any(|(id, _)| *id == it.id));
        match last.and_then(of).or_else(|| granted.first().and_then(|(_, name)| of(name))) {
            Some(workspace) => Ok(workspace.clone()),
            None => door::choose(&all, None),
        }
    }
}
