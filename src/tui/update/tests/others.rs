//! Stories with others: they apply, approve and change the same things, and the database goes and comes back.

use super::*;
use crate::{
    domain::{change::Change, people::Workspace, workflow::Node},
    ops::{
        approval::{Approver, Waiting},
        failure::{Failure, Kind},
        staging::Staged,
    },
    store::Revision,
    tui::{
        action::Availability,
        rehearsal::NOW,
        state::{Data, others::Unresolved},
    },
};

/// Changes the note of the node that the console has staged a key for.
pub(super) fn note_on_the_node(console: &Rehearsal) -> Change {
    let (_, change) = &console.state.staging.changes[0];
    let Some(Record::Node(before)) = change.before().cloned() else { panic!("{change:?}") };
    Change::edit(before.clone(), Node { note: Some("theirs".into()), ..before }).unwrap()
}

/// Renames a workflow that nothing staged is about.
pub(super) fn elsewhere(console: &Rehearsal) -> Change {
    let view = console.state.view().unwrap();
    let (_, workflow) = view.workflows().last().unwrap();
    let mut after = workflow.clone();
    after.note = Some("elsewhere".into());
    Change::edit(workflow.clone(), after).unwrap()
}

fn with_a_staged_key() -> Rehearsal {
    let mut console = at_a_problem();
    console.keys("a enter");
    assert!(matches!(console.state.staging.changes[0].1.before(), Some(Record::Node(_))));
    console
}

#[test]
fn what_touches_nothing_is_told_where_one_applies() {
    let mut console = with_a_staged_key();
    let change = elsewhere(&console);
    console.others_apply("bob", vec![change]);
    console.keys("g s");
    assert!(console.text().contains("1 revision behind, none touches your plan"), "{}", console.text());
    console.keys("ctrl-s");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Apply(_))));
    assert!(console.text().contains("1 revision was applied since revision 1: it does not touch this."));
}

#[test]
fn what_both_changed_is_decided_before_anything_is_applied() {
    let mut console = with_a_staged_key();
    let change = note_on_the_node(&console);
    console.others_apply("bob", vec![change]);
    console.keys("g s");
    assert!(console.text().contains("1 revision behind, 1 touches your plan"), "{}", console.text());
    console.keys("ctrl-s");
    let text = console.text();
    assert!(text.contains("You and bob changed one thing") && text.contains("Keep bob's"), "{text}");
    console.keys("enter");
    assert!(console.state.overlays.is_empty(), "Cancel comes first");
    assert_eq!(console.state.staging.changes.len(), 1);
    console.keys("ctrl-s tab tab enter");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Apply(_))), "then it is applied as usual");
    console.keys("esc");

    let mut console = with_a_staged_key();
    let change = note_on_the_node(&console);
    console.others_apply("bob", vec![change]);
    console.keys("ctrl-s tab enter");
    assert!(console.state.staging.changes.is_empty() && console.state.overlays.is_empty(), "theirs stays");
}

/// The admin in a workspace that wants approval.
pub(super) fn strict() -> Rehearsal {
    let catalogue = Rehearsal::organisation();
    let before = catalogue.workspace().clone();
    let policy = Change::edit(before.clone(), Workspace { approval: true, ..before }).unwrap();
    let view = View::rehearsed(catalogue.with_changes([&policy], None), "ana.moreau", false);
    Rehearsal::over(view, "keydeck-dark", 180, 40)
}

#[test]
fn a_set_waits_for_approval_and_says_by_whom_it_came() {
    let mut console = strict();
    console.keys("n j a enter g s");
    assert!(console.text().contains("waits for approval"));
    console.keys("ctrl-s");
    assert!(console.state.overlays.is_empty());
    console.approvals = vec![Approver { login: "bob".into(), at: NOW.parse().unwrap() }];
    console.hear(Event::Done(Done::Stirred));
    assert!(console.text().contains("approved by bob") && console.text().contains("bob approved what you staged"));
    console.keys("ctrl-s");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Apply(_))));
}

#[test]
fn what_others_staged_is_looked_at_and_approved() {
    let mut console = strict();
    let changes = vec![(0, elsewhere(&console))];
    let staged = Staged { base_revision: 1, updated_at: Some(NOW.parse().unwrap()), changes };
    console.waiting = vec![Waiting::rehearsed("bob", staged)];
    console.hear(Event::Done(Done::Stirred));
    assert!(console.text().contains("1 change set of others waits for approval"));
    console.keys("g s");
    assert!(console.text().contains("bob has staged 1 change"), "{}", console.text());
    console.keys("a");
    assert!(console.text().contains("Approve what bob staged?") && console.text().contains("elsewhere"));
    console.keys("enter");
    assert_eq!(console.state.waiting.len(), 1, "Cancel comes first");
    console.keys("a tab enter");
    assert!(console.state.waiting.is_empty());
    assert!(console.text().contains("bob can apply it as it is"));
}

#[test]
fn an_undo_that_others_stand_in_the_way_of_is_explained_and_not_forgotten() {
    let mut console = with_a_staged_key();
    console.keys("ctrl-s enter enter");
    assert_eq!(console.state.deeds.applied, [2]);
    console.stubborn = true;
    console.keys("u");
    let text = console.text();
    assert!(
        text.contains("Not done") && text.contains("9: Rename it") && text.contains("undo the later ones"),
        "{text}"
    );
    console.keys("enter");
    assert!(console.state.overlays.is_empty());
    console.stubborn = false;
    console.keys("u");
    assert_eq!(console.state.view().unwrap().revision(), 3, "once it can be, it is undone");
}

fn unreachable() -> Failure {
    Failure::new(Kind::Unavailable, "the database can't be reached: no such file")
}

fn data(console: &Rehearsal) -> Data {
    Data::of(console.state.view().unwrap().clone())
}

#[test]
fn without_a_database_one_looks_around_and_writes_nothing() {
    let mut console = with_a_staged_key();
    console.hear(Event::Done(Done::Lost(unreachable())));
    console.hear(Event::Done(Done::Lost(unreachable())));
    let text = console.text();
    assert!(text.contains("NO DATABASE SINCE 09:30 UTC") && text.contains("trying again"), "{text}");
    console.keys("g c");
    assert_eq!(console.state.route().screen, Screen::Credentials);
    let Availability::No(reason) = availability(&console.state, Action::Apply) else { panic!("nothing is applied") };
    assert!(reason.contains("no such file"), "{reason}");
    let effects = run(&mut console.state, Action::Undo, "", None);
    assert!(effects.iter().any(Effect::writes));
    console.keys("u");
    assert_eq!(console.state.staging.changes.len(), 1, "what would write is held back");
    assert!(console.text().contains("Nothing can be written"), "{}", console.text());

    let (data, staged) = (data(&console), Staged { base_revision: 1, ..Staged::default() });
    console.hear(Event::Done(Done::Back { data, staged, log: Vec::new() }));
    assert!(!console.text().contains("NO DATABASE"));
    assert!(console.text().contains("The database is back; nothing was applied meanwhile"));
}

#[test]
fn an_apply_of_unknown_outcome_is_resolved_when_the_database_is_back() {
    for written in [true, false] {
        let mut console = with_a_staged_key();
        let sent = Staged { base_revision: 1, updated_at: None, changes: console.state.staging.changes.clone() };
        let what = Unresolved::Apply { after: 1, message: "because".to_owned(), staged: sent.clone() };
        let failure = Failure::new(Kind::Unavailable, "whether it was written is unknown");
        console.hear(Event::Done(Done::Unknown { what, failure }));
        assert!(console.text().contains("is unknown"));
        let revision = Revision {
            number: 2,
            author: None,
            login: "ana.moreau".into(),
            at: NOW.parse().unwrap(),
            message: "because".into(),
            reverts: None,
            plan: None,
            digest: Default::default(),
        };
        let (staged, log) = if written { (Staged::default(), vec![revision]) } else { (sent, Vec::new()) };
        let back = Done::Back { data: data(&console), staged, log };
        console.hear(Event::Done(back));
        let said = if written { "it is revision 2" } else { "it was not written" };
        assert!(console.text().contains(said), "{}", console.text());
        assert_eq!(console.state.unresolved, None);
    }
}
