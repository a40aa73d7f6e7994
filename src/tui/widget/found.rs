//! Marks in the rows of a list what a filter found in them.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;

use super::filter::{Filter, Search};
use crate::tui::theme::{Role, Theme};

/// What marks the letters that a filter found.
#[derive(Debug)]
pub struct Found {
    filter: Filter,
    search: Search,
    style: Style,
}

impl Found {
    /// Makes what marks the words of this filter.
    pub fn new(filter: Filter, theme: &Theme) -> Self {
        Self { filter, search: Search::default(), style: theme.style(Role::Match) }
    }

    /// Marks the letters of each word in the cell that it fits best.
    pub fn mark(&mut self, line: Line<'static>) -> Line<'static> {
        self.mark_those(line, |_| true)
    }

    /// The same, but only words that stand there as they were typed: for rows that are shown for what hangs under them.
    pub fn mark_whole(&mut self, line: Line<'static>) -> Line<'static> {
        self.mark_those(line, |letters| letters.is_sorted_by(|one, next| one + 1 == *next))
    }

    fn mark_those(&mut self, line: Line<'static>, shown: fn(&[u32]) -> bool) -> Line<'static> {
        if self.filter.is_empty() {
            return line;
        }
        let texts: Vec<&str> = line.spans.iter().map(|span| &*span.content).collect();
        let found = self.filter.found(&texts, shown, &mut self.search);
        let spans = line.spans.iter().zip(&found).flat_map(|(span, letters)| pieces(span, letters, self.style));
        Line { spans: spans.collect(), ..line }
    }
}

/// Cuts a text into what was found, which takes this style, too, and what was not.
fn pieces(span: &Span<'static>, found: &[u32], style: Style) -> Vec<Span<'static>> {
    if found.is_empty() {
        return vec![span.clone()];
    }
    let letters: Vec<&str> = span.content.graphemes(true).collect();
    let is_found = |at: usize| u32::try_from(at).is_ok_and(|at| found.binary_search(&at).is_ok());
    let numbers: Vec<usize> = (0..letters.len()).collect();
    let piece = |run: &[usize]| {
        let text: String = run.iter().map(|&at| letters[at]).collect();
        let patched = if is_found(run[0]) { span.style.patch(style) } else { span.style };
        Span::styled(text, patched)
    };
    numbers.chunk_by(|one, next| is_found(*one) == is_found(*next)).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(filter: &str, cells: &[&str], mark: fn(&mut Found, Line<'static>) -> Line<'static>) -> String {
        let theme = Theme::builtin("mono");
        let mut found = Found::new(Filter::parse(filter, &["key"]), &theme);
        let line: Line<'_> = cells.iter().map(|cell| Span::raw((*cell).to_owned())).collect();
        let style = theme.style(Role::Match);
        let spans = mark(&mut found, line).spans.into_iter();
        spans
            .map(|span| if span.style == style { format!("[{}]", span.content) } else { span.content.into() })
            .collect()
    }

    #[test]
    fn a_word_is_marked_where_it_fits_best() {
        let cells = ["openai-finance", " ", "openai", " ", "Finance"];
        assert_eq!(marked("", &cells, Found::mark), "openai-finance openai Finance");
        assert_eq!(marked("fin", &cells, Found::mark), "openai-finance openai [Fin]ance");
        assert_eq!(marked("key:x !legal", &cells, Found::mark), "openai-finance openai Finance");
        assert_eq!(marked("opfi", &cells, Found::mark), "[op]enai-[fi]nance openai Finance");
        assert_eq!(marked("nothing", &cells, Found::mark), "openai-finance openai Finance");
    }

    #[test]
    fn what_hangs_above_a_match_is_marked_only_for_whole_words() {
        assert_eq!(marked("sear", &["▾ ", "Research"], Found::mark_whole), "▾ Re[sear]ch");
        assert_eq!(marked("rsch", &["▾ ", "Research"], Found::mark_whole), "▾ Research");
    }

    #[test]
    fn letters_of_several_characters_stay_whole() {
        assert_eq!(marked("schl", &["Ärzte-Schlüssel e\u{301}"], Found::mark), "Ärzte-[Schl]üssel e\u{301}");
        assert_eq!(marked("日本", &["x 日本語"], Found::mark), "x [日本]語");
    }
}
