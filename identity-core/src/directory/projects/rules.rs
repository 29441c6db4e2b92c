//! Finding projects, and how they look in the change log.

use serde_json::json;

use crate::{
    directory::record::Record,
    error::{Error, Resource, Result},
    id::Id,
    project::Project,
    store::Reader,
    text::fold,
    validate,
};

/// A project that is not deleted.
pub(super) async fn live(reader: &mut dyn Reader, organization: Id, id: Id) -> Result<Project> {
    let project = reader.project(organization, id).await?;
    project.ok_or_else(|| Error::not_found(Resource::Project, id))
}

/// The project with this id or, without case, this name.
pub(in crate::directory) async fn find(
    reader: &mut dyn Reader,
    organization: Id,
    name: &str,
) -> Result<Option<Project>> {
    let id = match Id::parse(name) {
        Some(id) => Some(id),
        // What cannot be a name is nobody's, and the database need not see it.
        None if validate::project_name(name).is_err() => None,
        None => reader.project_id_by_name(organization, &fold(name)).await?,
    };
    match id {
        Some(id) => reader.project(organization, id).await,
        None => Ok(None),
    }
}

/// Refuses a name that another project has.
pub(super) async fn refuse_taken_name(reader: &mut dyn Reader, project: &Project) -> Result<()> {
    let holder = reader
        .project_id_by_name(project.organization_id, &fold(&project.name))
        .await?;
    match holder {
        Some(holder) if holder != project.id => Err(Error::AlreadyExists {
            resource: Resource::Project,
            field: "name",
        }),
        _ => Ok(()),
    }
}

/// The fields of a project by their names in the API.
pub(super) fn record(project: &Project) -> Record {
    let fields = [
        ("name", json!(project.name)),
        ("type", json!(project.kind.name())),
        ("status", json!(project.status.name())),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
