//! Attempts: whether somebody may make each change of a set, judged on the state before and after.
//!
//! What a change does is read from the two catalogues, never from what the change says of itself. The grants that count
//! are those held before: nobody helps themselves to a right and uses it at once.

mod keys;
mod people;
mod rules;

use super::{
    Verdict, Who,
    denial::{Denial, Why},
    right::{self, Right},
    standing::Standing,
    subject::{Home, Subject},
};
use crate::domain::{
    catalogue::{Catalogue, Ix, Noun, Table, row::OwnerIx},
    change::Change,
    id::Id,
    people::{Department, Operator},
    record::Record,
    workflow::{App, Workflow},
};

/// Somebody's try to lead a catalogue from one state to another.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    who: Who,
    reinstate: bool,
    was: Standing<'a>,
    will: Standing<'a>,
    /// The same try by whoever really sits there.
    behind: Option<Box<Self>>,
}

/// A thing as it was and as it will be.
struct Sides<'a, T> {
    ix: Ix<T>,
    was: Option<&'a T>,
    will: Option<&'a T>,
}

impl<'a> Attempt<'a> {
    /// Prepares to judge changes that lead from `before` to `after`, which [`Catalogue::with_changes`] made of it.
    ///
    /// `reinstate` says that leaving `revoked` was asked for expressly.
    pub fn new(before: &'a Catalogue, after: &'a Catalogue, who: Who, reinstate: bool) -> Self {
        Self {
            who,
            reinstate,
            was: Standing::of(before, who.operator),
            will: Standing::holding(before, after, who.operator),
            behind: who.behind.map(|behind| {
                let themselves = Who { operator: Some(behind), behind: None, ..who };
                Box::new(Self::new(before, after, themselves, reinstate))
            }),
        }
    }

    /// Judges every change; the first refusal refuses all.
    pub fn check_all<'c>(&self, changes: impl IntoIterator<Item = &'c Change>) -> Result<(), Denial> {
        changes.into_iter().try_for_each(|change| self.check(change))
    }

    /// Judges one change.
    pub fn check(&self, change: &Change) -> Result<(), Denial> {
        self.check_own(change)?;
        self.behind.as_ref().map_or(Ok(()), |behind| behind.check(change))
    }

    fn check_own(&self, change: &Change) -> Result<(), Denial> {
        match change.subject() {
            Record::Workspace(it) if it.id == self.was.catalogue().workspace().id => {
                self.require(Right::Structure, Subject::Workspace)?;
                let wanted = [&self.was, &self.will].map(|standing| standing.catalogue().workspace().approval);
                if wanted == [false, true] { self.two_left_to_approve(Right::Structure) } else { Ok(()) }
            }
            Record::Workspace(_) => self.require(Right::Keep(right::Deed::CreateWorkspace), Subject::Database),
            Record::Provider(_) | Record::Model(_) | Record::Price(_) => {
                self.require(Right::Structure, Subject::Workspace)
            }
            Record::Department(it) => self.department(it.id),
            Record::Operator(it) => self.operator(it.id),
            Record::Credential(it) => self.credential(it.id),
            Record::Pool(it) => self.pool(it.id),
            Record::Instance(it) => self.instance(it.id),
            Record::App(it) => self.app(it.id),
            Record::Workflow(it) => self.workflow(it.id),
            Record::Node(it) => self.node(it.id),
            Record::Assignment(it) => self.assignment(it.id),
        }
    }

    /// Judges an approval of somebody's change set: never one's own; and whoever is no admin of the whole workspace
    /// approves only what they might have done themselves.
    pub fn check_approval<'c>(
        &self,
        author: Ix<Operator>,
        changes: impl IntoIterator<Item = &'c Change>,
    ) -> Result<(), Denial> {
        if let Some(behind) = &self.behind {
            behind.require_in(&behind.was, Right::Approve, Subject::DeedOf(author))?;
        }
        self.require_in(&self.was, Right::Approve, Subject::DeedOf(author))?;
        let approver = self.who.operator.and_then(|ix| self.was.catalogue().operators().get(ix));
        if approver.is_some_and(|it| it.service) {
            return Err(Denial::new(Right::Approve, Why::Service));
        }
        if self.was.is_whole_admin() { Ok(()) } else { self.check_all(changes) }
    }

    fn sides<T: Noun>(&self, table: fn(&Catalogue) -> &Table<T>, id: Id<T>) -> Option<Sides<'a, T>> {
        let (before, after) = (table(self.was.catalogue()), table(self.will.catalogue()));
        let ix = after.find(id)?;
        Some(Sides { ix, was: before.by_id(id), will: after.get(ix) })
    }

    /// Requires a right on a thing as it was, if it was, and as it will be, if it will.
    fn require(&self, right: Right, subject: Subject) -> Result<(), Denial> {
        let there = |standing: &&Standing<'_>| Home::of(standing.catalogue(), subject).is_some();
        [&self.was, &self.will]
            .into_iter()
            .filter(there)
            .try_for_each(|standing| self.require_in(standing, right, subject))
    }

    fn require_in(&self, standing: &Standing<'_>, right: Right, subject: Subject) -> Result<(), Denial> {
        match right::refused_everywhere(right, self.who) {
            Some(why) => Err(Denial::new(right, why)),
            None => Verdict::allow(standing.may(right, subject)),
        }
    }

    fn department(&self, id: Id<Department>) -> Result<(), Denial> {
        let Some(Sides { ix, was, will }) = self.sides(Catalogue::departments, id) else { return Ok(()) };
        self.require(Right::Structure, Subject::Department(ix))?;
        let (Some(was), Some(will)) = (was, will) else { return Ok(()) };
        if was.parent == will.parent {
            return Ok(());
        }
        let above = |standing: &Standing<'_>, parent: Option<Id<Department>>| {
            let ix = parent.and_then(|id| standing.catalogue().departments().find(id));
            self.require_in(standing, Right::Assign, ix.map_or(Subject::Workspace, Subject::Department))
        };
        above(&self.was, was.parent)?;
        above(&self.will, will.parent)
    }

    fn app(&self, id: Id<App>) -> Result<(), Denial> {
        let Some(Sides { ix, .. }) = self.sides(Catalogue::apps, id) else { return Ok(()) };
        self.require(Right::Structure, Subject::App(ix))?;
        let owner = |standing: &Standing<'_>| standing.catalogue().apps().row(ix).and_then(|row| row.owner);
        self.naming(owner(&self.was), owner(&self.will))
    }

    fn workflow(&self, id: Id<Workflow>) -> Result<(), Denial> {
        let Some(Sides { ix, .. }) = self.sides(Catalogue::workflows, id) else { return Ok(()) };
        self.require(Right::Structure, Subject::Workflow(ix))?;
        let owner = |standing: &Standing<'_>| standing.catalogue().owner_of(ix);
        self.naming(owner(&self.was), owner(&self.will))?;
        let app = |standing: &Standing<'_>| standing.catalogue().workflows().row(ix).and_then(|row| row.app);
        let (from, to) = (app(&self.was), app(&self.will));
        if from == to {
            return Ok(());
        }
        // Its app's budget, rules and owner follow it: joining and leaving are changes of the app, too.
        [from, to].into_iter().flatten().try_for_each(|app| self.require(Right::Structure, Subject::App(app)))
    }

    /// Whoever becomes the owner is the one who says so, or an admin of the whole workspace says it.
    fn naming(&self, from: Option<OwnerIx>, to: Option<OwnerIx>) -> Result<(), Denial> {
        match to {
            Some(OwnerIx::Operator(named))
                if from != to && Some(named) != self.who.operator && !self.was.is_whole_admin() =>
            {
                Err(Denial::new(Right::Structure, Why::NamesOther))
            }
            _ => Ok(()),
        }
    }
}
