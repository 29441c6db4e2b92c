//! `SigningKeyService`.

use identity_proto::v1::{
    GetKeySetRequest, GetKeySetResponse, ListSigningKeysRequest, ListSigningKeysResponse,
    RotateSigningKeyRequest, RotateSigningKeyResponse, signing_key_service_server::SigningKeyService,
};
use tonic::Request;

use super::{Answer, Handler};
use crate::convert::signing_key;

pub(super) struct SigningKeys(pub(super) Handler);

#[tonic::async_trait]
impl SigningKeyService for SigningKeys {
    async fn get_key_set(&self, request: Request<GetKeySetRequest>) -> Answer<GetKeySetResponse> {
        let work = self.0.answer_anybody(request, |directory, _| async move {
            let (issuer, key_set) = directory.key_set().await?;
            Ok(GetKeySetResponse {
                issuer,
                key_set: key_set.to_string(),
            })
        });
        work.await
    }

    async fn list_signing_keys(
        &self,
        request: Request<ListSigningKeysRequest>,
    ) -> Answer<ListSigningKeysResponse> {
        let work = self.0.answer(request, |directory, call, _| async move {
            let keys = directory.list_signing_keys(&call).await?;
            Ok(ListSigningKeysResponse {
                signing_keys: keys.into_iter().map(signing_key::to_message).collect(),
                next_page_token: String::new(),
            })
        });
        work.await
    }

    async fn rotate_signing_key(
        &self,
        request: Request<RotateSigningKeyRequest>,
    ) -> Answer<RotateSigningKeyResponse> {
        let work = self.0.change(request, |directory, call, message| async move {
            let algorithm = signing_key::algorithm(&message.algorithm)?;
            let replacement = signing_key::replacement(message.compromised);
            let key = directory
                .rotate_signing_key(&call, algorithm, replacement)
                .await?;
            Ok(RotateSigningKeyResponse {
                signing_key: Some(signing_key::to_message(key)),
            })
        });
        work.await
    }
}
