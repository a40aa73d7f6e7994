//! The program: hardens its process, hands the arguments to the command line, and opens the console if that is asked.

use std::{ffi::OsString, io::IsTerminal, process::ExitCode, time::Duration};

use keydeck::{
    cli::{self, Exit, Launch, Next, Service, caller::Caller, context::Context, prompt, report},
    console, http,
    ops::failure::{Failure, Kind},
    ssh::{self, forced::Guest},
    tui::{
        self, Options,
        runtime::lines::Teletype,
        terminal::{
            Closed,
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
    if let Some(code) = keydeck::run::handover::begin(&arguments) {
        return ExitCode::from(code);
    }
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
    let launch = match runtime.block_on(cli::run(arguments.to_vec(), caller())) {
        Next::Exit(exit) => return ExitCode::from(exit.0),
        Next::Console(launch) => launch,
        Next::Serve(service) => {
            let cx = service.context.clone();
            return match runtime.block_on(serve(*service)) {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => ExitCode::from(tell(&cx, &failure).0),
            };
        }
        Next::Forced(cx) => return forced(runtime, &cx),
    };
    let done = if launch.is_first_time { first_time(runtime, &launch, arguments) } else { open(runtime, &launch) };
    done.unwrap_or_else(|failure| ExitCode::from(tell(&launch.context, &failure).0))
}

/// Returns whoever runs this process, with what the command line can't know by itself: how the console reads keys.
fn caller() -> Caller {
    Caller { judge_of_keymaps: Some(tui::keymap_report), ..Caller::local() }
}

/// Opens the doors from afar until the process is asked to end: both hear that by themselves.
async fn serve(service: Service) -> Result<(), Failure> {
    let over_ssh = async {
        match &service.ssh {
            Some(ssh) => ssh::server::serve(ssh).await,
            None => Ok(()),
        }
    };
    let over_http = async {
        match service.http {
            Some(http) => http::serve(http).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(over_ssh, over_http).map(|_| ())
}

/// Serves one whom OpenSSH let in.
fn forced(runtime: &Runtime, cx: &Context) -> ExitCode {
    let guest = match runtime.block_on(Guest::receive(cx)) {
        Ok(guest) => guest,
        Err(failure) => return ExitCode::from(tell(cx, &failure).0),
    };
    let done = match runtime.block_on(guest.obey()) {
        Ok(Next::Console(launch)) => open(runtime, &launch),
        Ok(Next::Exit(exit)) => Ok(ExitCode::from(exit.0)),
        // Neither comes from afar: the table of reach says so.
        Ok(Next::Serve(_) | Next::Forced(_)) => Err(Failure::new(Kind::NotAllowed, "this can't be used over SSH")),
        Err(failure) => Err(failure),
    };
    let code = done.unwrap_or_else(|failure| ExitCode::from(tell(cx, &failure).0));
    let why = runtime.block_on(guest.leave());
    report::warnings(&*cx.streams, &why, cx.common.json, cx.common.color);
    code
}

fn tell(cx: &Context, failure: &Failure) -> Exit {
    report::failure(&*cx.streams, failure, cx.common.json, cx.common.color)
}

/// Opens the console. The first frame does not wait for anything of the database.
fn open(runtime: &Runtime, launch: &Launch) -> Result<ExitCode, Failure> {
    let options = console::options(launch)?;
    let exit = runtime.block_on(async {
        let exit = if options.line_by_line {
            line_by_line(launch, options).await
        } else {
            tui::run(terminal(&options)?, launch.opening(options.last_workspace()), launch.link.clone(), options).await
        };
        let why = launch.context.seal().await;
        report::warnings(&*launch.context.streams, &why, launch.context.common.json, launch.context.common.color);
        exit
    })?;
    Ok(match exit {
        tui::Exit::Left => ExitCode::SUCCESS,
        tui::Exit::Closed(Closed::Terminated) => ExitCode::from(TERMINATED),
        tui::Exit::Closed(Closed::HungUp) => ExitCode::from(HUNG_UP),
    })
}

/// Opens the console on standard input and output, as lines.
async fn line_by_line(launch: &Launch, options: Options) -> Result<tui::Exit, Failure> {
    let is_terminal = std::io::stdin().is_terminal();
    let teletype = Teletype { input: BufReader::new(tokio::io::stdin()), output: tokio::io::stdout(), is_terminal };
    let mut echo = is_terminal.then(Echo::default);
    let hush = |secret| {
        if let Some(echo) = &mut echo {
            echo.hush(secret);
        }
    };
    tui::run_lines(teletype, launch.opening(options.last_workspace()), launch.link.clone(), options, hush).await
}

/// Welcomes somebody without a database, does what they choose, and opens the console on it.
fn first_time(runtime: &Runtime, launch: &Launch, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let options = console::options(launch)?;
    let choice = runtime.block_on(async { tui::welcome(terminal(&options)?, &options).await })?;
    let with = |words: &[&str]| [arguments, &words.iter().map(OsString::from).collect::<Vec<_>>()].concat();
    let step = |words: &[&str]| runtime.block_on(cli::run(with(words), caller()));
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
            open(runtime, launch)
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
