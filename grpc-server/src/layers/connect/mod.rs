//! Calls in the unary protocol of Connect: one JSON message over HTTP/1.1 or HTTP/2. The call becomes one of gRPC before the layers look at
//! it, its message after they have admitted it, and the answer JSON again when they are done, so that there is one way to each RPC.

mod answer;
mod message;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header, request::Parts};
use identity_core::error::Error;
use identity_proto::json::descriptors;
use prost_reflect::MethodDescriptor;
use tonic::{Status, body::Body};

use super::RequestId;
use crate::{Peer, status};

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("connect-protocol-version");
const TIMEOUT: HeaderName = HeaderName::from_static("connect-timeout-ms");
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// Digits of a timeout that the protocol allows.
const MAX_TIMEOUT_DIGITS: usize = 10;
/// Headers of gRPC alone, which would change how the message is read.
const GRPC_ENCODINGS: [&str; 2] = ["grpc-encoding", "grpc-accept-encoding"];
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
/// The type that `curl -d '{}'` names by itself. No page of another origin can use it, as each call has its token in a header.
const CURL: &str = "application/x-www-form-urlencoded";
/// The types that a request may have.
const ACCEPTED: HeaderValue =
    HeaderValue::from_static("application/json, application/proto, application/grpc");

/// The protocol of a call.
pub(super) enum Form {
    /// gRPC, or what only gRPC knows how to refuse.
    Grpc,
    /// Connect.
    Unary(Unary),
    /// A call that is none of either, with the HTTP status of its refusal.
    Refused(StatusCode, Status),
}

/// A call in the protocol of Connect.
#[derive(Clone)]
pub(super) struct Unary {
    method: MethodDescriptor,
    codec: Codec,
}

/// The form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Json,
    Proto,
}

impl Form {
    /// Finds out the protocol of a call, and makes its head one of gRPC.
    pub(super) fn of(parts: &mut Parts) -> Self {
        let media_type = media_type(&parts.headers);
        // A call in this process has no version.
        let is_socket = parts.extensions.get::<Peer>().is_some();
        let codec = match media_type {
            Some(MediaType::Grpc) if is_socket && parts.version < Version::HTTP_2 => {
                let rule = "must be application/json over HTTP/1.1, as gRPC needs HTTP/2";
                return Self::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", rule);
            }
            Some(MediaType::Grpc) => return Self::Grpc,
            _ if parts.method != Method::POST => {
                return Self::refused(StatusCode::METHOD_NOT_ALLOWED, "method", "must be POST");
            }
            Some(MediaType::Unary(codec)) => codec,
            None => {
                let rule = "must be application/json or application/proto in UTF-8, or that of gRPC";
                return Self::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", rule);
            }
        };
        let Some(method) = method(parts.uri.path()) else {
            let message = "there is no such method";
            return Self::Refused(StatusCode::NOT_FOUND, Status::unimplemented(message));
        };
        if method.is_server_streaming() || method.is_client_streaming() {
            let message = format!("{} is a stream, which gRPC alone has", method.name());
            return Self::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, Status::unimplemented(message));
        }
        match translate(&mut parts.headers) {
            Ok(()) => Self::Unary(Unary { method, codec }),
            Err(refused) => refused,
        }
    }

    fn refused(status: StatusCode, field: &str, rule: &str) -> Self {
        Self::Refused(status, status::refuse(&Error::invalid(field, rule), ""))
    }

    /// Refuses a call that is none.
    pub(super) fn check(&self) -> Result<(), Status> {
        match self {
            Self::Refused(_, status) => Err(status.clone()),
            Self::Grpc | Self::Unary(_) => Ok(()),
        }
    }

    /// Tells whether the body announces the length of its message, as that of gRPC does.
    pub(super) fn has_prefix(&self) -> bool {
        matches!(self, Self::Grpc)
    }

    /// The body as gRPC has it.
    pub(super) fn body(&self, body: Body, request_id: &RequestId) -> Body {
        match self {
            Self::Unary(unary) => message::request_body(unary, body, request_id.clone()),
            Self::Grpc | Self::Refused(..) => body,
        }
    }
}

/// The protocol that a media type stands for.
enum MediaType {
    Grpc,
    Unary(Codec),
}

/// Returns the protocol of a request; `None`: it is none that is spoken here.
fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let text = headers
        .get(header::CONTENT_TYPE)?
        .to_str()
        .ok()?
        .to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?;
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some(("charset", charset)) => charset.trim_matches('"') == "utf-8",
        _ => true,
    };
    match name {
        _ if name.starts_with("application/grpc") => Some(MediaType::Grpc),
        "application/json" | CURL if parts.all(is_utf8) => Some(MediaType::Unary(Codec::Json)),
        "application/proto" => Some(MediaType::Unary(Codec::Proto)),
        _ => None,
    }
}

fn method(path: &str) -> Option<MethodDescriptor> {
    let (service, name) = path.strip_prefix('/')?.split_once('/')?;
    let service = descriptors().get_service_by_name(service)?;
    service.methods().find(|method| method.name() == name)
}

/// Makes the headers those of gRPC.
fn translate(headers: &mut HeaderMap) -> Result<(), Form> {
    let bad = |field: &HeaderName, rule| Form::refused(StatusCode::BAD_REQUEST, field.as_str(), rule);
    if headers
        .get(PROTOCOL_VERSION)
        .is_some_and(|version| version != "1")
    {
        return Err(bad(&PROTOCOL_VERSION, "must be 1"));
    }
    let is_coded = |coding: &HeaderValue| !coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get(header::CONTENT_ENCODING).is_some_and(is_coded) {
        let rule = "must be identity: compressed bodies are not supported";
        return Err(Form::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-encoding",
            rule,
        ));
    }
    headers.remove(GRPC_TIMEOUT);
    if let Some(timeout) = headers.remove(TIMEOUT) {
        let timeout = grpc_timeout(&timeout);
        let timeout = timeout.ok_or_else(|| bad(&TIMEOUT, "must be a number of at most 10 digits"))?;
        headers.insert(GRPC_TIMEOUT, timeout);
    }
    for name in GRPC_ENCODINGS {
        headers.remove(name);
    }
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, GRPC);
    Ok(())
}

/// Converts milliseconds to gRPC's form, which has fewer digits: so long a time is one of whole seconds.
fn grpc_timeout(milliseconds: &HeaderValue) -> Option<HeaderValue> {
    let text = milliseconds.to_str().ok()?;
    let is_number =
        (1..=MAX_TIMEOUT_DIGITS).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    let milliseconds: u64 = is_number.then(|| text.parse().ok())??;
    let timeout = match milliseconds {
        0..100_000_000 => format!("{milliseconds}m"),
        _ => format!("{}S", milliseconds / 1_000),
    };
    HeaderValue::try_from(timeout).ok()
}

#[cfg(test)]
mod tests;
