//! The client platform.

use identity_proto::v1::{DeleteTokenRequest, ListTokensRequest};
use serde_json::{Value, json};

use super::{rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(the_client_platform_gets_what_its_document_says,);

/// The table of attributes.
fn person() -> Value {
    json!({
        "userName": "ada", "active": true, "title": "Countess",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@x.example", "type": "work"}],
        "phoneNumbers": [{"value": "+1", "type": "mobile"}, {"value": "+2", "type": "work"}],
        "addresses": [{
            "type": "work", "streetAddress": "1 St", "locality": "London", "region": "L", "postalCode": "W1", "country": "GB",
        }],
    })
}

/// The key that the arrangement made; there is one at a time.
async fn drop_the_first_key(world: &World) {
    let organization = world.organization().slug.clone();
    let list = ListTokensRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let mut tokens = world.grpc().tokens();
    let found = tokens.list_tokens(list).await.expect("tokens").into_inner();
    let request = DeleteTokenRequest {
        organization,
        id: found.tokens[0].id.clone(),
        ..Default::default()
    };
    tokens.delete_token(request).await.expect("one token less");
}

async fn the_client_platform_gets_what_its_document_says(world: World) {
    let world = world.with_preset("client_platform").await;
    drop_the_first_key(&world).await;
    let (key, scim) = token(&world, None).await;
    scim.get("/Users?filter=userName%20eq%20%22x%22")
        .await
        .expect(200);

    // Every row of the table comes back, by create and by update.
    let made = scim.post("/Users", &person()).await.expect(201);
    let (id, path) = (text(&made["id"]), user(&made));
    for (name, value) in person().as_object().expect("attributes") {
        let shown = &made[name];
        let first = |value: &Value| {
            value[0]["value"]
                .as_str()
                .or(value[0]["country"].as_str())
                .map(str::to_owned)
        };
        assert!(shown == value || first(shown) == first(value), "{name}: {shown}");
    }
    scim.put(&path, &person()).await.expect(200);

    // Deactivation keeps the history; the return and a deletion that only deactivates.
    assert_eq!(set_active(&scim, &path, "False").await["title"], "Countess");
    assert_eq!(set_active(&scim, &path, "True").await["active"], true);
    scim.delete(&path).await.expect(204);
    let kept = scim.get(&path).await.expect(200);
    assert_eq!(
        (&kept["active"], &kept["title"]),
        (&json!(false), &json!("Countess"))
    );
    assert_eq!(text(&scim.post("/Users", &person()).await.expect(201)["id"]), id);

    // The key is rotated by a plain button, and the old one stops.
    let rotated = rotate(&world, &key.id, None).await.expect("a rotation");
    assert_refused(&scim.get("/Users").await, 401, None);
    rotated.get("/Users").await.expect(200);

    // The end is told, and deactivates who is left.
    assert_eq!(tear_down(&world).await.released_users, 1);
    assert_eq!(world.grpc().user(&id).await.active, Some(false));
}
