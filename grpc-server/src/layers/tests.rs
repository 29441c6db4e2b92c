//! The layers round services that stand for the real ones.

use std::{future, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use identity_core::{
    caller::Caller,
    error::Result,
    platform::{Platform, Timestamp},
};
use identity_proto::v1::GetUserRequest;
use tonic::{Code, Status, body::Body};
use tonic_types::StatusExt as _;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::{Authenticate, Layers, Options, READ_TIMEOUT, RequestId};

/// Bytes of the largest message.
const MAX_MESSAGE_BYTES: usize = 100;

const PATH: &str = "/roster.identity.v1.UserService/GetUser";

struct Still;

impl Platform for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000_000)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// Takes everybody for root.
pub(crate) struct Everybody;

#[tonic::async_trait]
impl Authenticate for Everybody {
    async fn authenticate(&self, _: &HeaderMap) -> Result<Caller> {
        Ok(Caller::Root)
    }
}

fn request(headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::builder()
        .uri(PATH)
        .header("content-type", "application/grpc");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

/// Runs a handler behind the layers, and returns the answer that a client gets.
async fn pass<F>(headers: &[(&str, &str)], handler: fn(Request<Body>) -> F) -> Response<Body>
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    pass_with(headers, Body::empty(), handler).await
}

/// The same for a request with a body.
async fn pass_with<F>(headers: &[(&str, &str)], body: Body, handler: fn(Request<Body>) -> F) -> Response<Body>
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(move |request| async move { Ok(handler(request).await) });
    let Ok(response) = layers().layer(service).oneshot(request(headers, body)).await;
    response
}

fn layers() -> Layers {
    let options = Options {
        max_message_bytes: MAX_MESSAGE_BYTES,
        ..Options::default()
    };
    Layers::new(Arc::new(Still), Arc::new(Everybody), options)
}

/// Runs a handler behind the layers as the facade in this process does, for a user of this id; answers the refusal, if it is one.
async fn pass_message<F>(id: &str, timeout: Duration, handler: fn(Asked) -> F) -> Option<(Code, String)>
where
    F: Future<Output = Result<tonic::Response<()>, Status>>,
{
    let mut request = tonic::Request::new(GetUserRequest {
        id: id.to_owned(),
        ..GetUserRequest::default()
    });
    request.set_timeout(timeout);
    let answer = layers().pass(PATH, request, handler).await;
    let status = answer.err()?;
    let info = status.get_details_error_info().expect("a reason");
    Some((status.code(), info.reason))
}

type Asked = tonic::Request<GetUserRequest>;

#[tokio::test(start_paused = true)]
async fn a_call_without_a_socket_passes_the_same_layers() {
    let minute = Duration::from_mins(1);
    let found = pass_message("u", minute, |request| async move {
        assert!(request.extensions().get::<Caller>().is_some());
        assert!(request.extensions().get::<RequestId>().is_some());
        Ok(tonic::Response::new(()))
    });
    assert_eq!(found.await, None);
    let answered = |_| async { Ok(tonic::Response::new(())) };
    let large = "x".repeat(MAX_MESSAGE_BYTES + 1);
    for (id, timeout, reason) in [
        (
            large.as_str(),
            minute,
            (Code::ResourceExhausted, "LIMIT_EXCEEDED"),
        ),
        ("u", Duration::ZERO, (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")),
    ] {
        let refused = pass_message(id, timeout, answered).await;
        assert_eq!(refused, Some((reason.0, reason.1.to_owned())));
    }
    let silent = pass_message("u", minute, |_| future::pending()).await;
    assert_eq!(silent, Some((Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into())));
    let panicked = pass_message("u", minute, |_| async { panic!("a defect, as ordered") }).await;
    assert_eq!(panicked, Some((Code::Internal, "INTERNAL".into())));
}

fn refused(response: &Response<Body>) -> (Code, String) {
    let status = Status::from_header_map(response.headers()).expect("a status");
    let info = status.get_details_error_info().expect("a reason");
    (status.code(), info.reason)
}

/// Answers with the request id that a handler sees.
fn echo(request: Request<Body>) -> future::Ready<Response<Body>> {
    let (parts, body) = request.into_parts();
    let id = RequestId::of(&parts.extensions);
    let response = Response::builder().header("seen", id.as_str());
    future::ready(response.body(body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline() {
    let response = pass(&[("grpc-timeout", "5S")], |_| future::pending()).await;
    assert_eq!(
        refused(&response),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_in_time_is_answered() {
    let slow = |request| async move {
        tokio::time::sleep(Duration::from_secs(4)).await;
        echo(request).await
    };
    let response = pass(&[("grpc-timeout", "5S")], slow).await;
    assert!(Status::from_header_map(response.headers()).is_none());
}

#[tokio::test]
async fn a_call_whose_deadline_has_passed_is_not_begun() {
    let response = pass(&[("grpc-timeout", "0n")], |_| async { panic!("it was begun") }).await;
    assert_eq!(refused(&response).0, Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_panic_is_a_defect() {
    let response = pass(&[], |_| async { panic!("a defect, as ordered") }).await;
    assert_eq!(refused(&response), (Code::Internal, "INTERNAL".into()));
}

#[tokio::test]
async fn a_message_that_is_too_large_exceeds_a_limit() {
    let response = pass(&[], |_| async { Status::out_of_range("too large").into_http() }).await;
    assert_eq!(
        refused(&response),
        (Code::ResourceExhausted, "LIMIT_EXCEEDED".into())
    );
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_the_clients_fault() {
    let response = pass(&[], |_| async { Status::internal("wire type").into_http() }).await;
    assert_eq!(
        refused(&response),
        (Code::InvalidArgument, "FIELD_INVALID".into())
    );
}

#[tokio::test]
async fn an_unknown_method_stays_unimplemented() {
    let response = pass(&[], |_| async { Status::unimplemented("").into_http() }).await;
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let response = pass(&[("x-request-id", "abc-1")], echo).await;
    assert_eq!(response.headers()["seen"], "abc-1");
    assert_eq!(response.headers()["x-request-id"], "abc-1");
}

#[tokio::test]
async fn a_request_without_a_proper_id_gets_one() {
    let long = "a".repeat(129);
    for given in ["", "two words", "tab\t", &long] {
        let response = pass(&[("x-request-id", given)], echo).await;
        let id = response.headers()["seen"].to_str().unwrap();
        assert_eq!(id.len(), 36, "{given:?} gave {id}");
        assert_eq!(response.headers()["x-request-id"], id);
    }
}

/// Reads the whole body, as tonic does before a handler sees a message.
async fn read(request: Request<Body>) -> Response<Body> {
    match request.into_body().collect().await {
        Ok(_) => Response::new(Body::empty()),
        Err(status) => status.into_http(),
    }
}

#[tokio::test]
async fn a_body_of_more_bytes_than_its_message_may_have_is_cut_off() {
    let of = |bytes: usize| Body::new(Full::from(vec![0; bytes]).map_err(|never| match never {}));
    // Five of them say how long the message is.
    let response = pass_with(&[], of(MAX_MESSAGE_BYTES + 5), read).await;
    assert!(Status::from_header_map(response.headers()).is_none());
    let response = pass_with(&[], of(MAX_MESSAGE_BYTES + 6), read).await;
    assert_eq!(
        refused(&response),
        (Code::ResourceExhausted, "LIMIT_EXCEEDED".into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_not_waited_for_for_ever() {
    let (begun, silent) = (tokio::time::Instant::now(), stream::pending());
    let body = Body::new(StreamBody::<stream::Pending<Result<Frame<Bytes>, Status>>>::new(
        silent,
    ));
    let response = pass_with(&[], body, read).await;
    assert_eq!(
        refused(&response),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into())
    );
    assert!((READ_TIMEOUT..READ_TIMEOUT * 2).contains(&begun.elapsed()));
}
