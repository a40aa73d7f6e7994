//! Forms for every kind of thing: several lines, what could stand in a field, what is built in, and rules written out.

use super::*;
use crate::{
    domain::{assignment::Target, record::Kind},
    form,
    tui::state::form::{Form, Meant},
};

/// Made with `ssh-keygen -t ed25519`.
const PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwaubNf8I9LmiEY+AoEIUltNQ2VDYaWXCpn/GHViEbc alice@desk";

fn form(console: &Rehearsal) -> &Form {
    match console.state.overlays.last() {
        Some(Overlay::Form(form)) => form,
        _ => panic!("{}", console.text()),
    }
}

/// Goes to the field of that name.
fn to(console: &mut Rehearsal, field: &str) {
    for _ in 0..40 {
        let here = &form(console).lines[form(console).at];
        if here.label() == field {
            return;
        }
        console.keys("tab");
    }
    panic!("there is no field {field}: {}", console.text());
}

fn staged(console: &Rehearsal) -> Record {
    let changes = &console.state.staging.changes;
    changes.last().and_then(|(_, change)| change.after().cloned()).unwrap_or_else(|| panic!("{}", console.text()))
}

#[test]
fn every_kind_can_be_added_and_every_field_of_it_is_asked_for() {
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Workspace) {
        let mut console = admin();
        run(&mut console.state, Action::Add, kind.word(), None);
        let form = form(&console);
        assert_eq!(form.kind(), *kind);
        for field in form::fields(*kind) {
            let by_provider = *kind == Kind::Credential && field.name == "fields";
            assert!(by_provider || form.line(field.name).is_some(), "{kind:?} {}", field.name);
        }
        assert!(crate::tui::state::finder::ADDABLE.contains(kind), "{kind:?} is offered by the palette");
    }
}

#[test]
fn an_ssh_key_is_added_and_taken_away_as_a_line_and_shows_its_fingerprint() {
    let mut console = admin();
    console.keys("g u e");
    to(&mut console, "ssh keys");
    let before = form(&console).line("ssh_keys").unwrap().text().into_owned();
    console.pastes("ssh-rsa AAAA not-a-key");
    assert!(console.text().contains("the key is damaged"), "{}", console.text());
    console.keys("home ctrl-k").pastes(PUBLIC);
    assert!(console.text().contains("SHA256:yIgd9dwCRax77vVYVZEJQI/ng1ASXkQnKhrrrcefbaU"), "{}", console.text());
    console.keys("ctrl-s");
    let Record::Operator(after) = staged(&console) else { panic!() };
    assert!(after.ssh_keys.iter().any(|key| &**key == PUBLIC), "{:?}", after.ssh_keys);
    assert!(console.state.overlays.is_empty());
    console.keys("e");
    to(&mut console, "ssh keys");
    console.keys("home ctrl-k ctrl-s");
    let Record::Operator(after) = staged(&console) else { panic!() };
    assert_eq!(after.ssh_keys.join(", "), before);
}

#[test]
fn a_pool_is_made_of_members_one_on_each_line_that_are_offered() {
    let mut console = admin();
    console.keys("g o a").types("openai-pair").keys("tab").types("openai").keys("tab");
    assert_eq!(form(&console).lines[form(&console).at].label(), "members");
    console.keys("ctrl-n").types(":3").keys("enter ctrl-n");
    let offered = form(&console).line("members").unwrap().text().into_owned();
    let members: Vec<&str> = offered.split(", ").collect();
    assert_eq!(members.len(), 2, "{offered}");
    assert!(members[0].ends_with(":3") && members[1] != members[0].trim_end_matches(":3"));
    console.keys("ctrl-s");
    let Record::Pool(pool) = staged(&console) else { panic!("{}", console.text()) };
    assert_eq!(pool.members.iter().map(|member| member.weight).collect::<Vec<_>>(), [3, 1]);
    let view = console.state.view().unwrap();
    let of_openai = |id| view.credentials().any(|(_, key)| key.id == id && &*key.provider == "openai");
    assert!(pool.members.iter().all(|member| of_openai(member.key)), "only keys of the provider are offered");
}

#[test]
fn a_note_has_several_lines_and_keeps_them() {
    let mut console = admin();
    console.keys("g d e");
    to(&mut console, "note");
    console.types("first").keys("enter").types("second").keys("ctrl-s");
    let Record::Department(after) = staged(&console) else { panic!("{}", console.text()) };
    assert!(after.note.unwrap().ends_with("first\nsecond"));
}

#[test]
fn up_and_down_lead_out_of_several_lines() {
    let mut console = admin();
    console.keys("g o a");
    to(&mut console, "members");
    console.types("a").keys("enter").types("b").keys("up up");
    assert_eq!(form(&console).lines[form(&console).at].label(), "provider");
    console.keys("tab down down");
    assert_eq!(form(&console).lines[form(&console).at].label(), "note");
}

#[test]
fn an_instance_takes_parameters_and_a_mistake_says_what_to_write() {
    let mut console = admin();
    console.keys("g m a").types("grader-cold").keys("tab").types("openai").keys("tab").types("gpt-4o");
    to(&mut console, "parameters");
    console.types("temperature=0.2").keys("enter").types("max_tokens");
    assert!(form(&console).line("parameters").unwrap().error.is_some(), "{}", console.text());
    console.types("=400").keys("ctrl-s");
    let Record::Instance(instance) = staged(&console) else { panic!("{}", console.text()) };
    assert_eq!(instance.parameters.len(), 2);
}

#[test]
fn what_is_built_in_is_described_by_a_record_of_ones_own() {
    let mut console = admin();
    console.keys("g p /").types("provider:groq").keys("enter e");
    assert_eq!(form(&console).meant, Meant::BuiltIn);
    assert!(form(&console).title().contains("Describe"), "{}", console.text());
    to(&mut console, "base url");
    console.keys("ctrl-u").types("https://proxy.example/v1").keys("enter");
    let Record::Provider(provider) = staged(&console) else { panic!("{}", console.text()) };
    assert_eq!(provider.base_url.as_deref(), Some("https://proxy.example/v1"));
    assert!(!provider.fields.is_empty(), "the form of its keys stays");
}

#[test]
fn models_are_listed_with_prices_and_one_is_priced() {
    let mut console = admin();
    console.keys("g l");
    assert!(console.state.row_count() > 3, "{}", console.text());
    assert!(console.text().contains("genai-prices"), "{}", console.text());
    let Some(crate::ops::find::Thing::Model(ix)) = console.state.thing() else { panic!() };
    console.keys("$");
    to(&mut console, "input");
    console.keys("ctrl-u").types("1.25").keys("enter");
    let Record::Price(price) = staged(&console) else { panic!("{}", console.text()) };
    assert_eq!(*price.model, *console.state.view().unwrap().model_name(ix));
    console.keys("a");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Finder(_))), "a model or a price");
}

#[test]
fn the_settings_of_the_workspace_are_a_form() {
    let mut console = admin();
    console.keys("g ,");
    to(&mut console, "allow request overrides");
    console.keys("ctrl-u").types("maybe");
    assert!(console.text().contains("write true or false"), "{}", console.text());
    let was = console.state.view().unwrap().workspace().allow_request_overrides;
    console.keys("ctrl-u").types(&(!was).to_string()).keys("enter");
    let Record::Workspace(workspace) = staged(&console) else { panic!("{}", console.text()) };
    assert_ne!(workspace.allow_request_overrides, was);
}

#[test]
fn a_choice_of_the_picker_is_written_out_as_a_rule_with_window_and_note() {
    let mut console = at_a_problem();
    console.keys("a ctrl-o");
    assert!(console.state.picker().is_some(), "a key on a node has neither window nor note: {}", console.text());
    console.keys("tab ctrl-o");
    assert_eq!(form(&console).kind(), Kind::Assignment);
    to(&mut console, "until");
    console.types("2027-01-01").keys("tab");
    console.types("until the audit").keys("ctrl-s");
    let Record::Assignment(rule) = staged(&console) else { panic!("{}", console.text()) };
    assert!(rule.until.is_some() && rule.note.is_some_and(|note| note.ends_with("until the audit")));
    assert!(matches!(rule.target, Target::Key(_)));
}

#[test]
fn a_variable_rule_takes_a_table_of_values() {
    let mut console = admin();
    console.keys("g r a tab").types("openai");
    to(&mut console, "target");
    console.keys("ctrl-u").types("variable/env.customer").keys("tab");
    console.types("acme=key/openai-finance-prod").keys("enter").types("other=deny");
    assert!(form(&console).line("values").unwrap().error.is_none(), "{}", console.text());
    console.keys("ctrl-s");
    let Record::Assignment(rule) = staged(&console) else { panic!("{}", console.text()) };
    let Target::Variable { values, .. } = rule.target else { panic!() };
    assert_eq!(values.len(), 2);
}

#[test]
fn departments_stand_as_a_tree_with_what_is_theirs() {
    let mut console = admin();
    console.keys("g d");
    let rows: Vec<_> = (0..console.state.row_count()).filter_map(|line| console.state.table.cells(line)).collect();
    let names: Vec<&str> = rows.iter().map(|cells| cells[0].text.as_str()).collect();
    assert!(names.iter().any(|name| name.starts_with("  ")), "{names:?}");
    let workflows: i64 = rows.iter().filter_map(|cells| cells[3].rank).sum();
    assert!(workflows > 0);
}
