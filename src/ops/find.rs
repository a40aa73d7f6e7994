//! Finding things by link or name among what the viewer sees, with a guess where there is none.

use super::{failure::Failure, view::View};
use crate::{
    domain::{
        assignment::Assignment,
        catalogue::{Ix, ModelIx, ProviderIx},
        credential::{Credential, Instance, Pool},
        guess,
        link::{Link, encode},
        name,
        people::{Department, Operator},
        record::Record,
        workflow::{App, Node, Workflow},
    },
    rights::{Right, Subject},
};

/// A thing in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A workflow.
    Workflow(Ix<Workflow>),
    /// An app.
    App(Ix<App>),
    /// A node.
    Node(Ix<Node>),
    /// A credential.
    Credential(Ix<Credential>),
    /// A pool.
    Pool(Ix<Pool>),
    /// An instance.
    Instance(Ix<Instance>),
    /// A department.
    Department(Ix<Department>),
    /// An operator.
    Operator(Ix<Operator>),
    /// A rule.
    Assignment(Ix<Assignment>),
    /// A provider.
    Provider(ProviderIx),
    /// A model.
    Model(ModelIx),
}

impl View {
    /// Finds a workflow by name or id.
    pub fn find_workflow(&self, name: &str) -> Result<Ix<Workflow>, Failure> {
        let table = self.catalogue().workflows();
        let found = table.named(name).or_else(|| table.find(name.parse().ok()?));
        found
            .filter(|ix| self.workflow(*ix).is_some())
            .ok_or_else(|| unknown("workflow", name, self.workflows().map(|(_, it)| &*it.name)))
    }

    /// Finds an app by name or id.
    pub fn find_app(&self, name: &str) -> Result<Ix<App>, Failure> {
        let table = self.catalogue().apps();
        let found = table.named(name).or_else(|| table.find(name.parse().ok()?));
        found
            .filter(|ix| self.app(*ix).is_some())
            .ok_or_else(|| unknown("app", name, self.apps().map(|(_, it)| &*it.name)))
    }

    /// Finds a credential by name or id. Somebody's private one is found by those in charge of it, too: they have to
    /// know what it is called, since no list tells them.
    pub fn find_credential(&self, name: &str) -> Result<Ix<Credential>, Failure> {
        let table = self.catalogue().credentials();
        let found = table.named(name).or_else(|| table.find(name.parse().ok()?));
        found
            .filter(|ix| self.credential(*ix).is_some() || self.in_charge_of(*ix).is_some())
            .ok_or_else(|| unknown("key", name, self.credentials().map(|(_, it)| &*it.name)))
    }

    /// Returns a credential that the viewer may change, whether or not lists show it.
    fn in_charge_of(&self, ix: Ix<Credential>) -> Option<&Credential> {
        let may = self.may(Right::Edit, Subject::Credential(ix)).is_yes();
        self.catalogue().credentials().get(ix).filter(|_| may)
    }

    /// Finds an operator by login or id.
    pub fn find_operator(&self, login: &str) -> Result<Ix<Operator>, Failure> {
        let table = self.catalogue().operators();
        let found = table.named(login).or_else(|| table.find(login.parse().ok()?));
        found
            .filter(|ix| self.operator(*ix).is_some())
            .ok_or_else(|| unknown("operator", login, self.operators().map(|(_, it)| &*it.login)))
    }

    /// Finds a node of a workflow by name, title or id.
    pub fn find_node(&self, workflow: Ix<Workflow>, name: &str) -> Result<Ix<Node>, Failure> {
        let nodes = || self.nodes_of(workflow).iter().filter_map(|&ix| Some((ix, self.node(ix)?)));
        let matches: [&dyn Fn(&Node) -> bool; 3] =
            [&|it| &*it.name == name, &|it| it.id.to_string() == name, &|it| &**it.label() == name];
        let found = matches.iter().find_map(|fits| nodes().find(|(_, it)| fits(it)).map(|(ix, _)| ix));
        found.ok_or_else(|| unknown("node", name, nodes().map(|(_, it)| &*it.name)))
    }

    /// Finds what a link names. `preview/NAME` leads to the workflow.
    pub fn find(&self, link: &Link) -> Result<Thing, Failure> {
        let name = link.name();
        let none = |what: &str, known: Vec<&str>| unknown(what, name, known.into_iter());
        let catalogue = self.catalogue();
        match link.place() {
            "workflow" | "preview" => self.find_workflow(name).map(Thing::Workflow),
            "app" => self.find_app(name).map(Thing::App),
            "key" => self.find_credential(name).map(Thing::Credential),
            "node" => {
                let workflow = self.find_workflow(name)?;
                self.find_node(workflow, link.second().unwrap_or_default()).map(Thing::Node)
            }
            "pool" => catalogue
                .pools()
                .named(name)
                .filter(|ix| self.pool(*ix).is_some())
                .map(Thing::Pool)
                .ok_or_else(|| none("pool", self.pools().map(|(_, it)| &*it.name).collect())),
            "instance" => catalogue
                .instances()
                .named(name)
                .filter(|ix| self.instance(*ix).is_some())
                .map(Thing::Instance)
                .ok_or_else(|| none("instance", self.instances().map(|(_, it)| &*it.name).collect())),
            "department" => catalogue
                .departments()
                .named(name)
                .filter(|ix| self.department(*ix).is_some())
                .map(Thing::Department)
                .ok_or_else(|| none("department", self.departments().map(|(_, it)| &*it.name).collect())),
            "operator" | "owner" => catalogue
                .operators()
                .named(name)
                .filter(|ix| self.operator(*ix).is_some())
                .map(Thing::Operator)
                .ok_or_else(|| none("operator", self.operators().map(|(_, it)| &*it.login).collect())),
            "assignment" => name
                .parse()
                .ok()
                .and_then(|id| catalogue.assignments().find(id))
                .filter(|ix| self.assignment(*ix).is_some())
                .map(Thing::Assignment)
                .ok_or_else(|| none("assignment", Vec::new())),
            "provider" => self
                .vocabulary()
                .provider(&self.vocabulary().canonical(name))
                .map(Thing::Provider)
                .ok_or_else(|| none("provider", self.vocabulary().providers().map(|(_, it)| &*it.slug).collect())),
            _ => self.find_model(link).ok_or_else(|| none(link.place(), Vec::new())),
        }
    }

    fn find_model(&self, link: &Link) -> Option<Thing> {
        let vocabulary = self.vocabulary();
        let provider = vocabulary.provider(&vocabulary.canonical(link.name()))?;
        vocabulary.model(provider, link.second()?).map(Thing::Model)
    }

    /// Finds everything that a link names, whose names may hold `*`.
    pub fn find_all(&self, text: &str) -> Result<Vec<Thing>, Failure> {
        let link = Link::parse(text)?;
        if !text.contains('*') {
            return self.find(&link).map(|thing| vec![thing]);
        }
        let fits = |name: &str| matches_glob(link.name(), name);
        let found: Vec<Thing> = match link.place() {
            "workflow" => {
                self.workflows().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::Workflow(ix)).collect()
            }
            "app" => self.apps().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::App(ix)).collect(),
            "key" => self.credentials().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::Credential(ix)).collect(),
            "pool" => self.pools().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::Pool(ix)).collect(),
            "instance" => {
                self.instances().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::Instance(ix)).collect()
            }
            "department" => {
                self.departments().filter(|(_, it)| fits(&it.name)).map(|(ix, _)| Thing::Department(ix)).collect()
            }
            "operator" => {
                self.operators().filter(|(_, it)| fits(&it.login)).map(|(ix, _)| Thing::Operator(ix)).collect()
            }
            "node" => {
                let second = link.second().unwrap_or_default();
                let of = |ix: Ix<Workflow>| self.nodes_of(ix).iter().copied().map(move |node| (ix, node));
                self.workflows()
                    .filter(|(_, it)| fits(&it.name))
                    .flat_map(|(ix, _)| of(ix))
                    .filter(|(_, node)| self.node(*node).is_some_and(|it| matches_glob(second, &it.name)))
                    .map(|(_, node)| Thing::Node(node))
                    .collect()
            }
            place => return Err(Failure::usage(format!("{place}/ takes no *: name one of them"))),
        };
        if found.is_empty() {
            return Err(Failure::usage(format!("nothing is called {}", name::printable(text))));
        }
        Ok(found)
    }

    /// Returns the record of a thing; none for a provider or model that the workspace does not describe itself.
    pub fn record(&self, thing: Thing) -> Option<Record> {
        match thing {
            Thing::Workflow(ix) => self.workflow(ix).cloned().map(Into::into),
            Thing::App(ix) => self.app(ix).cloned().map(Into::into),
            Thing::Node(ix) => self.node(ix).cloned().map(Into::into),
            Thing::Credential(ix) => self.credential(ix).or_else(|| self.in_charge_of(ix)).cloned().map(Into::into),
            Thing::Pool(ix) => self.pool(ix).cloned().map(Into::into),
            Thing::Instance(ix) => self.instance(ix).cloned().map(Into::into),
            Thing::Department(ix) => self.department(ix).cloned().map(Into::into),
            Thing::Operator(ix) => self.operator(ix).cloned().map(Into::into),
            Thing::Assignment(ix) => self.assignment(ix).cloned().map(Into::into),
            Thing::Provider(ix) => {
                let own = self.vocabulary().provider_entry(ix)?.own.as_deref()?;
                Some(own.clone().into())
            }
            Thing::Model(ix) => {
                let own = self.vocabulary().model_entry(ix)?.own.as_deref()?;
                Some(own.clone().into())
            }
        }
    }

    /// Returns the link of a thing.
    pub fn link(&self, thing: Thing) -> String {
        match thing {
            Thing::Workflow(ix) => format!("workflow/{}", encode(self.workflow(ix).map_or("?", |it| &it.name))),
            Thing::App(ix) => format!("app/{}", encode(self.app(ix).map_or("?", |it| &it.name))),
            Thing::Node(ix) => {
                let workflow = self.workflow_of(ix).and_then(|ix| self.workflow(ix)).map_or("?", |it| &it.name);
                format!("node/{}/{}", encode(workflow), encode(self.node(ix).map_or("?", |it| &it.name)))
            }
            Thing::Credential(ix) => format!("key/{}", encode(&self.credential_name(ix))),
            Thing::Pool(ix) => format!("pool/{}", encode(&self.pool_name(ix))),
            Thing::Instance(ix) => format!("instance/{}", encode(self.instance(ix).map_or("?", |it| &it.name))),
            Thing::Department(ix) => format!("department/{}", encode(&self.department_name(ix))),
            Thing::Operator(ix) => format!("operator/{}", encode(&self.operator_name(ix))),
            Thing::Assignment(ix) => format!("assignment/{}", self.catalogue().assignments().id(ix)),
            Thing::Provider(ix) => format!("provider/{}", self.provider_slug(ix)),
            Thing::Model(ix) => {
                let entry = self.vocabulary().model_entry(ix);
                let provider = entry.map_or("?", |entry| self.provider_slug(entry.provider));
                format!("model/{provider}/{}", self.model_name(ix))
            }
        }
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let failure = Failure::usage(format!("there is no {what} \"{}\"", name::printable(name)));
    match guess::nearest(name, known) {
        Some(guess) => failure.hint(format!("did you mean {guess}?")),
        None => failure.hint(format!(
            "\"keydeck list {}s\" shows those there are",
            if what == "key" { "credential" } else { what }
        )),
    }
}

/// Says whether a name fits a pattern in which `*` stands for any text.
pub(super) fn matches_glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            match rest.find(before) {
                Some(at) => rest = &rest[at + before.len()..],
                None => return false,
            }
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::matches_glob;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name, fits) in [
            ("Inv*", "Invoices", true),
            ("*bot", "invoice-bot", true),
            ("*", "", true),
            ("a*b*c", "axxbxxc", true),
            ("a*b*c", "ac", false),
            ("ab*ba", "aba", false),
            ("plain", "plain", true),
            ("plain", "plainer", false),
        ] {
            assert_eq!(matches_glob(pattern, name), fits, "{pattern} {name}");
        }
    }
}
