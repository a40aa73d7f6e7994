//! The declarative file in and out: what it asks of a workspace, and a workspace as it would be written.

use std::{collections::HashSet, sync::Arc};

use serde_json::Value;

use super::{
    door::{Door, Founding},
    failure::Failure,
    identity::Identity,
    session::Session,
    view::View,
};
use crate::{
    domain::{
        change::Change,
        id::Id,
        people::{OwnerPolicy, Workspace},
        record::Record,
    },
    form::{
        document::{self, Document, Prune},
        lookup::{Lookup, Mask},
    },
    rights::{Deed, Who},
};

/// How many mistakes of a file are told besides the first.
const TOLD: usize = 12;

/// A workspace written down.
#[derive(Clone, Debug)]
pub struct Export {
    /// What the viewer may see of it, closed: nothing in it refers to what is left out.
    pub document: Document,
    /// How many things are left out because the viewer may not see them, or what they refer to.
    pub left_out: usize,
}

impl View {
    /// Says what a document asks for.
    pub fn document_changes(&self, door: &Door, document: &Document, prune: Prune) -> Result<Vec<Change>, Failure> {
        document::changes_by(self.lookup(), document, prune, &mut || door.new_id()).map_err(|errors| {
            let mut errors = errors.into_iter();
            let first = errors.next().map_or_else(|| "the file can't be used".to_owned(), |error| error.to_string());
            let told = errors.by_ref().take(TOLD);
            let failure = told.fold(Failure::usage(first), |failure, error| failure.hint(format!("also: {error}")));
            match errors.count() {
                0 => failure,
                more => failure.hint(format!("and {more} more like these")),
            }
        })
    }

    /// Writes down what the viewer sees.
    ///
    /// A thing is described in full or not at all: one that refers to something hidden is left out as well, so that
    /// applying the file again changes nothing.
    pub fn export(&self) -> Export {
        let records: Vec<Record> = self.catalogue().records().collect();
        let mut hidden: HashSet<String> =
            records.iter().map(Record::uuid).filter(|id| self.hides(*id)).map(|id| id.to_string()).collect();
        if !hidden.is_empty() {
            close(&records, &mut hidden);
        }
        let left_out = records.iter().filter(|record| hidden.contains(&record.uuid().to_string()));
        let removals: Vec<Change> = left_out.cloned().map(Change::remove).collect();
        let seen = self.catalogue().with_changes(&removals, None);
        Export { document: document::describe(&Lookup::new(&seen)), left_out: removals.len() }
    }
}

/// Adds to `hidden` whatever refers to something hidden; a workflow is described with its nodes.
fn close(records: &[Record], hidden: &mut HashSet<String>) {
    let written: Vec<(String, Option<String>, Value)> = records
        .iter()
        .map(|record| {
            let whole = match record {
                Record::Node(node) => Some(node.workflow.to_string()),
                _ => None,
            };
            (record.uuid().to_string(), whole, serde_json::to_value(record).unwrap_or_default())
        })
        .collect();
    loop {
        let before = hidden.len();
        for (id, whole, value) in &written {
            if hidden.contains(id) || refers(value, hidden) {
                hidden.insert(id.clone());
                hidden.extend(whole.clone());
            }
        }
        if hidden.len() == before {
            return;
        }
    }
}

fn refers(value: &Value, hidden: &HashSet<String>) -> bool {
    match value {
        Value::String(text) => hidden.contains(text),
        Value::Array(items) => items.iter().any(|item| refers(item, hidden)),
        Value::Object(fields) => fields.values().any(|field| refers(field, hidden)),
        _ => false,
    }
}

impl Door {
    /// Opens a session in the workspace that a document names.
    pub async fn session_for(
        self: &Arc<Self>,
        document: &Document,
        default: Option<&str>,
        identity: &Identity,
        read_only: bool,
    ) -> Result<Found, Failure> {
        let named = document.workspace.as_ref().map(|it| it.name.as_str());
        if let (Some(named), Some(wanted)) = (named, default)
            && named != wanted
        {
            return Err(Failure::usage(format!("the file is of workspace \"{named}\", not \"{wanted}\""))
                .hint("leave out --workspace: a file names its own"));
        }
        let all = self.workspaces().await?;
        match named.filter(|name| all.iter().all(|it| &*it.name != *name)) {
            None => {
                let workspace = self.workspace(named.or(default)).await?;
                self.session(&workspace, identity.clone(), read_only).await.map(Found::There)
            }
            Some(name) => {
                self.may_create(&all, identity, read_only).await?;
                Ok(Found::Absent(self.draft(name, identity)))
            }
        }
    }

    /// Says whether somebody may make a workspace: anybody may make the first, then keepers.
    pub async fn may_create(
        self: &Arc<Self>,
        all: &[Workspace],
        identity: &Identity,
        read_only: bool,
    ) -> Result<(), Failure> {
        if all.is_empty() && !(read_only || self.is_read_only()) {
            return Ok(());
        }
        self.may_keep(Deed::CreateWorkspace, all, identity, read_only).await
    }

    /// Returns the view of a workspace that is not made yet, as its founder would see it.
    pub(super) fn draft(&self, name: &str, founder: &Identity) -> View {
        let workspace = Workspace {
            id: Id::new(self.new_id()),
            name: name.into(),
            allow_request_overrides: false,
            owner_policy: OwnerPolicy::Any,
            approval: false,
            note: None,
        };
        let operator = self.founder(founder, &workspace);
        let empty = self.empty(workspace).with_changes(&[Change::add(operator)], None);
        let who = Who { operator: empty.operators().named(&founder.login), ..Who::default() };
        View::new(Arc::new(empty), who)
    }

    /// Makes an empty workspace for a file that names it, and opens a session in it.
    pub async fn found_for(self: &Arc<Self>, name: &str, identity: &Identity) -> Result<Arc<Session>, Failure> {
        let founding = Founding { message: format!("Make workspace {name}"), ..Founding::default() };
        let workspace = self.found(name, identity, founding).await?;
        self.session(&workspace, identity.clone(), false).await
    }
}

/// Whether the workspace of a file is there.
#[derive(Debug)]
pub enum Found {
    /// It is.
    There(Arc<Session>),
    /// It is not, and may be made; so it would look.
    Absent(View),
}
