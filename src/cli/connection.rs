//! `roster connection`.

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    Connection, ConnectionStatus, CreateConnectionRequest, DeleteConnectionRequest, Federation,
    GetConnectionRequest, ListConnectionsRequest, ListConnectionsResponse, UpdateConnectionRequest,
};

use super::{InOrg, list::Limit, org::mask, output::Answer, session::Session};
use crate::failure::Failure;

/// What to do with connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Create a connection
    #[command(after_help = "Example:\n  roster connection create --org acme --name okta-prod --idp okta")]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A unique name within the organization
        #[arg(long)]
        name: String,
        /// okta, entra, jumpcloud, onelogin, sailpoint, google, ping or generic
        #[arg(long, value_name = "KIND", default_value = "generic")]
        idp: String,
        /// The strongest role that it can give; without it, any
        #[arg(long, value_name = "ROLE", default_value = "", hide_default_value = true)]
        max_role: String,
    },
    /// List connections
    #[command(after_help = "Example:\n  roster connection list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a connection
    #[command(after_help = "Example:\n  roster connection get okta-prod --org acme")]
    Get(Named),
    /// Change a connection
    #[command(after_help = "Example:\n  roster connection update okta-prod --org acme --name okta")]
    Update(UpdateArgs),
    /// Let the assertions of another issuer sign a connection in, or no longer
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
    /// Delete a connection and its tokens; what it managed stays
    #[command(after_help = "Example:\n  roster connection delete okta-prod --org acme")]
    Delete(Named),
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

/// New values of a connection.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "idp", "max_role"])))]
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
}

/// Whose assertions sign a connection in.
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
    /// What aud of its assertions names
    #[arg(long, value_name = "TEXT", required_unless_present = "off")]
    audience: Option<String>,
    /// Where its keys are
    #[arg(long, value_name = "URL", required_unless_present = "off")]
    jwks_uri: Option<String>,
    /// Nobody's assertions from now on
    #[arg(long, conflicts_with_all = ["issuer", "subject", "audience", "jwks_uri"])]
    off: bool,
}

impl ConnectionCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create {
                org,
                name,
                idp,
                max_role,
            } => {
                let new = Connection {
                    name,
                    idp_kind: idp,
                    max_role,
                    ..Connection::default()
                };
                create(org.org, new, session).await
            }
            Self::List { org, limit } => list(org.org, &limit, session).await,
            Self::Get(which) => get(which, session).await,
            Self::Update(args) => {
                let given = mask([
                    ("name", args.name.is_some()),
                    ("idp_kind", args.idp.is_some()),
                    ("max_role", args.max_role.is_some()),
                ])
                .paths;
                let new = Connection {
                    name: args.name.unwrap_or_default(),
                    idp_kind: args.idp.unwrap_or_default(),
                    max_role: args.max_role.unwrap_or_default(),
                    ..Connection::default()
                };
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
            Self::Delete(which) => delete(which, session).await,
        }
    }
}

async fn create(organization: String, new: Connection, session: &Session) -> Result<Answer, Failure> {
    let request = CreateConnectionRequest {
        organization,
        connection: Some(new),
        ..Default::default()
    };
    let made = session
        .connections()
        .create_connection(request)
        .await?
        .into_inner();
    Answer::rows(&made, &[made.connection.clone().unwrap_or_default()])
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
    Ok(Answer::rows(&message, &message.connections)?.with_note(note))
}

async fn get(which: Named, session: &Session) -> Result<Answer, Failure> {
    let request = GetConnectionRequest {
        organization: which.org.org,
        id: which.connection,
    };
    let found = session.connections().get_connection(request).await?.into_inner();
    Answer::details(&found, &found.connection.clone().unwrap_or_default())
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

async fn delete(which: Named, session: &Session) -> Result<Answer, Failure> {
    let id = session.connection_id(&which.org.org, &which.connection).await?;
    let request = DeleteConnectionRequest {
        organization: which.org.org,
        id,
        ..Default::default()
    };
    let gone = session
        .connections()
        .delete_connection(request)
        .await?
        .into_inner();
    let text = format!(
        "deleted; {} active users and {} groups are managed by nobody now\n",
        gone.released_users, gone.released_groups
    );
    Answer::text(&gone, text)
}
