//! Lookups.

use serde_json::json;

use crate::harness::{
    World, everywhere,
    scim::{patch_body, text},
};

everywhere!(
    q13_user_names_are_found_and_unique_in_any_case,
    q14_external_ids_are_found_exactly_of_users_and_groups,
    q16_who_is_deactivated_can_still_be_found,
    q20_groups_are_found_by_name_in_any_case_and_by_exact_external_id,
);

async fn q13_user_names_are_found_and_unique_in_any_case(world: World) {
    let scim = world.scim();
    let id = text(&scim.create_user("Ada@X.example").await["id"]);
    assert_eq!(scim.find("/Users", "userName eq \"ADA@x.EXAMPLE\"").await, [id]);
    let again = scim.post("/Users", &json!({"userName": "ada@x.example"})).await;
    assert_eq!(again.expect(409)["scimType"], "uniqueness");
}

async fn q14_external_ids_are_found_exactly_of_users_and_groups(world: World) {
    let scim = world.scim();
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let made = scim
            .post(path, &json!({name: "a", "externalId": "Ext-1"}))
            .await
            .expect(201);
        assert_eq!(
            scim.find(path, "externalId eq \"Ext-1\"").await,
            [text(&made["id"])]
        );
        assert_eq!(scim.find(path, "externalId eq \"ext-1\"").await, [""; 0]);
    }
}

async fn q16_who_is_deactivated_can_still_be_found(world: World) {
    let scim = world.scim();
    let id = text(&scim.create_user("ada").await["id"]);
    let off = patch_body(json!([{"op": "Replace", "path": "active", "value": "False"}]));
    let path = format!("/Users/{id}");
    scim.send(scim.request_with("PATCH", &path, &off))
        .await
        .expect(200);
    assert_eq!(scim.get(&path).await.expect(200)["active"], false);
    let list = scim.list("/Users", "userName eq \"ada\"", "").await.expect(200);
    assert_eq!(list["Resources"][0]["active"], false);
}

async fn q20_groups_are_found_by_name_in_any_case_and_by_exact_external_id(world: World) {
    let scim = world.scim();
    let body = json!({"displayName": "Sales EMEA", "externalId": "g-1"});
    let id = text(&scim.post("/Groups", &body).await.expect(201)["id"]);
    assert_eq!(
        scim.find("/Groups", "displayName eq \"sales emea\"").await,
        std::slice::from_ref(&id)
    );
    assert_eq!(scim.find("/Groups", "externalId eq \"g-1\"").await, [id]);
    assert_eq!(scim.find("/Groups", "externalId eq \"G-1\"").await, [""; 0]);
}
