//! Values in other forms than RFC 7643 writes them in: JSON as text, a list of one, one value twice.

use identity_proto::v1::{AttributeType, SchemaAttribute};
use serde_json::{Value, json};

use super::edges::declare;
use crate::harness::{
    World, assert_refused, everywhere,
    scim::{group_body, ids, text, user_body},
};

everywhere!(
    members_in_json_text_are_members,
    members_in_a_text_that_is_no_json_are_refused_and_change_nothing,
    an_object_or_list_in_json_text_is_read_as_what_it_is,
    a_text_that_was_cut_off_is_refused_and_never_a_value,
    one_value_in_a_list_of_one_is_that_value,
    an_element_in_a_list_of_one_is_that_element,
    the_same_value_of_the_same_type_is_there_once,
    a_certificate_that_is_no_base64_is_refused,
    two_primaries_are_the_last_one_unless_the_policy_refuses_them,
    roles_and_entitlements_may_be_as_many_as_the_schema_says,
    a_number_out_of_range_is_told_from_one_with_a_fraction,
    long_urls_and_whole_addresses_are_kept,
    a_time_without_a_zone_is_utc,
);

async fn user_at(world: &World, body: &Value) -> String {
    let user = world.scim().post("/Users", body).await.expect(201);
    format!("/Users/{}", text(&user["id"]))
}

async fn members_in_json_text_are_members(world: World) {
    let scim = world.scim();
    let [a, b] = [scim.create_user("a").await, scim.create_user("b").await].map(|user| text(&user["id"]));
    let group = text(&scim.create_group("G", &[&a]).await["id"]);
    let path = format!("/Groups/{group}");
    for (op, value, members) in [
        ("replace", json!(json!([{"value": b}]).to_string()), vec![&b]),
        (
            "add",
            json!([json!({"value": a, "type": "User"}).to_string()]),
            vec![&a, &b],
        ),
        ("remove", json!(json!([{"value": a}]).to_string()), vec![&b]),
        ("replace", json!(json!({"value": a}).to_string()), vec![&a]),
        ("add", json!({"value": [b]}), vec![&a, &b]),
        ("remove", json!([[{"value": b}]]), vec![&a]),
        (
            "add",
            json!({"value": json!({"value": b}).to_string()}),
            vec![&a, &b],
        ),
    ] {
        let operation = json!([{"op": op, "path": "members", "value": value}]);
        scim.patch(&path, operation.clone()).await.expect(200);
        let members: std::collections::BTreeSet<String> = members.into_iter().cloned().collect();
        assert_eq!(scim.member_ids(&group).await, members, "{operation}");
    }
    let body = json!({"displayName": "G", "members": json!([{"value": b}]).to_string()});
    let put = scim.put(&path, &body).await.expect(200);
    assert_eq!(put["members"].as_array().map(Vec::len), Some(1));
    assert!(scim.member_ids(&group).await.contains(&b));
}

async fn members_in_a_text_that_is_no_json_are_refused_and_change_nothing(world: World) {
    let scim = world.scim();
    let a = text(&scim.create_user("a").await["id"]);
    let group = text(&scim.create_group("G", &[&a]).await["id"]);
    let path = format!("/Groups/{group}");
    for value in [
        json!("[{\"value\":\"x\""),
        json!([" {\"value\""]),
        json!({"value": "[x"}),
        json!([null]),
        json!([{"value": ["x", "y"]}]),
        json!("{\"display\":\"nobody\"}"),
    ] {
        for op in ["add", "replace", "remove"] {
            let operation = json!([{"op": op, "path": "members", "value": value}]);
            assert_refused(&scim.patch(&path, operation).await, 400, Some("invalidValue"));
        }
        let body = json!({"displayName": "G", "members": value});
        assert_refused(&scim.put(&path, &body).await, 400, Some("invalidValue"));
    }
    assert!(scim.member_ids(&group).await.contains(&a));
}

async fn an_object_or_list_in_json_text_is_read_as_what_it_is(world: World) {
    let scim = world.scim();
    let address = json!({"value": "a@x.example", "type": "work"});
    let body = json!({
        "userName": "ada",
        "name": json!({"givenName": "Ada"}).to_string(),
        "emails": json!([address]).to_string(),
        "phoneNumbers": [json!({"value": "1"}).to_string()],
        "addresses": json!({"locality": "Paris"}).to_string(),
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": json!({"department": "D"}).to_string(),
    });
    let path = user_at(&world, &body).await;
    let user = scim.get(&path).await.expect(200);
    assert_eq!(user["name"], json!({"givenName": "Ada"}));
    assert_eq!(
        user["emails"],
        json!([{"value": "a@x.example", "type": "work", "primary": false}])
    );
    assert_eq!(user["phoneNumbers"], json!([{"value": "1", "primary": false}]));
    assert_eq!(
        user["addresses"],
        json!([{"locality": "Paris", "primary": false}])
    );
    let new = json!({"type": "work", "value": "new@x.example"}).to_string();
    for (op, at, value) in [
        ("replace", "emails[value eq \"a@x.example\"]", json!(new)),
        (
            "add",
            "emails",
            json!(json!([{"value": "b@x.example"}]).to_string()),
        ),
        ("replace", "emails[type eq \"work\"].value", json!(new)),
        ("replace", "name", json!(json!({"familyName": "L"}).to_string())),
    ] {
        let operation = json!([{"op": op, "path": at, "value": value}]);
        scim.patch(&path, operation).await.expect(200);
    }
    let user = scim.get(&path).await.expect(200);
    let addresses: Vec<String> = user["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(&it["value"]))
        .collect();
    assert_eq!(addresses, ["new@x.example", "b@x.example"]);
    assert_eq!(user["name"], json!({"familyName": "L", "givenName": "Ada"}));
}

async fn a_text_that_was_cut_off_is_refused_and_never_a_value(world: World) {
    let scim = world.scim();
    let path = user_at(
        &world,
        &json!({"userName": "ada", "emails": [{"value": "a@x.example"}]}),
    )
    .await;
    for (attribute, value) in [
        ("emails", json!("[{\"value\":\"b@x.example\"")),
        ("emails", json!(["{\"value\":"])),
        ("roles", json!("[\"admin\"")),
        ("name", json!("{\"givenName\"")),
        ("entitlements", json!("{\"no\":\"value\"}x")),
    ] {
        let operation = json!([{"op": "replace", "path": attribute, "value": value}]);
        assert_refused(&scim.patch(&path, operation).await, 400, Some("invalidValue"));
        let body = json!({"userName": "other", attribute: value});
        assert_refused(&scim.post("/Users", &body).await, 400, Some("invalidValue"));
    }
    let user = scim.get(&path).await.expect(200);
    assert_eq!(text(&user["emails"][0]["value"]), "a@x.example");
}

async fn one_value_in_a_list_of_one_is_that_value(world: World) {
    let scim = world.scim();
    let body = json!({
        "userName": ["ada"], "active": ["true"], "title": ["T"], "nickName": [],
        "name": {"givenName": ["Ada"]}, "emails": [{"value": ["a@x.example"], "primary": [true]}],
    });
    let path = user_at(&world, &body).await;
    let operations = json!([
        {"op": "replace", "path": "preferredLanguage", "value": ["de"]},
        {"op": "replace", "path": "emails[value eq \"a@x.example\"].type", "value": ["work"]},
        {"op": "replace", "value": {"displayName": ["Ada L"], "title": []}},
        {"op": "replace", "path": "active", "value": [false]},
    ]);
    let user = scim.patch(&path, operations).await.expect(200);
    assert_eq!(
        (
            &user["userName"],
            &user["displayName"],
            &user["preferredLanguage"]
        ),
        (&json!("ada"), &json!("Ada L"), &json!("de"))
    );
    assert_eq!((&user["active"], user.get("title")), (&json!(false), None));
    assert_eq!(user["emails"][0]["type"], json!("work"));
    let two = json!([{"op": "replace", "path": "title", "value": ["a", "b"]}]);
    assert_refused(&scim.patch(&path, two).await, 400, Some("invalidValue"));
}

async fn an_element_in_a_list_of_one_is_that_element(world: World) {
    let scim = world.scim();
    let path = user_at(
        &world,
        &json!({"userName": "ada", "emails": [{"value": "a@x.example"}]}),
    )
    .await;
    let operations = json!([
        {"op": "replace", "path": "emails[value eq \"a@x.example\"]", "value": [{"value": "b@x.example", "primary": true}]},
        {"op": "add", "path": "emails[type eq \"work\"]", "value": [{"value": "n@x.example"}]},
    ]);
    let user = scim.patch(&path, operations).await.expect(200);
    assert_eq!(
        user["emails"],
        json!([
            {"value": "b@x.example", "primary": true},
            {"type": "work", "value": "n@x.example", "primary": false},
        ])
    );
    let two =
        json!([{"op": "add", "path": "emails[type eq \"work\"]", "value": [{"value": "a"}, {"value": "b"}]}]);
    assert_refused(&scim.patch(&path, two).await, 400, Some("invalidValue"));
}

async fn the_same_value_of_the_same_type_is_there_once(world: World) {
    let scim = world.scim();
    let twice = json!([
        {"value": "a@x.example", "type": "work"},
        {"value": "A@X.example", "type": "Work", "primary": true},
        {"value": "a@x.example", "type": "home"},
    ]);
    let address = json!({"locality": "Paris", "type": "work"});
    let body = json!({
        "userName": "ada", "emails": twice, "addresses": [address, address],
        "entitlements": [{"value": "e"}, {"value": "e"}],
        "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "1", "type": "work"}],
    });
    let path = user_at(&world, &body).await;
    let wanted = json!([
        {"value": "a@x.example", "type": "work", "primary": true},
        {"value": "a@x.example", "type": "home", "primary": false},
    ]);
    let user = scim.get(&path).await.expect(200);
    assert_eq!(user["emails"], wanted);
    for list in ["addresses", "entitlements", "phoneNumbers"] {
        assert_eq!(user[list].as_array().map(Vec::len), Some(1), "{list}: {user}");
    }
    let version = text(&user["meta"]["version"]);
    for operation in [
        json!({"op": "replace", "path": "emails", "value": twice}),
        json!({"op": "replace", "value": {"emails": twice}}),
        json!({"op": "add", "path": "emails", "value": [{"value": "A@x.example", "type": "work"}]}),
        json!({"op": "add", "path": "entitlements", "value": [{"value": "E"}]}),
    ] {
        let user = scim.patch(&path, json!([operation])).await.expect(200);
        assert_eq!(text(&user["meta"]["version"]), version, "{operation}");
    }
}

async fn a_certificate_that_is_no_base64_is_refused(world: World) {
    let scim = world.scim();
    let with = |value: &str| json!({"userName": "ada", "x509Certificates": [{"value": value}]});
    for wrong in ["not base64 !", "QQ\n", "a"] {
        let answer = scim.post("/Users", &with(wrong)).await;
        assert_refused(&answer, 400, Some("invalidValue"));
        assert!(
            text(&answer.json()["detail"]).starts_with("x509Certificates[0].value"),
            "{answer}"
        );
    }
    scim.post("/Users", &with("TUlJQw==")).await.expect(201);
}

async fn two_primaries_are_the_last_one_unless_the_policy_refuses_them(world: World) {
    let scim = world.scim();
    let body = json!({"userName": "ada", "emails": [
        {"value": "a@x.example", "type": "home", "primary": true},
        {"value": "b@x.example", "type": "work", "primary": true},
    ]});
    let user = scim.post("/Users", &body).await.expect(201);
    let primary: Vec<_> = user["emails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["primary"].clone())
        .collect();
    assert_eq!(primary, [json!(false), json!(true)]);
    let strict = world.with_preset("strict_rfc").await.scim();
    assert_refused(&strict.post("/Users", &body).await, 400, Some("invalidValue"));
}

async fn roles_and_entitlements_may_be_as_many_as_the_schema_says(world: World) {
    let scim = world.scim();
    let many = |count: usize| {
        (0..count)
            .map(|at| json!({"value": format!("e-{at}")}))
            .collect::<Vec<_>>()
    };
    let path = user_at(
        &world,
        &json!({"userName": "ada", "entitlements": many(1_000), "roles": many(101)}),
    )
    .await;
    let user = scim.get(&path).await.expect(200);
    assert_eq!(user["entitlements"].as_array().map(Vec::len), Some(1_000));
    let more = json!([{"op": "add", "path": "entitlements", "value": [{"value": "one more"}]}]);
    assert_refused(&scim.patch(&path, more).await, 400, Some("invalidValue"));
    let schema = scim
        .get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User")
        .await
        .expect(200);
    for (name, at_most) in [
        ("entitlements", "at most 1000"),
        ("roles", "at most 1000"),
        ("emails", "at most 100"),
    ] {
        let attributes = schema["attributes"].as_array().unwrap();
        let found = attributes.iter().find(|it| it["name"] == name).unwrap();
        assert!(text(&found["description"]).ends_with(at_most), "{found}");
    }
}

async fn a_number_out_of_range_is_told_from_one_with_a_fraction(world: World) {
    let count = SchemaAttribute {
        name: "count".into(),
        r#type: AttributeType::Integer.into(),
        ..Default::default()
    };
    declare(&world, "urn:example:2.0:User", vec![count]).await;
    let scim = world.scim();
    for (number, why) in [
        ("9007199254740993", "between"),
        ("1e300", "between"),
        ("1.5", "whole number"),
    ] {
        let number: Value = serde_json::from_str(number).unwrap();
        let answer = scim
            .post(
                "/Users",
                &json!({"userName": "ada", "urn:example:2.0:User": {"count": number}}),
            )
            .await;
        assert_refused(&answer, 400, Some("invalidValue"));
        assert!(text(&answer.json()["detail"]).contains(why), "{answer}");
    }
}

async fn long_urls_and_whole_addresses_are_kept(world: World) {
    let scim = world.scim();
    let url = format!("https://pictures.example/{}", "x".repeat(8_000));
    let body = json!({
        "userName": "ada", "photos": [{"value": url}], "profileUrl": url, "addresses": [{"formatted": "x".repeat(2_000)}],
    });
    let path = user_at(&world, &body).await;
    assert_eq!(
        scim.get(&path).await.expect(200)["photos"][0]["value"],
        json!(url)
    );
    let body = json!({"userName": "bob", "profileUrl": format!("{url}{}", "x".repeat(200))});
    assert_refused(&scim.post("/Users", &body).await, 400, Some("invalidValue"));
}

async fn a_time_without_a_zone_is_utc(world: World) {
    let scim = world.scim();
    let id = text(&scim.post("/Users", &user_body("ada")).await.expect(201)["id"]);
    text(&scim.post("/Groups", &group_body("G", &[])).await.expect(201)["id"]);
    let since = scim
        .list("/Users", "meta.lastModified gt \"2011-05-13T04:42:34\"", "")
        .await
        .expect(200);
    assert!(ids(&since).contains(&id));
    assert_refused(
        &scim.list("/Users", "meta.created gt \"2011-05-13\"", "").await,
        400,
        Some("invalidFilter"),
    );
}
