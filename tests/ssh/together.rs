//! Two operators at work on one database of a server: each sees that the other is here, and leaves.

use super::OPENSSH;
use crate::{
    ground::{Ground, Server, has},
    postgres,
    terminal::Terminal,
};

/// Lets two come, one over SSH and one at the machine of the database.
fn two_see_each_other(ground: &Ground) {
    let server = Server::start(ground, &[]);
    let mut here = Terminal::start(ground.home(), &[], 120, 30);
    here.sees("Invoice reader");
    assert!(!here.text().contains("with "), "{}", here.text());
    let mut there = server.way.open(ground, "viv", &[], 80, 24);
    there.sees("with ");
    // Whoever was there first is told.
    here.sees("viv is here, too");
    here.sees("with viv");
    here.keys("W");
    here.sees("Who is here");
    here.sees("by ssh");
    here.keys("\u{1b}");
    here.loses("Who is here");
    there.keys("W");
    there.sees("by console");
    there.keys("\u{1b}");
    there.loses("Who is here");
    // One works, and the other sees what it did.
    there.keys("gc");
    there.sees("openai-house");
    ground.keydeck(&["disable", "openai-house"]);
    there.sees("disabled");
    there.keys("\u{3}\u{3}");
    assert!(there.ends().success(), "{}", there.text());
    here.loses("with viv");
    here.keys("\u{3}\u{3}");
    assert!(here.ends().success());
}

#[test]
fn on_a_file_two_operators_see_each_other() {
    if has(OPENSSH) {
        two_see_each_other(&Ground::new());
    }
}

#[test]
fn on_a_server_two_operators_see_each_other() {
    if !has(OPENSSH) {
        return;
    }
    let Some(server) = postgres::server() else { return };
    let url = server.url(&server.database());
    two_see_each_other(&Ground::with(&format!("database = \"{url}\"\n")));
}
