//! Groups.

use identity_core::{
    group::Group,
    id::Id,
    platform::Platform,
    store::{UniqueName, Write},
    text::fold,
};

use crate::harness::{World, insert_group, on_every_database, update_group};

on_every_database![
    a_group_comes_back_as_it_went,
    a_changed_group_comes_back_as_it_is,
    a_group_is_found_by_its_name_and_the_oldest_first,
    another_group_is_found_by_its_external_id,
    a_deleted_group_is_gone_with_its_memberships,
    shared_names_are_noticed,
    names_can_be_made_unique_and_free_again,
];

async fn stored(world: &World, id: Id) -> Option<Group> {
    let home = world.home();
    world.ask(move |reader| reader.group(home, id)).await
}

async fn a_group_comes_back_as_it_went(world: World) {
    let mut group = world.group(world.home(), "Pilots");
    group.external_id = Some("Ext".into());
    group.managed_by = Some(world.id());
    group
        .extensions
        .insert("urn:x".into(), serde_json::json!({"a": "b"}));
    world
        .write(vec![insert_group(&group, UniqueName::Free)])
        .await
        .unwrap();
    assert_eq!(stored(&world, group.id).await, Some(group));
}

async fn a_changed_group_comes_back_as_it_is(world: World) {
    let mut group = world.added_group("Pilots", &[]).await;
    group.display_name = "Captains".into();
    group.version = 2;
    group.member_count = 7;
    group.updated_at = world.now();
    world
        .write(vec![update_group(&group, UniqueName::Free)])
        .await
        .unwrap();
    assert_eq!(stored(&world, group.id).await, Some(group));
}

async fn a_group_is_found_by_its_name_and_the_oldest_first(world: World) {
    let oldest = world.added_group("Ünïque", &[]).await;
    world.added_group("ÜNÏQUE", &[]).await;
    let home = world.home();
    let key: &'static str = fold("ünïque").leak();
    let found = world.ask(move |reader| reader.group_id_by_name(home, key)).await;
    assert_eq!(found, Some(oldest.id));
}

async fn another_group_is_found_by_its_external_id(world: World) {
    let (home, connection) = (world.home(), world.id());
    let mut managed = world.group(home, "managed");
    managed.external_id = Some("Ext".into());
    managed.managed_by = Some(connection);
    let mut unmanaged = world.group(home, "unmanaged");
    unmanaged.external_id = Some("Ext".into());
    for group in [&managed, &unmanaged] {
        world
            .write(vec![insert_group(group, UniqueName::Free)])
            .await
            .unwrap();
    }
    let with = world
        .ask(move |reader| reader.other_group_by_external_id(home, Some(connection), "Ext", unmanaged.id))
        .await;
    let without = world
        .ask(move |reader| reader.other_group_by_external_id(home, None, "Ext", managed.id))
        .await;
    let own = world
        .ask(move |reader| reader.other_group_by_external_id(home, None, "Ext", unmanaged.id))
        .await;
    assert_eq!((with, without, own), (Some(managed.id), Some(unmanaged.id), None));
}

async fn a_deleted_group_is_gone_with_its_memberships(world: World) {
    use identity_core::group::MemberKind::{Group as Nested, User};
    let user = world.added("user").await;
    let mut inner = world.added_group("inner", &[(user.id, User)]).await;
    let outer = world.added_group("outer", &[(inner.id, Nested)]).await;
    inner.deleted_at = Some(world.now());
    inner.updated_at = world.now();
    world
        .write(vec![update_group(&inner, UniqueName::Free)])
        .await
        .unwrap();
    let (home, user_id, inner_id) = (world.home(), user.id, inner.id);
    assert_eq!(stored(&world, inner.id).await, None);
    assert_eq!(
        world.ask(move |reader| reader.member_ids(home, inner_id)).await,
        vec![]
    );
    assert_eq!(
        world
            .ask(move |reader| reader.direct_parents(home, user_id))
            .await,
        vec![]
    );
    let outer = stored(&world, outer.id).await.unwrap();
    assert_eq!(
        (outer.member_count, outer.version, outer.updated_at),
        (0, 2, inner.updated_at)
    );
}

async fn shared_names_are_noticed(world: World) {
    let home = world.home();
    world.added_group("Pilots", &[]).await;
    assert!(!world.ask(move |reader| reader.duplicate_group_names(home)).await);
    world.added_group("PILOTS", &[]).await;
    assert!(world.ask(move |reader| reader.duplicate_group_names(home)).await);
}

async fn names_can_be_made_unique_and_free_again(world: World) {
    let home = world.home();
    world.added_group("Pilots", &[]).await;
    let twin = |unique| insert_group(&world.group(home, "pilots"), unique);
    world
        .write(vec![Write::UniqueGroupNames(home, UniqueName::Enforced)])
        .await
        .unwrap();
    assert!(world.write(vec![twin(UniqueName::Enforced)]).await.is_err());
    world
        .write(vec![Write::UniqueGroupNames(home, UniqueName::Free)])
        .await
        .unwrap();
    world.write(vec![twin(UniqueName::Free)]).await.unwrap();
    let again = world
        .write(vec![Write::UniqueGroupNames(home, UniqueName::Enforced)])
        .await;
    assert!(again.is_err());
}
