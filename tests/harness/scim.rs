//! A client of the SCIM API.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Answer, Http, Request};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A client of the SCIM API with one token.
#[derive(Clone)]
pub(crate) struct Scim {
    http: Http,
    token: String,
}

impl Scim {
    /// A client of the API at this URL.
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self {
            http: Http::new(format!("{url}/scim/v2")),
            token: token.to_owned(),
        }
    }

    /// The same API with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            http: self.http.clone(),
            token: token.to_owned(),
        }
    }

    /// A request with this client's token, for a test that bends it before it sends it.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let bearer = format!("Bearer {}", self.token);
        Request::new(method, path)
            .header("authorization", &bearer)
            .header("accept", "application/scim+json")
    }

    /// The same with a JSON body.
    pub(crate) fn request_with(&self, method: &str, path: &str, body: &Value) -> Request {
        self.request(method, path)
            .header("content-type", "application/scim+json")
            .body(body.to_string())
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request) -> Answer {
        self.http.send(request).await
    }

    /// Sends a request that may find nobody at home.
    pub(crate) async fn try_send(&self, request: Request) -> Result<Answer, String> {
        self.http.try_send(request).await
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request_with("POST", path, body)).await
    }

    /// PUT.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request_with("PUT", path, body)).await
    }

    /// PATCH with these operations.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send(self.request_with("PATCH", path, &patch_body(operations)))
            .await
    }

    /// DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path)).await
    }

    /// Creates a user of this name.
    pub(crate) async fn create_user(&self, user_name: &str) -> Value {
        self.post("/Users", &user_body(user_name)).await.expect(201)
    }

    /// Creates a group with these members.
    pub(crate) async fn create_group(&self, display_name: &str, members: &[&str]) -> Value {
        self.post("/Groups", &group_body(display_name, members))
            .await
            .expect(201)
    }

    /// The ids of a group's members.
    pub(crate) async fn member_ids(&self, group: &str) -> BTreeSet<String> {
        let group = self.get(&format!("/Groups/{group}")).await.expect(200);
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| text(&member["value"])).collect()
    }

    /// A list of resources that meet a filter, with more parameters as they stand (`&count=2`).
    pub(crate) async fn list(&self, path: &str, filter: &str, more: &str) -> Answer {
        self.get(&format!("{path}?filter={}{more}", encoded(filter)))
            .await
    }

    /// The ids of all resources that meet a filter, in the order given.
    pub(crate) async fn find(&self, path: &str, filter: &str) -> Vec<String> {
        let list = self.list(path, filter, "").await.expect(200);
        ids(&list)
    }
}

/// The body of a PATCH.
pub(crate) fn patch_body(operations: Value) -> Value {
    let mut body = json!({"schemas": [PATCH_OP]});
    body["Operations"] = operations;
    body
}

/// The body of a user with nothing but a name.
pub(crate) fn user_body(user_name: &str) -> Value {
    json!({"schemas": [USER], "userName": user_name})
}

/// The body of a group.
pub(crate) fn group_body(display_name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"schemas": [GROUP], "displayName": display_name, "members": members})
}

/// The ids of a list answer.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let resources = list["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().map(|resource| text(&resource["id"])).collect()
}

/// A JSON text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// Percent-encoded for a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// RFC 7644, section 3.12: an error says itself what it is, its status as text.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer, status: u16, scim_type: Option<&str>) {
    assert_eq!(answer.status.as_u16(), status, "{answer}");
    let content_type = answer.header("content-type");
    assert_eq!(content_type, "application/scim+json", "{answer}");
    let body = answer.json();
    assert_eq!(body["schemas"], json!([ERROR]), "{answer}");
    assert_eq!(body["status"], json!(status.to_string()), "{answer}");
    assert_eq!(body["scimType"].as_str(), scim_type, "{answer}");
    assert!(
        body["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
        "{answer}"
    );
}
