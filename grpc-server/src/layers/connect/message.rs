//! Messages in the body of a call: the request becomes one of gRPC when the handler reads it, which is after the caller was admitted.

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use identity_core::error::Error;
use identity_proto::json;
use prost_reflect::MessageDescriptor;
use tokio::task::spawn_blocking;
use tonic::{Status, body::Body};

use super::{Codec, Unary};
use crate::{layers::RequestId, status};

/// Bytes of the largest message that is converted in the thread that serves connections.
const MAX_SHORT_BYTES: usize = 64 << 10;
/// Bytes before a message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;
/// The first of them for a message as it is.
const NOT_COMPRESSED: u8 = 0;

/// The body of a request with one message of gRPC.
pub(super) fn request_body(unary: &Unary, body: Body, request_id: RequestId) -> Body {
    let (codec, input) = (unary.codec, unary.method.input());
    let frame = async move {
        let text = body.collect().await?.to_bytes();
        let message = match codec {
            Codec::Proto => text,
            Codec::Json => converted(text.len(), &request_id, move || from_json(input, &text)).await?,
        };
        framed(&message, &request_id).map(Frame::data)
    };
    Body::new(StreamBody::new(stream::once(frame)))
}

/// The message in the body of an answer, in the client's form.
pub(super) async fn answer_body(
    unary: &Unary,
    framed: Bytes,
    request_id: &RequestId,
) -> Result<Bytes, Status> {
    let Some((&[NOT_COMPRESSED, ..], message)) = framed.split_first_chunk::<PREFIX_BYTES>() else {
        return Err(defect("an answer without a message", request_id));
    };
    let message = framed.slice_ref(message);
    if unary.codec == Codec::Proto {
        return Ok(message);
    }
    let output = unary.method.output();
    converted(message.len(), request_id, move || {
        let json = json::to_json(output, &message).map_err(|cause| Error::Internal(cause.into()))?;
        Ok(json.to_string().into())
    })
    .await
}

fn from_json(input: MessageDescriptor, text: &[u8]) -> Result<Bytes, Error> {
    let message = json::from_json(input, text).map_err(|refused| match refused.field.as_str() {
        "" => Error::invalid("message", format!("is no JSON of this method: {}", refused.rule)),
        field => Error::invalid(field, refused.rule),
    })?;
    Ok(message.into())
}

/// Runs a conversion, a long one apart from the threads that serve connections.
async fn converted(
    bytes: usize,
    request_id: &RequestId,
    work: impl FnOnce() -> Result<Bytes, Error> + Send + 'static,
) -> Result<Bytes, Status> {
    let done = if bytes <= MAX_SHORT_BYTES {
        work()
    } else {
        let done = spawn_blocking(work).await;
        done.unwrap_or_else(|cause| Err(Error::Internal(cause.into())))
    };
    done.map_err(|error| status::refuse(&error, request_id.as_str()))
}

fn framed(message: &[u8], request_id: &RequestId) -> Result<Bytes, Status> {
    let length = u32::try_from(message.len()).map_err(|_| defect("a message over 4 GiB", request_id))?;
    let mut framed = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    framed.put_u8(NOT_COMPRESSED);
    framed.put_u32(length);
    framed.put_slice(message);
    Ok(framed.freeze())
}

fn defect(what: &'static str, request_id: &RequestId) -> Status {
    status::refuse(&Error::Internal(what.into()), request_id.as_str())
}
