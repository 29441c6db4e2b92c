//! Lightdash.

use identity_proto::v1::{
    CreateProjectRequest, Project, ProjectType, project_service_client::ProjectServiceClient,
};
use serde_json::json;

use super::{FAR, add_member, grant, may, patch, rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(
    lightdash_gets_what_its_document_says,
    lightdash_has_roles_in_the_organization_and_in_projects,
    lightdash_gives_projects_to_groups_and_members_to_them_over_scim,
);

async fn lightdash_gets_what_its_document_says(world: World) {
    let world = world.with_preset("lightdash").await;
    // A token with an end; "Bearer" and a blank before it are typed into Okta's form.
    let (made, scim) = token(&world, Some(FAR)).await;
    let test = scim
        .get("//Users?filter=userName%20eq%20%22nobody%40x.example%22&startIndex=1&count=100")
        .await;
    assert_eq!(test.expect(200)["totalResults"], 0);

    // `userName` is the e-mail address, and the primary one equals it.
    assert_refused(
        &scim.post("/Users", &json!({"userName": "ada"})).await,
        400,
        Some("invalidValue"),
    );
    let other = json!({"userName": "ada@x.example", "emails": [{"value": "b@x.example", "primary": true}]});
    assert_refused(&scim.post("/Users", &other).await, 400, Some("invalidValue"));
    let body = json!({
        "userName": "ada@x.example", "active": true,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@x.example", "primary": true}],
    });
    let ada = scim.post("/Users", &body).await.expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    assert_eq!(world.grpc().user(&id).await.organization_role, "member");

    // "`userName` is mapped to the user's primary email": a rename by it alone moves the address along, and who sends none has it.
    let rename = json!({"op": "Replace", "path": "userName", "value": "ada.l@x.example"});
    let renamed = patch(&scim, &path, rename).await.expect(200);
    assert_eq!(renamed["emails"][0]["value"], "ada.l@x.example");
    assert_eq!(world.grpc().user(&id).await.emails[0].value, "ada.l@x.example");
    let renamed = scim
        .put(&path, &json!({"userName": "ada.b@x.example"}))
        .await
        .expect(200);
    assert_eq!(renamed["emails"][0]["value"], "ada.b@x.example");
    scim.put(&path, &body).await.expect(200);
    let bare = scim
        .post("/Users", &json!({"userName": "bob@x.example"}))
        .await
        .expect(201);
    assert_eq!(bare["emails"][0]["value"], "bob@x.example");
    scim.delete(&user(&bare)).await.expect(204);

    // Roles: given, kept where nothing is said of them, and refused where there is no such role.
    let editor = json!({"op": "replace", "path": "roles", "value": [{"value": "editor"}]});
    patch(&scim, &path, editor).await.expect(200);
    scim.put(&path, &body).await.expect(200);
    assert_eq!(world.grpc().user(&id).await.organization_role, "editor");
    let nothing = json!({"op": "replace", "path": "roles", "value": [{"value": "emperor"}]});
    assert_refused(&patch(&scim, &path, nothing).await, 400, Some("invalidValue"));

    // Groups are pushed; deactivation takes roles and groups, and the return gives nothing back.
    let team = text(&scim.create_group("Team", &[&id]).await["id"]);
    assert_eq!(set_active(&scim, &path, "False").await["active"], false);
    assert!(scim.member_ids(&team).await.is_empty());
    set_active(&scim, &path, "True").await;
    let back = world.grpc().user(&id).await;
    assert_eq!(
        (back.organization_role.as_str(), back.groups.len()),
        ("member", 0)
    );

    // The last admin stays.
    let admin = json!({"op": "add", "path": "roles", "value": [{"value": "admin"}]});
    patch(&scim, &path, admin).await.expect(200);
    let off = json!({"op": "replace", "value": {"active": false}});
    assert_refused(&patch(&scim, &path, off).await, 400, Some("invalidValue"));

    // A rotation needs an end, cuts the old secret off, and comes once an hour.
    assert!(rotate(&world, &made.id, None).await.is_err());
    let rotated = rotate(&world, &made.id, Some(FAR)).await.expect("a rotation");
    assert_refused(&scim.get("/Users").await, 401, None);
    rotated.get("/Users").await.expect(200);
    assert!(rotate(&world, &made.id, Some(FAR)).await.is_err());

    assert_eq!(tear_down(&world).await.released_users, 1);
    assert_refused(&rotated.get("/Users").await, 401, None);
}

/// A project of a kind.
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
    let mut projects = ProjectServiceClient::new(grpc.line());
    let made = projects.create_project(request).await.expect("a project");
    made.into_inner().project.expect("a project").id
}

async fn lightdash_has_roles_in_the_organization_and_in_projects(world: World) {
    let world = world.with_preset("lightdash").await;
    let (_, scim) = token(&world, Some(FAR)).await;
    let apollo = project(&world, "Apollo", ProjectType::Default).await;
    let preview = project(&world, "Preview", ProjectType::Preview).await;
    let ada = scim
        .post("/Users", &json!({"userName": "ada@x.example"}))
        .await
        .expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let put = async |roles: &[String]| {
        let roles: Vec<_> = roles.iter().map(|value| json!({"value": value})).collect();
        scim.put(&path, &json!({"userName": "ada@x.example", "roles": roles}))
            .await
    };
    let in_apollo = |role: &str| format!("{apollo}:{role}");

    // "Project role values are a combination of the project id and the role identifier"; all that may be given is listed.
    let listed = scim.get("/Roles?count=100").await.expect(200);
    let listed: Vec<_> = listed["Resources"]
        .as_array()
        .expect("roles")
        .iter()
        .map(|role| text(&role["value"]))
        .collect();
    for role in [
        "member",
        "viewer",
        "interactive_viewer",
        "editor",
        "developer",
        "admin",
    ] {
        assert!(listed.contains(&role.to_owned()), "{role}");
        assert_eq!(listed.contains(&in_apollo(role)), role != "member", "{role}");
    }
    assert!(
        !listed.iter().any(|value| value.starts_with(&preview)),
        "{listed:?}"
    );
    put(&["viewer".into(), in_apollo("editor")]).await.expect(200);
    assert_eq!(world.grpc().user(&id).await.organization_role, "viewer");
    assert!(may(&world, &id, "project.edit", &apollo).await);

    // "A user can only have one role per organization and per project", and "must have an organization role".
    for wrong in [
        vec!["viewer".into(), "editor".into()],
        vec!["viewer".into(), in_apollo("viewer"), in_apollo("editor")],
        vec![in_apollo("viewer")],
        vec!["viewer".into(), in_apollo("member")],
        vec!["viewer".into(), format!("{preview}:viewer")],
    ] {
        assert_refused(&put(&wrong).await, 400, Some("invalidValue"));
    }
    assert!(may(&world, &id, "project.edit", &apollo).await);

    // "Roles for preview projects cannot be managed via SCIM": one that was given here survives what is sent.
    grant(&world, &id, "editor", &preview)
        .await
        .expect("a role in the preview");
    put(&["viewer".into()]).await.expect(200);
    assert!(may(&world, &id, "project.edit", &preview).await);
    assert!(!may(&world, &id, "project.edit", &apollo).await);

    // The older extension sets the organization role, as an attribute path too.
    let urn = "urn:lightdash:params:scim:schemas:extension:2.0:User";
    let older = json!({"op": "replace", "path": format!("{urn}:role"), "value": "developer"});
    let answer = patch(&scim, &path, older).await.expect(200);
    assert_eq!(answer[urn]["role"], "developer");
    assert_eq!(world.grpc().user(&id).await.organization_role, "developer");
}

async fn lightdash_gives_projects_to_groups_and_members_to_them_over_scim(world: World) {
    let world = world.with_preset("lightdash").await;
    let (_, scim) = token(&world, Some(FAR)).await;
    let apollo = project(&world, "Apollo", ProjectType::Default).await;
    let ada = scim
        .post("/Users", &json!({"userName": "ada@x.example"}))
        .await
        .expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));

    // "Manage group project roles in Lightdash and provision group memberships via SCIM."
    let team = text(&scim.create_group("Team", &[]).await["id"]);
    grant(&world, &team, "editor", &apollo)
        .await
        .expect("a role of the group");
    assert!(!may(&world, &id, "project.edit", &apollo).await);
    add_member(&scim, &team, &id).await.expect(200);
    assert!(may(&world, &id, "project.edit", &apollo).await);
    let members = json!([{"value": id}]);
    let whole = json!({"displayName": "Team", "members": members});
    scim.put(&format!("/Groups/{team}"), &whole).await.expect(200);
    assert!(may(&world, &id, "project.edit", &apollo).await);

    // "SCIM will remove any project roles that were assigned to users via the Lightdash UI", and leaves those of the group.
    let other = project(&world, "Gemini", ProjectType::Default).await;
    grant(&world, &id, "editor", &other)
        .await
        .expect("a role by hand");
    let roles = json!({"userName": "ada@x.example", "roles": [{"value": "member"}]});
    scim.put(&path, &roles).await.expect(200);
    assert!(!may(&world, &id, "project.edit", &other).await);
    assert!(may(&world, &id, "project.edit", &apollo).await);

    // "Any groups created via the Lightdash UI should be removed by SCIM."
    let local = world
        .grpc()
        .try_create_group("Local", &[])
        .await
        .expect("a group")
        .id;
    scim.delete(&format!("/Groups/{local}")).await.expect(204);
    assert!(world.grpc().group(&local).await.is_err());
    scim.delete(&format!("/Groups/{team}")).await.expect(204);
    assert!(!may(&world, &id, "project.edit", &apollo).await);
}
