//! Every change as a dry run: it answers as the change would, and nothing stays.

use bytes::Bytes;
use identity_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor};
use serde_json::{Value, json};

use super::{
    entries::{ENTRIES, Entry, Requirement},
    fixture::Fixture,
};
use crate::harness::{
    Answer, OwnWorld, Scim, everywhere, raw,
    scim::{group_body, patch_body, text, user_body},
};

everywhere!(
    a_dry_run_of_an_rpc_answers_as_the_real_one_and_leaves_nothing,
    a_dry_run_of_a_scim_request_answers_as_the_real_one_and_leaves_nothing,
    a_dry_run_of_a_bulk_leaves_nothing,
    a_dry_run_is_refused_as_the_real_one_is,
);

/// The field in which every change answers the organization's revision.
const REVISION: &str = "revision";
/// Changes of no organization: an assertion is used up, and keys are the deployment's.
const OF_NO_ORGANIZATION: [&str; 2] = [
    "TokenService/ExchangeAssertion",
    "SigningKeyService/RotateSigningKey",
];

/// The field `validate_only` of an entry's request, if it has one.
fn switch(method: &MethodDescriptor) -> Option<FieldDescriptor> {
    method.input().get_field_by_name("validate_only")
}

/// The method of an entry.
pub(super) fn method(pool: &DescriptorPool, entry: &Entry) -> MethodDescriptor {
    let (service, method) = entry.method.split_once('/').unwrap();
    let service = pool
        .get_service_by_name(&format!("roster.identity.v1.{service}"))
        .unwrap();
    service.methods().find(|it| it.name() == method).unwrap()
}

/// The message with a boolean field set: fields of one message may be written one after the other.
fn with(message: &Bytes, field: &FieldDescriptor) -> Bytes {
    let mut bytes = message.to_vec();
    prost::encoding::encode_varint(u64::from(field.number()) << 3, &mut bytes);
    bytes.push(1);
    bytes.into()
}

/// An answer without what must differ: ids, times, and what follows from them, and the revision, which is told apart.
fn comparable(method: &MethodDescriptor, answer: Bytes) -> (Value, Option<i64>) {
    let message = DynamicMessage::decode(method.output(), answer).unwrap();
    let revision = message.get_field_by_name(REVISION).and_then(|it| it.as_i64());
    let mut value = serde_json::to_value(message).unwrap();
    value.as_object_mut().unwrap().remove(REVISION);
    (without_generated(value), revision)
}

fn without_generated(value: Value) -> Value {
    const GENERATED: [&str; 17] = [
        "brakeTime",
        "id",
        "clientId",
        "createTime",
        "updateTime",
        "deleteTime",
        "eraseTime",
        "rotateTime",
        "publicJwk",
        "signTime",
        "formerSecretExpireTime",
        "secret",
        "secretPrefix",
        "created",
        "lastModified",
        "location",
        "members",
    ];
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !GENERATED.contains(&name.as_str()))
            .map(|(name, value)| (name, without_generated(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_generated).collect(),
        value => value,
    }
}

async fn a_dry_run_of_an_rpc_answers_as_the_real_one_and_leaves_nothing(mut world: OwnWorld) {
    let fixture = Fixture::make(&world).await;
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let root = world.grpc();
    let mut count = 0;
    for entry in ENTRIES
        .iter()
        .filter(|entry| entry.requirement != Requirement::Nothing)
    {
        let method = method(&pool, entry);
        let Some(switch) = switch(&method) else { continue };
        let message = (entry.request)(&fixture);
        let before = world.dump().await;
        let held = root.revision().await;
        let dry_run = raw::call(&root, entry.method, with(&message, &switch))
            .await
            .unwrap_or_else(|status| panic!("{}: {status:?}", entry.method));
        assert_eq!(world.dump().await, before, "{}", entry.method);
        let real = raw::call(&root, entry.method, message).await.unwrap();
        if dry_run.is_empty() && real.is_empty() {
            // A stream with nothing to tell has no revision.
            assert_eq!(root.revision().await, held, "{}", entry.method);
            continue;
        }
        let (dry_run, dry_run_at) = comparable(&method, dry_run);
        let (real, made) = comparable(&method, real);
        assert_eq!(dry_run, real, "{}", entry.method);
        let is_of_another = entry.method.starts_with("OrganizationService/");
        if !is_of_another && !OF_NO_ORGANIZATION.contains(&entry.method) {
            let expected = (Some(held), Some(root.revision().await));
            assert_eq!((dry_run_at, made), expected, "{}", entry.method);
        }
        count += 1;
    }
    assert!(count > 15, "{count}");
}

/// Sends a request as a dry run, and then as it is; answers both.
async fn both(
    world: &mut OwnWorld,
    scim: &Scim,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (Answer, Answer) {
    let request = || match body {
        Some(body) => scim.request_with(method, path, body),
        None => scim.request(method, path),
    };
    let before = world.dump().await;
    let dry_run = scim.send(request().header("roster-dry-run", "true")).await;
    assert_eq!(world.dump().await, before, "{method} {path}");
    let real = scim.send(request()).await;
    assert_eq!(dry_run.status, real.status, "{method} {path}");
    (dry_run, real)
}

async fn a_dry_run_of_a_scim_request_answers_as_the_real_one_and_leaves_nothing(mut world: OwnWorld) {
    let scim = world.scim();
    let (_, real) = both(&mut world, &scim, "POST", "/Users", Some(&user_body("ada"))).await;
    let user = text(&real.json()["id"]);
    let group = group_body("clerks", &[&user]);
    let (_, real) = both(&mut world, &scim, "POST", "/Groups", Some(&group)).await;
    let group = text(&real.json()["id"]);
    let (user, group) = (format!("/Users/{user}"), format!("/Groups/{group}"));
    let title = patch_body(json!([{"op": "replace", "path": "title", "value": "Clerk"}]));
    let empty = patch_body(json!([{"op": "remove", "path": "members"}]));
    let requests = [
        ("PATCH", &user, Some(title)),
        ("PUT", &user, Some(user_body("ada.l"))),
        ("PATCH", &group, Some(empty)),
        ("PUT", &group, Some(group_body("heads", &[]))),
        ("DELETE", &group, None),
        ("DELETE", &user, None),
    ];
    for (method, path, body) in requests {
        let (dry_run, real) = both(&mut world, &scim, method, path, body.as_ref()).await;
        if method != "DELETE" {
            assert_eq!(
                without_generated(dry_run.json()),
                without_generated(real.json()),
                "{method} {path}"
            );
        }
    }
}

async fn a_dry_run_of_a_bulk_leaves_nothing(mut world: OwnWorld) {
    let scim = world.scim();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": user_body("ada")},
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group_body("clerks", &["bulkId:a"])},
        ],
    });
    let (dry_run, _) = both(&mut world, &scim, "POST", "/Bulk", Some(&body)).await;
    let operations = dry_run.json()["Operations"].clone();
    assert_eq!(
        (&operations[0]["status"], &operations[1]["status"]),
        (&json!("201"), &json!("201"))
    );
}

async fn a_dry_run_is_refused_as_the_real_one_is(mut world: OwnWorld) {
    let scim = world.scim();
    scim.create_user("ada").await;
    let (dry_run, real) = both(&mut world, &scim, "POST", "/Users", Some(&user_body("ADA"))).await;
    assert_eq!((dry_run.status.as_u16(), dry_run.json()), (409, real.json()));
    let request = scim.request_with("POST", "/Users", &user_body("eve"));
    let answer = scim.send(request.header("roster-dry-run", "yes")).await;
    assert_eq!(answer.status.as_u16(), 400, "{answer}");
}
