//! Discovery: RFC 7644, section 4. What it says is true.

use identity_proto::v1::{AttributeType, SchemaAttribute};
use serde_json::{Value, json};

use super::edges::declare;
use crate::harness::{Http, Request, World, everywhere, scim::text};

everywhere!(
    discovery_answers_lists_and_single_resources,
    discovery_tells_what_the_service_does,
    the_openapi_document_has_the_methods_that_paths_have,
    the_openapi_document_has_the_schemas_of_the_organization,
    locations_lead_back_to_the_resource,
    paths_are_taken_with_stray_slashes,
    a_bearer_scheme_is_taken_in_any_case_and_twice,
);

async fn discovery_answers_lists_and_single_resources(world: World) {
    let scim = world.scim();
    for path in ["/Schemas", "/ResourceTypes"] {
        let list = scim.get(path).await.expect(200);
        let resources = list["Resources"].as_array().expect("a list");
        assert_eq!(list["totalResults"], resources.len());
        for resource in resources {
            let single = scim
                .get(&format!("{path}/{}", text(&resource["id"])))
                .await
                .expect(200);
            assert_eq!(&single, resource);
        }
    }
}

async fn discovery_tells_what_the_service_does(world: World) {
    let config = world.scim().get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["patch"], json!({"supported": true}));
    assert_eq!(config["filter"]["supported"], true);
    assert!(config["filter"]["maxResults"].is_u64(), "{config}");
    assert_eq!(config["changePassword"], json!({"supported": false}));
    assert_eq!(config["sort"], json!({"supported": true}));
    assert_eq!(config["etag"], json!({"supported": true}));
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    let types: Vec<_> = schemes.iter().map(|scheme| &scheme["type"]).collect();
    assert_eq!(types, ["oauthbearertoken", "oauth2"]);
    let page = config["documentationUri"].as_str().unwrap();
    assert!(page.ends_with('/'), "{page}");
    let page = Http::new(world.endpoints().scim.clone())
        .send(Request::new("GET", "/"))
        .await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
}

/// Without a token a method that a path has is 401, any other 405.
async fn the_openapi_document_has_the_methods_that_paths_have(world: World) {
    let document = world.scim().get("/openapi.json").await.expect(200);
    let nobody = world.scim().with_token("");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            // Every other method of `/Me` is answered, but does nothing.
            if path == "/Me" && method != "GET" {
                continue;
            }
            let answer = nobody
                .send(nobody.request(method, &path.replace(['{', '}'], "")))
                .await;
            let described = methods.get(method.to_lowercase()).is_some();
            let status = if described { 401 } else { 405 };
            assert_eq!(answer.status, status, "{method} {path}: {answer}");
        }
    }
}

async fn the_openapi_document_has_the_schemas_of_the_organization(world: World) {
    let urn = "urn:x:badge";
    let number = SchemaAttribute {
        name: "number".into(),
        r#type: AttributeType::String.into(),
        ..Default::default()
    };
    declare(&world, urn, vec![number]).await;
    let shown = |document: &Value| document["components"]["schemas"]["User"]["properties"][urn].clone();
    let document = world.scim().get("/openapi.json").await.expect(200);
    assert!(shown(&document)["properties"]["number"].is_object(), "{document}");
    assert_eq!(
        document["servers"][0]["url"],
        format!("{}/scim/v2", world.endpoints().scim)
    );
    let other = world.other().await.scim().get("/openapi.json").await.expect(200);
    assert!(shown(&other).is_null());
}

async fn locations_lead_back_to_the_resource(world: World) {
    let scim = world.scim();
    let base = format!("{}/scim/v2", world.endpoints().scim);
    let user = scim.post("/Users", &json!({"userName": "ada"})).await;
    let id = text(&user.expect(201)["id"]);
    let group = scim
        .post(
            "/Groups",
            &json!({"displayName": "Team", "members": [{"value": id}]}),
        )
        .await;
    for answer in [&user, &group] {
        let body = answer.expect(201);
        let location = text(&body["meta"]["location"]);
        assert_eq!(answer.header("location"), location);
        let path = location
            .strip_prefix(&base)
            .unwrap_or_else(|| panic!("{location} is not below {base}"));
        assert_eq!(scim.get(path).await.expect(200)["id"], body["id"]);
    }
    assert_eq!(
        group.expect(201)["members"][0]["$ref"],
        format!("{base}/Users/{id}")
    );
}

async fn paths_are_taken_with_stray_slashes(world: World) {
    let scim = world.scim();
    let id = text(&scim.create_user("ada").await["id"]);
    for path in ["//Users", "/Users/", "//Users//", "/Users?", "/Users/?count=5"] {
        assert_eq!(scim.get(path).await.expect(200)["totalResults"], 1, "{path}");
    }
    for path in [format!("//Users/{id}"), format!("/Users//{id}/")] {
        assert_eq!(
            scim.get(&path).await.expect(200)["id"],
            Value::from(id.clone()),
            "{path}"
        );
    }
    let elsewhere = crate::harness::Http::new(format!("{}/api/v1/scim/v2", world.endpoints().scim));
    let bearer = format!("Bearer {}", world.scim_token());
    let answer = elsewhere
        .send(Request::new("GET", "/Users").header("authorization", &bearer))
        .await;
    assert_eq!(answer.expect(200)["totalResults"], 1);
}

async fn a_bearer_scheme_is_taken_in_any_case_and_twice(world: World) {
    let (scim, token) = (world.scim(), world.scim_token());
    for (header, status) in [
        (format!("bearer {token}"), 200),
        (format!("BEARER {token}"), 200),
        (format!("Bearer Bearer {token}"), 200),
        (token.to_owned(), 401),
        (format!("Basic {token}"), 401),
        ("Bearer".into(), 401),
        ("Bearer ".into(), 401),
    ] {
        let answer = scim
            .send(scim.request("GET", "/Users").header("authorization", &header))
            .await;
        assert_eq!(answer.status.as_u16(), status, "{header}: {answer}");
    }
    let answer = scim
        .send(scim.request("GET", "/Users").without("authorization"))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("www-authenticate")),
        (401, "Bearer")
    );
}
