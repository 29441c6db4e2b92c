//! Defaults of an organization that chooses nothing.

use serde_json::json;

use super::{patch, rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(an_organization_that_chooses_nothing_gets_the_default,);

async fn an_organization_that_chooses_nothing_gets_the_default(world: World) {
    let (made, scim) = token(&world, None).await;
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/Groups?count=1",
    ] {
        scim.get(path).await.expect(200);
    }
    let ada = scim
        .post("/Users", &json!({"userName": "ada", "externalId": "x-1"}))
        .await
        .expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    assert_refused(
        &scim.post("/Users", &json!({"userName": "ADA"})).await,
        409,
        Some("uniqueness"),
    );

    // The default role is effective and not listed; an unknown one is kept without effect.
    assert!(ada.get("roles").is_none(), "{ada}");
    let roles = json!({"op": "add", "path": "roles", "value": [{"value": "viewer"}, {"value": "emperor"}]});
    assert_eq!(
        patch(&scim, &path, roles).await.expect(200)["roles"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    assert_eq!(world.grpc().user(&id).await.organization_role, "viewer");

    let team = text(&scim.create_group("Team", &[&id]).await["id"]);
    set_active(&scim, &path, "False").await;
    let back = set_active(&scim, &path, "True").await;
    assert_eq!(
        (&back["id"], &back["groups"][0]["value"]),
        (&ada["id"], &json!(team))
    );
    assert_eq!(world.grpc().user(&id).await.organization_role, "viewer");

    // A rotation overlaps.
    let rotated = rotate(&world, &made.id, None).await.expect("a rotation");
    for scim in [&scim, &rotated] {
        scim.get("/Users").await.expect(200);
    }
    scim.delete(&path).await.expect(204);
    assert_refused(&scim.get(&path).await, 404, None);
    assert_ne!(text(&scim.create_user("ada").await["id"]), id);
    assert_eq!(tear_down(&world).await.released_users, 1);
}
