//! The Authorization API 1.0 of AuthZEN, as `docs/authzen.md` maps it to users, permissions, organizations and projects. What a user may do
//! is decided by the core, as for `BatchCheckAccess`.

mod decision;
mod question;

use std::sync::Arc;

use axum::{
    Extension,
    body::{Body, HttpBody as _},
    extract::State,
    response::{IntoResponse as _, Response},
    routing::{MethodRouter, get, post},
};
use bytes::BytesMut;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use identity_proto::v1::BatchCheckAccessRequest;
use serde_json::{Map, Value, json};
use tokio::time::timeout;
use tonic::Code;

use self::{
    decision::{Decision, decide},
    question::{Asked, question},
};
use super::{ApiError, RequestMeta};
use crate::{
    call::Call,
    headers::{self, JSON},
    limits::{
        MAX_DRAINED_BYTES, MAX_EVALUATION_BYTES, MAX_EVALUATIONS, MAX_TRUSTED_BODY_TIME, TOO_SLOW,
        TRUSTED_BODY_BYTES,
    },
    server::Facade,
};

/// The paths of all routes; the first one needs no token.
pub(crate) const PATHS: [&str; 3] = [
    "/.well-known/authzen-configuration",
    "/access/v1/evaluation",
    "/access/v1/evaluations",
];

pub(super) fn routes() -> [(&'static str, MethodRouter<Arc<Facade>>); 3] {
    let [configuration, one, many] = PATHS;
    [
        (configuration, get(self::configuration)),
        (one, post(evaluation)),
        (many, post(evaluations)),
    ]
}

type Object = Map<String, Value>;

/// `GET /.well-known/authzen-configuration`. Searches are not among the endpoints, as they are not offered.
async fn configuration(State(facade): State<Arc<Facade>>) -> Response {
    let at = &facade.options.origin;
    let [_, one, many] = PATHS;
    answer(&json!({
        "policy_decision_point": at,
        "access_evaluation_endpoint": format!("{at}{one}"),
        "access_evaluations_endpoint": format!("{at}{many}"),
    }))
}

/// `POST /access/v1/evaluation`.
async fn evaluation(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let call = call(&facade, request_meta, &headers)?;
    let body = read(&call, &headers, body).await?;
    one(&call, &body).await
}

async fn one(call: &Call, body: &Object) -> Result<Response, ApiError> {
    let asked = question(body, &Object::new()).map_err(invalid)?;
    let decided = decide(call, vec![asked]).await?;
    Ok(answer(&decided.first().map_or(Value::Null, Decision::body)))
}

/// `POST /access/v1/evaluations`.
async fn evaluations(
    State(facade): State<Arc<Facade>>,
    Extension(request_meta): Extension<RequestMeta>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let call = call(&facade, request_meta, &headers)?;
    let body = read(&call, &headers, body).await?;
    let items = match body.get("evaluations") {
        Some(Value::Array(items)) if !items.is_empty() => items,
        None | Some(Value::Array(_)) => return one(&call, &body).await,
        Some(_) => return Err(invalid("evaluations: must be a list")),
    };
    if items.len() > MAX_EVALUATIONS {
        return Err(invalid(format!("evaluations: must be at most {MAX_EVALUATIONS}")));
    }
    for name in ["subject", "action", "resource"] {
        if body.get(name).is_some_and(|common| !common.is_object()) {
            return Err(invalid(format!("{name}: must be an object")));
        }
    }
    let semantic = Semantic::of(&body)?;
    let asked = items.iter().enumerate().map(|(at, item)| {
        let asked = item.as_object().ok_or_else(|| "must be an object".to_owned());
        let asked = asked.and_then(|item| question(item, &body));
        asked.unwrap_or_else(|rule| Asked::Invalid(format!("evaluations[{at}].{rule}")))
    });
    let mut decisions = decide(&call, asked.collect()).await?;
    let last = match semantic {
        Semantic::All => None,
        Semantic::UntilDeny => decisions.iter().position(|decision| !decision.allowed),
        Semantic::UntilPermit => decisions.iter().position(|decision| decision.allowed),
    };
    if let Some(last) = last {
        decisions.truncate(last + 1);
    }
    let decisions: Vec<Value> = decisions.iter().map(Decision::body).collect();
    Ok(answer(&json!({ "evaluations": decisions })))
}

/// The questions of a list that are answered (`evaluations_semantic`).
#[derive(Clone, Copy)]
enum Semantic {
    All,
    UntilDeny,
    UntilPermit,
}

impl Semantic {
    fn of(body: &Object) -> Result<Self, ApiError> {
        let Some(options) = body.get("options") else {
            return Ok(Self::All);
        };
        let options = options
            .as_object()
            .ok_or_else(|| invalid("options: must be an object"))?;
        match options.get("evaluations_semantic").map(Value::as_str) {
            None | Some(Some("execute_all")) => Ok(Self::All),
            Some(Some("deny_on_first_deny")) => Ok(Self::UntilDeny),
            Some(Some("permit_on_first_permit")) => Ok(Self::UntilPermit),
            Some(_) => Err(invalid(
                "options.evaluations_semantic: must be execute_all, deny_on_first_deny or permit_on_first_permit",
            )),
        }
    }
}

fn call(facade: &Facade, request_meta: RequestMeta, headers: &HeaderMap) -> Result<Call, ApiError> {
    let bearer = headers::bearer(headers)
        .map_err(|error| ApiError::new(Code::Unauthenticated, error.detail.clone().into_owned()))?;
    let RequestMeta {
        request_id,
        deadline,
        address,
    } = request_meta;
    Ok(Call::new(facade.core.clone(), bearer, request_id, deadline)
        .of_any_token()
        .at(address))
}

/// Reads the body. A large one is read only when the core knows the caller.
async fn read(call: &Call, headers: &HeaderMap, body: Body) -> Result<Object, ApiError> {
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value.starts_with(b"application/json") && headers::check_body_type(headers).is_ok()
    });
    if !is_json {
        return Err(invalid("content-type: must be application/json"));
    }
    let is_small = body
        .size_hint()
        .upper()
        .is_some_and(|bytes| bytes <= TRUSTED_BODY_BYTES);
    if !is_small {
        let nothing = call.batch_check_access(BatchCheckAccessRequest::default()).await;
        if let Err(status) = nothing
            && matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied)
        {
            return Err(status.into());
        }
    }
    let bytes = timeout(MAX_TRUSTED_BODY_TIME, collect(body));
    let bytes = bytes.await.map_err(|_| ApiError {
        http: StatusCode::REQUEST_TIMEOUT,
        ..ApiError::new(Code::DeadlineExceeded, TOO_SLOW)
    })??;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(invalid("the body must be an object")),
        Err(cause) => Err(invalid(format!("the body is no JSON: {cause}"))),
    }
}

/// Collects the body. The rest of one that is too large is read and dropped, so that the client reads the refusal and not a reset.
async fn collect(mut body: Body) -> Result<BytesMut, ApiError> {
    let (mut bytes, mut length) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| invalid("the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= MAX_EVALUATION_BYTES {
            bytes.extend_from_slice(&data);
        } else if length > MAX_DRAINED_BYTES {
            break;
        }
    }
    if length <= MAX_EVALUATION_BYTES {
        return Ok(bytes);
    }
    Err(ApiError {
        http: StatusCode::PAYLOAD_TOO_LARGE,
        ..ApiError::new(
            Code::ResourceExhausted,
            format!("the body is larger than {MAX_EVALUATION_BYTES} bytes"),
        )
    })
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::InvalidArgument, message)
}

fn answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_paths_is_that_of_the_routes() {
        assert_eq!(routes().map(|(path, _)| path), PATHS);
    }
}
