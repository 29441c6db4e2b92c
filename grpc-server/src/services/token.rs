//! `TokenService`.

use identity_core::{caller::Intent, directory::input::TokenFilter};
use identity_proto::v1::{
    CreateSignInLinkRequest, CreateSignInLinkResponse, CreateTokenRequest, CreateTokenResponse,
    DeleteTokenRequest, DeleteTokenResponse, ExchangeAssertionRequest, ExchangeAssertionResponse,
    ExchangeTokenRequest, ExchangeTokenResponse, GetTokenRequest, GetTokenResponse, IntrospectTokenRequest,
    IntrospectTokenResponse, ListTokensRequest, ListTokensResponse, RevokeTokenRequest, RevokeTokenResponse,
    RotateTokenRequest, RotateTokenResponse, token_service_server::TokenService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::{
    caller,
    convert::{access_token, filled, list, required, token},
    server::SignInLinks,
};

pub(super) struct Tokens(pub(super) Handler);

#[tonic::async_trait]
impl TokenService for Tokens {
    async fn create_token(&self, request: Request<CreateTokenRequest>) -> Answer<CreateTokenResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let new = token::create(required(message.token, "token")?)?;
            let (token, secret) = directory
                .create_token(&call, &message.organization, new, &message.request_id)
                .await?;
            Ok(CreateTokenResponse {
                token: Some(token::to_message(token)),
                secret: secret.0,
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn get_token(&self, request: Request<GetTokenRequest>) -> Answer<GetTokenResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            let token = directory
                .get_token(&call, &message.organization, &message.id)
                .await?;
            Ok(GetTokenResponse {
                token: Some(token::to_message(token)),
            })
        });
        work.await
    }

    async fn list_tokens(&self, request: Request<ListTokensRequest>) -> Answer<ListTokensResponse> {
        let work = self.0.list(request, |directory, call, message| async move {
            let filter = TokenFilter {
                kind: token::kind(message.kind)?,
                owner: message.owner_id,
            };
            let page = list::page(message.page_size, message.page_token);
            let page = directory
                .list_tokens(&call, &message.organization, filter, page)
                .await?;
            Ok(ListTokensResponse {
                tokens: page.items.into_iter().map(token::to_message).collect(),
                next_page_token: page.next_page_token,
            })
        });
        work.await
    }

    async fn rotate_token(&self, request: Request<RotateTokenRequest>) -> Answer<RotateTokenResponse> {
        let work = self.0.change(request, |directory, call, mut message| async move {
            filled(&message.id, "id")?;
            let organization = std::mem::take(&mut message.organization);
            let rotation = token::rotation(message)?;
            let (token, secret) = directory.rotate_token(&call, &organization, &rotation).await?;
            Ok(RotateTokenResponse {
                token: Some(token::to_message(token)),
                secret: secret.0,
                revision: directory.revision_after(&call, &organization).await?,
            })
        });
        work.await
    }

    async fn delete_token(&self, request: Request<DeleteTokenRequest>) -> Answer<DeleteTokenResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.id, "id")?;
            directory
                .delete_token(&call, &message.organization, &message.id)
                .await?;
            Ok(DeleteTokenResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }

    async fn exchange_token(&self, request: Request<ExchangeTokenRequest>) -> Answer<ExchangeTokenResponse> {
        let work = self.0.answer(request, |directory, call, mut message| async move {
            let organization = std::mem::take(&mut message.organization);
            let asked = access_token::exchange(message)?;
            let made = directory.exchange_token(&call, &organization, &asked).await?;
            Ok(access_token::exchanged(made))
        });
        work.await
    }

    async fn create_sign_in_link(
        &self,
        request: Request<CreateSignInLinkRequest>,
    ) -> Answer<CreateSignInLinkResponse> {
        let token = caller::bearer(request.metadata().as_ref()).map(ToOwned::to_owned);
        let links = self.0.sign_in_links.clone();
        let work = self.0.answer(request, |_, _, _| async move {
            let token = token?;
            Ok(CreateSignInLinkResponse {
                url: links.map(|SignInLinks(link)| link(&token)).unwrap_or_default(),
            })
        });
        work.await
    }

    async fn exchange_assertion(
        &self,
        request: Request<ExchangeAssertionRequest>,
    ) -> Answer<ExchangeAssertionResponse> {
        let work = self.0.answer_anybody(request, |directory, message| async move {
            let made = directory
                .exchange_assertion(
                    &message.client_id,
                    &message.assertion,
                    message.scopes,
                    Intent::of_request(message.validate_only),
                )
                .await?;
            Ok(access_token::asserted(made))
        });
        work.await
    }

    async fn introspect_token(
        &self,
        request: Request<IntrospectTokenRequest>,
    ) -> Answer<IntrospectTokenResponse> {
        let work = self.0.answer(request, |directory, call, message| async move {
            filled(&message.token, "token")?;
            let found = directory
                .introspect_token(&call, &message.organization, &message.token, &message.client_id)
                .await?;
            Ok(access_token::introspected(found))
        });
        work.await
    }

    async fn revoke_token(&self, request: Request<RevokeTokenRequest>) -> Answer<RevokeTokenResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            filled(&message.token, "token")?;
            directory
                .revoke_token(&call, &message.organization, &message.token, &message.client_id)
                .await?;
            Ok(RevokeTokenResponse {
                revision: directory.revision_after(&call, &message.organization).await?,
            })
        });
        work.await
    }
}
