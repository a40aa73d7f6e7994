//! What can be wrong with settings, said with the place and the next step.

use std::{io, path::PathBuf};

use thiserror::Error;

use super::place::{Place, did_you_mean};

/// Why the settings can't be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The user has no home folder, so the default places are unknown.
    #[error("there is no home folder to look for settings in; set HOME, or name the files with --config and --db")]
    NoHome,
    /// A settings file that was asked for, or that exists, can't be read.
    #[error("the settings file {} can't be read: {source}; correct --config or KEYDECK_CONFIG", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{place}: {problem}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the parser says.
        problem: String,
    },
    /// No setting has this name.
    #[error("{origin}: there is no setting \"{key}\"{}", next_step(guess.as_ref()))]
    Unknown {
        /// The line, the variable or the option.
        origin: String,
        /// What was written.
        key: String,
        /// What may have been meant.
        guess: Option<String>,
    },
    /// A setting has a value that it can't have.
    #[error("{origin}: {key} {problem}{}", did_you_mean(guess.as_ref()))]
    Value {
        /// The line, the variable or the option.
        origin: String,
        /// The setting.
        key: String,
        /// What is wrong, as the rest of a sentence.
        problem: String,
        /// What may have been meant.
        guess: Option<String>,
    },
}

fn next_step(guess: Option<&String>) -> String {
    if guess.is_some() { did_you_mean(guess) } else { "; config.example.toml lists them all".to_owned() }
}
