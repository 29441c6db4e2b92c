//! Members of groups.

use identity_core::{
    group::{Member, MemberKind, Source},
    id::Id,
    platform::Platform,
    store::Write,
    user::{GroupReference, Membership, User},
};

use crate::harness::{World, on_every_database};

on_every_database![
    members_come_in_pages_with_names,
    members_are_told_among_others,
    members_leave,
    a_deleted_user_leaves_all_its_groups,
    whoever_leaves_all_groups_is_counted_out_once,
    groups_are_direct_or_indirect,
    a_user_comes_with_its_groups,
    a_group_has_all_that_contain_it_as_ancestors,
    thousands_of_members_go_in_at_once,
];

async fn users(world: &World, names: &[&str]) -> Vec<User> {
    let mut users = Vec::new();
    for name in names {
        users.push(world.added(name).await);
    }
    users
}

fn as_members(users: &[User]) -> Vec<(Id, MemberKind)> {
    users.iter().map(|user| (user.id, MemberKind::User)).collect()
}

fn belongs(id: Id, display_name: &str, membership: Membership) -> GroupReference {
    GroupReference {
        id,
        display_name: display_name.into(),
        membership,
    }
}

async fn members_come_in_pages_with_names(world: World) {
    let mut named = world.user(world.home(), "bjensen");
    named.profile.display_name = Some("Barbara".into());
    world.add(&named).await.unwrap();
    let nameless = world.added("nameless").await;
    let nested = world.added_group("Nested", &[]).await;
    let group = world
        .added_group(
            "Group",
            &[
                (nested.id, MemberKind::Group),
                (nameless.id, MemberKind::User),
                (named.id, MemberKind::User),
            ],
        )
        .await;
    let (home, id) = (world.home(), group.id);
    let first = world.scan(move |reader| reader.members(home, id, None, 2)).await;
    let after = Some(first[1].id);
    let second = world.scan(move |reader| reader.members(home, id, after, 2)).await;
    let member = |id, kind, display_name: &str| Member {
        id,
        kind,
        display_name: display_name.into(),
        source: Source::Scim,
    };
    let users = vec![
        member(named.id, MemberKind::User, "Barbara"),
        member(nameless.id, MemberKind::User, "nameless"),
    ];
    assert_eq!(first, users);
    assert_eq!(second, vec![member(nested.id, MemberKind::Group, "Nested")]);
}

async fn members_are_told_among_others(world: World) {
    let users = users(&world, &["a", "b", "c"]).await;
    let group = world.added_group("group", &as_members(&users[..2])).await;
    let (home, id) = (world.home(), group.id);
    let asked = [users[2].id, users[1].id, users[0].id, id];
    let among = world
        .ask(move |reader| Box::pin(async move { reader.members_among(home, id, &asked).await }))
        .await;
    let all = world.ask(move |reader| reader.member_ids(home, id)).await;
    assert_eq!(among, vec![users[0].id, users[1].id]);
    assert_eq!(all, as_members(&users[..2]));
}

async fn members_leave(world: World) {
    let users = users(&world, &["a", "b", "c"]).await;
    let group = world.added_group("group", &as_members(&users)).await;
    let (home, id) = (world.home(), group.id);
    let leave = Write::DeleteMembers {
        organization: home,
        group: id,
        members: vec![users[0].id, users[2].id],
    };
    world.write(vec![leave]).await.unwrap();
    let left = world.ask(move |reader| reader.member_ids(home, id)).await;
    assert_eq!(left, as_members(&users[1..2]));
}

async fn a_deleted_user_leaves_all_its_groups(world: World) {
    let users = users(&world, &["a", "b"]).await;
    let group = world.added_group("group", &as_members(&users)).await;
    let deleted = world.delete(&users[0]).await;
    let (home, id) = (world.home(), group.id);
    let members = world.ask(move |reader| reader.member_ids(home, id)).await;
    let group = world.ask(move |reader| reader.group(home, id)).await.unwrap();
    assert_eq!(members, as_members(&users[1..]));
    assert_eq!(
        (group.member_count, group.version, group.updated_at),
        (1, 2, deleted.updated_at)
    );
}

async fn whoever_leaves_all_groups_is_counted_out_once(world: World) {
    let users = users(&world, &["a"]).await;
    let first = world.added_group("first", &as_members(&users)).await;
    let second = world.added_group("second", &as_members(&users)).await;
    let home = world.home();
    let leave = Write::LeaveGroups {
        organization: home,
        member: users[0].id,
        at: world.now(),
    };
    world.write(vec![leave.clone(), leave]).await.unwrap();
    for id in [first.id, second.id] {
        let group = world.ask(move |reader| reader.group(home, id)).await.unwrap();
        assert_eq!((group.member_count, group.version), (0, 2));
    }
}

async fn groups_are_direct_or_indirect(world: World) {
    use MemberKind::{Group, User};
    let (a, b) = (world.added("a").await, world.added("b").await);
    let inner = world.added_group("inner", &[(a.id, User)]).await;
    let middle = world
        .added_group("middle", &[(inner.id, Group), (b.id, User)])
        .await;
    let outer = world
        .added_group("outer", &[(middle.id, Group), (a.id, User)])
        .await;
    let home = world.home();
    let asked = [b.id, a.id];
    let found = world
        .ask(move |reader| Box::pin(async move { reader.groups_of(home, &asked).await }))
        .await;
    let expected = vec![
        (a.id, belongs(inner.id, "inner", Membership::Direct)),
        (a.id, belongs(middle.id, "middle", Membership::Indirect)),
        (a.id, belongs(outer.id, "outer", Membership::Direct)),
        (b.id, belongs(middle.id, "middle", Membership::Direct)),
        (b.id, belongs(outer.id, "outer", Membership::Indirect)),
    ];
    assert_eq!(found, expected);
}

async fn a_user_comes_with_its_groups(world: World) {
    let user = world.added("a").await;
    let (home, id) = (world.home(), user.id);
    let alone = world.ask(move |reader| reader.user_with_groups(home, id)).await;
    assert_eq!(alone, Some((user.clone(), vec![])));
    let group = world.added_group("Group \"1\"", &[(id, MemberKind::User)]).await;
    let found = world.ask(move |reader| reader.user_with_groups(home, id)).await;
    let groups = vec![belongs(group.id, "Group \"1\"", Membership::Direct)];
    assert_eq!(found, Some((user, groups)));
    let nobody = world.id();
    assert_eq!(
        world
            .ask(move |reader| reader.user_with_groups(home, nobody))
            .await,
        None
    );
}

async fn a_group_has_all_that_contain_it_as_ancestors(world: World) {
    let inner = world.added_group("inner", &[]).await;
    let middle = world
        .added_group("middle", &[(inner.id, MemberKind::Group)])
        .await;
    let outer = world
        .added_group("outer", &[(middle.id, MemberKind::Group)])
        .await;
    // Rules forbid circles; a reader ends on one all the same.
    world
        .write(vec![
            world.insert_members(&inner, &[(outer.id, MemberKind::Group)]),
        ])
        .await
        .unwrap();
    let (home, id) = (world.home(), inner.id);
    let ancestors = world.ask(move |reader| reader.ancestors(home, id)).await;
    let parents = world.ask(move |reader| reader.direct_parents(home, id)).await;
    assert_eq!(ancestors, vec![middle.id, outer.id]);
    assert_eq!(parents, vec![middle.id]);
}

async fn thousands_of_members_go_in_at_once(world: World) {
    let group = world.added_group("group", &[]).await;
    let many: Vec<_> = (0..5000).map(|_| (world.id(), MemberKind::User)).collect();
    world
        .write(vec![world.insert_members(&group, &many)])
        .await
        .unwrap();
    let (home, id) = (world.home(), group.id);
    let all = world.scan(move |reader| reader.member_ids(home, id)).await;
    assert_eq!(all, many);
}
