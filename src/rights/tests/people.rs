//! Changes of operators: nobody rises by their own hand, and somebody is always left.

use super::*;
use crate::domain::change::Change;

fn judge(actor: &[Grant], was: &Operator, will: Option<Operator>) -> Result<(), Why> {
    let before = organisation(actor);
    let change = match will {
        Some(will) => Change::edit(was.clone(), will).expect("a difference"),
        None => Change::remove(was.clone()),
    };
    let after = before.with_changes([&change], None);
    Attempt::new(&before, &after, alice(&before), false).check(&change).map_err(|denial| denial.why)
}

fn bob() -> Operator {
    operator("bob", &[on(Role::Member, "Payroll")])
}

#[test]
fn only_admins_of_the_whole_workspace_change_people() {
    let grown = operator("bob", &[on(Role::Admin, "Finance")]);
    assert_eq!(judge(&[whole(Role::Admin)], &bob(), Some(grown.clone())), Ok(()));
    assert_eq!(judge(&[on(Role::Admin, "Corporate")], &bob(), Some(grown.clone())), Err(Why::WholeWorkspace));
    assert_eq!(judge(&[whole(Role::Assigner)], &bob(), Some(grown)), Err(Why::Role));
    assert_eq!(judge(&[whole(Role::Admin)], &bob(), None), Ok(()));
}

#[test]
fn nobody_grants_more_than_they_hold() {
    let elsewhere = Grant { role: Role::Viewer, on: GrantScope::Workspace(id("other")) };
    let admin = whole(Role::Admin);
    for grant in [KEEPER, elsewhere, on(Role::Viewer, "Unheard of")] {
        assert_eq!(judge(&[admin], &bob(), Some(operator("bob", &[grant]))), Err(Why::GrantsMore), "{grant:?}");
    }
    assert_eq!(judge(&[admin, KEEPER], &bob(), Some(operator("bob", &[KEEPER]))), Ok(()));
    let own = operator("alice", &[admin]);
    assert_eq!(judge(&[admin], &own, Some(operator("alice", &[admin, KEEPER]))), Err(Why::GrantsMore));
}

#[test]
fn nobody_edits_one_who_holds_more() {
    let root = operator("root", &[whole(Role::Admin), KEEPER]);
    let key = Operator { ssh_keys: vec!["ssh-ed25519 AAAA".into()], ..root.clone() };
    assert_eq!(judge(&[whole(Role::Admin)], &root, Some(key.clone())), Err(Why::HoldsMore));
    assert_eq!(judge(&[whole(Role::Admin)], &root, None), Err(Why::HoldsMore));
    assert_eq!(judge(&[whole(Role::Admin), KEEPER], &root, Some(key)), Ok(()));
}

#[test]
fn the_last_admin_and_the_last_keeper_stay() {
    let before = organisation(&[]);
    let root = operator("root", &[whole(Role::Admin), KEEPER]);
    let judge = |will: &[Grant]| {
        let change = Change::edit(root.clone(), operator("root", will)).unwrap();
        let after = before.with_changes([&change], None);
        Attempt::new(&before, &after, who(&before, "root"), false).check(&change).map_err(|denial| denial.why)
    };
    assert_eq!(judge(&[KEEPER]), Err(Why::LastAdmin));
    assert_eq!(judge(&[whole(Role::Admin)]), Err(Why::LastKeeper));
    assert_eq!(judge(&[whole(Role::Admin), KEEPER, on(Role::Viewer, "Sales")]), Ok(()));
}
