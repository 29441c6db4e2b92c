//! Projects.

use identity_core::{
    directory::input::{NewProject, ProjectUpdate},
    error::{Error, Result},
    project::{Project, ProjectKind, ProjectStatus},
};
use identity_proto::v1::{
    self, ProjectStatus as StatusMessage, ProjectType as TypeMessage, UpdateProjectRequest,
};

use super::{etag, filled, mask::Fields, required, time};

#[derive(Clone, Copy, PartialEq)]
enum Field {
    Name,
    Status,
}

const FIELDS: Fields<Field> = Fields {
    settable: &[("name", Field::Name), ("status", Field::Status)],
    read_only: &[
        "id",
        "organization_id",
        "type",
        "etag",
        "create_time",
        "update_time",
    ],
};

pub(crate) fn to_message(project: Project) -> v1::Project {
    let kind = match project.kind {
        ProjectKind::Default => TypeMessage::Default,
        ProjectKind::Preview => TypeMessage::Preview,
    };
    let status = match project.status {
        ProjectStatus::Active => StatusMessage::Active,
        ProjectStatus::Archived => StatusMessage::Archived,
    };
    v1::Project {
        id: project.id.to_string(),
        organization_id: project.organization_id.to_string(),
        name: project.name,
        r#type: kind.into(),
        status: status.into(),
        etag: etag(project.version),
        create_time: Some(time::to_message(project.created_at)),
        update_time: Some(time::to_message(project.updated_at)),
    }
}

pub(crate) fn create(project: v1::Project) -> Result<NewProject> {
    let kind = match TypeMessage::try_from(project.r#type) {
        Ok(TypeMessage::Unspecified | TypeMessage::Default) => ProjectKind::Default,
        Ok(TypeMessage::Preview) => ProjectKind::Preview,
        Err(_) => return Err(Error::invalid("type", "must be a known type")),
    };
    Ok(NewProject {
        name: project.name,
        kind,
    })
}

pub(crate) fn update(request: UpdateProjectRequest) -> Result<ProjectUpdate> {
    let project = required(request.project, "project")?;
    filled(&project.id, "project.id")?;
    let fields = FIELDS.given(request.update_mask, &project)?;
    let mut update = ProjectUpdate {
        id: project.id,
        etag: project.etag,
        ..ProjectUpdate::default()
    };
    for field in fields {
        match field {
            Field::Name => update.name = Some(project.name.clone()),
            Field::Status => update.status = status(project.status)?,
        }
    }
    Ok(update)
}

fn status(status: i32) -> Result<Option<ProjectStatus>> {
    match StatusMessage::try_from(status) {
        Ok(StatusMessage::Unspecified) => Ok(None),
        Ok(StatusMessage::Active) => Ok(Some(ProjectStatus::Active)),
        Ok(StatusMessage::Archived) => Ok(Some(ProjectStatus::Archived)),
        Err(_) => Err(Error::invalid("status", "must be a known status")),
    }
}
