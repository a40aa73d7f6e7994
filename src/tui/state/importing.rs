//! An import on its way: what is asked for, the look at what would come, and the writing of it. What came itself, with
//! its secrets, is never here.

use std::{path::PathBuf, sync::Arc};

use crate::{
    domain::Timestamp,
    import::report::Report,
    ops::{
        importing::{Belonging, ImportWish, Source},
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
    /// The file with the source's own secret key.
    SecretKey,
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
            Self::SecretKey => "its secret key",
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
            Self::Department => "who pays for what the source leaves open",
            Self::Environment => "where it runs, if the source does not say",
            Self::Owner => "system, department/NAME or a login",
            Self::Source => "what to call it, where several of its kind are imported",
        }
    }

    /// Says whether it is a path.
    pub const fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::SecretKey)
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
    /// What would come is looked at; whether Enter brings it, and the first line that is seen.
    Looking(Box<Outlook>, bool, usize),
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
        importing.lines = [
            Asked::Kind,
            Asked::Path,
            Asked::SecretKey,
            Asked::Department,
            Asked::Environment,
            Asked::Owner,
            Asked::Source,
        ]
        .into_iter()
        .map(|what| Line {
            what,
            input: TextInput::new(match what {
                Asked::Kind => source.word(),
                Asked::Path => path,
                _ => "",
            }),
        })
        .collect();
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

    /// Shows the line of the secret key where the kind has one, and nowhere else.
    pub fn follow_kind(&mut self) {
        let wants = self.source().is_some_and(Source::has_secret_key);
        let at = self.lines.iter().position(|line| line.what == Asked::SecretKey);
        match (wants, at) {
            (true, None) => {
                let line = Line { what: Asked::SecretKey, input: TextInput::default() };
                self.lines.insert(2, line);
            }
            (false, Some(at)) => drop(self.lines.remove(at)),
            _ => {}
        }
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
        if self.text(Asked::Path).is_empty() {
            return Err((Asked::Path, "a file has to be named".to_owned()));
        }
        let some = |what: Asked| Some(self.text(what)).filter(|text| !text.is_empty());
        let belonging = Belonging {
            department: some(Asked::Department).map(str::to_owned),
            owner: some(Asked::Owner).map(str::to_owned),
            environment: some(Asked::Environment).map(str::to_owned),
            map: None,
            source: some(Asked::Source).map(str::to_owned),
        };
        let secret_key_file = some(Asked::SecretKey).filter(|_| source.has_secret_key()).map(PathBuf::from);
        Ok(ImportWish { source, path: PathBuf::from(self.text(Asked::Path)), secret_key_file, belonging })
    }
}
