//! Access to the SCIM API: the plan, and the client's address.

use serde_json::json;

use crate::harness::{ProxiedWorld, World, assert_refused, everywhere, scim::text};

everywhere!(
    a_plan_without_scim_refuses_scim_requests,
    a_plan_without_groups_leaves_users_open,
    only_listed_networks_are_let_in,
    a_trusted_proxy_says_where_its_client_is,
    with_groups_out_of_sync_nothing_alarms_and_nothing_happens,
    attributes_outside_of_the_profile_do_not_break_a_call,
);

async fn a_plan_without_scim_refuses_scim_requests(world: World) {
    world.set_policy(&[("plan.features", "groups,licenses")]).await;
    for path in ["/Users", "/Groups", "/ServiceProviderConfig"] {
        assert_refused(&world.scim().get(path).await, 403, None);
    }
}

async fn a_plan_without_groups_leaves_users_open(world: World) {
    world.set_policy(&[("plan.features", "scim")]).await;
    assert_refused(&world.scim().get("/Groups").await, 403, None);
    world.scim().create_user("ada").await;
}

async fn only_listed_networks_are_let_in(world: World) {
    world
        .set_policy(&[("network.ip_allowlist", "192.0.2.0/24")])
        .await;
    let refused = world.scim().get("/Users").await;
    assert_refused(&refused, 403, None);
    assert!(text(&refused.json()["detail"]).contains("127.0.0.1"), "{refused}");
    let forged = world
        .scim()
        .request("GET", "/Users")
        .header("x-forwarded-for", "192.0.2.1");
    assert_refused(&world.scim().send(forged).await, 403, None);
    world.set_policy(&[("network.ip_allowlist", "127.0.0.0/8")]).await;
    world.scim().get("/Users").await.expect(200);
}

async fn a_trusted_proxy_says_where_its_client_is(world: ProxiedWorld) {
    world
        .set_policy(&[("network.ip_allowlist", "192.0.2.0/24")])
        .await;
    for (forwarded, status) in [
        ("192.0.2.1", 200),
        ("198.51.100.1", 403),
        ("192.0.2.1, 198.51.100.1", 403),
        ("198.51.100.1, 192.0.2.1", 200),
    ] {
        let request = world
            .scim()
            .request("GET", "/Users")
            .header("x-forwarded-for", forwarded);
        let answer = world.scim().send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{forwarded}: {answer}");
    }
}

async fn with_groups_out_of_sync_nothing_alarms_and_nothing_happens(world: World) {
    let scim = world.scim();
    let kept = text(&scim.create_group("Kept", &[]).await["id"]);
    world.set_policy(&[("groups.sync", "false")]).await;
    let ada = text(&scim.create_user("ada").await["id"]);
    // What the identity provider made it finds and changes, and nobody else has it.
    let made = text(&scim.create_group("Team", &[&ada]).await["id"]);
    assert_eq!(text(&scim.create_group("team", &[]).await["id"]), made);
    assert_eq!(
        scim.find("/Groups", "displayName eq \"Team\"").await,
        std::slice::from_ref(&made)
    );
    let path = format!("/Groups/{made}");
    let join = json!([{"op": "Add", "path": "members", "value": [{"value": ada}]}]);
    scim.patch(&path, join).await.expect(200);
    let renamed = scim
        .put(
            &path,
            &json!({"displayName": "Crew", "members": [{"value": ada}]}),
        )
        .await;
    assert_eq!(renamed.expect(200)["displayName"], "Crew");
    assert_eq!(
        scim.find("/Groups", "displayName eq \"Crew\"").await,
        std::slice::from_ref(&made)
    );
    assert!(scim.member_ids(&made).await.is_empty());
    assert!(world.grpc().group(&made).await.is_err());
    assert_eq!(scim.delete(&path).await.status.as_u16(), 204);
    assert_eq!(scim.get(&path).await.status.as_u16(), 404);
    let path = format!("/Groups/{kept}");
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Other"}]);
    assert_eq!(scim.patch(&path, rename).await.expect(200)["displayName"], "Kept");
    assert_eq!(scim.delete(&path).await.status.as_u16(), 204);
    assert_eq!(scim.get(&path).await.expect(200)["displayName"], "Kept");
}

async fn attributes_outside_of_the_profile_do_not_break_a_call(world: World) {
    world.set_policy(&[("attributes.profile", "minimal")]).await;
    let body = json!({
        "userName": "ada", "name": {"givenName": "Ada"}, "title": "Countess",
        "phoneNumbers": [{"value": "1", "type": "work"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R"},
    });
    let made = world.scim().post("/Users", &body).await.expect(201);
    assert_eq!(made["name"]["givenName"], "Ada");
    for gone in [
        "title",
        "phoneNumbers",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ] {
        assert!(made.get(gone).is_none(), "{gone}: {made}");
    }
}
