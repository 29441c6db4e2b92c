//! Roles as an identity provider gives them.

use identity_proto::v1::{
    CreateProjectRequest, GrantRoleRequest, ListConnectionsRequest, Project, ProjectType,
    project_service_client::ProjectServiceClient, role_service_client::RoleServiceClient,
};
use serde_json::{Value, json};

use crate::harness::{
    World, assert_refused, everywhere,
    scim::{encoded, text},
};

everywhere!(
    roles_are_the_whole_truth_when_they_are_sent,
    roles_left_out_stay,
    one_role_in_each_place_is_added_replaced_and_demanded,
    what_can_be_given_is_listed_found_and_filtered,
    okta_gets_roles_and_entitlements_under_its_own_urns,
    the_older_attribute_works_in_bodies_and_as_a_path,
);

const LEGACY: &str = "urn:lightdash:params:scim:schemas:extension:2.0:User";

async fn project(world: &World, name: &str, kind: ProjectType) -> String {
    let grpc = world.grpc();
    let request = CreateProjectRequest {
        organization: grpc.organization_named(),
        project: Some(Project {
            name: name.into(),
            r#type: kind.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = ProjectServiceClient::new(grpc.line())
        .create_project(request)
        .await;
    made.unwrap().into_inner().project.unwrap().id
}

fn values(user: &Value) -> Vec<String> {
    let roles = user["roles"].as_array().into_iter().flatten();
    roles.map(|role| text(&role["value"])).collect()
}

async fn roles_are_the_whole_truth_when_they_are_sent(world: World) {
    world.set_policy(&[("manual_updates", "allow")]).await;
    let scim = world.scim();
    let (apollo, preview) = (
        project(&world, "Apollo", ProjectType::Default).await,
        project(&world, "Preview", ProjectType::Preview).await,
    );
    let path = format!("/Users/{}", text(&scim.create_user("ada@x.example").await["id"]));
    let grpc = world.grpc();
    for (project, role) in [(&preview, "editor"), (&apollo, "editor")] {
        let request = GrantRoleRequest {
            organization: grpc.organization_named(),
            principal_id: path.trim_start_matches("/Users/").into(),
            project: project.clone(),
            role: role.into(),
            ..Default::default()
        };
        RoleServiceClient::new(grpc.line())
            .grant_role(request)
            .await
            .unwrap();
    }
    let before = scim.get(&path).await.expect(200);
    assert_eq!(values(&before), [format!("{apollo}:editor")]);
    let body = json!({"userName": "ada@x.example", "roles": [{"value": "viewer"}]});
    let after = scim.put(&path, &body).await.expect(200);
    assert_eq!(values(&after), ["viewer"]);
    let body = json!({"userName": "ada@x.example", "roles": [{"value": format!("{preview}:viewer")}]});
    assert_refused(&scim.put(&path, &body).await, 400, Some("invalidValue"));
}

async fn roles_left_out_stay(world: World) {
    let scim = world.scim();
    let apollo = project(&world, "Apollo", ProjectType::Default).await;
    let value = format!("{apollo}:editor");
    let body = json!({"userName": "ada", "roles": ["viewer", {"value": value}, "x:no-role"]});
    let user = scim.post("/Users", &body).await.expect(201);
    assert_eq!(values(&user), ["viewer", &value]);
    assert_eq!(user["roles"][0]["type"], "Organization");
    assert_eq!(user["roles"][1]["display"], "Apollo - editor");
    assert_eq!(user["roles"][1]["type"], "Project - Apollo");
    let path = format!("/Users/{}", text(&user["id"]));
    let body = json!({"userName": "ada", "title": "Countess"});
    assert_eq!(
        values(&scim.put(&path, &body).await.expect(200)),
        ["viewer", &value]
    );
    let title = json!([{"op": "replace", "path": "title", "value": "Dame"}]);
    let after = scim.patch(&path, title).await.expect(200);
    assert_eq!(values(&after), ["viewer", &value]);
}

async fn one_role_in_each_place_is_added_replaced_and_demanded(world: World) {
    let world = world.with_preset("lightdash").await;
    let scim = world.scim();
    let apollo = project(&world, "Apollo", ProjectType::Default).await;
    let user = scim.create_user("ada@x.example").await;
    assert_eq!(values(&user), ["member"]);
    assert_eq!(user["roles"][0]["primary"], true);
    let path = format!("/Users/{}", text(&user["id"]));
    let add = async |value: &str| {
        let operation = json!([{"op": "add", "path": "roles", "value": [{"value": value}]}]);
        scim.patch(&path, operation).await
    };
    assert_eq!(values(&add("editor").await.expect(200)), ["editor"]);
    let version = text(&add("editor").await.expect(200)["meta"]["version"]);
    let held = add("editor").await.expect(200);
    assert_eq!(
        text(&held["meta"]["version"]),
        version,
        "a held role is not added again"
    );
    let [viewer, editor] = ["viewer", "editor"].map(|role| format!("{apollo}:{role}"));
    add(&viewer).await.expect(200);
    assert_eq!(values(&add(&editor).await.expect(200)), ["editor", &editor]);
    let primary = json!([{"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "viewer"}]);
    assert_eq!(
        values(&scim.patch(&path, primary).await.expect(200)),
        ["viewer", &editor]
    );
    for wrong in [
        json!(["member", "viewer"]),
        json!([viewer]),
        json!(["wizard", "viewer"]),
    ] {
        let body = json!({"userName": "ada@x.example", "roles": wrong});
        let refused = scim.put(&path, &body).await;
        assert_refused(&refused, 400, Some("invalidValue"));
    }
}

async fn what_can_be_given_is_listed_found_and_filtered(world: World) {
    let scim = world.scim();
    let apollo = project(&world, "Apollo", ProjectType::Default).await;
    project(&world, "Preview", ProjectType::Preview).await;
    let all = scim.get("/Roles").await.expect(200);
    assert_eq!(all["totalResults"], 11);
    let value = format!("{apollo}:admin");
    let one = scim.get(&format!("/Roles/{value}")).await.expect(200);
    assert_eq!((&one["id"], &one["value"]), (&json!(value), &json!(value)));
    assert_eq!(
        one["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:Role"])
    );
    assert_eq!(
        (&one["type"], &one["supported"]),
        (&json!("Project - Apollo"), &json!(true))
    );
    let filter = encoded(r#"type eq "Organization" and value sw "e""#);
    let found = scim.get(&format!("/Roles?filter={filter}")).await.expect(200);
    assert_eq!(found["Resources"][0]["value"], "editor");
    let page = scim.get("/Roles?startIndex=11&count=5").await.expect(200);
    assert_eq!(
        (&page["itemsPerPage"], &page["Resources"][0]["value"]),
        (&json!(1), &json!(value))
    );
    assert_refused(&scim.get("/Roles/wizard").await, 404, None);
    let wrong = scim
        .get(&format!("/Roles?filter={}", encoded("color eq 1")))
        .await;
    assert_refused(&wrong, 400, Some("invalidFilter"));
    assert_eq!(scim.get("/Entitlements").await.expect(200)["totalResults"], 0);
}

async fn okta_gets_roles_and_entitlements_under_its_own_urns(world: World) {
    let grpc = world.grpc();
    let request = ListConnectionsRequest {
        organization: grpc.organization_named(),
        ..Default::default()
    };
    let connections = grpc.connections().list_connections(request).await.unwrap();
    let mut connection = connections.into_inner().connections.remove(0);
    connection.idp_kind = "okta".into();
    let request = identity_proto::v1::UpdateConnectionRequest {
        organization: grpc.organization_named(),
        connection: Some(connection),
        update_mask: Some(crate::harness::grpc::mask(&["idp_kind"])),
        ..Default::default()
    };
    grpc.connections().update_connection(request).await.unwrap();
    let role = world.scim().get("/Roles/admin").await.expect(200);
    assert_eq!(role["schemas"], json!(["urn:okta:scim:schemas:core:1.0:Role"]));
    assert_eq!(role["displayName"], "admin");
    let kind = world.scim().get("/ResourceTypes/Entitlement").await.expect(200);
    assert_eq!(kind["schema"], "urn:okta:scim:schemas:core:1.0:Entitlement");
    let schema = world
        .scim()
        .get("/Schemas/urn:okta:scim:schemas:core:1.0:Role")
        .await;
    assert_eq!(schema.expect(200)["name"], "Role");
}

async fn the_older_attribute_works_in_bodies_and_as_a_path(world: World) {
    let world = world.with_preset("lightdash").await;
    let scim = world.scim();
    let body = json!({"userName": "ada@x.example", LEGACY: {"role": "editor"}});
    let user = scim.post("/Users", &body).await.expect(201);
    assert_eq!(
        (values(&user), &user[LEGACY]["role"]),
        (vec!["editor".into()], &json!("editor"))
    );
    let path = format!("/Users/{}", text(&user["id"]));
    let by_path = json!([{"op": "replace", "path": format!("{LEGACY}:role"), "value": "viewer"}]);
    let after = scim.patch(&path, by_path).await.expect(200);
    assert_eq!(
        (values(&after), &after[LEGACY]["role"]),
        (vec!["viewer".into()], &json!("viewer"))
    );
    let both =
        |older: &str| json!({"userName": "ada@x.example", "roles": ["admin"], LEGACY: {"role": older}});
    assert_refused(&scim.put(&path, &both("member")).await, 400, Some("invalidValue"));
    let new = json!({"userName": "bob@x.example", "roles": ["admin"], LEGACY: {"role": "viewer"}});
    assert_refused(&scim.post("/Users", &new).await, 400, Some("invalidValue"));
    // A value that a client read and sends back beside a new role contradicts nothing.
    let after = scim.put(&path, &both("viewer")).await.expect(200);
    assert_eq!(after[LEGACY]["role"], "admin");
}
