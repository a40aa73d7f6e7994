//! A frame as lines that can be read aloud: without boxes, bars and blanks that only a screen needs.

/// Returns the lines of a frame that say something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(spoken).filter(|line| !line.trim_matches([' ', '›', '·']).is_empty()).collect()
}

/// Takes what only a screen needs out of a line: frames, scrollbars, guides, runs of blanks.
fn spoken(line: &str) -> String {
    let mut spoken = String::with_capacity(line.len());
    let mut gap = 0;
    for letter in line.chars() {
        // Box drawing, block elements, Braille: ornaments to a reader, and noise to one who listens.
        let is_ornament = matches!(letter, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}');
        if is_ornament || letter == ' ' {
            gap += 1;
            continue;
        }
        if gap > 0 && !spoken.is_empty() {
            spoken.push_str(if gap > 1 { "  " } else { " " });
        }
        gap = 0;
        spoken.push(letter);
    }
    spoken
}

/// Returns the lines that were not told before. A line that only lost the mark of the cursor is no news.
pub(super) fn news(before: &[String], now: &[String]) -> Vec<String> {
    let mut known: Vec<&str> = before.iter().map(|line| unmarked(line)).collect();
    let marked: Vec<&String> = before.iter().filter(|line| line.starts_with('›')).collect();
    let is_news = |line: &&String| {
        let at = known.iter().position(|known| *known == unmarked(line));
        if let Some(at) = at {
            known.swap_remove(at);
        }
        at.is_none() || (line.starts_with('›') && !marked.contains(line))
    };
    now.iter().filter(is_news_of(is_news)).cloned().collect()
}

/// Lets a closure that counts be a filter.
fn is_news_of<'a>(mut is_news: impl FnMut(&&'a String) -> bool) -> impl FnMut(&&'a String) -> bool {
    move |line| is_news(line)
}

/// Returns a line without the mark of the cursor.
fn unmarked(line: &str) -> &str {
    line.trim_start_matches('›').trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_becomes_lines_without_ornaments() {
        let frame = " keydeck  in acme\n\n╭ New key ─────╮\n│ name *    a  │ ┃\n│›provider     │\n╰──────────────╯\n  │ └╴▸ Payroll   3  ⣿";
        assert_eq!(lines(frame), ["keydeck  in acme", "New key", "name *  a", "›provider", "▸ Payroll  3"]);
    }

    #[test]
    fn only_what_is_new_is_told() {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        let before = owned(&["head", "› a  1", "b  2", "b  2"]);
        assert_eq!(news(&before, &owned(&["head", "a  1", "› b  2", "b  2"])), ["› b  2"]);
        assert_eq!(news(&before, &owned(&["head", "› a  1", "b  2", "b  3"])), ["b  3"]);
        assert_eq!(news(&before, &before), Vec::<String>::new());
    }
}
