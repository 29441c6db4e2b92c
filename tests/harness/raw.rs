//! Calls of any method by its name, with a message as bytes.

use bytes::{Buf, BufMut, Bytes};
use tonic::{
    Request, Status,
    client::Grpc as Client,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use super::Grpc;

/// Calls `Service/Method` of `roster.identity.v1` with this message, encoded or not worth the name.
pub(crate) async fn call(grpc: &Grpc, method: &str, message: impl Into<Bytes>) -> Result<Bytes, Status> {
    let path = format!("/roster.identity.v1.{method}");
    call_path(grpc, &path, message).await
}

/// Calls a method by its whole path.
pub(crate) async fn call_path(grpc: &Grpc, path: &str, message: impl Into<Bytes>) -> Result<Bytes, Status> {
    let mut client = Client::new(grpc.line());
    client.ready().await.expect("a connection");
    let path: PathAndQuery = path.parse().expect("a path");
    // As if every method streamed its answers: the first one is enough, and of the others it is the only one.
    let answers = client
        .server_streaming(Request::new(message.into()), path, Raw)
        .await?;
    let first = answers.into_inner().message().await?;
    // A stream may end without any.
    Ok(first.unwrap_or_default())
}

/// Leaves bytes as they are.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}
