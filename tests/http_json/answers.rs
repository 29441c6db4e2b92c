//! Calls in JSON that are granted.

use bytes::Bytes;
use http::Version;
use identity_proto::v1::{GetUserRequest, GetUserResponse, User};
use prost::Message as _;
use serde_json::json;

use super::{Json, assert_error, reason};
use crate::harness::{ROOT_TOKEN, World, everywhere, run_folder::fresh_name};

everywhere!(
    a_user_made_in_json_is_the_same_over_grpc,
    both_versions_of_http_are_spoken,
    a_message_of_protobuf_is_taken_too,
    a_dry_run_in_json_changes_nothing,
    a_request_id_comes_back,
    curl_needs_no_header_for_json,
);

async fn a_user_made_in_json_is_the_same_over_grpc(world: World) {
    let token = world.service_token(&["users:read", "users:write"]).await;
    for api in Json::both(&world, &token) {
        let name = fresh_name("ada");
        let user = json!({"userName": name, "active": false, "emails": [{"value": format!("{name}@b.example"), "primary": true}]});
        let made = api
            .call("UserService/CreateUser", &json!({"user": user}))
            .await
            .expect(200);
        let (id, revision) = (made["user"]["id"].as_str().unwrap(), made["revision"].as_str());
        assert!(revision.is_some(), "64-bit numbers are text: {made}");
        let user = world.grpc().user(id).await;
        assert_eq!(
            (user.user_name.as_str(), user.active),
            (name.as_str(), Some(false))
        );
        let found = api
            .call("UserService/GetUser", &json!({"id": id}))
            .await
            .expect(200);
        assert_eq!(found["user"], made["user"]);
        assert!(found["user"]["createTime"].as_str().unwrap().ends_with('Z'));
        let change = json!({
            "user": {"id": id, "displayName": "Ada", "etag": user.etag},
            "updateMask": "displayName",
        });
        let changed = api.call("UserService/UpdateUser", &change).await.expect(200);
        assert_eq!(changed["user"]["displayName"], "Ada");
        // The version is another one now.
        let error = assert_error(&api.call("UserService/UpdateUser", &change).await, 409, "aborted");
        assert_eq!(reason(&error), "VERSION_MISMATCH");
    }
}

async fn both_versions_of_http_are_spoken(world: World) {
    for version in [Version::HTTP_11, Version::HTTP_2] {
        for api in Json::both(&world, ROOT_TOKEN) {
            let api = api.over(version);
            let asked = json!({"organization": world.organization().slug});
            let answer = api
                .call("OrganizationService/GetOrganization", &asked)
                .await
                .expect(200);
            assert_eq!(
                answer["organization"]["id"],
                world.organization().id,
                "{version:?}"
            );
        }
    }
}

async fn a_message_of_protobuf_is_taken_too(world: World) {
    let user = world.grpc().create_user(&fresh_name("ada")).await;
    for api in Json::both(&world, ROOT_TOKEN) {
        let message = GetUserRequest {
            organization: world.organization().slug.clone(),
            id: user.id.clone(),
            ..Default::default()
        };
        let request = api
            .request("UserService/GetUser", "")
            .header("content-type", "application/proto");
        let answer = api.send(request.body(Bytes::from(message.encode_to_vec()))).await;
        assert_eq!(answer.header("content-type"), "application/proto", "{answer}");
        let found: Option<User> = GetUserResponse::decode(answer.body).unwrap().user;
        assert_eq!(found.as_ref(), Some(&user));
    }
}

async fn a_dry_run_in_json_changes_nothing(world: World) {
    let token = world.service_token(&["users:write"]).await;
    let before = world.grpc().revision().await;
    for api in Json::both(&world, &token) {
        let body = json!({"user": {"userName": "eve"}, "validateOnly": true});
        let made = api.call("UserService/CreateUser", &body).await.expect(200);
        assert_eq!(made["user"]["userName"], "eve");
    }
    assert_eq!(world.grpc().revision().await, before);
}

async fn a_request_id_comes_back(world: World) {
    for api in Json::both(&world, "none") {
        let request = api
            .request("UserService/GetUser", "{}")
            .header("x-request-id", "r-17");
        let answer = api.send(request).await;
        assert_error(&answer, 401, "unauthenticated");
        assert_eq!(answer.header("x-request-id"), "r-17");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

async fn curl_needs_no_header_for_json(world: World) {
    for api in Json::both(&world, ROOT_TOKEN) {
        let request = api.request("OrganizationService/ListOrganizations", "{}");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let listed = api.send(request).await.expect(200);
        assert!(
            listed["organizations"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        );
    }
}
