//! A form: the fields of one thing from the one table of fields, as they are being typed.
//!
//! A list has one entry on each line, a note as many lines as it likes; everything else is one line.

mod values;

use std::borrow::Cow;

use crate::{
    domain::{
        Text,
        credential::{Credential, SecretRef},
        provider::Provider,
        record::{Kind, Record},
    },
    form::{self, Choice, Field},
    ops::view::View,
    tui::{
        event::Key,
        widget::{area::TextLines, input::TextInput, secret::SecretInput},
    },
};

/// The most rows that several lines take in a form.
const MOST_ROWS: usize = 6;

/// A line of a form.
#[derive(Debug)]
pub struct Line {
    /// What it is for.
    pub what: Asked,
    /// What is typed, unless it is a secret or takes several lines.
    pub input: TextInput,
    /// What is typed, if it takes several lines.
    pub area: Option<TextLines>,
    /// What is typed, if it is a secret.
    pub secret: SecretInput,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// What a line asks for.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A field of the kind.
    Field(&'static Field),
    /// A public field of the provider.
    Public {
        /// Its name in the record.
        name: Text,
        /// What the form calls it.
        label: Text,
        /// Whether a key is incomplete without it.
        required: bool,
    },
    /// A secret field of the provider.
    Secret {
        /// Its name in the sealed payload.
        name: Text,
        /// What the form calls it.
        label: Text,
        /// Whether a key is incomplete without it.
        required: bool,
    },
}

impl Line {
    fn field(field: &'static Field, text: String) -> Self {
        let is_list = field.choice == Choice::List;
        let area = match (is_list, field.name) {
            (true, _) => Some(TextLines::new(&form::words::list(&text).collect::<Vec<_>>().join("\n"))),
            (false, "note") => Some(TextLines::new(&text)),
            _ => None,
        };
        let input = TextInput::new(if area.is_some() { String::new() } else { text });
        Self { what: Asked::Field(field), input, area, secret: SecretInput::default(), error: None }
    }

    /// Returns what is typed, as the field reads it: of a list the entries with commas between them.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.area {
            None => Cow::Borrowed(self.input.text().trim()),
            Some(area) if self.is_list() => {
                let entries = area.lines().iter().map(|line| line.trim()).filter(|line| !line.is_empty());
                Cow::Owned(entries.collect::<Vec<_>>().join(", "))
            }
            Some(area) => Cow::Owned(area.text().trim().to_owned()),
        }
    }

    /// Returns the entry that is being typed: of several lines the one under the cursor.
    pub fn entry(&self) -> &str {
        self.area.as_ref().map_or_else(|| self.input.text(), TextLines::line)
    }

    /// Puts an entry in the place of the one that is being typed.
    pub fn put(&mut self, text: &str) {
        match &mut self.area {
            Some(area) => area.set_line(text),
            None => self.input.set(text),
        }
    }

    /// Types a key; tells whether it meant anything.
    pub fn key(&mut self, key: Key) -> bool {
        if self.is_secret() {
            return self.secret.key(key);
        }
        match &mut self.area {
            Some(area) => area.key(key),
            None => self.input.key(key),
        }
    }

    /// Says whether it is a list.
    pub const fn is_list(&self) -> bool {
        matches!(&self.what, Asked::Field(Field { choice: Choice::List, .. }))
    }

    /// Returns how many rows it takes: several lines are seen where the cursor is, and one elsewhere.
    pub fn rows(&self, focused: bool) -> usize {
        self.area.as_ref().filter(|_| focused).map_or(1, |area| area.lines().len().clamp(2, MOST_ROWS))
    }

    /// Returns what the form calls it.
    pub fn label(&self) -> String {
        match &self.what {
            Asked::Field(field) => field.name.replace('_', " "),
            Asked::Public { label, .. } | Asked::Secret { label, .. } => label.to_string(),
        }
    }

    /// Says in one line what may be written.
    pub fn help(&self) -> &str {
        match &self.what {
            Asked::Field(field) => field.help,
            Asked::Public { .. } => "not a secret: shown in lists and files",
            Asked::Secret { .. } => "paste it here; it is sealed and never shown",
        }
    }

    /// Says whether the thing can't be without it.
    pub const fn is_required(&self) -> bool {
        match &self.what {
            Asked::Field(field) => field.required,
            Asked::Public { required, .. } | Asked::Secret { required, .. } => *required,
        }
    }

    /// Says whether it is a secret.
    pub const fn is_secret(&self) -> bool {
        matches!(self.what, Asked::Secret { .. })
    }
}

/// What a form is filled in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// A thing, as it is to be.
    Thing,
    /// A record of the workspace's own for something that is built in.
    BuiltIn,
    /// The secret that is to replace the one of a key.
    Rotation,
}

/// A form.
#[derive(Debug)]
pub struct Form {
    /// The thing as it was; none for a new one.
    pub before: Option<Record>,
    /// The thing as it is to be, as far as its fields could be read.
    pub record: Record,
    /// The lines.
    pub lines: Vec<Line>,
    /// The line that hears keys.
    pub at: usize,
    /// What it is filled in for.
    pub meant: Meant,
    /// Whether anything was typed.
    pub touched: bool,
    /// What is wrong with the whole.
    pub error: Option<String>,
}

impl Form {
    /// Says whether the line that hears keys is a note.
    pub fn is_on_note(&self) -> bool {
        self.lines.get(self.at).is_some_and(|line| line.label() == "note" && !line.is_secret())
    }

    /// Begins a form for a thing; `before` is none for a new one.
    pub fn new(before: Option<Record>, record: Record, view: &View) -> Self {
        let lookup = view.lookup();
        let own = form::fields(record.kind()).iter().filter(|field| !(hides_fields(&record) && field.name == "fields"));
        let lines = own.map(|field| Line::field(field, form::get(&record, field.name, &lookup))).collect();
        let mut form = Self { before, record, lines, at: 0, meant: Meant::Thing, touched: false, error: None };
        form.follow_provider(view);
        form
    }

    /// Begins a form for the secret that is to replace the one of a key.
    pub fn rotation(key: Credential, view: &View) -> Self {
        let record = Record::from(key);
        let mut form = Self::new(Some(record.clone()), record, view);
        form.lines.retain(Line::is_secret);
        Self { meant: Meant::Rotation, at: 0, ..form }
    }

    /// Says whether the key keeps the secret that it has if nothing is written on a line.
    pub fn keeps(&self, line: &Line) -> bool {
        let Some(Record::Credential(key)) = &self.before else { return false };
        line.is_secret() && self.meant == Meant::Thing && matches!(key.secret, SecretRef::Sealed(_))
    }

    /// Keeps the line of one field alone, for a cell that is edited in place.
    pub fn narrow(&mut self, field: &str) {
        if self.line(field).is_some() {
            self.lines.retain(|line| matches!(&line.what, Asked::Field(known) if known.name == field));
        }
    }

    /// Returns the kind of thing.
    pub const fn kind(&self) -> Kind {
        self.record.kind()
    }

    /// Returns the title.
    pub fn title(&self) -> String {
        let kind = kind_words(self.kind());
        match self.before.as_ref().and_then(Record::name) {
            Some(name) if self.meant == Meant::Rotation => format!("New secret of {name}, beside the one in use"),
            Some(name) => format!("Edit {kind} {name}"),
            None if self.before.is_some() => format!("Edit {kind}"),
            None if self.meant == Meant::BuiltIn => {
                let name = self.record.name().map(ToString::to_string).unwrap_or_default();
                format!("Describe {kind} {name}")
            }
            None => format!("New {kind}"),
        }
    }

    /// Returns the line of a field.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| matches!(&line.what, Asked::Field(field) if field.name == name))
    }

    /// Reads every field again, and notes what is wrong where.
    pub fn read(&mut self, view: &View) {
        let lookup = view.lookup();
        for line in &mut self.lines {
            if let Asked::Field(field) = line.what {
                let text = line.text();
                let set = if text.is_empty() && field.required {
                    Ok(())
                } else {
                    form::set(&mut self.record, field.name, &text, &lookup)
                };
                line.error = set.err().map(|error| error.to_string());
            }
        }
        if let Record::Credential(key) = &mut self.record {
            for line in &self.lines {
                if let Asked::Public { name, .. } = &line.what {
                    match &*line.text() {
                        "" => drop(key.fields.remove(name)),
                        text => drop(key.fields.insert(name.clone(), text.into())),
                    }
                }
            }
        }
    }

    /// Returns the first line that can't stay as it is, with the reason.
    pub fn first_fault(&self) -> Option<(usize, String)> {
        let given = |line: &Line| if line.is_secret() { !line.secret.is_empty() } else { !line.text().is_empty() };
        // A key that is known by name only may stay so while the rest of it is changed.
        let keeps_secret = match &self.before {
            Some(Record::Credential(key)) => {
                key.secret != crate::domain::credential::SecretRef::Absent
                    || !self.lines.iter().any(|line| line.is_secret() && given(line))
            }
            _ => false,
        };
        let elsewhere = self.line("reference").is_some_and(|line| !line.text().is_empty());
        self.lines.iter().enumerate().find_map(|(at, line)| {
            if let Some(error) = &line.error {
                return Some((at, error.clone()));
            }
            let excused = line.is_secret() && (keeps_secret || elsewhere) && self.meant != Meant::Rotation;
            let lacks = line.is_required() && !given(line) && !excused;
            lacks.then(|| (at, format!("{} can't be empty", line.label())))
        })
    }

    /// Asks for the fields of the provider that is named now; what was typed into fields that stay is kept.
    pub fn follow_provider(&mut self, view: &View) {
        if self.kind() != Kind::Credential {
            return;
        }
        let slug = self.line("provider").map(|line| line.text().into_owned()).unwrap_or_default();
        let vocabulary = view.vocabulary();
        let provider = vocabulary.provider(&vocabulary.canonical(&slug)).and_then(|ix| vocabulary.provider_entry(ix));
        let wanted = provider.and_then(|entry| entry.provider()).map(asked).unwrap_or_default();
        let mut old: Vec<Line> = Vec::new();
        let (kept, gone) =
            std::mem::take(&mut self.lines).into_iter().partition(|line| matches!(line.what, Asked::Field(_)));
        self.lines = kept;
        old.extend::<Vec<Line>>(gone);
        let after =
            self.lines.iter().position(|line| matches!(&line.what, Asked::Field(field) if field.name == "provider"));
        let at = after.map_or(self.lines.len(), |at| at + 1);
        let fresh: Vec<Line> = wanted.into_iter().map(|what| self.provided(what, &mut old)).collect();
        self.lines.splice(at..at, fresh);
        self.at = self.at.min(self.lines.len().saturating_sub(1));
    }

    fn provided(&self, what: Asked, old: &mut Vec<Line>) -> Line {
        let name = name_of(&what).cloned();
        if let Some(at) = old.iter().position(|line| name_of(&line.what) == name.as_ref()) {
            return Line { what, ..old.swap_remove(at) };
        }
        let text = match (&self.record, &what) {
            (Record::Credential(key), Asked::Public { name, .. }) => key.fields.get(name).map(ToString::to_string),
            _ => None,
        };
        let input = TextInput::new(text.unwrap_or_default());
        Line { what, input, area: None, secret: SecretInput::default(), error: None }
    }

    /// Returns values that fit the line at the cursor, those first that begin with what is typed.
    pub fn suggestions(&self, view: &View) -> Vec<String> {
        let Some(line @ Line { what: Asked::Field(field), .. }) = self.lines.get(self.at) else { return Vec::new() };
        let all = self.values(field, view);
        let typed = line.entry().trim().to_lowercase();
        let (mut first, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|value| value.to_lowercase().starts_with(&typed));
        first.extend(rest.into_iter().filter(|value| value.to_lowercase().contains(&typed)));
        first
    }
}

/// Returns the labels of environments that are in use.
pub fn environments(view: &View) -> Vec<String> {
    let keys = view.credentials().filter_map(|(_, it)| it.environment.clone());
    let workflows = view.workflows().filter_map(|(_, it)| it.environment.clone());
    let rules = view.assignments().filter_map(|(_, it)| it.environment.clone());
    let all: std::collections::BTreeSet<Text> = keys.chain(workflows).chain(rules).collect();
    all.into_iter().map(|label| label.to_string()).collect()
}

/// The word for a kind on screens.
pub const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Credential => "key",
        Kind::Instance => "model instance",
        Kind::Assignment => "rule",
        other => other.word(),
    }
}

const fn hides_fields(record: &Record) -> bool {
    matches!(record, Record::Credential(_))
}

const fn name_of(what: &Asked) -> Option<&Text> {
    match what {
        Asked::Field(_) => None,
        Asked::Public { name, .. } | Asked::Secret { name, .. } => Some(name),
    }
}

fn asked(provider: &Provider) -> Vec<Asked> {
    let each = provider.fields.iter().map(|field| {
        let label = field.label.clone().unwrap_or_else(|| field.name.replace('_', " ").into());
        let (name, required) = (field.name.clone(), field.required);
        if field.secret { Asked::Secret { name, label, required } } else { Asked::Public { name, label, required } }
    });
    each.collect()
}
