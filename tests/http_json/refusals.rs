//! Calls in JSON that are refused.

use serde_json::json;

use super::{Json, assert_error, field, reason};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::yield_now,
};

use crate::harness::{Http, ROOT_TOKEN, Request, World, assert_refused, everywhere};

everywhere!(
    what_is_no_message_is_refused_by_its_field,
    who_does_not_authenticate_is_refused_before_the_body_is_read,
    a_refusal_leaves_the_connection_for_the_next_request,
    a_refusal_before_a_long_body_says_that_the_connection_ends,
    what_is_no_call_is_told_so,
    a_message_over_the_limit_is_refused,
    a_timeout_that_has_passed_is_told,
    grpc_over_http_1_is_refused_in_words,
    other_paths_below_api_are_not_found,
);

async fn what_is_no_message_is_refused_by_its_field(world: World) {
    let token = world.service_token(&["users:write", "policy:read"]).await;
    let deep = format!("{}{}", "{\"user\":".repeat(5_000), "}".repeat(5_000));
    for api in Json::both(&world, &token) {
        for (body, at) in [
            (r#"{"user": {"usrName": "ada"}}"#, "user.usrName"),
            (r#"{"user": {"active": "perhaps"}}"#, "user.active"),
            (r#"{"user": {"emails": [{"value": 7}]}}"#, "user.emails[0].value"),
            (r#"{"usr": {}}"#, "usr"),
            (r#"{"validateOnly": 1}"#, "validateOnly"),
            ("[]", "message"),
            ("", "message"),
            ("{", "message"),
            ("{} {}", "message"),
            ("\u{feff}{}", "message"),
        ] {
            let answer = api.send(api.request("UserService/CreateUser", body)).await;
            let error = assert_error(&answer, 400, "invalid_argument");
            assert_eq!((field(&error), reason(&error)), (at, "FIELD_INVALID"), "{body}");
            assert!(error["message"].as_str().unwrap().starts_with(at), "{error}");
        }
        let answer = api.send(api.request("UserService/CreateUser", &deep)).await;
        assert_error(&answer, 400, "invalid_argument");
        // The core names its fields as the proto does.
        let answer = api
            .call("UserService/CreateUser", &json!({"user": {"userName": " "}}))
            .await;
        assert_eq!(
            field(&assert_error(&answer, 400, "invalid_argument")),
            "user.user_name"
        );
    }
    let token = world.service_token(&["connections:read"]).await;
    for api in Json::both(&world, &token) {
        let filter = json!({"kind": "SURPRISE"});
        let answer = api.call("TokenService/ListTokens", &filter).await;
        assert_error(&answer, 403, "permission_denied");
    }
    let token = world.service_token(&["tokens:write"]).await;
    for api in Json::both(&world, &token) {
        let body = json!({"token": {"kind": "TOKEN_KIND_SURPRISE"}});
        let answer = api.call("TokenService/CreateToken", &body).await;
        assert_eq!(
            field(&assert_error(&answer, 400, "invalid_argument")),
            "token.kind"
        );
    }
}

async fn who_does_not_authenticate_is_refused_before_the_body_is_read(world: World) {
    for token in ["", "rst_nonsense"] {
        for api in Json::both(&world, token) {
            for body in ["{}", "no JSON", "{\"x\": 1}"] {
                let answer = api.send(api.request("UserService/CreateUser", body)).await;
                let error = assert_error(&answer, 401, "unauthenticated");
                assert_eq!(reason(&error), "TOKEN_INVALID");
            }
        }
    }
}

const HEAD: &str = "POST /roster.identity.v1.UserService/GetUser HTTP/1.1\r\nhost: roster\r\n\
    content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";

/// Node sends a body in chunks after the head, and keeps the connection.
async fn a_refusal_leaves_the_connection_for_the_next_request(world: World) {
    for mut stream in connections(&world).await {
        for _ in 0..3 {
            for part in [&on(&stream, HEAD), "2\r\n{}\r\n", "0\r\n\r\n"] {
                stream
                    .1
                    .write_all(part.as_bytes())
                    .await
                    .expect("an open connection");
                stream.1.flush().await.expect("an open connection");
                yield_now().await;
            }
            let answer = receive(&mut stream.1).await;
            assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
            assert!(!answer.contains("connection: close"), "{answer}");
        }
    }
}

async fn a_refusal_before_a_long_body_says_that_the_connection_ends(world: World) {
    for mut stream in connections(&world).await {
        let head = on(&stream, HEAD);
        stream
            .1
            .write_all(head.as_bytes())
            .await
            .expect("an open connection");
        let answer = receive(&mut stream.1).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

/// Opens a connection to each listener, with the begin of its paths.
async fn connections(world: &World) -> Vec<(&'static str, TcpStream)> {
    let endpoints = world.endpoints();
    let mut open = Vec::new();
    for (url, begin) in [(&endpoints.grpc, ""), (&endpoints.scim, "/api")] {
        let address = url.trim_start_matches("http://");
        open.push((begin, TcpStream::connect(address).await.expect("a connection")));
    }
    open
}

fn on((begin, _): &(&str, TcpStream), head: &str) -> String {
    head.replacen("POST ", &format!("POST {begin}"), 1)
}

/// Receives one answer, whose body is a short JSON object.
async fn receive(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") && !answer.ends_with(b"}\r\n0\r\n\r\n") {
        let bytes = stream.read_buf(&mut answer).await.expect("an answer");
        assert!(bytes > 0, "{}", String::from_utf8_lossy(&answer));
    }
    String::from_utf8_lossy(&answer)
        .to_lowercase()
        .replace("http/1.1", "HTTP/1.1")
}

async fn what_is_no_call_is_told_so(world: World) {
    for api in Json::both(&world, ROOT_TOKEN) {
        let call = |method: &str| api.request(method, "{}");
        let answer = api.send(call("UserService/Nothing")).await;
        assert_error(&answer, 404, "unimplemented");
        let answer = api.send(call("ChangeService/Watch")).await;
        let error = assert_error(&answer, 415, "unimplemented");
        assert!(error["message"].as_str().unwrap().contains("gRPC"), "{error}");
        for content_type in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/connect+json",
        ] {
            let request = call("UserService/GetUser").header("content-type", content_type);
            let answer = api.send(request).await;
            let error = assert_error(&answer, 415, "invalid_argument");
            assert_eq!(field(&error), "content-type");
            assert!(
                answer.header("accept-post").contains("application/json"),
                "{answer}"
            );
        }
        let request = call("UserService/GetUser").header("content-encoding", "gzip");
        assert_error(&api.send(request).await, 415, "invalid_argument");
        let request = call("UserService/GetUser").header("connect-protocol-version", "2");
        assert_error(&api.send(request).await, 400, "invalid_argument");
        for method in ["GET", "PUT", "DELETE"] {
            let request = Request::new(method, "/roster.identity.v1.UserService/GetUser");
            let answer = api.send(request).await;
            assert_error(&answer, 405, "invalid_argument");
            assert_eq!(answer.header("allow"), "POST");
        }
    }
}

async fn a_message_over_the_limit_is_refused(world: World) {
    let token = world.service_token(&["users:write"]).await;
    let body = json!({"user": {"userName": "x".repeat(5 << 20)}}).to_string();
    for api in Json::both(&world, &token) {
        let answer = api.send(api.request("UserService/CreateUser", &body)).await;
        let error = assert_error(&answer, 429, "resource_exhausted");
        assert_eq!(reason(&error), "LIMIT_EXCEEDED");
    }
    // So much is read, but no name is that long.
    let body = json!({"user": {"userName": "x".repeat(1 << 20)}}).to_string();
    for api in Json::both(&world, &token) {
        let answer = api.send(api.request("UserService/CreateUser", &body)).await;
        assert_eq!(
            field(&assert_error(&answer, 400, "invalid_argument")),
            "user.user_name"
        );
    }
}

async fn a_timeout_that_has_passed_is_told(world: World) {
    for api in Json::both(&world, ROOT_TOKEN) {
        let request = api
            .request("UserService/GetUser", "{}")
            .header("connect-timeout-ms", "0");
        let error = assert_error(&api.send(request).await, 504, "deadline_exceeded");
        assert_eq!(reason(&error), "DEADLINE_EXCEEDED");
    }
}

async fn grpc_over_http_1_is_refused_in_words(world: World) {
    for api in Json::both(&world, ROOT_TOKEN) {
        let request = api
            .request("UserService/GetUser", "{}")
            .header("content-type", "application/grpc");
        let answer = api.send(request).await;
        assert_eq!(
            field(&assert_error(&answer, 415, "invalid_argument")),
            "content-type"
        );
    }
}

async fn other_paths_below_api_are_not_found(world: World) {
    let http = Http::new(world.endpoints().scim.clone());
    for path in [
        "/api/x/y",
        "/api/v1/scim",
        "/api/grpc.health.v1.Health/Check",
        "/api",
    ] {
        let request = Request::new("POST", path).header("content-type", "application/json");
        assert_refused(&http.send(request.body("{}")).await, 404, None);
    }
}
