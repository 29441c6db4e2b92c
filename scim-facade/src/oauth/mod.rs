//! OAuth 2 over HTTP: the token endpoint and what belongs to it. Like SCIM, it only translates: every decision is the core's.

mod client;
mod endpoints;
mod error;
mod form;
mod metadata;

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::time::{Instant, timeout};

use self::error::OAuthError;
use crate::{
    address,
    outer_layer::{GRACE, NO_STORE, NOSNIFF, log_refusal, method_label},
    provisioning_log::{Notes, Request as Recorded},
    server::Facade,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The path of the token endpoint.
const TOKEN: &str = "/oauth2/token";

fn routes() -> Vec<(&'static str, MethodRouter<Arc<Facade>>)> {
    vec![
        ("/.well-known/jwks.json", get(metadata::key_set)),
        ("/.well-known/oauth-authorization-server", get(metadata::server)),
        ("/oauth2/token", post(endpoints::token)),
        ("/oauth2/introspect", post(endpoints::introspect)),
        ("/oauth2/revoke", post(endpoints::revoke)),
    ]
}

/// The paths of all routes; the first two need no token.
pub(crate) const PATHS: [&str; 5] = [
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
];

/// Tells whether an endpoint answers well only to callers who authenticate.
pub(crate) fn needs_token(path: &str) -> bool {
    PATHS[2..].contains(&path)
}

/// The routes with their own outer layer, as nothing here is answered in SCIM's form.
pub(crate) fn router(facade: &Arc<Facade>) -> Router {
    let router = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods.fallback(method_not_allowed))
        });
    router
        .layer(middleware::from_fn_with_state(Arc::clone(facade), outer_layer))
        .with_state(Arc::clone(facade))
}

/// Decisions about a request that were made when it came in.
#[derive(Clone, Debug)]
struct RequestMeta {
    request_id: HeaderValue,
    deadline: Instant,
    /// Where the client is; `None`: the listener did not say.
    address: Option<HeaderValue>,
    /// Whom the record of the request belongs to, once that is known: the secret that the client presented, or what it got.
    credential: Arc<OnceLock<HeaderValue>>,
}

/// Gives a request its id and deadline, and its answer the headers that RFC 6749, section 5.1, asks for. Logs hold no body.
async fn outer_layer(State(facade): State<Arc<Facade>>, mut request: Request, next: Next) -> Response {
    let request_id = facade.request_id(request.headers());
    let started = Instant::now();
    let credential = Arc::new(OnceLock::new());
    let proxies = &facade.options.trusted_proxies;
    let address = address::of_client(request.headers(), request.extensions(), proxies);
    request.extensions_mut().insert(RequestMeta {
        request_id: request_id.clone(),
        deadline: started + facade.options.timeout,
        address: address.clone(),
        credential: Arc::clone(&credential),
    });
    let client = Recorded::client(request.headers());
    let method = method_label(request.method());
    let endpoint = PATHS
        .into_iter()
        .find(|path| *path == request.uri().path())
        .unwrap_or("none");
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match timeout(facade.options.timeout + GRACE, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_panic)) => {
            tracing::error!(endpoint, "a handler panicked");
            OAuthError::server().into_response()
        }
        Err(_) => {
            let why = "the answer took too long, try again";
            OAuthError::later(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    };
    response.headers_mut().insert(REQUEST_ID, request_id.clone());
    log_refusal(method, endpoint, address.as_ref(), None, &response);
    if let Some(bearer) = credential.get().filter(|_| endpoint == TOKEN) {
        let recorded = Recorded {
            bearer: bearer.clone(),
            id: request_id,
            client,
            method,
            endpoint,
            begun: started,
        };
        facade.log.add(recorded, &Notes::default(), &response);
    }
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    let status = response.status().as_str().to_owned();
    metrics::counter!("roster_oauth_requests_total", "endpoint" => endpoint, "status" => status).increment(1);
    response
}

async fn method_not_allowed() -> Response {
    OAuthError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request",
        "the method is not allowed here",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_paths_is_that_of_the_routes() {
        let routed: Vec<_> = routes().into_iter().map(|(path, _)| path).collect();
        assert_eq!(routed, PATHS);
    }
}
