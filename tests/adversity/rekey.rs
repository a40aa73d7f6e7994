//! Rekeys that are killed, or disturbed by others who write: nothing is lost, and it goes on.

use super::{
    chance,
    ground::{Ground, grounds},
    house::House,
    rounds,
};

/// How many keys there are to seal anew.
const KEYS: u32 = 12;

fn secret(number: u32) -> String {
    format!("sk-FAKE-{number}-of-the-rekey-{}", number * 7919)
}

fn add(house: &House, number: u32, key: &str) -> super::outcome::Outcome {
    let name = format!("key-{number}");
    let input = serde_json::json!({ "api_key": secret(number) }).to_string();
    house.run_with(&["add", "credential", &name, "provider=openai", "--stdin-json", "--secret-key-file", key], input)
}

/// A house with keys whose secrets are known.
fn with_secrets(ground: Ground) -> House {
    let house = ground.founded();
    for number in 0..KEYS {
        add(&house, number, &house.key()).ends_with(0);
    }
    house
}

fn new_key(house: &House, round: u32) -> String {
    house.write(&format!("new-{round}.key"), format!("another key, the {round}th, and long enough\n"), 0o600)
}

/// Insists that every secret opens under this key.
#[track_caller]
fn all_open(house: &House, key: &str, keys: u32, when: &str) {
    let doctor = house.run(&["doctor", "--secret-key-file", key]);
    assert!(doctor.code == Some(0) && doctor.out.contains(&format!("all {keys} open")), "{when}: {doctor:#?}");
}

#[test]
fn a_rekey_that_is_killed_loses_nothing_and_goes_on() {
    for ground in grounds() {
        let house = with_secrets(ground);
        let first = new_key(&house, 0);
        let whole = house.time(&["rekey", "--secret-key-file", &house.key(), "--new-secret-key-file", &first]);
        let mut present = first;
        for round in 1..=rounds(4) {
            let next = new_key(&house, round);
            let words = ["rekey", "--secret-key-file", &present, "--new-secret-key-file", &next];
            // The derivations come first and take most of the time: what is worth killing comes after them.
            let at = whole.mul_f64(0.4 + 0.6 * (f64::from(round - 1) + chance()) / f64::from(rounds(4)));
            let killed = house.kill(&words, at);
            let when = format!("round {round}, {} after {at:?} of {whole:?}", if killed { "killed" } else { "ended" });
            house.is_whole(&when);
            // It was not begun, is under way, or has ended: the same words lead to the end, or find that they did.
            let again = house.run(&words);
            assert!(matches!(again.code, Some(0 | 4)), "{when}: {again:#?}");
            all_open(&house, &next, KEYS, &when);
            house.run(&["doctor", "--secret-key-file", &present]).ends_with(4);
            let (number, wanted) = (round % KEYS, secret(round % KEYS));
            let words = ["reveal", &format!("key-{number}"), "--field", "api_key", "--secret-key-file", &next];
            assert_eq!(house.run(&words).ends_with(0).out.trim(), wanted, "{when}");
            house.is_whole(&when);
            present = next;
        }
    }
}

#[test]
fn keys_added_by_another_process_during_a_rekey_are_kept() {
    for ground in grounds() {
        let house = with_secrets(ground);
        let (old, new) = (house.key(), new_key(&house, 0));
        let words = ["rekey", "--secret-key-file", &old, "--new-secret-key-file", &new];
        let added = std::thread::scope(|scope| {
            let rekey = scope.spawn(|| house.run(&words).ends_with(0));
            let mut added = 0;
            while !rekey.is_finished() {
                // Until it begins the old one seals, then the new one; who comes in between is refused.
                let tried = [&old, &new].into_iter().map(|key| add(&house, KEYS + added, key));
                let mut refused = tried.take_while(|outcome| outcome.code != Some(0));
                let both = refused.by_ref().inspect(|it| assert!(matches!(it.code, Some(4 | 5)), "{it:#?}")).count();
                added += u32::from(both < 2);
            }
            rekey.join().unwrap();
            added
        });
        all_open(&house, &new, KEYS + added, &format!("{added} added"));
        house.is_whole("after the rekey");
    }
}

#[test]
fn a_weak_new_secret_key_and_one_open_to_others_are_refused_before_anything_is_done() {
    let house = House::founded();
    let key = house.key();
    let rekey = |new: &str| house.run(&["rekey", "--secret-key-file", &key, "--new-secret-key-file", new]);
    for weak in ["short\n", "changeme-changeme\n", ""] {
        rekey(&house.write("weak.key", weak, 0o600)).ends_with(3);
    }
    rekey(&house.write("open.key", "another key, new and long enough\n", 0o644)).refuses(3, "is open to others");
    house.run(&["rekey", "--secret-key-file", &key]).refuses(2, "no new SECRET_KEY is given");
    house.run(&["rekey", "--secret-key-file", &key, "--iterations", "599999"]).refuses(2, "are not accepted");
    house.run(&["doctor", "--secret-key-file", &key]).ends_with(0);
}
