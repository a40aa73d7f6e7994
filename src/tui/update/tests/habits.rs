//! What users of terminal programs expect everywhere: ranges, columns, exports, short names, the mouse, the command log.

use super::*;
use crate::{
    domain::credential::Credential,
    ops::find::Thing,
    tui::{
        action::Danger,
        state::{columns::chosen, finder::Item, overlay::Told},
        update::going,
        view::bars,
    },
};

fn marks(console: &Rehearsal) -> usize {
    console.state.route().marks.len()
}

fn items(console: &Rehearsal) -> &[Item] {
    let Some(Overlay::Finder(finder)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    &finder.items
}

pub(super) fn click(console: &mut Rehearsal, column: u16, row: u16) {
    let kind = MouseKind::Down(MouseButton::Left);
    console.hear(Event::Mouse(Mouse { kind, column, row, modifiers: Modifiers::NONE }));
}

/// Clicks on the first letter of a text.
#[track_caller]
pub(super) fn click_on(console: &mut Rehearsal, text: &str) {
    let frame = console.text();
    let found = frame.lines().enumerate().find_map(|(row, line)| Some((row, line[..line.find(text)?].chars().count())));
    let Some((row, column)) = found else { panic!("no {text:?} in\n{frame}") };
    click(console, u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
}

#[test]
fn a_range_follows_the_cursor_both_ways_and_page_keys_extend_it() {
    let mut console = admin();
    console.keys("g c v j j j");
    assert_eq!(marks(&console), 4);
    console.keys("k k");
    assert_eq!(marks(&console), 2, "what the range leaves is unmarked");
    console.keys("pagedown");
    assert!(marks(&console) > 10, "{}", marks(&console));
    console.keys("v -");
    assert_eq!(marks(&console), 0);
    console.keys("g g shift-down shift-down");
    assert_eq!(marks(&console), 3);
    console.keys("shift-up");
    assert_eq!(marks(&console), 2);
    console.keys("j j shift-down");
    assert_eq!(marks(&console), 4, "a plain motion ends the range, and its marks stay");
    console.keys("shift-pagedown shift-pageup space *");
    assert_eq!(marks(&console), console.state.row_count());
}

#[test]
fn what_is_marked_is_counted_in_the_words_of_actions_and_changed_together() {
    let mut console = Rehearsal::with_secrets("ana.moreau", 180, 40);
    console.keys("g c /").types("state:active").keys("enter space space space");
    assert!(console.text().contains("disable 3"), "{}", console.text());
    console.keys("?").types("revoke");
    assert!(items(&console)[0].about.ends_with("(3 marked)"), "{:?}", items(&console)[0]);
    console.keys("esc esc x");
    assert_eq!(console.state.staging.changes.len(), 3);
    assert_eq!(marks(&console), 0);
    console.keys("u");
    assert!(console.state.staging.changes.is_empty(), "one undo takes all three back");
    console.keys("g g space space X");
    assert!(console.text().contains("Revoke 2 keys?"), "{}", console.text());
    console.keys("tab enter");
    assert_eq!(console.state.staging.changes.len(), 2);
    console.keys("u / ctrl-u").types("uses<1").keys("enter - g g space space D").types("2 things");
    let Some(Overlay::Confirm(confirm)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    assert_eq!(confirm.dialog.name.as_deref(), Some(confirm.state.typed.text()), "how many go has to be typed");
    assert!(matches!(&confirm.deed, crate::tui::state::overlay::Deed::Stage(changes, _) if changes.len() >= 2));
}

#[test]
fn columns_are_walked_sorted_and_edited_in_place() {
    let mut console = admin();
    console.keys("g c right right o");
    assert_eq!(console.state.route().sort[0], crate::tui::widget::table::Sorted { column: 1, descending: false });
    console.keys("o");
    assert!(console.state.route().sort[0].descending, "again turns it round");
    assert!(console.text().contains("provider▼"), "{}", console.text());
    console.keys("left e");
    let Some(Overlay::Form(form)) = console.state.overlays.last() else { panic!("{}", console.text()) };
    assert_eq!(form.lines.len(), 1, "one field");
    assert_eq!(form.lines[0].label(), "name");
    console.keys("ctrl-u").types("renamed").keys("enter");
    let after = console.state.staging.changes[0].1.after().cloned();
    assert!(matches!(after, Some(Record::Credential(Credential { name, .. })) if &*name == "renamed"));
    console.keys("esc esc");
    assert_eq!(console.state.route().column, None, "esc leaves the cells");
}

#[test]
fn columns_are_chosen_and_put_in_order() {
    let mut console = admin();
    console.keys("g c C j space");
    assert!(!console.text().lines().nth(2).unwrap().contains("provider"), "{}", console.text());
    console.keys("k J esc");
    let first: Vec<usize> = chosen(&console.state).shown().take(2).collect();
    assert_eq!(first, [0, 2], "the hidden one stands first in the order and is not seen");
    console.keys("C r esc");
    assert_eq!(
        chosen(&console.state),
        crate::tui::state::columns::Chosen::all(crate::tui::state::table::columns(&Screen::Credentials))
    );
    console.keys("g w C j space");
    let head = console.text().lines().nth(2).unwrap().to_owned();
    assert!(head.contains("workflow") && !head.contains("model"), "a tree hides columns, too: {head}");
    console.keys("K");
    assert!(console.text().contains("keeps the order"), "{}", console.text());
}

#[test]
fn exports_hold_what_the_filter_shows_and_go_no_further_than_allowed() {
    let mut console = admin();
    console.keys("g c /").types("provider:openai").keys("enter C j j space esc :").types("export csv").keys("enter");
    let text = console.copied.pop().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "key,provider,env,state,expires,last4,uses,verified,budget left");
    assert_eq!(lines.len(), console.state.row_count() + 1);
    console.keys("y e").types("json").keys("enter");
    let read: serde_json::Value = serde_json::from_str(&console.copied.pop().unwrap()).unwrap();
    assert!(read[0]["provider"].as_str().unwrap().contains("openai"));
    console.keys(":").types("export md /tmp/never/keys.md").keys("enter");
    assert!(console.text().contains("written to /tmp/never/keys.md"), "{}", console.text());
    console.state.afar = true;
    console.keys(":").types("export md /tmp/never/keys.md").keys("enter");
    assert!(console.text().contains("Nothing is written into files of the server"), "{}", console.text());
    console.keys("g w :").types("export md").keys("enter");
    assert!(console.copied.pop().unwrap().starts_with("| kind | workflow |"));
}

#[test]
fn short_names_lead_to_any_kind_of_thing() {
    let mut console = admin();
    console.keys(":").types("key openai-logs").keys("enter");
    let Some(Thing::Credential(ix)) = console.state.thing() else { panic!("{}", console.text()) };
    assert_eq!(&*console.state.view().unwrap().credential(ix).unwrap().name, "openai-logs");
    console.keys(": up enter");
    assert_eq!(console.state.commands.last().map(String::as_str), Some("key openai-logs"));
    console.keys(":").types("wf invoice-bot").keys("enter");
    assert!(matches!(console.state.thing(), Some(Thing::Workflow(_))));
    console.keys(":").types("node invoice-bot").keys("enter");
    assert!(matches!(console.state.thing(), Some(Thing::Node(_))), "{}", console.text());
    console.keys(":").types("operator ana").keys("enter");
    assert!(matches!(console.state.thing(), Some(Thing::Operator(_))));
    console.keys(":").types("keys").keys("enter");
    assert_eq!(console.state.route().screen, Screen::Credentials);
    console.keys(":").types("sort budget left desc").keys("enter");
    assert!(console.state.route().sort[0].descending);
    console.keys("/").types("budget-left>1").keys("enter");
    assert!(console.state.row_count() > 0 && console.state.row_count() < console.state.table.rows.len());
}

#[test]
fn the_palette_completes_with_tab() {
    let mut console = admin();
    console.keys(":").types("them").keys("tab").types("mo").keys("tab");
    let Some(Overlay::Finder(finder)) = console.state.overlays.last() else { panic!() };
    assert_eq!(finder.input.text(), "theme mono");
}

#[test]
fn help_holds_every_action_with_the_place_where_its_key_is_heard() {
    let mut console = admin();
    console.keys("?");
    for row in ROWS {
        let item = items(&console).iter().find(|item| item.name == row.name);
        assert!(item.is_some_and(|item| !item.mark.is_empty()), "{}", row.name);
    }
    assert!(items(&console).iter().any(|item| item.about.contains("Hold Shift")));
    console.types("approve");
    assert_eq!(items(&console)[0].reason.as_deref(), Some("on the screen of staged changes"));
    console.keys("enter");
    assert!(console.text().contains("on the screen of staged changes"), "{}", console.text());
    let mut console = at_a_problem();
    console.keys("a f1");
    assert_eq!(items(&console)[0].name, "move-up");
    assert_eq!(items(&console)[0].mark, "up  ctrl-p", "keys of the picker");
    console.types("toggle-strength").keys("enter");
    assert!(console.state.picker().unwrap().preferred, "it is done where help was opened");
}

#[test]
fn the_command_log_says_what_was_done_and_how_the_command_line_does_it() {
    const SECRET: &str = "sk-proj-Zx81-never-to-be-seen";
    let mut console = at_a_problem();
    console.keys("` a tab").types("deny").keys("enter ctrl-s").types("it's over").keys("enter enter");
    console.keys("g c a").types("openai-new").keys("tab").types("openai").keys("tab").pastes(SECRET).keys("enter");
    let told: Vec<String> = console.state.journal.newest().flat_map(|deed| deed.commands.clone()).collect();
    assert_eq!(
        told[..4],
        [
            "keydeck add credential openai-new provider=openai --stage",
            "keydeck list credentials",
            "keydeck staged apply -m 'it'\\''s over'",
            &told[3],
        ],
        "{told:?}"
    );
    // A rule that stands there already is edited.
    assert!(
        told[3].starts_with("keydeck edit assignment/") && told[3].ends_with(" target=deny --stage"),
        "{}",
        told[3]
    );
    assert!(console.text().contains("What the last keys did") && console.text().contains("$ keydeck"));
    assert!(!console.text().contains("Zx81") && !format!("{:?}", console.state.journal).contains("Zx81"));
    console.keys("j j j");
    assert_eq!(console.state.journal.newest().next().unwrap().times, 3);
    console.keys("`");
    assert!(!console.text().contains("What the last keys did"));
}

#[test]
fn edits_removals_and_reveals_have_their_commands() {
    let mut console = Rehearsal::with_secrets("ana.moreau", 140, 40);
    let mut last = |keys: &str, typed: &str, then: &str| {
        console.keys(keys).types(typed);
        if !then.is_empty() {
            console.keys(then);
        }
        console.state.journal.newest().find(|deed| !deed.commands.is_empty()).unwrap().commands.join("; ")
    };
    assert!(last("g c x", "", "").starts_with("keydeck disable key/"));
    assert_eq!(last("u", "", ""), "keydeck staged discard 1");
    assert!(last("S", "", "esc").starts_with("keydeck reveal key/"));
    assert!(last("w", "", "esc").starts_with("keydeck who-uses key/"));
    let renamed = last("right e ctrl-u", "new name", "enter");
    assert!(renamed.starts_with("keydeck edit key/") && renamed.ends_with("'name=new name' --stage"), "{renamed}");
}

#[test]
fn the_mouse_reaches_heads_hints_steps_lines_and_buttons() {
    let mut console = admin();
    click_on(&mut console, "? help");
    click_on(&mut console, "goto-credentials");
    assert_eq!(console.state.route().screen, Screen::Credentials, "{}", console.text());
    click_on(&mut console, "owner");
    click_on(&mut console, "state");
    assert!(console.text().contains("state▲1") && console.text().contains("owner▲2"), "{}", console.text());
    console.keys("X");
    click_on(&mut console, "Cancel");
    assert!(console.state.overlays.is_empty());
    console.keys("X");
    click_on(&mut console, "Stage it");
    assert_eq!(console.state.staging.changes.len(), 1);
    console.keys("g p");
    click_on(&mut console, "Credentials");
    assert_eq!(console.state.route().screen, Screen::Credentials, "a step of the way");
}

#[test]
fn every_place_has_a_link_that_leads_back() {
    let mut console = admin();
    console.keys("g a y l g w n y l p y l");
    let copied = console.copied.clone();
    assert_eq!(copied[0], "screen/audit");
    assert!(copied[1].starts_with("workflow/") && copied[2].starts_with("preview/"), "{copied:?}");
    for (link, screen) in
        [("screen/audit", Screen::Audit), ("screen/rules", Screen::Records(crate::domain::record::Kind::Assignment))]
    {
        going::follow(&mut console.state, &crate::domain::link::Link::parse(link).unwrap());
        assert_eq!(console.state.route().screen, screen);
    }
    going::follow(&mut console.state, &crate::domain::link::Link::parse("screen/nowhere").unwrap());
    assert!(console.text().contains("There is no screen nowhere; there are"), "{}", console.text());
}

#[test]
fn the_table_tells_the_truth_about_what_asks_first() {
    // What is undone by one key asks nothing; what isn't asks with Cancel as the default, or for the name.
    let mut console = at_a_problem();
    console.keys("a enter");
    for (row, keys) in [("apply", "ctrl-s"), ("discard-all", "g s ctrl-d"), ("revoke", "g c X"), ("remove", "g c D")] {
        let row = ROWS.iter().find(|it| it.name == row).unwrap();
        console.keys(keys);
        let asks = match console.state.overlays.last() {
            Some(Overlay::Confirm(confirm)) if confirm.dialog.name.is_some() => Danger::TypeName,
            Some(Overlay::Confirm(_) | Overlay::Apply(_)) => Danger::Confirm,
            _ => Danger::None,
        };
        assert_eq!(asks, row.danger, "{}", row.name);
        console.keys("esc");
    }
    assert!(bars::hit(&console.state, &crate::tui::state::layout::Layout::of(&console.state), 0, 5).is_none());
}

#[test]
fn long_work_is_told_and_stopped_by_esc_and_what_writes_is_not() {
    let mut console = admin();
    let begin = |number, can_stop| Done::Begun { number, words: "Searching", can_stop, applies: !can_stop };
    let later = |console: &mut Rehearsal, milliseconds: i64| {
        let now = console.state.now + jiff::SignedDuration::from_millis(milliseconds);
        console.hear(Event::Tick(now));
    };
    console.hear(Event::Done(begin(1, true)));
    assert!(!console.text().contains("Searching"), "what is quick is not told");
    later(&mut console, 200);
    assert!(console.text().contains("Searching"), "{}", console.text());
    later(&mut console, 1_900);
    assert!(console.text().contains("Searching 2 s · esc cancel"), "{}", console.text());
    let effects = update(&mut console.state, Event::Key(Key::plain(KeyCode::Esc)));
    assert!(matches!(effects.as_slice(), [Effect::Stop(1)]), "{effects:?}");
    console.hear(Event::Done(begin(2, false)));
    later(&mut console, 3_000);
    let shown = console.text();
    assert!(shown.contains("Searching 3 s") && !shown.contains("esc cancel"), "{shown}");
    console.hear(Event::Done(Done::Ended(2)));
    assert!(!console.text().contains("Searching"));
}

#[test]
fn control_c_stops_then_closes_then_asks_then_leaves() {
    let mut console = admin();
    console.hear(Event::Done(Done::Begun { number: 1, words: "Searching", can_stop: true, applies: false }));
    let now = console.state.now + jiff::SignedDuration::from_secs(1);
    console.hear(Event::Tick(now));
    console.keys("? ctrl-c");
    assert!(console.state.jobs.told(now, true).is_none() && !console.state.overlays.is_empty());
    console.keys("ctrl-c");
    assert!(console.state.overlays.is_empty());
    console.keys("ctrl-c");
    assert!(console.text().contains("Leave keydeck?") && !console.state.finished);
    console.keys("enter");
    assert!(console.state.overlays.is_empty() && !console.state.finished, "Cancel is the default");
    console.keys("ctrl-c ctrl-c");
    assert!(console.state.finished);
}

#[test]
fn what_others_changed_is_marked_for_a_while_and_its_age_is_told() {
    let mut console = admin();
    console.keys("g c j");
    let thing = console.state.thing().unwrap();
    console.keys("k");
    let mut data = console.state.data.clone().unwrap();
    data.view = data.view.with_revision(&[], 7);
    console.hear(Event::Done(Done::Fresh(data)));
    console.hear(Event::Done(Done::Touched { revision: 6, things: vec![thing] }));
    assert!(console.state.changed.is_empty(), "late news");
    console.hear(Event::Done(Done::Touched { revision: 7, things: vec![thing] }));
    let marked = |console: &Rehearsal| console.text().lines().any(|line| line.starts_with(" ~"));
    assert!(marked(&console), "{}", console.text());
    assert!(console.text().contains("synced now"));
    let now = console.state.now + jiff::SignedDuration::from_secs(200);
    console.hear(Event::Tick(now));
    assert!(!marked(&console));
    assert!(console.text().contains("synced 3 min ago"), "{}", console.text());
}

#[test]
fn what_is_wrong_with_the_users_keys_and_columns_is_told_and_can_be_read_again() {
    let mut console = admin();
    let merged = console
        .state
        .keymap
        .merge("[global]\n\"a\" = \"goto-audit\"\n\"g\" = \"refresh\"\n[browse]\n\"zz\" = \"quti\"\n", "keys.toml");
    let chosen = [("credentials".to_owned(), vec!["-last4".to_owned(), "+ownr".to_owned()])].into_iter().collect();
    let mut report = merged.lines();
    report.extend(crate::tui::state::memory::take_columns(&mut console.state, &chosen));
    console.state.tell_at_start(None, report);
    assert!(console.text().contains("things are to be told of your keys"), "{}", console.text());
    console.keys(":").types("start-report").keys("enter");
    let lines: Vec<&str> = items(&console).iter().map(|item| item.name.as_str()).collect();
    for wanted in [
        "keys.toml:5: `zz`",
        "`a` in workflows: your key hides assign, which has no other key there",
        "columns of credentials: there is no column ownr; did you mean owner?",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(wanted)), "{wanted}: {lines:?}");
    }
    console.keys("esc esc a");
    assert_eq!(console.state.route().screen, Screen::Audit, "the user's key wins over that of the screen");
}

#[test]
fn a_workflow_says_of_its_keys_what_its_nodes_say_with_what_is_staged() {
    // So wide that no details stand beside.
    let mut console = Rehearsal::new("ana.moreau", 98, 40);
    console.keys("n");
    let row = |console: &Rehearsal| {
        let text = console.text();
        let mut rows = text.lines().filter(|line| !line.contains("Workflows ›"));
        rows.find(|line| line.contains("refund-appr")).unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert!(row(&console).contains("no key"), "{}", row(&console));
    console.keys("j a enter");
    assert!(row(&console).contains("→ openai-fin"), "{}", console.text());
    let branch = |console: &Rehearsal| {
        let text = console.text();
        text.lines().find(|line| line.contains("Invoices  ")).unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert!(branch(&console).contains("→ ✓ all have keys"), "{}", console.text());
    console.keys("u");
    assert!(row(&console).contains("no key"), "{}", row(&console));
    assert!(branch(&console).contains("✗ 1 of 16 lack a key"), "{}", console.text());
}

/// Returns the letters of a line of the screen that are underlined.
fn underlined(console: &Rehearsal, of: &str) -> String {
    let frame = console.frame();
    let text = console.text();
    let y = text.lines().position(|line| line.contains(of)).unwrap_or_else(|| panic!("no {of:?} in\n{text}"));
    let row = (0..frame.area.width).map(|x| &frame[(x, u16::try_from(y).unwrap())]);
    row.filter(|cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED))
        .map(ratatui::buffer::Cell::symbol)
        .collect()
}

#[test]
fn what_a_filter_found_is_marked_in_every_list() {
    let mut console = admin();
    console.keys("g c /").types("anth legal").keys("enter");
    assert_eq!(underlined(&console, "› anthropic-legal"), "anthLegal");
    console.keys("esc");
    assert_eq!(underlined(&console, "› anthropic-legal"), "");
    console.keys("g w /").types("invoice").keys("enter");
    assert_eq!(underlined(&console, "▸ invoice-bot"), "invoice");
    console.keys("esc :").types("goto-mat");
    assert_eq!(underlined(&console, "goto-matrix"), "goto-mat");
}

#[test]
fn a_box_that_is_too_long_for_the_window_is_scrolled() {
    let mut console = admin();
    let lines = (1..=60).map(|number| format!("line {number}")).collect();
    console.state.overlays.push(Overlay::Told(Box::new(Told { title: "Long".to_owned(), lines })));
    let seen = |console: &Rehearsal, line: &str| console.text().contains(line);
    assert!(seen(&console, "line 1 ") && seen(&console, "more lines"), "{}", console.text());
    console.keys("down");
    assert!(!seen(&console, "line 1 ") && seen(&console, "line 2 "), "{}", console.text());
    console.keys("pagedown pagedown pagedown pagedown pagedown pagedown");
    assert!(seen(&console, "line 60") && seen(&console, "this is the end"), "{}", console.text());
    console.keys("up");
    assert!(!seen(&console, "line 60") && seen(&console, "1 more line"), "it goes back at once: {}", console.text());
    console.keys("esc");
    assert_eq!((console.state.overlays.len(), console.state.scrolled), (0, 0));
}
