//! The program: hardens its process, hands the arguments to the command line, and opens the console if that is asked.

use std::{collections::BTreeMap, ffi::OsString, io::IsTerminal, path::Path, process::ExitCode, time::Duration};

use keydeck::{
    cli::{self, Launch, Next, prompt, report},
    config::settings::{Color, ThemeMode},
    ops::{
        failure::{Failure, Kind},
        identity::Identity,
    },
    tui::{
        self, Exit, Options,
        runtime::lines::Teletype,
        terminal::{
            Closed,
            colour::{self, Depth, Wish},
            local::{Echo, LocalTty},
            modes::Modes,
        },
        welcome::Choice,
    },
    vault,
};
use tokio::{
    io::BufReader,
    runtime::{Builder, Runtime},
};

/// What a program ends with that a signal ended: 128 and the signal's number, as shells tell it.
const TERMINATED: u8 = 128 + 15;
const HUNG_UP: u8 = 128 + 1;

/// How long a thread that did what keeps one busy waits for more of it.
const SPARE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    vault::harden_process();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let runtime = match threads(&arguments) {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("keydeck: the program can't start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = run(&runtime, &arguments);
    // A write to a terminal that takes no more bytes must not keep the program alive.
    runtime.shutdown_background();
    code
}

/// Starts the threads: one beside the first does for one person; a server that many come to gets one for each processor.
fn threads(arguments: &[OsString]) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if !arguments.iter().any(|word| word == "serve") {
        builder.worker_threads(1);
    }
    builder.thread_keep_alive(SPARE).enable_all().build()
}

fn run(runtime: &Runtime, arguments: &[OsString]) -> ExitCode {
    let launch = match runtime.block_on(cli::run(arguments.to_vec(), Identity::local())) {
        Next::Exit(exit) => return ExitCode::from(exit.0),
        Next::Console(launch) => launch,
    };
    let done = if launch.is_first_time { first_time(runtime, &launch, arguments) } else { console(runtime, &launch) };
    done.unwrap_or_else(|failure| {
        ExitCode::from(report::failure(&failure, launch.context.common.json, launch.context.common.color).0)
    })
}

/// Opens the console. The first frame is drawn before the database is asked anything.
fn console(runtime: &Runtime, launch: &Launch) -> Result<ExitCode, Failure> {
    let options = options(launch)?;
    let exit = runtime.block_on(async {
        let exit = if options.line_by_line {
            line_by_line(launch, options).await
        } else {
            tui::run(terminal(&options)?, launch.opening(), launch.link.clone(), options).await
        };
        let why = launch.context.seal().await;
        report::warnings(&why, launch.context.common.json, launch.context.common.color);
        exit
    })?;
    Ok(match exit {
        Exit::Left => ExitCode::SUCCESS,
        Exit::Closed(Closed::Terminated) => ExitCode::from(TERMINATED),
        Exit::Closed(Closed::HungUp) => ExitCode::from(HUNG_UP),
    })
}

/// Opens the console on standard input and output, as lines.
async fn line_by_line(launch: &Launch, options: Options) -> Result<Exit, Failure> {
    let is_terminal = std::io::stdin().is_terminal();
    let teletype = Teletype { input: BufReader::new(tokio::io::stdin()), output: tokio::io::stdout(), is_terminal };
    let mut echo = is_terminal.then(Echo::default);
    let hush = |secret| {
        if let Some(echo) = &mut echo {
            echo.hush(secret);
        }
    };
    tui::run_lines(teletype, launch.opening(), launch.link.clone(), options, hush).await
}

/// Welcomes somebody without a database, does what they choose, and opens the console on it.
fn first_time(runtime: &Runtime, launch: &Launch, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = options(launch)?;
    let choice = runtime.block_on(async { tui::welcome(terminal(&options)?, &options).await })?;
    let with = |words: &[&str]| [arguments, &words.iter().map(OsString::from).collect::<Vec<_>>()].concat();
    let step = |words: &[&str]| runtime.block_on(cli::run(with(words), Identity::local()));
    let prepared = match choice {
        Choice::Leave => return Ok(ExitCode::SUCCESS),
        Choice::Demo => return Ok(run(runtime, &with(&["demo"]))),
        Choice::Empty => step(&["init"]),
        Choice::Import => match step(&["init"]) {
            Next::Exit(exit) if exit.0 == 0 => {
                let path = prompt::ask(&launch.context, "Dify exports, a file or a folder of them: ")?;
                step(&["import", "dify-dsl", path.trim()])
            }
            other => other,
        },
    };
    match prepared {
        Next::Exit(exit) if exit.0 != 0 => Ok(ExitCode::from(exit.0)),
        _ => {
            prompt::ask(&launch.context, "Enter opens the console. ")?;
            console(runtime, launch)
        }
    }
}

fn terminal(options: &Options) -> Result<Box<dyn tui::terminal::Terminal>, Failure> {
    let modes = Modes { mouse: options.mouse, kitty: options.ask, ask: options.ask };
    match LocalTty::open(modes) {
        Ok(terminal) => Ok(Box::new(terminal)),
        Err(error) => Err(Failure::usage(error).hint("\"keydeck --help\" shows the commands that do without")),
    }
}

fn options(launch: &Launch) -> Result<Options, Failure> {
    let settings = &launch.context.settings;
    let wish = match settings.color {
        Color::Auto | Color::Always => Wish::Auto,
        Color::Never => Wish::Exactly(Depth::None),
    };
    let keymap = settings.console.keymap.as_deref().map(read).transpose()?;
    Ok(Options {
        database: name_of(launch),
        theme: match settings.theme.mode {
            _ if launch.context.common.plain => Some("mono".to_owned()),
            ThemeMode::Auto => None,
            ThemeMode::Dark => Some(settings.theme.dark.clone()),
            ThemeMode::Light => Some(settings.theme.light.clone()),
        },
        dark_theme: settings.theme.dark.clone(),
        light_theme: settings.theme.light.clone(),
        own_themes: own_themes(&launch.context.paths.config_folder().join("themes")),
        depth: colour::depth(wish, |name| std::env::var(name).ok()),
        mouse: settings.console.mouse,
        still: !settings.console.motion || launch.context.common.plain || std::env::var_os("NO_MOTION").is_some(),
        line_by_line: launch.context.common.plain,
        ask: true,
        keymap,
        expiring_days: settings.expiring_days,
        idle_lock_minutes: settings.console.idle_lock_minutes,
        keys: launch.context.key_at_hand(),
        seed: uuid::Uuid::now_v7().as_u128(),
    })
}

/// Returns what the header calls the database: the file's name, or its own and the server's.
fn name_of(launch: &Launch) -> String {
    launch.context.url().label()
}

fn read(file: &Path) -> Result<(String, String), Failure> {
    let shown = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => Ok((shown, text)),
        Err(error) => Err(Failure::new(Kind::Configuration, format!("the keymap {shown} can't be read: {error}"))
            .hint("correct console.keymap in the settings, or leave it out")),
    }
}

/// Reads the themes of the user's own, by the names of their files. One that can't be read is left out.
fn own_themes(folder: &Path) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "toml"))
        .filter_map(|file| Some((file.file_stem()?.to_str()?.to_owned(), std::fs::read_to_string(&file).ok()?)))
        .collect()
}
