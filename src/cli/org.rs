//! `roster org`.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use identity_proto::v1::{
    CreateOrganizationRequest, DeleteOrganizationRequest, GetOrganizationRequest, ListOrganizationsRequest,
    ListOrganizationsResponse, Organization, OrganizationStatus, UndeleteOrganizationRequest,
    UpdateOrganizationRequest,
};
use prost_types::FieldMask;
use uuid::Uuid;

use super::{list::Limit, output::Answer, session::Session};
use crate::failure::Failure;

const PRESETS: &str =
    "What the policy starts from: default, lightdash, dbt, lightrun, client_platform or strict_rfc";

/// The commands about organizations.
#[derive(Debug, Subcommand)]
pub(crate) enum OrgCommand {
    /// Create an organization
    #[command(
        after_help = "Example:\n  roster org create --slug acme --name Acme --admin owner@acme.example --preset lightdash"
    )]
    Create(CreateArgs),
    /// List all organizations
    #[command(after_help = "Examples:\n  roster org list --output json\n  roster org list --show-deleted")]
    List {
        /// Deleted ones, too
        #[arg(long)]
        show_deleted: bool,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show an organization
    #[command(after_help = "Example:\n  roster org get acme")]
    Get {
        /// The slug or id
        #[arg(value_name = "ORG", env = "ROSTER_ORG", hide_env_values = true)]
        org: String,
    },
    /// Change the name, plan, seats, domains or state of an organization; only root may
    #[command(
        after_help = "Examples:\n  roster org update --org acme --plan business --seats 250\n  roster org update --org acme --status suspended"
    )]
    Update(UpdateArgs),
    /// Delete an organization with all that is in it; only root may
    #[command(after_help = "Example:\n  roster org delete acme")]
    Delete {
        /// The slug or id
        #[arg(value_name = "ORG")]
        org: String,
    },
    /// Bring a deleted organization back as it was; only root may
    #[command(
        after_help = "Example:\n  roster org list --show-deleted\n  roster org undelete 01890a5d-ac96-774b-bcce-b302099a8057"
    )]
    Undelete {
        /// The id; the slug may be another's by now
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// A new organization.
#[derive(Args, Debug)]
pub(crate) struct CreateArgs {
    /// A short unique name: a-z, 0-9 and -, starting with a letter
    #[arg(long)]
    slug: String,
    /// The name that people see
    #[arg(long)]
    name: String,
    /// The e-mail address of a first user, an admin that no connection manages
    #[arg(long, value_name = "EMAIL", default_value = "", hide_default_value = true)]
    admin: String,
    /// The preset of the policy
    #[arg(long, default_value = "default", help = PRESETS)]
    preset: String,
}

/// New facts.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("fact").required(true).multiple(true).args(["name", "plan", "seats", "sso", "rbac", "verified_domains", "status"])))]
pub(crate) struct UpdateArgs {
    /// The organization's slug or id
    #[arg(long, value_name = "ORG", env = "ROSTER_ORG", hide_env_values = true)]
    org: String,
    /// The name that people see
    #[arg(long)]
    name: Option<String>,
    /// The plan's name, which selects features where the policy setting plan.catalog names plans; empty: none
    #[arg(long)]
    plan: Option<String>,
    /// The number of active users that the plan allows; 0: no limit
    #[arg(long, value_name = "N")]
    seats: Option<i64>,
    /// The state of single sign-on: on once it is set up
    #[arg(long, value_enum)]
    sso: Option<Toggle>,
    /// The state of role-based access control
    #[arg(long, value_enum)]
    rbac: Option<Toggle>,
    /// A domain whose e-mail addresses are proven to be the organization's; repeat for more, give it empty
    /// for none
    #[arg(long = "verified-domain", value_name = "DOMAIN")]
    verified_domains: Vec<String>,
    /// The state; while it is suspended, only root is served
    #[arg(long, value_enum)]
    status: Option<Status>,
}

/// A fact that holds or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Toggle {
    /// It holds.
    On,
    /// It does not.
    Off,
}

/// States in which callers are served or refused.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Status {
    /// All callers are served.
    Active,
    /// Only root is served.
    Suspended,
}

impl OrgCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete { org } => Some(format!("Delete the organization {org:?} with all that is in it?")),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(args) => create(args, session).await,
            Self::List { show_deleted, limit } => list(show_deleted, &limit, session).await,
            Self::Get { org } => get(org, session).await,
            Self::Update(args) => update(args, session).await,
            Self::Delete { org } => delete(org, session).await,
            Self::Undelete { id } => undelete(id, session).await,
        }
    }
}

async fn create(args: CreateArgs, session: &Session) -> Result<Answer, Failure> {
    let request = CreateOrganizationRequest {
        organization: Some(Organization {
            slug: args.slug,
            name: args.name,
            ..Organization::default()
        }),
        preset: args.preset,
        admin_email: args.admin,
        ..Default::default()
    };
    let made = session
        .organizations()
        .create_organization(request)
        .await?
        .into_inner();
    let answer = Answer::rows(&made, &[made.organization.clone().unwrap_or_default()])?;
    Ok(match &made.admin {
        Some(admin) => answer.and_text(format!("the first admin: {}\n", admin.user_name)),
        None => answer,
    })
}

async fn list(show_deleted: bool, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.organizations();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListOrganizationsRequest {
                page_size,
                page_token,
                show_deleted,
            };
            let page = client.list_organizations(request).await?.into_inner();
            Ok((page.organizations, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListOrganizationsResponse {
        organizations: listed.items,
        next_page_token: listed.next_page_token,
    };
    let answer = Answer::rows(&message, &message.organizations)?;
    // `org undelete` takes an id, as slugs are free again.
    Ok(answer.with_note(note).with_id_columns(show_deleted))
}

async fn get(organization: String, session: &Session) -> Result<Answer, Failure> {
    let request = GetOrganizationRequest { organization };
    let found = session
        .organizations()
        .get_organization(request)
        .await?
        .into_inner();
    Answer::details(&found, &found.organization.clone().unwrap_or_default())
}

async fn update(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    let changed = session
        .organizations()
        .update_organization(request_of(args))
        .await?
        .into_inner();
    Answer::rows(&changed, &[changed.organization.clone().unwrap_or_default()])
}

async fn delete(organization: String, session: &Session) -> Result<Answer, Failure> {
    let request = DeleteOrganizationRequest {
        organization,
        ..Default::default()
    };
    let gone = session
        .organizations()
        .delete_organization(request)
        .await?
        .into_inner();
    let id = gone.organization.clone().unwrap_or_default().id;
    Answer::text(
        &gone,
        format!("deleted; roster org undelete {id} brings it back\n"),
    )
}

async fn undelete(id: String, session: &Session) -> Result<Answer, Failure> {
    let request = UndeleteOrganizationRequest {
        id,
        ..Default::default()
    };
    let back = session
        .organizations()
        .undelete_organization(request)
        .await?
        .into_inner();
    Answer::rows(&back, &[back.organization.clone().unwrap_or_default()])
}

fn request_of(args: UpdateArgs) -> UpdateOrganizationRequest {
    let given = [
        ("name", args.name.is_some()),
        ("plan", args.plan.is_some()),
        ("seats", args.seats.is_some()),
        ("sso_enabled", args.sso.is_some()),
        ("rbac_enabled", args.rbac.is_some()),
        ("verified_domains", !args.verified_domains.is_empty()),
        ("status", args.status.is_some()),
    ];
    let status = match args.status {
        Some(Status::Active) => OrganizationStatus::Active,
        Some(Status::Suspended) => OrganizationStatus::Suspended,
        None => OrganizationStatus::Unspecified,
    };
    let is_id = Uuid::parse_str(&args.org).is_ok();
    let (id, slug) = if is_id {
        (args.org, String::new())
    } else {
        (String::new(), args.org)
    };
    UpdateOrganizationRequest {
        organization: Some(Organization {
            id,
            slug,
            name: args.name.unwrap_or_default(),
            plan: args.plan.unwrap_or_default(),
            seats: args.seats.unwrap_or_default(),
            sso_enabled: args.sso == Some(Toggle::On),
            rbac_enabled: args.rbac == Some(Toggle::On),
            verified_domains: args
                .verified_domains
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect(),
            status: status.into(),
            ..Organization::default()
        }),
        update_mask: Some(mask(given)),
        ..Default::default()
    }
}

/// The mask of the fields that were given.
pub(super) fn mask<const N: usize>(fields: [(&str, bool); N]) -> FieldMask {
    let given = fields.into_iter().filter(|(_, given)| *given);
    FieldMask {
        paths: given.map(|(field, _)| field.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: OrgCommand,
    }

    fn update_request(line: &str) -> UpdateOrganizationRequest {
        let line = Line::try_parse_from(line.split(' ')).unwrap();
        let OrgCommand::Update(args) = line.command else {
            panic!("not an update")
        };
        request_of(args)
    }

    #[test]
    fn an_update_names_only_the_facts_that_were_given() {
        let request = update_request("org update --org acme --sso on --rbac off --seats 0");
        assert_eq!(
            request.update_mask.unwrap().paths,
            ["seats", "sso_enabled", "rbac_enabled"]
        );
        let organization = request.organization.unwrap();
        assert!(organization.sso_enabled && !organization.rbac_enabled);
        assert_eq!(
            (organization.slug.as_str(), organization.id.as_str()),
            ("acme", "")
        );
    }

    #[test]
    fn an_id_goes_into_the_id() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let organization = update_request(&format!("org update --org {id} --plan x"))
            .organization
            .unwrap();
        assert_eq!((organization.slug.as_str(), organization.id.as_str()), ("", id));
    }

    #[test]
    fn an_update_without_a_fact_is_wrong_usage() {
        assert!(Line::try_parse_from(["org", "update", "--org", "acme"]).is_err());
    }
}
