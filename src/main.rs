//! The program: hardens its process, hands the arguments to the command line, and opens the console if that is asked.

use std::process::ExitCode;

use keydeck::{
    cli::{self, Next},
    vault,
};

fn main() -> ExitCode {
    vault::harden_process();
    let arguments = std::env::args_os().collect();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("keydeck: the program can't start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(arguments)) {
        Next::Exit(exit) => ExitCode::from(exit.0),
        Next::Console(launch) => console(&launch),
    }
}

fn console(launch: &cli::Launch) -> ExitCode {
    // Until the screens are wired.
    drop(launch.session.clone());
    ExitCode::SUCCESS
}
