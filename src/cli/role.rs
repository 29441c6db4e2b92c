//! `roster role`.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use identity_proto::v1::{
    CreateRoleRequest, DeleteRoleRequest, GrantRoleRequest, ListAssignableRolesRequest,
    ListAssignableRolesResponse, ListGrantsRequest, ListGrantsResponse, ListProjectsRequest,
    ListRolesRequest, ListRolesResponse, RevokeRoleRequest, Role, RoleScope, UpdateRoleRequest,
};

use super::{
    InOrg,
    duration::{from_now, parse_duration},
    list::Limit,
    org::mask,
    output::Answer,
    session::Session,
};
use crate::failure::Failure;

/// Projects whose grants are listed in one command.
const MAX_PROJECTS: i32 = 1_000;

/// The commands about roles.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles that can be given, as identity providers see them
    #[command(after_help = "Example:\n  roster role list --org acme")]
    List(ListArgs),
    /// List all roles, predefined and custom ones, with their permissions
    #[command(after_help = "Example:\n  roster role permissions --org acme")]
    Permissions(ListArgs),
    /// Create a custom role
    #[command(
        after_help = "Example:\n  roster role create --org acme --name Auditor --in project --permissions project.view,audit.read"
    )]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A unique name
        #[arg(long)]
        name: String,
        /// The scope in which it can be held
        #[arg(long = "in", value_name = "SCOPE", value_parser = ["organization", "project"])]
        scope: String,
        /// Its permissions
        #[arg(long, value_name = "PERMISSION,…", value_delimiter = ',')]
        permissions: Vec<String>,
    },
    /// Change a custom role
    #[command(after_help = "Example:\n  roster role update Auditor --org acme --permissions project.view")]
    Update(UpdateArgs),
    /// Delete a custom role, with its grants
    #[command(after_help = "Example:\n  roster role delete Auditor --org acme")]
    Delete {
        #[command(flatten)]
        org: InOrg,
        /// The role's name or id
        #[arg(value_name = "ROLE")]
        role: String,
    },
    /// Give a role to a user or group
    #[command(
        after_help = "Example:\n  roster role grant editor --org acme --user ada@acme.example --project Apollo --expires-in 12h"
    )]
    Grant {
        #[command(flatten)]
        which: HeldRoleArgs,
        /// The time for which it holds, for example 12h or 90d; without it, for ever
        #[arg(long, value_name = "SPAN", value_parser = parse_duration)]
        expires_in: Option<Duration>,
    },
    /// Take a role from a user or group
    #[command(after_help = "Example:\n  roster role revoke editor --org acme --group Engineering")]
    Revoke(HeldRoleArgs),
    /// List grants, in the organization and in all projects
    #[command(
        after_help = "Examples:\n  roster role grants --org acme\n  roster role grants --org acme --project Apollo\n  roster role grants --org acme --user ada@acme.example"
    )]
    Grants {
        #[command(flatten)]
        list: ListArgs,
        #[command(flatten)]
        holder: Holder,
        /// Only in this project, by name or id; without it, in the organization and in all projects
        #[arg(long, default_value = "", hide_default_value = true)]
        project: String,
    },
}

/// The organization, and the length of the list.
#[derive(Args, Debug)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    org: InOrg,
    #[command(flatten)]
    limit: Limit,
}

/// New values of a custom role.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("change").required(true).multiple(true).args(["name", "permissions"])))]
pub(crate) struct UpdateArgs {
    #[command(flatten)]
    org: InOrg,
    /// The role's name or id
    #[arg(value_name = "ROLE")]
    role: String,
    /// The new name
    #[arg(long)]
    name: Option<String>,
    /// All of its permissions from now on
    #[arg(long, value_name = "PERMISSION,…", value_delimiter = ',')]
    permissions: Option<Vec<String>>,
}

/// The holder of a role.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Holder {
    /// A user, by user name or id
    #[arg(long)]
    user: Option<String>,
    /// A group, by name or id
    #[arg(long)]
    group: Option<String>,
}

/// A role that a user or group holds or is to hold.
#[derive(Args, Debug)]
pub(crate) struct HeldRoleArgs {
    #[command(flatten)]
    org: InOrg,
    /// The role, by name or id
    #[arg(value_name = "ROLE")]
    role: String,
    #[command(flatten)]
    holder: Holder,
    /// The project, by name or id; without it, in the organization
    #[arg(long, default_value = "", hide_default_value = true)]
    project: String,
}

impl RoleCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete { role, .. } => Some(format!("Delete the role {role:?}, with its grants?")),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::List(args) => list(args, session).await,
            Self::Permissions(args) => permissions(args, session).await,
            Self::Create {
                org,
                name,
                scope,
                permissions,
            } => create(org.org, name, &scope, permissions, session).await,
            Self::Update(args) => update(args, session).await,
            Self::Delete { org, role } => {
                let request = DeleteRoleRequest {
                    id: session.role(&org.org, &role, RoleScope::Unspecified).await?,
                    organization: org.org,
                    ..Default::default()
                };
                let gone = session.roles().delete_role(request).await?.into_inner();
                Answer::text(&gone, "deleted\n".into())
            }
            Self::Grant { which, expires_in } => grant(which, expires_in, session).await,
            Self::Revoke(which) => revoke(which, session).await,
            Self::Grants {
                list,
                holder,
                project,
            } => grants(list, holder, project, session).await,
        }
    }
}

async fn list(args: ListArgs, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.roles();
    let listed = args
        .limit
        .read(async |page_size, page_token| {
            let request = ListAssignableRolesRequest {
                organization: args.org.org.clone(),
                page_size,
                page_token,
            };
            let page = client.list_assignable_roles(request).await?.into_inner();
            Ok((page.roles, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListAssignableRolesResponse {
        roles: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.roles)?.with_note(note))
}

async fn permissions(args: ListArgs, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.roles();
    let listed = args
        .limit
        .read(async |page_size, page_token| {
            let request = ListRolesRequest {
                organization: args.org.org.clone(),
                page_size,
                page_token,
            };
            let page = client.list_roles(request).await?.into_inner();
            Ok((page.roles, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListRolesResponse {
        roles: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.roles)?.with_note(note))
}

async fn create(
    organization: String,
    name: String,
    scope: &str,
    permissions: Vec<String>,
    session: &Session,
) -> Result<Answer, Failure> {
    let scope = if scope == "project" {
        RoleScope::Project
    } else {
        RoleScope::Organization
    };
    let request = CreateRoleRequest {
        organization,
        role: Some(Role {
            name,
            scope: scope.into(),
            permissions,
            ..Role::default()
        }),
        ..Default::default()
    };
    let made = session.roles().create_role(request).await?.into_inner();
    Answer::rows(&made, &[made.role.clone().unwrap_or_default()])
}

async fn update(args: UpdateArgs, session: &Session) -> Result<Answer, Failure> {
    let given = mask([
        ("name", args.name.is_some()),
        ("permissions", args.permissions.is_some()),
    ]);
    let request = UpdateRoleRequest {
        role: Some(Role {
            id: session
                .role(&args.org.org, &args.role, RoleScope::Unspecified)
                .await?,
            name: args.name.unwrap_or_default(),
            permissions: args.permissions.unwrap_or_default(),
            ..Role::default()
        }),
        organization: args.org.org,
        update_mask: Some(given),
        ..Default::default()
    };
    let changed = session.roles().update_role(request).await?.into_inner();
    Answer::rows(&changed, &[changed.role.clone().unwrap_or_default()])
}

impl HeldRoleArgs {
    fn scope(&self) -> RoleScope {
        if self.project.is_empty() {
            RoleScope::Organization
        } else {
            RoleScope::Project
        }
    }
}

impl Holder {
    /// The id of the user or group; `None`: neither was named.
    async fn id(&self, org: &str, session: &Session) -> Result<Option<String>, Failure> {
        match (&self.user, &self.group) {
            (Some(user), _) => session.user_id(org, user).await.map(Some),
            (None, Some(group)) => session.group_id(org, group).await.map(Some),
            (None, None) => Ok(None),
        }
    }

    async fn needed_id(&self, org: &str, session: &Session) -> Result<String, Failure> {
        let id = self.id(org, session).await?;
        id.ok_or_else(|| Failure::Usage("--user or --group must say who".into()))
    }
}

async fn grant(
    which: HeldRoleArgs,
    expires_in: Option<Duration>,
    session: &Session,
) -> Result<Answer, Failure> {
    let principal_id = which.holder.needed_id(&which.org.org, session).await?;
    let role = session.role(&which.org.org, &which.role, which.scope()).await?;
    let request = GrantRoleRequest {
        organization: which.org.org,
        principal_id,
        project: which.project,
        role,
        expire_time: expires_in.map(from_now),
        ..Default::default()
    };
    let made = session.roles().grant_role(request).await?.into_inner();
    Answer::rows(&made, &[made.grant.clone().unwrap_or_default()])
}

async fn revoke(which: HeldRoleArgs, session: &Session) -> Result<Answer, Failure> {
    let principal_id = which.holder.needed_id(&which.org.org, session).await?;
    let role = session.role(&which.org.org, &which.role, which.scope()).await?;
    let request = RevokeRoleRequest {
        organization: which.org.org,
        principal_id,
        project: which.project,
        role,
        ..Default::default()
    };
    let gone = session.roles().revoke_role(request).await?.into_inner();
    Answer::text(&gone, "revoked\n".into())
}

async fn grants(
    args: ListArgs,
    holder: Holder,
    project: String,
    session: &Session,
) -> Result<Answer, Failure> {
    let organization = args.org.org;
    let principal_id = holder.id(&organization, session).await?.unwrap_or_default();
    // Without a holder, a call lists one scope.
    let mut projects = vec![project.clone()];
    let is_one = !principal_id.is_empty() || !project.is_empty();
    let mut next_page_token = String::new();
    if !is_one {
        let request = ListProjectsRequest {
            organization: organization.clone(),
            page_size: MAX_PROJECTS,
            ..ListProjectsRequest::default()
        };
        let page = session.projects().list_projects(request).await?.into_inner();
        projects.extend(page.projects.into_iter().map(|project| project.id));
        next_page_token = page.next_page_token;
    }
    let beyond = !next_page_token.is_empty();
    next_page_token.clear();
    let (mut client, mut grants) = (session.roles(), Vec::new());
    for project in projects {
        let limit = Limit {
            limit: args.limit.limit - grants.len(),
        };
        let read = async |page_size, page_token| {
            let request = ListGrantsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
                principal_id: principal_id.clone(),
                project: project.clone(),
            };
            let page = client.list_grants(request).await?.into_inner();
            Ok((page.grants, page.next_page_token))
        };
        let listed = limit.read(read).await?;
        grants.extend(listed.items);
        next_page_token = listed.next_page_token;
        if grants.len() >= args.limit.limit {
            break;
        }
    }
    let note = if grants.len() >= args.limit.limit {
        Some(format!(
            "these are the first {}; --limit shows more",
            grants.len()
        ))
    } else {
        beyond.then(|| format!("only {MAX_PROJECTS} projects were asked; --project asks one"))
    };
    let message = ListGrantsResponse {
        grants,
        // The token goes on in one scope, so it is of use to one who asked for one.
        next_page_token: if is_one { next_page_token } else { String::new() },
    };
    Ok(Answer::rows(&message, &message.grants)?.with_note(note))
}
