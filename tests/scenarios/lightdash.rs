//! Lightdash.

use serde_json::json;

use super::{FAR, patch, rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(lightdash_gets_what_its_document_says,);

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
