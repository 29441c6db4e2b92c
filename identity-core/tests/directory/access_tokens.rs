//! Access tokens: what they are made from, and that what ends that ends them at once.

use std::time::Duration;

use identity_core::{
    access_token::{Claims, SELF_AUDIENCE, SubjectKind},
    caller::{Call, Caller, Scope},
    connection::ConnectionStatus,
    directory::{
        AccessToken, Exchange, Replacement,
        input::{ConnectionUpdate, OrganizationUpdate, Rotation, UserField, UserInput},
    },
    error::{Error, Result},
    organization::OrganizationStatus,
    signing::SigningAlgorithm,
};

use crate::{
    harness::{
        ORGANIZATION, World, assert_invalid, on_every_database, role, scim_token, service_token, update,
        with_roles,
    },
    personal_tokens::personal_token,
};

on_every_database![
    an_access_token_says_who_it_stands_for,
    an_audience_must_be_named,
    a_token_for_somebody_else_is_no_bearer_token_here,
    an_access_token_does_no_more_than_was_asked_for,
    nobody_gets_a_scope_that_the_subject_lacks,
    a_subject_is_exchanged_by_an_actor_of_its_own_organization,
    an_access_token_lives_as_long_as_it_may_and_no_longer,
    what_ends_a_token_ends_what_was_made_from_it_at_once,
    an_access_token_ends_with_the_secret_that_it_was_made_with,
    what_ends_a_person_ends_its_access_tokens_at_once,
    a_disabled_connection_and_a_suspended_organization_end_access_tokens,
    a_revoked_access_token_is_refused_and_its_siblings_are_not,
    an_access_token_ends_no_later_than_the_one_that_it_was_made_from,
    a_revoked_access_token_takes_along_what_was_made_from_it,
    exchanges_one_of_the_other_are_few,
    who_asks_about_a_token_or_revokes_one_is_who_it_says,
    only_the_holder_or_an_admin_revokes,
    introspection_tells_what_holds_and_nothing_of_what_does_not,
    an_access_token_of_another_deployment_is_unknown,
    a_rotated_key_still_verifies_what_it_signed,
    a_compromised_key_verifies_nothing,
    a_new_key_is_published_before_it_signs,
    an_old_key_is_replaced,
    only_root_sees_to_keys,
];

fn for_self() -> Exchange {
    Exchange {
        audience: vec![SELF_AUDIENCE.into()],
        ..Exchange::default()
    }
}

fn for_billing() -> Exchange {
    Exchange {
        audience: vec!["billing".into()],
        ..Exchange::default()
    }
}

async fn exchange(world: &World, call: &Call, asked: Exchange) -> Result<AccessToken> {
    let asked = Exchange { ..asked };
    world.directory.exchange_token(call, "", &asked).await
}

async fn made(world: &World, call: &Call) -> String {
    exchange(world, call, for_self()).await.unwrap().token.0
}

async fn holds(world: &World, token: &str) -> bool {
    world.directory.authenticate(token).await.is_ok()
}

async fn is_active(world: &World, token: &str) -> bool {
    let asked = world
        .directory
        .introspect_token(world.root(), ORGANIZATION, token, "");
    asked.await.unwrap().is_some()
}

async fn an_access_token_says_who_it_stands_for(world: World) {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let (token, secret) = world
        .token(personal_token(ada.user.id, &[Scope::UsersRead]))
        .await;
    let call = world.caller(&secret).await;
    let revision = world.revision().await;
    let Claims {
        sub,
        organization,
        kind,
        credential,
        scope,
        roles,
        aud,
        revision: told,
        ..
    } = exchange(&world, &call, for_billing()).await.unwrap().claims;
    assert_eq!((sub, kind), (ada.user.id.to_string(), SubjectKind::User));
    assert_eq!((organization, credential), (token.organization_id, token.id));
    assert_eq!((scope.as_str(), roles), ("users:read", vec!["admin".to_owned()]));
    assert_eq!((aud, told), (vec!["billing".to_owned()], revision));
}

async fn an_audience_must_be_named(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    assert_invalid(exchange(&world, &call, Exchange::default()).await, "audience");
    let odd = Exchange {
        audience: vec!["billing".into(), String::new()],
        ..Exchange::default()
    };
    assert_invalid(exchange(&world, &call, odd).await, "audience[1]");
    let asked = for_self();
    let root = world.directory.exchange_token(world.root(), "", &asked);
    assert_invalid(root.await, "subject_token");
}

async fn a_token_for_somebody_else_is_no_bearer_token_here(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let token = exchange(&world, &call, for_billing()).await.unwrap().token.0;
    let refused = world.directory.authenticate(&token).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
    assert!(is_active(&world, &token).await);
}

async fn an_access_token_does_no_more_than_was_asked_for(world: World) {
    let call = world.service(&[Scope::UsersRead, Scope::UsersWrite]).await;
    let asked = Exchange {
        scopes: vec!["users:read".into()],
        ..for_self()
    };
    let token = exchange(&world, &call, asked).await.unwrap().token.0;
    let caller = world.directory.authenticate(&token).await.unwrap();
    caller.require(Scope::UsersRead).unwrap();
    assert!(caller.require(Scope::UsersWrite).is_err());
    assert_eq!(caller.token_id(), call.caller.token_id());
    let scim = made(&world, &world.scim().await).await;
    let caller = world.directory.authenticate(&scim).await.unwrap();
    assert!(matches!(caller, Caller::Scim { .. }), "{caller:?}");
}

async fn nobody_gets_a_scope_that_the_subject_lacks(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let more = |scope: &str| Exchange {
        scopes: vec!["users:read".into(), scope.into()],
        ..for_self()
    };
    assert_invalid(exchange(&world, &call, more("users:write")).await, "scopes[1]");
    assert_invalid(exchange(&world, &call, more("users:own")).await, "scopes[1]");
    let ada = world.user("ada").await;
    let (_, secret) = world
        .token(personal_token(
            ada.user.id,
            &[Scope::UsersRead, Scope::UsersWrite],
        ))
        .await;
    let member = world.caller(&secret).await;
    assert_invalid(exchange(&world, &member, more("users:write")).await, "scopes[1]");
    let claims = exchange(&world, &member, for_billing()).await.unwrap().claims;
    assert_eq!(claims.scope, "users:read");
}

async fn a_subject_is_exchanged_by_an_actor_of_its_own_organization(world: World) {
    let actor = world.service(&[Scope::GroupsRead]).await;
    let (subject, secret) = world.token(service_token("subject", &[Scope::UsersRead])).await;
    let asked = |subject_token: String| Exchange {
        subject_token,
        ..for_billing()
    };
    let claims = exchange(&world, &actor, asked(secret.clone()))
        .await
        .unwrap()
        .claims;
    let actor_id = actor.caller.token_id().unwrap().to_string();
    assert_eq!(
        (claims.sub, claims.client_id),
        (subject.id.to_string(), actor_id.clone())
    );
    assert_eq!(claims.act.unwrap().sub, actor_id);
    assert_invalid(exchange(&world, &actor, asked("x".into())).await, "subject_token");
    world.found("other", "").await;
    let new = service_token("foreign", &[Scope::UsersRead]);
    let foreign = world.directory.create_token(world.root(), "other", new, "");
    let foreign = foreign.await.unwrap().1.0;
    let refused = exchange(&world, &actor, asked(foreign)).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
}

async fn an_access_token_lives_as_long_as_it_may_and_no_longer(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let with = |life: u64, asked: Exchange| Exchange {
        life: Some(Duration::from_secs(life)),
        ..asked
    };
    for (asked, seconds) in [
        (for_billing(), 300),
        (with(900, for_billing()), 900),
        (for_self(), 3_600),
        (with(1, for_self()), 1),
    ] {
        let claims = exchange(&world, &call, asked).await.unwrap().claims;
        assert_eq!(claims.exp - claims.iat, seconds);
    }
    for asked in [
        with(901, for_billing()),
        with(3_601, for_self()),
        with(0, for_self()),
    ] {
        assert_invalid(exchange(&world, &call, asked).await, "lifetime");
    }
    let token = made(&world, &call).await;
    world.pass(Duration::from_secs(3_599));
    assert!(holds(&world, &token).await);
    world.pass(Duration::from_secs(1));
    assert!(!holds(&world, &token).await && !is_active(&world, &token).await);
}

async fn what_ends_a_token_ends_what_was_made_from_it_at_once(world: World) {
    let (token, secret) = world.token(service_token("billing", &[Scope::UsersRead])).await;
    let access = made(&world, &world.caller(&secret).await).await;
    let rotation = Rotation {
        id: token.id.to_string(),
        ..Rotation::default()
    };
    let rotated = world
        .directory
        .rotate_token(world.root(), ORGANIZATION, &rotation);
    rotated.await.unwrap();
    assert!(
        holds(&world, &access).await,
        "the secret holds until the overlap ends"
    );
    let id = token.id.to_string();
    let deleted = world.directory.delete_token(world.root(), ORGANIZATION, &id);
    deleted.await.unwrap();
    assert!(!holds(&world, &access).await && !is_active(&world, &access).await);
}

async fn an_access_token_ends_with_the_secret_that_it_was_made_with(world: World) {
    let scopes = [Scope::UsersRead, Scope::TokensWrite];
    let (token, leaked) = world.token(service_token("billing", &scopes)).await;
    let thief = made(&world, &world.caller(&leaked).await).await;
    let rotated = async |overlap: Duration| {
        let rotation = Rotation {
            id: token.id.to_string(),
            overlap: Some(overlap),
            ..Rotation::default()
        };
        let rotated = world
            .directory
            .rotate_token(world.root(), ORGANIZATION, &rotation);
        rotated.await.unwrap().1.0
    };
    let secret = rotated(Duration::ZERO).await;
    assert!(!holds(&world, &thief).await && !is_active(&world, &thief).await);
    let access = made(&world, &world.caller(&secret).await).await;
    assert!(holds(&world, &access).await);
    let minutes = Duration::from_mins(5);
    let next = rotated(minutes).await;
    assert!(holds(&world, &access).await);
    let child = made(&world, &world.caller(&access).await).await;
    world.clock.pass(minutes);
    for ended in [&access, &child] {
        assert!(!holds(&world, ended).await);
    }
    assert!(holds(&world, &made(&world, &world.caller(&next).await).await).await);
}

/// Promise 3.
async fn what_ends_a_person_ends_its_access_tokens_at_once(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let (_, secret) = world
        .token(personal_token(ada.user.id, &[Scope::UsersRead]))
        .await;
    let access = made(&world, &world.caller(&secret).await).await;
    let mut member = UserInput::default();
    member.profile.roles = vec![role("member")];
    world
        .update(update(&ada, &[UserField::Roles], member))
        .await
        .unwrap();
    let caller = world.directory.authenticate(&access).await.unwrap();
    assert!(caller.require(Scope::UsersRead).is_err(), "no admin any more");
    for active in [false, true] {
        let input = UserInput {
            active: Some(active),
            ..UserInput::default()
        };
        world
            .update(update(&ada, &[UserField::Active], input))
            .await
            .unwrap();
        assert!(!holds(&world, &access).await && !is_active(&world, &access).await);
    }
}

async fn a_disabled_connection_and_a_suspended_organization_end_access_tokens(world: World) {
    let scim = world.scim().await;
    let (access, connection) = (made(&world, &scim).await, scim.caller.connection_id().unwrap());
    let set = async |status| {
        let update = ConnectionUpdate {
            id: connection.to_string(),
            status: Some(status),
            ..ConnectionUpdate::default()
        };
        let updated = world
            .directory
            .update_connection(world.root(), ORGANIZATION, update);
        updated.await.unwrap();
    };
    set(ConnectionStatus::Disabled).await;
    assert!(!holds(&world, &access).await && !is_active(&world, &access).await);
    set(ConnectionStatus::Enabled).await;
    assert!(holds(&world, &access).await);
    let suspended = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        status: Some(OrganizationStatus::Suspended),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), suspended)
        .await
        .unwrap();
    assert!(!holds(&world, &access).await);
}

async fn a_revoked_access_token_is_refused_and_its_siblings_are_not(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let (one, two) = (made(&world, &call).await, made(&world, &call).await);
    assert!(holds(&world, &one).await);
    let before = world.revision().await;
    for _ in 0..2 {
        world.directory.revoke_token(&call, "", &one, "").await.unwrap();
    }
    assert!(!holds(&world, &one).await && !is_active(&world, &one).await);
    assert!(holds(&world, &two).await);
    let changes = world.changes_after(before).await;
    assert_eq!(changes.len(), 1, "a repeat changes nothing: {changes:?}");
    assert_eq!(changes[0].detail.fields[0].field, "jti");
    let other = world.other_instance();
    assert!(other.authenticate(&one).await.is_err());
}

/// The same for seconds.
fn for_seconds(seconds: u64) -> Exchange {
    Exchange {
        life: Some(Duration::from_secs(seconds)),
        ..for_self()
    }
}

async fn an_access_token_ends_no_later_than_the_one_that_it_was_made_from(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let first = exchange(&world, &call, for_seconds(5)).await.unwrap();
    let by_first = world.caller(&first.token.0).await;
    let second = exchange(&world, &by_first, for_self()).await.unwrap();
    assert_eq!(second.claims.exp, first.claims.exp);
    let as_subject = Exchange {
        subject_token: first.token.0.clone(),
        ..for_billing()
    };
    let third = exchange(&world, &call, as_subject).await.unwrap();
    assert_eq!(third.claims.exp, first.claims.exp);
    world.pass(Duration::from_secs(5));
    for token in [&first, &second] {
        assert!(!holds(&world, &token.token.0).await);
    }
}

async fn a_revoked_access_token_takes_along_what_was_made_from_it(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let mut line = vec![made(&world, &call).await];
    for _ in 0..3 {
        let by_last = world.caller(line.last().unwrap()).await;
        line.push(made(&world, &by_last).await);
    }
    let by_first = world.caller(&line[0]).await;
    let sibling = made(&world, &by_first).await;
    for token in &line {
        assert!(holds(&world, token).await);
    }
    world
        .directory
        .revoke_token(&call, "", &line[1], "")
        .await
        .unwrap();
    let mut held = Vec::new();
    for token in &line {
        held.push(holds(&world, token).await);
        assert_eq!(is_active(&world, token).await, *held.last().unwrap());
    }
    assert_eq!(held, [true, false, false, false]);
    assert!(holds(&world, &sibling).await);
    let other = world.other_instance();
    assert!(other.authenticate(&line[3]).await.is_err());
}

async fn exchanges_one_of_the_other_are_few(world: World) {
    let mut call = world.service(&[Scope::UsersRead]).await;
    let mut made = 0;
    let refused = loop {
        match exchange(&world, &call, for_self()).await {
            Ok(token) => call = world.caller(&token.token.0).await,
            Err(refused) => break refused,
        }
        made += 1;
        assert!(made < 100, "no end");
    };
    assert_eq!(made, 9, "one and eight made of it");
    assert_invalid::<()>(Err(refused), "subject_token");
}

async fn who_asks_about_a_token_or_revokes_one_is_who_it_says(world: World) {
    let new = service_token("billing", &[Scope::TokensIntrospect]);
    let (token, secret) = world.token(new).await;
    let call = world.caller(&secret).await;
    let (own, other) = (token.id.to_string(), token.organization_id.to_string());
    let directory = &world.directory;
    let asked = directory.introspect_token(&call, "", &secret, &other).await;
    assert_invalid(asked, "client_id");
    assert_invalid(
        directory.revoke_token(&call, "", &secret, &other).await,
        "client_id",
    );
    let told = directory.introspect_token(&call, "", &secret, &own).await;
    assert!(told.unwrap().is_some());
    directory.revoke_token(&call, "", &secret, &own).await.unwrap();
}

async fn only_the_holder_or_an_admin_revokes(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let stranger = world.service(&[Scope::UsersRead]).await;
    let access = made(&world, &world.caller(&secret).await).await;
    for token in [&secret, &access] {
        let refused = world.directory.revoke_token(&stranger, "", token, "").await;
        assert!(
            matches!(refused, Err(Error::Forbidden("tokens:write"))),
            "{refused:?}"
        );
    }
    for unknown in ["", "x", "rst_x", "a.b.c"] {
        world
            .directory
            .revoke_token(&stranger, "", unknown, "")
            .await
            .unwrap();
    }
    let holder = world.caller(&secret).await;
    world
        .directory
        .revoke_token(&holder, "", &secret, "")
        .await
        .unwrap();
    assert!(!holds(&world, &secret).await && !holds(&world, &access).await);
    let id = token.id.to_string();
    assert!(
        world
            .directory
            .get_token(world.root(), ORGANIZATION, &id)
            .await
            .is_err()
    );
}

async fn introspection_tells_what_holds_and_nothing_of_what_does_not(world: World) {
    let (token, secret) = world.token(service_token("billing", &[Scope::UsersRead])).await;
    let asker = world.service(&[Scope::TokensIntrospect]).await;
    let ask = |token: String| {
        let (directory, asker) = (&world.directory, &asker);
        async move { directory.introspect_token(asker, "", &token, "").await.unwrap() }
    };
    let told = ask(secret.clone()).await.unwrap();
    assert_eq!(
        (told.subject, told.scope),
        (token.id.to_string(), "users:read".to_owned())
    );
    let access = exchange(&world, &world.caller(&secret).await, for_billing())
        .await
        .unwrap();
    let told = ask(access.token.0).await.unwrap();
    assert_eq!(told.claims.unwrap().aud, ["billing"]);
    for nothing in ["", "x", "rst_x", "a.b.c"] {
        assert_eq!(ask(nothing.into()).await, None);
    }
    let reader = world.service(&[Scope::TokensRead]).await;
    let refused = world.directory.introspect_token(&reader, "", &secret, "").await;
    assert!(matches!(refused, Err(Error::Forbidden("tokens:introspect"))));
    world.found("other", "").await;
    let elsewhere = world
        .directory
        .introspect_token(world.root(), "other", &secret, "");
    assert_eq!(elsewhere.await.unwrap(), None);
}

async fn an_access_token_of_another_deployment_is_unknown(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let token = made(&world, &call).await;
    let renamed = world.instance_named("https://other.example");
    let refused = renamed.authenticate(&token).await;
    assert!(matches!(refused, Err(Error::Unauthenticated(_))), "{refused:?}");
}

async fn a_rotated_key_still_verifies_what_it_signed(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let old = made(&world, &call).await;
    for algorithm in SigningAlgorithm::ALL {
        let rotated = world
            .directory
            .rotate_signing_key(world.root(), Some(algorithm), Replacement::Planned);
        assert_eq!(rotated.await.unwrap().algorithm, algorithm);
    }
    world.pass(Duration::from_mins(10));
    let new = made(&world, &call).await;
    assert_ne!(old.split('.').next(), new.split('.').next());
    for token in [&old, &new] {
        assert!(holds(&world, token).await);
        assert!(world.other_instance().authenticate(token).await.is_ok());
    }
}

async fn a_compromised_key_verifies_nothing(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    let old = made(&world, &call).await;
    assert!(holds(&world, &old).await);
    let rotated = world
        .directory
        .rotate_signing_key(world.root(), None, Replacement::Compromised);
    let key = rotated.await.unwrap();
    assert!(!holds(&world, &old).await);
    assert!(holds(&world, &made(&world, &call).await).await);
    let (_, published) = world.directory.key_set().await.unwrap();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["kid"], key.id.to_string());
}

async fn a_new_key_is_published_before_it_signs(world: World) {
    let call = world.service(&[Scope::UsersRead]).await;
    made(&world, &call).await;
    let rotate = world
        .directory
        .rotate_signing_key(world.root(), None, Replacement::Planned);
    let key = rotate.await.unwrap();
    let kids = async || {
        let (_, published) = world.directory.key_set().await.unwrap();
        let keys = published["keys"].as_array().unwrap().clone();
        keys.into_iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kids().await.len(), 2);
    world.pass(Duration::from_mins(10) + Duration::from_mins(65));
    assert_eq!(kids().await, [key.id.to_string()]);
}

async fn an_old_key_is_replaced(world: World) {
    assert!(!world.directory.replace_old_signing_key().await.unwrap());
    world.directory.key_set().await.unwrap();
    assert!(!world.directory.replace_old_signing_key().await.unwrap());
    world.pass(Duration::from_hours(90 * 24));
    assert!(world.directory.replace_old_signing_key().await.unwrap());
    assert!(!world.directory.replace_old_signing_key().await.unwrap());
}

async fn only_root_sees_to_keys(world: World) {
    let call = world.service(&Scope::ALL).await;
    let listed = world.directory.list_signing_keys(&call).await;
    assert!(matches!(listed, Err(Error::Forbidden("root"))));
    let rotated = world
        .directory
        .rotate_signing_key(&call, None, Replacement::Compromised);
    assert!(matches!(rotated.await, Err(Error::Forbidden("root"))));
    world.directory.key_set().await.unwrap();
    let keys = world.directory.list_signing_keys(world.root()).await.unwrap();
    assert_eq!(keys.len(), 1);
}
