//! The layer around all routes: a request id, a time limit, and SCIM's form for whatever goes wrong.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{
    address,
    base::Mount,
    error::{CallerIds, LoggedRefusal, ScimError},
    headers::{self, SCIM_JSON},
    meters::Labels,
    provisioning_log::{Notes, Request as Recorded},
    router,
    scim_request::RequestMeta,
    server::Facade,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers hold data of one client, and are no documents.
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// See [`NO_STORE`].
pub(crate) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The core is told the deadline and answers at it; this much later the facade answers for it.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// Runs one request. Logs hold its id, route and status; never a body, a token or a name.
pub(crate) async fn outer_layer(
    State(facade): State<Arc<Facade>>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let request_id = facade.request_id(request.headers());
    let answer_type = headers::answer_type(request.headers());
    let method = method_label(request.method());
    let endpoint = endpoint_label(&request);
    let notes = Notes::default();
    let bearer = headers::bearer(request.headers());
    let recorded = bearer.as_ref().ok().filter(|_| endpoint != router::ME);
    let recorded = recorded.map(|bearer| Recorded {
        bearer: bearer.clone(),
        id: request_id.clone(),
        client: Recorded::client(request.headers()),
        method,
        endpoint,
        begun: started,
    });
    let request_meta = RequestMeta {
        bearer,
        recorded: recorded.clone(),
        notes: notes.clone(),
        request_id: request_id.clone(),
        deadline: started + facade.options.timeout,
        mount: Mount::of(request.uri().path()),
        address: address::of_client(
            request.headers(),
            request.extensions(),
            &facade.options.trusted_proxies,
        ),
    };
    let address = request_meta.address.clone();
    request.extensions_mut().insert(request_meta);
    let span = tracing::debug_span!("scim", method, endpoint, request_id = ?request_id);
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    let run = tokio::time::timeout(facade.options.timeout + GRACE, run).instrument(span);
    let mut response = match run.await {
        Ok(Ok(response)) => in_scim_form(response),
        Ok(Err(panic)) => panicked(panic.as_ref()),
        Err(_) => timed_out(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if headers.get(header::CONTENT_TYPE) == Some(&SCIM_JSON) {
        headers.insert(header::CONTENT_TYPE, answer_type);
    }
    headers.insert(REQUEST_ID, request_id);
    facade
        .meters
        .count(Labels { endpoint, method }, response.status(), started.elapsed());
    let caller = notes.caller();
    log_refusal(method, endpoint, address.as_ref(), caller.as_deref(), &response);
    if let Some(recorded) = recorded {
        facade.log.add(recorded, &notes, &response);
    }
    response
}

/// RFC 7644, section 3.12, holds for what the framework refuses too: unknown methods, paths that are no UTF-8.
fn in_scim_form(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.headers().get(header::CONTENT_TYPE) == Some(&SCIM_JSON) {
        return response;
    }
    let detail = status
        .canonical_reason()
        .unwrap_or("refused")
        .to_ascii_lowercase();
    let mut scim = ScimError::plain(status, detail).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        scim.headers_mut().insert(header::ALLOW, allow.clone());
    }
    scim
}

/// A 5xx is a defect, except that a service that is not available is an outage; a 4xx is the client's fault. Who fails to authenticate
/// more often than is allowed does not fill the log.
pub(crate) fn log_refusal(
    method: &str,
    endpoint: &str,
    address: Option<&HeaderValue>,
    caller: Option<&CallerIds>,
    response: &Response,
) {
    let status = response.status();
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
    let request_id = response.headers().get(REQUEST_ID).and_then(text);
    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
        let (address, status) = (address.and_then(text), status.as_u16());
        let refusal = response.extensions().get::<LoggedRefusal>();
        let (scim_type, reason) = refusal.map_or((None, None), |it| (it.scim_type, it.reason_name()));
        let caller = refusal.and_then(|it| it.caller.as_deref()).or(caller);
        let organization = caller.map(|it| it.organization.as_str());
        let connection = caller.map(|it| it.connection.as_str());
        tracing::info!(
            method,
            endpoint,
            request_id,
            address,
            organization,
            connection,
            status,
            scim_type,
            reason,
            "refused"
        );
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(method, endpoint, request_id, "the service was not available");
    } else if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
        tracing::error!(
            method,
            endpoint,
            request_id,
            status = status.as_u16(),
            "a request failed"
        );
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let message = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
    ScimError::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
}

fn timed_out() -> Response {
    let detail = "the answer took too long, try again";
    ScimError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 1).into_response()
}

pub(crate) fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

fn endpoint_label(request: &Request) -> &'static str {
    let matched = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let mounted = Mount::ALL
        .into_iter()
        .find_map(|mount| matched.strip_prefix(mount.path()));
    mounted.and_then(router::known_path).unwrap_or("none")
}

/// The answer for a method that a route does not have; axum adds `Allow`.
pub(crate) async fn method_not_allowed() -> Response {
    ScimError::plain(
        StatusCode::METHOD_NOT_ALLOWED,
        "the method is not allowed here, see the header Allow",
    )
    .into_response()
}

/// The answer for a path that is no route.
pub(crate) async fn not_found() -> Response {
    ScimError::plain(StatusCode::NOT_FOUND, "there is no such endpoint").into_response()
}
