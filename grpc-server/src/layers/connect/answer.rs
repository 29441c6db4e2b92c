//! Answers in the protocol of Connect: the message alone, or an error as JSON with a status of HTTP.

use std::{sync::LazyLock, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use identity_proto::{
    connect::{code_name, http_status},
    json,
};
use prost::Message as _;
use prost_reflect::DescriptorPool;
use serde_json::{Value, json};
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt as _;

use super::{ACCEPTED, Codec, Form, Unary, message};
use crate::layers::RequestId;

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROTO: HeaderValue = HeaderValue::from_static("application/proto");
/// Begin of the names that trailers of gRPC have among the headers.
const TRAILER: &str = "trailer-";
/// Begin of the names of headers that are gRPC's own.
const GRPC: &str = "grpc-";

/// The types of the details of errors.
static DETAILS: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(tonic_types::pb::FILE_DESCRIPTOR_SET).unwrap_or_default());

impl Form {
    /// Gives the answer the form of the call.
    pub(in crate::layers) async fn answer(
        &self,
        answer: Result<Response<Body>, Status>,
        request_id: &RequestId,
    ) -> Response<Body> {
        let answer = match (self, answer) {
            (Self::Grpc, answer) => return answer.unwrap_or_else(Status::into_http),
            (Self::Unary(unary), Ok(response)) => unary.answer(response, request_id).await,
            (_, answer) => answer,
        };
        let mut response = answer.unwrap_or_else(|status| match self {
            Self::Refused(http, _) => refusal(*http, &status),
            Self::Grpc | Self::Unary(_) => refusal(http_status(status.code()), &status),
        });
        harden(response.headers_mut());
        response
    }
}

impl Unary {
    async fn answer(
        &self,
        response: Response<Body>,
        request_id: &RequestId,
    ) -> Result<Response<Body>, Status> {
        let (mut head, body) = response.into_parts();
        let body = body.collect().await?;
        let trailers = body.trailers().cloned().unwrap_or_default();
        if let Some(status) = Status::from_header_map(&trailers).filter(|it| it.code() != Code::Ok) {
            return Err(status);
        }
        let message = message::answer_body(self, body.to_bytes(), request_id).await?;
        remove_grpc(&mut head.headers);
        for (name, value) in &trailers {
            if let Ok(name) = HeaderName::try_from(format!("{TRAILER}{name}"))
                && !name.as_str()[TRAILER.len()..].starts_with(GRPC)
            {
                head.headers.append(name, value.clone());
            }
        }
        let content_type = match self.codec {
            Codec::Json => JSON,
            Codec::Proto => PROTO,
        };
        head.headers.insert(header::CONTENT_TYPE, content_type);
        Ok(Response::from_parts(head, Body::new(Full::new(message))))
    }
}

/// Answers hold data of one client, and are no documents.
fn harden(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}

fn remove_grpc(headers: &mut HeaderMap) {
    let own = headers.keys().filter(|name| name.as_str().starts_with(GRPC));
    for name in own.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
    headers.remove(header::CONTENT_LENGTH);
}

/// An error: always JSON, whatever the form of the messages.
fn refusal(http: StatusCode, status: &Status) -> Response<Body> {
    let mut body = json!({ "code": code_name(status.code()), "message": status.message() });
    let details = details(status);
    if !details.is_empty() {
        body["details"] = details.into();
    }
    let mut response = Response::new(Body::new(Full::new(body.to_string().into())));
    *response.status_mut() = http;
    let headers = response.headers_mut();
    *headers = status.metadata().clone().into_headers();
    remove_grpc(headers);
    headers.insert(header::CONTENT_TYPE, JSON);
    match http {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            headers.insert(ACCEPT_POST, ACCEPTED);
        }
        _ => {}
    }
    if let Some(wait) = status.get_details_retry_info().and_then(|info| info.retry_delay) {
        headers.insert(header::RETRY_AFTER, whole_seconds(wait).into());
    }
    response
}

/// Rounded up: who comes earlier is refused again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The details of a status, each with its type, its bytes, and for people what they say.
fn details(status: &Status) -> Vec<Value> {
    let encoded = tonic_types::pb::Status::decode(status.details()).unwrap_or_default();
    let detail = |any: prost_types::Any| {
        let name = any.type_url.rsplit('/').next().unwrap_or_default();
        let mut detail = json!({ "type": name, "value": STANDARD_NO_PAD.encode(&any.value) });
        let descriptor = DETAILS.get_message_by_name(name);
        if let Some(debug) = descriptor.and_then(|it| json::to_json(it, &any.value).ok()) {
            detail["debug"] = debug;
        }
        detail
    };
    encoded.details.into_iter().map(detail).collect()
}
