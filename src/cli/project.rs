//! `roster project`.

use clap::{Args, Subcommand};
use identity_proto::v1::{
    CreateProjectRequest, DeleteProjectRequest, GetProjectRequest, ListProjectsRequest, ListProjectsResponse,
    Project, ProjectStatus, ProjectType, UpdateProjectRequest,
};

use super::{InOrg, list::Limit, output::Answer, session::Session};
use crate::failure::Failure;

/// The commands about projects.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectCommand {
    /// Create a project
    #[command(after_help = "Example:\n  roster project create --org acme --name Apollo")]
    Create {
        #[command(flatten)]
        org: InOrg,
        /// A unique name within the organization
        #[arg(long)]
        name: String,
        /// A copy to look at a change, of which identity providers know nothing
        #[arg(long)]
        preview: bool,
    },
    /// List projects
    #[command(after_help = "Example:\n  roster project list --org acme")]
    List {
        #[command(flatten)]
        org: InOrg,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a project
    #[command(after_help = "Example:\n  roster project get Apollo --org acme")]
    Get(Named),
    /// Give a project another name
    #[command(after_help = "Example:\n  roster project rename Apollo Artemis --org acme")]
    Rename {
        #[command(flatten)]
        which: Named,
        /// The new name
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Let roles in a project have no effect
    #[command(after_help = "Example:\n  roster project archive Apollo --org acme")]
    Archive(Named),
    /// Let roles in a project have effect again
    #[command(after_help = "Example:\n  roster project restore Apollo --org acme")]
    Restore(Named),
    /// Delete a project with all roles in it
    #[command(after_help = "Example:\n  roster project delete Apollo --org acme")]
    Delete(Named),
}

/// One project.
#[derive(Args, Debug)]
pub(crate) struct Named {
    #[command(flatten)]
    org: InOrg,
    /// The project's name or id
    #[arg(value_name = "PROJECT")]
    project: String,
}

impl ProjectCommand {
    pub(super) fn question(&self) -> Option<String> {
        match self {
            Self::Delete(which) => Some(format!(
                "Delete the project {:?} with all roles in it?",
                which.project
            )),
            _ => None,
        }
    }

    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create { org, name, preview } => create(org.org, name, preview, session).await,
            Self::List { org, limit } => list(org.org, &limit, session).await,
            Self::Get(which) => {
                let found = find(which, session).await?;
                Answer::details(&found, &found.project.clone().unwrap_or_default())
            }
            Self::Rename { which, name } => {
                let new = Project {
                    name,
                    ..Project::default()
                };
                update(which, new, "name", session).await
            }
            Self::Archive(which) => set_status(which, ProjectStatus::Archived, session).await,
            Self::Restore(which) => set_status(which, ProjectStatus::Active, session).await,
            Self::Delete(which) => delete(which, session).await,
        }
    }
}

async fn create(
    organization: String,
    name: String,
    preview: bool,
    session: &Session,
) -> Result<Answer, Failure> {
    let kind = if preview {
        ProjectType::Preview
    } else {
        ProjectType::Default
    };
    let request = CreateProjectRequest {
        organization,
        project: Some(Project {
            name,
            r#type: kind.into(),
            ..Project::default()
        }),
        ..Default::default()
    };
    let made = session.projects().create_project(request).await?.into_inner();
    Answer::rows(&made, &[made.project.clone().unwrap_or_default()])
}

async fn list(organization: String, limit: &Limit, session: &Session) -> Result<Answer, Failure> {
    let mut client = session.projects();
    let listed = limit
        .read(async |page_size, page_token| {
            let request = ListProjectsRequest {
                organization: organization.clone(),
                page_size,
                page_token,
            };
            let page = client.list_projects(request).await?.into_inner();
            Ok((page.projects, page.next_page_token))
        })
        .await?;
    let note = listed.note();
    let message = ListProjectsResponse {
        projects: listed.items,
        next_page_token: listed.next_page_token,
    };
    Ok(Answer::rows(&message, &message.projects)?.with_note(note))
}

async fn find(which: Named, session: &Session) -> Result<identity_proto::v1::GetProjectResponse, Failure> {
    let request = GetProjectRequest {
        id: session.project_id(&which.org.org, &which.project).await?,
        organization: which.org.org,
    };
    Ok(session.projects().get_project(request).await?.into_inner())
}

/// The organization that the command names, and the id of the project.
async fn id_of(which: Named, session: &Session) -> Result<(String, String), Failure> {
    let id = session.project_id(&which.org.org, &which.project).await?;
    Ok((which.org.org, id))
}

async fn set_status(which: Named, status: ProjectStatus, session: &Session) -> Result<Answer, Failure> {
    let new = Project {
        status: status.into(),
        ..Project::default()
    };
    update(which, new, "status", session).await
}

async fn update(which: Named, new: Project, field: &str, session: &Session) -> Result<Answer, Failure> {
    let (organization, id) = id_of(which, session).await?;
    let request = UpdateProjectRequest {
        organization,
        project: Some(Project { id, ..new }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec![field.to_owned()],
        }),
        ..Default::default()
    };
    let changed = session.projects().update_project(request).await?.into_inner();
    Answer::rows(&changed, &[changed.project.clone().unwrap_or_default()])
}

async fn delete(which: Named, session: &Session) -> Result<Answer, Failure> {
    let (organization, id) = id_of(which, session).await?;
    let request = DeleteProjectRequest {
        organization,
        id,
        ..Default::default()
    };
    let gone = session.projects().delete_project(request).await?.into_inner();
    Answer::text(&gone, "deleted\n".into())
}
