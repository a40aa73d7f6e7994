use ratatui::style::{Color, Modifier};

use super::*;
use crate::tui::terminal::colour::rgb;

fn load(text: &str) -> (Theme, Vec<String>) {
    let (theme, warnings) = Theme::load("mine", |name| (name == "mine").then(|| text.to_owned()));
    (theme, warnings.iter().map(ToString::to_string).collect())
}

#[test]
fn the_programs_themes_are_without_fault() {
    for (name, _) in BUILTIN {
        let (_, warnings) = Theme::load(name, |_| None);
        assert_eq!(warnings, [], "{name}");
    }
}

#[test]
fn a_user_theme_inherits_and_a_bad_key_warns_and_goes_on() {
    let (theme, warnings) = load(
        "inherits = \"keydeck-dark\"\ncolour = 1\n[palette]\nsea = \"#010203\"\n[roles]\naccent = \"sea\"\n\"row.slected\" = \"sea\"\nmuted = \"see\"\nok = { fg = \"red\", attributes = [\"bold\", \"fat\"] }\n",
    );
    insta::assert_snapshot!(warnings.join("\n"), @r"
    theme mine:2: `colour` is unknown; a theme has inherits, palette, roles
    theme mine:7: there is no role `row.slected`; did you mean `row.selected`?
    theme mine:8: `see` is no colour; did you mean `sea`?
    theme mine:9: there is no attribute `fat`; there are bold, dim, italic, underline, reverse, strike
    ");
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::Rgb(1, 2, 3)));
    assert_eq!(theme.style(Role::Ok).add_modifier, Modifier::BOLD);
    assert_eq!(theme.style(Role::Muted), Theme::builtin("keydeck-dark").style(Role::Muted));
}

#[test]
fn narrow_roles_fall_back_to_wide_ones_and_those_to_text() {
    let (theme, _) = load("[roles]\ntext = \"white\"\nowner = \"red\"\ntoast = \"blue\"\n\"toast.ok\" = \"green\"\n");
    assert_eq!(theme.style(Role::ToastOk).fg, Some(Color::Green));
    assert_eq!(theme.style(Role::ToastError).fg, Some(Color::Blue));
    assert_eq!(theme.style(Role::Winner).fg, Some(Color::White));
}

#[test]
fn unknown_themes_and_circles_end_in_the_default() {
    let (theme, warnings) = Theme::load("keydeck-drak", |_| None);
    assert_eq!(warnings[0].to_string(), "theme keydeck-drak: there is no such theme; did you mean `keydeck-dark`?");
    assert_eq!(theme.style(Role::Accent), Theme::builtin("keydeck-dark").style(Role::Accent));
    let (_, warnings) =
        Theme::load("a", |name| Some(format!("inherits = \"{}\"", if name == "a" { "b" } else { "a" })));
    assert!(!warnings.is_empty());
    let own = |name: &str| {
        (name == "mono").then(|| "inherits = \"mono\"\n[roles]\nok = { attributes = [\"italic\"] }".to_owned())
    };
    let (theme, warnings) = Theme::load("mono", own);
    assert_eq!(warnings, []);
    assert_eq!(theme.style(Role::Ok).add_modifier, Modifier::ITALIC);
    assert_eq!(theme.style(Role::Loser), Theme::builtin("mono").style(Role::Loser));
}

/// The contrast of two colours by WCAG 2.1.
fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |colour| {
        let channels = rgb(colour).unwrap().map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    };
    let (a, b): (f64, f64) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Every text role is readable on its own background, and on every row that it may stand on.
#[test]
fn text_is_readable_on_what_it_stands_on() {
    let mut unreadable = Vec::new();
    // The two that leave colours to the terminal have no grounds to be measured on.
    for (name, _) in BUILTIN.iter().filter(|(name, _)| !["keydeck-16", "mono"].contains(name)) {
        let least = if *name == "high-contrast" { 7.0 } else { 4.5 };
        let theme = Theme::builtin(name);
        let ground = theme.style(Role::Screen).bg.unwrap();
        let grounds =
            [Role::Screen, Role::RowSelected, Role::RowUnfocused, Role::RowMarked, Role::RowChanged, Role::Dialog];
        for role in Role::ALL {
            let style = theme.style(*role);
            let fg = style.fg.or(theme.style(Role::Text).fg).unwrap();
            let on: Vec<Color> = match style.bg {
                Some(bg) => vec![bg],
                None => grounds.iter().map(|role| theme.style(*role).bg.unwrap_or(ground)).collect(),
            };
            let least = match role {
                line if line.is_line() => 1.4,
                Role::Disabled => 3.0,
                _ => least,
            };
            for bg in on {
                let found = contrast(fg, bg);
                if found < least {
                    unreadable.push(format!("{name}: {} {fg} on {bg}: {found:.1} < {least}", role.name()));
                }
            }
        }
    }
    assert_eq!(unreadable, Vec::<String>::new());
}

#[test]
fn the_plain_themes_keep_their_word() {
    for role in Role::ALL {
        let mono = Theme::builtin("mono").style(*role);
        assert_eq!((mono.fg, mono.bg), (None, None), "{}", role.name());
        let few = Theme::builtin("keydeck-16").style(*role);
        for colour in [few.fg, few.bg].into_iter().flatten() {
            assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{}", role.name());
        }
    }
}

#[test]
fn owners_states_and_ranks_differ_in_every_theme() {
    for (name, _) in BUILTIN {
        let theme = Theme::builtin(name);
        assert_ne!(theme.style(Role::Winner), theme.style(Role::Loser), "{name}");
        assert_ne!(theme.style(Role::RowSelected), theme.style(Role::Row), "{name}");
        assert_ne!(theme.style(Role::ButtonFocused), theme.style(Role::Button), "{name}");
        assert_ne!(theme.style(Role::Danger), theme.style(Role::Ok), "{name}");
    }
}
