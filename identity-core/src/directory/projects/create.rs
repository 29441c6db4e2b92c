//! Creating a project.

use async_trait::async_trait;
use serde_json::json;

use super::rules;
use crate::{
    change::Action,
    directory::{
        change_context::ChangeContext, input::NewProject, quotas, record::created, requests::Request,
    },
    error::{Error, Resource, Result},
    id::Id,
    project::{Project, ProjectStatus},
    store::{Transaction, Unit, Write},
    validate,
};

/// Projects that an organization may have.
const MAX_PROJECTS: i64 = 10_000;

/// A project as it begins.
pub(super) fn new_project(context: &ChangeContext, organization: Id, id: Id, new: NewProject) -> Project {
    Project {
        id,
        organization_id: organization,
        version: 1,
        name: new.name,
        kind: new.kind,
        status: ProjectStatus::Active,
        created_at: context.at,
        updated_at: context.at,
        deleted_at: None,
    }
}

/// Creates a project, or finds the one that the first call of this request created.
pub(super) struct CreateProject {
    context: ChangeContext,
    project: Project,
    request: Request,
}

impl CreateProject {
    pub(super) fn new(context: ChangeContext, project: Project, request_id: &str) -> Result<Self> {
        validate::project_name(&project.name)?;
        let request = Request::new(request_id, "create_project", &context.caller, || {
            Ok(json!([project.name, project.kind.name()]))
        })?;
        Ok(Self {
            context,
            project,
            request,
        })
    }
}

#[async_trait]
impl Unit for CreateProject {
    type Output = Project;

    async fn run(&self, transaction: &mut Transaction<'_>) -> Result<Project> {
        self.context.authorize(transaction.organization()?)?;
        let project = &self.project;
        let organization = project.organization_id;
        let reader = &mut *transaction.reader;
        if let Some(id) = self
            .request
            .repeats(reader, organization, self.context.at)
            .await?
        {
            let id = Id::parse(&id).ok_or_else(|| Error::not_found(Resource::Project, id))?;
            return rules::live(reader, organization, id).await;
        }
        rules::refuse_taken_name(reader, project).await?;
        let count = reader.count_projects(organization).await?;
        if count >= MAX_PROJECTS {
            return Err(Error::TooMany {
                limit: "projects in one organization",
                maximum: MAX_PROJECTS.unsigned_abs(),
                retry_after: None,
            });
        }
        let quota = transaction.organization()?.policy.quota_projects;
        quotas::require("quota.projects", quota, count + 1)?;
        self.request.remember(
            &mut transaction.writes,
            organization,
            &project.id,
            self.context.at,
        );
        transaction
            .writes
            .push(Write::InsertProject(Box::new(project.clone())));
        let detail = created(&rules::record(project));
        let entry = self
            .context
            .entry(Resource::Project, &project.id, Action::Created, detail);
        transaction.entries.push(entry);
        Ok(project.clone())
    }
}
