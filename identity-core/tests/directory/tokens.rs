//! Making, rotating and deleting tokens.

use std::time::Duration;

use identity_core::{
    caller::Scope,
    connection::IdpKind,
    directory::input::{NewConnection, NewToken, PageRequest, Rotation, TokenFilter, TokenKind},
    error::{Error, Rule},
    platform::{Platform, Timestamp},
    token::{Token, TokenGrant},
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, on_every_database, scim_token,
    service_token,
};

on_every_database![
    the_default_connection_is_made_with_its_first_token,
    a_scim_token_is_for_the_connection_that_it_names,
    a_scim_token_that_names_none_is_for_the_only_connection,
    a_connection_has_so_many_active_tokens,
    a_token_cannot_make_one_that_can_do_more,
    a_token_needs_a_name_and_a_service_token_scopes,
    an_end_must_be_to_come,
    the_log_tells_of_a_token_without_its_secret,
    a_rotation_keeps_the_token_and_its_end,
    rotations_follow_the_policy,
    a_deleted_token_does_not_exist,
    tokens_are_listed_by_kind_and_page,
];

async fn the_default_connection_is_made_with_its_first_token(world: World) {
    let before = world.revision().await;
    let (first, _) = world.token(scim_token("one")).await;
    let (second, _) = world.token(scim_token("two")).await;
    assert_eq!(first.grant, second.grant);
    let root = world.root();
    let connection = world
        .directory
        .get_connection(root, ORGANIZATION, "Default")
        .await
        .unwrap();
    assert_eq!(
        (connection.name.as_str(), connection.idp_kind),
        ("default", IdpKind::Generic)
    );
    let changes = world.changes_after(before).await;
    assert_eq!(
        changes.iter().map(|it| it.revision - before).collect::<Vec<_>>(),
        [1, 1, 2]
    );
}

async fn a_scim_token_is_for_the_connection_that_it_names(world: World) {
    let new = NewConnection {
        name: "Okta".into(),
        idp_kind: Some(IdpKind::Okta),
        ..NewConnection::default()
    };
    let root = world.root();
    let connection = world
        .directory
        .create_connection(root, ORGANIZATION, new, "")
        .await
        .unwrap();
    for name in ["OKTA".to_owned(), connection.id.to_string()] {
        let new = NewToken {
            connection: name,
            ..scim_token("idp")
        };
        let (token, _) = world.token(new).await;
        let connection_id = connection.id;
        assert_eq!(token.grant, TokenGrant::Scim { connection_id });
    }
    let nowhere = NewToken {
        connection: "entra".into(),
        ..scim_token("idp")
    };
    assert_not_found(
        world
            .directory
            .create_token(root, ORGANIZATION, nowhere, "")
            .await,
    );
}

async fn a_scim_token_that_names_none_is_for_the_only_connection(world: World) {
    let connect = async |name: &str| {
        let new = NewConnection {
            name: name.into(),
            ..NewConnection::default()
        };
        let made = world
            .directory
            .create_connection(world.root(), ORGANIZATION, new, "");
        made.await.unwrap().id
    };
    world.policy(&[("connections.max", "3")]).await;
    let connection_id = connect("okta").await;
    let (token, _) = world.token(scim_token("one")).await;
    assert_eq!(token.grant, TokenGrant::Scim { connection_id });
    // Of several, none is meant.
    let other = connect("entra").await;
    let (token, _) = world.token(scim_token("two")).await;
    let TokenGrant::Scim { connection_id: third } = token.grant else {
        panic!("{token:?}")
    };
    assert!(third != connection_id && third != other);
}

async fn a_connection_has_so_many_active_tokens(world: World) {
    let (root, create) = (world.root(), &world.directory);
    let one_minute = NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + 60_000_000)),
        ..scim_token("short")
    };
    world.token(one_minute).await;
    world.token(scim_token("long")).await;
    let third = create.create_token(root, ORGANIZATION, scim_token("third"), "");
    assert_broken(third.await, &Rule::PolicyForbids("tokens.max_active"));
    world.token(service_token("service", &[Scope::UsersRead])).await;
    world.pass(Duration::from_mins(1));
    world.token(scim_token("third")).await;
}

async fn a_token_cannot_make_one_that_can_do_more(world: World) {
    let maker = world.service(&[Scope::TokensWrite, Scope::UsersRead]).await;
    let make = |new| world.directory.create_token(&maker, "", new, "");
    make(service_token("less", &[Scope::UsersRead])).await.unwrap();
    let (strong, _) = world.token(service_token("strong", &[Scope::UsersWrite])).await;
    let rotation = Rotation {
        id: strong.id.to_string(),
        ..Rotation::default()
    };
    let refusals = [
        make(service_token("more", &[Scope::UsersRead, Scope::UsersWrite]))
            .await
            .err(),
        make(scim_token("scim")).await.err(),
        world.directory.rotate_token(&maker, "", &rotation).await.err(),
    ];
    let lacking = refusals.map(|refusal| match refusal {
        Some(Error::Forbidden(scope)) => vec![scope],
        Some(Error::ScopesMissing(scopes)) => scopes,
        other => panic!("{other:?}"),
    });
    let of_scim = [
        "users:write",
        "groups:read",
        "groups:write",
        "policy:read",
        "schemas:read",
        "roles:write",
    ];
    assert_eq!(
        lacking,
        [vec!["users:write"], of_scim.to_vec(), vec!["users:write"]]
    );
}

async fn a_token_needs_a_name_and_a_service_token_scopes(world: World) {
    let root = world.root();
    let make = |new| world.directory.create_token(root, ORGANIZATION, new, "");
    assert_invalid(make(scim_token("")).await, "name");
    assert_invalid(make(service_token("billing", &[])).await, "scopes");
    let both = NewToken {
        scopes: vec![Scope::UsersRead],
        ..scim_token("idp")
    };
    assert_invalid(make(both).await, "scopes");
}

async fn an_end_must_be_to_come(world: World) {
    let now = NewToken {
        expires_at: Some(world.clock.now()),
        ..scim_token("idp")
    };
    let refused = world.directory.create_token(world.root(), ORGANIZATION, now, "");
    assert_invalid(refused.await, "expire_time");
}

async fn the_log_tells_of_a_token_without_its_secret(world: World) {
    let before = world.revision().await;
    let (token, secret) = world.token(service_token("billing", &[Scope::UsersRead])).await;
    rotate(&world, &token, None).await.unwrap();
    let told = format!("{:?}", world.changes_after(before).await);
    assert!(told.contains("billing") && told.contains("users:read"), "{told}");
    assert!(
        !told.contains(&secret[..20]) && !told.contains("digest"),
        "{told}"
    );
}

async fn rotate(world: &World, token: &Token, expires_at: Option<Timestamp>) -> Result<Token, Error> {
    let rotation = Rotation {
        id: token.id.to_string(),
        expires_at,
        ..Rotation::default()
    };
    let root = world.root();
    let rotated = world.directory.rotate_token(root, ORGANIZATION, &rotation);
    rotated.await.map(|(token, _)| token)
}

async fn a_rotation_keeps_the_token_and_its_end(world: World) {
    let end = Some(Timestamp(world.clock.now().0 + 60_000_000));
    let new = NewToken {
        expires_at: end,
        ..scim_token("idp")
    };
    let (token, _) = world.token(new).await;
    let rotated = rotate(&world, &token, None).await.unwrap();
    assert_eq!((rotated.id, rotated.expires_at), (token.id, end));
    assert_eq!(rotated.rotated_at, Some(world.clock.now()));
    assert_ne!(rotated.digest, token.digest);
}

async fn rotations_follow_the_policy(world: World) {
    world
        .policy(&[
            ("tokens.rotation_requires_expiry", "true"),
            ("tokens.rotation_min_interval", "1h"),
        ])
        .await;
    let end = Some(Timestamp(world.clock.now().0 + 86_400_000_000));
    let (endless, _) = world.token(scim_token("endless")).await;
    let new = NewToken {
        expires_at: end,
        ..scim_token("idp")
    };
    let (token, _) = world.token(new).await;
    let no_end = Rule::PolicyForbids("tokens.rotation_requires_expiry");
    assert_broken(rotate(&world, &endless, end).await, &Rule::TokenNeverEnds);
    assert_broken(rotate(&world, &token, None).await, &no_end);
    rotate(&world, &token, end).await.unwrap();
    world.pass(Duration::from_secs(3599));
    let too_soon = Rule::PolicyForbids("tokens.rotation_min_interval");
    assert_broken(rotate(&world, &token, end).await, &too_soon);
    world.pass(Duration::from_secs(1));
    rotate(&world, &token, end).await.unwrap();
}

async fn a_deleted_token_does_not_exist(world: World) {
    let (token, _) = world.token(scim_token("idp")).await;
    let (id, root) = (token.id.to_string(), world.root());
    world
        .directory
        .delete_token(root, ORGANIZATION, &id)
        .await
        .unwrap();
    assert_not_found(world.directory.get_token(root, ORGANIZATION, &id).await);
    assert_not_found(world.directory.delete_token(root, ORGANIZATION, &id).await);
}

async fn tokens_are_listed_by_kind_and_page(world: World) {
    world.token(scim_token("scim-1")).await;
    for name in ["service-1", "service-2", "service-3"] {
        world.token(service_token(name, &[Scope::UsersRead])).await;
    }
    world.token(scim_token("scim-2")).await;
    let (mut names, mut page) = (Vec::new(), PageRequest::default());
    loop {
        page.size = 2;
        let filter = TokenFilter {
            kind: Some(TokenKind::Service),
            ..TokenFilter::default()
        };
        let tokens = world
            .directory
            .list_tokens(world.root(), ORGANIZATION, filter, page)
            .await;
        let tokens = tokens.unwrap();
        names.extend(tokens.items.into_iter().map(|token| token.name));
        if tokens.next_page_token.is_empty() {
            break;
        }
        page = PageRequest {
            token: tokens.next_page_token,
            ..PageRequest::default()
        };
    }
    assert_eq!(names, ["service-1", "service-2", "service-3"]);
}
