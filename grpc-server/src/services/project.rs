//! `ProjectService`.

use identity_proto::v1::{
    CreateProjectRequest, CreateProjectResponse, DeleteProjectRequest, DeleteProjectResponse,
    GetProjectRequest, GetProjectResponse, ListProjectsRequest, ListProjectsResponse, UpdateProjectRequest,
    UpdateProjectResponse, project_service_server::ProjectService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, list, project, required};

pub(super) struct Projects(pub(super) Handler);

#[tonic::async_trait]
impl ProjectService for Projects {
    async fn create_project(&self, request: Request<CreateProjectRequest>) -> Answer<CreateProjectResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = project::create(required(message.project, "project")?)?;
            let project = directory
                .create_project(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateProjectResponse {
                project: Some(project::to_message(project)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_project(&self, request: Request<GetProjectRequest>) -> Answer<GetProjectResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let project = directory
                .get_project(&call, &message.organization, &message.id)
                .await?;
            Ok(GetProjectResponse {
                project: Some(project::to_message(project)),
            })
        });
        work.await
    }

    async fn list_projects(&self, request: Request<ListProjectsRequest>) -> Answer<ListProjectsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_projects(&call, &message.organization, page)
                .await?;
            Ok(ListProjectsResponse {
                projects: page.items.into_iter().map(project::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn update_project(&self, request: Request<UpdateProjectRequest>) -> Answer<UpdateProjectResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = project::update(message)?;
            let project = directory.update_project(&call, &organization, update).await?;
            Ok(UpdateProjectResponse {
                project: Some(project::to_message(project)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_project(&self, request: Request<DeleteProjectRequest>) -> Answer<DeleteProjectResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_project(&call, &message.organization, &message.id, &message.etag)
                .await?;
            Ok(DeleteProjectResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }
}
