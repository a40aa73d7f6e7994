//! The rights that each kind of change takes.

use super::*;
use crate::domain::{
    assignment::{Assignment, Scope, Target},
    change::Change,
    credential::{Credential, Instance, Owner, SecretRef, State},
    money::{Budget, BudgetKind, MicroDollars},
    people::Department,
    workflow::{Node, Ownership, Workflow},
};

/// Judges changes by alice, who holds `grants`.
fn judge(grants: &[Grant], changes: &[Change]) -> Result<(), Why> {
    let before = organisation(grants);
    judge_on(&before, changes, false)
}

fn judge_on(before: &Catalogue, changes: &[Change], reinstate: bool) -> Result<(), Why> {
    let after = before.with_changes(changes, None);
    Attempt::new(before, &after, alice(before), reinstate).check_all(changes).map_err(|denial| denial.why)
}

fn record<T: Clone>(found: Option<&T>) -> T {
    found.expect("a thing of the organisation").clone()
}

fn edit_key(name: &str, edit: impl FnOnce(&mut Credential)) -> Change {
    let before = record(organisation(&[]).credentials().by_id(id(name)));
    let mut after = before.clone();
    edit(&mut after);
    Change::edit(before, after).expect("a difference")
}

fn edit_workflow(name: &str, edit: impl FnOnce(&mut Workflow)) -> Change {
    let before = record(organisation(&[]).workflows().by_id(id(name)));
    let mut after = before.clone();
    edit(&mut after);
    Change::edit(before, after).expect("a difference")
}

fn assign(scope: Scope, key: &str) -> Change {
    Change::add(rule("new", scope, Target::Key(id(key))))
}

#[test]
fn members_assign_their_own_keys_to_their_own_workflows() {
    let member = [on(Role::Member, "Finance")];
    let own = Scope::Workflow(id("pitch"));
    assert_eq!(judge(&member, &[assign(own, "key-alice")]), Ok(()));
    assert_eq!(judge(&member, &[assign(Scope::Owner(id("alice")), "key-alice")]), Ok(()));
    assert_eq!(judge(&member, &[assign(own, "key-system")]), Err(Why::OwnKeysOnly));
    assert_eq!(judge(&member, &[assign(Scope::Workflow(id("payslips")), "key-alice")]), Err(Why::Scope));
    assert_eq!(judge(&member, &[Change::add(rule("new", own, Target::Deny))]), Err(Why::OwnKeysOnly));
}

#[test]
fn a_members_rule_may_not_replace_somebody_elses() {
    let theirs = rule("theirs", Scope::Workflow(id("pitch")), Target::Key(id("key-system")));
    let before = after(&organisation(&[on(Role::Member, "Sales")]), &Change::add(theirs.clone()));
    let mine = Assignment { target: Target::Key(id("key-alice")), ..theirs.clone() };
    let replaced = Change::edit(theirs.clone(), mine).unwrap();
    assert_eq!(judge_on(&before, &[replaced], false), Err(Why::OwnKeysOnly));
    assert_eq!(judge_on(&before, &[Change::remove(theirs)], false), Err(Why::OwnKeysOnly));
}

#[test]
fn assigners_assign_in_their_subtree_what_they_may_use() {
    let assigner = [on(Role::Assigner, "Finance")];
    let payslips = Scope::Workflow(id("payslips"));
    assert_eq!(judge(&assigner, &[assign(payslips, "key-payroll")]), Ok(()));
    assert_eq!(judge(&assigner, &[assign(payslips, "key-system")]), Ok(()));
    assert_eq!(judge(&assigner, &[assign(payslips, "key-lent")]), Ok(()));
    assert_eq!(judge(&assigner, &[assign(payslips, "key-sales")]), Err(Why::Target));
    assert_eq!(judge(&assigner, &[assign(payslips, "key-bob")]), Err(Why::Target));
    assert_eq!(judge(&assigner, &[assign(Scope::Department(id("Finance")), "key-system")]), Ok(()));
    assert_eq!(judge(&assigner, &[assign(Scope::Department(id("Corporate")), "key-system")]), Err(Why::Scope));
    assert_eq!(judge(&assigner, &[assign(Scope::Owner(id("bob")), "key-system")]), Err(Why::Scope));
    assert_eq!(judge(&assigner, &[assign(Scope::System, "key-system")]), Err(Why::Role));
    let whole = [whole(Role::Assigner)];
    assert_eq!(judge(&whole, &[assign(Scope::Owner(id("bob")), "key-system")]), Ok(()));
    assert_eq!(judge(&whole, &[assign(Scope::Workspace, "key-system")]), Err(Why::Role));
    let hidden = Change::add(pool("hidden", &[("key-sales", 1)]));
    let through_pool = Change::add(rule("new", payslips, Target::Pool(id("hidden"))));
    let before = after(&organisation(&assigner), &hidden);
    assert_eq!(judge_on(&before, &[through_pool], false), Err(Why::Target));
}

#[test]
fn a_nodes_key_is_an_assignment_and_the_rest_of_it_structure() {
    let with = |edit: &dyn Fn(&mut Node)| {
        let before = node("pitch");
        let mut after = before.clone();
        edit(&mut after);
        Change::edit(before, after).unwrap()
    };
    let own = with(&|node| node.key = Some(id("key-alice")));
    let other = with(&|node| node.key = Some(id("key-system")));
    let variable = with(&|node| node.variable = "env.key".parse().ok());
    let runs = with(&|node| node.runs = 9);
    let member = [on(Role::Member, "Finance")];
    assert_eq!(judge(&member, std::slice::from_ref(&own)), Ok(()));
    assert_eq!(judge(&member, std::slice::from_ref(&other)), Err(Why::OwnKeysOnly));
    assert_eq!(judge(&member, std::slice::from_ref(&variable)), Err(Why::OwnKeysOnly));
    assert_eq!(judge(&member, std::slice::from_ref(&runs)), Err(Why::Role));
    let sales = [on(Role::Assigner, "Sales")];
    assert_eq!(judge(&sales, &[variable]), Ok(()));
    assert_eq!(judge(&sales, &[own]), Ok(()), "alice may use her own");
    assert_eq!(judge(&[on(Role::Admin, "Sales")], &[runs]), Ok(()));
}

#[test]
fn each_part_of_a_key_takes_its_own_right() {
    let member = [on(Role::Member, "Finance")];
    let admin = [on(Role::Admin, "Finance")];
    let reference = |key: &mut Credential| key.secret = SecretRef::External("env:OPENAI_KEY".parse().unwrap());
    let budget = |key: &mut Credential| {
        key.budget = Some(Budget { monthly: MicroDollars(1), kind: BudgetKind::Hard });
    };
    assert_eq!(judge(&member, &[edit_key("key-alice", |key| key.name = "mine".into())]), Ok(()));
    assert_eq!(judge(&member, &[edit_key("key-alice", |key| key.owner = Owner::System)]), Err(Why::Role));
    assert_eq!(judge(&member, &[edit_key("key-alice", budget)]), Err(Why::Role));
    assert_eq!(judge(&member, &[edit_key("key-alice", reference)]), Err(Why::Role));
    assert_eq!(judge(&admin, &[edit_key("key-payroll", budget)]), Ok(()));
    assert_eq!(judge(&admin, &[edit_key("key-payroll", reference)]), Err(Why::WholeWorkspace));
    assert_eq!(judge(&admin, &[edit_key("key-payroll", |key| key.owner = Owner::System)]), Err(Why::WholeWorkspace));
    assert_eq!(
        judge(&admin, &[edit_key("key-sales", |key| key.owner = Owner::Department(id("Finance")))]),
        Err(Why::Scope)
    );
    assert_eq!(judge(&[whole(Role::Admin)], &[edit_key("key-payroll", reference)]), Ok(()));
    let assigner = [on(Role::Assigner, "Finance")];
    assert_eq!(judge(&assigner, &[edit_key("key-payroll", |key| key.state = State::Revoked)]), Ok(()));
    assert_eq!(judge(&assigner, &[edit_key("key-payroll", |key| key.name = "x".into())]), Err(Why::Role));
    let bobs = Change::add(credential("planted", Owner::Operator(id("bob"))));
    assert_eq!(judge(&admin, &[bobs]), Err(Why::Private));
}

#[test]
fn leaving_revoked_is_asked_for_expressly_and_an_admins() {
    let revoke = edit_key("key-alice", |key| key.state = State::Revoked);
    for (grant, expected) in [(on(Role::Member, "Finance"), Err(Why::Role)), (whole(Role::Admin), Ok(()))] {
        let before = after(&organisation(&[grant]), &revoke);
        let back = revoke.clone().invert();
        assert_eq!(judge_on(&before, std::slice::from_ref(&back), false), Err(Why::NotAskedFor));
        assert_eq!(judge_on(&before, &[back], true), expected);
    }
}

#[test]
fn what_a_change_says_of_itself_does_not_count() {
    let lie = Credential { owner: Owner::Operator(id("alice")), ..credential("key-sales", Owner::System) };
    let stolen = Change::add(lie);
    assert_eq!(judge(&[on(Role::Member, "Finance")], &[stolen]), Err(Why::Role));
}

#[test]
fn naming_an_owner_needs_to_be_them() {
    let name = |login: &str| {
        let owner = Ownership::Named(Owner::Operator(id(login)));
        edit_workflow("payslips", |workflow| workflow.owner = owner)
    };
    let admin = [on(Role::Admin, "Finance")];
    assert_eq!(judge(&admin, &[name("alice")]), Ok(()));
    assert_eq!(judge(&admin, &[name("bob")]), Err(Why::NamesOther));
    assert_eq!(judge(&[whole(Role::Admin)], &[name("bob")]), Ok(()));
}

#[test]
fn things_move_between_departments_by_rights_on_both_sides() {
    let admin = [on(Role::Admin, "Finance")];
    let workflow = edit_workflow("payslips", |it| it.department = Some(id("Sales")));
    assert_eq!(judge(&admin, &[workflow]), Err(Why::Scope));
    let joins = edit_workflow("payslips", |it| it.app = Some(id("crm")));
    assert_eq!(judge(&admin, &[joins]), Err(Why::Scope));
    let payroll = department("Payroll", Some("Finance"));
    let to = |parent: Option<&str>| {
        Change::edit(payroll.clone(), Department { parent: parent.map(id), ..payroll.clone() }).unwrap()
    };
    assert_eq!(judge(&admin, &[to(Some("Sales"))]), Err(Why::Scope));
    assert_eq!(
        judge(&[on(Role::Admin, "Finance"), on(Role::Assigner, "Sales")], &[to(Some("Sales"))]),
        Err(Why::Scope)
    );
    assert_eq!(judge(&[on(Role::Admin, "Finance"), on(Role::Admin, "Sales")], &[to(Some("Sales"))]), Ok(()));
    assert_eq!(judge(&[on(Role::Admin, "Payroll"), on(Role::Admin, "Sales")], &[to(Some("Sales"))]), Err(Why::Scope));
    assert_eq!(judge(&[on(Role::Admin, "Corporate")], &[to(Some("Sales"))]), Ok(()));
    assert_eq!(judge(&[on(Role::Admin, "Corporate")], &[to(None)]), Err(Why::Scope));
    assert_eq!(judge(&[whole(Role::Admin)], &[to(None)]), Ok(()));
}

#[test]
fn what_everybody_shares_is_for_the_whole_workspace() {
    let policy = Change::edit(workspace(), crate::domain::people::Workspace { approval: true, ..workspace() }).unwrap();
    assert_eq!(judge(&[on(Role::Admin, "Corporate")], std::slice::from_ref(&policy)), Err(Why::WholeWorkspace));
    assert_eq!(judge(&[whole(Role::Admin)], std::slice::from_ref(&policy)), Ok(()));
    let pools = |members: &[(&str, u32)]| Change::add(pool("new", members));
    let admin = [on(Role::Admin, "Finance")];
    assert_eq!(judge(&admin, &[pools(&[("key-payroll", 1)])]), Ok(()));
    assert!(judge(&admin, &[pools(&[("key-payroll", 1), ("key-sales", 1)])]).is_err());
    assert_eq!(judge(&[whole(Role::Admin)], &[pools(&[("key-bob", 1)])]), Err(Why::Target));
}

#[test]
fn approval_takes_two_people_who_can_give_it() {
    let strict = crate::domain::people::Workspace { approval: true, ..workspace() };
    let on = Change::edit(workspace(), strict).unwrap();
    let demote = |login: &str, now: crate::domain::people::Operator| {
        Change::edit(operator(login, &[whole(Role::Admin)]), now).unwrap()
    };
    let alice_goes = demote("alice", operator("alice", &[]));
    let as_root = |changes: &[Change], before: &Catalogue| {
        let after = before.with_changes(changes, None);
        Attempt::new(before, &after, who(before, "root"), false).check_all(changes).map_err(|denial| denial.why)
    };
    let two = organisation(&[whole(Role::Admin)]);
    assert_eq!(as_root(std::slice::from_ref(&on), &organisation(&[])), Err(Why::LastApprover));
    assert_eq!(as_root(std::slice::from_ref(&on), &two), Ok(()));
    assert_eq!(as_root(&[on.clone(), alice_goes.clone()], &two), Err(Why::LastApprover));
    assert_eq!(as_root(&[alice_goes], &after(&two, &on)), Err(Why::LastApprover));
    let program = crate::domain::people::Operator { service: true, ..operator("alice", &[whole(Role::Admin)]) };
    let with_program = after(&organisation(&[]), &Change::edit(operator("alice", &[]), program).unwrap());
    assert_eq!(as_root(&[on], &with_program), Err(Why::LastApprover), "a program is no second person");
}

#[test]
fn nobody_approves_their_own_and_assigners_only_what_they_might_do() {
    let before = organisation(&[on(Role::Assigner, "Finance")]);
    let approve = |author: &str, change: &Change| {
        let after = before.with_changes([change], None);
        let author = before.operators().named(author).unwrap();
        let attempt = Attempt::new(&before, &after, alice(&before), false);
        attempt.check_approval(author, [change]).map_err(|denial| denial.why)
    };
    let fine = assign(Scope::Workflow(id("payslips")), "key-payroll");
    let far = assign(Scope::Workflow(id("leads")), "key-system");
    assert_eq!(approve("root", &fine), Ok(()));
    assert_eq!(approve("alice", &fine), Err(Why::OwnChange));
    assert_eq!(approve("root", &far), Err(Why::Scope));

    let program = crate::domain::people::Operator { service: true, ..operator("alice", &[whole(Role::Admin)]) };
    let served = after(&organisation(&[]), &Change::edit(operator("alice", &[]), program).unwrap());
    let will = after(&served, &fine);
    let by_program = Attempt::new(&served, &will, alice(&served), false)
        .check_approval(who(&served, "root").operator.unwrap(), [&fine]);
    assert_eq!(by_program.map_err(|denial| denial.why), Err(Why::Service), "a program is no second person");
}

#[test]
fn an_admin_of_the_whole_workspace_can_clear_rules_that_speak_of_nothing() {
    let lost = rule("lost", Scope::Workflow(id("gone")), Target::Key(id("key-system")));
    let clear = |grant| {
        let before = after(&organisation(&[grant]), &Change::add(lost.clone()));
        judge_on(&before, &[Change::remove(lost.clone())], false)
    };
    assert_eq!(clear(whole(Role::Admin)), Ok(()));
    assert_eq!(clear(on(Role::Admin, "Corporate")), Err(Why::WholeWorkspace));
}

#[test]
fn whoever_may_edit_a_private_key_names_it_on_an_instance_of_the_same_person_and_nowhere_else() {
    let instance = |owner: Owner| {
        Change::add(Instance {
            id: id("tutor"),
            name: "tutor".into(),
            provider: "openai".into(),
            model: "gpt-4o".into(),
            kind: crate::domain::provider::ModelKind::Llm,
            parameters: std::collections::BTreeMap::new(),
            key: Some(id("key-bob")),
            owner,
            note: None,
            foreign_id: None,
        })
    };
    let bobs = instance(Owner::Operator(id("bob")));
    assert_eq!(judge(&[whole(Role::Admin)], std::slice::from_ref(&bobs)), Ok(()));
    assert_eq!(judge(&[whole(Role::Admin)], &[instance(Owner::System)]), Err(Why::Target));
    assert_eq!(judge(&[whole(Role::Admin)], &[instance(Owner::Operator(id("alice")))]), Err(Why::Target));
    assert!(judge(&[on(Role::Admin, "Payroll")], &[bobs]).is_err());
}
