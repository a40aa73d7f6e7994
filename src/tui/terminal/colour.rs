//! How many colours a terminal shows, decided once for a session, and how richer colours come down to that.

use ratatui::style::Color;

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None; bold, dim, underline and reverse remain.
    None,
    /// The sixteen that the user's own palette names.
    Ansi16,
    /// The palette of 256 of xterm.
    Ansi256,
    /// All: red, green and blue of 8 bits each.
    TrueColor,
}

/// What the user wishes (`--color`, or the configuration).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// As the terminal allows.
    #[default]
    Auto,
    /// Exactly so.
    Exactly(Depth),
}

/// Decides the depth: a wish, then `NO_COLOR` (<https://no-color.org>: set and not empty), then `COLORTERM`, then `TERM`.
///
/// `variable` looks an environment variable of the *session* up: over SSH that is the client's, not the server's.
pub fn depth(wish: Wish, variable: impl Fn(&str) -> Option<String>) -> Depth {
    if let Wish::Exactly(depth) = wish {
        return depth;
    }
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return Depth::None;
    }
    let term = set("TERM").unwrap_or_default();
    if matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit")) || term.ends_with("-direct") {
        return Depth::TrueColor;
    }
    match term.as_str() {
        "" | "dumb" | "vt100" | "vt102" | "vt220" => Depth::None,
        "linux" | "xterm-16color" | "ansi" | "screen" | "rxvt" | "cygwin" => Depth::Ansi16,
        _ if ["kitty", "ghostty", "alacritty", "wezterm", "foot", "contour"].iter().any(|name| term.contains(name)) => {
            Depth::TrueColor
        }
        _ => Depth::Ansi256,
    }
}

/// Brings a colour down to what the terminal shows; colours that it shows stay as they are.
pub fn reduce(colour: Color, depth: Depth) -> Color {
    match (depth, colour) {
        (_, Color::Reset) | (Depth::None, _) => Color::Reset,
        (Depth::Ansi256, Color::Rgb(red, green, blue)) => Color::Indexed(nearest_indexed([red, green, blue])),
        (Depth::Ansi16, Color::Rgb(red, green, blue)) => nearest_named([red, green, blue]),
        (Depth::Ansi16, Color::Indexed(index)) if index >= 16 => nearest_named(indexed_rgb(index)),
        (Depth::Ansi16, Color::Indexed(index)) => NAMED[usize::from(index)],
        (Depth::TrueColor | Depth::Ansi256 | Depth::Ansi16, colour) => colour,
    }
}

/// The sixteen colours by number.
pub const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What the sixteen look like in xterm; users change them, so this only serves to choose the nearest.
const NAMED_RGB: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The steps of one channel in xterm's cube of 6×6×6 colours.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Returns red, green and blue of a colour, as xterm shows it; nothing for the terminal's own default.
pub fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index) => Some(indexed_rgb(index)),
        named => NAMED.iter().position(|known| *known == named).map(|index| NAMED_RGB[index]),
    }
}

fn indexed_rgb(index: u8) -> [u8; 3] {
    match index {
        0..=15 => NAMED_RGB[usize::from(index)],
        16..=231 => {
            let cell = index - 16;
            [STEPS[usize::from(cell / 36)], STEPS[usize::from(cell / 6 % 6)], STEPS[usize::from(cell % 6)]]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

/// Finds the nearest colour of the cube or the ramp of greys.
fn nearest_indexed(wanted: [u8; 3]) -> u8 {
    let step = |channel: u8| (0..6_u8).min_by_key(|step| STEPS[usize::from(*step)].abs_diff(channel)).unwrap_or(0);
    let [red, green, blue] = wanted.map(step);
    let cube = 16 + 36 * red + 6 * green + blue;
    let mean = wanted.iter().map(|channel| u16::from(*channel)).sum::<u16>() / 3;
    let grey = 232 + u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    if distance(indexed_rgb(grey), wanted) < distance(indexed_rgb(cube), wanted) { grey } else { cube }
}

fn nearest_named(wanted: [u8; 3]) -> Color {
    let nearest = (0..16).min_by_key(|index| distance(NAMED_RGB[*index], wanted)).unwrap_or(7);
    NAMED[nearest]
}

/// How far two colours look apart: squares weighted by the mean red, a cheap stand-in for a perceptual measure
/// (<https://www.compuphase.com/cmetric.htm>).
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let mean = u32::from(a[0].midpoint(b[0]));
    let [red, green, blue] = [0, 1, 2].map(|channel| u32::from(a[channel].abs_diff(b[channel])).pow(2));
    (((512 + mean) * red) >> 8) + 4 * green + (((767 - mean) * blue) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(wish: Wish, variables: &[(&str, &str)]) -> Depth {
        depth(wish, |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_ladder_of_decisions() {
        let rich = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(decide(Wish::Auto, &rich), Depth::TrueColor);
        assert_eq!(decide(Wish::Auto, &rich[..1]), Depth::Ansi256);
        assert_eq!(decide(Wish::Auto, &[rich[0], rich[1], ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(decide(Wish::Auto, &[rich[0], ("NO_COLOR", "")]), Depth::Ansi256);
        assert_eq!(decide(Wish::Exactly(Depth::Ansi16), &[("NO_COLOR", "1")]), Depth::Ansi16);
        assert_eq!(decide(Wish::Auto, &[("TERM", "linux")]), Depth::Ansi16);
        assert_eq!(decide(Wish::Auto, &[("TERM", "xterm-ghostty")]), Depth::TrueColor);
        assert_eq!(decide(Wish::Auto, &[("TERM", "dumb")]), Depth::None);
    }

    #[test]
    fn colours_come_down_to_their_nearest() {
        assert_eq!(reduce(Color::Rgb(255, 0, 0), Depth::Ansi256), Color::Indexed(196));
        assert_eq!(reduce(Color::Rgb(30, 30, 30), Depth::Ansi256), Color::Indexed(234));
        assert_eq!(reduce(Color::Rgb(250, 10, 10), Depth::Ansi16), Color::LightRed);
        assert_eq!(reduce(Color::Indexed(1), Depth::Ansi16), Color::Red);
        assert_eq!(reduce(Color::Rgb(1, 2, 3), Depth::TrueColor), Color::Rgb(1, 2, 3));
        assert_eq!(reduce(Color::Red, Depth::None), Color::Reset);
    }

    #[test]
    fn the_palette_maps_onto_itself() {
        for index in 16..=255 {
            let [red, green, blue] = indexed_rgb(index);
            let Color::Indexed(found) = reduce(Color::Rgb(red, green, blue), Depth::Ansi256) else { panic!("{index}") };
            assert_eq!(indexed_rgb(found), indexed_rgb(index));
        }
    }
}
