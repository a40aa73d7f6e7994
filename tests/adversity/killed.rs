//! Killed with SIGKILL at random points: what was begun is there as a whole or not at all, and can be done again.

use std::{fs, time::Duration};

use super::{
    chance,
    ground::{Ground, grounds},
    house::{DATABASE, House},
    rounds, written,
};

/// Returns a random point within the `round`th of equal parts of `whole`, so that few rounds reach every part.
pub fn point(whole: Duration, round: u32, rounds: u32) -> Duration {
    whole.mul_f64((f64::from(round) + chance()) / f64::from(rounds))
}

/// Kills one change set again and again: afterwards the state is the one before it or the one after it.
fn all_or_nothing(rounds: u32, house: impl Fn() -> House, words: &[&str]) {
    let undisturbed = house();
    let before = undisturbed.export();
    let whole = undisturbed.time(words);
    let after = undisturbed.export();
    assert_ne!(before, after);
    for round in 0..rounds {
        let house = house();
        let at = point(whole, round, rounds);
        let killed = house.kill(words, at);
        let when = format!("{words:?}, {} after {at:?} of {whole:?}", if killed { "killed" } else { "ended" });
        house.is_whole(&when);
        let state = house.export();
        assert!(state == before || state == after, "{when}: neither all nor nothing:\n{state}");
        house.run(words).ends_with(0);
        assert!(house.export() == after, "{when}: doing it again leads elsewhere");
        assert_eq!(house.revisions().len(), 2, "{when}: it was done once");
    }
}

#[test]
fn an_apply_that_is_killed_has_done_all_or_nothing() {
    for ground in grounds() {
        let house = || {
            let house = ground.founded();
            house.write("big.toml", written::declarative(150), 0o600);
            house
        };
        all_or_nothing(rounds(4), house, &["apply", "-f", "big.toml", "-m", "All of it", "--quiet"]);
    }
}

#[test]
fn a_staged_apply_that_is_killed_has_done_all_or_nothing() {
    for ground in grounds() {
        let house = || {
            let house = ground.founded();
            house.write("big.toml", written::declarative(150), 0o600);
            house.run(&["apply", "-f", "big.toml", "--stage", "--quiet"]).ends_with(0);
            house
        };
        all_or_nothing(rounds(4), house, &["staged", "apply", "-m", "All of it", "--quiet"]);
    }
}

#[test]
fn a_stage_that_is_killed_has_staged_all_or_nothing() {
    for ground in grounds() {
        let founded = || {
            let house = ground.founded();
            house.write("big.toml", written::declarative(150), 0o600);
            house
        };
        let words = ["apply", "-f", "big.toml", "--stage", "--quiet"];
        let staged =
            |house: &House| house.run(&["staged", "--json"]).ends_with(0).json()["changes"].as_array().unwrap().len();
        let undisturbed = founded();
        let whole = undisturbed.time(&words);
        let all = staged(&undisturbed);
        for round in 0..rounds(4) {
            let house = founded();
            house.kill(&words, point(whole, round, rounds(4)));
            house.is_whole("after a stage was killed");
            let there = staged(&house);
            assert!(there == 0 || there == all, "{there} of {all} changes are staged");
        }
    }
}

#[test]
fn an_import_that_is_killed_has_done_all_or_nothing() {
    for ground in grounds() {
        let house = || {
            let house = ground.founded();
            fs::create_dir(house.path("exports")).unwrap();
            for number in 0..60 {
                house.write(&format!("exports/{number}.yml"), written::dify(&format!("app {number}")), 0o600);
            }
            house
        };
        all_or_nothing(rounds(4), house, &["import", "dify-dsl", "exports", "--quiet"]);
    }
}

/// Kills an `init` again and again within a part of its time, and lets another make what is missing.
fn completed(ground: Ground, part: fn(Duration) -> Duration, rounds: u32) {
    let words = ["init", "--yes"];
    let whole = ground.empty().time(&words);
    for round in 0..rounds {
        let house = ground.empty();
        let at = point(part(whole), round, rounds);
        house.kill(&words, at);
        let again = house.run(&words);
        assert_eq!(again.code, Some(0), "killed after {at:?} of {whole:?}: {again:#?}");
        house.is_whole(&format!("killed after {at:?} of {whole:?}"));
    }
}

#[test]
fn an_init_that_is_killed_while_it_makes_the_database_is_taken_up_again() {
    // The rest of the time is for the keys of the vault, which are derived slowly.
    for ground in grounds() {
        completed(ground, |whole| whole / 4, rounds(5));
    }
}

#[test]
fn an_init_that_is_killed_is_completed_by_the_next() {
    for ground in grounds() {
        completed(ground, |whole| whole, rounds(2));
    }
}

#[test]
fn a_file_that_a_killed_init_left_empty_is_no_database_yet() {
    let house = House::empty();
    fs::create_dir_all(house.database().parent().unwrap()).unwrap();
    house.write(DATABASE, "", 0o600);
    house.run(&["list", "nodes"]).refuses(6, "there is no keydeck database at");
    house.run(&["init", "--yes"]).ends_with(0);
    house.is_whole("begun with an empty file");
}

/// Makes a demo in this database.
fn demo(url: &str) -> [&str; 8] {
    ["demo", "--no-ui", "--workflows", "15", "--seed", "7", "--db", url]
}

#[test]
fn a_demo_that_is_killed_is_completed_by_the_next() {
    for ground in grounds() {
        let empty = || match ground {
            Ground::File => ground.empty().at("sqlite:demo.db".to_owned()),
            Ground::Server(_) => ground.empty(),
        };
        let undisturbed = empty();
        let url = undisturbed.url();
        let whole = undisturbed.time(&demo(&url));
        let expected = undisturbed.run(&["list", "nodes"]).ends_with(0).out;
        for round in 0..rounds(2) {
            let house = empty();
            let (at, url) = (point(whole, round, rounds(2)), house.url());
            house.kill(&demo(&url), at);
            let again = house.run(&demo(&url));
            assert_eq!(again.code, Some(0), "killed after {at:?} of {whole:?}: {again:#?}");
            assert_eq!(house.run(&["list", "nodes"]).ends_with(0).out, expected, "killed after {at:?} of {whole:?}");
            let doctor = house.run(&["doctor"]).ends_with(0);
            assert!(doctor.out.contains("All is well."), "killed after {at:?} of {whole:?}: {doctor:#?}");
        }
    }
}
