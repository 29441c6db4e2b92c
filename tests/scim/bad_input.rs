//! Invalid requests: they are refused in SCIM's form with the right status, and change nothing.

use serde_json::json;

use crate::harness::{
    Request, Scim, World, assert_refused, everywhere,
    scim::{patch_body, text},
};

everywhere!(
    a_body_that_is_no_json_object_is_refused,
    a_body_of_another_type_is_refused,
    a_value_that_breaks_a_rule_is_refused,
    a_patch_that_makes_no_sense_is_refused,
    a_filter_of_ten_thousand_parentheses_is_refused,
    an_unknown_route_or_method_is_refused,
    a_refused_operation_undoes_those_before_it,
);

async fn a_body_that_is_no_json_object_is_refused(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    let bodies = [
        "",
        " ",
        "{",
        r#"{"userName":"#,
        r#"{"userName":"b"#,
        r#"{"userName":"b"}}"#,
        r#"{"userName":"b",}"#,
        "{'userName':'b'}",
        "null",
        "true",
        "5",
        "\"text\"",
        "[]",
        r#"[{"userName":"b"}]"#,
        r#"{"userName":"\ud800"}"#,
        r#"{"userName":"\udc00\ud800"}"#,
        "{\"userName\":\"\u{1}\"}",
    ];
    for body in bodies
        .map(|body| body.as_bytes().to_vec())
        .into_iter()
        .chain([b"{\"userName\":\"\xff\"}".to_vec()])
    {
        for (method, path) in [
            ("POST", "/Users"),
            ("POST", "/Groups"),
            ("PUT", &*path),
            ("PATCH", &*path),
        ] {
            let request = scim
                .request(method, path)
                .header("content-type", "application/scim+json");
            assert_refused_without_trace(&world, request.body(body.clone()), 400, Some("invalidSyntax"))
                .await;
        }
    }
}

async fn a_body_of_another_type_is_refused(world: World) {
    let scim = world.scim();
    for content_type in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "json",
        "image/png",
    ] {
        for (method, path) in [("POST", "/Users"), ("PUT", "/Users/x"), ("PATCH", "/Groups/x")] {
            let body = json!({"userName": "ada"}).to_string();
            let request = scim
                .request(method, path)
                .header("content-type", content_type)
                .body(body);
            assert_refused_without_trace(&world, request, 415, None).await;
        }
    }
}

async fn a_value_that_breaks_a_rule_is_refused(world: World) {
    let scim = world.scim();
    let long = "x".repeat(1025);
    let many: Vec<_> = (0..101)
        .map(|n| json!({"value": format!("a{n}@example.com")}))
        .collect();
    for body in [
        json!({}),
        json!({"userName": ""}),
        json!({"userName": null}),
        json!({"userName": 5}),
        json!({"userName": ["ada", "eva"]}),
        json!({"userName": "a\u{0}b"}),
        json!({"userName": long}),
        json!({"userName": "b", "title": "a\u{0}b"}),
        json!({"userName": "b", "title": long}),
        json!({"userName": "b", "active": "perhaps"}),
        json!({"userName": "b", "active": 2}),
        json!({"userName": "b", "name": "Ada"}),
        json!({"userName": "b", "emails": many}),
        json!({"userName": "b", "emails": [["a@x.example", "b@x.example"]]}),
    ] {
        let request = scim.request_with("POST", "/Users", &body);
        assert_refused_without_trace(&world, request, 400, Some("invalidValue")).await;
    }
    for body in [
        json!({}),
        json!({"displayName": ""}),
        json!({"displayName": "a\u{0}"}),
        json!({"displayName": long}),
    ] {
        let request = scim.request_with("POST", "/Groups", &body);
        assert_refused_without_trace(&world, request, 400, Some("invalidValue")).await;
    }
}

async fn a_patch_that_makes_no_sense_is_refused(world: World) {
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("ada").await["id"]));
    for (operation, scim_type) in [
        (
            json!({"op": "move", "path": "title", "value": "x"}),
            "invalidSyntax",
        ),
        (json!({"path": "title", "value": "x"}), "invalidSyntax"),
        (json!("replace"), "invalidSyntax"),
        (json!({"op": "remove"}), "noTarget"),
        (
            json!({"op": "replace", "path": "title[", "value": "x"}),
            "invalidFilter",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq \"work\"", "value": "x"}),
            "invalidFilter",
        ),
        (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (
            json!({"op": "replace", "path": "userName", "value": ""}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": "active", "value": "perhaps"}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "title", "value": "a\u{0}b"}),
            "invalidValue",
        ),
    ] {
        let request = scim.request_with("PATCH", &path, &patch_body(json!([operation])));
        let shown = operation.to_string();
        let answer = scim.send(request).await;
        assert_eq!(answer.status, 400, "{shown}: {answer}");
        assert_eq!(answer.json()["scimType"], scim_type, "{shown}: {answer}");
    }
    for body in [json!({}), json!({"Operations": 5}), json!({"Operations": "all"})] {
        let request = scim.request_with("PATCH", &path, &body);
        assert_refused_without_trace(&world, request, 400, Some("invalidSyntax")).await;
    }
}

async fn a_filter_of_ten_thousand_parentheses_is_refused(world: World) {
    let (open, close) = ("(".repeat(10_000), ")".repeat(10_000));
    for path in ["/Users", "/Groups"] {
        for filter in [
            format!("{open}id%20pr{close}"),
            open.clone(),
            format!("not{open}id%20pr{close}"),
        ] {
            let request = world.scim().request("GET", &format!("{path}?filter={filter}"));
            assert_refused_without_trace(&world, request, 400, Some("invalidFilter")).await;
        }
    }
    let user = text(&world.scim().create_user("ada").await["id"]);
    let operation = json!([{"op": "remove", "path": format!("emails[{open}type pr{close}]")}]);
    let request = world
        .scim()
        .request_with("PATCH", &format!("/Users/{user}"), &patch_body(operation));
    assert_refused_without_trace(&world, request, 400, Some("invalidPath")).await;
}

async fn an_unknown_route_or_method_is_refused(world: World) {
    let scim = world.scim();
    for (method, path, status) in [
        ("GET", "/Unknown", 404),
        ("GET", "/Users/x/y", 404),
        ("POST", "/Unknown", 404),
        ("GET", "/Schemas/urn:unknown", 404),
        ("GET", "/ResourceTypes/Unknown", 404),
        ("DELETE", "/Users", 405),
        ("PUT", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("POST", "/Schemas", 405),
        ("DELETE", "/ServiceProviderConfig", 405),
        ("PUT", "/ResourceTypes", 405),
    ] {
        assert_refused_without_trace(&world, scim.request(method, path), status, None).await;
    }
}

async fn a_refused_operation_undoes_those_before_it(world: World) {
    let scim = world.scim();
    let ada = text(&scim.create_user("ada").await["id"]);
    let group = text(&scim.create_group("Team", &[]).await["id"]);
    let user = json!([
        {"op": "replace", "path": "title", "value": "Countess"},
        {"op": "replace", "path": "active", "value": "perhaps"},
    ]);
    let members = json!([
        {"op": "add", "path": "members", "value": [{"value": ada}]},
        {"op": "replace", "path": "displayName", "value": "a\u{0}b"},
    ]);
    for (path, operations) in [
        (format!("/Users/{ada}"), user),
        (format!("/Groups/{group}"), members),
    ] {
        let request = scim.request_with("PATCH", &path, &patch_body(operations));
        let before = scim.get(&path).await.expect(200);
        assert_refused_without_trace(&world, request, 400, Some("invalidValue")).await;
        assert_eq!(scim.get(&path).await.expect(200), before);
    }
}

/// Asserts that the request is refused, and that nothing has changed.
pub(super) async fn assert_refused_without_trace(
    world: &World,
    request: Request,
    status: u16,
    scim_type: Option<&str>,
) {
    let before = world.grpc().revision().await;
    let shown = request.to_string();
    let answer = Scim::send(&world.scim(), request).await;
    assert_eq!(answer.status.as_u16(), status, "{shown}: {answer}");
    assert_refused(&answer, status, scim_type);
    assert_eq!(
        world.grpc().revision().await,
        before,
        "{shown}: something changed"
    );
}
