//! The command line, as scripts see it: the real program on a home of its own, what it prints and how it ends.

#![expect(clippy::unwrap_used, reason = "a test that can't go on says where, in functions that tests share, too")]

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/case.rs"]
mod case;
#[path = "cli/commands.rs"]
mod commands;
#[path = "cli/contract.rs"]
mod contract;
#[path = "cli/dify_db.rs"]
mod dify_db;
#[path = "cli/emit.rs"]
mod emit;
#[path = "cli/exec.rs"]
mod exec;
#[path = "cli/exports.rs"]
mod exports;
#[path = "cli/home.rs"]
mod home;
#[path = "cli/imports.rs"]
mod imports;
#[path = "cli/in_force.rs"]
mod in_force;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "postgres/server.rs"]
mod server;
#[path = "cli/story.rs"]
mod story;
#[path = "cli/terminal.rs"]
mod terminal;
#[path = "cli/verify.rs"]
mod verify;

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use server::Server;

/// Every case file holds command lines with what they print. `KEYDECK_BLESS=1` writes them anew from what is printed.
#[test]
fn the_cases_are_as_written() {
    compare(None);
}

/// The same commands print the same when the database is on a server.
#[test]
fn the_cases_are_as_written_on_a_server_too() {
    if let Some(server) = server::server() {
        compare(Some(server));
    }
}

fn compare(server: Option<&Server>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 5, "the cases stand in {}", folder.display());
    let bless = std::env::var_os("KEYDECK_BLESS").is_some() && server.is_none();
    let (left, wrong) = (Mutex::new(files), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let next = left.lock().unwrap().pop();
            let Some(file) = next else { return };
            let written = std::fs::read_to_string(&file).unwrap();
            let Some(found) = case::run(&written, server) else { continue };
            if bless {
                std::fs::write(&file, found).unwrap();
            } else if found != written {
                wrong.lock().unwrap().push(format!("{}:\n{}", file.display(), case::difference(&written, &found)));
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
