//! Public metadata: the keys, and the addresses of the endpoints.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, header};
use identity_proto::v1::GetKeySetResponse;
use serde_json::json;

use super::{RequestMeta, error::Result};
use crate::{call::Call, headers::JSON, server::Facade};

/// How long others may keep it: shorter than a new key is published before it signs.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /.well-known/jwks.json`. RFC 7517, section 5.
pub(super) async fn key_set(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
) -> Result<Response> {
    Ok(answer(known(&facade, &request_meta).await?.key_set))
}

/// `GET /.well-known/oauth-authorization-server`. RFC 8414, section 3.
pub(super) async fn server(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
) -> Result<Response> {
    let issuer = known(&facade, &request_meta).await?.issuer;
    let at = &facade.options.origin;
    let by_secret = ["client_secret_basic", "client_secret_post"];
    let body = json!({
        "issuer": issuer,
        "jwks_uri": format!("{at}/.well-known/jwks.json"),
        "token_endpoint": format!("{at}/oauth2/token"),
        "token_endpoint_auth_methods_supported": [by_secret[0], by_secret[1], "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
        "grant_types_supported": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "response_types_supported": [],
        "introspection_endpoint": format!("{at}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": by_secret,
        "revocation_endpoint": format!("{at}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": by_secret,
    });
    Ok(answer(body.to_string()))
}

/// Asks the core for the keys and the issuer, which need no token: the call carries one that does not exist.
async fn known(facade: &Facade, request_meta: &RequestMeta) -> Result<GetKeySetResponse> {
    let call = Call::new(
        facade.core.clone(),
        HeaderValue::from_static("Bearer none"),
        request_meta.request_id.clone(),
        request_meta.deadline,
    )
    .at(request_meta.address.clone());
    Ok(call.key_set().await?)
}

fn answer(body: String) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, KEPT);
    response
}
