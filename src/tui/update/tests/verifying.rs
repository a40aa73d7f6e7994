//! Asking vendors from the list of keys: whom, what is unlocked before, how it is stopped, and what is told.

use crate::{
    domain::fact::Answer,
    ops::verify::VerifyRow,
    tui::{
        action::Action,
        effect::{Done, Effect},
        event::Event,
        rehearsal::Rehearsal,
        state::{Data, State, Waiting},
        update::{run, update},
    },
};

/// The list of keys, every one of which has a secret.
fn credentials() -> Rehearsal {
    let mut console = Rehearsal::with_secrets("ana.moreau", 180, 40);
    console.keys("g c");
    console
}

fn row(key: &str, answer: Option<Answer>) -> VerifyRow {
    let why = "the vendor refused it (401)".to_owned();
    let at = crate::tui::rehearsal::NOW.parse().unwrap();
    VerifyRow { key: key.to_owned(), provider: None, next: false, answer, why, at, failure: None }
}

fn data(state: &State) -> Data {
    state.data.clone().unwrap()
}

#[test]
fn the_key_under_the_cursor_is_asked_about_or_every_marked_one() {
    let mut console = credentials();
    let one = run(&mut console.state, Action::Verify, "", None);
    assert!(matches!(&one[..], [Effect::Verify { keys, .. }] if keys.len() == 1), "{one:?}");
    assert!(console.text().contains("ASKING 0/1 · ESC STOPS"), "{}", console.text());
    let again = run(&mut console.state, Action::Verify, "", None);
    assert!(again.is_empty(), "one question at a time");
    let stop = run(&mut console.state, Action::Cancel, "", None);
    assert!(matches!(stop[..], [Effect::StopVerifying]), "{stop:?}");

    let mut console = credentials();
    console.keys("space space space");
    let three = run(&mut console.state, Action::Verify, "", None);
    assert!(matches!(&three[..], [Effect::Verify { keys, .. }] if keys.len() == 3), "{three:?}");
}

#[test]
fn the_vault_is_unlocked_first() {
    let mut console = credentials();
    console.state.unlocked = false;
    assert!(run(&mut console.state, Action::Verify, "", None).is_empty(), "SECRET_KEY is asked for");
    assert!(matches!(console.state.when_unlocked, Some(Waiting::Verify(..))));
    let effects = update(&mut console.state, Event::Done(Done::Vault(Ok(true))));
    assert!(matches!(effects[..], [Effect::Verify { .. }]), "{effects:?}");
}

#[test]
fn progress_and_answers_are_told_and_late_ones_dropped() {
    let mut console = credentials();
    console.keys("space space");
    run(&mut console.state, Action::Verify, "", None);
    let generation = console.state.verifying.unwrap().generation;
    update(&mut console.state, Event::Done(Done::Answered { generation: generation + 1, done: 9 }));
    update(&mut console.state, Event::Done(Done::Answered { generation, done: 1 }));
    assert!(console.text().contains("ASKING 1/2"), "{}", console.text());
    let rows = vec![row("a", Some(Answer::Works)), row("b", Some(Answer::Refused))];
    let data = data(&console.state);
    update(&mut console.state, Event::Done(Done::Verified { generation, rows, data }));
    assert!(console.state.verifying.is_none());
    assert!(console.text().contains("2 keys: 1 works · 1 refused"), "{}", console.text());
}

#[test]
fn one_answer_is_told_with_its_reason() {
    let mut console = credentials();
    console.keys("V");
    assert!(console.text().contains("anthropic-board: refused · the vendor refused it"), "{}", console.text());
    assert!(console.state.verifying.is_none());
}
