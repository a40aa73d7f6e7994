//! The console: bytes to events to actions to state to frames.
//!
//! ```text
//! bytes ─► decode ─► Event ─► Keymap ─► Action ─► update(&mut State) ─► effects ─► tasks
//!   ▲                                                 │                              │
//!   └── diff bytes ◄── Screen ◄── view(&State, &Theme)  ◄──── Event::Done(outcome) ◄─┘
//! ```

pub mod action;
pub mod app;
pub mod decode;
pub mod effect;
pub mod event;
pub mod keymap;
pub mod picture;
pub mod plain;
#[cfg(test)]
pub(crate) mod rehearsal;
pub mod runner;
pub mod runtime;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod welcome;
pub mod widget;
pub mod words;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use jiff::SignedDuration;
use tokio::io::{AsyncBufRead, AsyncWrite};

use self::{
    action::Action,
    app::Console,
    effect::Done,
    event::Event,
    keymap::{Keymap, file::Merged},
    plain::Plain,
    runner::{Opening, Runner},
    runtime::{
        Ended, Handle, Settings,
        lines::{self, Teletype},
    },
    state::{Start, State, memory},
    terminal::{Closed, Terminal, colour::Depth, modes::Modes},
    theme::{Following, Theme},
    welcome::{Choice, Welcome},
};
use crate::{
    domain::link::Link,
    ops::failure::{Failure, Kind},
    vault::KeySources,
};

/// How the console is to look and to be used.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own and none excludes another")]
pub struct Options {
    /// What the header calls the database: a file's name, a host; never with a password.
    pub database: String,
    /// The theme's name; without one, the theme follows the terminal's background.
    pub theme: Option<String>,
    /// The theme on a dark background, where it follows.
    pub dark_theme: String,
    /// The theme on a light background, where it follows.
    pub light_theme: String,
    /// The user's own themes: name and file.
    pub own_themes: BTreeMap<String, String>,
    /// How many colours the terminal shows.
    pub depth: Depth,
    /// Whether it shows nothing but ASCII.
    pub ascii: bool,
    /// Whether clicks and the wheel are heard.
    pub mouse: bool,
    /// Whether the terminal may be asked for its background, and for keys that legacy encodings merge.
    pub ask: bool,
    /// The user's keymap: where it comes from, and its text.
    pub keymap: Option<(String, String)>,
    /// How many days before its end a key is to be looked at.
    pub expiring_days: u32,
    /// Whether nothing may move on the screen that nobody moved.
    pub still: bool,
    /// Whether the console is used line by line, by [`run_lines`].
    pub line_by_line: bool,
    /// After how many seconds without a key press an unlocked vault is locked.
    pub idle_lock_seconds: u32,
    /// Which `SECRET_KEY` is at hand that nobody has to type.
    pub keys: KeyAtHand,
    /// A number that no other session has; new ids are made from it.
    pub seed: u128,
    /// Whether the user sits at another machine, so that no file and no program of this one is theirs.
    pub afar: bool,
    /// The columns that are chosen, by the names of lists.
    pub columns: BTreeMap<String, Vec<String>>,
    /// The file in which the session is remembered for the next one; nothing from afar, or where that is switched off.
    pub session_file: Option<PathBuf>,
}

impl Options {
    /// Returns what is asked of the terminal: whoever opens a local one has to open it with the same.
    pub const fn modes(&self) -> Modes {
        Modes { mouse: self.mouse, kitty: self.ask, ask: self.ask }
    }

    /// Returns the workspace in which the last session on this database ended, if that is remembered.
    pub fn last_workspace(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.session_file.as_deref()?).ok()?;
        memory::Memories::read(&text).map(|memories| memories.last)
    }

    const fn settings(&self) -> Settings {
        Settings { modes: self.modes(), depth: self.depth, ascii: self.ascii }
    }

    /// Returns the theme to begin with, what it follows, and what is wrong with it.
    fn theme(&self) -> (Theme, Option<Following>, Option<String>) {
        let (depth, dark, light) = (self.depth, self.dark_theme.clone(), self.light_theme.clone());
        let following = Following { depth, dark, light };
        let name = self.theme.as_deref().unwrap_or_else(|| following.name(None));
        let (theme, warnings) = Theme::load(name, |name| self.own_themes.get(name).cloned());
        (theme, self.theme.is_none().then_some(following), warnings.first().map(ToString::to_string))
    }
}

/// Where a `SECRET_KEY` is that nobody has to type.
#[derive(Clone, Debug, Default)]
pub enum KeyAtHand {
    /// Nowhere: it is asked for.
    #[default]
    None,
    /// In a file, a descriptor or the environment; it is read when it is needed.
    At(KeySources),
    /// With the server, which never hands it out: unlocking confirms, for this session. If it was not read yet, it is
    /// read here.
    Held(Option<KeySources>),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The user left.
    Left,
    /// The terminal or the system ended it.
    Closed(Closed),
}

/// Runs the console until the user leaves. The first frame does not wait for the session to be open.
///
/// # Errors
/// When the session can't be opened, or the terminal can't be put back.
pub async fn run(
    terminal: Box<dyn Terminal>,
    opening: Opening,
    start: Option<Link>,
    options: Options,
) -> Result<Exit, Failure> {
    let (settings, file) = (options.settings(), options.session_file.clone());
    let mut runner = Runner::new(begun(opening), options.keys.clone());
    let mut console = console(options, start)?;
    let ended = runtime::run(&mut console, terminal, settings, |effect, handle| runner.start(effect, handle)).await;
    runner.leave().await;
    if let (Some(file), Some(text)) = (file, memory::write(&mut console.state)) {
        // A session that can't be remembered is no reason to fail.
        let _ = remember(&file, &text);
    }
    exit(console.state, ended)
}

/// Begins an opening at once, so that the database is read while the first frame is made.
fn begun(opening: Opening) -> Opening {
    let task = tokio::spawn(opening);
    Box::pin(async move {
        let interrupted = |_| Err(Failure::new(Kind::Internal, "opening the database was interrupted"));
        task.await.unwrap_or_else(interrupted)
    })
}

/// Runs the console line by line until the user leaves or the lines end. `hush` is called with whether the next line is
/// a secret, which must not be echoed.
///
/// # Errors
/// When the session can't be opened, or what is to be told can't be written.
pub async fn run_lines<R: AsyncBufRead + Unpin, W: AsyncWrite + Unpin>(
    teletype: Teletype<R, W>,
    opening: Opening,
    start: Option<Link>,
    options: Options,
    hush: impl FnMut(bool),
) -> Result<Exit, Failure> {
    let mut runner = Runner::new(opening, options.keys.clone());
    let mut plain = Plain::new(console(options, start)?);
    let first = Event::Resize(plain::PAGE.0, plain::PAGE.1);
    let start = |effect, handle: &Handle<Done>| runner.start(effect, handle);
    let ended = lines::run(&mut plain, teletype, first, start, hush).await;
    runner.leave().await;
    exit(plain.into_state(), ended)
}

/// Builds the console as it is before the database is open.
fn console(options: Options, start: Option<Link>) -> Result<Console, Failure> {
    let (theme, follow, warning) = options.theme();
    let mut keymap = Keymap::<Action>::defaults().map_err(|problem| Failure::new(Kind::Internal, problem))?;
    let merged = options.keymap.as_ref().map(|(origin, text)| keymap.merge(text, origin));
    let mut console = Console::new(Start {
        database: options.database,
        keymap,
        theme,
        own_themes: options.own_themes,
        follow,
        expiring_days: options.expiring_days,
        idle_lock: SignedDuration::from_secs(options.idle_lock_seconds.into()),
        has_key: !matches!(options.keys, KeyAtHand::None),
        types_key: !matches!(options.keys, KeyAtHand::Held(_)),
        still: options.still,
        line_by_line: options.line_by_line,
        link: start,
        seed: options.seed,
        afar: options.afar,
        mouse: options.mouse,
        memory: options.session_file.as_deref().and_then(|file| std::fs::read_to_string(file).ok()),
    });
    let mut report = merged.as_ref().map(Merged::lines).unwrap_or_default();
    report.extend(memory::take_columns(&mut console.state, &options.columns));
    console.state.tell_at_start(warning.as_deref(), report);
    Ok(console)
}

/// Says how a session ended.
fn exit(state: State, ended: std::io::Result<Ended>) -> Result<Exit, Failure> {
    let ended = ended.map_err(|error| {
        Failure::new(Kind::Unavailable, format!("the terminal failed: {error}"))
            .hint("\"reset\" puts a broken terminal back")
    })?;
    match (state.broken, ended) {
        (Some(failure), _) => Err(failure),
        (None, Ended::Left) => Ok(Exit::Left),
        (None, Ended::Closed(closed)) => Ok(Exit::Closed(closed)),
    }
}

/// Writes what is remembered, whole or not at all, where nobody else reads it.
fn remember(file: &Path, text: &str) -> std::io::Result<()> {
    use std::{
        io::Write as _,
        os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = file.with_extension(format!("{}.part", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    let mut draft = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    draft.write_all(text.as_bytes())?;
    std::fs::rename(&beside, file)
}

/// Says what a user's keymap gets wrong, and what of the program's keys it hides.
pub fn keymap_report(text: &str, origin: &str) -> Vec<String> {
    match Keymap::<Action>::defaults() {
        Ok(mut keymap) => keymap.merge(text, origin).lines(),
        Err(problem) => vec![problem.to_string()],
    }
}

/// Asks how to begin, where there is no database yet. The caller does what was chosen.
///
/// # Errors
/// When the terminal can't be put back.
pub async fn welcome(terminal: Box<dyn Terminal>, options: &Options) -> Result<Choice, Failure> {
    let (theme, follow, _) = options.theme();
    let mut welcome = Welcome::new(options.database.clone(), theme, follow);
    let ended = runtime::run(&mut welcome, terminal, options.settings(), |effect, _| match effect {}).await;
    ended.map_err(|error| Failure::new(Kind::Unavailable, format!("the terminal failed: {error}")))?;
    Ok(welcome.chosen.unwrap_or(Choice::Leave))
}
