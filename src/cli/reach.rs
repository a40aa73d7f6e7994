//! Reach: which commands and options may come from afar, over SSH or HTTP. What is not declared may not.
//!
//! Every command is a row that names each of its options. A test finds those that nobody thought of, and names that
//! nothing stands behind. [`check`] is the one place that enforces the table, before anything else is done.

use clap::{ArgMatches, Command, CommandFactory, parser::ValueSource};

use super::args::Cli;
use crate::{
    domain::name::printable,
    ops::failure::{Failure, Kind},
};

/// One command: whence it may come, and whence its options. One inside another is written `staged apply`.
struct Row {
    name: &'static str,
    /// Whether the command itself may come from afar.
    afar: bool,
    /// The options that may come from afar with it.
    options: &'static [&'static [&'static str]],
    /// Those that may come from afar only as `-`, standard input or output: a name would be a path of the server.
    streams: &'static [&'static str],
    /// Those that may not.
    here: &'static [&'static str],
}

impl Row {
    const fn afar(name: &'static str, options: &'static [&'static [&'static str]]) -> Self {
        Self { name, afar: true, options, streams: &[], here: &[] }
    }

    /// A command that may not come from afar; its options are named all the same.
    const fn here(name: &'static str, options: &'static [&'static str]) -> Self {
        Self { name, afar: false, options: &[], streams: &[], here: options }
    }

    const fn streams(self, streams: &'static [&'static str]) -> Self {
        Self { streams, ..self }
    }

    const fn but(self, here: &'static [&'static str]) -> Self {
        Self { here, ..self }
    }

    fn of(&self, option: &str) -> Option<Reach> {
        match option {
            _ if self.here.contains(&option) => Some(Reach::Here),
            _ if self.streams.contains(&option) => Some(Reach::Stream),
            _ if self.options.iter().any(|list| list.contains(&option)) => Some(Reach::Afar),
            _ => None,
        }
    }
}

/// Whence an option may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Here,
    Stream,
    Afar,
}

/// The options that every command takes.
const COMMON: Row = Row::afar("", &[&["workspace", "read_only", "yes", "quiet", "plain", "color", "json"]]).but(&[
    "db",
    "config",
    "secret_key_file",
    "secret_key_fd",
    "acting",
    "ssh",
]);

/// The options of every command that writes.
const WRITING: &[&str] = &["stage", "message"];

/// Where what an import brings belongs.
const BELONGING: &[&str] = &["dry_run", "department", "environment", "owner", "source"];
/// The steps of `rotate`.
const ROTATION: &[&str] =
    &["key", "stdin_json", "tested", "promote", "untested", "keep_old_until", "keep_old_days", "abandon"];

/// What a rule is for.
const RULE: &[&str] = &["scope", "provider", "model", "kind", "environment", "from", "until"];

/// The question of `resolve` and `why`.
const QUESTION: &[&str] =
    &["place", "node", "provider", "model", "kind", "environment", "variables", "overrides", "at", "run_id", "layers"];

/// Every command.
const COMMANDS: &[Row] = &[
    Row::here("demo", &["workflows", "seed", "no_ui"]),
    Row::here("init", &[]),
    Row::afar("import", &[]),
    Row::afar("import dify-dsl", &[BELONGING, WRITING]).streams(&["paths"]).but(&["map"]),
    Row::here(
        "import dify-db",
        &[
            "url",
            "storage",
            "tenant",
            "department_tags",
            "dry_run",
            "department",
            "environment",
            "owner",
            "map",
            "stage",
            "message",
        ],
    ),
    Row::here(
        "import feedforward",
        &[
            "file",
            "source_secret_key_file",
            "dry_run",
            "department",
            "environment",
            "owner",
            "map",
            "source",
            "stage",
            "message",
        ],
    ),
    Row::afar("import dotenv", &[BELONGING, WRITING]).streams(&["file"]).but(&["map"]),
    Row::afar("import litellm", &[BELONGING, WRITING]).streams(&["file"]).but(&["map"]),
    Row::afar("import usage", &[BELONGING, WRITING]).streams(&["file"]).but(&["map"]),
    Row::afar("import prices", &[BELONGING, WRITING]).streams(&["file"]).but(&["map"]),
    Row::afar("list", &[&["what"]]),
    Row::afar("show", &[&["link"]]),
    Row::afar("add", &[&["what", "words", "stdin_json", "no_secret"], WRITING]),
    Row::afar("edit", &[&["words", "stdin_json", "secret", "reinstate"], WRITING]),
    Row::afar("remove", &[&["links"], WRITING]),
    Row::afar("disable", &[&["keys"], WRITING]),
    Row::afar("revoke", &[&["keys", "now"], WRITING]),
    Row::afar("rotate", &[ROTATION, WRITING]),
    Row::afar("assign", &[RULE, &["target", "preferred", "values", "by_name", "note"], WRITING]),
    Row::afar("unassign", &[RULE, WRITING]),
    Row::afar("staged", &[]),
    Row::afar("staged show", &[&["of"]]),
    Row::afar("staged list", &[]),
    Row::afar("staged rebase", &[]),
    Row::afar("staged keep", &[&["side", "numbers"]]),
    Row::afar("staged approve", &[&["whose"]]),
    Row::afar("staged apply", &[&["message", "reinstate"]]),
    Row::afar("staged discard", &[&["numbers"]]),
    Row::afar("resolve", &[QUESTION]),
    Row::afar("why", &[QUESTION]),
    Row::afar("who-uses", &[&["key"]]),
    Row::afar("matrix", &[&["against"]]),
    Row::here(
        "exec",
        &[
            "place",
            "node",
            "provider",
            "model",
            "environment",
            "variables",
            "overrides",
            "run_id",
            "no_redact",
            "command",
        ],
    ),
    Row::afar("costs", &[&["by", "days", "month", "day", "of", "csv", "all_workspaces"]]),
    Row::afar("emit", &[&["places", "format", "reveal", "environment", "variables", "run_id"]])
        .streams(&["from"])
        .but(&["target_secret_key_file"]),
    Row::afar("test", &[]).streams(&["file", "junit"]),
    Row::afar("lint", &[&["severity", "codes", "within", "fix", "list_codes"], WRITING]),
    Row::afar("export", &[]).streams(&["output"]),
    Row::afar("plan", &[&["prune", "prune_secrets", "detailed_exitcode"]]).streams(&["file"]),
    Row::afar("apply", &[&["prune", "prune_secrets", "reinstate"], WRITING]).streams(&["file"]),
    Row::afar("log", &[&["link", "limit", "before", "by", "since", "until", "grep"]]),
    Row::afar("reveal", &[&["key", "field"]]),
    Row::afar("verify", &[&["keys", "next", "timeout"]]),
    Row::afar("revert", &[&["revision", "reinstate"], WRITING]),
    Row::here("rekey", &["new_secret_key_file", "new_secret_key_fd", "iterations", "leave_audit_unsealed"]),
    Row::afar("audit", &[]),
    Row::afar("audit log", &[&["operator", "action", "subject", "outcome", "since", "until", "before", "limit"]]),
    Row::afar("audit verify", &[&["head"]]),
    Row::afar("audit retain", &[&["keep_days", "before"]]),
    Row::afar("operator", &[]),
    Row::afar("operator list", &[]),
    Row::afar("operator add", &[&["login", "email", "roles", "service"], WRITING]).streams(&["key"]),
    Row::afar("operator remove", &[&["login"], WRITING]),
    Row::afar("operator grant", &[&["login", "roles"], WRITING]),
    Row::afar("operator revoke-grant", &[&["login", "roles"], WRITING]),
    Row::afar("operator add-key", &[&["login"], WRITING]).streams(&["file"]),
    Row::afar("operator remove-key", &[&["login", "key"], WRITING]),
    Row::afar("token", &[]),
    Row::afar(
        "token add",
        &[&[
            "name",
            "operator",
            "workflows",
            "environments",
            "variables",
            "allow_overrides",
            "secrets",
            "days",
            "expires",
        ]],
    ),
    Row::afar("token list", &[]),
    Row::afar("token revoke", &[&["tokens"]]),
    Row::here("operator authorized-keys", &[]),
    Row::here("backup", &["file"]),
    Row::here("restore", &["file", "replace"]),
    Row::here("serve", &["listen", "host_key", "http", "tls_cert", "tls_key"]),
    Row::here("doctor", &[]),
    Row::afar("completions", &[&["shell"]]),
    Row::afar("man", &[]),
];

/// Refuses what may not come from afar, in arguments that came from there.
pub fn check(matches: &ArgMatches) -> Result<(), Failure> {
    let mut root = Cli::command();
    root.build();
    let (mut command, mut here, mut path) = (&root, matches, String::new());
    options(command, here, &COMMON)?;
    while let Some((name, inside)) = here.subcommand() {
        // What is no command of ours is a link, or a mistake that is told later.
        let Some(next) = command.find_subcommand(name) else { return Ok(()) };
        path = if path.is_empty() { name.to_owned() } else { format!("{path} {name}") };
        let row = COMMANDS.iter().find(|row| row.name == path).filter(|row| row.afar);
        let row = row.ok_or_else(|| refusal(&format!("\"{path}\"")))?;
        (command, here) = (next, inside);
        options(command, here, row)?;
    }
    Ok(())
}

fn options(command: &Command, matches: &ArgMatches, row: &Row) -> Result<(), Failure> {
    for argument in command.get_arguments() {
        let id = argument.get_id().as_str();
        if !matches!(matches.try_get_raw(id), Ok(Some(_))) || matches.value_source(id) != Some(ValueSource::CommandLine)
        {
            continue;
        }
        let name = argument.get_long().map_or_else(|| id.to_owned(), |long| format!("--{long}"));
        match row.of(id).or_else(|| COMMON.of(id)) {
            Some(Reach::Afar) => {}
            Some(Reach::Stream) => {
                let mut given = matches.get_raw(id).into_iter().flatten();
                if let Some(path) = given.find(|value| *value != "-") {
                    let message = format!("{} would be a file of the server", printable(&path.to_string_lossy()));
                    let hint = "from afar files go through standard input and output: write - instead";
                    return Err(Failure::new(Kind::NotAllowed, message).hint(hint));
                }
            }
            Some(Reach::Here) | None => return Err(refusal(&name)),
        }
    }
    Ok(())
}

fn refusal(what: &str) -> Failure {
    Failure::new(Kind::NotAllowed, format!("{what} can't be used over SSH or HTTP"))
        .hint("run it on the machine that holds the database")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::args::{ParseError, parse};

    /// Names of the parser's own.
    const OF_CLAP: [&str; 2] = ["help", "version"];

    fn commands(command: &Command, path: &str, found: &mut Vec<(String, Vec<String>)>) {
        for inside in command.get_subcommands() {
            let path =
                if path.is_empty() { inside.get_name().to_owned() } else { format!("{path} {}", inside.get_name()) };
            let own = inside.get_arguments().filter(|it| !it.is_global_set()).map(|it| it.get_id().to_string());
            found.push((path.clone(), own.filter(|id| !OF_CLAP.contains(&&**id)).collect()));
            commands(inside, &path, found);
        }
    }

    #[test]
    fn every_command_and_option_says_whence_it_may_come() {
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        assert!(found.len() > 20);
        for (path, options) in &found {
            let row = COMMANDS.iter().find(|row| row.name == path);
            let row = row.unwrap_or_else(|| panic!("\"{path}\" has no row in src/cli/reach.rs"));
            for option in options {
                assert!(row.of(option).is_some(), "\"{path}\": `{option}` is not named in src/cli/reach.rs");
            }
            let named = row.options.iter().copied().flatten().chain(row.streams).chain(row.here);
            for name in named {
                assert!(options.iter().any(|it| it == name), "\"{path}\" has no `{name}` any more");
            }
        }
        for row in COMMANDS {
            assert!(found.iter().any(|(path, _)| path == row.name), "there is no \"{}\" any more", row.name);
        }
        let common: Vec<_> = Cli::command().get_arguments().map(|it| it.get_id().to_string()).collect();
        for id in common.iter().filter(|id| !OF_CLAP.contains(&&***id)) {
            assert!(COMMON.of(id).is_some(), "the common option `{id}` is not named in src/cli/reach.rs");
        }
    }

    fn parsed(words: &str, afar: bool) -> Result<(), Failure> {
        let words: Vec<OsString> = std::iter::once("keydeck").chain(words.split_whitespace()).map(Into::into).collect();
        match parse(&words, afar) {
            Ok(_) => Ok(()),
            Err(ParseError::Failure(failure)) => Err(failure),
            Err(ParseError::Clap(error)) => panic!("{words:?}: {error}"),
        }
    }

    #[test]
    fn what_belongs_to_the_machine_is_refused_from_afar_and_only_from_there() {
        for words in [
            "init",
            "demo --no-ui",
            "doctor",
            "serve",
            "operator authorized-keys",
            "--ssh",
            "backup copy.keydeck",
            "restore copy.keydeck",
            "list nodes --db other.db",
            "--db other.db list nodes",
            "list nodes --config other.toml",
            "--secret-key-file x list nodes",
            "reveal main --secret-key-fd 3",
            "why bot --as alice",
            "import dify-dsl exports/",
            "import dify-dsl - second.yml",
            "import dify-dsl - --map where.csv",
            "import feedforward users.db",
            "import dify-db postgres://dify@localhost/dify",
            "import dotenv .env",
            "export -o out.toml",
            "plan -f /etc/passwd",
            "apply -f ../site.toml",
            "workflow/bot --db other.db",
        ] {
            assert_eq!(parsed(words, true).err().map(|it| it.kind), Some(Kind::NotAllowed), "{words}");
            assert_eq!(parsed(words, false), Ok(()), "{words}");
        }
    }

    #[test]
    fn the_rest_works_from_afar_with_files_through_standard_input_and_output() {
        for words in [
            "",
            "workflow/bot",
            "list nodes --json --workspace acme",
            "reveal main --field api_key",
            "import dify-dsl - --department Finance --dry-run",
            "import dotenv - --environment production",
            "export",
            "plan -f -",
            "apply -f - -m why --yes",
            "add credential main provider=openai --stdin-json",
            "--read-only why bot --environment production",
        ] {
            assert_eq!(parsed(words, true), Ok(()), "{words}");
        }
    }
}
