//! Connections, and what they manage.

use identity_core::{
    connection::{ConnectionStatus, IdpKind},
    id::Key,
    platform::Platform,
    store::{UniqueName, Write},
    token::TokenGrant,
};

use crate::harness::{World, insert_group, on_every_database};

on_every_database![
    a_connection_comes_back_as_it_is,
    connections_come_in_pages,
    what_a_connection_manages_is_counted,
    a_deleted_connection_takes_its_tokens_along_and_lets_go_of_the_rest,
];

async fn a_connection_comes_back_as_it_is(world: World) {
    let home = world.home();
    let mut connection = world.connection(home, "Okta");
    world
        .write(vec![Write::InsertConnection(Box::new(connection.clone()))])
        .await
        .unwrap();
    connection.name = "Entra".into();
    connection.idp_kind = IdpKind::Entra;
    connection.status = ConnectionStatus::Disabled;
    connection.version = 2;
    connection.updated_at = world.now();
    world
        .write(vec![Write::UpdateConnection(Box::new(connection.clone()))])
        .await
        .unwrap();
    let id = connection.id;
    let found = world.ask(move |reader| reader.connection(home, id)).await;
    assert_eq!(found, Some(connection));
}

async fn connections_come_in_pages(world: World) {
    let home = world.home();
    for name in ["a", "b", "c"] {
        let connection = world.connection(home, name);
        world
            .write(vec![Write::InsertConnection(Box::new(connection))])
            .await
            .unwrap();
    }
    let first = world.scan(move |reader| reader.connections(home, None, 2)).await;
    let after = Some(first[1].id);
    let second = world.scan(move |reader| reader.connections(home, after, 2)).await;
    let names: Vec<_> = first.iter().chain(&second).map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

async fn what_a_connection_manages_is_counted(world: World) {
    let (home, connection) = (world.home(), world.id());
    for (name, active) in [("a", true), ("b", true), ("idle", false)] {
        let mut user = world.user(home, name);
        (user.managed_by, user.active) = (Some(connection), active);
        world.add(&user).await.unwrap();
    }
    world.added("unmanaged").await;
    let mut group = world.group(home, "group");
    group.managed_by = Some(connection);
    world
        .write(vec![insert_group(&group, UniqueName::Free)])
        .await
        .unwrap();
    let counts = world
        .ask(move |reader| reader.managed_counts(home, connection))
        .await;
    assert_eq!(counts, (2, 1));
}

async fn a_deleted_connection_takes_its_tokens_along_and_lets_go_of_the_rest(world: World) {
    let home = world.home();
    let connection = world.connection(home, "Okta");
    let connection_id = connection.id;
    let token = world.token(home, TokenGrant::Scim { connection_id });
    let mut user = world.user(home, "bjensen");
    user.managed_by = Some(connection_id);
    let mut group = world.group(home, "group");
    group.managed_by = Some(connection_id);
    let (user_id, group_id, token_id) = (user.id, group.id, token.id);
    world
        .write(vec![
            Write::InsertConnection(Box::new(connection)),
            Write::InsertToken(Box::new(token)),
            insert_group(&group, UniqueName::Free),
        ])
        .await
        .unwrap();
    world.add(&user).await.unwrap();
    world
        .write(vec![
            Write::Release {
                organization: home,
                connection: connection_id,
                clashing_users: vec![],
                clashing_groups: vec![],
            },
            Write::DeleteConnection(Key {
                organization: home,
                id: connection_id,
            }),
        ])
        .await
        .unwrap();
    assert_eq!(
        world
            .ask(move |reader| reader.connection(home, connection_id))
            .await,
        None
    );
    assert_eq!(world.ask(move |reader| reader.token(home, token_id)).await, None);
    let user = world.ask(move |reader| reader.user(home, user_id)).await.unwrap();
    let group = world
        .ask(move |reader| reader.group(home, group_id))
        .await
        .unwrap();
    assert_eq!((user.managed_by, user.version), (None, 2));
    assert_eq!((group.managed_by, group.version), (None, 2));
}
