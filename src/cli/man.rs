//! `keydeck man`: the manual page, made from the definition of the arguments.

use clap::CommandFactory;

use super::{args::Cli, context::Context, report::Exit};
use crate::ops::failure::{Failure, Kind};

/// Prints the manual page, for `man -l -`. The commands follow as sections of their own.
pub fn run(cx: &mut Context) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    let failed = |error| Failure::new(Kind::Internal, error);
    clap_mangen::Man::new(command.clone()).render(&mut text).map_err(failed)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let man = clap_mangen::Man::new(sub.clone());
        man.render_synopsis_section(&mut text).map_err(failed)?;
        man.render_description_section(&mut text).map_err(failed)?;
        man.render_options_section(&mut text).map_err(failed)?;
    }
    cx.out.raw(&String::from_utf8_lossy(&text));
    Ok(Exit::DONE)
}
