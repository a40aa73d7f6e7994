//! YAML from strangers: a small tree of lists, maps and words, read within limits.
//!
//! Only the scanner of `serde-saphyr` is used, for three reasons. Its guesses at types would turn a model called `0755`
//! or `1.0` into a number and one called `no` into a truth; here a scalar stays the word that was written. Its messages
//! quote the source, which may hold secrets; ours hold positions alone. And every limit below is counted while reading,
//! so that a file can't grow beyond it: size, depth, and the number of values *after* aliases are replaced.
//!
//! Merge keys (`<<`) have no meaning here, tags are ignored, and an empty or `null` word is [`Value::Null`].

mod places;

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, Span};
use thiserror::Error;

pub use self::places::{Places, places};
use crate::domain::Text;

/// The largest file, in bytes. Dify itself takes none above 10 MB.
pub const LARGEST: usize = 10 * 1024 * 1024;

/// How many lists and maps may stand inside each other; exports have about fifteen.
pub const DEEPEST: usize = 100;

/// How many values one file may have, aliases replaced; a file of [`LARGEST`] bytes usually has half as many.
pub const MOST_VALUES: usize = 1_000_000;

/// A value. Copies share their words.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A word, as it was written.
    Word(Text),
    /// Values in order.
    List(Vec<Self>),
    /// Values by name, in order, each name once.
    Map(Vec<(Text, Self)>),
}

/// Why bytes are no YAML that we take. Holds positions (from 1), never text of the file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum YamlError {
    /// The file is larger than [`LARGEST`].
    #[error("it is larger than 10 MB; Dify takes no such file either: check that it is an export")]
    TooLarge,
    /// The bytes are no UTF-8.
    #[error("it is not UTF-8 text (first at byte {byte}); save it as UTF-8, or export it again")]
    NotUtf8 {
        /// Where the first wrong byte is, from 0.
        byte: usize,
    },
    /// The text breaks YAML's grammar.
    #[error("it is not valid YAML at {at}; if it was edited by hand, look at the indentation there")]
    Syntax {
        /// Where.
        at: Position,
    },
    /// A name stands twice in one map.
    #[error("a key stands twice in one block at {at}; remove one of them")]
    DuplicateKey {
        /// Where the second stands.
        at: Position,
    },
    /// A list or map is used as a key.
    #[error("a key at {at} is a list or a block, not a word; no export has that")]
    KeyIsNoWord {
        /// Where.
        at: Position,
    },
    /// More than [`DEEPEST`] lists and maps stand inside each other.
    #[error("it is nested more than {DEEPEST} deep at {at}; no export is")]
    TooDeep {
        /// Where.
        at: Position,
    },
    /// There are more than [`MOST_VALUES`] values.
    #[error("it has more than a million values at {at}, aliases included; no export has")]
    TooMany {
        /// Where.
        at: Position,
    },
    /// An alias refers to something that contains it.
    #[error("a value at {at} refers to itself; no export has that")]
    Recursive {
        /// Where.
        at: Position,
    },
    /// There is no document.
    #[error("it is empty; check that it is the right file")]
    Empty,
    /// There is more than one document.
    #[error("it holds {0} YAML documents instead of one; put each into a file of its own")]
    Documents(usize),
}

/// A place in a text: line and column from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Shows the shape alone: words may be secrets.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Word(_) => f.write_str("word"),
            Self::List(items) => write!(f, "list of {}", items.len()),
            Self::Map(entries) => write!(f, "map of {}", entries.len()),
        }
    }
}

impl Value {
    /// Returns what a map holds under `key`; nothing for what is no map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }

    /// Returns the word.
    pub const fn word(&self) -> Option<&Text> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }

    /// Returns the word under `key`; the empty word if there is none.
    pub fn word_at(&self, key: &str) -> &str {
        self.get(key).and_then(Self::word).map_or("", |word| word)
    }

    /// Returns the items of a list; none for what is no list.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// Returns the entries of a map; none for what is no map.
    pub fn entries(&self) -> &[(Text, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// Says whether it is a map.
    pub const fn is_map(&self) -> bool {
        matches!(self, Self::Map(_))
    }

    /// Returns the truth that a word stands for in YAML 1.1, which Python writes and reads.
    pub fn truth(&self) -> Option<bool> {
        match self.word()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// Makes a value of JSON, which databases hold; `None` if there are more than [`MOST_VALUES`].
    pub fn of_json(json: serde_json::Value) -> Option<Self> {
        use serde_json::Value as Json;
        fn made(json: Json, left: &mut usize) -> Option<Value> {
            *left = left.checked_sub(1)?;
            Some(match json {
                Json::Null => Value::Null,
                Json::String(text) => Value::Word(text.into()),
                word @ (Json::Bool(_) | Json::Number(_)) => Value::Word(word.to_string().into()),
                Json::Array(items) => {
                    Value::List(items.into_iter().map(|item| made(item, left)).collect::<Option<_>>()?)
                }
                Json::Object(entries) => Value::Map(
                    entries
                        .into_iter()
                        .map(|(name, value)| Some((name.into(), made(value, left)?)))
                        .collect::<Option<_>>()?,
                ),
            })
        }
        made(json, &mut MOST_VALUES.clone())
    }

    /// Returns how many values it holds, itself included, and how deep they go.
    fn extent(&self) -> (usize, usize) {
        let children: &mut dyn Iterator<Item = &Self> = match self {
            Self::Null | Self::Word(_) => return (1, 0),
            Self::List(items) => &mut items.iter(),
            Self::Map(entries) => &mut entries.iter().map(|(_, value)| value),
        };
        let (count, depth) = children
            .map(Self::extent)
            .fold((0, 0), |(count, depth), (below, deep)| (count + below, usize::max(depth, deep)));
        (count + 1, depth + 1)
    }
}

/// Reads one document.
pub fn read(bytes: &[u8]) -> Result<Value, YamlError> {
    if bytes.len() > LARGEST {
        return Err(YamlError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| YamlError::NotUtf8 { byte: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut limits = granit_parser::Options::default();
    limits.emit_comments = false;
    // One more than ours, so that the sentence is ours.
    limits.flow_nesting_limit = DEEPEST + 1;
    limits.block_nesting_limit = DEEPEST + 1;
    let mut builder = Builder::default();
    for step in Parser::new_from_str_with_options(text, limits) {
        let (event, span) = step.map_err(|error| syntax(&error))?;
        builder.take(event, position(span))?;
    }
    match (builder.root, builder.documents) {
        (Some(value), 1) => Ok(value),
        (_, 0) => Err(YamlError::Empty),
        (_, documents) => Err(YamlError::Documents(documents)),
    }
}

fn syntax(error: &granit_parser::ScanError) -> YamlError {
    let marker = error.marker();
    YamlError::Syntax { at: Position { line: marker.line(), column: marker.col() + 1 } }
}

fn position(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

/// Builds the tree from events, without recursion.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Value>,
    values: usize,
    documents: usize,
    root: Option<Value>,
}

/// A list or map that is not closed yet, and its anchor (0 for none).
struct Open {
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Value>),
    Map { entries: Vec<(Text, Value)>, names: HashSet<Text>, key: Option<Text> },
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), YamlError> {
        match event {
            Event::DocumentStart(..) => self.documents += 1,
            Event::Scalar(text, style, anchor, _) => {
                let nothing = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL")
                    && !self.at_key();
                let value = if nothing { Value::Null } else { Value::Word(text.as_ref().into()) };
                self.count(1, at)?;
                self.keep(anchor, &value);
                self.put(value, at)?;
            }
            Event::SequenceStart(_, anchor, _) => self.open(anchor, Content::List(Vec::new()), at)?,
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Map { entries: Vec::new(), names: HashSet::new(), key: None };
                self.open(anchor, content, at)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(at)?,
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).ok_or(YamlError::Recursive { at })?.clone();
                let (count, depth) = value.extent();
                if self.open.len() + depth > DEEPEST {
                    return Err(YamlError::TooDeep { at });
                }
                self.count(count, at)?;
                self.put(value, at)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Says whether the next value is the key of a map.
    fn at_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map { key: None, .. }, .. }))
    }

    fn count(&mut self, values: usize, at: Position) -> Result<(), YamlError> {
        self.values += values;
        if self.values > MOST_VALUES { Err(YamlError::TooMany { at }) } else { Ok(()) }
    }

    fn keep(&mut self, anchor: usize, value: &Value) {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
    }

    fn open(&mut self, anchor: usize, content: Content, at: Position) -> Result<(), YamlError> {
        if self.at_key() {
            return Err(YamlError::KeyIsNoWord { at });
        }
        if self.open.len() == DEEPEST {
            return Err(YamlError::TooDeep { at });
        }
        self.count(1, at)?;
        self.open.push(Open { anchor, content });
        Ok(())
    }

    fn close(&mut self, at: Position) -> Result<(), YamlError> {
        let Some(Open { anchor, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        // What an anchor keeps is a copy, so it counts.
        if anchor != 0 {
            self.count(value.extent().0, at)?;
        }
        self.keep(anchor, &value);
        self.put(value, at)
    }

    fn put(&mut self, value: Value, at: Position) -> Result<(), YamlError> {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(value),
            Some(Content::List(items)) => items.push(value),
            Some(Content::Map { entries, names, key }) => match (key.take(), value) {
                (Some(key), value) => entries.push((key, value)),
                (None, Value::Word(name)) => {
                    if !names.insert(name.clone()) {
                        return Err(YamlError::DuplicateKey { at });
                    }
                    *key = Some(name);
                }
                (None, _) => return Err(YamlError::KeyIsNoWord { at }),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
