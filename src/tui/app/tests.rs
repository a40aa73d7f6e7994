//! A secret on the screen: where it is, how long, and what makes it go.

use std::time::Duration;

use super::*;
use crate::{
    domain::{
        Timestamp,
        people::{Operator, Role},
    },
    ops::{disclose::Disclosed, failure::Failure, view::View},
    tui::{
        event::{Key, Keys, Modifiers, Mouse, MouseButton, MouseKind, Pasted},
        picture,
        rehearsal::{self, NOW, Rehearsal},
    },
    vault::Secret,
};

const CANARY: &str = "sk-FAKE-CANARY-on-the-screen-0123456789abcdefghijklmnopqrstuvwxyz-x9Kd";

/// The console of an admin whose cursor is on a key.
fn on_a_key() -> Console {
    let mut rehearsal = Rehearsal::with_secrets("ana.moreau", 80, 24);
    rehearsal.keys("g c j");
    Console { state: rehearsal.state, revealed: None }
}

fn keys(console: &mut Console, keys: &str) -> Vec<Effect> {
    keys.parse::<Keys>().unwrap().0.into_iter().flat_map(|key| console.update(Event::Key(key))).collect()
}

fn plain(fields: &[(&str, &str)]) -> Plain {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned())));
    Plain::new(Disclosed { key: "key".into(), fields: fields.collect() })
}

/// Asks for the secret under the cursor and brings it.
fn reveal(console: &mut Console) {
    let effects = keys(console, "S");
    let [Effect::Reveal { generation, .. }] = effects[..] else { panic!("{effects:?}") };
    assert!(console.over().is_none(), "nothing is shown before it is there");
    console.update(Event::Done(Done::Revealed { generation, secret: plain(&[("api_key", CANARY)]) }));
}

fn tick(console: &mut Console, seconds: u64) -> Vec<Effect> {
    let now: Timestamp = NOW.parse().unwrap();
    console.update(Event::Tick(now.checked_add(Duration::from_secs(seconds)).unwrap()))
}

/// Says whether the secret would be painted now.
fn shows(console: &Console) -> bool {
    let over = console.over();
    let painted = over.is_some_and(|over| over.pieces.iter().any(|(area, text)| *text == CANARY && !area.is_empty()));
    assert_eq!(painted, console.revealed.is_some(), "what is not on the screen is not kept either");
    painted
}

#[test]
fn a_secret_is_painted_over_the_frame_and_in_none() {
    let mut console = on_a_key();
    reveal(&mut console);
    assert!(shows(&console));
    let frame = rehearsal::frame(&console.state);
    let text = picture::text(&frame);
    assert!(text.contains("Secret of") && text.contains("hides in 15 s"), "{text}");
    assert!(!format!("{frame:?}{:?}", console.state).contains("CANARY"));
    // What is painted fits into the windows that the frame leaves for it.
    let over = console.over().unwrap();
    let (area, secret) = over.pieces[0];
    assert!(usize::from(area.width) * usize::from(area.height) >= secret.len());
    for position in area.positions() {
        assert_eq!(frame[position].symbol(), " ");
    }
}

#[test]
fn it_goes_after_fifteen_seconds_and_counts_them() {
    let mut console = on_a_key();
    reveal(&mut console);
    assert_eq!(console.next_tick(), Some(Duration::from_secs(1)));
    tick(&mut console, 14);
    assert!(shows(&console));
    assert!(picture::text(&rehearsal::frame(&console.state)).contains("hides in 1 s"));
    tick(&mut console, 15);
    assert!(!shows(&console) && console.state.overlays.is_empty());
}

#[test]
fn it_goes_with_whatever_comes_next() {
    let click = Mouse { kind: MouseKind::Down(MouseButton::Left), column: 3, row: 9, modifiers: Modifiers::default() };
    let wheel = Mouse { kind: MouseKind::ScrollDown, ..click };
    let goes: [(&str, Event<Done>); 9] = [
        ("the window is left", Event::FocusLost),
        ("esc", Event::Key("esc".parse::<Key>().unwrap())),
        ("enter", Event::Key("enter".parse::<Key>().unwrap())),
        ("another row", Event::Key('j'.into())),
        ("another screen", Event::Key('g'.into())),
        ("a click", Event::Mouse(click)),
        ("the wheel", Event::Mouse(wheel)),
        ("ctrl-c", Event::Key("ctrl-c".parse::<Key>().unwrap())),
        ("the vault is locked", Event::Done(Done::Vault(Ok(false)))),
    ];
    for (what, event) in goes {
        let mut console = on_a_key();
        reveal(&mut console);
        assert!(shows(&console));
        console.update(event);
        assert!(!shows(&console), "{what}");
        assert!(!console.state.finished, "{what}");
    }
    let mut console = on_a_key();
    reveal(&mut console);
    console.update(Event::Resize(120, 40));
    assert!(shows(&console), "another size is no reason, and the windows follow");
    console.update(Event::Paste(Pasted::new("x".to_owned())));
    console.update(Event::FocusGained);
    assert!(shows(&console));
}

#[test]
fn a_secret_that_comes_too_late_is_dropped() {
    let mut console = on_a_key();
    let effects = keys(&mut console, "S");
    let [Effect::Reveal { generation, .. }] = effects[..] else { panic!("{effects:?}") };
    console.update(Event::FocusLost);
    console.update(Event::Done(Done::Revealed { generation, secret: plain(&[("api_key", CANARY)]) }));
    assert!(!shows(&console));

    // Nor does it stand in for the one that is asked for by now.
    keys(&mut console, "S");
    console.update(Event::Done(Done::Revealed { generation, secret: plain(&[("api_key", CANARY)]) }));
    assert!(!shows(&console));
    let generation = console.state.generation;
    let failure = Failure::usage("it does not open");
    console.update(Event::Done(Done::NotRevealed { generation, failure }));
    assert!(console.state.overlays.is_empty());
    assert!(picture::text(&rehearsal::frame(&console.state)).contains("it does not open"));
}

#[test]
fn a_locked_vault_is_unlocked_first_and_then_the_secret_is_asked_for() {
    let mut console = on_a_key();
    console.update(Event::Done(Done::Vault(Ok(false))));
    assert!(keys(&mut console, "S").is_empty());
    assert!(picture::text(&rehearsal::frame(&console.state)).contains("Unlock the vault"));
    let wrong = Failure::usage("this SECRET_KEY is not the one of this database");
    console.update(Event::Done(Done::Vault(Err(wrong))));
    let effects = console.update(Event::Done(Done::Vault(Ok(true))));
    assert!(matches!(effects[..], [Effect::Reveal { .. }]), "{effects:?}");

    // Whoever leaves the question has changed their mind.
    let mut console = on_a_key();
    console.update(Event::Done(Done::Vault(Ok(false))));
    keys(&mut console, "S esc");
    assert!(console.update(Event::Done(Done::Vault(Ok(true)))).is_empty());
}

#[test]
fn a_copy_is_asked_to_be_forgotten_after_half_a_minute_or_at_the_end() {
    let mut console = on_a_key();
    let effects = keys(&mut console, "y s");
    assert!(matches!(effects[..], [Effect::CopySecret { field: None, .. }]), "{effects:?}");
    console.update(Event::Done(Done::Copied("main".into())));
    assert!(picture::text(&rehearsal::frame(&console.state)).contains("sent to your terminal"));
    assert!(tick(&mut console, 29).is_empty());
    let effects = tick(&mut console, 30);
    assert!(matches!(effects[..], [Effect::ClearClipboard]), "{effects:?}");
    assert!(tick(&mut console, 60).is_empty(), "once");

    console.update(Event::Done(Done::Copied("main".into())));
    console.update(Event::FocusLost);
    let effects = keys(&mut console, "ctrl-c ctrl-c");
    assert!(matches!(effects[..], [Effect::ClearClipboard]) && console.state.finished, "{effects:?}");
}

#[test]
fn of_several_fields_the_chosen_one_is_copied() {
    let mut console = on_a_key();
    let effects = keys(&mut console, "S");
    let [Effect::Reveal { generation, .. }] = effects[..] else { panic!("{effects:?}") };
    let secret = plain(&[("access_key", "AK-FAKE"), ("secret_key", CANARY)]);
    console.update(Event::Done(Done::Revealed { generation, secret }));
    assert!(shows(&console));
    let effects = keys(&mut console, "tab y");
    let [Effect::CopySecret { field: Some(field), .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(field, "secret_key");
}

#[test]
fn a_refused_look_is_put_on_record_and_where_there_is_no_secret_nobody_is_asked() {
    let view = View::rehearsed(Rehearsal::organisation(), "ana.moreau", false);
    let is_viewer = |it: &Operator| it.grants.iter().all(|grant| matches!(grant.role, Role::Viewer | Role::Auditor));
    let (_, viewer) = view.operators().find(|(_, it)| !it.grants.is_empty() && is_viewer(it)).unwrap();
    let mut rehearsal = Rehearsal::with_secrets(&viewer.login, 80, 24);
    rehearsal.keys("g c j");
    let mut console = Console { state: rehearsal.state, revealed: None };
    console.update(Event::Done(Done::Vault(Ok(false))));
    let effects = keys(&mut console, "S");
    assert!(matches!(effects[..], [Effect::Reveal { .. }]), "nobody unlocks anything to be refused: {effects:?}");

    let mut rehearsal = Rehearsal::new("ana.moreau", 80, 24);
    rehearsal.keys("g c j");
    let mut console = Console { state: rehearsal.state, revealed: None };
    assert!(keys(&mut console, "S").is_empty() && console.state.overlays.is_empty());
    assert!(picture::text(&rehearsal::frame(&console.state)).contains("has no secret"));
}
