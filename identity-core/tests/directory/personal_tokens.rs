//! Tokens of people, and what they may do.

use identity_core::{
    access_token::SELF_AUDIENCE,
    caller::{Call, Scope},
    directory::{
        Exchange,
        input::{ListRequest, NewToken, PageRequest, Rotation, TokenFilter, TokenKind, UserField, UserInput},
    },
    error::Error,
    id::Id,
    token::Token,
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, assert_invalid, assert_not_found, on_every_database, role, scim_token,
    service_token, update, with_roles,
};

on_every_database![
    a_member_reads_itself_and_nothing_else,
    an_admin_administers_within_the_scopes_of_its_token,
    a_demoted_admin_reads_itself_at_once,
    an_admin_rotates_a_scim_token_which_cannot_rotate_itself,
    deactivation_revokes_the_tokens_of_a_user_for_good,
    deletion_revokes_the_tokens_of_a_user,
    only_an_active_user_gets_a_token,
    the_log_names_the_user,
    the_tokens_of_a_user_are_listed,
    a_person_revokes_its_own_access_tokens_and_nobody_elses,
];

const ALL: &[Scope] = &Scope::ALL;

pub(crate) fn personal_token(user: Id, scopes: &[Scope]) -> NewToken {
    NewToken {
        kind: TokenKind::Personal,
        owner: user.to_string(),
        ..service_token("laptop", scopes)
    }
}

async fn personal(world: &World, user: &UserView, scopes: &[Scope]) -> (Token, Call) {
    let (token, secret) = world.token(personal_token(user.user.id, scopes)).await;
    (token, world.caller(&secret).await)
}

async fn a_member_reads_itself_and_nothing_else(world: World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (_, call) = personal(&world, &ada, ALL).await;
    let get = |id: Id| {
        let (directory, call) = (&world.directory, &call);
        async move { directory.get_user(call, "", &id.to_string()).await }
    };
    assert_eq!(get(ada.user.id).await.unwrap().user.id, ada.user.id);
    assert!(matches!(get(bob.user.id).await, Err(Error::Forbidden(_))));
    let listed = world
        .directory
        .list_users(&call, "", ListRequest::default())
        .await;
    assert!(matches!(listed, Err(Error::Forbidden("users:read"))));
    let id = ada.user.id.to_string();
    let deleted = world.directory.delete_user(&call, "", &id, "");
    assert!(matches!(deleted.await, Err(Error::Forbidden("users:write"))));
}

async fn an_admin_administers_within_the_scopes_of_its_token(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let bob = world.user("bob").await;
    let (_, call) = personal(&world, &ada, &[Scope::UsersRead]).await;
    let id = bob.user.id.to_string();
    world.directory.get_user(&call, "", &id).await.unwrap();
    let deleted = world.directory.delete_user(&call, "", &id, "").await;
    assert!(matches!(deleted, Err(Error::Forbidden("users:write"))));
}

async fn a_demoted_admin_reads_itself_at_once(world: World) {
    world.create(with_roles("root", &["admin"])).await.unwrap();
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let (_, secret) = world
        .token(personal_token(ada.user.id, &[Scope::UsersRead]))
        .await;
    let list = async |call: Call| {
        world
            .directory
            .list_users(&call, "", ListRequest::default())
            .await
    };
    list(world.caller(&secret).await).await.unwrap();
    let mut input = UserInput::default();
    input.profile.roles = vec![role("member")];
    world
        .update(update(&ada, &[UserField::Roles], input))
        .await
        .unwrap();
    let refused = list(world.caller(&secret).await).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

/// Rule 30.
async fn an_admin_rotates_a_scim_token_which_cannot_rotate_itself(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let rotation = Rotation {
        id: token.id.to_string(),
        ..Rotation::default()
    };
    let scim = world.caller(&secret).await;
    let refused = world.directory.rotate_token(&scim, "", &rotation).await;
    assert!(matches!(refused, Err(Error::Forbidden("tokens:write"))));
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let (_, admin) = personal(&world, &ada, ALL).await;
    world.directory.rotate_token(&admin, "", &rotation).await.unwrap();
    let (_, member) = personal(&world, &world.user("bob").await, ALL).await;
    let refused = world.directory.rotate_token(&member, "", &rotation).await;
    assert!(matches!(refused, Err(Error::Forbidden("tokens:write"))));
}

/// Promise 3.
async fn deactivation_revokes_the_tokens_of_a_user_for_good(world: World) {
    let ada = world.user("ada").await;
    let (token, secret) = world
        .token(personal_token(ada.user.id, &[Scope::UsersRead]))
        .await;
    world.caller(&secret).await;
    let before = world.revision().await;
    for active in [false, true] {
        let input = UserInput {
            active: Some(active),
            ..UserInput::default()
        };
        world
            .update(update(&ada, &[UserField::Active], input))
            .await
            .unwrap();
        let refused = world.directory.authenticate(&secret).await;
        assert!(matches!(refused, Err(Error::Unauthenticated(_))));
    }
    let changes = world.changes_after(before).await;
    let revoked = changes
        .iter()
        .find(|change| change.resource_id == token.id.to_string());
    assert_eq!(revoked.unwrap().revision, before + 1, "in the same transaction");
}

async fn deletion_revokes_the_tokens_of_a_user(world: World) {
    let ada = world.user("ada").await;
    let (token, secret) = world
        .token(personal_token(ada.user.id, &[Scope::UsersRead]))
        .await;
    world.caller(&secret).await;
    world.delete(ada.user.id).await.unwrap();
    assert!(world.directory.authenticate(&secret).await.is_err());
    let id = token.id.to_string();
    assert_not_found(world.directory.get_token(world.root(), ORGANIZATION, &id).await);
}

async fn only_an_active_user_gets_a_token(world: World) {
    let ada = world.user("ada").await;
    let input = UserInput {
        active: Some(false),
        ..UserInput::default()
    };
    world
        .update(update(&ada, &[UserField::Active], input))
        .await
        .unwrap();
    let make = |new| world.directory.create_token(world.root(), ORGANIZATION, new, "");
    assert_invalid(
        make(personal_token(ada.user.id, &[Scope::UsersRead])).await,
        "user_id",
    );
    let nobody = Id(uuid::Uuid::nil());
    assert_not_found(make(personal_token(nobody, &[Scope::UsersRead])).await);
    assert_invalid(make(personal_token(ada.user.id, &[])).await, "scopes");
}

async fn the_log_names_the_user(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let (token, call) = personal(&world, &ada, ALL).await;
    let before = world.revision().await;
    let made = world
        .directory
        .create_user(&call, "", crate::harness::named("bob"), "");
    made.await.unwrap();
    let actor = world.changes_after(before).await[0].actor;
    let expected = identity_core::change::Actor::User {
        token_id: token.id,
        user_id: ada.user.id,
    };
    assert_eq!(actor, expected);
}

async fn the_tokens_of_a_user_are_listed(world: World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (first, _) = personal(&world, &ada, ALL).await;
    personal(&world, &bob, ALL).await;
    let (second, _) = personal(&world, &ada, ALL).await;
    let filter = TokenFilter {
        owner: ada.user.id.to_string(),
        ..TokenFilter::default()
    };
    let listed = world
        .directory
        .list_tokens(world.root(), ORGANIZATION, filter, PageRequest::default());
    let ids: Vec<Id> = listed.await.unwrap().items.iter().map(|token| token.id).collect();
    assert_eq!(ids, [first.id, second.id]);
}

async fn a_person_revokes_its_own_access_tokens_and_nobody_elses(world: World) {
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    let (_, laptop) = personal(&world, &ada, ALL).await;
    let (_, phone) = personal(&world, &ada, ALL).await;
    let (_, stranger) = personal(&world, &bob, ALL).await;
    let asked = Exchange {
        audience: vec![SELF_AUDIENCE.into()],
        ..Exchange::default()
    };
    let exchanged = world.directory.exchange_token(&laptop, "", &asked).await;
    let access = exchanged.unwrap().token.0;
    let refused = world.directory.revoke_token(&stranger, "", &access, "").await;
    assert!(
        matches!(refused, Err(Error::Forbidden("tokens:write"))),
        "{refused:?}"
    );
    world.directory.authenticate(&access).await.unwrap();
    world
        .directory
        .revoke_token(&phone, "", &access, "")
        .await
        .unwrap();
    assert!(world.directory.authenticate(&access).await.is_err());
}
