//! Killed with SIGKILL at random points: what was begun is there as a whole or not at all, and can be done again.

use std::{fs, time::Duration};

use super::{chance, house::House, rounds, written};

/// Returns a random point within the `round`th of equal parts of `whole`, so that few rounds reach every part.
fn point(whole: Duration, round: u32, rounds: u32) -> Duration {
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
    let house = || {
        let house = House::founded();
        house.write("big.toml", written::declarative(150), 0o600);
        house
    };
    all_or_nothing(rounds(4), house, &["apply", "-f", "big.toml", "-m", "All of it", "--quiet"]);
}

#[test]
fn an_import_that_is_killed_has_done_all_or_nothing() {
    let house = || {
        let house = House::founded();
        fs::create_dir(house.path("exports")).unwrap();
        for number in 0..60 {
            house.write(&format!("exports/{number}.yml"), written::dify(&format!("app {number}")), 0o600);
        }
        house
    };
    all_or_nothing(rounds(4), house, &["import", "dify-dsl", "exports", "--quiet"]);
}

#[test]
fn an_init_that_is_killed_while_it_makes_the_file_is_taken_up_again() {
    // Without a key it makes the database, and stops before the slow part.
    let words = ["init"];
    for round in 0..rounds(25) {
        let house = House::empty();
        let at = point(Duration::from_millis(60), round, rounds(25));
        house.kill(&words, at);
        let again = house.run(&words);
        assert_eq!(again.code, Some(2), "killed after {at:?}: {again:#?}");
        assert!(again.err.contains("the vault needs a SECRET_KEY"), "killed after {at:?}: {again:#?}");
    }
}

#[test]
fn an_init_that_is_killed_is_completed_by_the_next() {
    let words = ["init", "--yes"];
    let whole = House::empty().time(&words);
    for round in 0..rounds(2) {
        let house = House::empty();
        let at = point(whole, round, rounds(2));
        house.kill(&words, at);
        let again = house.run(&words);
        assert_eq!(again.code, Some(0), "killed after {at:?} of {whole:?}: {again:#?}");
        house.is_whole(&format!("killed after {at:?} of {whole:?}"));
    }
}

#[test]
fn a_demo_that_is_killed_is_completed_by_the_next() {
    let words = ["demo", "--no-ui", "--workflows", "15", "--seed", "7", "--db", "sqlite:demo.db"];
    let nodes = ["list", "nodes", "--db", "sqlite:demo.db"];
    let undisturbed = House::empty();
    let whole = undisturbed.time(&words);
    let expected = undisturbed.run(&nodes).ends_with(0).out;
    for round in 0..rounds(2) {
        let house = House::empty();
        let at = point(whole, round, rounds(2));
        house.kill(&words, at);
        let again = house.run(&words);
        assert_eq!(again.code, Some(0), "killed after {at:?} of {whole:?}: {again:#?}");
        assert_eq!(house.run(&nodes).ends_with(0).out, expected, "killed after {at:?} of {whole:?}");
        let doctor = house.run(&["doctor", "--db", "sqlite:demo.db"]).ends_with(0);
        assert!(doctor.out.contains("All is well."), "killed after {at:?} of {whole:?}: {doctor:#?}");
    }
}
