//! Two admins, and everything at once that would leave none.

use futures::future::join;
use identity_proto::v1::{UpdatePolicyRequest, User};
use serde_json::{Value, json};

use crate::harness::{
    World, everywhere,
    scim::{patch_body, text},
};

everywhere!(whatever_is_done_to_two_admins_at_once_one_stays,);

/// In CI; with `ROSTER_TEST_SCALE=full` as many as the promise says.
const ROUNDS: usize = 12;
const ROUNDS_IN_FULL: usize = 200;

/// Action against an admin.
#[derive(Clone, Copy)]
enum Attack {
    DemoteOverGrpc,
    DeactivateOverGrpc,
    DeleteOverGrpc,
    DemoteOverScim,
    DeactivateOverScim,
    DeleteOverScim,
    DeactivateInBulk,
    DeleteInBulk,
}

use Attack::{
    DeactivateInBulk, DeactivateOverGrpc, DeactivateOverScim, DeleteInBulk, DeleteOverGrpc, DeleteOverScim,
    DemoteOverGrpc, DemoteOverScim,
};

const ATTACKS: [Attack; 8] = [
    DemoteOverGrpc,
    DeactivateOverScim,
    DeleteInBulk,
    DeactivateOverGrpc,
    DemoteOverScim,
    DeleteOverGrpc,
    DeactivateInBulk,
    DeleteOverScim,
];

async fn whatever_is_done_to_two_admins_at_once_one_stays(world: World) {
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    allow_manual_changes(&world).await;
    for round in 0..if is_full { ROUNDS_IN_FULL } else { ROUNDS } {
        let (one, other) = join(an_admin(&world, "ada"), an_admin(&world, "bob")).await;
        let (first, second) = (ATTACKS[round % 8], ATTACKS[(round / 8 + round) % 8]);
        let attacks = join(
            Box::pin(attack(&world, first, &one)),
            Box::pin(attack(&world, second, &other)),
        );
        let (done, too) = attacks.await;
        assert!(!(done && too), "round {round}: both are gone");
        assert!(done || too, "round {round}: nobody is gone, though one could go");
        let admins = world
            .scim()
            .find("/Users", "roles.value eq \"admin\" and active eq true")
            .await;
        assert_eq!(admins.len(), 1, "round {round}");
    }
}

/// The id of an active admin of this name. SCIM makes it, so that the SCIM API may change it.
async fn an_admin(world: &World, name: &str) -> String {
    let scim = world.scim();
    let body = json!({"userName": name, "active": true, "roles": [{"value": "admin"}]});
    match scim
        .find("/Users", &format!("userName eq {name:?}"))
        .await
        .first()
    {
        Some(id) => {
            scim.put(&format!("/Users/{id}"), &body).await.expect(200);
            id.clone()
        }
        None => text(&scim.post("/Users", &body).await.expect(201)["id"]),
    }
}

/// Lets the gRPC API change what SCIM made; where the policy has no such setting, it may anyway.
async fn allow_manual_changes(world: &World) {
    let request = UpdatePolicyRequest {
        organization: world.organization().slug.clone(),
        settings: [("manual_updates".into(), "allow".into())].into(),
        ..Default::default()
    };
    let _ = world.grpc().policies().update_policy(request).await;
}

/// Does it, and answers whether it was done.
async fn attack(world: &World, attack: Attack, id: &str) -> bool {
    let (scim, grpc) = (world.scim(), world.grpc());
    let path = format!("/Users/{id}");
    let user = User {
        id: id.to_owned(),
        active: Some(false),
        ..Default::default()
    };
    match attack {
        DemoteOverGrpc => grpc.update_user(user, &["roles"]).await.is_ok(),
        DeactivateOverGrpc => grpc.update_user(user, &["active"]).await.is_ok(),
        DeleteOverGrpc => grpc.delete_user(id).await.is_ok(),
        DemoteOverScim => {
            let none = patch_body(json!([{"op": "remove", "path": "roles"}]));
            succeeded(
                scim.send(scim.request_with("PATCH", &path, &none))
                    .await
                    .status
                    .as_u16(),
            )
        }
        DeactivateOverScim => {
            let off = patch_body(json!([{"op": "Replace", "path": "active", "value": "False"}]));
            succeeded(
                scim.send(scim.request_with("PATCH", &path, &off))
                    .await
                    .status
                    .as_u16(),
            )
        }
        DeleteOverScim => succeeded(scim.delete(&path).await.status.as_u16()),
        DeactivateInBulk => {
            let data = patch_body(json!([{"op": "replace", "value": {"active": false}}]));
            in_bulk(world, &json!({"method": "PATCH", "path": path, "data": data})).await
        }
        DeleteInBulk => in_bulk(world, &json!({"method": "DELETE", "path": path})).await,
    }
}

async fn in_bulk(world: &World, operation: &Value) -> bool {
    let body = json!({"Operations": [operation]});
    let answer = world.scim().post("/Bulk", &body).await.expect(200);
    let status = text(&answer["Operations"][0]["status"]);
    succeeded(status.parse().expect("a number"))
}

/// Refused for the rule, and for nothing else: never a fault of the server, and never a conflict that a client would repeat.
fn succeeded(status: u16) -> bool {
    assert!(matches!(status, 200 | 204 | 400), "{status}");
    status < 300
}
