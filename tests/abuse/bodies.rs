//! Bodies of strangers: slow ones, large ones, many at a time.

use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures::future::join_all;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{body::Frame, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::Target;
use crate::harness::everywhere;

everywhere!(
    large_messages_without_a_token_are_not_kept,
    large_scim_bodies_without_a_token_are_not_kept,
    slow_bodies_end,
);

/// Requests at a time, and what each of them announces.
const STREAMS: usize = 40;
const ANNOUNCED: usize = 15 << 20;
const PIECE: usize = 64 << 10;
/// Time for which an attack holds what it got.
const HELD: Duration = Duration::from_secs(3);

async fn large_messages_without_a_token_are_not_kept(target: Target) {
    let url = format!(
        "{}/roster.identity.v1.UserService/ListUsers",
        target.endpoints().grpc
    );
    let mut prefix = BytesMut::new();
    prefix.put_u8(0);
    prefix.put_u32(u32::try_from(ANNOUNCED).expect("a length"));
    target
        .endures(flood(&url, "application/grpc", prefix.freeze()))
        .await;
}

async fn large_scim_bodies_without_a_token_are_not_kept(target: Target) {
    let url = format!("{}/scim/v2/Users", target.endpoints().scim);
    target
        .endures(flood(
            &url,
            "application/scim+json",
            Bytes::from_static(b"{\"x\":\""),
        ))
        .await;
}

/// Sends requests on one connection, each with a body that never ends but is announced to be large; sends all that the server takes.
async fn flood(url: &str, content_type: &str, beginning: Bytes) {
    let uri: http::Uri = url.parse().expect("a URL");
    let stream = TcpStream::connect(uri.authority().expect("a host").as_str())
        .await
        .expect("connect");
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (sender, connection) = handshake.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    let requests = (0..STREAMS).map(|_| {
        let first = std::iter::once(beginning.clone());
        let more = std::iter::repeat_n(Bytes::from(vec![b'x'; PIECE]), ANNOUNCED / PIECE - 1);
        let frames = first
            .chain(more)
            .map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
        let body = StreamBody::new(futures::StreamExt::chain(
            futures::stream::iter(frames),
            futures::stream::pending(),
        ));
        let request = http::Request::post(&uri)
            .header("content-type", content_type)
            .header("authorization", "Bearer none")
            .body(body)
            .expect("a request");
        let mut sender = sender.clone();
        async move {
            // The server may answer at once, which ends it as well.
            let answer = sender.send_request(request).await;
            if let Ok(answer) = answer {
                let _ = answer.into_body().collect().await;
            }
        }
    });
    let _ = timeout(HELD, join_all(requests)).await;
    sleep(HELD).await;
    connection.abort();
}

/// A slow body ends in time, whatever it is for.
async fn slow_bodies_end(target: Target) {
    let address = target.endpoints().scim.replace("http://", "");
    let slow = |path: &'static str, content_type: &'static str| {
        let address = address.clone();
        async move {
            let mut stream = TcpStream::connect(&address).await.expect("connect");
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer none\r\n\
                 Content-Type: {content_type}\r\nContent-Length: 10000\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.expect("a head");
            let begun = Instant::now();
            let mut answer = Vec::new();
            loop {
                tokio::select! {
                    read = stream.read_buf(&mut answer) => match read {
                        Ok(1..) if !answer.ends_with(b"}") => {}
                        _ => break,
                    },
                    () = sleep(Duration::from_millis(500)) => {
                        let _ = stream.write_all(b"x").await;
                    }
                }
            }
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{path}: {:?}",
                begun.elapsed()
            );
            // Some look at the token first.
            let is_refused = ["401", "408"]
                .iter()
                .any(|status| answer.starts_with(&format!("HTTP/1.1 {status}")));
            assert!(is_refused, "{path}: {answer}");
        }
    };
    let form = "application/x-www-form-urlencoded";
    let attack = async {
        let oauth = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"].map(|path| slow(path, form));
        let scim = ["/scim/v2/Users", "/scim/v2/Bulk"].map(|path| slow(path, "application/scim+json"));
        tokio::join!(join_all(oauth), join_all(scim));
    };
    target.endures(attack).await;
}
