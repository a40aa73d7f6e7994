//! A form: the fields of one thing from the one table of fields, as they are being typed.

use crate::{
    domain::{
        Text,
        provider::Provider,
        record::{Kind, Record},
    },
    form::{self, Choice, Field},
    ops::view::View,
    tui::widget::{input::TextInput, secret::SecretInput},
};

/// A line of a form.
#[derive(Debug)]
pub struct Line {
    /// What it is for.
    pub what: Asked,
    /// What is typed, unless it is a secret.
    pub input: TextInput,
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
        Self { what: Asked::Field(field), input: TextInput::new(text), secret: SecretInput::default(), error: None }
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
    /// The first line that is seen.
    pub top: usize,
    /// Whether anything was typed.
    pub touched: bool,
    /// What is wrong with the whole.
    pub error: Option<String>,
}

impl Form {
    /// Begins a form for a thing; `before` is none for a new one.
    pub fn new(before: Option<Record>, record: Record, view: &View) -> Self {
        let lookup = view.lookup();
        let own = form::fields(record.kind()).iter().filter(|field| !(hides_fields(&record) && field.name == "fields"));
        let lines = own.map(|field| Line::field(field, form::get(&record, field.name, &lookup))).collect();
        let mut form = Self { before, record, lines, at: 0, top: 0, touched: false, error: None };
        form.follow_provider(view);
        form
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
            Some(name) => format!("Edit {kind} {name}"),
            None if self.before.is_some() => format!("Edit {kind}"),
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
                let text = line.input.text().trim();
                let set = if text.is_empty() && field.required {
                    Ok(())
                } else {
                    form::set(&mut self.record, field.name, text, &lookup)
                };
                line.error = set.err().map(|error| error.to_string());
            }
        }
        if let Record::Credential(key) = &mut self.record {
            for line in &self.lines {
                if let Asked::Public { name, .. } = &line.what {
                    match line.input.text().trim() {
                        "" => drop(key.fields.remove(name)),
                        text => drop(key.fields.insert(name.clone(), text.into())),
                    }
                }
            }
        }
    }

    /// Returns the first line that can't stay as it is, with the reason.
    pub fn first_fault(&self) -> Option<(usize, String)> {
        let given =
            |line: &Line| if line.is_secret() { !line.secret.is_empty() } else { !line.input.text().trim().is_empty() };
        let keeps_secret = matches!(
            &self.before,
            Some(Record::Credential(key)) if !matches!(key.secret, crate::domain::credential::SecretRef::Absent)
        );
        let elsewhere = self.line("reference").is_some_and(|line| !line.input.text().trim().is_empty());
        self.lines.iter().enumerate().find_map(|(at, line)| {
            if let Some(error) = &line.error {
                return Some((at, error.clone()));
            }
            let excused = line.is_secret() && (keeps_secret || elsewhere);
            let lacks = line.is_required() && !given(line) && !excused;
            lacks.then(|| (at, format!("{} can't be empty", line.label())))
        })
    }

    /// Asks for the fields of the provider that is named now; what was typed into fields that stay is kept.
    pub fn follow_provider(&mut self, view: &View) {
        if self.kind() != Kind::Credential {
            return;
        }
        let slug = self.line("provider").map(|line| line.input.text().trim().to_owned()).unwrap_or_default();
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
        Line { what, input, secret: SecretInput::default(), error: None }
    }

    /// Returns values that fit the line at the cursor, those first that begin with what is typed.
    pub fn suggestions(&self, view: &View) -> Vec<String> {
        let Some(Line { what: Asked::Field(field), input, .. }) = self.lines.get(self.at) else { return Vec::new() };
        let all = self.values(field, view);
        let typed = input.text().to_lowercase();
        let (mut first, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|value| value.to_lowercase().starts_with(&typed));
        first.extend(rest.into_iter().filter(|value| value.to_lowercase().contains(&typed)));
        first
    }

    /// Returns every value that could stand in a field.
    fn values(&self, field: &Field, view: &View) -> Vec<String> {
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names.dedup();
            names
        };
        match field.choice {
            Choice::Words(words) => words.iter().map(|&word| word.to_owned()).collect(),
            Choice::Provider => {
                sorted(view.vocabulary().providers().map(|(_, entry)| entry.slug.to_string()).collect())
            }
            Choice::Environment => environments(view),
            Choice::Model => {
                let slug = self.line("provider").map(|line| line.input.text().trim()).unwrap_or_default();
                let provider = view.vocabulary().provider(&view.vocabulary().canonical(slug));
                let models = view.vocabulary().models().filter(|(_, model)| Some(model.provider) == provider);
                sorted(models.map(|(_, model)| model.name.to_string()).collect())
            }
            Choice::Name(kind) => sorted(names(view, kind)),
            Choice::Owner => {
                let departments = view.departments().map(|(_, it)| format!("department/{}", encoded(&it.name)));
                let people = view.operators().map(|(_, it)| format!("operator/{}", encoded(&it.login)));
                let mut all = vec!["system".to_owned()];
                all.extend(sorted(departments.chain(people).collect()));
                all
            }
            Choice::Text if field.name == "scope" => scopes(view),
            Choice::Text if field.name == "target" => targets(view),
            _ => Vec::new(),
        }
    }
}

fn encoded(name: &str) -> String {
    crate::domain::link::encode(name)
}

fn scopes(view: &View) -> Vec<String> {
    let mut all = vec!["workspace".to_owned(), "system".to_owned()];
    all.extend(view.departments().map(|(_, it)| format!("department/{}", encoded(&it.name))));
    all.extend(view.apps().map(|(_, it)| format!("app/{}", encoded(&it.name))));
    all.extend(view.operators().map(|(_, it)| format!("owner/{}", encoded(&it.login))));
    all.extend(view.workflows().map(|(_, it)| format!("workflow/{}", encoded(&it.name))));
    all
}

fn targets(view: &View) -> Vec<String> {
    let keys = view.credentials().map(|(_, it)| format!("key/{}", encoded(&it.name)));
    let pools = view.pools().map(|(_, it)| format!("pool/{}", encoded(&it.name)));
    let mut all: Vec<String> = keys.chain(pools).collect();
    all.sort();
    all.extend(["deny".to_owned(), "variable/env.".to_owned()]);
    all
}

fn names(view: &View, kind: Kind) -> Vec<String> {
    match kind {
        Kind::Department => view.departments().map(|(_, it)| it.name.to_string()).collect(),
        Kind::Operator => view.operators().map(|(_, it)| it.login.to_string()).collect(),
        Kind::Credential => view.credentials().map(|(_, it)| it.name.to_string()).collect(),
        Kind::Pool => view.pools().map(|(_, it)| it.name.to_string()).collect(),
        Kind::Instance => view.instances().map(|(_, it)| it.name.to_string()).collect(),
        Kind::App => view.apps().map(|(_, it)| it.name.to_string()).collect(),
        Kind::Workflow => view.workflows().map(|(_, it)| it.name.to_string()).collect(),
        _ => Vec::new(),
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
