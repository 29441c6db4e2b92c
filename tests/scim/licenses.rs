//! The license as an attribute of SCIM, under the name that the policy gives it.

use identity_proto::v1::GrantSource;
use serde_json::{Value, json};

use crate::harness::{World, assert_refused, everywhere, scim::text};

everywhere!(
    a_license_is_sent_returned_patched_and_found,
    a_license_that_there_is_not_fails_the_user,
    the_attribute_is_published,
);

const URN: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

async fn offer(world: &World) {
    let attribute = format!("{URN}:licenseType");
    world
        .set_policy(&[
            ("license.catalog", "it,analyst,developer,read_only"),
            ("license.attribute", &attribute),
            ("license.source", "scim"),
            ("plan.licenses", "it,developer,read_only"),
        ])
        .await;
}

fn licensed(name: &str, license: &str) -> Value {
    json!({"userName": name, URN: {"licenseType": license}})
}

async fn a_license_is_sent_returned_patched_and_found(world: World) {
    offer(&world).await;
    let scim = world.scim();
    let ada = scim.post("/Users", &licensed("ada", "it")).await.expect(201);
    assert_eq!(ada[URN]["licenseType"], "it");
    let path = format!("/Users/{}", text(&ada["id"]));
    let field = format!("{URN}:licenseType");
    for (operation, license) in [
        (
            json!([{"op": "replace", "path": field, "value": "developer"}]),
            "developer",
        ),
        (
            json!([{"op": "replace", "value": {URN: {"licenseType": "read_only"}}}]),
            "read_only",
        ),
        (json!([{"op": "replace", "value": {field.as_str(): "it"}}]), "it"),
    ] {
        let changed = scim.patch(&path, operation).await.expect(200);
        assert_eq!(changed[URN]["licenseType"], license);
        let found = scim.find("/Users", &format!("{field} eq \"{license}\"")).await;
        assert_eq!(found, [text(&ada["id"])]);
    }
    let stored = world.grpc().user(&text(&ada["id"])).await.license.unwrap();
    assert_eq!(
        (stored.value.as_str(), stored.source()),
        ("it", GrantSource::Scim)
    );
    let removed = scim
        .patch(&path, json!([{"op": "remove", "path": field}]))
        .await
        .expect(200);
    assert!(removed.get(URN).is_none(), "{removed}");
}

async fn a_license_that_there_is_not_fails_the_user(world: World) {
    offer(&world).await;
    let scim = world.scim();
    for license in ["gold", "IT", "analyst"] {
        let refused = scim.post("/Users", &licensed("ada", license)).await;
        assert_refused(&refused, 400, Some("invalidValue"));
        assert!(text(&refused.json()["detail"]).contains(license), "{refused}");
    }
    assert!(scim.find("/Users", "userName eq \"ada\"").await.is_empty());
}

async fn the_attribute_is_published(world: World) {
    offer(&world).await;
    let schema = world.scim().get(&format!("/Schemas/{URN}")).await.expect(200);
    let attribute = &schema["attributes"][0];
    assert_eq!(attribute["name"], "licenseType");
    assert_eq!(attribute["caseExact"], true);
    assert_eq!(
        attribute["canonicalValues"],
        json!(["it", "analyst", "developer", "read_only"])
    );
}
