//! An import on its way: what is asked for, the look at what would come, and the writing of it. What came itself, with
//! its secrets, is never here.

use std::{path::PathBuf, sync::Arc};

use crate::{
    domain::Timestamp,
    import::report::Report,
    ops::{
        importing::{Belonging, DifyWish, ImportWish, Source, holds_password},
        plan::Plan,
    },
    tui::{action::Action, widget::input::TextInput},
};

/// How many names below a path are kept.
pub const MOST_NAMES: usize = 200;

/// What a line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The kind of source.
    Kind,
    /// The file.
    Path,
    /// Where the database is.
    Url,
    /// The file with the source's own secret key.
    SecretKey,
    /// Dify's storage folder.
    Storage,
    /// Which of Dify's workspaces.
    Tenant,
    /// The tags that are departments.
    Tags,
    /// The file with the map by app.
    Map,
    /// The department of what the source leaves open.
    Department,
    /// Its environment.
    Environment,
    /// Its owner.
    Owner,
    /// What the source is called.
    Source,
}

impl Asked {
    /// Returns what the line is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kind => "what *",
            Self::Path => "file *",
            Self::Url => "database *",
            Self::SecretKey => "its secret key",
            Self::Storage => "its storage",
            Self::Tenant => "its workspace",
            Self::Tags => "tags",
            Self::Map => "map",
            Self::Department => "department",
            Self::Environment => "environment",
            Self::Owner => "owner",
            Self::Source => "source",
        }
    }

    /// Says in one line what may be written.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Kind => "ctrl-n goes on to the next kind",
            Self::Path => "a path of this machine; ctrl-n completes it",
            Self::SecretKey => "the file with the SECRET_KEY of FeedForward; without it keys come by name only",
            Self::Url => "postgres://USER@HOST/NAME; the password is taken from PGPASSWORD or ~/.pgpass",
            Self::Storage => "Dify's storage folder: the keys in it open the secrets; without it they come by name",
            Self::Tenant => "one workspace of Dify's, by name or id, where it has several",
            Self::Tags => "the tags of apps that are departments, with commas between them; else every tag",
            Self::Map => "a CSV file with the columns app, department, owner, environment",
            Self::Department => "who pays for what the source leaves open",
            Self::Environment => "where it runs, if the source does not say",
            Self::Owner => "system, department/NAME or a login",
            Self::Source => "what to call it, where several of its kind are imported",
        }
    }

    /// Says whether it is a path.
    pub const fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::SecretKey | Self::Storage | Self::Map)
    }
}

/// A line of the question.
#[derive(Debug)]
pub struct Line {
    /// What it asks for.
    pub what: Asked,
    /// What is typed.
    pub input: TextInput,
}

/// What would come.
#[derive(Debug)]
pub struct Outlook {
    /// The counts by kind, in words.
    pub counts: Vec<String>,
    /// What was left out, and what deserves a look.
    pub report: Report,
    /// What the changes would do.
    pub plan: Arc<Plan>,
    /// How many secrets are to be sealed.
    pub secrets: usize,
    /// How many lines of usage come in.
    pub usage: usize,
}

impl Outlook {
    /// Says whether there is nothing to write.
    pub fn is_nothing(&self) -> bool {
        self.plan.changes.is_empty() && self.usage == 0 && self.secrets == 0
    }
}

/// How far it is.
#[derive(Debug)]
pub enum Step {
    /// The question is being filled in.
    Asking,
    /// The file is being read since then.
    Reading(Timestamp),
    /// What would come is looked at; whether Enter brings it.
    Looking(Box<Outlook>, bool),
    /// It is being written since then.
    Writing(Timestamp),
}

/// An import.
#[derive(Debug)]
pub struct Importing {
    /// The lines of the question.
    pub lines: Vec<Line>,
    /// The one that hears keys.
    pub at: usize,
    /// What the path could go on with, once it is known, and for which text that is.
    pub names: (String, Vec<String>),
    /// How far it is.
    pub step: Step,
    /// The number of the question.
    pub generation: u64,
    /// What is wrong.
    pub error: Option<String>,
}

impl Importing {
    /// Says whether the question is being filled in.
    pub const fn is_asking(&self) -> bool {
        matches!(self.step, Step::Asking)
    }

    /// Begins to ask; the kind and path may be known already.
    pub fn new(source: Source, path: &str) -> Self {
        let mut importing = Self {
            lines: Vec::new(),
            at: 1,
            names: (String::new(), Vec::new()),
            step: Step::Asking,
            generation: 0,
            error: None,
        };
        let place = if source.is_on_a_server() { Asked::Url } else { Asked::Path };
        let line = |what, text: &str| Line { what, input: TextInput::new(text) };
        importing.lines = vec![line(Asked::Kind, source.word()), line(place, path)];
        importing.follow_kind();
        importing
    }

    /// Returns the kind of source, if what stands there is one.
    pub fn source(&self) -> Option<Source> {
        Source::from_word(self.text(Asked::Kind))
    }

    /// Returns what is written in a line; nothing if the line is not there.
    pub fn text(&self, what: Asked) -> &str {
        self.lines.iter().find(|line| line.what == what).map_or("", |line| line.input.text().trim())
    }

    /// Returns the line that hears keys.
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.at)
    }

    /// Asks for what the kind has, and for nothing else; what was typed into lines that stay is kept.
    pub fn follow_kind(&mut self) {
        let Some(source) = self.source() else { return };
        let here = self.line().map(|line| line.what);
        let mut before = std::mem::take(&mut self.lines);
        let kept = |what: Asked| {
            let at = before.iter().position(|line| line.what == what);
            at.map_or_else(|| Line { what, input: TextInput::default() }, |at| before.swap_remove(at))
        };
        self.lines = asked(source).into_iter().map(kept).collect();
        self.at = here.and_then(|here| self.lines.iter().position(|line| line.what == here)).unwrap_or(1);
    }

    /// Returns the actions that matter at this step, with what they do.
    pub fn hints(&self) -> Vec<(Action, &'static str)> {
        match self.step {
            Step::Asking => vec![
                (Action::Accept, "look"),
                (Action::NextField, "next field"),
                (Action::NextChoice, "fill in"),
                (Action::Cancel, "leave"),
            ],
            _ => vec![(Action::NextField, "choose"), (Action::Accept, "press"), (Action::Cancel, "back")],
        }
    }

    /// Returns what is wanted, or what is missing and where.
    pub fn wish(&self) -> Result<ImportWish, (Asked, String)> {
        let Some(source) = self.source() else {
            let known = Source::ALL.map(Source::word).join(", ");
            return Err((Asked::Kind, format!("there is no such kind; there are {known}")));
        };
        let place = if source.is_on_a_server() { Asked::Url } else { Asked::Path };
        if self.text(place).is_empty() {
            let what = if source.is_on_a_server() { "a database" } else { "a file" };
            return Err((place, format!("{what} has to be named")));
        }
        if holds_password(self.text(place)) {
            let why = "leave the password out: it is taken from PGPASSWORD, or from ~/.pgpass";
            return Err((place, why.to_owned()));
        }
        let some = |what: Asked| Some(self.text(what)).filter(|text| !text.is_empty());
        let belonging = Belonging {
            department: some(Asked::Department).map(str::to_owned),
            owner: some(Asked::Owner).map(str::to_owned),
            environment: some(Asked::Environment).map(str::to_owned),
            map: None,
            source: some(Asked::Source).map(str::to_owned),
        };
        let tags =
            |text: &str| text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        let dify = DifyWish {
            storage: some(Asked::Storage).map(PathBuf::from),
            tenant: some(Asked::Tenant).map(str::to_owned),
            tags: some(Asked::Tags).map(tags),
        };
        let secret_key_file = some(Asked::SecretKey).filter(|_| source.has_secret_key()).map(PathBuf::from);
        let (path, map_file) = (PathBuf::from(self.text(place)), some(Asked::Map).map(PathBuf::from));
        Ok(ImportWish { source, path, secret_key_file, map_file, dify, belonging })
    }
}

/// Returns what a kind asks for, in this order.
fn asked(source: Source) -> Vec<Asked> {
    use Asked as A;
    let own: &[Asked] = match source {
        Source::DifyDb => &[A::Url, A::Storage, A::Tenant, A::Tags],
        it if it.has_secret_key() => &[A::Path, A::SecretKey],
        _ => &[A::Path],
    };
    // A database of Dify's is called what it is: several of them are told apart by their workspaces.
    let name: &[Asked] = if source.is_on_a_server() { &[] } else { &[A::Source] };
    let place = [A::Department, A::Environment, A::Owner, A::Map];
    [&[A::Kind][..], own, &place, name].concat()
}
