//! The design's table, cell by cell, and the rights that each change takes.

mod changes;
mod people;

use super::{fixture::*, *};
use crate::domain::{
    catalogue::row::ScopeIx,
    people::{Grant, GrantScope, Role},
};

/// Roles in the order of the columns below.
const ROLES: [Role; 5] = [Role::Viewer, Role::Auditor, Role::Member, Role::Assigner, Role::Admin];

/// Keys by their relation to alice, whose grant is on Finance or on the whole workspace:
/// `o`wn · another's `p`rivate · of a department in `s`cope · the `c`ompany's · `l`ent to Finance by Sales · Sales' `e`lsewhere.
const KEYS: [(char, &str); 6] = [
    ('o', "key-alice"),
    ('p', "key-bob"),
    ('s', "key-payroll"),
    ('c', "key-system"),
    ('l', "key-lent"),
    ('e', "key-sales"),
];

const KEYS_FINANCE: &str = "
    List       | oscl | oscl | oscl | oscl | oscl
    Audit      |      | s    |      |      | s
    Use        |      |      | osc  | oscl | oscl
    Edit       |      |      | o    |      | os
    Rotate     |      |      | o    |      | os
    Verify     |      |      | o    | os   | os
    Reveal     |      |      | o    |      | os
    Revoke     |      |      | o    | os   | os
    Disable    |      |      | o    | os   | os
    Reinstate  |      |      |      |      | os
    Structure  |      |      |      |      | os
";

const KEYS_WHOLE: &str = "
    List       | oscle | oscle  | oscle | oscle | oscle
    Audit      |       | opscle |       |       | opscle
    Use        |       |        | oc    | oscle | oscle
    Edit       |       |        | o     |       | opscle
    Rotate     |       |        | o     |       | opscle
    Verify     |       |        | o     | oscle | opscle
    Reveal     |       |        | o     |       | opscle
    Revoke     |       |        | o     | oscle | opscle
    Disable    |       |        | o     | oscle | opscle
    Reinstate  |       |        |       |       | opscle
    Structure  |       |        |       |       | opscle
";

/// Places: workflow of alice's `o`wn (in Sales) · workflow in `s`cope · workflow `e`lsewhere · workflow of `n`o department ·
/// rules at `m`yself · rules at another owner `b`ob · the department in scope `d` · a department above `u` · rules for `w`hole.
const PLACES_FINANCE: &str = "
    List       | osdmw | osdmw | osdmw | osdmw | osdmw
    Audit      |       | sd    |       |       | sd
    Assign     |       |       | om    | sd    | sd
    Structure  |       |       |       |       | sd
";

const PLACES_WHOLE: &str = "
    List       | osenmbduw | osenmbduw | osenmbduw | osenmbduw | osenmbduw
    Audit      |           | osenmbduw |           |           | osenmbduw
    Assign     |           |           | om        | osenmbdu  | osenmbduw
    Structure  |           |           |           |           | osenmbduw
";

fn places(catalogue: &Catalogue) -> Vec<(char, Subject)> {
    let workflow = |name| Subject::Rule(at_workflow(catalogue, name));
    let owner = |login| Subject::Rule(ScopeIx::Owner(catalogue.operators().named(login).unwrap()));
    let department = |name| Subject::Rule(ScopeIx::Department(catalogue.departments().named(name).unwrap()));
    vec![
        ('o', workflow("pitch")),
        ('s', workflow("payslips")),
        ('e', workflow("leads")),
        ('n', workflow("drifter")),
        ('m', owner("alice")),
        ('b', owner("bob")),
        ('d', department("Finance")),
        ('u', department("Corporate")),
        ('w', Subject::Rule(ScopeIx::Workspace)),
    ]
}

/// Compares what every role may with a table, letter by letter.
fn holds_as_written(table: &str, grant: impl Fn(Role) -> Grant, subjects: impl Fn(&Catalogue) -> Vec<(char, Subject)>) {
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let right = Right::ALL.into_iter().find(|right| format!("{right:?}") == cells[0]).expect("a right");
        for (role, expected) in ROLES.into_iter().zip(&cells[1..]) {
            let catalogue = organisation(&[grant(role)]);
            for (letter, subject) in subjects(&catalogue) {
                let verdict = may(&catalogue, alice(&catalogue), right, subject);
                assert_eq!(verdict.is_yes(), expected.contains(letter), "{right:?} {role:?} {letter}: {verdict:?}");
            }
        }
    }
}

fn keys(catalogue: &Catalogue) -> Vec<(char, Subject)> {
    KEYS.map(|(letter, name)| (letter, Subject::Credential(key(catalogue, name)))).to_vec()
}

#[test]
fn keys_are_open_to_roles_as_the_table_says() {
    holds_as_written(KEYS_FINANCE, |role| on(role, "Finance"), keys);
    holds_as_written(KEYS_WHOLE, whole, keys);
}

#[test]
fn places_are_open_to_roles_as_the_table_says() {
    holds_as_written(PLACES_FINANCE, |role| on(role, "Finance"), places);
    holds_as_written(PLACES_WHOLE, whole, places);
}

#[test]
fn what_concerns_everybody_is_for_admins_of_the_whole_workspace() {
    for role in ROLES {
        for (grant, is_whole) in [(on(role, "Finance"), false), (whole(role), true)] {
            let catalogue = organisation(&[grant]);
            let me = alice(&catalogue);
            let other = catalogue.operators().named("bob").unwrap();
            for right in [Right::People, Right::Grants, Right::WorkspaceRules, Right::References, Right::Tokens] {
                let verdict = may(&catalogue, me, right, Subject::Workspace);
                assert_eq!(verdict.is_yes(), role == Role::Admin && is_whole, "{right:?} {grant:?}");
            }
            let approves = may(&catalogue, me, Right::Approve, Subject::DeedOf(other)).is_yes();
            assert_eq!(approves, role == Role::Assigner || role == Role::Admin && is_whole, "{grant:?}");
            let own_deeds = may(&catalogue, me, Right::Audit, Subject::DeedOf(me.operator.unwrap())).is_yes();
            assert_eq!(own_deeds, role == Role::Member || is_whole && matches!(role, Role::Auditor | Role::Admin));
            for right in Right::ALL.into_iter().filter(|right| matches!(right, Right::Keep(_))) {
                assert!(!may(&catalogue, me, right, Subject::Database).is_yes(), "{right:?} {grant:?}");
            }
        }
    }
}

#[test]
fn a_keeper_keeps_the_database_and_nothing_else() {
    let catalogue = organisation(&[KEEPER]);
    let me = alice(&catalogue);
    for right in Right::ALL {
        for (letter, subject) in keys(&catalogue).into_iter().chain([('-', Subject::Database)]) {
            let expected = matches!(right, Right::Keep(_));
            assert_eq!(may(&catalogue, me, right, subject).is_yes(), expected, "{right:?} {letter}");
        }
    }
    let afar = Who { afar: true, ..me };
    assert!(!may(&catalogue, afar, Right::Keep(Deed::Rekey), Subject::Database).is_yes());
    assert!(may(&catalogue, afar, Right::Keep(Deed::Retention), Subject::Database).is_yes());
}

#[test]
fn whoever_works_as_another_may_what_both_may() {
    let catalogue = organisation(&[whole(Role::Admin)]);
    let acting = |login: &str| Who { behind: alice(&catalogue).operator, ..who(&catalogue, login) };
    let keeps = |who| may(&catalogue, who, Right::Keep(Deed::Backup), Subject::Database).is_yes();
    assert!(keeps(who(&catalogue, "root")) && !keeps(acting("root")), "alice is no keeper");
    let private = Subject::Credential(key(&catalogue, "key-bob"));
    let uses = |who| may(&catalogue, who, Right::Use, private).is_yes();
    assert!(uses(who(&catalogue, "bob")) && !uses(acting("bob")), "it is bob's alone");
    let system = Subject::Credential(key(&catalogue, "key-system"));
    assert!(may(&catalogue, acting("bob"), Right::Use, system).is_yes());
    assert!(!may(&catalogue, acting("bob"), Right::Edit, system).is_yes(), "bob may not");
}

#[test]
fn without_a_role_here_there_is_nothing() {
    let elsewhere = Grant { role: Role::Admin, on: GrantScope::Workspace(id("other")) };
    let senseless = Grant { role: Role::Admin, on: GrantScope::Database };
    for grants in [&[][..], &[elsewhere], &[senseless], &[on(Role::Admin, "Nowhere")]] {
        let catalogue = organisation(grants);
        for who in [alice(&catalogue), Who::default()] {
            for right in Right::ALL {
                for (letter, subject) in keys(&catalogue).into_iter().chain(places(&catalogue)) {
                    let verdict = may(&catalogue, who, right, subject);
                    assert!(!verdict.is_yes(), "{right:?} {letter} {grants:?}");
                }
            }
            assert!(!may_use(&catalogue, who.operator, key(&catalogue, "key-alice")));
        }
    }
}

#[test]
fn reading_only_leaves_lists_and_the_audit_log() {
    let catalogue = organisation(&[whole(Role::Admin), KEEPER]);
    let who = Who { read_only: true, ..alice(&catalogue) };
    for right in Right::ALL {
        let subject = Subject::Credential(key(&catalogue, "key-system"));
        assert_eq!(may(&catalogue, who, right, subject).is_yes(), right.only_reads(), "{right:?}");
    }
}

#[test]
fn private_keys_are_seen_by_their_owner_and_as_existing_by_admins() {
    let sight = |grants: &[Grant], name| {
        let catalogue = organisation(grants);
        Visibility::of(&catalogue, alice(&catalogue)).sees_credential(key(&catalogue, name))
    };
    assert_eq!(sight(&[on(Role::Viewer, "Finance")], "key-alice"), Sight::Full);
    assert_eq!(sight(&[whole(Role::Admin)], "key-bob"), Sight::Existence);
    assert_eq!(sight(&[on(Role::Admin, "Finance")], "key-bob"), Sight::Nothing);
    assert_eq!(sight(&[whole(Role::Auditor)], "key-bob"), Sight::Nothing);
    assert_eq!(sight(&[], "key-alice"), Sight::Nothing);
}

#[test]
fn colleagues_of_a_department_see_each_other_and_a_pool_shows_if_a_member_does() {
    let catalogue = organisation(&[on(Role::Viewer, "Finance")]);
    let pools = [pool("mixed", &[("key-sales", 1), ("key-payroll", 1)]), pool("closed", &[("key-bob", 1)])];
    let changes = pools.map(crate::domain::change::Change::add);
    let catalogue = catalogue.with_changes(&changes, None);
    let sees = Visibility::of(&catalogue, alice(&catalogue));
    let operator = |login| catalogue.operators().named(login).unwrap();
    assert!(sees.sees_operator(operator("bob")) && sees.sees_operator(operator("alice")));
    assert!(!sees.sees_operator(operator("sam")) && !sees.sees_operator(operator("root")));
    assert!(sees.sees_pool(catalogue.pools().named("mixed").unwrap()));
    assert!(!sees.sees_pool(catalogue.pools().named("closed").unwrap()));
}

#[test]
fn denials_say_who_may_and_what_to_do() {
    let sentence = |grants: &[Grant], right, name: &str| {
        let catalogue = organisation(grants);
        match may(&catalogue, alice(&catalogue), right, Subject::Credential(key(&catalogue, name))) {
            Verdict::Yes => String::new(),
            Verdict::No(denial) => denial.to_string(),
        }
    };
    let finance = |role| [on(role, "Finance")];
    insta::assert_snapshot!([
        sentence(&[], Right::Edit, "key-system"),
        sentence(&finance(Role::Viewer), Right::Reveal, "key-payroll"),
        sentence(&finance(Role::Admin), Right::Edit, "key-sales"),
        sentence(&finance(Role::Admin), Right::Edit, "key-system"),
        sentence(&finance(Role::Admin), Right::Reveal, "key-bob"),
        sentence(&[whole(Role::Admin)], Right::Use, "key-bob"),
        sentence(&finance(Role::Admin), Right::References, "key-payroll"),
        sentence(&[whole(Role::Admin)], Right::Keep(Deed::Backup), "key-payroll"),
    ].join("\n"), @r"
    you hold no role in this workspace: ask one of its admins for one
    only a key's owner and admins may reveal this key
    your role does not reach this: only a key's owner and admins there may change this key
    only admins of the whole workspace may change this key
    this key is private: only its owner or an admin of the whole workspace may reveal this key
    this key is private: only its owner may use this key
    only admins of the whole workspace may write references to secrets outside the database
    only keepers of the database may back the database up
    ");
}
