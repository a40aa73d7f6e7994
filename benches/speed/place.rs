//! A database with a demo in it, made anew for each size.

use std::sync::Arc;

use keydeck::{
    config::{DatabaseUrl, Vendors},
    domain::Timestamp,
    import::demo::{Options, SEED},
    ops::{
        door::{Access, Door},
        identity::Identity,
        session::Session,
    },
    vault::SecretKey,
};

/// An opened database, and somebody who works in it.
pub struct Place {
    pub door: Arc<Door>,
    pub identity: Identity,
}

impl Place {
    /// Fills a database with a demo of so many workflows, unless it holds one.
    pub async fn fill(url: &DatabaseUrl, workflows: u64) -> Self {
        let access = Access { create: true, read_only: false, migrate: true };
        let door = Door::open(url, &Vendors::built_in(), access).await.expect("the database opens");
        let identity = Identity::local();
        if !door.holds_demo().await.expect("the database is asked") {
            door.create_vault(SecretKey::random().expect("there is randomness")).await.expect("the vault is made");
            let workflows = usize::try_from(workflows).expect("it fits into memory");
            // The day decides what has begun and what expires, so it is always the same.
            let options =
                Options { workflows, seed: SEED, now: Timestamp::from_second(1_790_000_000).expect("a time") };
            door.fill_demo(&options, &identity, Arc::new(|_| {})).await.expect("the demo is made");
        }
        Self { door, identity }
    }

    /// Loads everything.
    pub async fn session(&self) -> Arc<Session> {
        let workspace = self.door.workspace(None).await.expect("there is one workspace");
        self.door.session(&workspace, self.identity.clone(), false).await.expect("the session opens")
    }
}
