//! `SchemaService`.

use identity_proto::v1::{
    CreateSchemaRequest, CreateSchemaResponse, DeleteSchemaRequest, DeleteSchemaResponse, GetSchemaRequest,
    GetSchemaResponse, ListSchemasRequest, ListSchemasResponse, schema_service_server::SchemaService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, list, required, schema};

pub(super) struct Schemas(pub(super) Handler);

#[tonic::async_trait]
impl SchemaService for Schemas {
    async fn create_schema(&self, request: Request<CreateSchemaRequest>) -> Answer<CreateSchemaResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = schema::create(required(message.schema, "schema")?)?;
            let schema = directory
                .create_schema(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateSchemaResponse {
                schema: Some(schema::to_message(schema)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_schema(&self, request: Request<GetSchemaRequest>) -> Answer<GetSchemaResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let schema = directory
                .get_schema(&call, &message.organization, &message.id)
                .await?;
            Ok(GetSchemaResponse {
                schema: Some(schema::to_message(schema)),
            })
        });
        work.await
    }

    async fn list_schemas(&self, request: Request<ListSchemasRequest>) -> Answer<ListSchemasResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            list::only_page(message.page_size, &message.page_token)?;
            let schemas = directory.list_schemas(&call, &message.organization).await?;
            Ok(ListSchemasResponse {
                schemas: schemas.into_iter().map(schema::to_message).collect(),
                next_page_token: String::new(),
            })
        });
        work.await
    }

    async fn delete_schema(&self, request: Request<DeleteSchemaRequest>) -> Answer<DeleteSchemaResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_schema(&call, &message.organization, &message.id)
                .await?;
            Ok(DeleteSchemaResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }
}
