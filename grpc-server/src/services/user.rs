//! `UserService`.

use identity_proto::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, CreateUserIdentityRequest, CreateUserIdentityResponse,
    CreateUserRequest, CreateUserResponse, DeleteUserIdentityRequest, DeleteUserIdentityResponse,
    DeleteUserRequest, DeleteUserResponse, EraseUserRequest, EraseUserResponse, ExportUserRequest,
    ExportUserResponse, GetUserRequest, GetUserResponse, ListUserIdentitiesRequest,
    ListUserIdentitiesResponse, ListUsersRequest, ListUsersResponse, LookupUserRequest, LookupUserResponse,
    UndeleteUserRequest, UndeleteUserResponse, UpdateUserRequest, UpdateUserResponse,
    user_service_server::UserService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{
    filled, identity,
    list::{self, Query},
    required, time, user, user_export,
};

pub(super) struct Users(pub(super) Handler);

#[tonic::async_trait]
impl UserService for Users {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Answer<CreateUserResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let mut input = user::from_message(required(message.user, "user")?)?;
            input.ignored_attributes = message.ignored_attributes;
            let user = directory
                .create_user(&call, &message.organization, input, &message.request_id)
                .await?;
            Ok(CreateUserResponse {
                user: Some(user::to_message(user)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Answer<GetUserResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let deleted = list::deleted(message.show_deleted);
            let user = directory
                .get_user_among(&call, &message.organization, &message.id, deleted)
                .await?;
            Ok(GetUserResponse {
                user: Some(user::to_message(user)),
            })
        });
        work.await
    }

    async fn list_users(&self, request: Request<ListUsersRequest>) -> Answer<ListUsersResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let mut query = list::request(Query {
                page_size: message.page_size,
                page_token: message.page_token,
                filter: message.filter,
                order_by: message.order_by,
                skip: message.skip,
                view: message.view,
            })?;
            query.deleted = list::deleted(message.show_deleted);
            let page = directory.list_users(&call, &message.organization, query).await?;
            Ok(ListUsersResponse {
                users: page.items.into_iter().map(user::to_message).collect(),
                next_page_token: page.next_page_token,
                total_size: page.total,
            })
        });
        work.await
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Answer<UpdateUserResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let user = required(message.user, "user")?;
            let mut update = user::update(user, message.update_mask, message.mode)?;
            update.input.ignored_attributes = message.ignored_attributes;
            let user = directory
                .update_user(&call, &message.organization, update)
                .await?;
            Ok(UpdateUserResponse {
                user: Some(user::to_message(user)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn delete_user(&self, request: Request<DeleteUserRequest>) -> Answer<DeleteUserResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_user(&call, &message.organization, &message.id, &message.etag)
                .await?;
            Ok(DeleteUserResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn undelete_user(&self, request: Request<UndeleteUserRequest>) -> Answer<UndeleteUserResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let user = directory
                .undelete_user(&call, &message.organization, &message.id, &message.etag)
                .await?;
            Ok(UndeleteUserResponse {
                user: Some(user::to_message(user)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn erase_user(&self, request: Request<EraseUserRequest>) -> Answer<EraseUserResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let erased = directory
                .erase_user(&call, &message.organization, &message.id)
                .await?;
            Ok(EraseUserResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
                erase_time: Some(time::to_message(erased)),
            })
        });
        work.await
    }

    async fn export_user(&self, request: Request<ExportUserRequest>) -> Answer<ExportUserResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let page = list::page(message.page_size, message.page_token);
            let export = directory
                .export_user(&call, &message.organization, &message.id, page)
                .await?;
            Ok(user_export::to_message(export))
        });
        work.await
    }

    async fn batch_get_users(&self, request: Request<BatchGetUsersRequest>) -> Answer<BatchGetUsersResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            for (index, id) in message.ids.iter().enumerate() {
                filled(id, &format!("ids[{index}]"))?;
            }
            let users = directory
                .batch_get_users(&call, &message.organization, &message.ids)
                .await?;
            Ok(BatchGetUsersResponse {
                users: users.into_iter().map(user::to_message).collect(),
            })
        });
        work.await
    }

    async fn lookup_user(&self, request: Request<LookupUserRequest>) -> Answer<LookupUserResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            let key = identity::key(required(message.key, "key")?);
            let found = directory.look_up_user(&call, &message.organization, key).await?;
            Ok(LookupUserResponse {
                user: Some(user::to_message(found)),
            })
        });
        work.await
    }

    async fn list_user_identities(
        &self,
        request: Request<ListUserIdentitiesRequest>,
    ) -> Answer<ListUserIdentitiesResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let identities = directory
                .list_user_identities(&call, &message.organization, &message.user_id)
                .await?;
            Ok(ListUserIdentitiesResponse {
                identities: identities.into_iter().map(identity::to_message).collect(),
            })
        });
        work.await
    }

    async fn create_user_identity(
        &self,
        request: Request<CreateUserIdentityRequest>,
    ) -> Answer<CreateUserIdentityResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.user_id, "user_id")?;
            let identity = required(message.identity, "identity")?;
            let names = (&*identity.issuer, &*identity.subject);
            let made = directory
                .create_user_identity(&call, &message.organization, &message.user_id, names)
                .await?;
            Ok(CreateUserIdentityResponse {
                identity: Some(identity::to_message(made)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn delete_user_identity(
        &self,
        request: Request<DeleteUserIdentityRequest>,
    ) -> Answer<DeleteUserIdentityResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let identity = required(message.identity, "identity")?;
            let names = (&*identity.issuer, &*identity.subject);
            directory
                .delete_user_identity(&call, &message.organization, names)
                .await?;
            Ok(DeleteUserIdentityResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }
}
