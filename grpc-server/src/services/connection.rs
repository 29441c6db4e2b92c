//! `ConnectionService`.

use identity_core::directory::input::SafeguardDecision;
use identity_proto::v1::{
    ApplyAdoptionRequest, ApplyAdoptionResponse, CreateConnectionRequest, CreateConnectionResponse,
    DeleteConnectionRequest, DeleteConnectionResponse, GetConnectionRequest, GetConnectionResponse,
    ListConnectionHealthRequest, ListConnectionHealthResponse, ListConnectionsRequest,
    ListConnectionsResponse, PreviewAdoptionRequest, PreviewAdoptionResponse, RejectBrakeRequest,
    RejectBrakeResponse, ReleaseBrakeRequest, ReleaseBrakeResponse, ResetBrakeRequest, ResetBrakeResponse,
    UpdateConnectionRequest, UpdateConnectionResponse, connection_service_server::ConnectionService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{adoption, connection, connection_health, filled, list, required, text};

pub(super) struct Connections(pub(super) Handler);

#[tonic::async_trait]
impl ConnectionService for Connections {
    async fn create_connection(
        &self,
        request: Request<CreateConnectionRequest>,
    ) -> Answer<CreateConnectionResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = connection::create(required(message.connection, "connection")?)?;
            let connection = directory
                .create_connection(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateConnectionResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_connection(&self, request: Request<GetConnectionRequest>) -> Answer<GetConnectionResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let connection = directory
                .get_connection(&call, &message.organization, &message.id)
                .await?;
            Ok(GetConnectionResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
            })
        });
        work.await
    }

    async fn list_connections(
        &self,
        request: Request<ListConnectionsRequest>,
    ) -> Answer<ListConnectionsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_connections(&call, &message.organization, page)
                .await?;
            let shown = |connection| connection::to_message(connection, directory.scim_base_url());
            Ok(ListConnectionsResponse {
                connections: page.items.into_iter().map(shown).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn list_connection_health(
        &self,
        request: Request<ListConnectionHealthRequest>,
    ) -> Answer<ListConnectionHealthResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let connection = text(message.connection);
            let page = directory
                .list_connection_health(&call, &message.organization, connection.as_deref(), page)
                .await?;
            Ok(ListConnectionHealthResponse {
                health: page
                    .items
                    .into_iter()
                    .map(connection_health::to_message)
                    .collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn update_connection(
        &self,
        request: Request<UpdateConnectionRequest>,
    ) -> Answer<UpdateConnectionResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = connection::update(message)?;
            let connection = directory.update_connection(&call, &organization, update).await?;
            Ok(UpdateConnectionResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_connection(
        &self,
        request: Request<DeleteConnectionRequest>,
    ) -> Answer<DeleteConnectionResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let teardown = adoption::teardown(message.teardown)?;
            let (organization, id) = (&message.organization, &message.id);
            let report = directory
                .delete_connection(&call, organization, id, teardown)
                .await?;
            let revision = directory.revision_after(&call, organization).await?;
            Ok(adoption::torn_down_message(report, revision))
        });
        work.await
    }

    async fn release_brake(&self, request: Request<ReleaseBrakeRequest>) -> Answer<ReleaseBrakeResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let decision = SafeguardDecision::Release;
            let connection = directory
                .decide_safeguard(&call, &message.organization, &message.id, decision)
                .await?;
            Ok(ReleaseBrakeResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn reject_brake(&self, request: Request<RejectBrakeRequest>) -> Answer<RejectBrakeResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let decision = SafeguardDecision::Reject;
            let connection = directory
                .decide_safeguard(&call, &message.organization, &message.id, decision)
                .await?;
            Ok(RejectBrakeResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn reset_brake(&self, request: Request<ResetBrakeRequest>) -> Answer<ResetBrakeResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let decision = SafeguardDecision::Reset;
            let connection = directory
                .decide_safeguard(&call, &message.organization, &message.id, decision)
                .await?;
            Ok(ResetBrakeResponse {
                connection: Some(connection::to_message(connection, directory.scim_base_url())),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn preview_adoption(
        &self,
        request: Request<PreviewAdoptionRequest>,
    ) -> Answer<PreviewAdoptionResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.connection_id, "connection_id")?;
            let page = list::page(message.page_size, message.page_token);
            let asked = adoption::candidates_from(message.candidates, message.users_only);
            let (organization, connection) = (&message.organization, &message.connection_id);
            let page = directory
                .preview_adoption(&call, organization, connection, asked, page)
                .await?;
            Ok(PreviewAdoptionResponse {
                items: page.items.into_iter().map(adoption::item_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn apply_adoption(&self, request: Request<ApplyAdoptionRequest>) -> Answer<ApplyAdoptionResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.connection_id, "connection_id")?;
            let asked = adoption::candidates_from(message.candidates, message.users_only);
            let (organization, connection) = (&message.organization, &message.connection_id);
            let counts = directory
                .apply_adoption(&call, organization, connection, asked)
                .await?;
            let revision = directory.revision_after(&call, organization).await?;
            Ok(adoption::counts_message(counts, revision))
        });
        work.await
    }
}
