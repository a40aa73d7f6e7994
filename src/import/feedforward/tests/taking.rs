//! What comes in from both shapes, and what does not.

use super::{
    database::{SECRET_KEY, Shape, make},
    *,
};
use crate::domain::{
    assignment::{Scope, Target},
    credential::{Owner, Parameter, State},
    people::Operator,
    workflow::{Ownership, Uses},
};

fn made(shape: Shape) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.db");
    wait(make(&path, shape));
    (folder, path)
}

fn person<'a>(taken: &'a Taken, login: &str) -> &'a Operator {
    of_kind!(taken, Operator).into_iter().find(|it| &*it.login == login).unwrap()
}

#[test]
fn both_shapes_say_the_same() {
    let [current, legacy] = [Shape::Current, Shape::Legacy].map(|shape| {
        let (_kept, path) = made(shape);
        let taken = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
        serde_json::to_string(&taken.changes).unwrap()
    });
    assert!(current == legacy);
}

#[test]
fn equal_keys_are_one_credential_and_owners_are_kept() {
    let (_kept, path) = made(Shape::Current);
    let taken = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
    let keys = of_kind!(&taken, Credential);
    let found: Vec<_> = keys.iter().map(|it| (&*it.name, it.state, it.foreign_id.as_deref().unwrap())).collect();
    assert_eq!(
        found,
        [
            ("openai-system", State::Active, "feedforward:key:1"),
            ("gemini-system", State::Disabled, "feedforward:key:3"),
            ("anthropic-ada", State::Active, "feedforward:key:4"),
            ("openai-ben", State::Active, "feedforward:key:5"),
            ("cohere-system", State::Active, "feedforward:key:7"),
            ("deepseek-system", State::Active, "feedforward:key:8"),
        ]
    );
    let ada = person(&taken, "ada@example.com");
    assert!(ada.grants.is_empty() && ada.email.as_deref() == Some("ada@example.com"));
    assert_eq!(keys[2].owner, Owner::Operator(ada.id));
    assert_eq!(keys[2].fields["base_url"], "https://eu.example/v1");
    let instances = of_kind!(&taken, Instance);
    let of_first: Vec<_> = instances.iter().filter(|it| it.key == Some(keys[0].id)).map(|it| &*it.name).collect();
    assert_eq!(of_first, ["GPT-4o", "GPT mini", "Ada's copy"]);
    assert_eq!(instances[0].parameters["temperature"], Parameter::Number(0.2));
    assert_eq!(instances[5].key, None);
    let logins: Vec<_> = of_kind!(&taken, Operator).into_iter().map(|it| &*it.login).collect();
    assert_eq!(logins, ["ada@example.com", "admin@example.com", "ben@example.com"], "no student comes in");
    let secrets: Vec<_> = taken.secrets.iter().map(|it| it.fields["api_key"].expose()).collect();
    let expected =
        ["sk-FAKE-canary-system-key", "YOUR_GOOGLE_API_KEY_HERE", "sk-FAKE-canary-ada", "sk-FAKE-canary-plain"];
    assert_eq!(secrets[..4], expected);
    assert_eq!(secrets[4..], ["sk-FAKE-canary-public"]);
}

#[test]
fn assignments_have_a_node_for_each_model_with_its_runs() {
    let (_kept, path) = made(Shape::Legacy);
    let taken = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
    let workflows = of_kind!(&taken, Workflow);
    let names: Vec<_> = workflows.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["Essay", "Essay (2)", "Lost"]);
    assert_eq!(workflows[0].owner, Ownership::Named(Owner::Operator(person(&taken, "ada@example.com").id)));
    let instances = of_kind!(&taken, Instance);
    let nodes = of_kind!(&taken, Node);
    let found: Vec<_> = nodes
        .iter()
        .map(|it| {
            let workflow = workflows.iter().position(|workflow| workflow.id == it.workflow).unwrap();
            let Uses::Instance(instance) = it.uses else { panic!("an instance") };
            let instance = instances.iter().find(|known| known.id == instance).unwrap();
            (workflow, &*it.name, &*instance.name, it.runs)
        })
        .collect();
    let expected = [
        (0, "GPT-4o", "GPT-4o", 3),
        (0, "Ada's", "Ada's", 5),
        (0, "GPT-4o (2)", "GPT-4o", 1),
        (1, "Ben's", "Ben's", 50),
    ];
    assert_eq!(found, expected);
    let skipped: Vec<_> =
        taken.report.skipped.iter().map(|it| it.what.as_str()).filter(|it| it.starts_with("run ")).collect();
    let lost = ["5", "6", "7", "8"].map(|run| format!("run {run} of an assignment"));
    assert_eq!(skipped, lost);
    assert!(taken.report.warnings.iter().any(|it| it.message.contains("belongs to ben@example.com")));
}

#[test]
fn runs_are_usage_by_day_and_nothing_of_it_is_a_text_of_a_student() {
    let (_kept, path) = made(Shape::Current);
    let taken = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
    let lines: Vec<_> = taken
        .usage
        .iter()
        .map(|it| {
            (it.day.to_string(), &*it.model, it.requests, it.input_tokens, it.output_tokens, it.recorded.map(|it| it.0))
        })
        .collect();
    let day = |day: &str| format!("2026-06-{day}");
    assert_eq!(
        lines,
        [
            (day("01"), "claude-3-haiku", 2, 1500, 300, Some(17_500)),
            (day("02"), "claude-3-haiku", 1, 0, 0, None),
            (day("02"), "gpt-4o", 1, 10, 5, None),
            (day("03"), "gpt-4o", 1, 7, 7, Some(100_000)),
        ]
    );
    assert_eq!(taken.usage[0].node.as_deref(), Some("Ada's"));
    assert_eq!(taken.usage[0].customer.as_deref(), Some("HIST1 History"));
    assert!(taken.usage[0].estimate && taken.usage[0].workflow.is_some() && taken.usage[3].workflow.is_none());
    assert!(!format!("{:?}{:?}", taken.usage, taken.report).contains("prose"));
}

#[test]
fn a_second_import_changes_nothing_and_keeps_what_was_changed_here() {
    let (_kept, path) = made(Shape::Current);
    let first = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
    let after = sample::catalogue().with_changes(&first.changes, None);
    let second = import_into(&after, &path, Some(SECRET_KEY));
    assert_eq!(second.changes, []);
    assert!(!second.report.changes_something());
    let before = (*of_kind!(&first, Workflow)[0]).clone();
    let renamed = crate::domain::workflow::Workflow { name: "Renamed".into(), ..before.clone() };
    let renaming = crate::domain::change::Change::edit(before, renamed).unwrap();
    let third = import_into(&after.with_changes(&[renaming], None), &path, None);
    assert_eq!(third.changes, []);
}

#[test]
fn without_the_right_secret_everything_else_comes_in_and_is_told_once() {
    let (_kept, path) = made(Shape::Current);
    for (secret_key, sentence) in
        [(Some("not-the-right-secret"), "do not open"), (None, "give FeedForward's SECRET_KEY with")]
    {
        let taken = import_into(&sample::catalogue(), &path, secret_key);
        assert_eq!(of_kind!(&taken, Instance).len(), 9);
        let told = taken.report.warnings.iter().filter(|it| it.message.contains(sentence)).count();
        assert_eq!(told, 1, "{:?}", taken.report.warnings);
        let mut secrets: Vec<_> = taken.secrets.iter().map(|it| it.fields["api_key"].expose()).collect();
        secrets.sort_unstable();
        assert_eq!(secrets, ["sk-FAKE-canary-plain", "sk-FAKE-canary-public"], "nothing is fallen back to");
    }
}

#[test]
fn a_log_is_read_and_nothing_is_written_beside_the_file() {
    let (folder, path) = made(Shape::Current);
    let listed = || {
        let entries = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap());
        let mut all: Vec<_> = entries.map(|it| (it.file_name(), std::fs::read(it.path()).unwrap())).collect();
        all.sort();
        all
    };
    assert!(path.with_file_name("users.db-wal").metadata().unwrap().len() > 0);
    let before = listed();
    let contents = wait(read(&path)).unwrap();
    assert_eq!(contents.models.len(), 9);
    assert!(listed() == before);
    std::fs::remove_file(path.with_file_name("users.db-wal")).unwrap();
    assert!(wait(read(&path)).is_err() || wait(read(&path)).unwrap().models.is_empty(), "all stood in the log");
}

#[test]
fn no_secret_stands_in_the_report_or_the_changes() {
    let (_kept, path) = made(Shape::Legacy);
    for secret_key in [Some(SECRET_KEY), None] {
        let taken = import_into(&sample::catalogue(), &path, secret_key);
        let told = format!("{:?} {}", taken.report, serde_json::to_string(&taken.changes).unwrap());
        assert!(!told.contains("canary") && !told.contains("Z0FBQUFB"), "{told}");
    }
}

#[test]
fn the_one_key_of_the_institution_is_everybodys_last_resort() {
    let (_kept, path) = made(Shape::Current);
    let taken = import_into(&sample::catalogue(), &path, Some(SECRET_KEY));
    let keys = of_kind!(&taken, Credential);
    let name = |target: Target| match target {
        Target::Key(id) => keys.iter().find(|it| it.id == id).map(|it| &*it.name),
        _ => None,
    };
    let rules = of_kind!(&taken, Assignment);
    let found: Vec<_> = rules.iter().map(|it| (it.scope, &*it.provider, name(it.target.clone()).unwrap())).collect();
    let expected = [("cohere", "cohere-system"), ("deepseek", "deepseek-system"), ("openai", "openai-system")];
    assert_eq!(found, expected.map(|(provider, key)| (Scope::System, provider, key)));
    assert!(
        rules.iter().all(|it| it.model.is_none() && it.foreign_id.is_some()),
        "neither a placeholder nor a private one"
    );
}
