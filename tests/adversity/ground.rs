//! The ground on which a house stands: a file, or a database of a server. What is about both is tried on each.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{
    house::House,
    throwaway::{Server, server},
};

/// Where the database of a house is.
#[derive(Clone, Copy)]
pub enum Ground {
    /// In the usual file.
    File,
    /// On a server.
    Server(&'static Server),
}

/// Returns every ground there is.
pub fn grounds() -> Vec<Ground> {
    [Some(Ground::File), server().map(Ground::Server)].into_iter().flatten().collect()
}

impl Ground {
    /// Makes a home in which nothing is yet.
    pub fn empty(self) -> House {
        match self {
            Self::File => House::empty(),
            Self::Server(server) => House::empty().at(server.url(&server.database())),
        }
    }

    /// Makes a home with a database, its vault and the workspace `default`.
    pub fn founded(self) -> House {
        match self {
            Self::File => House::founded(),
            Self::Server(server) => founded_at(server.url(&founded_database(server))),
        }
    }
}

/// Makes a home whose database is this one, which was founded.
pub fn founded_at(url: String) -> House {
    House::with_key().at(url)
}

/// Makes a database of a server that is founded: a copy of one that was.
pub fn founded_database(server: &Server) -> String {
    static FOUNDED: Mutex<Option<HashMap<u16, String>>> = Mutex::new(None);
    let mut founded = FOUNDED.lock().unwrap_or_else(PoisonError::into_inner);
    let template = founded.get_or_insert_default().entry(server.port()).or_insert_with(|| {
        let template = server.database();
        let house = founded_at(server.url(&template));
        house.run(&["init", "--secret-key-file", &house.key()]).ends_with(0);
        template
    });
    server.copy(template)
}
