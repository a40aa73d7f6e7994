//! Stories: keys in, what the console shows and asks for out.

mod costs;
mod entering;
mod equivalents;
mod every;
mod exporting;
mod forms;
mod habits;
mod importing;
mod legible;
mod matrix;
mod others;
mod overview;
mod rotation;
mod touching;
mod verifying;

use crate::{
    domain::{credential::State as KeyState, record::Record},
    ops::view::View,
    plan::What,
    tui::{
        action::{Action, ROWS},
        effect::{Done, Effect, Purpose},
        event::{Event, Key, KeyCode, Modifiers, Mouse, MouseButton, MouseKind, Reply},
        rehearsal::Rehearsal,
        state::{
            available::availability,
            overlay::Overlay,
            picker::{Outlook, Reach},
            route::Screen,
            tree::{Spot, label},
        },
        update::{run, update},
    },
};

fn admin() -> Rehearsal {
    Rehearsal::new("ana.moreau", 180, 40)
}

/// The admin at the first node that lacks a key.
fn at_a_problem() -> Rehearsal {
    let mut console = admin();
    console.keys("n j");
    assert!(matches!(console.state.spot(), Some(Spot::Node(_))));
    console
}

fn outlook_counts(console: &Rehearsal, what: What) -> usize {
    match &console.state.picker().unwrap().outlook {
        Outlook::Known(plan) => {
            plan.effects.groups.iter().filter(|group| group.what == what).map(|group| group.nodes.len()).sum()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_node_without_a_key_gets_one_and_the_answer_follows() {
    let mut console = at_a_problem();
    let node = console.state.spot().unwrap();
    assert!(console.text().contains("✗ wrong environment"));
    console.keys("a");
    assert_eq!(outlook_counts(&console, What::StartsToWork), 1);
    assert!(console.text().contains("starts to work, with openai-finance-prod"));
    assert!(console.state.staging.changes.is_empty(), "looking stages nothing");
    console.keys("enter");
    assert_eq!(console.state.staging.changes.len(), 1);
    assert!(console.text().contains("1 STAGED") && console.text().contains("→ openai-finance-prod"));
    console.keys("ctrl-s").types("the right environment").keys("enter");
    assert_eq!(console.state.staging.changes.len(), 1, "the first Enter only goes to the button");
    console.keys("enter");
    assert_eq!(console.state.view().unwrap().revision(), 2);
    assert_eq!(&*console.state.log[0].message, "the right environment");
    assert!(console.state.staging.changes.is_empty());
    assert_eq!(console.state.spot(), Some(node), "the cursor stays");
    console.keys("p");
    assert!(console.text().contains("✓ openai-finance-prod"), "{}", console.text());
    console.keys("u");
    assert!(console.text().contains("✗ wrong environment"), "{}", console.text());
    console.keys("U");
    assert!(console.text().contains("✓ openai-finance-prod"));
    assert_eq!(console.state.view().unwrap().revision(), 4, "undo and redo are revisions of their own");
}

#[test]
fn a_choice_speaks_for_as_much_as_is_asked() {
    let mut console = at_a_problem();
    console.keys("a");
    let picker = console.state.picker().unwrap();
    assert!(matches!(picker.reach(), Reach::Node(_)));
    assert!(picker.shown.iter().all(|&at| picker.offers[at].name() != "deny"), "a node takes a key alone");
    console.keys("tab");
    assert!(matches!(console.state.picker().unwrap().reach(), Reach::Workflow(_)));
    console.keys("ctrl-r ctrl-x ctrl-e");
    let text = console.text();
    assert!(text.contains("preferred · in development · gpt-4o only"), "{text}");
    console.keys("shift-tab shift-tab");
    assert_eq!(console.state.picker().unwrap().reach(), Reach::System);
    console.keys("esc");
    assert!(console.state.overlays.is_empty() && console.state.staging.changes.is_empty());
}

#[test]
fn what_was_typed_finds_keys_and_denying_is_a_choice() {
    let mut console = at_a_problem();
    console.keys("a tab").types("deny");
    assert_eq!(console.state.picker().unwrap().shown.len(), 1);
    console.keys("enter");
    let change = &console.state.staging.changes[0].1;
    assert!(matches!(change.after(), Some(Record::Assignment(_))));
    console.keys("u");
    assert!(console.state.staging.changes.is_empty());
    console.keys("U");
    assert_eq!(console.state.staging.changes.len(), 1);
}

#[test]
fn several_marked_rows_are_assigned_together() {
    let mut console = admin();
    console.keys("/").types("is:problem provider:openai").keys("enter *");
    let marked = console.state.route().marks.len();
    assert!(marked > 1);
    console.keys("a");
    if let Some(Overlay::Finder(finder)) = console.state.overlays.last() {
        assert!(finder.items.iter().any(|item| item.name == "openai"));
        console.types("openai").keys("enter");
    }
    assert_eq!(console.state.picker().unwrap().reach(), Reach::Marked);
    console.types("last-resort").keys("enter");
    assert_eq!(console.state.staging.changes.len(), marked);
    console.keys("u");
    assert!(console.state.staging.changes.is_empty(), "what was staged together is taken back together");
}

#[test]
fn late_answers_of_the_picker_are_dropped() {
    let mut console = at_a_problem();
    console.slow = true;
    console.keys("a down");
    assert!(matches!(console.state.picker().unwrap().outlook, Outlook::Pending));
    let view = console.state.view().unwrap().clone();
    let plan = std::sync::Arc::new(view.plan(Vec::new(), console.state.now));
    let answer = |generation| Done::Planned { generation, purpose: Purpose::Choice, plan: plan.clone() };
    let asked = console.state.asked.choice;
    console.hear(Event::Done(answer(asked - 1)));
    assert!(matches!(console.state.picker().unwrap().outlook, Outlook::Pending));
    console.hear(Event::Done(answer(asked)));
    assert!(matches!(console.state.picker().unwrap().outlook, Outlook::Known(_)));
}

#[test]
fn going_back_brings_filter_and_cursor_back() {
    let mut console = admin();
    console.keys("g c /").types("provider:openai !expired").keys("enter j j j");
    let (thing, count) = (console.state.thing(), console.state.row_count());
    assert!(thing.is_some() && count > 3);
    console.keys("g p g s [ [");
    assert_eq!((console.state.thing(), console.state.row_count()), (thing, count));
    assert_eq!(console.state.route().filter.text(), "provider:openai !expired");
    console.keys("] esc");
    assert_eq!(console.state.route().screen, Screen::Credentials, "esc goes back, too");
    console.keys("esc");
    assert!(console.state.route().filter.text().is_empty(), "then it takes the filter away");
}

#[test]
fn a_filter_counts_while_it_is_typed_and_esc_takes_it_back() {
    let mut console = admin();
    console.keys("/").types("dept:legal");
    assert!(console.text().contains("6/100"), "{}", console.text());
    console.keys("esc");
    assert!(console.text().contains("100 workflows"));
}

#[test]
fn the_columns_sort_on_two_levels() {
    let mut console = admin();
    console.keys("g c :").types("sort provider").keys("enter s").types("uses desc").keys("enter");
    let uses: Vec<i64> =
        (0..console.state.row_count()).filter_map(|line| console.state.table.cells(line)?[7].rank).collect();
    assert!(uses.is_sorted_by(|a, b| a >= b) && uses[0] > 0);
    assert!(console.text().contains("▼1") && console.text().contains("▲2"), "{}", console.text());
    console.keys(": up enter");
    assert_eq!(console.state.commands.last().map(String::as_str), Some("sort provider"), "history runs again");
}

#[test]
fn a_key_is_added_and_its_secret_stays_unseen() {
    const SECRET: &str = "sk-proj-Zx81-never-to-be-seen";
    let mut console = admin();
    console.keys("g c a").types("openai-new").keys("tab").types("openai").keys("tab");
    console.pastes(SECRET);
    let (seen, kept) = (console.text(), format!("{:?}", console.state));
    assert!(seen.contains("••••••••"), "{seen}");
    assert!(!seen.contains("Zx81") && !kept.contains("Zx81"));
    let effects = update(&mut console.state, Event::Key(Key::plain(KeyCode::Enter)));
    let [Effect::Stage { sealing: Some(sealing), .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((&*sealing.after.name, &*sealing.after.provider), ("openai-new", "openai"));
    assert_eq!(sealing.fields.len(), 1);
    assert!(!format!("{effects:?}").contains("Zx81"));
    assert!(console.state.overlays.is_empty());
}

#[test]
fn a_vault_that_nobody_uses_is_locked_after_the_time_that_is_set() {
    let mut console = admin();
    let begun = console.state.now;
    let locks = |console: &mut Rehearsal, minutes: i64| {
        let now = begun + jiff::SignedDuration::from_mins(minutes);
        update(&mut console.state, Event::Tick(now)).into_iter().any(|effect| matches!(effect, Effect::Lock))
    };
    console.state.unlocked = false;
    assert!(!locks(&mut console, 60), "what is locked is not locked again");
    console.state.unlocked = true;
    console.keys("j");
    assert!(!locks(&mut console, 74), "a key press counts anew");
    assert!(locks(&mut console, 75));
}

#[test]
fn a_locked_vault_asks_for_its_key_and_the_form_goes_on() {
    let mut console = admin();
    console.keys("L");
    assert!(!console.state.unlocked);
    console.keys("g c a").types("k").keys("tab").types("openai").keys("tab");
    console.pastes("sk-123").keys("enter");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Unlock(_))));
    console.types("a long enough secret").keys("enter");
    assert!(console.state.unlocked && console.state.overlays.is_empty(), "the form goes on by itself");
    assert_eq!(console.state.staging.changes.len(), 1);
}

#[test]
fn forms_say_what_is_wrong_and_ask_before_what_was_typed_is_lost() {
    let mut console = admin();
    console.keys("g c a enter");
    assert!(console.text().contains("name can't be empty"));
    console.types("x").keys("tab").types("openai");
    for _ in 0..12 {
        console.keys("tab");
        let Some(Overlay::Form(form)) = console.state.overlays.last() else { panic!() };
        if form.lines[form.at].label() == "expires" {
            break;
        }
    }
    console.types("soon");
    assert!(console.text().contains("\"soon\" is no time"), "{}", console.text());
    console.keys("esc");
    assert!(console.text().contains("Leave the form?"));
    console.keys("enter");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Form(_))), "Cancel is the default");
    console.keys("esc tab enter");
    assert!(console.state.overlays.is_empty());
}

#[test]
fn values_that_fit_are_filled_in() {
    let mut console = admin();
    console.keys("g o a").types("p").keys("tab").types("anth").keys("ctrl-n");
    let Some(Overlay::Form(form)) = console.state.overlays.last() else { panic!() };
    assert_eq!(form.line("provider").unwrap().input.text(), "anthropic");
}

#[test]
fn removing_takes_the_name_and_revoking_a_yes() {
    let mut console = admin();
    console.keys("g c /").types("openai-logs").keys("enter D enter");
    assert!(console.state.overlays.is_empty() && console.state.staging.changes.is_empty(), "Cancel is the default");
    console.keys("D").types("openai-log").keys("tab enter");
    assert!(matches!(console.state.overlays.last(), Some(Overlay::Confirm(_))), "the name is not right yet");
    console.keys("esc X");
    assert!(console.text().contains("! Revoke openai-logs?"), "{}", console.text());
    console.keys("tab enter");
    let after = console.state.staging.changes[0].1.after().cloned();
    assert!(matches!(after, Some(Record::Credential(key)) if key.state == KeyState::Revoked));
}

#[test]
fn who_may_not_is_told_why() {
    let mut console = Rehearsal::new("grace.obrien", 180, 40);
    console.keys("n j a");
    assert!(console.state.overlays.is_empty());
    assert!(console.text().contains("Assign a key here:"), "{}", console.text());
    assert!(console.text().contains("a (assign)"), "the footer dims it");
    let view = View::rehearsed(Rehearsal::organisation(), "ana.moreau", true);
    let mut console = Rehearsal::over(view, "keydeck-dark", 100, 30);
    assert!(console.text().contains("READ-ONLY"));
    console.keys("n j a");
    assert!(console.text().contains("this session is read-only"));
}

#[test]
fn inputs_of_the_preview_are_edited_in_place() {
    let mut console = at_a_problem();
    console.keys("p tab enter").types("staging").keys("enter");
    assert!(console.text().contains("✓ openai-finance-staging"), "{}", console.text());
    console.keys("j enter").types("yesterday").keys("enter");
    assert!(console.text().contains("is no time"));
    console.keys("ctrl-u enter");
    assert!(console.state.overlays.is_empty());
    console.keys("k e ctrl-u enter");
    assert!(console.text().contains("✗ wrong environment"));
}

#[test]
fn places_are_found_by_name_and_by_link() {
    let mut console = admin();
    console.keys(":").types("goto invoice-bot").keys("enter");
    let Some(spot @ Spot::Workflow(_)) = console.state.spot() else { panic!("{}", console.text()) };
    assert_eq!(label(console.state.view().unwrap(), spot), "invoice-bot");
    console.keys("y l y c");
    assert_eq!(console.copied, ["workflow/invoice-bot", "keydeck why invoice-bot"]);
}

#[test]
fn help_is_made_of_live_keys_and_runs_what_it_finds() {
    let mut console = admin();
    console.state.keymap.merge("[browse]\n\"z\" = \"toggle-details\"\n", "keys.toml");
    console.keys("?").types("z");
    let Some(Overlay::Finder(finder)) = console.state.overlays.last() else { panic!() };
    assert_eq!(finder.item().unwrap().name, "toggle-details", "a bare key finds what it does");
    console.keys("enter");
    assert_eq!(console.state.route().details, Some(false));
}

#[test]
fn what_others_apply_arrives_and_is_told() {
    let mut console = admin();
    console.keys("n");
    let spot = console.state.spot();
    let mut data = console.state.data.clone().unwrap();
    data.view = data.view.with_revision(&[], 7);
    console.hear(Event::Done(Done::Fresh(data)));
    assert!(console.text().contains("6 revisions were applied elsewhere"));
    assert_eq!(console.state.spot(), spot);
}

#[test]
fn the_mouse_chooses_opens_and_scrolls() {
    let mut console = admin();
    let mouse = |kind, row| Event::Mouse(Mouse { kind, column: 5, row, modifiers: Modifiers::NONE });
    let before = console.state.row_count();
    console.hear(mouse(MouseKind::Down(MouseButton::Left), 5));
    assert_eq!(console.state.route().list.cursor, 2);
    console.hear(mouse(MouseKind::Down(MouseButton::Left), 5));
    assert_ne!(console.state.row_count(), before);
    console.hear(mouse(MouseKind::ScrollDown, 5));
    assert!(console.state.route().list.top > 0);
}

#[test]
fn the_theme_follows_the_background_until_one_is_chosen() {
    let mut console = admin();
    console.state.follow = Some(crate::tui::theme::Following {
        depth: crate::tui::terminal::colour::Depth::TrueColor,
        dark: "keydeck-dark".to_owned(),
        light: "keydeck-light".to_owned(),
    });
    console.hear(Event::Reply(Reply::Background(255, 255, 255)));
    assert_eq!(console.state.theme.name(), "keydeck-light");
    console.keys(":").types("theme mono").keys("enter");
    console.hear(Event::Reply(Reply::Background(255, 255, 255)));
    assert_eq!(console.state.theme.name(), "mono");
}

#[test]
fn leaving_is_one_key_at_the_root() {
    let mut console = admin();
    console.keys("g c q");
    assert!(!console.state.finished, "q goes one step up first");
    console.keys("q");
    assert!(console.state.finished);
}

#[test]
fn every_action_can_be_asked_for_everywhere() {
    let screens = ["g w", "g c", "g p", "g s", "g o", "g m", "g r", "g d", "g u", "g w n j p"];
    for screen in screens {
        for row in ROWS.iter().filter(|row| row.action != Action::Quit) {
            let mut console = admin();
            console.keys(screen);
            availability(&console.state, row.action);
            run(&mut console.state, row.action, "", None);
            console.text();
            console.keys("down enter esc esc esc");
            console.text();
        }
    }
}
