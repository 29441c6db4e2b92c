//! Request bodies: bounded, JSON, an object.

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;

use crate::{
    error::{Result, ScimError, ScimType},
    headers,
    limits::{LARGE_BODY_BYTES, MAX_BODY_BYTES, MAX_DRAIN_TIME, MAX_DRAINED_BYTES},
};

/// Reads the body of a request. Before a large one is read any further, `room` is waited for.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    room: impl AsyncFnOnce() -> Result<()>,
) -> Result<Bytes> {
    headers::check_body_type(headers)?;
    let mut room = Some(room);
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_large(body).await);
    }
    let mut first = Bytes::new();
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ScimError::new(ScimType::InvalidSyntax, "the body ended early"))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + read.len() + data.len() > MAX_BODY_BYTES {
            return Err(too_large(body).await);
        }
        if first.len() + read.len() + data.len() > LARGE_BODY_BYTES
            && let Some(room) = room.take()
        {
            room().await?;
        }
        if first.is_empty() && read.is_empty() {
            first = data;
        } else {
            read.extend_from_slice(&std::mem::take(&mut first));
            read.extend_from_slice(&data);
        }
    }
    Ok(if read.is_empty() { first } else { read.freeze() })
}

/// Clients that write the whole body before they read would see a reset connection instead of the answer, so a bounded
/// rest is read and dropped.
async fn too_large(mut body: Body) -> ScimError {
    let drain = async {
        let mut dropped = 0;
        while let Some(Ok(frame)) = body.frame().await {
            dropped += frame.data_ref().map_or(0, Bytes::len);
            if dropped > MAX_DRAINED_BYTES {
                break;
            }
        }
    };
    // Whether the rest came in time does not matter: the answer is the same.
    let _ = tokio::time::timeout(MAX_DRAIN_TIME, drain).await;
    ScimError::plain(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body is larger than {MAX_BODY_BYTES} bytes"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::json;

    async fn read(body: impl Into<Body>) -> Result<Map<String, Value>> {
        let bytes = super::read(&HeaderMap::new(), body.into(), async || Ok(())).await?;
        json::read_object(&bytes)
    }

    #[tokio::test]
    async fn what_is_no_json_object_is_invalid_syntax() {
        let deep = "[".repeat(100_000);
        for sent in [
            "",
            "[]",
            "\"x\"",
            "{\"a\":",
            "{\"a\":\"\\ud800\"}",
            "nul",
            deep.as_str(),
        ] {
            let error = read(sent.to_owned()).await.unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidSyntax));
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_413() {
        let error = read(vec![b' '; MAX_BODY_BYTES + 1]).await.unwrap_err();
        assert_eq!(error.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn room_is_waited_for_before_a_large_body_is_read_to_its_end() {
        let full = || ScimError::plain(StatusCode::SERVICE_UNAVAILABLE, "full");
        for (size, is_large) in [(LARGE_BODY_BYTES, false), (LARGE_BODY_BYTES + 1, true)] {
            let read = super::read(&HeaderMap::new(), vec![b' '; size].into(), async || Err(full())).await;
            assert_eq!(read.is_err(), is_large);
        }
    }

    #[tokio::test]
    async fn a_body_in_chunks_is_put_together() {
        let chunks = ["{\"a\"", ":[1", ",2]}"].map(Ok::<_, std::io::Error>);
        let object = read(Body::from_stream(futures::stream::iter(chunks)))
            .await
            .unwrap();
        assert_eq!(object["a"][1], 2);
    }
}
