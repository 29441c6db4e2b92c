//! Answers of every RPC to requests that are not in order.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use grpc_server::methods::{METHODS, Requirement};
use http_body::{Body as HttpBody, Frame};
use identity_core::caller::Scope;
use tonic::{Code, Status, body::Body};

use crate::world::{MAX_MESSAGE_BYTES, World, assert_refused};

const GET_USER: &str = "/roster.identity.v1.UserService/GetUser";
const ROOT: &str = "Bearer root-token-of-a-test";

#[tokio::test]
async fn every_rpc_needs_a_token() {
    let world = World::new().await;
    let guarded = METHODS
        .into_iter()
        .filter(|method| method.requirement != Requirement::Nothing);
    for method in guarded {
        for token in [
            "",
            "Basic root-token-of-a-test",
            "Bearer nonsense",
            "Bearer rst_nonsense",
        ] {
            let status = world.send(&method.path(), token, &[]).await;
            assert_refused(&status, Code::Unauthenticated, "TOKEN_INVALID");
        }
    }
}

/// A body that nobody may look at.
struct Untouched;

impl HttpBody for Untouched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(Some(Err(Status::data_loss(
            "something of a stranger's message was read",
        ))))
    }
}

#[tokio::test]
async fn of_a_caller_who_is_not_served_nothing_is_read() {
    let world = World::new().await;
    let weak = format!("Bearer {}", world.token(&["changes:read"]).await);
    let guarded = METHODS.into_iter().filter(|method| {
        !matches!(
            method.requirement,
            Requirement::Nothing | Requirement::Token | Requirement::Scope(Scope::ChangesRead)
        )
    });
    for method in guarded {
        for (token, code) in [
            ("", Code::Unauthenticated),
            ("Bearer rst_nonsense", Code::Unauthenticated),
            (&weak, Code::PermissionDenied),
        ] {
            let status = world.send_body(&method.path(), token, Body::new(Untouched)).await;
            assert_eq!(status.code(), code, "{}", method.path());
        }
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_the_callers_fault() {
    let world = World::new().await;
    for method in METHODS {
        let status = world.send(&method.path(), ROOT, &[0xff, 0xff, 0xff]).await;
        assert_refused(&status, Code::InvalidArgument, "FIELD_INVALID");
    }
}

#[tokio::test]
async fn a_message_over_the_limit_exceeds_it() {
    let world = World::new().await;
    let status = world.send(GET_USER, ROOT, &vec![0; MAX_MESSAGE_BYTES + 1]).await;
    assert_refused(&status, Code::ResourceExhausted, "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn texts_that_are_no_text_are_refused() {
    let world = World::new().await;
    // The field `id`, holding half of a surrogate pair.
    let status = world.send(GET_USER, ROOT, &[0x12, 3, 0xed, 0xa0, 0x80]).await;
    assert_refused(&status, Code::InvalidArgument, "FIELD_INVALID");
}

#[tokio::test]
async fn what_is_no_rpc_is_unimplemented() {
    let world = World::new().await;
    for path in [
        "/roster.identity.v1.UserService/Own",
        "/identity.v2.UserService/GetUser",
        "/",
    ] {
        let status = world.send(path, ROOT, &[]).await;
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
    }
}
