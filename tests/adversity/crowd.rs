//! Several processes write at once: each command has its revision or is told of the conflict, and none is lost.

use std::collections::BTreeSet;

use super::{ground::grounds, house::House, rounds, written};

/// What one of the crowd did: the messages and revisions of its successes, and how many conflicts it was told of.
#[derive(Debug, Default)]
struct Tally {
    done: Vec<(String, u64)>,
    conflicts: usize,
}

/// Edits things of one's own, things that others edit too, and rules, one command after the other.
fn write(house: &House, me: &str, commands: u32) -> Tally {
    let mut tally = Tally::default();
    for number in 0..commands {
        let message = format!("{me} {number}");
        let own = format!("workflow/workflow-{}", u8::from(me != "ann"));
        let (note, key) = (format!("note={message}"), format!("key/key-{}", number % 10));
        let words = match number % 3 {
            0 => vec!["edit", &own, &note],
            1 => vec!["edit", "app/app-0", &note],
            _ => vec!["assign", &own, &key, "--provider", "openai"],
        };
        let outcome = house.run(&[&words[..], &["-m", &message, "--json", "--yes"]].concat());
        match outcome.code {
            Some(0) => tally.done.push((message, outcome.json()["revision"].as_u64().unwrap())),
            Some(5) => tally.conflicts += 1,
            _ => panic!("neither done nor a conflict: {outcome:#?}"),
        }
    }
    tally
}

#[test]
fn two_who_write_at_once_lose_nothing() {
    for ground in grounds() {
        two_write_at_once(&ground.founded());
    }
}

fn two_write_at_once(house: &House) {
    house.write("some.toml", written::declarative(3), 0o600);
    house.run(&["apply", "-f", "some.toml", "--quiet"]).ends_with(0);
    let before = house.revisions().len();
    let commands = rounds(40);
    let [ann, bob] = std::thread::scope(|scope| {
        ["ann", "bob"].map(|me| scope.spawn(move || write(house, me, commands))).map(|it| it.join().unwrap())
    });
    let told: BTreeSet<(String, u64)> = ann.done.iter().chain(&bob.done).cloned().collect();
    let logged: BTreeSet<(String, u64)> = house
        .revisions()
        .iter()
        .map(|it| (it["message"].as_str().unwrap().to_owned(), it["number"].as_u64().unwrap()))
        .filter(|(_, number)| *number > before as u64)
        .collect();
    assert_eq!(told, logged, "what was told, and what is on record");
    assert_eq!(told.len() + ann.conflicts + bob.conflicts, 2 * commands as usize);
    assert!(!ann.done.is_empty() && !bob.done.is_empty(), "{ann:?} {bob:?}");
    house.is_whole("after the crowd");
}

#[test]
fn of_many_who_make_the_same_database_at_once_one_makes_it() {
    for ground in grounds() {
        many_make_it_at_once(&ground.empty());
    }
}

fn many_make_it_at_once(house: &House) {
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..4).map(|_| scope.spawn(|| house.run(&["init"]))).collect();
        crowd.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for outcome in outcomes {
        outcome.refuses(2, "the vault needs a SECRET_KEY");
    }
}
