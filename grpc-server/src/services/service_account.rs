//! `ServiceAccountService`.

use identity_proto::v1::{
    CreateServiceAccountRequest, CreateServiceAccountResponse, DeleteServiceAccountRequest,
    DeleteServiceAccountResponse, GetServiceAccountRequest, GetServiceAccountResponse,
    ListServiceAccountsRequest, ListServiceAccountsResponse, UpdateServiceAccountRequest,
    UpdateServiceAccountResponse, service_account_service_server::ServiceAccountService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::{filled, list, required, service_account};

pub(super) struct ServiceAccounts(pub(super) Handler);

#[tonic::async_trait]
impl ServiceAccountService for ServiceAccounts {
    async fn create_service_account(
        &self,
        request: Request<CreateServiceAccountRequest>,
    ) -> Answer<CreateServiceAccountResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = service_account::create(required(message.service_account, "service_account")?)?;
            let account = directory
                .create_service_account(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateServiceAccountResponse {
                service_account: Some(service_account::to_message(account)),
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_service_account(
        &self,
        request: Request<GetServiceAccountRequest>,
    ) -> Answer<GetServiceAccountResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let account = directory
                .get_service_account(&call, &message.organization, &message.id)
                .await?;
            Ok(GetServiceAccountResponse {
                service_account: Some(service_account::to_message(account)),
            })
        });
        work.await
    }

    async fn list_service_accounts(
        &self,
        request: Request<ListServiceAccountsRequest>,
    ) -> Answer<ListServiceAccountsResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_service_accounts(&call, &message.organization, page)
                .await?;
            Ok(ListServiceAccountsResponse {
                service_accounts: page.items.into_iter().map(service_account::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn update_service_account(
        &self,
        request: Request<UpdateServiceAccountRequest>,
    ) -> Answer<UpdateServiceAccountResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let update = service_account::update(message)?;
            let account = directory
                .update_service_account(&call, &organization, update)
                .await?;
            Ok(UpdateServiceAccountResponse {
                service_account: Some(service_account::to_message(account)),
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_service_account(
        &self,
        request: Request<DeleteServiceAccountRequest>,
    ) -> Answer<DeleteServiceAccountResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_service_account(&call, &message.organization, &message.id)
                .await?;
            Ok(DeleteServiceAccountResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }
}
