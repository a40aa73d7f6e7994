//! A small office for the tests of what each of its people may do and see.
//!
//! ```text
//! the workspace: key main (system); boss administrates it, rev audits it; founder keeps the database
//! ├─ Finance: key fin; workflows books, and mine (mem's); vic views, aud audits, mem is a member, ass assigns, adm administrates
//! └─ Sales: key sal; workflow leads
//! mem's own: key mems; mallory is unknown
//! ```
//! Every workflow has one node, `draft`, that calls openai's gpt-4o. The vault is unlocked.

use super::*;
use crate::{domain::credential::Credential, store::AuditFilter};

/// The secret of mem's own key ends so.
pub(in crate::ops) const LAST4: &str = "m3m5";

pub(in crate::ops) struct Office {
    pub(in crate::ops) house: House,
    pub(in crate::ops) founder: Arc<Session>,
}

/// Opens the office. Its first revisions are the founder's.
pub(in crate::ops) async fn office() -> Office {
    let house = house().await;
    house.door.create_vault(secret_key("office")).await.unwrap();
    let founder = house.session("founder").await;
    for name in ["Finance", "Sales"] {
        add(&founder, Noun::Department, &[("name", name)]).await;
    }
    let people = [
        ("vic", "viewer@Finance"),
        ("aud", "auditor@Finance"),
        ("mem", "member@Finance"),
        ("ass", "assigner@Finance"),
        ("adm", "admin@Finance"),
        ("boss", "admin"),
        ("rev", "auditor"),
    ];
    for (login, roles) in people {
        add(&founder, Noun::Operator, &[("login", login), ("roles", roles)]).await;
    }
    let flows = [("books", "Finance", None), ("leads", "Sales", None), ("mine", "Finance", Some("operator/mem"))];
    for (name, department, owner) in flows {
        let owner = owner.map(|owner| ("owner", owner));
        let fields: Vec<_> = [("name", name), ("department", department)].into_iter().chain(owner).collect();
        add(&founder, Noun::Workflow, &fields).await;
        let node = [("workflow", name), ("name", "draft"), ("provider", "openai"), ("model", "gpt-4o")];
        add(&founder, Noun::Node, &node).await;
    }
    let keys =
        [("main", "system"), ("fin", "department/Finance"), ("sal", "department/Sales"), ("mems", "operator/mem")];
    for (name, owner) in keys {
        let end = if name == "mems" { LAST4 } else { "x9Kd" };
        add_sealed(&founder, name, owner, &format!("sk-FAKE-{name}-0123456789-{end}")).await;
    }
    Office { house, founder }
}

impl Office {
    /// Opens a session of somebody, known or not.
    pub(in crate::ops) async fn session(&self, login: &str) -> Arc<Session> {
        self.house.session(login).await
    }

    /// Returns a key, whoever may see it.
    pub(in crate::ops) fn key(&self, name: &str) -> Credential {
        let view = self.founder.view();
        let table = view.catalogue().credentials();
        table.get(table.named(name).unwrap()).unwrap().clone()
    }

    /// Makes a change of a key.
    pub(in crate::ops) fn edit_key(&self, name: &str, edit: impl FnOnce(&mut Credential)) -> Change {
        let before = self.key(name);
        let mut after = before.clone();
        edit(&mut after);
        Change::edit(before, after).unwrap()
    }

    /// Returns what the audit log says of somebody's deeds that went one way, oldest first: the action and the subject.
    pub(in crate::ops) async fn told(&self, login: &str, outcome: &str) -> Vec<(String, String)> {
        let filter = AuditFilter { login: Some(login.into()), outcome: Some(outcome.into()), ..AuditFilter::default() };
        let rows = self.house.door.store.audit(&filter, 1000).await.unwrap();
        rows.iter().rev().map(|row| (row.entry.action.to_string(), row.entry.subject.to_string())).collect()
    }
}
