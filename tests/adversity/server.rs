//! A server that goes away: in the middle of the day, and in the middle of a commit.

use super::{
    ground::{founded_at, founded_database},
    house::House,
    proxy::{Cut, Proxy},
    rounds,
    throwaway::{Server, server},
};

/// Makes a house whose line to its founded database can be cut.
fn with_line(server: &Server) -> (House, Proxy) {
    let (proxy, database) = (Proxy::to(server.port()), founded_database(server));
    (founded_at(proxy.url(&database)), proxy)
}

/// Adds an app, and returns how that ended.
fn add(house: &House, name: &str) -> super::outcome::Outcome {
    house.run(&["add", "app", name, "--json"])
}

/// Says whether there is an app of that name.
fn is_there(house: &House, name: &str) -> bool {
    let apps = house.run(&["list", "apps", "--json"]).ends_with(0).json();
    apps["apps"].as_array().unwrap().iter().any(|app| app["name"] == name)
}

#[test]
fn a_commit_that_never_arrives_is_reported_as_not_written() {
    let Some(server) = server() else { return };
    let (house, proxy) = with_line(server);
    for round in 0..rounds(2) {
        let name = format!("app {round}");
        proxy.cut(Cut::BeforeCommit);
        let told = add(&house, &name);
        assert!(proxy.was_cut());
        assert_eq!(told.code, Some(6), "{told:#?}");
        assert!(told.err.contains("nothing was written"), "{told:#?}");
        assert!(!is_there(&house, &name));
        add(&house, &name).ends_with(0);
    }
    house.is_whole("after commits that never arrived");
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_out() {
    let Some(server) = server() else { return };
    let (house, proxy) = with_line(server);
    for round in 0..rounds(2) {
        let name = format!("app {round}");
        proxy.cut(Cut::AfterCommit);
        let told = add(&house, &name).ends_with(0).json();
        assert!(proxy.was_cut());
        assert_eq!(told["revision"], u64::from(round) + 2, "{told}");
        assert!(is_there(&house, &name));
    }
    house.is_whole("after answers that were lost");
}

#[test]
fn an_outcome_that_stays_unknown_is_said_to_be_and_can_be_looked_up() {
    let Some(server) = server() else { return };
    let (house, proxy) = with_line(server);
    proxy.cut(Cut::AfterCommitForLong);
    let told = add(&house, "later");
    assert_eq!(told.code, Some(6), "{told:#?}");
    assert!(told.err.contains("whether it was applied is unknown"), "{told:#?}");
    assert!(told.err.contains("keydeck log"), "{told:#?}");
    let away = house.run(&["list", "apps"]);
    assert_eq!(away.code, Some(6), "{away:#?}");
    proxy.mend();
    assert!(is_there(&house, "later"));
    assert_eq!(house.revisions()[0]["number"], 2);
    house.is_whole("after an outcome that was unknown");
}

#[test]
fn a_server_that_stops_and_starts_loses_nothing() {
    // A server of its own: others are at work on the common one.
    let Some(server) = Server::of_its_own() else { return };
    let house = founded_at(server.url(&founded_database(&server)));
    for round in 0..rounds(2) {
        let name = format!("app {round}");
        let told = std::thread::scope(|scope| {
            let telling = scope.spawn(|| add(&house, &name));
            server.stop();
            telling.join().unwrap()
        });
        let away = house.run(&["list", "apps"]);
        assert_eq!(away.code, Some(6), "{away:#?}");
        server.start();
        match told.code {
            Some(0) => assert!(is_there(&house, &name), "{told:#?}"),
            Some(6) if told.err.contains("is unknown") => {}
            Some(6) => assert!(!is_there(&house, &name), "{told:#?}"),
            _ => panic!("neither done nor away: {told:#?}"),
        }
        house.run(&["add", "app", &format!("after {round}")]).ends_with(0);
    }
    house.is_whole("after a server that stopped and started");
}

#[test]
fn a_role_that_only_reads_is_refused_every_write() {
    let Some(server) = server() else { return };
    let database = founded_database(server);
    let role = format!("reader_{database}");
    server.run(&database, &format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"));
    let house = founded_at(format!("postgres://{role}@127.0.0.1:{}/{database}", server.port()));
    house.run(&["list", "apps"]).ends_with(0);
    house.run(&["doctor"]).ends_with(0);
    for words in [&["add", "app", "a"][..], &["add", "app", "a", "--stage"], &["init", "--workspace", "two"]] {
        let refused = house.run(words);
        assert_eq!(refused.code, Some(4), "{refused:#?}");
    }
    assert_eq!(house.revisions().len(), 1);
}
