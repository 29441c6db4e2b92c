//! The command line as a whole: its help, and the defaults that the context in use gives.

use std::env;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};

use super::{Cli, context::Context};
use crate::failure::Failure;

/// Commands without a server, in whose help the options of client commands have no place.
const WITHOUT_SERVER: [&str; 6] = ["serve", "migrate", "backup", "context", "completions", "man"];
/// The options of client commands.
const CLIENT_OPTIONS: [&str; 9] = [
    "endpoint",
    "timeout",
    "ca",
    "client_cert",
    "client_key",
    "break_glass",
    "output",
    "ids",
    "yes",
];

/// The whole command line, as help and completions show it.
pub(crate) fn command() -> clap::Command {
    fn hide(command: clap::Command) -> clap::Command {
        let is_client = |argument: &clap::Arg| CLIENT_OPTIONS.contains(&argument.get_id().as_str());
        command
            .mut_args(|argument| {
                if is_client(&argument) {
                    argument.hide(true)
                } else {
                    argument
                }
            })
            .mut_subcommands(hide)
    }
    let mut command = Cli::command();
    // Building hands the global options down, so that they can be hidden.
    command.build();
    for name in WITHOUT_SERVER {
        command = command.mut_subcommand(name, hide);
    }
    // One asks, too, and one keeps the address.
    command
        .mut_subcommand("migrate", |migrate| migrate.mut_arg("yes", |it| it.hide(false)))
        .mut_subcommand("context", |context| {
            context.mut_subcommand("set", |set| set.mut_arg("endpoint", |it| it.hide(false)))
        })
}

/// Reads the command line; the organization that it names comes beside it. What it leaves out is that of the context in use.
pub(crate) fn read() -> Result<(Cli, String), Failure> {
    let mut command = command();
    // Help, versions and what calls no server need none.
    let mut named = env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    if named
        .next()
        .is_some_and(|first| !WITHOUT_SERVER.contains(&first.as_str()))
    {
        let context = Context::in_use()?.unwrap_or_default();
        command = with_default(command, "endpoint", context.endpoint.as_deref());
        command = with_default(command, "org", context.org.as_deref());
    }
    let matches = command.get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|wrong| wrong.exit());
    let organization = organization(&matches);
    Ok((cli, organization))
}

/// Gives an argument a default in every command that takes it from the environment, too.
fn with_default(command: clap::Command, id: &str, text: Option<&str>) -> clap::Command {
    let Some(text) = text else {
        return command;
    };
    command
        .mut_args(|argument| {
            if argument.get_id() == id && argument.get_env().is_some() {
                argument.required(false).default_value(text.to_owned())
            } else {
                argument
            }
        })
        .mut_subcommands(|inner| with_default(inner, id, Some(text)))
}

/// The organization that the innermost command is about; empty: none.
fn organization(matches: &ArgMatches) -> String {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let named = innermost.try_get_one::<String>("org").ok().flatten();
    named.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Output;

    #[test]
    fn help_has_the_options_of_client_commands_where_there_is_a_server() {
        let help = |path: &[&str]| {
            let mut command = command();
            for name in path {
                command = command.find_subcommand(name).unwrap().clone();
            }
            command.render_help().to_string()
        };
        for path in [&["serve"][..], &["backup", "create"], &["man"]] {
            let help = help(path);
            assert!(
                !help.contains("--break-glass") && help.contains("--help"),
                "{help}"
            );
        }
        assert!(help(&["user", "list"]).contains("--break-glass"));
        let read = command().try_get_matches_from(["roster", "user", "list", "--output", "json"]);
        let cli = Cli::from_arg_matches(&read.unwrap()).unwrap();
        assert_eq!(cli.client.output, Output::Json);
    }

    #[test]
    fn the_organization_is_that_of_the_innermost_command() {
        let named = |line: &str| {
            let matches = Cli::command().try_get_matches_from(line.split(' ')).unwrap();
            organization(&matches)
        };
        assert_eq!(named("roster group members list x --org acme"), "acme");
        assert_eq!(named("roster org get acme"), "acme");
        assert_eq!(named("roster signing-key list"), "");
    }

    #[test]
    fn a_context_gives_what_options_and_variables_leave_out() {
        let command = || with_default(command(), "org", Some("acme"));
        let org = |line: &str| organization(&command().try_get_matches_from(line.split(' ')).unwrap());
        assert_eq!(org("roster user list"), "acme");
        assert_eq!(org("roster user list --org other"), "other");
        // What is deleted is named each time.
        assert!(
            command()
                .try_get_matches_from(["roster", "org", "delete"])
                .is_err()
        );
    }
}
