//! The command line: what can be asked for, and the client commands.

mod access;
mod access_token;
mod adopt;
mod connection;
mod duration;
mod group;
mod license;
mod list;
mod log;
mod lookup;
mod mapping;
mod org;
mod output;
mod policy;
mod project;
mod provisioning;
mod role;
mod rows;
mod schema;
mod scim_token;
mod service_account;
pub(crate) mod session;
mod signing_key;
mod token;
mod user;
mod user_fields;
mod user_identity;
mod watch;
mod why;

use clap::{ArgAction, Args, Parser, Subcommand};

use self::{
    output::{Answer, Output},
    session::{Session, Target},
};
use crate::{backup::BackupCommand, failure::Failure, migrate::MigrateArgs, serve::ServeArgs};

pub(crate) use output::{is_unsafe, json_line, write_out};

const FIRST_STEPS: &str = "\
First steps:
  roster serve --demo                                    a server with an organization to look at
  roster org create --slug acme --name Acme --admin owner@acme.example
  roster connection create --org acme --name okta --idp okta --token-expires-in 180d
                                                         base URL and secret for the identity provider, shown once
  roster user list --org acme

Every command but serve, migrate and backup is a client of a running server: ROSTER_ENDPOINT says where it is,
ROSTER_TOKEN holds the bearer token. Without a token, on loopback, the root token in roster-data/root-token is used.";

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
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort, help_heading = "Options")]
    help: Option<bool>,
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
    /// Follow the change log
    #[command(after_help = watch::EXAMPLE)]
    Watch(watch::WatchArgs),
}

/// The organization that a command is about.
#[derive(Args, Debug)]
pub(crate) struct InOrg {
    /// The organization's slug or id; a service token may leave it out for its own
    #[arg(long, value_name = "ORG", default_value = "", hide_default_value = true)]
    org: String,
}

impl ClientCommand {
    /// Tells whether its answer holds a secret.
    fn makes_secret(&self) -> bool {
        match self {
            Self::ScimToken(command) => command.makes_secret(),
            Self::Token(command) => command.makes_secret(),
            Self::Connection(command) => command.makes_secret(),
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
            Self::Watch(_) => Err(Failure::Usage("watch answers line by line".into())),
        }
    }
}

/// Asks the service, and prints what it answers.
pub(crate) async fn run(command: ClientCommand, options: &ClientOptions) -> Result<(), Failure> {
    if options.output == Output::Secret && !command.makes_secret() {
        return Err(Failure::Usage(
            "--output secret is for commands that make a secret".into(),
        ));
    }
    let session = Session::open(&options.target).await?;
    match command {
        ClientCommand::Watch(args) => args.run(&session).await,
        ClientCommand::Provisioning(provisioning::ProvisioningCommand::Tail(args)) => {
            args.run(&session, options.output).await
        }
        command => command.run(&session).await?.print(options.output),
    }
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
