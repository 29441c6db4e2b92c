//! Requests at the edge of what the RFCs say, as reports about other servers tell of them.

use identity_proto::v1::{
    AttributeType, CreateSchemaRequest, ExtendedType, ExtensionSchema, SchemaAttribute,
    schema_service_client::SchemaServiceClient,
};
use serde_json::{Value, json};

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{encoded, group_body, text, user_body},
};

everywhere!(
    only_an_explicit_true_switches_a_user_on,
    a_deleted_user_is_shown_as_inactive_whatever_was_taken_from_it,
    members_of_whom_none_is_known_do_not_empty_a_group,
    an_external_id_may_repeat_and_finds_all_who_have_it,
    an_external_id_is_unique_where_the_policy_says_so,
    a_required_attribute_of_an_extension_cannot_be_removed,
    a_bulk_patch_may_be_the_bare_list_of_its_operations,
    a_limit_of_errors_may_be_any_whole_number,
    a_manager_who_is_no_user_has_no_uri,
    two_hundred_terms_about_ids_fit_into_a_filter,
    an_order_by_membership_is_refused_as_an_order,
    a_body_that_is_compressed_is_told_which_coding_is_taken,
    a_patch_is_known_by_the_name_of_its_schema,
    a_backslash_in_a_filter_is_doubled,
    a_part_of_several_elements_needs_a_filter,
);

/// Declares an extension schema of users.
pub(super) async fn declare(world: &World, urn: &str, attributes: Vec<SchemaAttribute>) {
    let grpc = world.grpc();
    let request = CreateSchemaRequest {
        organization: grpc.organization_named(),
        schema: Some(ExtensionSchema {
            id: urn.to_owned(),
            name: "Example".into(),
            extends: ExtendedType::User.into(),
            attributes,
            ..Default::default()
        }),
        ..Default::default()
    };
    SchemaServiceClient::new(grpc.line())
        .create_schema(request)
        .await
        .unwrap();
}

async fn only_an_explicit_true_switches_a_user_on(world: World) {
    let scim = world.scim();
    let ada = text(
        &scim
            .post("/Users", &json!({"userName": "ada", "active": false}))
            .await
            .expect(201)["id"],
    );
    let path = format!("/Users/{ada}");
    for operations in [
        json!([{"op": "replace", "path": "active", "value": null}]),
        json!([{"op": "Replace", "path": "active", "value": ""}]),
        json!([{"op": "add", "path": "active", "value": []}]),
        json!([{"op": "replace", "value": {"active": null}}]),
        json!([{"op": "replace", "value": {"active": "", "title": "T"}}]),
    ] {
        let user = scim.patch(&path, operations.clone()).await.expect(200);
        assert_eq!(user["active"], json!(false), "{operations}");
    }
    for active in [json!(null), json!(""), json!([])] {
        let user = scim
            .put(&path, &json!({"userName": "ada", "active": active}))
            .await
            .expect(200);
        assert_eq!(user["active"], json!(false));
    }
    assert_eq!(world.grpc().user(&ada).await.active, Some(false));
    assert_eq!(
        scim.find("/Users", "active eq false").await,
        std::slice::from_ref(&ada)
    );
    // One who is active stays active, and the first word after that counts.
    let eve = format!("/Users/{}", text(&scim.create_user("eve").await["id"]));
    let removed = json!([{"op": "remove", "path": "active"}]);
    assert_eq!(
        scim.patch(&eve, removed.clone()).await.expect(200).get("active"),
        None
    );
    let both = json!([{"op": "replace", "path": "active", "value": false}, removed[0]]);
    assert_eq!(scim.patch(&eve, both).await.expect(200)["active"], json!(false));
    let on = json!([{"op": "replace", "path": "active", "value": "True"}]);
    assert_eq!(scim.patch(&path, on).await.expect(200)["active"], json!(true));
    // A user that was switched off is shown so; of one that was never active an absent value hides nothing.
    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    scim.patch(&path, off.clone()).await.expect(200);
    let user = scim.patch(&path, removed.clone()).await.expect(200);
    assert_eq!(user["active"], json!(false));
    let staged = json!({"userName": "staged", "active": false});
    let staged = text(&scim.post("/Users", &staged).await.expect(201)["id"]);
    let user = scim.patch(&format!("/Users/{staged}"), removed).await.expect(200);
    assert_eq!(user.get("active"), None);
    assert_eq!(world.grpc().user(&staged).await.active, Some(false));
    // A new user is active without a word; one who is found by a create stays as it is unless the create says true.
    let new = scim
        .post("/Users", &json!({"userName": "new", "active": null}))
        .await
        .expect(201);
    assert_eq!(new["active"], json!(true));
    world
        .set_policy(&[("create.revive", "inactive_and_deleted")])
        .await;
    scim.patch(&path, off).await.expect(200);
    for (sent, active) in [(json!(null), false), (json!(""), false), (json!(true), true)] {
        let back = scim
            .post("/Users", &json!({"userName": "ada", "active": sent}))
            .await
            .expect(201);
        assert_eq!(
            (text(&back["id"]), &back["active"]),
            (ada.clone(), &json!(active))
        );
    }
}

async fn a_deleted_user_is_shown_as_inactive_whatever_was_taken_from_it(world: World) {
    let scim = world.scim();
    world
        .set_policy(&[("delete.then_get", "inactive_resource")])
        .await;
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let removed = json!([{"op": "remove", "path": "active"}]);
    scim.patch(&path, removed).await.expect(200);
    scim.delete(&path).await.expect(204);
    assert_eq!(scim.get(&path).await.expect(200)["active"], json!(false));
}

async fn members_of_whom_none_is_known_do_not_empty_a_group(world: World) {
    let scim = world.scim();
    let a = text(&scim.create_user("a").await["id"]);
    let group = text(&scim.create_group("G", &[&a]).await["id"]);
    let path = format!("/Groups/{group}");
    let unknown = "0199aaaa-0000-7000-8000-000000000000";
    for ids in [vec!["nobody"], vec![unknown], vec!["x", unknown]] {
        let members: Vec<_> = ids.iter().map(|id| json!({"value": id})).collect();
        for operations in [
            json!([{"op": "replace", "path": "members", "value": members}]),
            json!([{"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": members}]),
        ] {
            assert_refused(&scim.patch(&path, operations).await, 400, Some("invalidValue"));
        }
        let put = scim.put(&path, &group_body("G", &ids)).await;
        assert_refused(&put, 400, Some("invalidValue"));
        assert_eq!(scim.member_ids(&group).await, [a.clone()].into());
    }
    // One who is known is enough, and what is said in so many words is done.
    scim.put(&path, &group_body("G", &[&a, "nobody"]))
        .await
        .expect(200);
    assert_eq!(scim.member_ids(&group).await, [a].into());
    for value in [json!([]), json!(null)] {
        let empty = json!([{"op": "replace", "path": "members", "value": value}]);
        scim.patch(&path, empty).await.expect(200);
        assert!(scim.member_ids(&group).await.is_empty());
    }
    scim.put(&path, &group_body("G", &["nobody"])).await.expect(200);
}

async fn an_external_id_may_repeat_and_finds_all_who_have_it(world: World) {
    let scim = world.scim();
    let with = |name: &str| json!({"userName": name, "externalId": "ada"});
    for name in ["ada@a.example", "ada@b.example"] {
        scim.post("/Users", &with(name)).await.expect(201);
        scim.post("/Groups", &json!({"displayName": name, "externalId": "ada"}))
            .await
            .expect(201);
    }
    for path in ["/Users", "/Groups"] {
        assert_eq!(scim.find(path, "externalId eq \"ada\"").await.len(), 2);
    }
    let eve = format!("/Users/{}", text(&scim.create_user("eve").await["id"]));
    let same = json!([{"op": "replace", "path": "externalId", "value": "ada"}]);
    scim.patch(&eve, same).await.expect(200);
    scim.put(&eve, &with("eve")).await.expect(200);
    assert_eq!(scim.find("/Users", "externalId eq \"ada\"").await.len(), 3);
}

async fn an_external_id_is_unique_where_the_policy_says_so(world: World) {
    let scim = world.scim();
    world.set_policy(&[("external_id.unique", "true")]).await;
    let with = |name: &str| json!({"userName": name, "externalId": "ada"});
    scim.post("/Users", &with("ada")).await.expect(201);
    let eve = format!("/Users/{}", text(&scim.create_user("eve").await["id"]));
    let same = json!([{"op": "replace", "path": "externalId", "value": "ada"}]);
    for refused in [
        scim.post("/Users", &with("bob")).await,
        scim.put(&eve, &with("eve")).await,
        scim.patch(&eve, same).await,
    ] {
        assert_refused(&refused, 409, Some("uniqueness"));
    }
    let group = |name: &str| json!({"displayName": name, "externalId": "g"});
    scim.post("/Groups", &group("One")).await.expect(201);
    assert_refused(
        &scim.post("/Groups", &group("Two")).await,
        409,
        Some("uniqueness"),
    );
}

async fn a_required_attribute_of_an_extension_cannot_be_removed(world: World) {
    let urn = "urn:example:req:2.0:User";
    let attribute = |name: &str, required| SchemaAttribute {
        name: name.into(),
        r#type: AttributeType::String.into(),
        required,
        ..Default::default()
    };
    declare(
        &world,
        urn,
        vec![attribute("must", true), attribute("may", false)],
    )
    .await;
    let scim = world.scim();
    let body = json!({"userName": "ada", urn: {"must": "x", "may": "y"}});
    let path = format!(
        "/Users/{}",
        text(&scim.post("/Users", &body).await.expect(201)["id"])
    );
    for operation in [
        json!({"op": "remove", "path": format!("{urn}:must")}),
        json!({"op": "replace", "path": format!("{urn}:must"), "value": null}),
        json!({"op": "replace", "value": {urn: {"must": ""}}}),
    ] {
        let answer = scim.patch(&path, json!([operation])).await;
        assert_refused(&answer, 400, Some("mutability"));
        assert!(
            text(&answer.json()["detail"]).contains(&format!("{urn}:must")),
            "{answer}"
        );
    }
    let missing = json!({"userName": "bob", urn: {"may": "y"}});
    let answer = scim.post("/Users", &missing).await;
    assert_refused(&answer, 400, Some("invalidValue"));
    assert!(
        text(&answer.json()["detail"]).starts_with(&format!("{urn}:must")),
        "{answer}"
    );
    let whole = json!([{"op": "remove", "path": urn}]);
    assert_eq!(scim.patch(&path, whole).await.expect(200).get(urn), None);
}

async fn a_bulk_patch_may_be_the_bare_list_of_its_operations(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let list = json!([{"op": "remove", "path": "nickName"}, {"op": "add", "path": "title", "value": "Dave"}]);
    let body = json!({"Operations": [
        {"method": "PATCH", "path": path, "data": list},
        {"method": "PUT", "path": path, "data": list},
    ]});
    let answer = scim.post("/Bulk", &body).await.expect(200);
    let statuses: Vec<_> = answer["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| text(&it["status"]))
        .collect();
    assert_eq!(statuses, ["200", "400"], "{answer}");
    assert_eq!(scim.get(&path).await.expect(200)["title"], json!("Dave"));
}

async fn a_limit_of_errors_may_be_any_whole_number(world: World) {
    let scim = world.scim();
    let missing = json!({"method": "DELETE", "path": "/Users/0"});
    for (limit, tried) in [
        (json!(-1), 2),
        (json!(0), 2),
        (json!(null), 2),
        (json!("1"), 1),
        (json!(1.0), 1),
        (json!(1), 1),
    ] {
        let body = json!({"failOnErrors": limit, "Operations": [missing, missing]});
        let answer = scim.post("/Bulk", &body).await.expect(200);
        let refused = answer["Operations"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["status"] == "404");
        assert_eq!(refused.count(), tried, "{limit}: {answer}");
    }
    for limit in [json!(1.5), json!("x"), json!({})] {
        let body = json!({"failOnErrors": limit, "Operations": [missing]});
        assert_refused(&scim.post("/Bulk", &body).await, 400, Some("invalidValue"));
    }
}

async fn a_manager_who_is_no_user_has_no_uri(world: World) {
    let scim = world.scim();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let boss = text(&scim.create_user("boss").await["id"]);
    for (manager, has_uri) in [
        ("CN=Max Muster,OU=Büro,DC=ex", false),
        ("Max", false),
        (boss.as_str(), true),
    ] {
        let name = format!("of {manager}");
        let body = json!({"userName": name, enterprise: {"manager": manager}});
        let user = scim.post("/Users", &body).await.expect(201);
        let shown = &user[enterprise]["manager"];
        assert_eq!(text(&shown["value"]), manager);
        let uri = shown.get("$ref").map(text);
        assert_eq!(
            uri.as_ref().is_some_and(|uri| uri.ends_with(&boss)),
            has_uri,
            "{shown}"
        );
        assert_eq!(uri.is_some(), has_uri, "{shown}");
    }
}

async fn two_hundred_terms_about_ids_fit_into_a_filter(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let term = |id: &str| format!("urn:ietf:params:scim:schemas:core:2.0:User:id eq \"{id}\"");
    let mut terms = vec![term("0199aaaa-0000-7000-8000-000000000000"); 199];
    terms.push(term(&ada));
    let search = |terms: &[String]| json!({"filter": terms.join(" or ")});
    let found = scim.post("/Users/.search", &search(&terms)).await.expect(200);
    assert_eq!(found["totalResults"], json!(1));
    assert_eq!(scim.find("/Users", &terms.join(" or ")).await, [ada]);
    terms.push(term("x"));
    assert_refused(
        &scim.post("/Users/.search", &search(&terms)).await,
        400,
        Some("invalidFilter"),
    );
}

async fn an_order_by_membership_is_refused_as_an_order(world: World) {
    for path in [
        "/Users?sortBy=groups",
        "/Users?sortBy=groups.value",
        "/Groups?sortBy=members",
    ] {
        let answer = world.scim().get(path).await;
        assert_refused(&answer, 400, Some("invalidValue"));
        assert!(text(&answer.json()["detail"]).starts_with("sortBy"), "{answer}");
    }
}

async fn a_body_that_is_compressed_is_told_which_coding_is_taken(world: World) {
    let scim = world.scim();
    let send = async |name: &str, value: &str| {
        let request = scim.request_with("POST", "/Users", &user_body("ada"));
        scim.send(request.without(name).header(name, value)).await
    };
    let coded = send("content-encoding", "gzip").await;
    assert_refused(&coded, 415, None);
    assert_eq!(coded.header("accept-encoding"), "identity");
    let typed = send("content-type", "text/plain").await;
    assert_refused(&typed, 415, None);
    assert!(!typed.headers.contains_key("accept-encoding"), "{typed}");
}

async fn a_patch_is_known_by_the_name_of_its_schema(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let body = |urn: &str| {
        let operation = json!({"op": "replace", "path": "title", "value": "T"});
        json!({"schemas": [urn], "Operations": [operation]})
    };
    let send = async |urn: &str| scim.send(scim.request_with("PATCH", &path, &body(urn))).await;
    send("urn:ietf:params:scim:schemas:core:2.0:PatchOp")
        .await
        .expect(200);
    let refused = send("urn:ietf:params:scim:schemas:core:2.0:User").await;
    assert_refused(&refused, 400, Some("invalidSyntax"));
}

async fn a_backslash_in_a_filter_is_doubled(world: World) {
    let scim = world.scim();
    let nick = text(&scim.create_user("CORP\\nick").await["id"]);
    assert_eq!(scim.find("/Users", "userName eq \"CORP\\\\nick\"").await, [nick]);
    for name in ["CORP\\jdoe", "CORP\\nick"] {
        let answer = scim.list("/Users", &format!("userName eq \"{name}\""), "").await;
        assert_refused(&answer, 400, Some("invalidFilter"));
        assert!(text(&answer.json()["detail"]).contains("backslash"), "{answer}");
    }
}

async fn a_part_of_several_elements_needs_a_filter(world: World) {
    let scim = world.scim();
    let body = json!({"userName": "ada", "emails": [{"value": "a@x.example"}, {"value": "b@x.example"}]});
    let path = format!(
        "/Users/{}",
        text(&scim.post("/Users", &body).await.expect(201)["id"])
    );
    let operation = json!([{"op": "replace", "path": "emails.value", "value": "c@x.example"}]);
    let answer = scim.patch(&path, operation).await;
    assert_refused(&answer, 400, Some("invalidPath"));
    let found: Value = scim
        .get(&format!(
            "/Users?filter={}",
            encoded("emails.value eq \"c@x.example\"")
        ))
        .await
        .expect(200);
    assert_eq!(found["totalResults"], json!(0));
}
