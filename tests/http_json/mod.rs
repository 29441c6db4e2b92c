//! The API in JSON: the same calls as over gRPC, on both listeners.

mod answers;
mod authzen;
mod every_call;
mod refusals;

use http::Version;
use serde_json::Value;

use crate::harness::{Answer, Http, Request, World};

/// The API in JSON on one listener, with one token.
struct Json {
    http: Http,
    token: String,
}

impl Json {
    /// The API on the gRPC listener, and on that of SCIM.
    fn both(world: &World, token: &str) -> [Self; 2] {
        let endpoints = world.endpoints();
        let at = |base: String| Self {
            http: Http::new(base),
            token: token.to_owned(),
        };
        [at(endpoints.grpc.clone()), at(format!("{}/api", endpoints.scim))]
    }

    /// The same over this version of HTTP.
    fn over(self, version: Version) -> Self {
        let http = self.http.over(version);
        Self { http, ..self }
    }

    /// A call of `Service/Method`, for a test that bends it before it sends it.
    fn request(&self, method: &str, body: &str) -> Request {
        let request = Request::new("POST", &format!("/roster.identity.v1.{method}"))
            .header("content-type", "application/json")
            .body(body.to_owned());
        if self.token.is_empty() {
            return request;
        }
        request.header("authorization", &format!("Bearer {}", self.token))
    }

    async fn send(&self, request: Request) -> Answer {
        self.http.send(request).await
    }

    async fn call(&self, method: &str, body: &Value) -> Answer {
        self.send(self.request(method, &body.to_string())).await
    }
}

/// An error is what the protocol says: a status of HTTP, and a code with a message in JSON.
#[track_caller]
fn assert_error(answer: &Answer, status: u16, code: &str) -> Value {
    let error = answer.expect(status);
    assert_eq!(answer.header("content-type"), "application/json", "{answer}");
    assert_eq!(error["code"], code, "{answer}");
    assert!(error["message"].is_string(), "{answer}");
    error
}

/// The reason in the details of an error.
#[track_caller]
fn reason(error: &Value) -> &str {
    let details = error["details"].as_array().expect("details");
    let info = details.iter().find(|it| it["type"] == "google.rpc.ErrorInfo");
    let info = &info.expect("a reason")["debug"];
    assert_eq!(info["domain"], "roster.identity.v1", "{error}");
    info["reason"].as_str().expect("a text")
}

/// The field at fault in the details of an error.
#[track_caller]
fn field(error: &Value) -> &str {
    let details = error["details"].as_array().expect("details");
    let request = details.iter().find(|it| it["type"] == "google.rpc.BadRequest");
    let violations = &request.expect("a field")["debug"]["fieldViolations"];
    violations[0]["field"].as_str().expect("a text")
}
