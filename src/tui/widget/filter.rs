//! What `/` filters by: words that match fuzzily, `!not`, `field:value`, `field>number`; all terms have to hold.
//!
//! `openai !expired dept:legal,sales cost>1` shows rows that match "openai", nowhere say "expired", belong to one of two
//! departments, and cost more than 1. A field is one only if the rows know it, so that `https://…` stays a word.

use std::borrow::Cow;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// A row as a filter sees it.
pub trait Searched {
    /// Returns everything that words look for.
    fn text(&self) -> Cow<'_, str>;

    /// Returns a field's value, or nothing if the row has none of that name.
    fn field(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// A filter as it was typed, ready to be applied.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
enum Term {
    Word(Atom),
    /// Lower-case text that must not occur.
    Not(String),
    Field {
        name: String,
        test: Test,
        wanted: bool,
    },
}

#[derive(Clone, Debug)]
enum Test {
    /// One of these occurs, in lower case.
    Contains(Vec<String>),
    Less(f64),
    LessOrEqual(f64),
    Greater(f64),
    GreaterOrEqual(f64),
}

impl Filter {
    /// Reads a filter; `fields` are the names that rows know. Any text is a filter.
    pub fn parse(text: &str, fields: &[&str]) -> Self {
        let terms = text.split_whitespace().filter_map(|word| {
            let (wanted, rest) = word.strip_prefix('!').map_or((true, word), |rest| (false, rest));
            if let Some((name, value)) = named_field(rest, fields) {
                return test(value).map(|test| Term::Field { name: name.to_owned(), test, wanted });
            }
            match (wanted, rest) {
                (_, "") => None,
                (false, rest) => Some(Term::Not(rest.to_lowercase())),
                (true, rest) => {
                    Some(Term::Word(Atom::new(rest, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy, false)))
                }
            }
        });
        Self { terms: terms.collect() }
    }

    /// Tells whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Scores one row: nothing if it doesn't pass, more the better its words match.
    pub fn score(&self, row: &impl Searched, matcher: &mut Search) -> Option<u32> {
        let mut total = 0;
        let text = row.text();
        for term in &self.terms {
            match term {
                Term::Word(atom) => {
                    let haystack = Utf32Str::new(&text, &mut matcher.letters);
                    total += u32::from(atom.score(haystack, &mut matcher.matcher)?);
                }
                Term::Not(word) if contains(&text, word) => return None,
                Term::Not(_) => {}
                Term::Field { name, test, wanted } => {
                    let holds = row.field(name).is_some_and(|value| test.holds(&value));
                    if holds != *wanted {
                        return None;
                    }
                }
            }
        }
        Some(total)
    }

    /// Scores a text by the words that it holds, whatever else is asked; more the better they match.
    pub fn words(&self, text: &str, matcher: &mut Search) -> u32 {
        let scores = self.terms.iter().filter_map(|term| {
            let Term::Word(atom) = term else { return None };
            atom.score(Utf32Str::new(text, &mut matcher.letters), &mut matcher.matcher)
        });
        scores.map(u32::from).sum()
    }

    /// Returns the numbers of the rows that pass, in their order.
    pub fn select<'r, R: Searched + 'r>(&self, rows: impl IntoIterator<Item = &'r R>) -> Vec<usize> {
        self.scores(rows).into_iter().map(|(index, _)| index).collect()
    }

    /// Returns the numbers of the rows that pass, the best first, equals in their order.
    pub fn rank<'r, R: Searched + 'r>(&self, rows: impl IntoIterator<Item = &'r R>) -> Vec<usize> {
        let mut scores = self.scores(rows);
        scores.sort_by_key(|(index, score)| (std::cmp::Reverse(*score), *index));
        scores.into_iter().map(|(index, _)| index).collect()
    }

    fn scores<'r, R: Searched + 'r>(&self, rows: impl IntoIterator<Item = &'r R>) -> Vec<(usize, u32)> {
        let mut search = Search::default();
        let rows = rows.into_iter().enumerate();
        rows.filter_map(|(index, row)| self.score(row, &mut search).map(|score| (index, score))).collect()
    }

    /// Returns for each text which of its letters the words found, in order: each word where it fits best, if `shown`
    /// says so of its letters.
    pub fn found(&self, texts: &[&str], shown: fn(&[u32]) -> bool, search: &mut Search) -> Vec<Vec<u32>> {
        let mut found = vec![Vec::new(); texts.len()];
        for term in &self.terms {
            let Term::Word(atom) = term else { continue };
            let fits = texts.iter().enumerate().filter_map(|(at, text)| {
                let mut letters = Vec::new();
                let haystack = Utf32Str::new(text, &mut search.letters);
                let score = atom.indices(haystack, &mut search.matcher, &mut letters)?;
                Some((score, at, letters))
            });
            // Of equals the first.
            let best = fits.reduce(|best, next| if next.0 > best.0 { next } else { best });
            if let Some((_, at, letters)) = best.filter(|(_, _, letters)| shown(letters)) {
                found[at].extend(letters);
            }
        }
        for letters in &mut found {
            letters.sort_unstable();
            letters.dedup();
        }
        found
    }
}

/// The memory that matching works in; keep one while matching many rows.
#[derive(Debug)]
pub struct Search {
    matcher: Matcher,
    letters: Vec<char>,
}

impl Default for Search {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), letters: Vec::new() }
    }
}

/// Cuts a word into the name of a field that rows know and what is said of it, from `:`, `<` or `>` on.
fn named_field<'w>(word: &'w str, fields: &[&'w str]) -> Option<(&'w str, &'w str)> {
    let (name, rest) = word.split_at(word.find([':', '<', '>'])?);
    let plain = |name: &str| name.replace([' ', '-', '_'], "");
    let name = fields.iter().find(|known| plain(known).eq_ignore_ascii_case(&plain(name)))?;
    Some((name, rest))
}

/// Reads what is said of a field; nothing while it is still being typed.
fn test(said: &str) -> Option<Test> {
    let number = |text: &str| text.trim_start_matches('$').parse::<f64>().ok();
    if let Some(value) = said.strip_prefix(':') {
        let values: Vec<String> = value.split(',').filter(|value| !value.is_empty()).map(str::to_lowercase).collect();
        (!values.is_empty()).then_some(Test::Contains(values))
    } else if let Some(value) = said.strip_prefix("<=") {
        number(value).map(Test::LessOrEqual)
    } else if let Some(value) = said.strip_prefix(">=") {
        number(value).map(Test::GreaterOrEqual)
    } else if let Some(value) = said.strip_prefix('<') {
        number(value).map(Test::Less)
    } else {
        number(said.strip_prefix('>')?).map(Test::Greater)
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        let number = || value.trim_start_matches('$').replace(',', "").parse::<f64>().ok();
        match self {
            Self::Contains(any) => any.iter().any(|word| contains(value, word)),
            Self::Less(limit) => number().is_some_and(|value| value < *limit),
            Self::LessOrEqual(limit) => number().is_some_and(|value| value <= *limit),
            Self::Greater(limit) => number().is_some_and(|value| value > *limit),
            Self::GreaterOrEqual(limit) => number().is_some_and(|value| value >= *limit),
        }
    }
}

/// Tells whether a text contains a word in lower case, ignoring the text's case.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return text.windows(word.len().max(1)).any(|window| window.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static str, &'static str, &'static str);

    impl Searched for Row {
        fn text(&self) -> Cow<'_, str> {
            self.0.into()
        }

        fn field(&self, name: &str) -> Option<Cow<'_, str>> {
            match name {
                "dept" => Some(self.1.into()),
                "cost" => Some(self.2.into()),
                _ => None,
            }
        }
    }

    const ROWS: [Row; 5] = [
        Row("openai prod", "Legal", "$1,200.50"),
        Row("openai stage expired", "Sales", "0.5"),
        Row("OpenRouter AI", "Legal aid", "3"),
        Row("anthropic https://api", "", "unknown"),
        Row("Ärzte-Schlüssel", "Médecine", "1"),
    ];

    fn select(filter: &str) -> Vec<usize> {
        Filter::parse(filter, &["dept", "cost"]).select(&ROWS)
    }

    #[test]
    fn all_terms_have_to_hold() {
        assert_eq!(select(""), [0, 1, 2, 3, 4]);
        assert_eq!(select("openai"), [0, 1, 2]);
        assert_eq!(select("oai !expired !HTTPS"), [0, 2]);
        assert_eq!(select("dept:legal"), [0, 2]);
        assert_eq!(select("!dept:legal,sales"), [3, 4]);
        assert_eq!(select("cost>1"), [0, 2]);
        assert_eq!(select("cost>=1 cost<=3"), [2, 4]);
        assert_eq!(select("https://api"), [3]);
        assert_eq!(select("!schlüssel dept:MÉD"), [] as [usize; 0]);
        assert_eq!(select("dept:MÉD"), [4]);
    }

    #[test]
    fn an_unfinished_term_hides_nothing() {
        for unfinished in ["!", "dept:", "cost>", "cost>x", "!dept:,"] {
            assert_eq!(select(unfinished).len(), ROWS.len(), "{unfinished}");
        }
    }

    #[test]
    fn the_best_comes_first_and_what_was_found_is_told() {
        let filter = Filter::parse("openai", &[]);
        assert_eq!(filter.rank(&ROWS)[0], 0);
        let found = Filter::parse("oai x", &[]).found(&["o-a-i x", "oai"], |_| true, &mut Search::default());
        assert_eq!(found, [vec![6], vec![0, 1, 2]]);
    }
}
