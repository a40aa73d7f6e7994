//! Places: where in a document's text its words stand.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle};

use super::{YamlError, syntax};

/// Where the words of a document stand in its text, in bytes, by the keys and list positions that lead to them.
pub type Places = HashMap<Vec<String>, Range<usize>>;

/// Finds where the words of a document stand. Keys are left out, and so are words in a block of lines, where quotes mean
/// nothing, and what an alias repeats, there and at its anchor: one place in the text is several in the tree. The document
/// is read before, within limits.
pub fn places(bytes: &[u8]) -> Result<Places, YamlError> {
    let text = std::str::from_utf8(bytes).map_err(|error| YamlError::NotUtf8 { byte: error.valid_up_to() })?;
    let skipped = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    let mut options = granit_parser::Options::default();
    options.emit_comments = false;
    let mut finder = Finder::default();
    for step in Parser::new_from_str_with_options(&text[skipped..], options) {
        let (event, span) = step.map_err(|error| syntax(&error))?;
        finder.take(event, span.byte_range().map(|it| it.start + skipped..it.end + skipped));
    }
    Ok(finder.found())
}

/// Finds places from events, which are counted.
#[derive(Default)]
struct Finder {
    /// The way to where it is.
    open: Vec<Step>,
    /// For each place the event that it came with.
    places: HashMap<Vec<String>, (usize, Range<usize>)>,
    /// The words that have an anchor: an alias may repeat them as keys.
    words: HashMap<usize, String>,
    /// The events of what has an anchor, and the anchors of lists and maps that are not closed yet.
    anchored: HashMap<usize, Range<usize>>,
    anchors: Vec<usize>,
    /// The anchors that aliases repeat.
    repeated: HashSet<usize>,
    event: usize,
}

impl Finder {
    fn take(&mut self, event: Event<'_>, at: Option<Range<usize>>) {
        self.event += 1;
        match event {
            Event::Scalar(word, style, anchor, _) => {
                if anchor != 0 {
                    self.words.insert(anchor, word.to_string());
                    self.anchored.insert(anchor, self.event..self.event + 1);
                }
                self.word(&word, at.filter(|_| !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)));
            }
            Event::Alias(anchor) => {
                self.repeated.insert(anchor);
                let word = self.words.get(&anchor).cloned().unwrap_or_default();
                self.word(&word, None);
            }
            Event::SequenceStart(_, anchor, _) => self.begin(Step::List(0), anchor),
            Event::MappingStart(_, anchor, _) => self.begin(Step::Map(None), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
                let anchor = self.anchors.pop().unwrap_or_default();
                self.anchored.entry(anchor).and_modify(|events| events.end = self.event);
                self.advance();
            }
            _ => {}
        }
    }

    /// Takes a word as the key that comes next, or as a value with its place.
    fn word(&mut self, word: &str, at: Option<Range<usize>>) {
        if let Some(Step::Map(key @ None)) = self.open.last_mut() {
            *key = Some(word.to_owned());
            return;
        }
        if let Some(at) = at {
            let path = self.open.iter().filter_map(Step::name).collect();
            self.places.insert(path, (self.event, at));
        }
        self.advance();
    }

    fn begin(&mut self, step: Step, anchor: usize) {
        self.open.push(step);
        self.anchors.push(anchor);
        if anchor != 0 {
            self.anchored.insert(anchor, self.event..self.event);
        }
    }

    /// Goes on behind a value.
    fn advance(&mut self) {
        match self.open.last_mut() {
            Some(Step::List(at)) => *at += 1,
            Some(Step::Map(key)) => *key = None,
            None => {}
        }
    }

    fn found(self) -> Places {
        let mut repeated: Vec<_> = self.repeated.iter().filter_map(|it| self.anchored.get(it).cloned()).collect();
        repeated.sort_by_key(|events| events.start);
        // Anchored things lie in each other or apart.
        repeated.dedup_by(|inner, outer| inner.end <= outer.end);
        let is_repeated = |event: usize| {
            let before = repeated.partition_point(|events| events.start <= event);
            before.checked_sub(1).is_some_and(|at| repeated[at].contains(&event))
        };
        let places = self.places.into_iter().filter(|(_, (event, _))| !is_repeated(*event));
        places.map(|(path, (_, at))| (path, at)).collect()
    }
}

/// How far one list or map is.
enum Step {
    List(usize),
    Map(Option<String>),
}

impl Step {
    fn name(&self) -> Option<String> {
        match self {
            Self::List(at) => Some(at.to_string()),
            Self::Map(key) => key.clone(),
        }
    }
}
