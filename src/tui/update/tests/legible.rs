//! What can be read: where room is short, where nothing has to be written, where a key means nothing.

use super::*;
use crate::{domain::credential::SecretRef, ops::find::Thing};

#[test]
fn what_the_last_keys_did_leaves_the_list_where_it_is() {
    let mut console = Rehearsal::new("ana.moreau", 80, 24);
    console.keys("g b");
    assert!(console.text().contains("Customer Care"), "{}", console.text());
    console.keys("`");
    let text = console.text();
    assert!(text.contains("What the last keys did") && text.contains("Marketing"), "{text}");
}

#[test]
fn the_line_under_the_cursor_is_read_whole() {
    let mut console = Rehearsal::new("ana.moreau", 80, 24);
    console.keys("?").types("next-problem");
    let text = console.text();
    assert!(text.contains("Go to the next workflow that lacks a key"), "{text}");
    let mut wide = Rehearsal::new("ana.moreau", 120, 40);
    wide.keys("?").types("next-problem");
    let text = wide.text();
    assert_eq!(
        text.matches("Go to the next workflow that lacks a key").count(),
        1,
        "what has room is told once: {text}"
    );
}

#[test]
fn a_group_of_findings_says_what_it_means_where_nothing_is_to_mend() {
    let mut console = Rehearsal::new("ana.moreau", 110, 30);
    console.keys("g h");
    let text = console.text();
    let line =
        |code: &str| text.lines().find(|line| line.contains(code)).unwrap_or_else(|| panic!("{text}")).to_owned();
    assert!(line("expiring key").contains("A key in use expires soon"), "{text}");
}

#[test]
fn a_form_says_that_a_secret_stays_as_it_is() {
    let mut console = Rehearsal::with_secrets("ana.moreau", 120, 40);
    console.keys("g c");
    let Some(Thing::Credential(ix)) = console.state.thing() else { panic!("{}", console.text()) };
    assert!(matches!(console.state.view().unwrap().credential(ix).unwrap().secret, SecretRef::Sealed(_)));
    console.keys("e");
    let text = console.text();
    let line = |text: &str| text.lines().find(|line| line.contains("api key")).map(str::to_owned).unwrap();
    assert!(line(&text).contains("as it is") && !line(&text).contains("api key *"), "{text}");
    console.keys("tab tab");
    assert!(line(&console.text()).contains("or leave it as it is"), "{}", console.text());
    console.keys("esc g c a");
    assert!(!console.text().contains("as it is"), "{}", console.text());
}

#[test]
fn what_can_not_be_removed_says_why() {
    let mut console = admin();
    console.keys("g a D");
    assert!(console.text().contains("what was done stays on record"), "{}", console.text());
}

#[test]
fn budgets_are_written_as_money_and_sorted_by_it() {
    let mut console = Rehearsal::new("ana.moreau", 120, 40);
    console.keys("g d s").types("budget desc").keys("enter");
    let text = console.text();
    let place = |budget: &str| text.find(budget).unwrap_or_else(|| panic!("no {budget} in\n{text}"));
    assert!(place("$5,000.00 soft") < place("$800.00 soft"), "{text}");
}

#[test]
fn an_instance_names_its_owner_as_a_key_does() {
    let mut console = Rehearsal::new("ana.moreau", 120, 40);
    console.keys("g m");
    let text = console.text();
    assert!(text.contains("Marketing") && !text.contains("department/M"), "{text}");
}

#[test]
fn instants_are_told_to_the_second() {
    let mut console = Rehearsal::new("ana.moreau", 120, 40);
    console.keys("n j a enter ctrl-s enter enter g s");
    let text = console.text();
    let when = text.lines().find(|line| line.contains("when  ")).unwrap_or_else(|| panic!("{text}"));
    assert!(when.contains("Z)") && !when.rsplit('T').next().unwrap().contains('.'), "{when}");
}

#[test]
fn what_waits_for_the_vault_is_given_up_by_esc() {
    let mut console = Rehearsal::with_secrets("ana.moreau", 120, 40);
    console.keys("g c j j");
    (console.state.unlocked, console.state.has_key) = (false, true);
    let effects = run(&mut console.state, Action::Reveal, "", None);
    assert!(matches!(effects[..], [Effect::UnlockWithKeyAtHand]), "{effects:?}");
    let effects = run(&mut console.state, Action::Cancel, "", None);
    assert!(effects.is_empty() && console.state.route().screen == Screen::Credentials, "{effects:?}");
    let effects = update(&mut console.state, Event::Done(Done::Vault(Ok(true))));
    assert!(effects.is_empty() && console.state.unlocked, "no secret shows itself: {effects:?}");
}

#[test]
fn where_one_begins_the_footer_names_the_way_to_other_screens() {
    let footer = |console: &Rehearsal| console.text().lines().last().unwrap_or_default().to_owned();
    let console = Rehearsal::new("ana.moreau", 80, 24);
    assert!(footer(&console).contains("g go to") && footer(&console).contains("? help"), "{}", footer(&console));
}
