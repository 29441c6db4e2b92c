//! The provisioning log: every SCIM request has a record that says what became of it, and of what was sent nothing but names.

mod tokens;

use std::time::Duration;

use identity_proto::v1::{
    ErrorReason, ListProvisioningRequestsRequest, ProvisioningAction as Action,
    ProvisioningOutcome as Outcome, ProvisioningRequest,
};
use serde_json::{Value, json};

use crate::harness::{
    OwnWorld, World, assert_refused, everywhere,
    scim::{patch_body, text, user_body},
};

everywhere!(
    every_request_has_a_record_of_what_became_of_it,
    requests_about_groups_tell_how_many_members_they_changed,
    what_the_facade_refuses_has_a_record_too,
    a_refusal_of_the_policy_has_its_reason_and_no_value,
    operations_of_a_bulk_request_have_records_of_their_own,
    records_hold_no_body_and_no_secret,
    without_keeping_there_are_no_records,
    records_are_found_by_what_they_are_about,
);

/// Time in which a record is there, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// The records, oldest first, once there are as many.
async fn records(world: &World, count: usize) -> Vec<ProvisioningRequest> {
    let request = ListProvisioningRequestsRequest {
        organization: world.organization().slug.clone(),
        page_size: 1_000,
        ..Default::default()
    };
    matching(world, request, count).await
}

async fn matching(
    world: &World,
    request: ListProvisioningRequestsRequest,
    count: usize,
) -> Vec<ProvisioningRequest> {
    let waiting = async {
        loop {
            let listed = world.grpc().provisioning_log();
            let listed = { listed }.list_provisioning_requests(request.clone()).await;
            let mut found = listed.expect("records").into_inner().requests;
            if found.len() >= count {
                found.reverse();
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .expect("the records")
}

/// Action, outcome and status of each.
fn told(records: &[ProvisioningRequest]) -> Vec<(Action, Outcome, i32)> {
    let of = |it: &ProvisioningRequest| (it.action(), it.outcome(), it.status);
    records.iter().map(of).collect()
}

fn zoe(more: &Value) -> Value {
    let mut body = user_body("zoe@acme.example");
    body["externalId"] = json!("00uZoe");
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

async fn every_request_has_a_record_of_what_became_of_it(world: World) {
    let scim = world.scim();
    let made = scim.post("/Users", &zoe(&json!({}))).await.expect(201);
    let path = format!("/Users/{}", text(&made["id"]));
    let replace = |path, value| json!([{ "op": "Replace", "path": path, "value": value }]);
    scim.put(&path, &zoe(&json!({}))).await.expect(200);
    scim.put(&path, &zoe(&json!({ "title": "x", "shoeSize": 42 })))
        .await
        .expect(200);
    for value in [json!("False"), json!("False"), json!(true)] {
        scim.patch(&path, replace("active", value)).await.expect(200);
    }
    scim.patch(&path, replace("userName", json!("zoe@acme.test")))
        .await
        .expect(200);
    scim.get(&path).await.expect(200);
    scim.list("/Users", "userName eq \"zoe@acme.test\"", "")
        .await
        .expect(200);
    scim.get("/Users").await.expect(200);
    scim.get("/Users?startIndex=1&count=1").await.expect(200);
    scim.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(scim.delete(&path).await.status, 204);
    assert_refused(&scim.get(&path).await, 404, None);

    let records = records(&world, 14).await;
    let expected = [
        (Action::Create, Outcome::Applied, 201),
        (Action::Update, Outcome::Unchanged, 200),
        (Action::Update, Outcome::PartlyIgnored, 200),
        (Action::Deactivate, Outcome::Applied, 200),
        (Action::Deactivate, Outcome::Unchanged, 200),
        (Action::Reactivate, Outcome::Applied, 200),
        (Action::Rename, Outcome::Applied, 200),
        (Action::LookUp, Outcome::Unchanged, 200),
        (Action::LookUp, Outcome::Unchanged, 200),
        (Action::List, Outcome::Unchanged, 200),
        (Action::ConnectionTest, Outcome::Unchanged, 200),
        (Action::Discover, Outcome::Unchanged, 200),
        (Action::Delete, Outcome::Applied, 204),
        (Action::LookUp, Outcome::Refused, 404),
    ];
    assert_eq!(told(&records), expected);
    let first = &records[0];
    assert_eq!(
        [&first.target_id, &first.target_name, &first.target_external_id],
        [&text(&made["id"]), "zoe@acme.example", "00uZoe"]
    );
    assert_eq!(
        [&first.method, &first.path, &first.resource_type],
        ["POST", "/Users", "User"]
    );
    for id in [&first.connection_id, &first.token_id, &first.request_id] {
        assert!(!id.is_empty(), "{first:?}");
    }
    assert!(first.revision > 0 && records[1].revision == 0, "{records:?}");
    assert!(records[2].ignored[0].contains("shoeSize"), "{:?}", records[2]);
    assert_eq!(records[3].coerced, [r#"active: "False" read as false"#]);
    assert_eq!(records[8].target_id, text(&made["id"]), "it was found");
    assert!(
        records[13].detail.contains(&records[13].target_id),
        "{:?}",
        records[13]
    );
    assert_eq!(records[13].reason(), ErrorReason::ResourceNotFound);
    assert!(records.windows(2).all(|pair| pair[0].id < pair[1].id));
}

async fn requests_about_groups_tell_how_many_members_they_changed(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let bob = text(&scim.create_user("bob").await["id"]);
    let group = text(&scim.create_group("Crew", &[]).await["id"]);
    let path = format!("/Groups/{group}");
    let members = |op: &str, ids: &[&String]| {
        let members: Vec<_> = ids.iter().map(|id| json!({ "value": id })).collect();
        json!([{ "op": op, "path": "members", "value": members }])
    };
    scim.patch(&path, members("add", &[&ada, &bob])).await;
    scim.patch(&path, members("add", &[&ada])).await;
    scim.patch(&path, members("remove", &[&ada])).await;
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Crew 2" }]);
    scim.patch(&path, rename).await;
    scim.put(&path, &json!({ "displayName": "Crew 2", "members": [] }))
        .await
        .expect(200);
    let records = records(&world, 8).await;
    let told: Vec<_> = records[2..]
        .iter()
        .map(|it| (it.action(), it.outcome(), it.count))
        .collect();
    assert_eq!(
        told,
        [
            (Action::Create, Outcome::Applied, 0),
            (Action::MembersAdded, Outcome::Applied, 2),
            (Action::MembersAdded, Outcome::Unchanged, 1),
            (Action::MembersRemoved, Outcome::Applied, 1),
            (Action::Rename, Outcome::Applied, 0),
            (Action::MembersRemoved, Outcome::Applied, 1),
        ]
    );
    assert_eq!(records[4].target_name, "Crew");
}

async fn what_the_facade_refuses_has_a_record_too(world: World) {
    let scim = world.scim();
    let json_is_bad = scim
        .request("POST", "/Users")
        .header("content-type", "application/scim+json")
        .body("{\"userName\": zoe");
    assert_refused(&scim.send(json_is_bad).await, 400, Some("invalidSyntax"));
    assert_refused(
        &scim.list("/Users", "shoeSize eq \"42\"", "").await,
        400,
        Some("invalidFilter"),
    );
    let large = scim
        .request("POST", "/Users")
        .header("content-type", "application/scim+json")
        .body(vec![b' '; (16 << 20) + 1]);
    assert_eq!(scim.send(large).await.status, 413);
    assert_refused(&scim.get("/Shoes").await, 404, None);
    assert_refused(&scim.send(scim.request("POST", "/Schemas")).await, 405, None);
    assert_refused(&scim.get("/Users?count=ten").await, 400, Some("invalidValue"));
    let records = records(&world, 6).await;
    assert_eq!(
        told(&records),
        [
            (Action::Create, Outcome::Refused, 400),
            (Action::List, Outcome::Refused, 400),
            (Action::Create, Outcome::Refused, 413),
            (Action::Unspecified, Outcome::Refused, 404),
            (Action::Unspecified, Outcome::Refused, 405),
            (Action::List, Outcome::Refused, 400),
        ]
    );
    assert_eq!(records[0].scim_type, "invalidSyntax");
    assert!(records[1].detail.contains("shoeSize"), "{:?}", records[1]);
    for record in &records {
        assert_eq!(record.reason(), ErrorReason::Unspecified, "{record:?}");
        assert!(
            !record.detail.is_empty() && !record.connection_id.is_empty(),
            "{record:?}"
        );
    }
}

async fn a_refusal_of_the_policy_has_its_reason_and_no_value(world: World) {
    world.set_policy(&[("roles.unknown_values", "reject")]).await;
    let body = zoe(&json!({ "roles": [{ "value": "superuser" }] }));
    assert_refused(
        &world.scim().post("/Users", &body).await,
        400,
        Some("invalidValue"),
    );
    let record = records(&world, 1).await.remove(0);
    assert_eq!(
        told(std::slice::from_ref(&record)),
        [(Action::Create, Outcome::Refused, 400)]
    );
    assert_eq!(record.reason(), ErrorReason::FieldInvalid);
    assert_eq!(record.target_name, "zoe@acme.example");
    assert!(record.detail.contains("roles"), "{record:?}");
    assert!(!format!("{record:?}").contains("superuser"), "{record:?}");
}

async fn operations_of_a_bulk_request_have_records_of_their_own(world: World) {
    let operation = |method: &str, path: &str, data: Value| json!({ "method": method, "path": path, "bulkId": "x", "data": data });
    let body = json!({ "Operations": [
        operation("POST", "/Users", user_body("ada")),
        { "method": "DELETE", "path": "/Users/0" },
        { "method": "GET", "path": "/Users" },
    ] });
    world.scim().post("/Bulk", &body).await.expect(200);
    let mut records = records(&world, 4).await;
    records.sort_by_key(|it| it.status);
    let expected = [
        (Action::Bulk, Outcome::Unchanged, 200),
        (Action::Create, Outcome::Applied, 201),
        (Action::Unspecified, Outcome::Refused, 400),
        (Action::Delete, Outcome::Refused, 404),
    ];
    assert_eq!(told(&records), expected);
    let bulk = records.iter().find(|it| it.action() == Action::Bulk).unwrap();
    assert_eq!(bulk.count, 3);
    assert!(
        records.iter().all(|it| it.request_id == bulk.request_id),
        "{records:?}"
    );
}

async fn records_hold_no_body_and_no_secret(mut world: OwnWorld) {
    let scim = world.scim();
    let marked = json!({
        "password": "marker-password", "title": "marker-title", "nickName": "marker-nick",
        "emails": [{ "value": "marker-mail@acme.example" }],
        "phoneNumbers": [{ "value": "marker-phone" }], "roles": [{ "value": "marker-role" }],
        "shoeSize": "marker-shoe", "active": "marker-active",
    });
    assert_eq!(scim.post("/Users", &zoe(&marked)).await.status, 400);
    let mut fine = marked.clone();
    fine["active"] = json!("true");
    let made = scim.post("/Users", &zoe(&fine)).await.expect(201);
    let path = format!("/Users/{}", text(&made["id"]));
    scim.list("/Users", "title eq \"marker-title\"", "").await;
    scim.list("/Users", "userName eq marker-filter", "").await;
    for (path_of, value) in [
        ("emails[type eq \"marker-type\"].value", "marker-value"),
        ("marker-path", "marker-value"),
        ("active", "marker-value"),
    ] {
        let operation = json!([{ "op": "replace", "path": path_of, "value": value }]);
        let body = patch_body(operation);
        scim.send(scim.request_with("PATCH", &path, &body)).await;
    }
    scim.post(
        "/Groups",
        &json!({ "displayName": "Crew", "members": [{ "value": "marker-member" }] }),
    )
    .await;
    let bad = scim
        .request("POST", "/Users")
        .header("content-type", "application/scim+json")
        .body("{\"title\": \"marker-json\", \"x\": marker-bare");
    scim.send(bad).await;
    assert_eq!(records(&world, 9).await.len(), 9);
    let secret = world.scim_token().to_owned();
    let dump = world.whole_dump().await;
    let rows = dump["provisioning_requests"].join("\n");
    assert!(rows.contains("zoe@acme.example"), "{rows}");
    for marker in ["marker-", &secret] {
        // The name of an attribute that is none is a name, and no value.
        let rest = rows.replace("marker-path", "");
        assert!(!rest.contains(marker), "{marker}: {rest}");
    }
}

async fn without_keeping_there_are_no_records(world: World) {
    world.set_policy(&[("provisioning_log.keep", "0")]).await;
    world.scim().create_user("ada").await;
    // Records are sent within a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    world.set_policy(&[("provisioning_log.keep", "1h")]).await;
    let before = world.grpc().revision().await;
    world.scim().create_user("bob").await;
    let records = records(&world, 1).await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].target_name, "bob");
    assert_eq!(world.grpc().revision().await, before + 1, "it is no change");
}

async fn records_are_found_by_what_they_are_about(world: World) {
    let scim = world.scim();
    let made = scim.post("/Users", &zoe(&json!({}))).await.expect(201);
    scim.create_user("ada").await;
    assert_refused(
        &scim.post("/Users", &zoe(&json!({}))).await,
        409,
        Some("uniqueness"),
    );
    records(&world, 3).await;
    let organization = world.organization().slug.clone();
    let conditions = |change: fn(&mut ListProvisioningRequestsRequest)| {
        let mut request = ListProvisioningRequestsRequest {
            organization: organization.clone(),
            ..Default::default()
        };
        change(&mut request);
        request
    };
    let cases: [(ListProvisioningRequestsRequest, usize); 6] = [
        (conditions(|it| it.target = "ZOE@acme.example".into()), 2),
        (conditions(|it| it.target = "00uzoe".into()), 2),
        (
            ListProvisioningRequestsRequest {
                target: text(&made["id"]),
                ..conditions(|_| {})
            },
            1,
        ),
        (conditions(|it| it.set_outcome(Outcome::Refused)), 1),
        (conditions(|it| it.set_action(Action::Create)), 3),
        (conditions(|it| it.target = "nobody".into()), 0),
    ];
    for (request, count) in cases {
        let found = matching(&world, request.clone(), count).await;
        assert_eq!(found.len(), count, "{request:?}");
    }
    let mut client = world.service(&["provisioning:read"]).await.provisioning_log();
    let request = ListProvisioningRequestsRequest {
        page_size: 2,
        ..Default::default()
    };
    let first = client
        .list_provisioning_requests(request.clone())
        .await
        .unwrap()
        .into_inner();
    let next = ListProvisioningRequestsRequest {
        page_token: first.next_page_token.clone(),
        ..request
    };
    let second = client
        .list_provisioning_requests(next)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((first.requests.len(), second.requests.len()), (2, 1));
    assert_eq!(second.next_page_token, "");
    assert!(first.requests[1].id > second.requests[0].id, "newest first");
}
