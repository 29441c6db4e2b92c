//! Users.

use identity_core::{
    group::MemberKind,
    id::Id,
    store::NameUse,
    text::fold,
    user::{Enterprise, TypedValue, User},
};

use crate::harness::{World, on_every_database};

on_every_database![
    a_user_comes_back_as_it_went,
    a_change_of_the_document_alone_comes_back,
    a_deleted_user_is_not_found,
    users_are_found_by_name_and_external_id,
    users_of_another_organization_do_not_exist,
    many_users_come_in_order_of_their_ids,
    names_in_use_are_told_at_once,
    the_newest_deleted_user_of_a_name_is_found,
    display_names_fall_back_to_user_names,
    kinds_are_told_of_live_users_and_groups,
];

fn full(world: &World, user_name: &str) -> User {
    let mut user = world.user(world.home(), user_name);
    user.external_id = Some("Ext-1".into());
    user.managed_by = Some(world.id());
    user.predecessor_id = Some(world.id());
    user.profile.display_name = Some("Barbara \u{1f41d} Jensen".into());
    user.profile.emails = vec![email("B@x.example", "Work"), email("b@home.example", "home")];
    user.profile.enterprise = Some(Enterprise {
        department: Some("Ports".into()),
        ..Enterprise::default()
    });
    user.profile
        .extensions
        .insert("urn:x".into(), serde_json::json!({"a": [1, 2.5, null]}));
    user
}

fn email(value: &str, kind: &str) -> TypedValue {
    TypedValue {
        value: value.into(),
        kind: Some(kind.into()),
        ..TypedValue::default()
    }
}

async fn stored(world: &World, id: Id) -> Option<User> {
    let home = world.home();
    world.ask(move |reader| reader.user(home, id)).await
}

async fn a_user_comes_back_as_it_went(world: World) {
    let user = full(&world, "BJensen");
    world.add(&user).await.unwrap();
    assert_eq!(stored(&world, user.id).await, Some(user));
}

async fn a_change_of_the_document_alone_comes_back(world: World) {
    let before = full(&world, "bjensen");
    world.add(&before).await.unwrap();
    let mut after = before.clone();
    after.version = 2;
    after.updated_at = world_now(&world);
    after.profile.title = Some("Pilot".into());
    after.profile.emails = vec![email("new@x.example", "work")];
    world.change(&before, &after).await.unwrap();
    assert_eq!(stored(&world, after.id).await, Some(after));
}

fn world_now(world: &World) -> identity_core::platform::Timestamp {
    use identity_core::platform::Platform;
    world.now()
}

async fn a_deleted_user_is_not_found(world: World) {
    let user = full(&world, "bjensen");
    world.add(&user).await.unwrap();
    world.delete(&user).await;
    assert_eq!(stored(&world, user.id).await, None);
    let (home, id) = (world.home(), user.id);
    let by_name = world
        .ask(move |reader| reader.user_id_by_name(home, "bjensen"))
        .await;
    let among = world
        .ask(move |reader| Box::pin(async move { reader.users_by_id(home, &[id]).await }))
        .await;
    assert_eq!((by_name, among), (None, vec![]));
}

async fn users_are_found_by_name_and_external_id(world: World) {
    let managed = full(&world, "BJensen");
    let mut unmanaged = world.user(world.home(), "other");
    unmanaged.external_id = managed.external_id.clone();
    world.add(&managed).await.unwrap();
    world.add(&unmanaged).await.unwrap();
    let (home, connection) = (world.home(), managed.managed_by);
    let by_name = world
        .ask(move |reader| reader.user_id_by_name(home, "bjensen"))
        .await;
    let with = world
        .ask(move |reader| reader.user_ids_by_external_id(home, connection, "Ext-1", 2))
        .await;
    let without = world
        .ask(move |reader| reader.user_ids_by_external_id(home, None, "Ext-1", 2))
        .await;
    let other_case = world
        .ask(move |reader| reader.user_ids_by_external_id(home, None, "ext-1", 2))
        .await;
    assert_eq!(by_name, Some(managed.id));
    assert_eq!(with, [managed.id]);
    assert_eq!(without, [unmanaged.id]);
    assert_eq!(other_case, []);
}

async fn users_of_another_organization_do_not_exist(world: World) {
    let user = world.added("bjensen").await;
    let other = world.organization("other");
    world.found(&other).await.unwrap();
    let found = world.ask(move |reader| reader.user(other.id, user.id)).await;
    let by_name = world
        .ask(move |reader| reader.user_id_by_name(other.id, "bjensen"))
        .await;
    assert_eq!((found, by_name), (None, None));
}

async fn many_users_come_in_order_of_their_ids(world: World) {
    let first = world.added("b").await;
    let second = world.added("a").await;
    world.added("c").await;
    let home = world.home();
    let asked = [second.id, world.id(), first.id];
    let found = world
        .ask(move |reader| Box::pin(async move { reader.users_by_id(home, &asked).await }))
        .await;
    assert_eq!(found, vec![first, second]);
}

async fn names_in_use_are_told_at_once(world: World) {
    let gone = world.added("bjensen").await;
    world.delete(&gone).await;
    let live = full(&world, "BJENSEN");
    world.add(&live).await.unwrap();
    let (home, connection) = (world.home(), live.managed_by);
    let by_both = world
        .ask(move |reader| reader.name_use(home, "bjensen", connection, Some("Ext-1"), gone.id))
        .await;
    assert_eq!(
        by_both,
        NameUse {
            user_name: Some(live.id),
            external_id: Some(live.id),
            deleted: Some(gone.id)
        }
    );
    let unmanaged = world
        .ask(move |reader| reader.name_use(home, "nobody", None, Some("Ext-1"), gone.id))
        .await;
    let by_name = world
        .ask(move |reader| reader.name_use(home, "nobody", connection, None, gone.id))
        .await;
    let own = world
        .ask(move |reader| reader.name_use(home, "nobody", connection, Some("Ext-1"), live.id))
        .await;
    assert_eq!([unmanaged, by_name, own], [NameUse::default(); 3]);
}

async fn the_newest_deleted_user_of_a_name_is_found(world: World) {
    let mut last = None;
    for _ in 0..3 {
        let user = world.added("Straße").await;
        last = Some(world.delete(&user).await.id);
    }
    let home = world.home();
    let key: &'static str = fold("STRASSE").leak();
    let found = world
        .ask(move |reader| reader.deleted_user_by_name(home, key))
        .await;
    assert_eq!(found, last);
}

async fn display_names_fall_back_to_user_names(world: World) {
    let person = full(&world, "bjensen");
    world.add(&person).await.unwrap();
    let other = world.added("nameless").await;
    let home = world.home();
    let asked = [person.id, other.id];
    let names = world
        .ask(move |reader| Box::pin(async move { reader.display_names(home, &asked).await }))
        .await;
    let expected = vec![
        (person.id, "Barbara \u{1f41d} Jensen".to_owned()),
        (other.id, "nameless".to_owned()),
    ];
    assert_eq!(names, expected);
}

async fn kinds_are_told_of_live_users_and_groups(world: World) {
    let user = world.added("user").await;
    let gone = world.added("gone").await;
    world.delete(&gone).await;
    let group = world.added_group("group", &[]).await;
    let home = world.home();
    let asked = [group.id, gone.id, user.id, world.id()];
    let kinds = world
        .ask(move |reader| Box::pin(async move { reader.kinds_of(home, &asked).await }))
        .await;
    assert_eq!(
        kinds,
        vec![(user.id, MemberKind::User), (group.id, MemberKind::Group)]
    );
}
