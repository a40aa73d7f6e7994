//! The values that could stand in a field of a form, for completion.

use super::{Form, environments};
use crate::{
    domain::{catalogue::ProviderIx, link::encode, people::Role, record::Kind},
    form::{Choice, Field},
    ops::view::View,
};

impl Form {
    /// Returns every value that could stand in a field; of a list, what is no entry of it yet.
    pub(super) fn values(&self, field: &Field, view: &View) -> Vec<String> {
        match field.choice {
            Choice::Words(words) => words.iter().map(|&word| word.to_owned()).collect(),
            Choice::Provider => sorted(view.vocabulary().providers().map(|(_, entry)| entry.slug.to_string())),
            Choice::Environment => environments(view),
            Choice::Model => self.models(view),
            Choice::Name(kind) => sorted(self.names(view, kind).into_iter()),
            Choice::Owner => {
                let departments = view.departments().map(|(_, it)| format!("department/{}", encode(&it.name)));
                let people = view.operators().map(|(_, it)| format!("operator/{}", encode(&it.login)));
                let nobody = (self.kind() == Kind::Workflow).then(|| "none".to_owned());
                let first = ["system".to_owned()].into_iter().chain(nobody);
                first.chain(sorted(departments.chain(people))).collect()
            }
            Choice::Text if field.name == "scope" => scopes(view),
            Choice::Text if field.name == "target" => self.targets(view),
            Choice::Budget => vec!["100.00 soft".to_owned(), "100.00 hard".to_owned()],
            Choice::List => self.entries(field.name, view),
            Choice::Text | Choice::Time | Choice::Number => Vec::new(),
        }
    }

    /// Returns what could be an entry of a list, besides those that it has.
    fn entries(&self, field: &str, view: &View) -> Vec<String> {
        let all = match field {
            "members" => sorted(self.names(view, Kind::Credential).into_iter()),
            "models" => self.models(view),
            "usable_by" => scopes(view).into_iter().filter(|it| LENT.iter().any(|kind| it.starts_with(kind))).collect(),
            "roles" => roles(view),
            _ => Vec::new(),
        };
        let known = self.line(field).and_then(|line| line.area.as_ref());
        let known: Vec<&str> =
            known.map(|area| area.lines().iter().map(|line| line.trim()).collect()).unwrap_or_default();
        let here = self.line(field).map_or("", |line| line.entry()).trim();
        // A member that stands there with its weight stands there all the same.
        let stands = |it: &str| {
            known
                .iter()
                .any(|known| known.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
        };
        all.into_iter().filter(|it| it == here || !stands(it)).collect()
    }

    /// Returns the provider that the form names, if it is known.
    fn provider(&self, view: &View) -> Option<ProviderIx> {
        let slug = self.line("provider")?.text().into_owned();
        view.vocabulary().provider(&view.vocabulary().canonical(&slug))
    }

    fn models(&self, view: &View) -> Vec<String> {
        let provider = self.provider(view);
        let models = view.vocabulary().models().filter(|(_, model)| Some(model.provider) == provider);
        sorted(models.map(|(_, model)| model.name.to_string()))
    }

    /// Returns the names of a kind; of keys and pools those of the provider that the form names.
    fn names(&self, view: &View, kind: Kind) -> Vec<String> {
        let provider = self.provider(view).map(|ix| view.provider_slug(ix).clone());
        let fits = |slug: &crate::domain::Text| provider.as_ref().is_none_or(|wanted| wanted == slug);
        match kind {
            Kind::Department => view.departments().map(|(_, it)| it.name.to_string()).collect(),
            Kind::Operator => view.operators().map(|(_, it)| it.login.to_string()).collect(),
            Kind::Credential => {
                view.credentials().filter(|(_, it)| fits(&it.provider)).map(|(_, it)| it.name.to_string()).collect()
            }
            Kind::Pool => {
                view.pools().filter(|(_, it)| fits(&it.provider)).map(|(_, it)| it.name.to_string()).collect()
            }
            Kind::Instance => view.instances().map(|(_, it)| it.name.to_string()).collect(),
            Kind::App => view.apps().map(|(_, it)| it.name.to_string()).collect(),
            Kind::Workflow => view.workflows().map(|(_, it)| it.name.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    fn targets(&self, view: &View) -> Vec<String> {
        let link = |place: &'static str| move |name: String| format!("{place}/{}", encode(&name));
        let keys = self.names(view, Kind::Credential).into_iter().map(link("key"));
        let mut all = sorted(keys.chain(self.names(view, Kind::Pool).into_iter().map(link("pool"))));
        all.extend(["deny".to_owned(), "variable/env.".to_owned()]);
        all
    }
}

/// The kinds of places that a key can be lent to.
const LENT: [&str; 3] = ["department/", "app/", "workflow/"];

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

fn scopes(view: &View) -> Vec<String> {
    let mut all = vec!["workspace".to_owned(), "system".to_owned()];
    all.extend(view.departments().map(|(_, it)| format!("department/{}", encode(&it.name))));
    all.extend(view.apps().map(|(_, it)| format!("app/{}", encode(&it.name))));
    all.extend(view.operators().map(|(_, it)| format!("owner/{}", encode(&it.login))));
    all.extend(view.workflows().map(|(_, it)| format!("workflow/{}", encode(&it.name))));
    all
}

/// Returns every role in the whole workspace, then in each department.
fn roles(view: &View) -> Vec<String> {
    let whole = Role::ALL.iter().map(|role| role.word().to_owned());
    let narrow = Role::ALL.iter().filter(|role| **role != Role::Keeper);
    let narrow = narrow.flat_map(|role| view.departments().map(move |(_, it)| format!("{}@{}", role.word(), it.name)));
    whole.chain(sorted(narrow)).collect()
}
