//! Chance against the rules: whatever is done in whatever order, the invariants hold, and what is refused has changed nothing.

use identity_proto::v1::{
    CreateTokenRequest, DeleteTokenRequest, Token, TokenKind, TypedValue, UpdatePolicyRequest, User,
};
use serde_json::{Value, json};

use crate::harness::{
    OwnWorld, SeededRng, World, everywhere,
    grpc::named,
    scim::{group_body, patch_body, text},
};

everywhere!(random_operations_keep_every_invariant_and_refused_ones_change_nothing,);

/// Operations of one sequence.
const STEPS: u32 = 100;

impl SeededRng {
    /// One of the ids, or now and then one of nobody.
    fn one_of(&mut self, ids: &[String]) -> String {
        match self.below(ids.len() + 1) {
            at if at < ids.len() => ids[at].clone(),
            _ => "0".to_owned(),
        }
    }

    fn name(&mut self) -> String {
        format!("Name{}", self.below(12))
    }
}

/// Resources that can be changed.
#[derive(Default)]
struct Existing {
    users: Vec<String>,
    groups: Vec<String>,
    tokens: Vec<String>,
}

async fn random_operations_keep_every_invariant_and_refused_ones_change_nothing(mut world: OwnWorld) {
    let (mut rng, mut existing) = (SeededRng(7), Existing::default());
    let admin = TypedValue {
        value: "admin".into(),
        ..Default::default()
    };
    let boss = User {
        roles: vec![admin],
        ..named("boss")
    };
    existing
        .users
        .push(world.grpc().try_create(boss).await.expect("an admin").id);
    let mut refused = 0;
    for step in 0..STEPS {
        let before = world.dump().await;
        if !operation(&world, &mut rng, &mut existing).await {
            refused += 1;
            assert_eq!(
                world.dump().await,
                before,
                "step {step} was refused and changed something"
            );
        }
        world.assert_invariants().await;
    }
    assert!((10..90).contains(&refused), "{refused} of {STEPS} were refused");
}

/// Does something, and answers whether it was done.
async fn operation(world: &World, rng: &mut SeededRng, existing: &mut Existing) -> bool {
    match rng.below(12) {
        0 | 1 => {
            made(
                world,
                "/Users",
                json!({"userName": rng.name()}),
                &mut existing.users,
            )
            .await
        }
        2 => {
            let body = group_body(&rng.name(), &[&rng.one_of(&existing.users)]);
            made(world, "/Groups", body, &mut existing.groups).await
        }
        3 => {
            patched(
                world,
                "Users",
                &rng.one_of(&existing.users),
                any_user_operation(rng),
            )
            .await
        }
        4 => {
            patched(
                world,
                "Groups",
                &rng.one_of(&existing.groups),
                any_group_operation(rng, existing),
            )
            .await
        }
        5 => deleted(world, "/Users", rng.one_of(&existing.users)).await,
        6 => deleted(world, "/Groups", rng.one_of(&existing.groups)).await,
        7 => {
            let path = format!("/Users/{}", rng.one_of(&existing.users));
            let body = json!({"userName": rng.name(), "active": rng.below(2) == 0});
            world.scim().put(&path, &body).await.status.is_success()
        }
        8 => roles_set(world, rng, existing).await,
        9 => token_made(world, rng, existing).await,
        10 => {
            let (organization, id) = (world.organization().slug.clone(), rng.one_of(&existing.tokens));
            let request = DeleteTokenRequest {
                organization,
                id,
                ..Default::default()
            };
            world.grpc().tokens().delete_token(request).await.is_ok()
        }
        _ => policy_set(world, rng).await,
    }
}

async fn made(world: &World, path: &str, body: Value, into: &mut Vec<String>) -> bool {
    let answer = world.scim().post(path, &body).await;
    if answer.status.is_success() {
        into.push(text(&answer.json()["id"]));
    }
    answer.status.is_success()
}

async fn patched(world: &World, resource: &str, id: &str, operations: Value) -> bool {
    let scim = world.scim();
    let request = scim.request_with("PATCH", &format!("/{resource}/{id}"), &patch_body(operations));
    let answer = scim.send(request).await;
    assert!(!answer.status.is_server_error(), "{answer}");
    answer.status.is_success()
}

async fn deleted(world: &World, path: &str, id: String) -> bool {
    world
        .scim()
        .delete(&format!("{path}/{id}"))
        .await
        .status
        .is_success()
}

fn any_user_operation(rng: &mut SeededRng) -> Value {
    match rng.below(5) {
        0 => json!([{"op": "replace", "path": "active", "value": "False"}]),
        1 => {
            json!([{"op": "add", "path": "title", "value": rng.name()}, {"op": "replace", "path": "name", "value": 5}])
        }
        2 => json!([{"op": "replace", "path": "userName", "value": rng.name()}]),
        3 => json!([{"op": "remove", "path": "roles"}]),
        _ => json!([{"op": "add", "path": "emails[type eq \"work\"].value", "value": "a@x.example"}]),
    }
}

fn any_group_operation(rng: &mut SeededRng, existing: &Existing) -> Value {
    let member = if rng.below(2) == 0 {
        rng.one_of(&existing.users)
    } else {
        rng.one_of(&existing.groups)
    };
    match rng.below(3) {
        0 => json!([{"op": "remove", "path": "members", "value": [{"value": member}]}]),
        1 => json!([{"op": "replace", "path": "displayName", "value": rng.name()}]),
        _ => json!([{"op": "add", "path": "members", "value": [{"value": member}]}]),
    }
}

async fn roles_set(world: &World, rng: &mut SeededRng, existing: &Existing) -> bool {
    let value = (*["admin", "viewer", "editor"].get(rng.below(3)).expect("a role")).to_owned();
    let role = TypedValue {
        value,
        ..Default::default()
    };
    let user = User {
        id: rng.one_of(&existing.users),
        roles: vec![role],
        ..Default::default()
    };
    world.grpc().update_user(user, &["roles"]).await.is_ok()
}

async fn token_made(world: &World, rng: &mut SeededRng, existing: &mut Existing) -> bool {
    let token = Token {
        kind: TokenKind::Scim.into(),
        name: rng.name(),
        ..Default::default()
    };
    let organization = world.organization().slug.clone();
    let request = CreateTokenRequest {
        organization,
        token: Some(token),
        ..Default::default()
    };
    match world.grpc().tokens().create_token(request).await {
        Ok(answer) => {
            existing
                .tokens
                .push(answer.into_inner().token.expect("a token").id);
            true
        }
        Err(_) => false,
    }
}

async fn policy_set(world: &World, rng: &mut SeededRng) -> bool {
    let (key, value) = *[
        ("groups.unique_names", "true"),
        ("groups.unique_names", "false"),
        ("groups.unknown_members", "reject"),
        ("groups.unknown_members", "ignore"),
        ("put.omitted", "perhaps"),
    ]
    .get(rng.below(5))
    .expect("a setting");
    let request = UpdatePolicyRequest {
        organization: world.organization().slug.clone(),
        settings: [(key.to_owned(), value.to_owned())].into(),
        ..Default::default()
    };
    world.grpc().policies().update_policy(request).await.is_ok()
}
