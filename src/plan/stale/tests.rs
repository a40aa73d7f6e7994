use super::*;
use crate::{
    domain::{
        assignment::{Assignment, Scope, Strength, Target},
        credential::{Credential, Owner, State},
        people::Department,
    },
    rights::fixture::*,
};

fn look(theirs: &[Change], mine: &[Change]) -> Review {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    review(&organisation(&[]), theirs, mine, now, &Inputs::default())
}

fn assign(word: &str, key: &str) -> Change {
    Change::add(rule(word, Scope::Workflow(id("leads")), Target::Key(id(key))))
}

fn everybody(edit: impl FnOnce(&mut Assignment)) -> Change {
    let old = rule("everybody", Scope::Workspace, Target::Key(id("key-system")));
    let mut new = old.clone();
    edit(&mut new);
    Change::edit(old, new).unwrap()
}

fn disable(name: &str, owner: Owner) -> Change {
    let old = credential(name, owner);
    Change::edit(old.clone(), Credential { state: State::Disabled, ..old }).unwrap()
}

#[test]
fn what_is_about_something_else_does_not_matter() {
    let costs = Department { cost_centre: Some("4100".into()), ..department("Finance", Some("Corporate")) };
    let theirs = Change::edit(department("Finance", Some("Corporate")), costs).unwrap();
    let review = look(&[theirs], &[assign("mine", "key-sales")]);
    assert_eq!(review.ground, Ground::Untouched);
    assert_eq!(review.effects.count(What::Moves), 1);
}

#[test]
fn another_effect_touches() {
    let theirs = disable("key-sales", Owner::Department(id("Sales")));
    let review = look(&[theirs], &[assign("mine", "key-sales")]);
    assert_eq!((review.ground, review.effects.count(What::StartsToFail)), (Ground::Touched, 1));
}

#[test]
fn what_others_did_in_the_same_way_is_done() {
    let same = everybody(|rule| rule.strength = Strength::Preferred);
    let review = look(std::slice::from_ref(&same), &[same.clone(), assign("mine", "key-sales")]);
    assert_eq!((review.ground, review.changes.len()), (Ground::Touched, 1));
}

#[test]
fn one_rule_changed_by_both_is_shown_three_ways() {
    let theirs = everybody(|rule| rule.target = Target::Key(id("key-lent")));
    let mine = everybody(|rule| rule.target = Target::Deny);
    let review = look(std::slice::from_ref(&theirs), std::slice::from_ref(&mine));
    assert_eq!(review.ground, Ground::Conflict);
    let [clash] = &review.clashes[..] else { panic!("one clash: {:?}", review.clashes) };
    assert_eq!(clash.base.as_ref(), mine.before());
    assert_eq!(clash.theirs.as_ref(), theirs.after());
    assert_eq!(clash.mine.as_ref(), mine.after());
    assert_eq!(review.refusals, []);
}

#[test]
fn two_answers_to_one_question_clash() {
    let review = look(&[assign("theirs", "key-lent")], &[assign("mine", "key-sales")]);
    assert_eq!((review.ground, review.clashes.len(), review.refusals.len()), (Ground::Conflict, 1, 0));
    assert_eq!(review.clashes[0].base, None);
}

#[test]
fn what_others_took_away_leaves_no_room() {
    let gone = Change::remove(credential("key-bob", Owner::Operator(id("bob"))));
    let review = look(&[gone], &[assign("mine", "key-bob")]);
    assert_eq!(review.ground, Ground::Conflict);
    assert_eq!(review.refusals.iter().map(|refusal| refusal.fault).collect::<Vec<_>>(), [Fault::Dangling]);
}

#[test]
fn what_was_staged_on_what_others_left_does_not_clash() {
    let theirs = everybody(|rule| rule.target = Target::Key(id("key-lent")));
    let mine = Change::edit(theirs.after().unwrap().clone(), rule("everybody", Scope::Workspace, Target::Deny).into());
    let review = look(&[theirs], &[mine.unwrap()]);
    assert_ne!(review.ground, Ground::Conflict, "{review:?}");
}

#[test]
fn keeping_mine_leaves_no_clash_and_takes_theirs_back() {
    let lent = everybody(|rule| rule.target = Target::Key(id("key-lent")));
    let both_edit = (lent, everybody(|rule| rule.target = Target::Deny));
    let both_answer = (assign("theirs", "key-lent"), assign("mine", "key-sales"));
    let own = Owner::Operator(id("alice"));
    let removed = (Change::remove(credential("key-alice", own)), disable("key-alice", own));
    for (theirs, mine) in [both_edit, both_answer, removed] {
        let review = look(std::slice::from_ref(&theirs), std::slice::from_ref(&mine));
        let [clash] = &review.clashes[..] else { panic!("one clash: {review:?}") };
        let kept = clash.keep_mine();
        let again = look(std::slice::from_ref(&theirs), &kept);
        assert_eq!((again.clashes.len(), again.refusals.len()), (0, 0), "{again:?}");
        let after = organisation(&[]).with_changes([&theirs], None).with_changes(&kept, None);
        assert_eq!(after.record(mine.kind(), mine.uuid()).as_ref(), mine.after());
    }
}
