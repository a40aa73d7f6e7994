//! Going to another workspace of the same database, and back.

use super::*;
use crate::tui::{action::Availability, state::finder::Source};

fn here(console: &Rehearsal) -> String {
    console.state.view().unwrap().workspace().name.to_string()
}

fn beside(others: &[&str]) -> Rehearsal {
    let mut console = admin();
    console.with_workspaces(others);
    console
}

#[test]
fn the_only_workspace_is_told_to_be_the_only_one() {
    let mut console = beside(&[]);
    let Availability::No(reason) = availability(&console.state, Action::Workspace) else { panic!() };
    assert!(reason.contains("keydeck init --workspace"), "{reason}");
    console.keys("g i");
    assert!(console.state.overlays.is_empty() && console.text().contains("see no other"), "{}", console.text());
}

#[test]
fn it_is_chosen_from_those_one_may_see_and_remembered_when_one_comes_back() {
    let mut console = beside(&["beta", "zeta"]);
    let home = here(&console);
    console.keys("g c / o p e n a i enter j j C j j space enter");
    let (filter, cursor) = (console.state.route().filter.text().to_owned(), console.state.route().list.cursor);
    let head = console.text().lines().nth(2).unwrap().to_owned();
    console.keys("g i");
    let Some(Overlay::Finder(finder)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    assert_eq!(finder.items.len(), 3);
    let at_home = finder.items.iter().find(|item| item.name == home).unwrap();
    assert_eq!(at_home.reason.as_deref(), Some("you are in it"));
    console.types("zet").keys("enter");
    assert_eq!(here(&console), "zeta");
    assert_eq!(console.state.route().screen, Screen::Workflows, "it opens as at the first time");
    assert!(console.text().contains("in zeta"), "{}", console.text());

    console.keys(":").types(&format!("ws {home}")).keys("enter");
    assert_eq!(here(&console), home);
    assert_eq!(console.state.route().screen, Screen::Credentials);
    assert_eq!((console.state.route().filter.text(), console.state.route().list.cursor), (&*filter, cursor));
    assert_eq!(console.text().lines().nth(2), Some(&*head), "columns are the person's own");
    let told: Vec<_> = console.state.journal.newest().flat_map(|deed| deed.commands.clone()).collect();
    assert!(told.contains(&"keydeck --workspace zeta".to_owned()), "{told:?}");
    assert!(told.contains(&format!("keydeck --workspace {home} list credentials")), "{told:?}");
}

#[test]
fn a_click_on_its_name_in_the_header_asks_for_another() {
    let mut console = beside(&["zeta"]);
    let column = console.text().lines().next().unwrap().find("in ").unwrap();
    let kind = MouseKind::Down(MouseButton::Left);
    let column = u16::try_from(column).unwrap();
    console.hear(Event::Mouse(Mouse { kind, column, row: 0, modifiers: Modifiers::NONE }));
    let asked = matches!(console.state.overlays.last(), Some(Overlay::Finder(it)) if it.source == Source::Arguments(Action::Workspace));
    assert!(asked, "{}", console.text());
}

#[test]
fn what_would_be_lost_keeps_one_here() {
    let mut console = beside(&["zeta"]);
    let home = here(&console);
    console.keys("g c a");
    console.hear(Event::Done(Done::MayEnter("zeta".to_owned())));
    assert_eq!(here(&console), home, "a form is open");
    console.keys("esc");
    console.hear(Event::Done(Done::Begun { number: 1, words: "Applying", can_stop: false, applies: true }));
    let Availability::No(reason) = availability(&console.state, Action::Workspace) else { panic!() };
    assert!(reason.contains("being written"), "{reason}");
    console.hear(Event::Done(Done::MayEnter("zeta".to_owned())));
    assert_eq!(here(&console), home);
    console.hear(Event::Done(Done::Ended(1)));
    console.keys(":").types("workspace zeta").keys("enter");
    assert_eq!(here(&console), "zeta");
    assert!(std::mem::take(&mut console.state.starts_over), "what was asked before is answered to nobody");
}
