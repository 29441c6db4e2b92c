//! The APIs in JSON beside SCIM: the core's own under `/api`, which is passed on to it, and access checks as AuthZEN asks them.

pub(crate) mod authzen;
mod proxy;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use identity_proto::connect::{code_name, http_status};
use serde_json::json;
use tokio::time::{Instant, timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    address,
    client::CoreService,
    headers::JSON,
    outer_layer::{GRACE, NO_STORE, NOSNIFF, log_refusal, method_label},
    server::Facade,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Begin of the paths of the core's API.
const API: &str = "/api/";
/// The same as it stands in the log.
const API_ROUTE: &str = "/api/{service}/{method}";

/// Tells whether an endpoint of the facade itself answers well only to callers who authenticate.
pub(crate) fn needs_token(path: &str) -> bool {
    authzen::PATHS[1..].contains(&path)
}

/// The routes with their own outer layer, as nothing here is answered in SCIM's form.
pub(crate) fn router(facade: &Arc<Facade>, core: CoreService) -> Router {
    let api = Router::new()
        .route(API_ROUTE, any(proxy::pass_on))
        .with_state(core);
    let checks = authzen::routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods.fallback(method_not_allowed))
        });
    api.merge(checks.with_state(Arc::clone(facade)))
        .layer(middleware::from_fn_with_state(Arc::clone(facade), outer_layer))
}

/// Decisions about a request that were made when it came in.
#[derive(Clone, Debug)]
struct RequestMeta {
    request_id: HeaderValue,
    deadline: Instant,
    /// Where the client is; `None`: the listener did not say.
    address: Option<HeaderValue>,
}

/// Gives a request its id and deadline. Logs hold no body.
async fn outer_layer(State(facade): State<Arc<Facade>>, mut request: Request, next: Next) -> Response {
    let request_id = facade.request_id(request.headers());
    let proxies = &facade.options.trusted_proxies;
    let address = address::of_client(request.headers(), request.extensions(), proxies);
    request.extensions_mut().insert(RequestMeta {
        request_id: request_id.clone(),
        deadline: Instant::now() + facade.options.timeout,
        address: address.clone(),
    });
    let method = method_label(request.method());
    let endpoint = match request.uri().path() {
        path if path.starts_with(API) => API_ROUTE,
        path => authzen::PATHS
            .into_iter()
            .find(|known| *known == path)
            .unwrap_or("none"),
    };
    let answer = timeout(facade.options.timeout + GRACE, next.run(request)).await;
    let mut response = answer.unwrap_or_else(|_| {
        ApiError::new(Code::Unavailable, "the answer took too long, try again").into_response()
    });
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id);
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    log_refusal(method, endpoint, address.as_ref(), None, &response);
    response
}

async fn method_not_allowed() -> ApiError {
    ApiError {
        http: StatusCode::METHOD_NOT_ALLOWED,
        ..ApiError::new(Code::InvalidArgument, "the method is not allowed here")
    }
}

/// A refusal by the facade itself, in the form of those that the core makes.
#[derive(Debug)]
struct ApiError {
    http: StatusCode,
    code: Code,
    message: String,
}

impl ApiError {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            http: http_status(code),
            code,
            message: message.into(),
        }
    }
}

impl From<Status> for ApiError {
    fn from(status: Status) -> Self {
        // Whatever the core refuses has a reason.
        if status.get_error_details().error_info().is_none() {
            tracing::warn!(code = ?status.code(), "the core did not answer");
            return Self::new(Code::Unavailable, "the service is not available, try again");
        }
        Self::new(status.code(), status.message())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "code": code_name(self.code), "message": self.message });
        let mut response = (self.http, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        if self.http == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
