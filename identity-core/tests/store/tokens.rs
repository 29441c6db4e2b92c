//! Tokens.

use identity_core::{
    caller::Scope,
    id::Key,
    organization::OrganizationStatus,
    platform::{Platform, Timestamp},
    store::Write,
    token::{Token, TokenGrant},
};

use crate::harness::{World, on_every_database};

on_every_database![
    a_token_comes_back_as_it_is,
    a_digest_tells_all_that_authentication_asks,
    an_unknown_digest_is_nothing,
    tokens_come_in_pages_and_by_connection,
    a_deleted_token_is_gone,
    the_last_use_only_moves_on,
];

fn service(world: &World) -> Token {
    let scopes = vec![Scope::UsersRead, Scope::ChangesRead];
    world.token(world.home(), TokenGrant::Service { scopes })
}

async fn a_token_comes_back_as_it_is(world: World) {
    let home = world.home();
    let mut token = service(&world);
    world
        .write(vec![Write::InsertToken(Box::new(token.clone()))])
        .await
        .unwrap();
    token.digest = [9; 32];
    token.secret_prefix = "rst_efgh".into();
    token.rotated_at = Some(world.now());
    token.expires_at = None;
    world
        .write(vec![Write::UpdateToken(Box::new(token.clone()))])
        .await
        .unwrap();
    let id = token.id;
    assert_eq!(world.ask(move |reader| reader.token(home, id)).await, Some(token));
}

async fn a_digest_tells_all_that_authentication_asks(world: World) {
    let home = world.home();
    let connection = world.connection(home, "Okta");
    let scim = world.token(
        home,
        TokenGrant::Scim {
            connection_id: connection.id,
        },
    );
    let service = service(&world);
    world
        .write(vec![
            Write::InsertConnection(Box::new(connection.clone())),
            Write::InsertToken(Box::new(scim.clone())),
            Write::InsertToken(Box::new(service.clone())),
        ])
        .await
        .unwrap();
    for (token, connection) in [(scim, Some(connection)), (service, None)] {
        let digest: &'static [u8; 32] = Box::leak(Box::new(token.digest));
        let found = world
            .ask(move |reader| reader.authentication(home, digest))
            .await
            .unwrap();
        assert_eq!(found.token, token);
        assert_eq!(found.connection, connection);
        assert_eq!(found.organization_status, OrganizationStatus::Active);
    }
}

async fn an_unknown_digest_is_nothing(world: World) {
    let token = service(&world);
    world
        .write(vec![Write::InsertToken(Box::new(token.clone()))])
        .await
        .unwrap();
    let home = world.home();
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    let digest: &'static [u8; 32] = Box::leak(Box::new(token.digest));
    let unknown = world
        .ask(move |reader| reader.authentication(home, &[1; 32]))
        .await;
    let elsewhere = world
        .ask(move |reader| reader.authentication(other.id, digest))
        .await;
    assert!(unknown.is_none() && elsewhere.is_none());
}

async fn tokens_come_in_pages_and_by_connection(world: World) {
    let home = world.home();
    let connection = world.connection(home, "Okta");
    let connection_id = connection.id;
    let mut writes = vec![Write::InsertConnection(Box::new(connection))];
    for _ in 0..3 {
        writes.push(Write::InsertToken(Box::new(service(&world))));
        let scim = world.token(home, TokenGrant::Scim { connection_id });
        writes.push(Write::InsertToken(Box::new(scim)));
    }
    world.write(writes).await.unwrap();
    let first = world.scan(move |reader| reader.tokens(home, None, None, 4)).await;
    let after = first.last().map(|it| it.id);
    let second = world
        .scan(move |reader| reader.tokens(home, None, after, 4))
        .await;
    let of_one = world
        .scan(move |reader| reader.tokens(home, Some(connection_id), None, 4))
        .await;
    assert_eq!((first.len(), second.len(), of_one.len()), (4, 2, 3));
    assert!(
        of_one
            .iter()
            .all(|it| it.grant == TokenGrant::Scim { connection_id })
    );
}

async fn a_deleted_token_is_gone(world: World) {
    let (home, token) = (world.home(), service(&world));
    let id = token.id;
    world
        .write(vec![Write::InsertToken(Box::new(token))])
        .await
        .unwrap();
    world
        .write(vec![Write::DeleteToken(Key {
            organization: home,
            id,
        })])
        .await
        .unwrap();
    assert_eq!(world.ask(move |reader| reader.token(home, id)).await, None);
}

async fn the_last_use_only_moves_on(world: World) {
    let (home, token) = (world.home(), service(&world));
    let id = token.id;
    world
        .write(vec![Write::InsertToken(Box::new(token))])
        .await
        .unwrap();
    let unknown = (home, world.id(), Timestamp(3));
    let before = world.now_at_home().await;
    for (at, expected) in [(2, 2), (1, 2), (5, 5)] {
        world
            .store
            .touch_tokens(vec![unknown, (home, id, Timestamp(at))])
            .await
            .unwrap();
        let token = world.ask(move |reader| reader.token(home, id)).await.unwrap();
        assert_eq!(token.last_used_at, Some(Timestamp(expected)));
    }
    assert_eq!(world.now_at_home().await, before);
}
