use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Quit,
    Down,
    Keys,
    Flows,
    Sort,
}

impl Vocabulary for Deed {
    fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|deed| deed.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Quit => "quit",
            Self::Down => "move-down",
            Self::Keys => "goto-keys",
            Self::Flows => "goto-flows",
            Self::Sort => "sort",
        }
    }

    fn all() -> Vec<Self> {
        vec![Self::Quit, Self::Down, Self::Keys, Self::Flows, Self::Sort]
    }

    fn layers() -> Vec<&'static str> {
        vec!["global", "list"]
    }

    fn inside(layer: &str) -> Vec<&'static str> {
        if layer == "global" { vec!["list"] } else { Vec::new() }
    }

    fn defaults() -> Vec<(&'static str, &'static str, Self)> {
        vec![
            ("global", "q", Self::Quit),
            ("global", "g k", Self::Keys),
            ("global", "g w", Self::Flows),
            ("list", "j", Self::Down),
            ("list", "down", Self::Down),
            ("list", "g g", Self::Down),
        ]
    }
}

const LAYERS: [&str; 2] = ["list", "global"];

fn press(keymap: &Keymap<Deed>, written: &str) -> Lookup<Deed> {
    let keys: Keys = written.parse().unwrap();
    let (last, before) = keys.0.split_last().unwrap();
    keymap.lookup(&LAYERS, before, *last)
}

fn does(action: Deed) -> Lookup<Deed> {
    Lookup::Matched(Binding { action, argument: String::new() })
}

#[test]
fn lookups_are_pending_matched_not_found_or_cancelled() {
    let keymap = Keymap::<Deed>::defaults().unwrap();
    assert_eq!(press(&keymap, "j"), does(Deed::Down));
    assert_eq!(press(&keymap, "q"), does(Deed::Quit));
    assert_eq!(press(&keymap, "g"), Lookup::Pending);
    assert_eq!(press(&keymap, "g g"), does(Deed::Down));
    assert_eq!(press(&keymap, "g w"), does(Deed::Flows));
    assert_eq!(press(&keymap, "g z"), Lookup::Cancelled);
    assert_eq!(press(&keymap, "g esc"), Lookup::Cancelled);
    assert_eq!(press(&keymap, "z"), Lookup::NotFound);
}

#[test]
fn the_box_shows_how_a_sequence_goes_on_in_all_layers() {
    let keymap = Keymap::<Deed>::defaults().unwrap();
    let next = keymap.continuations(&LAYERS, &["g".parse().unwrap()]);
    let keys: Vec<String> = next.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["g", "k", "w"]);
    let first = keymap.continuations(&LAYERS, &[]);
    let group = first.iter().find(|(key, _)| *key == 'g'.into()).unwrap();
    assert_eq!(group.1, Continuation::Group(3));
}

#[test]
fn the_users_keys_win_and_noop_unbinds() {
    let mut keymap = Keymap::<Deed>::defaults().unwrap();
    let merged = keymap.merge(
        "[list]\n\"ctrl-n\" = \"move-down\"\n\"j\" = \"noop\"\n\"q\" = \"noop\"\n\"s\" = \"sort cost desc\"\n[global]\n\"g\" = \"goto-keys\"\n",
        "keys.toml",
    );
    assert_eq!(merged.problems, []);
    assert_eq!(press(&keymap, "ctrl-n"), does(Deed::Down));
    assert_eq!(press(&keymap, "down"), does(Deed::Down));
    assert_eq!(press(&keymap, "j"), Lookup::NotFound);
    assert_eq!(press(&keymap, "q"), Lookup::NotFound, "hidden by the inner layer");
    assert_eq!(keymap.lookup(&["global"], &[], 'q'.into()), does(Deed::Quit));
    assert_eq!(press(&keymap, "s"), Lookup::Matched(Binding { action: Deed::Sort, argument: "cost desc".to_owned() }));
    let hidden: Vec<String> =
        merged.hidden.iter().map(|(layer, keys, name)| format!("{layer} {keys} {name}")).collect();
    assert_eq!(hidden, ["global g k goto-keys", "global g w goto-flows", "list g g move-down"]);
    assert_eq!(keymap.lookup(&["global"], &[], 'g'.into()), does(Deed::Keys));
    let shown: Vec<String> = keymap.keys_for(&LAYERS, Deed::Down).iter().map(Keys::to_string).collect();
    assert_eq!(shown, ["down", "ctrl-n"]);
}

#[test]
fn a_key_of_the_users_wins_where_an_inner_layer_of_the_program_binds_it() {
    let mut keymap = Keymap::<Deed>::defaults().unwrap();
    let merged =
        keymap.merge("[global]\n\"j\" = \"quit\"\n\"g g\" = \"sort\"\n[list]\n\"down\" = \"quit\"\n", "keys.toml");
    assert_eq!(press(&keymap, "j"), does(Deed::Quit));
    assert_eq!(press(&keymap, "g g"), does(Deed::Sort));
    assert_eq!(press(&keymap, "g w"), does(Deed::Flows), "what continues otherwise stays");
    assert_eq!(
        merged.lines(),
        [
            "`j` in list: your key hides move-down, which has other keys: none",
            "`g g` in list: your key hides move-down, which has other keys: none",
        ]
        .map(|line| line.replace("which has other keys: none", "which has no other key there"))
    );
    // What the user binds in the inner layer themselves is meant so.
    let mut keymap = Keymap::<Deed>::defaults().unwrap();
    let merged = keymap.merge("[global]\n\"j\" = \"quit\"\n[list]\n\"j\" = \"sort\"\n", "keys.toml");
    assert_eq!(press(&keymap, "j"), does(Deed::Sort));
    assert_eq!(merged.lines(), Vec::<String>::new());
}

#[test]
fn mistakes_name_the_line_and_guess() {
    let mut keymap = Keymap::<Deed>::defaults().unwrap();
    let text = "[lsit]\n\"a\" = \"quit\"\n[list]\n\"x\" = \"quti\"\n\"ctrl-entre\" = \"quit\"\n\"y\" = 3\n\"C\" = \"quit\"\n\"shift-c\" = \"quit\"\n\"w\" = \"quit\"\n";
    let said: Vec<String> = keymap.merge(text, "keys.toml").problems.iter().map(Problem::to_string).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    keys.toml:1: no layer is called `lsit`; did you mean `list`?
    keys.toml:4: `x`: no action is called `quti`; did you mean `quit`?
    keys.toml:5: `ctrl-entre`: `entre` is no key; did you mean `enter`?
    keys.toml:6: `y` must be the name of an action in quotes, or "noop"
    keys.toml:8: `C` is bound twice in `list`; remove one of the two
    "#);
    assert_eq!(press(&keymap, "w"), does(Deed::Quit), "what is right holds");
    let broken = keymap.merge("[list]\n\"a = 1", "keys.toml");
    assert_eq!(broken.problems[0].line, Some(2));
}

#[test]
fn a_default_bound_twice_is_found() {
    let mut keymap = Keymap::<Deed>::defaults().unwrap();
    assert!(matches!(keymap.bind_default("global", "g", Deed::Quit), Err(Mistake::Twice { .. })));
}
