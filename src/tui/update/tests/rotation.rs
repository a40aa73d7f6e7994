//! Rotation in steps, and the emergency.

use super::*;
use crate::{
    domain::fact::Answer,
    ops::verify::Which,
    tui::{effect::Step, state::rotation::Choice, update::rotating},
};

const SECRET: &str = "sk-proj-Rot8-never-to-be-seen";

/// The admin at a key that has a secret.
fn at_a_key() -> Rehearsal {
    let mut console = Rehearsal::with_secrets("ana.moreau", 120, 40);
    console.keys("g c /").types("state:active provider:openai").keys("enter");
    console
}

/// Presses a key, and returns what is asked for outside.
fn press(console: &mut Rehearsal, code: KeyCode) -> Vec<Effect> {
    update(&mut console.state, Event::Key(Key::plain(code)))
}

#[test]
fn a_new_secret_is_asked_for_alone_and_stays_unseen() {
    let mut console = at_a_key();
    console.keys("R");
    assert!(console.text().contains("beside the one in use"), "{}", console.text());
    let effects = press(&mut console, KeyCode::Enter);
    assert!(effects.is_empty() && console.text().contains("no new secret was given"), "{}", console.text());
    console.pastes(SECRET);
    let (seen, kept) = (console.text(), format!("{:?}", console.state));
    assert!(seen.contains("••••••••") && !seen.contains("Rot8") && !kept.contains("Rot8"), "{seen}");
    let effects = press(&mut console, KeyCode::Enter);
    let [Effect::Rotate { step: Step::Store(fields), .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(fields.len(), 1);
    assert!(!format!("{effects:?}").contains("Rot8"));
    assert!(console.state.overlays.is_empty());
}

#[test]
fn a_locked_vault_is_unlocked_first_and_then_the_secret_goes_on() {
    let mut console = at_a_key();
    console.state.unlocked = false;
    console.keys("R").pastes(SECRET);
    let effects = press(&mut console, KeyCode::Enter);
    assert!(effects.is_empty() && matches!(console.state.overlays.last(), Some(Overlay::Unlock(_))));
    let effects = update(&mut console.state, Event::Done(Done::Vault(Ok(true))));
    assert!(matches!(effects.as_slice(), [Effect::Rotate { step: Step::Store(_), .. }]), "{effects:?}");
}

#[test]
fn each_step_asks_for_what_it_needs() {
    let mut console = at_a_key();
    let Some(crate::ops::find::Thing::Credential(key)) = console.state.thing() else { panic!() };
    let effects = rotating::choose(&mut console.state, key, Choice::Tested(Answer::Works));
    assert!(matches!(effects.as_slice(), [Effect::Rotate { step: Step::Tested(Answer::Works), .. }]));
    let effects = rotating::choose(&mut console.state, key, Choice::Promote { untested: false });
    assert!(matches!(effects.as_slice(), [Effect::Rotate { step: Step::Promote { untested: false }, .. }]));
    let effects = rotating::choose(&mut console.state, key, Choice::Ask);
    let [Effect::Verify { keys, which: Which::Next, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(keys.len(), 1);
    console.state.verifying = None;
    console.state.unlocked = false;
    let effects = rotating::choose(&mut console.state, key, Choice::Promote { untested: true });
    assert!(effects.is_empty() && matches!(console.state.overlays.last(), Some(Overlay::Unlock(_))));
    let effects = update(&mut console.state, Event::Done(Done::Vault(Ok(true))));
    assert!(matches!(effects.as_slice(), [Effect::Rotate { step: Step::Promote { untested: true }, .. }]));
    console.state.unlocked = false;
    let effects = rotating::choose(&mut console.state, key, Choice::Ask);
    assert!(effects.is_empty() && matches!(console.state.overlays.last(), Some(Overlay::Unlock(_))));
    let effects = update(&mut console.state, Event::Done(Done::Vault(Ok(true))));
    assert!(matches!(effects.as_slice(), [Effect::Verify { which: Which::Next, .. }]), "{effects:?}");
    let effects = rotating::choose(&mut console.state, key, Choice::Abandon);
    assert!(effects.is_empty() && matches!(console.state.overlays.last(), Some(Overlay::Confirm(_))), "it asks first");
    console.keys("tab");
    let effects = press(&mut console, KeyCode::Enter);
    assert!(matches!(effects.as_slice(), [Effect::Rotate { step: Step::Abandon, .. }]), "{effects:?}");
}

#[test]
fn a_key_without_a_secret_is_not_rotated_and_says_why() {
    let mut console = admin();
    console.keys("g c");
    let reason = availability(&console.state, Action::Rotate);
    assert!(reason.reason().unwrap().contains("no secret to replace"), "{reason:?}");
}

#[test]
fn in_an_emergency_the_name_is_typed_and_the_damage_is_told() {
    let mut console = at_a_key();
    console.keys("g c s").types("uses desc").keys("enter home !");
    let Some(Overlay::Confirm(confirm)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    let name = confirm.dialog.name.clone().unwrap();
    console.keys("tab enter");
    assert_eq!(console.state.view().unwrap().revision(), 1, "not without the name");
    console.types(&name).keys("enter");
    assert_eq!(console.state.view().unwrap().revision(), 2, "{}", console.text());
    let text = console.text();
    assert!(text.contains(&format!("{name} is revoked")) && text.contains("nodes"), "{text}");
    assert!(console.state.staging.changes.is_empty());
    console.keys("enter");
    assert!(console.state.overlays.is_empty());
    let key = console.state.view().unwrap().credentials().find(|(_, key)| *key.name == *name).unwrap().1.state;
    assert_eq!(key, KeyState::Revoked);
}
