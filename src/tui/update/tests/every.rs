//! Every action of the table does something somewhere, by keys that a script presses: what no script reaches fails here.

use std::collections::BTreeSet;

use super::{
    others::{elsewhere, note_on_the_node, strict},
    *,
};
use crate::{
    ops::{approval::Waiting, staging::Staged},
    tui::{
        action::{Completion, Section},
        event::Keys,
        keymap::{Lookup, Vocabulary as _},
        rehearsal::NOW,
        state::{
            finder::{Finder, Source},
            layer::layers,
        },
    },
};

/// What happens before the keys of a script.
pub(super) type Before = fn(&mut Rehearsal);

const NOTHING: Before = |_| {};

/// Keys in the notation of keymaps, after what comes before them; a part after `=` is typed as text.
const SCRIPTS: &[(Before, &str)] = &[
    (NOTHING, "j j k pagedown pageup G home"),
    (NOTHING, "j l l h h + _ n"),
    (NOTHING, "n j p tab shift-tab [ ]"),
    (NOTHING, "g c|enter"),
    (NOTHING, "g c|w esc"),
    (NOTHING, "g /|=invoice|enter"),
    (NOTHING, "/|=legal|enter esc"),
    (NOTHING, "g c s|=uses|enter right right left o"),
    (NOTHING, "g c C j space K J r esc"),
    (NOTHING, "g c space v j v * -"),
    (NOTHING, "g c j j shift-down shift-up shift-pagedown shift-pageup"),
    (NOTHING, "i E y y y l y c"),
    (NOTHING, "g c y e|=csv|enter"),
    (NOTHING, "g c j j y s"),
    (NOTHING, "n j a tab shift-tab ctrl-r ctrl-x ctrl-e enter A"),
    (NOTHING, "g o a|=p|tab|=anth|ctrl-n ctrl-p shift-tab esc"),
    (NOTHING, "g c e esc x u U X esc S"),
    (NOTHING, "g c right e esc esc D esc"),
    (at_the_note, "ctrl-e"),
    (NOTHING, "n j a enter ctrl-s esc g s d"),
    (NOTHING, "n j a enter g s ctrl-d"),
    (NOTHING, "n j a enter ctrl-s enter enter g s r"),
    (somebody_changed_the_same, "g s m"),
    (somebody_waits, "g s a"),
    (beside_another_workspace, "g i enter"),
    (NOTHING, "g h m"),
    (NOTHING, "g x l h"),
    (in_a_low_window, "g c J K"),
    (NOTHING, "g b b"),
    (NOTHING, "g b t"),
    (NOTHING, "I"),
    (NOTHING, "g c j j !"),
    (NOTHING, "g c j j R"),
    (NOTHING, "g c j j V"),
    (NOTHING, "g ,"),
    (NOTHING, "g l $ tab tab|=2.50|enter %"),
    (NOTHING, "n j a tab ctrl-o"),
    (NOTHING, ":|=them|tab esc esc ? esc ` W esc M g k esc ctrl-l ctrl-t L q"),
];

pub(super) fn somebody_changed_the_same(console: &mut Rehearsal) {
    console.keys("n j a enter");
    let change = note_on_the_node(console);
    console.others_apply("bob", vec![change]);
}

fn in_a_low_window(console: &mut Rehearsal) {
    console.hear(Event::Resize(150, 12));
}

fn beside_another_workspace(console: &mut Rehearsal) {
    console.with_workspaces(&["zeta"]);
}

pub(super) fn at_the_note(console: &mut Rehearsal) {
    console.keys("g c e");
    for _ in 0..30 {
        let Some(Overlay::Form(form)) = console.state.overlays.last() else { panic!() };
        if form.lines[form.at].label() == "note" {
            return;
        }
        console.keys("tab");
    }
    panic!("a key has a note");
}

pub(super) fn somebody_waits(console: &mut Rehearsal) {
    *console = strict();
    let changes = vec![(0, elsewhere(console))];
    let staged = Staged { base_revision: 1, updated_at: Some(NOW.parse().unwrap()), changes };
    console.waiting = vec![Waiting::rehearsed("bob", staged)];
    console.hear(Event::Done(Done::Stirred));
}

/// What can be noticed of a console: the screen, what it asked for, what went to the clipboard, what goes on.
fn noticed(console: &Rehearsal) -> (String, Option<usize>, usize, usize, bool) {
    let column = console.state.route().column;
    (console.text(), column, console.effects, console.copied.len(), console.state.finished)
}

/// Presses one key, and notes the action that it is bound to if something came of it.
fn press(console: &mut Rehearsal, key: Key, done: &mut BTreeSet<Action>) {
    let bound = console.state.keymap.lookup(&layers(&console.state), &console.state.pending, key);
    let before = noticed(console);
    console.hear(Event::Key(key));
    if let Lookup::Matched(binding) = bound
        && noticed(console) != before
    {
        done.insert(binding.action);
    }
}

#[test]
fn every_action_is_done_by_keys() {
    let mut done = BTreeSet::new();
    for (before, script) in SCRIPTS {
        let mut console = Rehearsal::with_secrets("ana.moreau", 150, 40);
        before(&mut console);
        for part in script.split('|') {
            match part.strip_prefix('=') {
                Some(text) => drop(console.types(text)),
                None => part
                    .trim()
                    .parse::<Keys>()
                    .unwrap()
                    .0
                    .into_iter()
                    .for_each(|key| press(&mut console, key, &mut done)),
            }
        }
    }
    // Going to a screen has a key each, and nothing else to it.
    for row in ROWS.iter().filter(|row| row.name.starts_with("goto-")) {
        for start in ["g a", "g w"] {
            let mut console = Rehearsal::new("ana.moreau", 100, 30);
            console.keys(start);
            row.keys[0].1.parse::<Keys>().unwrap().0.into_iter().for_each(|key| press(&mut console, key, &mut done));
        }
    }
    let missing: Vec<&str> = ROWS.iter().filter(|row| !done.contains(&row.action)).map(|row| row.name).collect();
    assert!(missing.is_empty(), "no script of SCRIPTS does {missing:?}: write one that shows what they do");
}

#[test]
fn every_action_has_a_key_and_stands_in_the_palette_where_it_makes_sense() {
    let console = admin();
    let palette = Finder::new(Source::Palette, "", &console.state);
    for row in ROWS {
        assert!(!row.keys.is_empty(), "{} has no key", row.name);
        let in_a_box = row.keys.iter().all(|(layer, _)| matches!(*layer, "columns" | "secret" | "picker"));
        let listed = palette.items.iter().any(|item| item.name == row.name);
        assert_eq!(listed, row.section != Section::Answer && !in_a_box, "{}", row.name);
    }
}

#[test]
fn what_is_local_is_refused_from_afar() {
    let mut console = admin();
    console.state.afar = true;
    for row in ROWS.iter().filter(|row| row.reach == crate::tui::action::Reach::Local) {
        assert!(run(&mut console.state, row.action, "", None).is_empty(), "{}", row.name);
        assert!(console.state.overlays.is_empty(), "{} opens something", row.name);
    }
    let free = ROWS.iter().filter_map(|row| Some((row.action, row.argument?)));
    assert!(
        free.into_iter()
            .any(|(action, argument)| action.name() == "export" && argument.complete == Completion::Formats)
    );
}
