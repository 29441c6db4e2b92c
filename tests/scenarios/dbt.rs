//! The dbt platform.

use serde_json::{Value, json};
use tonic::Code;

use super::{rotate, set_active, tear_down, token, user};
use crate::harness::{World, assert_refused, assert_status, everywhere, scim::text};

everywhere!(dbt_gets_what_its_document_says,);

const LICENSES: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

fn person(license: Option<&str>) -> Value {
    let mut body = json!({
        "userName": "ada@x.example", "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": "ada@x.example", "primary": true, "type": "work"}],
    });
    if let Some(license) = license {
        body[LICENSES] = json!({ "licenseType": license });
    }
    body
}

async fn dbt_gets_what_its_document_says(world: World) {
    let world = world.with_preset("dbt").await;
    let (old, scim) = token(&world, None).await;
    scim.get("/Users?filter=userName%20eq%20%22x%22")
        .await
        .expect(200);

    // People and groups; what is managed is not changed by hand, and nobody is invited beside it.
    let ada = scim.post("/Users", &person(None)).await.expect(201);
    let (id, path) = (text(&ada["id"]), user(&ada));
    let analysts = text(&scim.create_group("Analysts", &[&id]).await["id"]);
    let refused = world.grpc().delete_user(&id).await;
    assert_status(refused, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    let refused = world
        .grpc()
        .try_create(crate::harness::grpc::named("eve@x.example"))
        .await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");

    // Licences come by SCIM once the switch is on; one that there is not fails the update.
    world
        .set_policy(&[("license.source", "scim"), ("license.idp_kinds", "")])
        .await;
    let licensed = scim.put(&path, &person(Some("developer"))).await.expect(200);
    assert_eq!(licensed[LICENSES]["licenseType"], "developer");
    assert_refused(
        &scim.put(&path, &person(Some("gold"))).await,
        400,
        Some("invalidValue"),
    );

    // Deactivation suspends, and the return finds everything.
    set_active(&scim, &path, "False").await;
    let back = set_active(&scim, &path, "True").await;
    assert_eq!(back["groups"][0]["value"], json!(analysts));

    // A deleted user is still listed for the import, and comes back under its id.
    scim.delete(&path).await.expect(204);
    assert_eq!(
        scim.find("/Users", "userName eq \"ada@x.example\"").await,
        std::slice::from_ref(&id)
    );
    assert_eq!(scim.get(&path).await.expect(200)["active"], false);
    assert_eq!(
        text(&scim.post("/Users", &person(None)).await.expect(201)["id"]),
        id
    );

    // Several tokens overlap: a new one is made, the provider changed, the old one ends.
    let (new, other) = token(&world, None).await;
    scim.get("/Users").await.expect(200);
    other.get("/Users").await.expect(200);
    let other = rotate(&world, &new.id, None).await.expect("a rotation");
    assert_ne!(old.id, new.id);
    assert_eq!(tear_down(&world).await.released_users, 1);
    assert_refused(&other.get("/Users").await, 401, None);
}
