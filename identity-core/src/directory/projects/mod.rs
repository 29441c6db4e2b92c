//! Projects.

mod create;
mod delete;
mod read;
mod rules;
mod update;

pub(super) use rules::find;

use create::CreateProject;
use delete::DeleteProject;
use read::{GetProject, ListProjects};
use update::UpdateProject;

use super::{
    Directory, Inner,
    change_context::ChangeContext,
    input::{NewProject, Page, PageRequest, ProjectUpdate},
    paging::{List, Pager, RESOURCES},
    tokens,
};
use crate::{
    caller::{Call, Scope},
    error::{Error, Resource, Result},
    id::Id,
    project::Project,
};

impl Directory {
    /// Creates a project.
    #[crate::boxed]
    pub async fn create_project(
        &self,
        call: &Call,
        organization: &str,
        new: NewProject,
        request_id: &str,
    ) -> Result<Project> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ProjectsWrite)
            .await?;
        let context = ChangeContext::new(call, &*inner.platform);
        let project = create::new_project(&context, org.id, inner.new_id(), new);
        let unit = CreateProject::new(context, project, request_id)?;
        inner.write(&call.caller, org.id, unit).await
    }

    /// Gets a project by id or name.
    #[crate::boxed]
    pub async fn get_project(&self, call: &Call, organization: &str, id: &str) -> Result<Project> {
        let org = self
            .inner
            .organization(call, organization, Scope::ProjectsRead)
            .await?;
        let query = GetProject {
            organization: org.id,
            name: id.to_owned(),
        };
        let project = self.inner.store.read(query).await?;
        // A token that is limited to projects sees no other.
        let project = project.filter(|project| call.caller.sees_project(project.id));
        project.ok_or_else(|| Error::not_found(Resource::Project, id))
    }

    /// Lists projects, archived ones too.
    #[crate::boxed]
    pub async fn list_projects(
        &self,
        call: &Call,
        organization: &str,
        page: PageRequest,
    ) -> Result<Page<Project>> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ProjectsRead)
            .await?;
        let list = List {
            name: "projects",
            organization: Some(org.id),
            query: &(),
            sizes: RESOURCES,
        };
        let pager: Pager<Id> = inner.pager(&list, &page)?;
        let query = ListProjects {
            organization: org.id,
            after: pager.after,
            size: pager.size,
        };
        let mut rows = inner.store.read(query).await?;
        rows.items.retain(|project| call.caller.sees_project(project.id));
        inner.page(&pager, rows)
    }

    /// Changes a project.
    #[crate::boxed]
    pub async fn update_project(
        &self,
        call: &Call,
        organization: &str,
        update: ProjectUpdate,
    ) -> Result<Project> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ProjectsWrite)
            .await?;
        let unit = UpdateProject {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: inner.visible_project(call, org.id, &update.id).await?,
            update,
        };
        inner.write(&call.caller, org.id, unit).await
    }

    /// Deletes a project with all roles that are held in it.
    #[crate::boxed]
    pub async fn delete_project(&self, call: &Call, organization: &str, id: &str, etag: &str) -> Result<()> {
        let inner = &self.inner;
        let org = inner
            .organization(call, organization, Scope::ProjectsWrite)
            .await?;
        let unit = DeleteProject {
            context: ChangeContext::new(call, &*inner.platform),
            organization: org.id,
            id: inner.visible_project(call, org.id, id).await?,
            etag: etag.to_owned(),
        };
        inner.write(&call.caller, org.id, unit).await
    }
}

impl Inner {
    /// The id of a project that the caller may have to do with.
    pub(super) async fn visible_project(&self, call: &Call, organization: Id, name: &str) -> Result<Id> {
        let project = self.project_id(organization, name).await?;
        if call.caller.sees_project(project) {
            Ok(project)
        } else {
            Err(Error::not_found(Resource::Project, name))
        }
    }

    /// The id of the project that a call names by its id or its name. An id is not looked up.
    pub(super) async fn project_id(&self, organization: Id, name: &str) -> Result<Id> {
        if let Some(id) = Id::parse(name) {
            return Ok(id);
        }
        let query = GetProject {
            organization,
            name: name.to_owned(),
        };
        let found = self.store.read(query).await?;
        let project = found.ok_or_else(|| Error::not_found(Resource::Project, name))?;
        Ok(project.id)
    }

    /// The same ids in place of the names of some projects.
    pub(super) async fn project_ids(&self, organization: Id, mut names: Vec<String>) -> Result<Vec<String>> {
        tokens::refuse_too_many_projects(&names)?;
        for name in &mut names {
            *name = self.project_id(organization, name).await?.to_string();
        }
        Ok(names)
    }
}
