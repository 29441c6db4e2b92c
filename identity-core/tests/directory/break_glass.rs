//! Break-glass accounts: no connection sees or touches them.

use identity_core::{
    caller::Call,
    directory::input::{GroupUpdate, ListRequest, PageRequest, UserField, UserInput, View},
    error::{Error, Rule},
    filter::Filter,
    id::Id,
};

use crate::harness::{
    ORGANIZATION, World, add, assert_broken, assert_taken, change, equal, named, on_every_database, replace,
};

on_every_database![
    a_connection_neither_sees_nor_touches_a_break_glass_account,
    a_break_glass_account_is_taken_from_its_connection,
    a_connection_cannot_make_or_unmake_a_break_glass_account,
    memberships_of_break_glass_accounts_are_no_connections_business,
    an_adopted_group_keeps_its_break_glass_accounts,
    a_connection_finds_no_group_by_a_break_glass_account,
    break_glass_accounts_are_few,
];

fn break_glass(is_one: bool) -> UserInput {
    UserInput {
        break_glass: Some(is_one),
        ..UserInput::default()
    }
}

async fn protect(world: &World, id: Id) {
    let update = change(id, &[UserField::BreakGlass], break_glass(true));
    assert!(world.update(update).await.unwrap().user.break_glass);
}

async fn protected(world: &World, name: &str) -> Id {
    let input = UserInput {
        break_glass: Some(true),
        ..named(name)
    };
    world.create(input).await.unwrap().user.id
}

async fn a_connection_neither_sees_nor_touches_a_break_glass_account(world: World) {
    let scim = world.scim().await;
    world.policy(&[("adopt", "on_match")]).await;
    let owner = protected(&world, "owner").await;
    let revision = world.revision().await;
    let rule = Rule::BreakGlassAccount;
    assert_broken(world.get_as(&scim, owner).await, &rule);
    assert_broken(world.set_active(&scim, owner, false).await, &rule);
    assert_broken(world.delete_as(&scim, owner).await, &rule);
    assert_taken(world.create_as(&scim, named("OWNER")).await, "user_name");
    assert_eq!(world.visible_to(&scim, None).await, (vec![], 0));
    let by_name = Some(equal("user_name", "owner"));
    assert_eq!(world.visible_to(&scim, by_name).await, (vec![], 0));
    assert_eq!(world.visible_to(world.root(), None).await.1, 1);
    assert_eq!(world.revision().await, revision);
}

async fn a_break_glass_account_is_taken_from_its_connection(world: World) {
    let scim = world.scim().await;
    let input = UserInput {
        external_id: "x-1".into(),
        ..named("owner")
    };
    let owner = world.create_as(&scim, input).await.unwrap().user.id;
    protect(&world, owner).await;
    let user = world.get(owner).await.unwrap().user;
    assert_eq!((user.managed_by, user.external_id), (None, None));
    assert_broken(
        world.set_active(&scim, owner, false).await,
        &Rule::BreakGlassAccount,
    );
    let update = change(owner, &[UserField::BreakGlass], break_glass(false));
    assert!(!world.update(update).await.unwrap().user.break_glass);
    assert_eq!(world.organization().await.break_glass_count, 0);
    assert_eq!(world.visible_to(&scim, None).await.1, 1);
}

async fn a_connection_cannot_make_or_unmake_a_break_glass_account(world: World) {
    let scim = world.scim().await;
    let input = UserInput {
        break_glass: Some(true),
        ..named("ada")
    };
    let ada = world.create_as(&scim, input).await.unwrap();
    assert!(!ada.user.break_glass);
    let update = change(ada.user.id, &[UserField::BreakGlass], break_glass(true));
    let refused = world.update_as(&scim, update).await;
    assert!(matches!(refused, Err(Error::ReadOnly { .. })), "{refused:?}");
}

async fn members(world: &World, call: &Call, group: Id) -> Vec<Id> {
    let id = group.to_string();
    let page = world
        .directory
        .list_members(call, ORGANIZATION, &id, PageRequest::default());
    page.await.unwrap().items.into_iter().map(|it| it.id).collect()
}

async fn memberships_of_break_glass_accounts_are_no_connections_business(world: World) {
    let scim = world.scim().await;
    world.policy(&[("adopt", "on_match")]).await;
    let (owner, other) = (protected(&world, "owner").await, protected(&world, "other").await);
    let bob = world.user("bob").await.user.id;
    let team = world.group("Team", &[owner]).await.id;
    assert!(members(&world, &scim, team).await.is_empty());
    for steps in [vec![replace(&[bob])], vec![add(&[other])]] {
        let update = GroupUpdate {
            id: team.to_string(),
            member_changes: steps,
            ..GroupUpdate::default()
        };
        world
            .directory
            .update_group(&scim, ORGANIZATION, update)
            .await
            .unwrap();
    }
    assert_eq!(members(&world, world.root(), team).await, [owner, bob]);
    assert_eq!(members(&world, &scim, team).await, [bob]);
    assert_eq!(world.get_group(team).await.unwrap().member_count, 2);
}

async fn a_connection_finds_no_group_by_a_break_glass_account(world: World) {
    let scim = world.scim().await;
    let owner = protected(&world, "owner").await;
    let bob = world.user("bob").await.user.id;
    world.group("Team", &[owner, bob]).await;
    let found = async |call: &Call, filter: Filter| {
        let request = ListRequest {
            filter: Some(filter),
            view: View::WithTotal,
            ..ListRequest::default()
        };
        let page = world.directory.list_groups(call, ORGANIZATION, request).await;
        page.unwrap().total.unwrap()
    };
    let by_member = |member: Id| equal("members", &member.to_string());
    let not = |filter| Filter::Not(Box::new(filter));
    let both = |filter| Filter::All(vec![filter, by_member(bob)]);
    for (filter, by_root, by_scim) in [
        (by_member(owner), 1, 0),
        (by_member(bob), 1, 1),
        (not(by_member(owner)), 0, 1),
        (both(by_member(owner)), 1, 0),
    ] {
        assert_eq!(found(world.root(), filter.clone()).await, by_root, "{filter:?}");
        assert_eq!(found(&scim, filter.clone()).await, by_scim, "{filter:?}");
    }
}

async fn break_glass_accounts_are_few(world: World) {
    for number in 0..20 {
        protected(&world, &format!("owner-{number}")).await;
    }
    let input = UserInput {
        break_glass: Some(true),
        ..named("one-more")
    };
    let refused = world.create(input).await;
    assert!(
        matches!(refused, Err(Error::TooMany { maximum: 20, .. })),
        "{refused:?}"
    );
}

async fn an_adopted_group_keeps_its_break_glass_accounts(world: World) {
    let settings = [("groups.adopt_by_name", "true"), ("adopt", "on_match")];
    world.policy(&settings).await;
    let scim = world.scim().await;
    let (owner, other) = (protected(&world, "owner").await, protected(&world, "other").await);
    let team = world.group("Team", &[owner]).await.id;
    let adopted = world.create_group_as(&scim, "Team", &[other]).await.unwrap();
    assert_eq!(adopted.id, team);
    assert_eq!(world.member_ids(team).await, [owner]);
    let new = world.create_group_as(&scim, "New", &[owner]).await.unwrap();
    assert!(world.member_ids(new.id).await.is_empty());
}
