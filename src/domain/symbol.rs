//! Symbols: what stands for them where a terminal shows nothing but ASCII.

/// The characters of ASCII with what each stands for. Bars and heat go from nothing to full: `_`, `.`, `-`, `=`, `+`, `*`, `#`.
const STAND_INS: [(char, &str); 18] = [
    ('-', "─╴╌━▌▃"),
    ('|', "│║‖"),
    ('+', "╭╮╰╯┌┐└┘├┤┬┴┼✓▊▅"),
    ('>', "›→▸↷"),
    ('<', "‹←"),
    ('v', "▾▼↓"),
    ('^', "▲↑"),
    ('x', "✗×"),
    ('_', "▏▁"),
    ('.', "·▎▍▂░"),
    ('~', "…"),
    ('*', "•▉▆▓"),
    ('o', "○"),
    ('@', "●"),
    ('#', "◆┃▇█"),
    ('%', "∴"),
    ('&', "≠"),
    ('=', "▋▄▒"),
];

/// Returns what stands for a symbol of keydeck's own in ASCII, as wide as it; none for letters of foreign text.
///
/// What means something by its shape keeps a shape of its own: owners, outcomes, how full a bar is.
pub fn ascii(symbol: char) -> Option<char> {
    STAND_INS.iter().find(|(_, symbols)| symbols.contains(symbol)).map(|(stand_in, _)| *stand_in)
}

/// Writes a text with ASCII in the place of keydeck's own symbols. Foreign letters stay.
pub fn in_ascii(text: &str) -> String {
    text.chars().map(|c| ascii(c).unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_a_stand_in_and_letters_stay() {
        assert_eq!(in_ascii("├╴▸ Zürich · ✓ → …"), "+-> Zürich . + > ~");
        let owners: std::collections::BTreeSet<_> =
            ['○', '◆', '●', '∴', '≠', '✗', '·', '→'].into_iter().filter_map(ascii).collect();
        assert_eq!(owners.len(), 8, "what the matrix tells apart stays apart");
    }
}
