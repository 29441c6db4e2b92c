//! Members of groups.

use identity_core::{
    change::Action,
    directory::input::MemberChange,
    error::{Error, Rule},
    group::{MemberKind, Source},
    id::Id,
    user::Membership,
};

use crate::harness::{World, add, assert_broken, assert_invalid, named, on_every_database, remove, replace};

on_every_database![
    members_are_users_and_groups,
    steps_happen_in_order,
    a_member_is_counted_once,
    members_without_effect_change_nothing,
    a_change_of_members_changes_the_group_and_not_the_user,
    the_log_tells_who_came_and_went,
    unknown_members_are_ignored_and_recorded,
    what_is_ignored_alone_is_recorded_without_a_new_version,
    unknown_members_are_refused_where_the_policy_says_so,
    unknown_members_can_be_ignored_on_create_alone,
    a_list_of_nobody_who_is_known_does_not_empty_a_group,
    a_member_of_another_organization_is_unknown,
    a_group_cannot_contain_itself,
    groups_of_a_user_are_direct_and_indirect,
    many_members_are_told_in_several_entries,
    a_refused_change_leaves_no_member_behind,
];

const NOBODY: Id = Id(uuid(7));

const fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

async fn members_are_users_and_groups(world: World) {
    let ada = world.user("ada").await.user.id;
    let inner = world.group("Inner", &[]).await.id;
    let outer = world.group("Outer", &[ada, inner]).await.id;
    let members = world.members(outer).await;
    let told: Vec<_> = members
        .iter()
        .map(|it| (it.id, it.kind, it.display_name.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (ada, MemberKind::User, "ada"),
            (inner, MemberKind::Group, "Inner")
        ]
    );
    assert!(members.iter().all(|member| member.source == Source::Manual));
}

async fn steps_happen_in_order(world: World) {
    let [ada, bob, eve] = three(&world).await;
    let team = world.group("Team", &[ada]).await.id;
    let steps = [
        add(&[bob]),
        replace(&[eve]),
        add(&[ada, bob]),
        remove(&[eve, ada]),
    ];
    let after = world.change_members(team, &steps).await.unwrap();
    assert_eq!(world.member_ids(team).await, [bob]);
    assert_eq!(after.member_count, 1);
}

async fn three(world: &World) -> [Id; 3] {
    let mut ids = [NOBODY; 3];
    for (id, name) in ids.iter_mut().zip(["ada", "bob", "eve"]) {
        *id = world.user(name).await.user.id;
    }
    ids
}

async fn a_member_is_counted_once(world: World) {
    let [ada, bob, _] = three(&world).await;
    let team = world.group("Team", &[ada, ada]).await;
    assert_eq!(team.member_count, 1);
    let after = world.change_members(team.id, &[add(&[bob, ada, bob])]).await;
    assert_eq!(after.unwrap().member_count, 2);
}

async fn members_without_effect_change_nothing(world: World) {
    let [ada, bob, _] = three(&world).await;
    let team = world.group("Team", &[ada]).await;
    let revision = world.revision().await;
    let steps: [&[MemberChange]; 4] = [
        &[add(&[ada])],
        &[remove(&[bob, NOBODY])],
        &[replace(&[ada])],
        &[add(&[bob]), remove(&[bob])],
    ];
    for steps in steps {
        assert_eq!(world.change_members(team.id, steps).await.unwrap(), team);
    }
    assert_eq!(world.revision().await, revision);
}

async fn a_change_of_members_changes_the_group_and_not_the_user(world: World) {
    let ada = world.user("ada").await.user;
    let team = world.group("Team", &[]).await;
    let after = world.change_members(team.id, &[add(&[ada.id])]).await.unwrap();
    assert_eq!(after.version, team.version + 1);
    assert_eq!(world.get(ada.id).await.unwrap().user, ada);
}

async fn the_log_tells_who_came_and_went(world: World) {
    let [ada, bob, _] = three(&world).await;
    let team = world.group("Team", &[ada]).await;
    let before = world.revision().await;
    world.change_members(team.id, &[replace(&[bob])]).await.unwrap();
    let changes = world.changes_after(before).await;
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].detail.added_members, [bob]);
    assert_eq!(changes[0].detail.removed_members, [ada]);
    assert!(changes[0].detail.fields.is_empty());
}

fn strangers() -> MemberChange {
    MemberChange::Add(vec!["nobody".into(), NOBODY.to_string()])
}

async fn unknown_members_are_ignored_and_recorded(world: World) {
    let scim = world.scim().await;
    let ada = world.user("ada").await.user.id;
    let team = world.create_group_as(&scim, "Team", &[]).await.unwrap().id;
    let before = world.revision().await;
    let after = world
        .change_members_as(&scim, team, &[strangers(), add(&[ada])])
        .await
        .unwrap();
    assert_eq!((after.member_count, after.version), (1, 2));
    let changes = world.changes_after(before).await;
    assert_eq!(changes[0].action, Action::Updated);
    let ignored = changes[0].detail.ignored.join(", ");
    assert!(
        ignored.contains("nobody") && ignored.contains(&NOBODY.to_string()),
        "{ignored}"
    );
}

async fn what_is_ignored_alone_is_recorded_without_a_new_version(world: World) {
    let scim = world.scim().await;
    let team = world.create_group_as(&scim, "Team", &[]).await.unwrap();
    let before = world.revision().await;
    let many = MemberChange::Add((0..150).map(|number| format!("nobody-{number}")).collect());
    let after = world.change_members_as(&scim, team.id, &[many]).await;
    assert_eq!(after.unwrap(), team);
    let changes = world.changes_after(before).await;
    assert_eq!((changes.len(), changes[0].action), (1, Action::Ignored));
    assert_eq!(changes[0].detail.ignored.len(), 101);
    assert!(changes[0].detail.ignored[100].starts_with("50 more"));
}

async fn unknown_members_are_refused_where_the_policy_says_so(world: World) {
    world.policy(&[("groups.unknown_members", "reject")]).await;
    let scim = world.scim().await;
    let ada = world.user("ada").await.user.id;
    let team = world.create_group_as(&scim, "Team", &[]).await.unwrap();
    let refused = world
        .change_members_as(&scim, team.id, &[add(&[ada, NOBODY])])
        .await;
    match refused {
        Err(Error::Invalid { rule, .. }) => assert!(rule.contains(&NOBODY.to_string()), "{rule}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.get_group(team.id).await.unwrap(), team);
    let refused = world.create_group_as(&scim, "Crew", &[NOBODY]).await;
    assert_invalid(refused, "members");
    world
        .change_members_as(&scim, team.id, &[remove(&[NOBODY])])
        .await
        .unwrap();
}

async fn unknown_members_can_be_ignored_on_create_alone(world: World) {
    world
        .policy(&[("groups.unknown_members", "ignore_on_create")])
        .await;
    let scim = world.scim().await;
    let team = world.create_group_as(&scim, "Team", &[NOBODY]).await.unwrap();
    assert_eq!(team.member_count, 0);
    let refused = world.change_members_as(&scim, team.id, &[add(&[NOBODY])]).await;
    assert_invalid(refused, "members");
}

async fn a_member_of_another_organization_is_unknown(world: World) {
    world.found("other", "").await;
    let theirs = crate::harness::named("ada");
    let theirs = world.directory.create_user(world.root(), "other", theirs, "");
    let theirs = theirs.await.unwrap().user.id;
    let refused = world.create_group("Team", &[theirs]).await;
    assert_invalid(refused, "member_ids[0]");
}

async fn a_group_cannot_contain_itself(world: World) {
    let inner = world.group("Inner", &[]).await.id;
    let middle = world.group("Middle", &[inner]).await.id;
    let outer = world.group("Outer", &[middle]).await.id;
    for group in [inner, middle, outer] {
        let refused = world.change_members(inner, &[add(&[group])]).await;
        assert_broken(refused, &Rule::GroupCycle(group));
    }
    world.change_members(outer, &[add(&[inner])]).await.unwrap();
}

async fn groups_of_a_user_are_direct_and_indirect(world: World) {
    let ada = world.user("ada").await.user.id;
    let inner = world.group("Inner", &[ada]).await.id;
    let middle = world.group("Middle", &[inner]).await.id;
    let outer = world.group("Outer", &[middle, ada]).await.id;
    let view = world.get(ada).await.unwrap();
    let groups: Vec<_> = view.groups.iter().map(|it| (it.id, it.membership)).collect();
    let told = [
        (inner, Membership::Direct),
        (middle, Membership::Indirect),
        (outer, Membership::Direct),
    ];
    assert_eq!(groups, told);
}

async fn many_members_are_told_in_several_entries(world: World) {
    let mut ids = Vec::new();
    for number in 0..1003 {
        ids.push(world.user(&format!("user-{number}")).await.user.id);
    }
    let before = world.revision().await;
    world.group("Team", &ids).await;
    let changes = world.changes_after(before).await;
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.action, it.detail.added_members.len()))
        .collect();
    assert_eq!(told, [(Action::Created, 1000), (Action::Updated, 3)]);
    assert!(changes.iter().all(|change| change.revision == before + 1));
}

async fn a_refused_change_leaves_no_member_behind(world: World) {
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[]).await;
    let refused = world.change_members(team.id, &[add(&[ada, team.id])]).await;
    assert_broken(refused, &Rule::GroupCycle(team.id));
    assert_eq!(world.get_group(team.id).await.unwrap(), team);
    assert!(world.members(team.id).await.is_empty());
}

async fn a_list_of_nobody_who_is_known_does_not_empty_a_group(world: World) {
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    let team = world.create_group_as(&scim, "Team", &[ada]).await.unwrap().id;
    for nobody in [NOBODY.to_string(), "nobody".into()] {
        let list = MemberChange::Replace(vec![nobody]);
        let replaced = world.change_members_as(&scim, team, &[list]).await;
        assert_invalid(replaced, "members");
    }
    assert_eq!(world.member_ids(team).await, [ada]);
    let emptied = world.change_members_as(&scim, team, &[replace(&[])]).await;
    assert_eq!(emptied.unwrap().member_count, 0);
}
