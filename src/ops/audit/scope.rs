//! Which rows of the audit a reader's rights reach, and how much of each.

use serde_json::Value;
use uuid::Uuid;

use super::LogRow;
use crate::{
    domain::{catalogue::Catalogue, id::Id, link::Link, people::Operator},
    ops::{about::Places, view::View},
    rights::{Denial, Home, Right, Subject, Verdict},
};

/// What stands where something is left out.
pub(in crate::ops) const LEFT_OUT: &str = "(about things you may not see)";

/// What stands for a private key.
const PRIVATE: &str = "key/(private)";

/// What one reader may read.
pub(in crate::ops) struct Scope<'a> {
    view: &'a View,
    me: Option<Id<Operator>>,
    whole: bool,
    own: bool,
}

impl<'a> Scope<'a> {
    /// Reads what the viewer may read; fails if that is nothing.
    pub(in crate::ops) fn of(view: &'a View) -> Result<Self, Denial> {
        let me = view.who().operator;
        let verdict = view.may(Right::Audit, Subject::Workspace);
        let own = me.is_some_and(|me| view.may(Right::Audit, Subject::DeedOf(me)).is_yes());
        let departments = view.catalogue().departments();
        let somewhere = || departments.rows().any(|(ix, _)| view.may(Right::Audit, Subject::Department(ix)).is_yes());
        match verdict {
            Verdict::No(denial) if !own && !somewhere() => Err(denial),
            verdict => Ok(Self { view, me: view.me().map(|me| me.id), whole: verdict.is_yes(), own }),
        }
    }

    /// Returns what is seen of a row; nothing if it is out of reach.
    pub(in crate::ops) fn show(&self, mut row: LogRow) -> Option<LogRow> {
        if self.own && self.me.is_some() && row.operator_id == self.me {
            return Some(row);
        }
        let places = Places::read(&row.details).or_else(|| self.places_of(&row.subject));
        let Some(places) = places else { return self.whole.then_some(row) };
        let reaches = |id: &Uuid| self.reaches(*id);
        let of_others = places.people.iter().any(|id| Some(Id::new(*id)) != self.me);
        let all = self.whole || !places.elsewhere && !places.organisation && places.departments.iter().all(reaches);
        if !self.whole && !places.departments.iter().any(reaches) {
            return None;
        }
        if !all || of_others {
            self.mask(&mut row);
        }
        Some(row)
    }

    fn reaches(&self, department: Uuid) -> bool {
        let found = self.view.catalogue().departments().find(Id::new(department));
        self.whole || found.is_some_and(|ix| self.view.may(Right::Audit, Subject::Department(ix)).is_yes())
    }

    /// Says where the thing lives that a row names as its subject.
    fn places_of(&self, subject: &str) -> Option<Places> {
        let catalogue = self.view.catalogue();
        let subject = named(catalogue, &Link::parse(subject).ok()?)?;
        Some(Places::of(catalogue, Home::of(catalogue, subject)))
    }

    /// Leaves out what speaks of things out of reach: the message, deeds elsewhere, names of private keys.
    fn mask(&self, row: &mut LogRow) {
        row.masked = true;
        if row.subject.starts_with("key/") {
            PRIVATE.clone_into(&mut row.subject);
        } else if !row.subject.starts_with("revision/") {
            LEFT_OUT.clone_into(&mut row.subject);
        }
        for key in ["message", "reason"] {
            if let Some(text) = row.details.get_mut(key) {
                *text = LEFT_OUT.into();
            }
        }
        if let Some(Value::Array(deeds)) = row.details.get_mut("deeds") {
            deeds.retain(|deed| self.whole || is_in(deed).is_some_and(|department| self.reaches(department)));
            let mine = self.me.map(|me| me.to_string());
            for deed in deeds.iter_mut().filter_map(Value::as_object_mut) {
                let of = deed.get("of").and_then(Value::as_str);
                if of.is_some() && of != mine.as_deref() {
                    deed.remove("id");
                }
            }
        }
        let known = ["changes", "clock_behind", "count", "deeds", "message", "reason", "times", "since", "reverts"];
        row.details = std::mem::take(&mut row.details).into_iter().filter(|(key, _)| known.contains(&&**key)).collect();
    }
}

fn is_in(deed: &Value) -> Option<Uuid> {
    deed["in"].as_str()?.parse().ok()
}

/// Finds what a link names among everything that there is.
fn named(catalogue: &Catalogue, link: &Link) -> Option<Subject> {
    let name = link.name();
    Some(match link.place() {
        "workflow" | "preview" | "node" => Subject::Workflow(catalogue.workflows().named(name)?),
        "app" => Subject::App(catalogue.apps().named(name)?),
        "key" => Subject::Credential(catalogue.credentials().named(name)?),
        "pool" => Subject::Pool(catalogue.pools().named(name)?),
        "instance" => Subject::Instance(catalogue.instances().named(name)?),
        "department" => Subject::Department(catalogue.departments().named(name)?),
        "operator" | "owner" => Subject::Operator(catalogue.operators().named(name)?),
        _ => return None,
    })
}
