//! Text by its width on the screen: wide characters count two, combining ones none.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// What stands where text was cut.
pub const ELLIPSIS: &str = "…";

/// Returns how many columns a text takes, character by character as they are put into cells.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// Cuts a text to at most `columns`, ending it with an ellipsis where something is lost.
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let kept = prefix(text, room);
    Cow::Owned(format!("{kept}{ELLIPSIS}"))
}

/// Cuts or fills a text to exactly `columns`, from the left.
pub fn fit(text: &str, columns: usize) -> String {
    let cut = truncate(text, columns);
    let blanks = columns - width(&cut);
    format!("{cut}{:blanks$}", "")
}

/// Cuts or fills a text to exactly `columns`, from the right: for numbers.
pub fn fit_right(text: &str, columns: usize) -> String {
    let cut = truncate(text, columns);
    let blanks = columns - width(&cut);
    format!("{:blanks$}{cut}", "")
}

/// Breaks a text into lines of at most `columns`, between words where it can; a longer word is broken itself.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if !line.is_empty() && width(&line) + 1 + width(word) <= columns {
                line.push(' ');
            } else if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            while width(word) > columns {
                let head = prefix(word, columns);
                // A character that is wider than the line has to stand on it all the same.
                let head = if head.is_empty() { word.graphemes(true).next().unwrap_or(word) } else { head };
                lines.push(head.to_owned());
                word = &word[head.len()..];
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// Returns the longest beginning that takes at most `columns`.
pub fn prefix(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += width(grapheme);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wide_characters_count_two() {
        assert_eq!(truncate("invoice-bot", 8), "invoice…");
        assert_eq!(truncate("日本語テキスト", 6), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit_right("7", 3), "  7");
        assert_eq!(truncate("👩‍💻 coder", 4), "👩‍💻 …");
        assert_eq!(truncate("x", 0), "");
    }

    #[test]
    fn wrapping_keeps_words_whole() {
        assert_eq!(wrap("a key for each workflow", 9), ["a key for", "each", "workflow"]);
        assert_eq!(wrap("unbreakable x", 5), ["unbre", "akabl", "e x"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("日本", 1), ["日", "本", ""]);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_too_wide(text in "\\PC{0,30}", columns in 0_usize..20) {
            prop_assert!(width(&truncate(&text, columns)) <= columns);
            prop_assert_eq!(width(&fit(&text, columns)), columns);
            let columns = columns + 2;
            for line in wrap(&text, columns) {
                prop_assert!(width(&line) <= columns || line.graphemes(true).count() == 1);
            }
        }
    }
}
