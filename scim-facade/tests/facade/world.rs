//! The world of these tests: a facade in front of the fake core, and verbs to talk to it.

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use scim_facade::{Facade, Options};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::fake::{FakeCore, TOKEN};

pub(crate) struct World {
    pub core: FakeCore,
    router: Router,
}

/// Reply of the facade.
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let core = FakeCore::default();
        let router = Facade::new(core.service(), Options::default()).router();
        Self { core, router }
    }

    pub(crate) fn request(method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Reply {
            status: parts.status,
            headers: parts.headers,
            json,
        }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        let body = if body.is_null() {
            Body::empty()
        } else {
            body.to_string().into()
        };
        self.send(
            Self::request(method, &format!("/scim/v2{path}"))
                .body(body)
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, Value::Null).await
    }

    /// Makes a user and gives its id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        let reply = self
            .call("POST", "/Users", json!({ "userName": user_name }))
            .await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        reply.json["id"].as_str().unwrap().to_owned()
    }

    /// Makes a group with these members and gives its id.
    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
        let reply = self
            .call(
                "POST",
                "/Groups",
                json!({ "displayName": name, "members": members }),
            )
            .await;
        assert_eq!(reply.status, 201, "{}", reply.json);
        reply.json["id"].as_str().unwrap().to_owned()
    }

    /// Changes a resource with one PATCH operation.
    pub(crate) async fn patch(&self, path: &str, operation: Value) -> Reply {
        self.call("PATCH", path, json!({ "Operations": [operation] }))
            .await
    }
}

/// That an answer is an error in SCIM's form.
#[track_caller]
pub(crate) fn assert_refused(reply: &Reply, status: u16, scim_type: Option<&str>) {
    assert_eq!(reply.status, status, "{}", reply.json);
    assert_eq!(
        reply.json["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(reply.json["status"], status.to_string());
    assert_eq!(
        reply.json.get("scimType").and_then(Value::as_str),
        scim_type,
        "{}",
        reply.json
    );
    assert!(
        reply.json["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    assert_eq!(reply.header("content-type"), "application/scim+json");
}
