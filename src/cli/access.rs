//! `roster access`.

use std::{collections::BTreeSet, iter};

use clap::{Args, Subcommand};
use identity_proto::v1::{
    AccessCheck, AccessDenial, CheckAccessRequest, EffectiveRole, ExplainAccessRequest,
    ListAccessibleProjectsRequest, ListAccessibleProjectsResponse, ListEffectiveRolesRequest,
    ListEffectiveRolesResponse, ListProjectMembersRequest, ListProjectMembersResponse, ProjectMember,
    RoleOrigin,
};

use super::{
    InOrg,
    list::Limit,
    lookup::unknown,
    output::{Answer, Cell, Kind, Row, cells},
    rows::enum_label,
    session::Session,
    suggest::did_you_mean,
};
use crate::failure::Failure;

const CHECK_EXAMPLE: &str = "Examples:
  roster access check --org acme ada@acme.example project.view --project Apollo
  roster access check --org acme ada@acme.example users.edit

The exit code is 0 whether the answer is yes or no, or as --exit-code says. A user or project that does not exist is
an error, and no answer.";
const EXPLAIN_EXAMPLE: &str = "Examples:
  roster access explain --org acme ada@acme.example
  roster access explain --org acme ada@acme.example --permission project.edit";
const ROLES_EXAMPLE: &str = "Example:
  roster access roles --org acme ada@acme.example";
const PROJECTS_EXAMPLE: &str = "Example:
  roster access projects --org acme ada@acme.example --permission project.edit";
const MEMBERS_EXAMPLE: &str = "Example:
  roster access members --org acme Apollo";

/// Exit code for a no, where that is asked for.
const ANSWER_IS_NO: u8 = 3;

/// The questions about access.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Check whether a user may do something
    #[command(after_help = CHECK_EXAMPLE)]
    Check(CheckArgs),
    /// Explain where the rights of a user come from
    #[command(after_help = EXPLAIN_EXAMPLE)]
    Explain(ExplainArgs),
    /// List the roles of a user, in the organization and in projects
    #[command(after_help = ROLES_EXAMPLE)]
    Roles(RolesArgs),
    /// List the projects in which a user may do something
    #[command(after_help = PROJECTS_EXAMPLE)]
    Projects(ProjectsArgs),
    /// List the users who hold a role in a project
    #[command(after_help = MEMBERS_EXAMPLE)]
    Members(MembersArgs),
}

/// A user, by its name.
#[derive(Args, Debug)]
struct OfUser {
    #[command(flatten)]
    org: InOrg,
    /// The user's name or id
    #[arg(value_name = "USER")]
    user: String,
}

impl OfUser {
    /// The organization, and the user's id.
    async fn find(self, session: &Session) -> Result<(String, String), Failure> {
        let id = session.user_id(&self.org.org, &self.user).await?;
        Ok((self.org.org, id))
    }
}

/// A question.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    user: OfUser,
    /// The permission, such as project.view
    #[arg(value_name = "PERMISSION")]
    permission: String,
    /// In this project, by name or id; without it, in the organization itself
    #[arg(long, value_name = "PROJECT", default_value = "", hide_default_value = true)]
    project: String,
    /// End with exit code 3 where the answer is no
    #[arg(long)]
    exit_code: bool,
}

/// The rights to explain.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    user: OfUser,
    /// Show only the origins of this permission
    #[arg(
        long,
        value_name = "PERMISSION",
        default_value = "",
        hide_default_value = true
    )]
    permission: String,
    /// Show only roles that have effect in this project, by name or id
    #[arg(long, value_name = "PROJECT", default_value = "", hide_default_value = true)]
    project: String,
}

/// The user whose roles are listed.
#[derive(Args, Debug)]
pub(crate) struct RolesArgs {
    #[command(flatten)]
    user: OfUser,
    #[command(flatten)]
    limit: Limit,
}

/// The user whose projects are listed.
#[derive(Args, Debug)]
pub(crate) struct ProjectsArgs {
    #[command(flatten)]
    user: OfUser,
    /// Show only projects in which it has this permission; without it, project.view
    #[arg(
        long,
        value_name = "PERMISSION",
        default_value = "",
        hide_default_value = true
    )]
    permission: String,
    #[command(flatten)]
    limit: Limit,
}

/// The project whose members are listed.
#[derive(Args, Debug)]
pub(crate) struct MembersArgs {
    #[command(flatten)]
    org: InOrg,
    /// The project, by name or id
    #[arg(value_name = "PROJECT")]
    project: String,
    #[command(flatten)]
    limit: Limit,
}

impl AccessCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Check(args) => args.run(session).await,
            Self::Explain(args) => args.run(session).await,
            Self::Roles(args) => args.run(session).await,
            Self::Projects(args) => args.run(session).await,
            Self::Members(args) => args.run(session).await,
        }
    }
}

impl CheckArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let named = self.user.user.clone();
        let (organization, user_id) = self.user.find(session).await?;
        let request = CheckAccessRequest {
            organization: organization.clone(),
            check: Some(AccessCheck {
                user_id,
                permission: self.permission.clone(),
                project_id: self.project.clone(),
            }),
            consistency: None,
        };
        let answer = session.access().check_access(request).await?.into_inner();
        let text = match answer.denial() {
            AccessDenial::Unspecified => "yes",
            AccessDenial::NotGranted => "no: no role of the user permits it there",
            AccessDenial::UserUnknown => return Err(unknown("user", &named, iter::empty())),
            AccessDenial::UserInactive => "no: the user is not active",
            AccessDenial::ProjectUnknown => {
                return Err(session.unknown_project(&organization, &self.project).await);
            }
            AccessDenial::ProjectArchived => "no: the project is archived",
            AccessDenial::CheckMalformed => "no: the question is malformed",
        };
        let note = match answer.denial() {
            AccessDenial::NotGranted => unknown_permission(&organization, &self.permission, session).await,
            _ => None,
        };
        let code = (self.exit_code && !answer.allowed).then_some(ANSWER_IS_NO);
        let answer = Answer::text(&answer, format!("{text}\n"))?;
        Ok(answer.with_note(note).with_exit_code(code))
    }
}

impl ExplainArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (organization, user_id) = self.user.find(session).await?;
        let request = ExplainAccessRequest {
            organization,
            user_id,
            project_id: self.project,
            permission: self.permission,
        };
        let answer = session.access().explain_access(request).await?.into_inner();
        let text = match answer.sentences.as_slice() {
            [] => "no role gives that\n".to_owned(),
            sentences => lines(sentences),
        };
        Answer::text(&answer, text)
    }
}

impl RolesArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (organization, user_id) = self.user.find(session).await?;
        let (mut client, mut revision) = (session.access(), 0);
        let listed = self
            .limit
            .read(async |page_size, page_token| {
                let request = ListEffectiveRolesRequest {
                    organization: organization.clone(),
                    user_id: user_id.clone(),
                    consistency: None,
                    page_size,
                    page_token,
                };
                let page = client.list_effective_roles(request).await?.into_inner();
                revision = page.revision;
                Ok((page.roles, page.next_page_token))
            })
            .await?;
        let note = listed.note();
        let message = ListEffectiveRolesResponse {
            roles: listed.items,
            revision,
            next_page_token: listed.next_page_token,
        };
        Ok(Answer::rows(&message, &message.roles)?.with_note(note))
    }
}

impl ProjectsArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (organization, user_id) = self.user.find(session).await?;
        let (mut client, mut revision) = (session.access(), 0);
        let listed = self
            .limit
            .read(async |page_size, page_token| {
                let request = ListAccessibleProjectsRequest {
                    organization: organization.clone(),
                    user_id: user_id.clone(),
                    permission: self.permission.clone(),
                    page_size,
                    page_token,
                };
                let page = client.list_accessible_projects(request).await?.into_inner();
                revision = page.revision;
                Ok((page.project_ids, page.next_page_token))
            })
            .await?;
        let note = listed.note();
        let message = ListAccessibleProjectsResponse {
            project_ids: listed.items,
            next_page_token: listed.next_page_token,
            revision,
        };
        let rows: Vec<_> = message.project_ids.iter().map(|id| ProjectOf(id)).collect();
        Ok(Answer::rows(&message, &rows)?.with_note(note))
    }
}

impl MembersArgs {
    async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (mut client, mut revision) = (session.access(), 0);
        let listed = self
            .limit
            .read(async |page_size, page_token| {
                let request = ListProjectMembersRequest {
                    organization: self.org.org.clone(),
                    project_id: self.project.clone(),
                    page_size,
                    page_token,
                };
                let page = client.list_project_members(request).await?.into_inner();
                revision = page.revision;
                Ok((page.members, page.next_page_token))
            })
            .await?;
        let note = listed.note();
        let message = ListProjectMembersResponse {
            members: listed.items,
            next_page_token: listed.next_page_token,
            revision,
        };
        Ok(Answer::rows(&message, &message.members)?.with_note(note))
    }
}

/// A note where no role at all has the permission, which may be a typing error.
async fn unknown_permission(org: &str, permission: &str, session: &Session) -> Option<String> {
    // Who may not list roles gets no note.
    let roles = session.roles_of(org).await.ok()?;
    let known: BTreeSet<_> = roles.into_iter().flat_map(|role| role.permissions).collect();
    if known.contains(permission) {
        return None;
    }
    let hint = did_you_mean(permission, known);
    Some(format!("no role has the permission {permission:?}{hint}"))
}

/// A project that a user reaches.
struct ProjectOf<'a>(&'a str);

impl Row for ProjectOf<'_> {
    const COLUMNS: &'static [&'static str] = &["PROJECT"];

    fn cells(&self) -> Vec<Cell> {
        cells![Cell::id(Kind::Project, self.0)]
    }
}

impl Row for EffectiveRole {
    const COLUMNS: &'static [&'static str] = &["PROJECT", "ROLE", "FROM", "PERMISSIONS"];

    fn cells(&self) -> Vec<Cell> {
        let source = |origin: &RoleOrigin| enum_label(origin.source().as_str_name(), "GRANT_SOURCE_");
        let sources: Vec<_> = self.origins.iter().map(source).collect();
        cells![
            Cell::id(Kind::Project, &self.project_id),
            Cell::id(Kind::Role, &self.role),
            sources.join(", "),
            self.permissions.join(", "),
        ]
    }
}

impl Row for ProjectMember {
    const COLUMNS: &'static [&'static str] = &["USER", "ROLE"];

    fn cells(&self) -> Vec<Cell> {
        cells![
            Cell::id(Kind::User, &self.user_id),
            Cell::id(Kind::Role, &self.role)
        ]
    }
}

/// A line each.
fn lines(texts: &[String]) -> String {
    texts.iter().flat_map(|text| [text.as_str(), "\n"]).collect()
}
