//! Every screen at the sizes that matter, and pictures for the documents.

use ratatui::layout::Rect;

use crate::{
    domain::{change::Change, record::Record},
    ops::{
        approval::Waiting,
        failure::{Failure, Kind},
        staging::Staged,
        view::View,
    },
    tui::{
        effect::Done,
        event::Event,
        picture,
        rehearsal::{self, Rehearsal},
    },
};

/// What is on the screen after these keys; a part after `=` is typed as text.
const SCENES: &[(&str, &str)] = &[
    ("overview", "g h"),
    ("overview with a finding", "g h enter j j"),
    ("mend", "g h|/|=code:unused_key|enter|m"),
    ("matrix", "g x n"),
    ("workflows", "n j"),
    ("credentials", "g c j"),
    ("providers", "g p"),
    ("rules", "g r"),
    ("audit", "g a"),
    ("departments", "g d"),
    ("operators", "g u"),
    ("models", "g l j"),
    ("form of a pool", "g o a|=care|tab|=openai|tab|=openai-care-a:2|enter|ctrl-n"),
    ("form of an operator", "g u e tab tab tab"),
    ("settings", "g ,"),
    ("no keys of a provider", "g c|/|=provider:groqqq|enter"),
    ("preview", "n j p"),
    ("costs", "g b"),
    ("costs by credential", "g b|:|=costs-by credential|enter j"),
    ("costs of a workflow", "g b|:|=costs-by workflow|enter|enter|tab tab tab"),
    ("preview of a workflow", ": |=goto dunning-letters|enter p"),
    ("picker", "n j a tab"),
    ("form", "g c a|=openai-new|tab|=openai|tab"),
    ("filter", "/|=is:problem dept:engineering"),
    ("no match", "/|=zzz|enter"),
    ("help", "?|=sta"),
    ("palette", ":|=theme "),
    ("which key", "g"),
    ("nothing staged", "g s"),
    ("changes", "n j a enter n j a tab|=deny|enter g s"),
    ("apply", "n j a enter ctrl-s"),
    ("confirm", "g c D"),
    ("unlock", "L L"),
];

fn play(console: &mut Rehearsal, keys: &str) {
    for part in keys.split('|') {
        match part.strip_prefix('=') {
            Some(text) => console.types(text),
            None => console.keys(part.trim()),
        };
    }
    // Notes come and go; the scenes are about what stays.
    while console.state.toasts.dismiss() {}
}

#[test]
fn every_screen_at_every_size() {
    for (width, height) in [(80, 24), (120, 40), (200, 60), (40, 12)] {
        for (name, keys) in SCENES {
            let mut console = Rehearsal::new("ana.moreau", width, height);
            play(&mut console, keys);
            insta::assert_snapshot!(format!("{name} {width}x{height}"), console.text());
        }
    }
}

#[test]
fn the_box_of_a_secret_fits_every_size_and_holds_none() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut console = Rehearsal::with_secrets("ana.moreau", width, height);
        play(&mut console, "g c j S");
        insta::assert_snapshot!(format!("reveal {width}x{height}"), console.text());
        for width in [20, 21, 25, 39, 60, 200] {
            for height in [6, 7, 8, 9, 10, 13, 60] {
                console.state.size = (width, height);
                let frame = console.frame();
                for window in super::windows(&console.state) {
                    assert_eq!(window.intersection(*frame.area()), window, "{width}×{height}");
                    assert!(window.positions().all(|at| frame[at].symbol() == " "), "{width}×{height}");
                }
            }
        }
    }
}

#[test]
fn a_rotation_and_an_emergency_at_every_size() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut console = Rehearsal::with_secrets("ana.moreau", width, height);
        play(&mut console, "g c|/|=openai-shared-a|enter|R");
        insta::assert_snapshot!(format!("rotate {width}x{height}"), console.text());
        play(&mut console, "esc|!|=openai-shared-a|tab");
        insta::assert_snapshot!(format!("revoke now {width}x{height}"), console.text());
        play(&mut console, "enter");
        insta::assert_snapshot!(format!("revoked now {width}x{height}"), console.text());
    }
}

#[test]
fn what_others_do_is_shown() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = Rehearsal::new("ana.moreau", width, height);
        play(&mut console, "n j a enter");
        let (_, change) = console.state.staging.changes[0].clone();
        let Some(Record::Node(before)) = change.before().cloned() else { panic!("{change:?}") };
        let theirs = crate::domain::workflow::Node { note: Some("leave it".into()), ..before.clone() };
        console.others_apply("bob", vec![Change::edit(before, theirs).unwrap()]);
        play(&mut console, "g s");
        insta::assert_snapshot!(format!("behind {width}x{height}"), console.text());
        play(&mut console, "ctrl-s");
        assert!(console.text().contains("note  was nothing · bob's leave it · yours nothing"), "{}", console.text());
        play(&mut console, "esc");
        let staged = Staged { base_revision: 1, updated_at: None, changes: vec![(0, change)] };
        console.waiting = vec![Waiting::rehearsed("carol", staged)];
        console.hear(Event::Done(Done::Stirred));
        let failure = Failure::new(Kind::Unavailable, "the database can't be reached");
        console.hear(Event::Done(Done::Lost(failure)));
        play(&mut console, "j");
        insta::assert_snapshot!(format!("lost, and one waits {width}x{height}"), console.text());
        console.state.lost = None;
        play(&mut console, "a");
        insta::assert_snapshot!(format!("approve {width}x{height}"), console.text());
    }
}

#[test]
fn meaning_is_never_in_colour_alone() {
    let view = View::rehearsed(Rehearsal::organisation(), "ana.moreau", false);
    for (name, keys) in
        [("workflows", "n j"), ("preview", "n j p j j j j j j j"), ("picker", "n j a"), ("costs", "g b")]
    {
        let mut console = Rehearsal::over(view.clone(), "mono", 80, 24);
        play(&mut console, keys);
        insta::assert_snapshot!(format!("{name} without colour"), picture::marked_text(&console.frame()));
    }
}

#[test]
fn the_frame_stands_before_the_database_is_open() {
    insta::assert_snapshot!("opening 80x24", picture::text(&rehearsal::frame(&rehearsal::begin("mono"))));
}

#[test]
fn no_size_breaks_any_screen() {
    for (_, keys) in SCENES {
        let mut console = Rehearsal::new("ana.moreau", 80, 24);
        play(&mut console, keys);
        for width in (1..24).chain([39, 59, 60, 61, 99, 100, 200]) {
            for height in [1, 2, 5, 6, 7, 8, 11, 13, 16, 20, 23, 60] {
                console.state.size = (width, height);
                console.frame();
            }
        }
    }
}

#[test]
fn too_small_a_window_says_what_is_needed() {
    let console = Rehearsal::new("ana.moreau", 30, 4);
    assert_eq!(console.text(), "keydeck needs 20×6");
}

#[test]
fn wide_and_long_names_stay_in_their_columns() {
    let view = View::rehearsed(Rehearsal::organisation(), "ana.moreau", false);
    let mut changes = Vec::new();
    let names = [
        "請求書ロボット・二〇二六年度版",
        "👩‍💻 code review",
        "مساعد الفواتير",
        "a-very-long-name-that-never-ends-and-goes-on",
    ];
    for ((_, workflow), name) in view.workflows().zip(names) {
        let mut renamed = workflow.clone();
        renamed.name = name.into();
        changes.extend(Change::edit(Record::from(workflow.clone()), Record::from(renamed)));
    }
    let mut console = Rehearsal::over(view.with_revision(&changes, 2), "mono", 80, 24);
    console.keys("+");
    for _ in 0..20 {
        let frame = console.frame();
        let area = *frame.area();
        // The scrollbar is in the last column of every row of the list, whatever stands before it.
        for y in 3..area.height - 1 {
            assert!(["│", "┃"].contains(&frame[(79, y)].symbol()), "{}", console.text());
        }
        console.keys("pagedown");
    }
}

/// The pictures of the documents, made by the program: `INSTA_UPDATE=always cargo test pictures` draws them anew.
#[test]
fn pictures_of_the_documents_are_true() {
    let scenes = [
        ("overview", "g h enter j"),
        ("matrix", "g x n"),
        ("workflows", "n j"),
        ("assign", "n j a tab"),
        ("preview", "n j p"),
        ("credentials", "g c j j"),
        ("costs", "g b"),
    ];
    for (name, keys) in scenes {
        let mut console = Rehearsal::new("ana.moreau", 110, 30);
        play(&mut console, keys);
        let frame = console.frame();
        assert_eq!(*frame.area(), Rect::new(0, 0, 110, 30));
        let drawn = picture::svg(&frame, "keydeck demo", [0xd5, 0xda, 0xe6], [0x12, 0x15, 0x1c]);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/pictures/{name}.svg"));
        if std::env::var("INSTA_UPDATE").is_ok_and(|wish| wish == "always") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == drawn, "docs/pictures/{name}.svg is not what the screen shows; draw it anew");
    }
}
