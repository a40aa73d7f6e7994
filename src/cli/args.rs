//! The arguments: common options, the commands, and links. Options may stand before or after the command.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{
    add::AddArgs, assign::AssignArgs, audit::AuditArgs, backup::BackupArgs, completions::CompletionsArgs,
    costs::CostsArgs, demo::DemoArgs, edit::EditArgs, emit::EmitArgs, exec::ExecArgs, export::ExportArgs,
    import::ImportArgs, lint::LintArgs, list::ListArgs, log::LogArgs, matrix::MatrixArgs, operator::OperatorArgs,
    plan::ApplyArgs, plan::PlanArgs, reach, rekey::RekeyArgs, remove::RemoveArgs, resolve::ResolveArgs,
    restore::RestoreArgs, reveal::RevealArgs, revert::RevertArgs, rotate::RotateArgs, serve::ServeArgs, show::ShowArgs,
    staged::StagedArgs, state::DisableArgs, state::RevokeArgs, test::TestArgs, token::TokenArgs,
    unassign::UnassignArgs, verify::VerifyArgs, who_uses::WhoUsesArgs,
};
use crate::{
    config::{DatabaseUrl, Flags, settings::Color},
    domain::{guess, name::printable},
    ops::failure::Failure,
};

/// Says which LLM-provider key a workflow uses, and why
#[derive(Debug, Parser)]
#[command(
    name = "keydeck",
    version,
    about,
    long_about = "Says which LLM-provider key a workflow uses, and why; and lets you change the answer safely.\n\n\
        Without a command it opens the console; \"keydeck workflow/NAME\" opens it at a place.",
    after_help = "Exit codes: 0 done · 1 internal error · 2 usage or unknown name · 3 configuration · 4 locked or not \
        allowed · 5 conflict · 6 database unavailable · 7 no key",
    override_usage = "keydeck [OPTIONS] [LINK]\n       keydeck [OPTIONS] COMMAND …",
    allow_external_subcommands = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// The options that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// Serve whoever OpenSSH let in: for `ForceCommand` in sshd's settings
    #[arg(long, conflicts_with = "acting")]
    pub ssh: bool,
    /// The command; none opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The place at which the console opens; filled by [`parse`].
    #[arg(skip)]
    pub link: Option<String>,
}

/// The options that every command takes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Common options")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the contract")]
pub struct Common {
    /// The database: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    pub db: Option<String>,
    /// The settings file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The workspace; else the configured one, else the only one
    #[arg(long, global = true, value_name = "NAME")]
    pub workspace: Option<String>,
    /// Write nothing, disclose nothing
    #[arg(long, global = true)]
    pub read_only: bool,
    /// A file that holds the secret key, readable by you alone
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "secret_key_fd")]
    pub secret_key_file: Option<PathBuf>,
    /// An open file descriptor from which the secret key is read
    #[arg(long, global = true, value_name = "N")]
    pub secret_key_fd: Option<u32>,
    /// Look and work as another operator, within what you may yourself; for admins of the whole workspace
    #[arg(long = "as", global = true, value_name = "LOGIN")]
    pub acting: Option<String>,
    /// Answer every question with yes
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Say nothing but what was asked for, and errors
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    /// Plain text: the console line by line, for screen readers and scripts; tables without colours, never cut
    #[arg(long, global = true)]
    pub plain: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Print JSON; errors too
    #[arg(long, global = true)]
    pub json: bool,
}

impl Common {
    /// Returns those of them that are settings.
    ///
    /// A location that is none is told without repeating it: it may hold a password.
    pub fn flags(&self) -> Result<Flags, Failure> {
        let location = |text: &String| {
            text.parse::<DatabaseUrl>().map_err(|error| Failure::usage(format!("the location given with --db {error}")))
        };
        Ok(Flags {
            config: self.config.clone(),
            database: self.db.as_ref().map(location).transpose()?,
            workspace: self.workspace.clone(),
            read_only: self.read_only,
            secret_key_file: self.secret_key_file.clone(),
            color: self.color,
        })
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fill a file with a made-up organisation, and open the console on it
    Demo(DemoArgs),
    /// Make the database, its vault, and a workspace of which you are admin and keeper
    Init,
    /// Bring foreign data in
    Import(ImportArgs),
    /// List the things of a kind
    List(ListArgs),
    /// Show everything about one thing
    Show(ShowArgs),
    /// Add a thing: keydeck add credential openai-prod provider=openai
    Add(AddArgs),
    /// Change things: keydeck edit 'app/Inv*' department=Finance
    Edit(EditArgs),
    /// Remove things
    Remove(RemoveArgs),
    /// Take keys out of use for now
    Disable(DisableArgs),
    /// Take a key out of use for good
    Revoke(RevokeArgs),
    /// Give a key a new secret, in steps: store it, try it, put it in use
    Rotate(RotateArgs),
    /// Write a rule: at SCOPE, for this provider, use TARGET
    Assign(AssignArgs),
    /// Take a rule away
    Unassign(UnassignArgs),
    /// Show, apply or discard what is staged
    Staged(StagedArgs),
    /// Say which key would be used
    Resolve(ResolveArgs),
    /// Say which key would be used, and why, rule by rule
    Why(ResolveArgs),
    /// Say which nodes use a key
    WhoUses(WhoUsesArgs),
    /// Show every workflow's keys, by provider
    Matrix(MatrixArgs),
    /// Write the answers in a form that another system takes
    Emit(EmitArgs),
    /// Run a program with the keys of a workflow
    Exec(ExecArgs),
    /// Show what was spent, by department, workflow, key or day; and when budgets run out
    Costs(CostsArgs),
    /// Try what a file expects to be used
    Test(TestArgs),
    /// Look for what is wrong: nodes without a key, dead rules, keys that expire or that nobody uses
    Lint(LintArgs),
    /// Write the workspace as a declarative file
    Export(ExportArgs),
    /// Say what applying a declarative file would do
    Plan(PlanArgs),
    /// Make the workspace as a declarative file says
    Apply(ApplyArgs),
    /// Show the newest revisions
    Log(LogArgs),
    /// Print the secret of a key, after that was written down
    Reveal(RevealArgs),
    /// Ask vendors whether keys work
    Verify(VerifyArgs),
    /// Undo a revision by a new one
    Revert(RevertArgs),
    /// Add and remove people, their roles and SSH keys
    Operator(OperatorArgs),
    /// Let operators in over SSH, by their keys; answer programs over HTTP
    Serve(ServeArgs),
    /// Make, list and revoke the tokens that programs show over HTTP
    Token(TokenArgs),
    /// Read, verify and shorten the audit log
    Audit(AuditArgs),
    /// Write a consistent copy of the whole database into a new file; secrets stay sealed
    Backup(BackupArgs),
    /// Bring a backup back into the database that --db names
    Restore(RestoreArgs),
    /// Move the vault to a new secret key, or to more iterations
    Rekey(RekeyArgs),
    /// Look for what is wrong with settings, database, vault and terminal
    Doctor,
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// A link, or a word that is no command.
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// Parses the arguments. A first word with a `/` is a link; any other that is no command is an error with a guess.
///
/// What comes from afar is refused what may not come from there.
pub fn parse(arguments: &[OsString], afar: bool) -> Result<Cli, ParseError> {
    let cli = read(arguments, afar)?;
    let Some(Command::Other(words)) = &cli.command else { return Ok(cli) };
    let word = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    if !word.contains('/') {
        return Err(unknown(&word).into());
    }
    let at = arguments.len() - words.len();
    let rest: Vec<OsString> = [&arguments[..at], &arguments[at + 1..]].concat();
    let again = read(&rest, afar)?;
    if again.command.is_some() {
        let message = format!("the link {} opens the console, and takes no command", printable(&word));
        return Err(Failure::usage(message).hint("leave out the link, or the command").into());
    }
    Ok(Cli { link: Some(word), ..again })
}

fn read(arguments: &[OsString], afar: bool) -> Result<Cli, ParseError> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    if afar {
        reach::check(&matches)?;
    }
    Ok(Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))?)
}

/// Why arguments could not be parsed.
#[derive(Debug)]
pub enum ParseError {
    /// What the parser says, which may be its help.
    Clap(clap::Error),
    /// What we say.
    Failure(Failure),
}

impl From<clap::Error> for ParseError {
    fn from(error: clap::Error) -> Self {
        Self::Clap(error)
    }
}

impl From<Failure> for ParseError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn unknown(word: &str) -> Failure {
    let command = Cli::command();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let failure = Failure::usage(format!("there is no command \"{}\"", printable(word)));
    match guess::nearest(word, names) {
        Some(guess) => failure.hint(format!("did you mean {guess}?")),
        None => failure.hint("\"keydeck --help\" shows them all; a place is written as KIND/NAME"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Cli, ParseError> {
        parse(&[&["keydeck"], words].concat().into_iter().map(OsString::from).collect::<Vec<_>>(), false)
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_stand_before_and_after_the_command() {
        for words in [["--json", "list", "nodes"], ["list", "--json", "nodes"], ["list", "nodes", "--json"]] {
            assert!(parsed(&words).unwrap().common.json, "{words:?}");
        }
    }

    #[test]
    fn a_link_opens_the_console_with_options_on_both_sides() {
        let cli = parsed(&["--read-only", "workflow/a b", "--workspace", "acme"]).unwrap();
        assert_eq!(cli.link.as_deref(), Some("workflow/a b"));
        assert!(cli.command.is_none() && cli.common.read_only);
        assert_eq!(cli.common.workspace.as_deref(), Some("acme"));
        assert!(parsed(&[]).unwrap().link.is_none());
    }

    #[test]
    fn an_unknown_word_is_guessed() {
        let Err(ParseError::Failure(failure)) = parsed(&["lst", "nodes"]) else { panic!("there is no such command") };
        assert_eq!(failure.hints, ["did you mean list?"]);
        assert!(parsed(&["workflow/x", "list", "nodes"]).is_err());
    }
}
