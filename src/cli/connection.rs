//! `roster connection`.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use identity_proto::v1::{
    Connection, ConnectionStatus, CreateConnectionRequest, DeleteConnectionRequest, Federation,
    GetConnectionRequest, ListConnectionsRequest, ListConnectionsResponse, ListProvisioningRequestsRequest,
    ListTokensRequest, Teardown, Token, TokenKind, UpdateConnectionRequest,
};

use super::{
    InOrg,
    adopt::{AdoptArgs, BrakeArgs},
    duration::parse_duration,
    health::{self, HealthArgs, Listing},
    list::Limit,
    org::mask,
    output::{Answer, Table, count},
    session::Session,
    token::{self, LifetimeArgs},
};
use crate::failure::Failure;

/// SCIM tokens of an organization among which those of a connection are looked for.
const MAX_TOKENS: i32 = 1_000;
/// Requests that are shown with a connection, the newest first.
const SHOWN_REQUESTS: i32 = 5;

/// The commands about connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Create a connection and, with --token-expires-in, its first token, whose secret is shown once
    #[command(
        after_help = "Examples:\n  roster connection create --org acme --name okta --idp okta --token-expires-in 180d\n  roster connection create --org acme --name okta --idp okta"
    )]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A unique name within the organization
        #[arg(long)]
        name: String,
        /// okta, entra, jumpcloud, onelogin, sailpoint, google, ping or generic; by default the one that the
        /// policy expects
        #[arg(long, value_name = "KIND")]
        idp: Option<String>,
        #[command(flatten)]
        brake: BrakeOptions,
        /// The strongest role that it can give; without it, any
        #[arg(long, value_name = "ROLE", default_value = "", hide_default_value = true)]
        max_role: String,
        /// Make a SCIM token of the connection's name, too, that lives so long, for example 180d
        #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
        token_expires_in: Option<Duration>,
    },
    /// List connections
    #[command(after_help = "Example:\n  roster connection list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show how the requests of connections went, and what has to be done about it
    #[command(after_help = health::EXAMPLE)]
    Health(HealthArgs),
    /// Show a connection, its health, its tokens and its last requests
    #[command(after_help = "Example:\n  roster connection get okta-prod --org acme")]
    Get(Named),
    /// Change a connection
    #[command(after_help = "Example:\n  roster connection update okta-prod --org acme --name okta")]
    Update(UpdateArgs),
    /// Let the assertions of another issuer sign a connection in, or end that
    #[command(
        after_help = "Examples:\n  roster connection federate entra --org acme --issuer https://login.microsoftonline.com/TENANT/v2.0 --subject OBJECT_ID --audience api://roster --jwks-uri https://login.microsoftonline.com/TENANT/discovery/v2.0/keys\n  roster connection federate entra --org acme --off"
    )]
    Federate(FederateArgs),
    /// Refuse the tokens of a connection from now on
    #[command(after_help = "Example:\n  roster connection disable okta-prod --org acme")]
    Disable(Named),
    /// Serve the tokens of a connection again
    #[command(after_help = "Example:\n  roster connection enable okta-prod --org acme")]
    Enable(Named),
    /// Delete a connection and its tokens; the policy, or --teardown, decides on its users and groups
    #[command(
        after_help = "Examples:\n  roster connection delete okta-prod --org acme --report\n  roster connection delete okta-prod --org acme --teardown deactivate"
    )]
    Delete(DeleteArgs),
    /// Bring unmanaged users and groups under a connection
    #[command(
        after_help = "Examples:\n  roster connection adopt okta-prod --org acme --preview\n  roster connection adopt okta-prod --org acme --apply --candidates people.json"
    )]
    Adopt(AdoptArgs),
    /// Release, refuse or reset deactivations that a connection's limit holds
    #[command(after_help = "Example:\n  roster connection brake release okta-prod --org acme")]
    Brake(BrakeArgs),
}

/// One connection.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    org: InOrg,
    /// The connection's name or id
    #[arg(value_name = "CONNECTION")]
    connection: String,
}

impl Named {
    pub(super) fn organization(&self) -> String {
        self.org.org.clone()
    }

    pub(super) async fn id(&self, session: &Session) -> Result<String, Failure> {
        session.connection_id(&self.org.org, &self.connection).await
    }
}

/// The connection to delete, and the treatment of its users and groups.
#[derive(Args, Debug)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    which: Named,
    /// Treatment of its users and groups; by default, as the policy setting `teardown` says
    #[arg(long, value_enum)]
    teardown: Option<TeardownArg>,
    /// Show only the users that are still active, and change nothing
    #[arg(long)]
    report: bool,
}

/// Treatments of the users and groups of a deleted connection.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TeardownArg {
    /// They stay as they are
    Keep,
    /// They become unmanaged
    Release,
    /// Users are deactivated, and become unmanaged
    Deactivate,
}

/// New values of a connection.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "idp", "max_role", "brake_count", "brake_share", "brake_window"])))]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    which: Named,
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// The kind of identity provider
    #[arg(long, value_name = "KIND")]
    idp: Option<String>,
    /// The strongest role that it can give; empty: any
    #[arg(long, value_name = "ROLE")]
    max_role: Option<String>,
    #[command(flatten)]
    brake: BrakeOptions,
}

/// The issuer whose assertions sign a connection in.
#[derive(Args, Debug)]
pub(crate) struct FederateArgs {
    #[command(flatten)]
    which: Named,
    /// iss of its assertions
    #[arg(long, value_name = "URL", required_unless_present = "off")]
    issuer: Option<String>,
    /// sub of its assertions
    #[arg(long, value_name = "TEXT", required_unless_present = "off")]
    subject: Option<String>,
    /// A value that aud of its assertions has
    #[arg(long, value_name = "TEXT", required_unless_present = "off")]
    audience: Option<String>,
    /// The address of its keys
    #[arg(long, value_name = "URL", required_unless_present = "off")]
    jwks_uri: Option<String>,
    /// No assertions from now on
    #[arg(long, conflicts_with_all = ["issuer", "subject", "audience", "jwks_uri"])]
    off: bool,
}

/// Limits of the safeguard against mass deactivation.
#[derive(Args, Debug)]
pub(crate) struct BrakeOptions {
    /// The number of users that it may deactivate or delete in a window; 0: any number
    #[arg(id = "brake_count", long = "brake-count", value_name = "N")]
    count: Option<i64>,
    /// The percentage of its active users that it may deactivate or delete in a window; 0: all
    #[arg(id = "brake_share", long = "brake-share", value_name = "P")]
    share: Option<i32>,
    /// The length of a window, such as 30m or 1h
    #[arg(id = "brake_window", long = "brake-window", value_name = "TIME", value_parser = parse_duration)]
    window: Option<Duration>,
}

impl BrakeOptions {
    /// Sets what was given, and answers the fields that this touched.
    fn apply(self, connection: &mut Connection) -> Vec<String> {
        let given = mask([
            ("brake_count", self.count.is_some()),
            ("brake_share_percent", self.share.is_some()),
            ("brake_window", self.window.is_some()),
        ]);
        connection.brake_count = self.count.unwrap_or_default();
        connection.brake_share_percent = self.share.unwrap_or_default();
        connection.brake_window = self
            .window
            .and_then(|window| prost_types::Duration::try_from(window).ok());
        given.paths
    }
}

impl ConnectionCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(args) if !args.report => Some(format!(
                "Delete the connection {:?} and its tokens? --report shows what that means for its users",
                args.which.connection
            )),
            _ => None,
        }
    }

    pub(super) fn makes_secret(&self) -> bool {
        matches!(
            self,
            Self::Create {
                token_expires_in: Some(_),
                ..
            }
        )
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create {
                org,
                name,
                idp,
                max_role,
                brake,
                token_expires_in,
            } => {
                let mut connection = Connection {
                    name,
                    idp_kind: idp.unwrap_or_default(),
                    max_role,
                    ..Connection::default()
                };
                brake.apply(&mut connection);
                create(org, connection, token_expires_in, session).await
            }
            Self::List { org, limit } => list(org.org, &limit, session).await,
            Self::Health(args) => args.run(session).await,
            Self::Get(which) => get(which, session).await,
            Self::Update(args) => {
                let mut given = mask([
                    ("name", args.name.is_some()),
                    ("idp_kind", args.idp.is_some()),
                    ("max_role", args.max_role.is_some()),
                ])
                .paths;
                let mut new = Connection {
                    name: args.name.unwrap_or_default(),
                    idp_kind: args.idp.unwrap_or_default(),
                    max_role: args.max_role.unwrap_or_default(),
                    ..Connection::default()
                };
                given.extend(args.brake.apply(&mut new));
                update(args.which, new, given, session).await
            }
            Self::Federate(args) => {
                let federation = (!args.off).then(|| Federation {
                    issuer: args.issuer.unwrap_or_default(),
                    subject: args.subject.unwrap_or_default(),
                    audience: args.audience.unwrap_or_default(),
                    jwks_uri: args.jwks_uri.unwrap_or_default(),
                });
                let new = Connection {
                    federation,
                    ..Connection::default()
                };
                update(args.which, new, vec!["federation".into()], session).await
            }
            Self::Disable(which) => set_status(which, ConnectionStatus::Disabled, session).await,
            Self::Enable(which) => set_status(which, ConnectionStatus::Enabled, session).await,
            Self::Delete(args) => delete(args, session).await,
            Self::Adopt(args) => args.run(session).await,
            Self::Brake(args) => args.run(session).await,
        }
    }
}

async fn create(
    org: InOrg,
    connection: Connection,
    token_life: Option<Duration>,
    session: &Session,
) -> Result<Answer, Failure> {
    let request = CreateConnectionRequest {
        organization: org.org.clone(),
        connection: Some(connection),
        ..Default::default()
    };
    let made = session
        .connections()
        .create_connection(request)
        .await?
        .into_inner();
    let connection = made.connection.clone().unwrap_or_default();
    let answer = Answer::rows(&made, std::slice::from_ref(&connection))?;
    let Some(span) = token_life else {
        return Ok(answer.with_base_url(&connection.scim_base_url));
    };
    let token = Token {
        kind: TokenKind::Scim.into(),
        name: connection.name,
        connection_id: connection.id,
        ..Token::default()
    };
    let with_token = token::create(org, token, &LifetimeArgs::of(span), session).await?;
    Ok(with_token.after(answer))
}

async fn list(organization: String, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.connections();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListConnectionsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
            };
            let page = client.list_connections(request).await?.into_inner();
            Ok((page.connections, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListConnectionsResponse {
        connections: listed.items,
        next_page_token: listed.next_page_token,
    };
    let mut health = health::by_id(&organization, limit, session).await;
    let rows = message.connections.iter().map(|connection| Listing {
        health: health.remove(&connection.id),
        connection: connection.clone(),
    });
    let rows: Vec<_> = rows.collect();
    Ok(Answer::rows(&message, &rows)?.with_note(note))
}

async fn get(which: Named, session: &Session) -> Result<Answer, Failure> {
    let organization = which.organization();
    let request = GetConnectionRequest {
        id: session.connection_id(&organization, &which.connection).await?,
        organization: organization.clone(),
    };
    let found = session.connections().get_connection(request).await?.into_inner();
    let connection = found.connection.clone().unwrap_or_default();
    let mut answer = Answer::details(&found, &connection)?;
    if let Ok((_, health)) = health::of_one(&organization, &connection.id, session).await {
        answer = answer.and_details(&health)?;
    }
    // Who may not read tokens or the provisioning log is shown the connection alone.
    let request = ListTokensRequest {
        organization: organization.clone(),
        kind: TokenKind::Scim.into(),
        page_size: MAX_TOKENS,
        ..ListTokensRequest::default()
    };
    if let Ok(listed) = session.tokens().list_tokens(request).await {
        let mut tokens = listed.into_inner().tokens;
        tokens.retain(|token| token.connection_id == connection.id);
        answer = answer.and_table(Table::of(&tokens));
    }
    let request = ListProvisioningRequestsRequest {
        organization,
        connection_id: connection.id,
        page_size: SHOWN_REQUESTS,
        ..ListProvisioningRequestsRequest::default()
    };
    if let Ok(listed) = session
        .provisioning_log()
        .list_provisioning_requests(request)
        .await
    {
        answer = answer.and_table(Table::of(&listed.into_inner().requests));
    }
    Ok(answer)
}

async fn set_status(which: Named, status: ConnectionStatus, session: &Session) -> Result<Answer, Failure> {
    let new = Connection {
        status: status.into(),
        ..Connection::default()
    };
    update(which, new, vec!["status".into()], session).await
}

async fn update(
    which: Named,
    new: Connection,
    paths: Vec<String>,
    session: &Session,
) -> Result<Answer, Failure> {
    let id = session.connection_id(&which.org.org, &which.connection).await?;
    let request = UpdateConnectionRequest {
        organization: which.org.org,
        connection: Some(Connection { id, ..new }),
        update_mask: Some(prost_types::FieldMask { paths }),
        ..Default::default()
    };
    let changed = session
        .connections()
        .update_connection(request)
        .await?
        .into_inner();
    Answer::rows(&changed, &[changed.connection.clone().unwrap_or_default()])
}

async fn delete(args: DeleteArgs, session: &Session) -> Result<Answer, Failure> {
    let teardown = match args.teardown {
        None => Teardown::Unspecified,
        Some(TeardownArg::Keep) => Teardown::Keep,
        Some(TeardownArg::Release) => Teardown::Release,
        Some(TeardownArg::Deactivate) => Teardown::Deactivate,
    };
    let request = DeleteConnectionRequest {
        organization: args.which.organization(),
        id: args.which.id(session).await?,
        validate_only: args.report,
        teardown: teardown.into(),
    };
    let report = session
        .connections()
        .delete_connection(request)
        .await?
        .into_inner();
    let done = if args.report {
        "would be deleted"
    } else {
        "deleted"
    };
    let what = match report.teardown() {
        Teardown::Deactivate => "are deactivated and managed by nobody then",
        Teardown::Keep => "stay as they are",
        Teardown::Release | Teardown::Unspecified => "stay active and are managed by nobody then",
    };
    let names = report.sample_user_names.join(", ");
    let users = count(report.released_users, "active user");
    let groups = count(report.released_groups, "group");
    let text = format!("{done}; {users} and {groups}: they {what}\n{names}\n");
    Answer::text(&report, text)
}
