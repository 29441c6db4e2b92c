//! `ConnectionService`.

use identity_proto::v1::{
    CreateConnectionRequest, CreateConnectionResponse, DeleteConnectionRequest, DeleteConnectionResponse,
    GetConnectionRequest, GetConnectionResponse, ListConnectionsRequest, ListConnectionsResponse,
    UpdateConnectionRequest, UpdateConnectionResponse, connection_service_server::ConnectionService,
};
use tonic::Request;

use super::{Answer, Door};
use crate::convert::{connection, list, required};

pub(super) struct Connections(pub(super) Door);

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
                connection: Some(connection::to_message(connection)),
            })
        });
        work.await
    }

    async fn get_connection(&self, request: Request<GetConnectionRequest>) -> Answer<GetConnectionResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let connection = directory
                .get_connection(&call, &message.organization, &message.id)
                .await?;
            Ok(GetConnectionResponse {
                connection: Some(connection::to_message(connection)),
            })
        });
        work.await
    }

    async fn list_connections(
        &self,
        request: Request<ListConnectionsRequest>,
    ) -> Answer<ListConnectionsResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_connections(&call, &message.organization, page)
                .await?;
            Ok(ListConnectionsResponse {
                connections: page.items.into_iter().map(connection::to_message).collect(),
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
                connection: Some(connection::to_message(connection)),
            })
        });
        work.await
    }

    async fn delete_connection(
        &self,
        request: Request<DeleteConnectionRequest>,
    ) -> Answer<DeleteConnectionResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let released = directory
                .delete_connection(&call, &message.organization, &message.id)
                .await?;
            Ok(DeleteConnectionResponse {
                released_users: released.users,
                released_groups: released.groups,
            })
        });
        work.await
    }
}
