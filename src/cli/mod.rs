//! The command line: what can be asked for, and the client commands.

mod access;
mod access_token;
mod adopt;
mod change_row;
mod connection;
mod console;
mod context;
mod doctor;
mod duration;
mod group;
mod health;
mod hints;
mod license;
mod lines;
mod list;
mod log;
mod log_follow;
mod log_newest;
mod lookup;
mod mapping;
mod names;
mod org;
mod output;
mod parse;
mod personal_data;
mod plan;
mod policy;
mod project;
mod provisioning;
mod role;
mod rows;
mod schema;
mod scim_token;
mod service_account;
pub(crate) mod session;
mod shell;
mod signing_key;
mod suggest;
mod token;
mod undo;
mod user;
mod user_fields;
mod user_identity;
mod watch;
mod whoami;
mod why;

use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand};

use self::{
    output::{Answer, Names, Output, look, waiting},
    session::{Session, Target},
};
use crate::{backup::BackupCommand, failure::Failure, migrate::MigrateArgs, serve::ServeArgs};

pub(crate) use context::ContextCommand;
pub(crate) use duration::parse_duration;
pub(crate) use hints::told;
pub(crate) use output::{ask, count, is_interactive, is_unsafe, json_line, write_out};
pub(crate) use parse::{command, read};
pub(crate) use shell::{CompletionsArgs, ManArgs};

const FIRST_STEPS: &str = "\
First steps:
  roster serve --demo                                    a server with an organization to look at
  roster org create --slug acme --name Acme --admin owner@acme.example
  roster connection create --org acme --name okta --idp okta --token-expires-in 180d
                                                         base URL and secret for the identity provider, shown once
  roster user list --org acme

Every command but serve, migrate and backup is a client of a running server: ROSTER_ENDPOINT says where it is,
ROSTER_TOKEN holds the bearer token, ROSTER_ORG the organization where --org is left out. Without a token, on
loopback, the root token in roster-data/root-token is used.";

/// An identity service: gRPC for services, SCIM 2.0 for identity providers
#[derive(Debug, Parser)]
#[command(name = "roster", version, after_help = FIRST_STEPS, disable_help_flag = true)]
pub(crate) struct Cli {
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options of client commands: the service's address, and the form of the answer.
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

/// Options of every client command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of client commands")]
pub(crate) struct ClientOptions {
    #[command(flatten)]
    target: Target,
    /// The form of the answer
    #[arg(long, global = true, value_enum, default_value_t)]
    output: Output,
    /// Show ids, and not names in their place
    #[arg(long, global = true)]
    ids: bool,
    /// Do what deletes or ends something without asking
    #[arg(short, long, global = true)]
    pub(crate) yes: bool,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort, help_heading = None)]
    help: Option<bool>,
}

impl ClientOptions {
    /// The service's address, if one was given.
    pub(crate) fn endpoint(&self) -> Option<&str> {
        self.target.endpoint()
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve gRPC and SCIM
    Serve(ServeArgs),
    /// Bring a database to this version's schema, or take steps back
    Migrate(MigrateArgs),
    /// Copies of a database: make, verify, show and restore them, also to move from SQLite to PostgreSQL and back
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Named services with their organization and token: set, use, list and delete them
    #[command(subcommand, after_help = context::EXAMPLE)]
    Context(ContextCommand),
    /// Print the completions of a shell
    #[command(after_help = shell::COMPLETIONS_EXAMPLE)]
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command
    #[command(after_help = shell::MAN_EXAMPLE)]
    Man(ManArgs),
    /// Something that a running server does.
    #[command(flatten)]
    Client(Box<ClientCommand>),
}

/// Commands for a running server.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Organizations: the customers
    #[command(subcommand)]
    Org(org::OrgCommand),
    /// SCIM connections of identity providers to an organization
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// The provisioning policy of an organization
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// SCIM tokens, with which identity providers sign in
    #[command(subcommand)]
    ScimToken(scim_token::ScimTokenCommand),
    /// Service accounts: internal services that sign in with keys
    #[command(subcommand)]
    ServiceAccount(service_account::ServiceAccountCommand),
    /// Keys that sign access tokens
    #[command(subcommand)]
    SigningKey(signing_key::SigningKeyCommand),
    /// Tokens of services and people, and keys of service accounts
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Users
    #[command(subcommand)]
    User(user::UserCommand),
    /// Groups and their members
    #[command(subcommand)]
    Group(group::GroupCommand),
    /// Projects: parts of an organization in which roles are held
    #[command(subcommand)]
    Project(project::ProjectCommand),
    /// Roles and grants
    #[command(subcommand)]
    Role(role::RoleCommand),
    /// Checks of what users may do, and reasons
    #[command(subcommand)]
    Access(access::AccessCommand),
    /// Licenses of users for the product
    #[command(subcommand)]
    License(license::LicenseCommand),
    /// Mapping rules, which give members of groups roles and licenses
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Extension schemas: attributes that an organization adds
    #[command(subcommand)]
    Schema(schema::SchemaCommand),
    /// The change log: every change, its caller and its time
    #[command(after_help = log::EXAMPLE, args_conflicts_with_subcommands = true)]
    Log(log::LogCommand),
    /// The provisioning log: every request of an identity provider, and its outcome
    #[command(subcommand)]
    Provisioning(provisioning::ProvisioningCommand),
    /// Explain what became of a person or group: who it is, its last requests, and what decided
    #[command(after_help = why::EXAMPLE)]
    Why(why::WhyArgs),
    /// Show the steps that bring organizations into the state that a file declares
    #[command(after_help = plan::PLAN_EXAMPLE)]
    Plan(plan::PlanArgs),
    /// Bring organizations into the state that a file declares
    #[command(after_help = plan::APPLY_EXAMPLE)]
    Apply(plan::ApplyArgs),
    /// Undo what a connection, a token or a request did in a span of time
    #[command(after_help = undo::EXAMPLE)]
    Undo(undo::UndoArgs),
    /// Follow the change log, as lines of JSON for programs
    #[command(after_help = watch::EXAMPLE)]
    Watch(watch::WatchArgs),
    /// Look for what keeps the service or a connection from working, and tell how it is mended
    #[command(after_help = doctor::EXAMPLE)]
    Doctor(doctor::DoctorArgs),
    /// Print a link that signs a browser in to the web console
    #[command(after_help = console::EXAMPLE)]
    Console,
    /// Show whose token the command line calls with
    #[command(after_help = whoami::EXAMPLE)]
    Whoami(whoami::WhoamiArgs),
}

/// The organization that a command is about.
#[derive(Args, Debug)]
pub(crate) struct InOrg {
    /// The organization's slug or id; a service token may leave it out for its own
    #[arg(
        long,
        env = "ROSTER_ORG",
        hide_env_values = true,
        value_name = "ORG",
        default_value = "",
        hide_default_value = true
    )]
    org: String,
}

impl ClientCommand {
    /// Tells whether its answer holds a secret.
    fn makes_secret(&self) -> bool {
        match self {
            Self::ScimToken(command) => command.makes_secret(),
            Self::Token(command) => command.makes_secret(),
            Self::Connection(command) => command.makes_secret(),
            Self::Console => true,
            _ => false,
        }
    }

    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Org(command) => command.run(session).await,
            Self::Connection(command) => command.run(session).await,
            Self::Policy(command) => command.run(session).await,
            Self::ScimToken(command) => command.run(session).await,
            Self::ServiceAccount(command) => command.run(session).await,
            Self::SigningKey(command) => command.run(session).await,
            Self::Token(command) => command.run(session).await,
            Self::User(command) => command.run(session).await,
            Self::Group(command) => command.run(session).await,
            Self::Project(command) => command.run(session).await,
            Self::Role(command) => command.run(session).await,
            Self::Access(command) => command.run(session).await,
            Self::License(command) => command.run(session).await,
            Self::Mapping(command) => command.run(session).await,
            Self::Schema(command) => command.run(session).await,
            Self::Log(command) => command.run(session).await,
            Self::Provisioning(command) => command.run(session).await,
            Self::Why(args) => args.run(session).await,
            Self::Whoami(args) => args.run(session).await,
            Self::Console => console::run(session).await,
            Self::Doctor(_) => Err(Failure::Usage("doctor asks without a session, too".into())),
            Self::Plan(_) | Self::Apply(_) => Err(Failure::Usage("it reads its file first".into())),
            Self::Undo(_) | Self::Watch(_) => Err(Failure::Usage("it answers line by line".into())),
        }
    }

    /// The question to ask before it deletes or ends something; none: it does not.
    fn question(&self) -> Option<String> {
        match self {
            Self::Org(command) => command.question(),
            Self::Connection(command) => command.question(),
            Self::ScimToken(command) => command.question(),
            Self::ServiceAccount(command) => command.question(),
            Self::SigningKey(command) => command.question(),
            Self::Token(command) => command.question(),
            Self::User(command) => command.question(),
            Self::Group(command) => command.question(),
            Self::Project(command) => command.question(),
            Self::Role(command) => command.question(),
            Self::Mapping(command) => command.question(),
            Self::Schema(command) => command.question(),
            Self::Log(command) => command.question(),
            Self::Undo(args) => args.question(),
            Self::Access(_)
            | Self::Apply(_)
            | Self::Console
            | Self::Doctor(_)
            | Self::License(_)
            | Self::Plan(_)
            | Self::Policy(_)
            | Self::Provisioning(_)
            | Self::Watch(_)
            | Self::Whoami(_)
            | Self::Why(_) => None,
        }
    }
}

/// Asks the service, and prints what it answers.
pub(crate) async fn run(
    command: ClientCommand,
    options: &ClientOptions,
    organization: &str,
) -> Result<ExitCode, Failure> {
    if options.output == Output::Secret && !command.makes_secret() {
        return Err(Failure::Usage(
            "--output secret is for commands that make a secret".into(),
        ));
    }
    if let Some(question) = command.question().filter(|_| !options.yes && is_interactive()) {
        ask(&question)?;
    }
    // Some have work of their own before they call the service.
    let command = match command {
        ClientCommand::Doctor(args) => {
            let is_well = Box::pin(args.run(&options.target, options.output)).await?;
            return Ok(if is_well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        ClientCommand::Plan(args) => return Box::pin(args.run(options)).await,
        ClientCommand::Apply(args) => return Box::pin(args.run(options)).await,
        command => command,
    };
    let session = Session::open(&options.target).await?;
    match command {
        ClientCommand::Watch(args) => args.run(&session).await?,
        ClientCommand::Undo(args) => args.run(&session, options.output, options.ids).await?,
        ClientCommand::Provisioning(provisioning::ProvisioningCommand::Tail(args)) => {
            args.run(&session, options.output, options.ids).await?;
        }
        ClientCommand::Log(command) if command.follows() => {
            command.follow(&session, options.output, options.ids).await?;
        }
        command => {
            let answer = Box::pin(waiting(command.run(&session))).await?;
            let mut names = Names::new();
            if !options.ids && matches!(options.output, Output::Table | Output::Csv) {
                session.learn(organization, &mut names, answer.ids()).await;
            }
            answer.print(options.output, look(Some(&names), options.ids))?;
            return Ok(answer.exit_code());
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_deletes_or_ends_something_is_asked_for() {
        let asks = |line: &str| {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            matches!(cli.command, Command::Client(command) if command.question().is_some())
        };
        for line in [
            "roster org delete acme",
            "roster user delete ada --org acme",
            "roster user erase ada --org acme",
            "roster group delete g --org acme",
            "roster project delete p --org acme",
            "roster connection delete c --org acme",
            "roster role delete r --org acme",
            "roster token delete t --org acme",
            "roster scim-token delete t --org acme",
            "roster service-account delete s --org acme",
            "roster schema delete urn:x --org acme",
            "roster mapping delete m --org acme",
            "roster signing-key rotate --compromised",
            "roster token rotate t --org acme --compromised",
            "roster log prune --org acme --before 1d",
            "roster undo --org acme --since 1h --apply",
        ] {
            assert!(asks(line), "{line}");
        }
        for line in [
            "roster connection delete c --org acme --report",
            "roster signing-key rotate",
            "roster undo --org acme --since 1h --preview",
            "roster user list --org acme",
        ] {
            assert!(!asks(line), "{line}");
        }
    }

    #[test]
    fn every_command_that_does_something_teaches_by_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let inner: Vec<_> = command.get_subcommands().collect();
            if inner.is_empty() {
                let help = command
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(help.contains("roster "), "{path} has no example");
            }
            for command in inner {
                check(command, &path);
            }
        }
        check(&Cli::command(), "");
    }

    #[test]
    fn only_commands_that_make_a_secret_say_so() {
        let makes = |line: &str| {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            matches!(cli.command, Command::Client(command) if command.makes_secret())
        };
        assert!(makes("roster scim-token create --org a --name n"));
        assert!(makes("roster token rotate 1 --org a"));
        assert!(makes(
            "roster connection create --org a --name n --token-expires-in 90d"
        ));
        assert!(!makes("roster connection create --org a --name n"));
        assert!(!makes("roster scim-token list --org a"));
        assert!(!makes("roster org list"));
    }
}
