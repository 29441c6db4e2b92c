//! `roster service-account`.

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    CreateServiceAccountRequest, DeleteServiceAccountRequest, GetServiceAccountRequest,
    ListServiceAccountsRequest, ListServiceAccountsResponse, ServiceAccount, UpdateServiceAccountRequest,
};

use super::{InOrg, list::Limit, org::mask, output::Answer, session::Session};
use crate::failure::Failure;

/// The commands about service accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceAccountCommand {
    /// Create a service account; `roster token create --service-account` makes its keys
    #[command(
        after_help = "Example:\n  roster service-account create --org acme --name billing --scopes users:read,groups:read"
    )]
    Create(CreateArgs),
    /// List service accounts
    #[command(after_help = "Example:\n  roster service-account list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a service account
    #[command(after_help = "Example:\n  roster service-account get billing --org acme")]
    Get(Named),
    /// Change a service account; scopes that it loses, its keys lose at once
    #[command(
        after_help = "Example:\n  roster service-account update billing --org acme --scopes users:read"
    )]
    Update(UpdateArgs),
    /// Delete a service account with its keys
    #[command(after_help = "Example:\n  roster service-account delete billing --org acme")]
    Delete(Named),
}

/// One service account.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    org: InOrg,
    /// The service account's name or id
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

/// A new service account.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    org: InOrg,
    /// A unique name within the organization
    #[arg(long)]
    name: String,
    /// Its purpose
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// The most that its keys may do
    #[arg(long, value_name = "SCOPE,…", value_delimiter = ',', required = true)]
    scopes: Vec<String>,
    /// Limit it to projects, by name or id
    #[arg(long, value_name = "PROJECT,…", value_delimiter = ',')]
    projects: Vec<String>,
}

/// New values of a service account.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "description", "scopes", "projects"])))]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    which: Named,
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// Its purpose
    #[arg(long)]
    description: Option<String>,
    /// The most that its keys may do
    #[arg(long, value_name = "SCOPE,…", value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// The projects that it is limited to, by name or id
    #[arg(long, value_name = "PROJECT,…", value_delimiter = ',')]
    projects: Option<Vec<String>>,
}

impl ServiceAccountCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(which) => Some(format!(
                "Delete the service account {:?} and its keys?",
                which.account
            )),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(args) => create(args, session).await,
            Self::List { org, limit } => list(org.org, &limit, session).await,
            Self::Get(which) => get(which, session).await,
            Self::Update(args) => update(args, session).await,
            Self::Delete(which) => delete(which, session).await,
        }
    }
}

async fn create(args: CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let project_ids = session.project_ids(&args.org.org, &args.projects).await?;
    let request = CreateServiceAccountRequest {
        organization: args.org.org,
        service_account: Some(ServiceAccount {
            name: args.name,
            description: args.description,
            scopes: args.scopes,
            project_ids,
            ..ServiceAccount::default()
        }),
        ..CreateServiceAccountRequest::default()
    };
    let mut client = session.service_accounts();
    let made = client.create_service_account(request).await?.into_inner();
    Answer::rows(&made, &[made.service_account.clone().unwrap_or_default()])
}

async fn list(organization: String, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.service_accounts();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListServiceAccountsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
            };
            let page = client.list_service_accounts(request).await?.into_inner();
            Ok((page.service_accounts, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListServiceAccountsResponse {
        service_accounts: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.service_accounts)?.with_note(note))
}

async fn get(which: Named, session: &Session) -> Result<Answer, Failure> {
    let request = GetServiceAccountRequest {
        organization: which.org.org,
        id: which.account,
    };
    let mut client = session.service_accounts();
    let found = client.get_service_account(request).await?.into_inner();
    Answer::details(&found, &found.service_account.clone().unwrap_or_default())
}

async fn update(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    let (org, account) = (args.which.org.org, args.which.account);
    let mask = mask([
        ("name", args.name.is_some()),
        ("description", args.description.is_some()),
        ("scopes", args.scopes.is_some()),
        ("project_ids", args.projects.is_some()),
    ]);
    let new = ServiceAccount {
        id: session.service_account_id(&org, &account).await?,
        name: args.name.unwrap_or_default(),
        description: args.description.unwrap_or_default(),
        scopes: args.scopes.unwrap_or_default(),
        project_ids: session
            .project_ids(&org, &args.projects.unwrap_or_default())
            .await?,
        ..ServiceAccount::default()
    };
    let request = UpdateServiceAccountRequest {
        organization: org,
        service_account: Some(new),
        update_mask: Some(mask),
        ..UpdateServiceAccountRequest::default()
    };
    let mut client = session.service_accounts();
    let changed = client.update_service_account(request).await?.into_inner();
    Answer::rows(&changed, &[changed.service_account.clone().unwrap_or_default()])
}

async fn delete(which: Named, session: &Session) -> Result<Answer, Failure> {
    let id = session.service_account_id(&which.org.org, &which.account).await?;
    let request = DeleteServiceAccountRequest {
        organization: which.org.org,
        id,
        ..DeleteServiceAccountRequest::default()
    };
    let mut client = session.service_accounts();
    let gone = client.delete_service_account(request).await?.into_inner();
    Answer::text(&gone, "deleted\n".into())
}
