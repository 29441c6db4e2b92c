//! The ceiling of a connection: nothing that it touches holds more, by whatever way.

use std::time::Duration;

use identity_core::{
    caller::Call,
    directory::input::{
        ConnectionUpdate, GroupField, GroupInput, GroupUpdate, NewMapping, PageRequest, ProjectUpdate,
        UserField, UserInput,
    },
    error::{Error, Result, Rule},
    group::Group,
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    platform::{Platform, Timestamp},
    project::{ProjectKind, ProjectStatus},
    user::{TypedValue, UserView},
};

use crate::{
    harness::{ORGANIZATION, World, add, change, named, on_every_database, remove, with_roles},
    roles::given,
};

on_every_database![
    a_connection_adopts_no_group_that_gives_more_than_its_ceiling,
    a_group_that_meets_a_rule_above_the_ceiling_gets_no_members,
    a_group_with_members_is_not_renamed_or_identified_into_a_rule_above_the_ceiling,
    a_group_is_put_into_none_that_gives_more_than_the_ceiling,
    a_connection_does_not_manage_users_who_hold_more_than_its_ceiling,
    a_connection_takes_no_role_above_its_ceiling_away,
    a_user_does_not_return_to_roles_above_the_ceiling,
    a_name_that_the_catalog_gets_later_was_not_given_under_a_ceiling,
    a_role_in_an_archived_project_is_above_the_ceiling_too,
    a_role_that_has_ended_is_not_above_the_ceiling,
    a_default_group_above_the_ceiling_is_joined_by_nobody,
    while_the_default_role_is_above_the_ceiling_nothing_is_provisioned,
    below_the_ceiling_everything_is_as_without_one,
];

impl World {
    /// A caller through a connection whose ceiling is this role.
    async fn below(&self, role: &str) -> Call {
        let idp = self.scim().await;
        let page = PageRequest::default();
        let connections = self.directory.list_connections(self.root(), ORGANIZATION, page);
        let update = ConnectionUpdate {
            id: connections.await.unwrap().items[0].id.to_string(),
            max_role: Some(Some(role.into())),
            ..ConnectionUpdate::default()
        };
        let updated = self
            .directory
            .update_connection(self.root(), ORGANIZATION, update);
        updated.await.unwrap();
        idp
    }

    async fn rule(&self, matcher: GroupMatcher, role: &str) {
        let new = NewMapping {
            position: None,
            matcher,
            target: MappingTarget::Role(role.into()),
        };
        let made = self
            .directory
            .create_mapping_rule(self.root(), ORGANIZATION, new, "");
        made.await.unwrap();
    }

    async fn group_as(&self, call: &Call, name: &str, members: &[Id]) -> Result<Group> {
        let input = GroupInput {
            display_name: name.into(),
            ..GroupInput::default()
        };
        let members = members.iter().map(ToString::to_string).collect();
        self.directory
            .create_group(call, ORGANIZATION, input, members, "")
            .await
    }

    async fn update_group_as(&self, call: &Call, update: GroupUpdate) -> Result<Group> {
        self.directory.update_group(call, ORGANIZATION, update).await
    }
}

fn joining(group: Id, members: &[Id]) -> GroupUpdate {
    GroupUpdate {
        id: group.to_string(),
        member_changes: vec![add(members)],
        ..GroupUpdate::default()
    }
}

#[track_caller]
fn assert_above<T: std::fmt::Debug>(answer: Result<T>) {
    match answer {
        Err(Error::RuleBroken(Rule::RoleCeiling { .. })) => {}
        other => panic!("{other:?}"),
    }
}

async fn a_connection_adopts_no_group_that_gives_more_than_its_ceiling(world: World) {
    world
        .policy(&[("groups.adopt_by_name", "true"), ("adopt", "on_match")])
        .await;
    let idp = world.below("editor").await;
    let user = world.create_as(&idp, named("ada")).await.unwrap().user.id;
    let admins = world.group("Admins", &[]).await.id;
    world.grant(given(admins, "admin")).await.unwrap();
    let revision = world.revision().await;
    assert_above(world.group_as(&idp, "Admins", &[user]).await);
    assert_above(world.update_group_as(&idp, joining(admins, &[user])).await);
    assert_eq!(world.revision().await, revision);
}

async fn a_group_that_meets_a_rule_above_the_ceiling_gets_no_members(world: World) {
    let idp = world.below("editor").await;
    let user = world.create_as(&idp, named("ada")).await.unwrap().user.id;
    world
        .rule(GroupMatcher::Pattern("*-admins".into()), "admin")
        .await;
    assert_above(world.group_as(&idp, "x-admins", &[user]).await);
    let empty = world.group_as(&idp, "x-admins", &[]).await.unwrap();
    assert_above(world.update_group_as(&idp, joining(empty.id, &[user])).await);
}

async fn a_group_with_members_is_not_renamed_or_identified_into_a_rule_above_the_ceiling(world: World) {
    let idp = world.below("editor").await;
    let user = world.create_as(&idp, named("ada")).await.unwrap().user.id;
    world.rule(GroupMatcher::Name("Owners".into()), "admin").await;
    world
        .rule(GroupMatcher::ExternalId("x-1".into()), "developer")
        .await;
    let group = world.group_as(&idp, "People", &[user]).await.unwrap().id;
    for (field, input) in [
        (
            GroupField::DisplayName,
            GroupInput {
                display_name: "owners".into(),
                ..GroupInput::default()
            },
        ),
        (
            GroupField::ExternalId,
            GroupInput {
                external_id: "x-1".into(),
                ..GroupInput::default()
            },
        ),
    ] {
        let update = GroupUpdate {
            id: group.to_string(),
            fields: vec![field],
            input,
            ..GroupUpdate::default()
        };
        assert_above(world.update_group_as(&idp, update).await);
    }
}

async fn a_group_is_put_into_none_that_gives_more_than_the_ceiling(world: World) {
    world.policy(&[("adopt", "on_match")]).await;
    let idp = world.below("editor").await;
    let user = world.create_as(&idp, named("ada")).await.unwrap().user.id;
    let inner = world.group_as(&idp, "inner", &[user]).await.unwrap().id;
    let middle = world.group_as(&idp, "middle", &[]).await.unwrap().id;
    let outer = world.group("outer", &[middle]).await.id;
    world.grant(given(outer, "admin")).await.unwrap();
    assert_above(world.update_group_as(&idp, joining(middle, &[inner])).await);
}

async fn a_connection_does_not_manage_users_who_hold_more_than_its_ceiling(world: World) {
    world
        .policy(&[("adopt", "on_match"), ("match.order", "email,user_name")])
        .await;
    let idp = world.below("editor").await;
    // Not the last one, who is kept by another rule.
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let mut boss = with_roles("boss", &["admin"]);
    boss.profile.emails = vec![TypedValue {
        value: "boss@acme.example".into(),
        ..TypedValue::default()
    }];
    let boss = world.create(boss).await.unwrap().user;
    let mut evil = named("evil");
    evil.profile.emails.clone_from(&boss.profile.emails);
    assert_above(world.create_as(&idp, evil).await);
    assert_above(world.create_as(&idp, named("boss")).await);
    let rename = change(boss.id, &[UserField::UserName], named("evil"));
    assert_above(world.update_as(&idp, rename).await);
    let title = UserInput {
        profile: identity_core::user::Profile {
            title: Some("x".into()),
            ..Default::default()
        },
        ..UserInput::default()
    };
    assert_above(
        world
            .update_as(&idp, change(boss.id, &[UserField::Title], title))
            .await,
    );
    assert_above(world.set_active(&idp, boss.id, false).await);
    assert_above(world.delete_as(&idp, boss.id).await);
    assert_eq!(world.get(boss.id).await.unwrap().user, boss);
}

async fn a_connection_takes_no_role_above_its_ceiling_away(world: World) {
    let idp = world.below("editor").await;
    let user = world.create_as(&idp, named("ada")).await.unwrap().user.id;
    let group = world.group_as(&idp, "People", &[user]).await.unwrap().id;
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    world.grant(given(group, "admin")).await.unwrap();
    let leave = GroupUpdate {
        id: group.to_string(),
        member_changes: vec![remove(&[user])],
        ..GroupUpdate::default()
    };
    assert_above(world.update_group_as(&idp, leave).await);
    let id = group.to_string();
    let deleted = world.directory.delete_group(&idp, ORGANIZATION, &id, "");
    assert_above(deleted.await);
}

async fn a_user_does_not_return_to_roles_above_the_ceiling(world: World) {
    let settings = [
        ("deactivation.effect", "strip"),
        ("reactivation.restore", "previous"),
    ];
    world.policy(&settings).await;
    let idp = world.scim().await;
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let ada = world
        .create_as(&idp, with_roles("ada", &["admin"]))
        .await
        .unwrap()
        .user
        .id;
    world.set_active(&idp, ada, false).await.unwrap();
    let idp = world.below("editor").await;
    assert_above(world.set_active(&idp, ada, true).await);
}

async fn a_name_that_the_catalog_gets_later_was_not_given_under_a_ceiling(world: World) {
    let idp = world.below("editor").await;
    let ada = world
        .create_as(&idp, with_roles("ada", &["owner", "viewer"]))
        .await
        .unwrap();
    let values = |view: &UserView| {
        let roles = view.user.profile.roles.iter();
        roles.map(|role| role.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(values(&ada), ["viewer"]);
    let change = change(
        ada.user.id,
        &[UserField::Roles],
        with_roles("", &["viewer", "owner"]),
    );
    assert_eq!(values(&world.update_as(&idp, change).await.unwrap()), ["viewer"]);
    let catalog = "member,viewer,interactive_viewer,editor,owner,admin";
    world.policy(&[("roles.catalog", catalog)]).await;
    let seen = world.get(ada.user.id).await.unwrap();
    assert_eq!(
        (values(&seen), &*seen.organization_role),
        (vec!["viewer".to_owned()], "viewer")
    );
    let roles: Vec<_> = world.grants_of(ada.user.id).await;
    assert_eq!(roles.len(), 1, "{roles:?}");
}

async fn a_role_in_an_archived_project_is_above_the_ceiling_too(world: World) {
    let idp = world.below("editor").await;
    let project = world.project("Apollo", ProjectKind::Default).await.id;
    let archive = ProjectUpdate {
        id: project.to_string(),
        status: Some(ProjectStatus::Archived),
        ..ProjectUpdate::default()
    };
    let archived = world
        .directory
        .update_project(world.root(), ORGANIZATION, archive);
    archived.await.unwrap();
    let role = format!("{project}:admin");
    assert_above(world.create_as(&idp, with_roles("ada", &[&role])).await);
}

async fn a_default_group_above_the_ceiling_is_joined_by_nobody(world: World) {
    let everyone = world.group("Everyone", &[]).await.id;
    world.grant(given(everyone, "developer")).await.unwrap();
    let settings = [
        ("defaults.groups", "Everyone"),
        ("defaults.apply_to_scim_users", "true"),
    ];
    world.policy(&settings).await;
    let idp = world.below("editor").await;
    assert_above(world.create_as(&idp, named("ada")).await);
}

async fn below_the_ceiling_everything_is_as_without_one(world: World) {
    let settings = [("adopt", "on_match"), ("groups.adopt_by_name", "true")];
    world.policy(&settings).await;
    let idp = world.below("editor").await;
    world
        .rule(GroupMatcher::Pattern("*-editors".into()), "editor")
        .await;
    let admin = world
        .create(with_roles("owner", &["admin"]))
        .await
        .unwrap()
        .user
        .id;
    let found = world.user("ada").await.user.id;
    let ada = world
        .create_as(&idp, with_roles("ada", &["editor"]))
        .await
        .unwrap()
        .user
        .id;
    assert_eq!(ada, found);
    let manually_created = world.group("x-editors", &[]).await.id;
    let group = world.group_as(&idp, "x-editors", &[ada]).await.unwrap().id;
    assert_eq!(group, manually_created);
    // What an admin holds beside the group is no matter of the group.
    world
        .update_group_as(&idp, joining(group, &[admin]))
        .await
        .unwrap();
    world.set_active(&idp, ada, false).await.unwrap();
    world.set_active(&idp, ada, true).await.unwrap();
    let id = group.to_string();
    let deleted = world.directory.delete_group(&idp, ORGANIZATION, &id, "");
    deleted.await.unwrap();
    world.delete_as(&idp, ada).await.unwrap();
}

async fn while_the_default_role_is_above_the_ceiling_nothing_is_provisioned(world: World) {
    let idp = world.below("editor").await;
    world.policy(&[("roles.default_org", "developer")]).await;
    let revision = world.revision().await;
    assert_above(world.create_as(&idp, named("ada")).await);
    assert_eq!(world.revision().await, revision);
    world.policy(&[("roles.default_org", "editor")]).await;
    world.create_as(&idp, named("ada")).await.unwrap();
}

async fn a_role_that_has_ended_is_not_above_the_ceiling(world: World) {
    world.policy(&[("adopt", "on_match")]).await;
    let idp = world.below("editor").await;
    let ada = world.user("ada").await.user.id;
    let mut grant = given(ada, "developer");
    grant.expires_at = Some(Timestamp(world.clock.now().0 + 1_000_000));
    world.grant(grant).await.unwrap();
    assert_above(world.set_active(&idp, ada, false).await);
    world.pass(Duration::from_secs(1));
    world.set_active(&idp, ada, false).await.unwrap();
}
