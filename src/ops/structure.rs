//! What belongs to what, as far as a viewer sees it: for trees, scopes and details.

use uuid::Uuid;

use super::{find::Thing, view::View};
use crate::domain::{
    catalogue::{Ix, row::OwnerIx},
    credential::Credential,
    fact::{Month, Spent},
    id::Id,
    people::Department,
    record::Record,
    workflow::{App, Workflow},
};

impl View {
    /// Returns the department above another, if it is seen.
    pub fn parent_of(&self, department: Ix<Department>) -> Option<Ix<Department>> {
        let parent = self.catalogue().departments().row(department)?.parent?;
        self.department(parent).map(|_| parent)
    }

    /// Returns a department and those above it, nearest first.
    pub fn path(&self, department: Option<Ix<Department>>) -> Vec<Ix<Department>> {
        self.catalogue().path(department).filter(|ix| self.department(*ix).is_some()).collect()
    }

    /// Returns the app of a workflow, if it is seen.
    pub fn app_of(&self, workflow: Ix<Workflow>) -> Option<Ix<App>> {
        let app = self.catalogue().workflows().row(workflow)?.app?;
        self.app(app).map(|_| app)
    }

    /// Returns the department of an app, if it is seen.
    pub fn department_of_app(&self, app: Ix<App>) -> Option<Ix<Department>> {
        let department = self.catalogue().apps().row(app)?.department?;
        self.department(department).map(|_| department)
    }

    /// Returns the owner of a credential that is seen.
    pub fn owner_of_key(&self, key: Ix<Credential>) -> Option<OwnerIx> {
        self.credential(key).and_then(|_| self.catalogue().credentials().row(key)).map(|row| row.owner)
    }

    /// Finds a thing that is seen by the id of its record.
    pub fn thing_of(&self, record: &Record) -> Option<Thing> {
        let id: Uuid = record.uuid();
        let catalogue = self.catalogue();
        let thing = match record {
            Record::Department(_) => Thing::Department(catalogue.departments().find(Id::new(id))?),
            Record::Operator(_) => Thing::Operator(catalogue.operators().find(Id::new(id))?),
            Record::Credential(_) => Thing::Credential(catalogue.credentials().find(Id::new(id))?),
            Record::Pool(_) => Thing::Pool(catalogue.pools().find(Id::new(id))?),
            Record::Instance(_) => Thing::Instance(catalogue.instances().find(Id::new(id))?),
            Record::App(_) => Thing::App(catalogue.apps().find(Id::new(id))?),
            Record::Workflow(_) => Thing::Workflow(catalogue.workflows().find(Id::new(id))?),
            Record::Node(_) => Thing::Node(catalogue.nodes().find(Id::new(id))?),
            Record::Assignment(_) => Thing::Assignment(catalogue.assignments().find(Id::new(id))?),
            _ => return None,
        };
        self.sees(thing).then_some(thing)
    }

    /// Returns what a key that is seen spent in a month.
    pub fn spent_by_key(&self, key: Id<Credential>, month: Month) -> Option<Spent> {
        let ix = self.catalogue().credentials().find(key)?;
        self.credential(ix)?;
        self.catalogue().facts().spend.get(&month)?.credentials.get(key)
    }

    /// Returns what a department that is seen spent in a month, with those below it.
    pub fn spent_by_department(&self, department: Id<Department>, month: Month) -> Option<Spent> {
        let ix = self.catalogue().departments().find(department)?;
        self.department(ix)?;
        self.catalogue().facts().spend.get(&month)?.departments.get(department)
    }

    /// Says whether a thing is there and seen.
    pub fn sees(&self, thing: Thing) -> bool {
        match thing {
            Thing::Workflow(ix) => self.workflow(ix).is_some(),
            Thing::App(ix) => self.app(ix).is_some(),
            Thing::Node(ix) => self.node(ix).is_some(),
            Thing::Credential(ix) => self.credential(ix).is_some(),
            Thing::Pool(ix) => self.pool(ix).is_some(),
            Thing::Instance(ix) => self.instance(ix).is_some(),
            Thing::Department(ix) => self.department(ix).is_some(),
            Thing::Operator(ix) => self.operator(ix).is_some(),
            Thing::Assignment(ix) => self.assignment(ix).is_some(),
            Thing::Provider(ix) => self.vocabulary().provider_entry(ix).is_some(),
            Thing::Model(ix) => self.vocabulary().model_entry(ix).is_some(),
        }
    }
}
