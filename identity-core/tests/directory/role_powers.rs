//! Nobody gives or takes roles without the scope for them, nor lifts the policy for a user; and what was taken is gone at once.

use std::time::Duration;

use identity_core::{
    caller::{Call, Scope},
    directory::input::{
        GrantRevocation, GroupField, GroupInput, GroupUpdate, MappingUpdate, NewGrant, NewMapping,
        PolicyUpdate, ProjectUpdate, UserField, UserInput, UserUpdate,
    },
    error::{Error, Result},
    group::Source,
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    platform::{Platform, Timestamp},
    project::ProjectStatus,
};

use crate::{
    harness::{
        ORGANIZATION, World, add, assert_invalid, change, named, on_every_database, remove, role, with_roles,
    },
    personal_tokens::personal_token,
    powers::{MICROS, all_but, is_lacking, project},
};

on_every_database![
    roles_of_users_are_given_and_taken_with_the_scope_for_them,
    members_of_groups_that_hold_roles_come_and_go_with_the_scope_for_roles,
    rules_give_and_take_roles_with_the_scope_for_them,
    who_returns_with_roles_is_let_in_with_the_scope_for_them,
    a_project_that_comes_back_with_roles_takes_the_scope_for_them,
    what_roles_permit_is_said_with_the_scope_for_them,
    what_everybody_gets_is_given_by_everybody_who_makes_users,
    a_group_with_roles_does_not_become_everybodys_by_its_name_without_the_scope_for_them,
    a_break_glass_account_is_made_and_unmade_with_the_scope_and_a_reason,
    a_user_goes_back_to_the_connection_that_managed_it_before_the_emergency,
    manual_roles_follow_one_rule_with_an_end_and_without,
    an_administrator_by_a_role_that_ended_is_none_at_once,
    a_role_that_was_revoked_is_gone_at_once,
];

pub(crate) fn roles_of(user: Id, roles: &[&str]) -> UserUpdate {
    let mut input = UserInput::default();
    input.profile.roles = roles.iter().map(|it| role(it)).collect();
    change(user, &[UserField::Roles], input)
}

async fn roles_of_users_are_given_and_taken_with_the_scope_for_them(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let ada = world
        .create(with_roles("ada", &["editor"]))
        .await
        .unwrap()
        .user
        .id;
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let revision = world.revision().await;
    for roles in [&["admin"][..], &["viewer"], &[]] {
        is_lacking(
            world.update_as(&caller, roles_of(ada, roles)).await,
            Scope::RolesWrite,
        );
    }
    is_lacking(
        world.create_as(&caller, with_roles("eve", &["viewer"])).await,
        Scope::RolesWrite,
    );
    assert_eq!(world.revision().await, revision);
    world
        .update_as(&caller, roles_of(ada, &["editor"]))
        .await
        .unwrap();
    world.create_as(&caller, named("eve")).await.unwrap();
    // Whoever leaves takes the roles along: that is a matter of users.
    world.set_active(&caller, ada, false).await.unwrap();
    world.delete_as(&caller, ada).await.unwrap();
}

/// Gives a role to a group or user for good, or for an hour.
async fn grant(world: &World, call: &Call, principal: Id, role: &str, end: Option<Timestamp>) -> Result<()> {
    let new = NewGrant {
        principal: principal.to_string(),
        project: String::new(),
        role: role.into(),
        source: Source::Manual,
        expires_at: end,
    };
    let given = world.directory.grant_role(call, ORGANIZATION, new).await;
    given.map(|_| ())
}

async fn members_of_groups_that_hold_roles_come_and_go_with_the_scope_for_roles(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let (ada, bob) = (world.user("ada").await.user.id, world.user("bob").await.user.id);
    let inner = world.group("inner", &[ada]).await.id;
    let admins = world.group("admins", &[inner, bob]).await.id;
    let plain = world.group("plain", &[]).await.id;
    grant(&world, world.root(), admins, "admin", None).await.unwrap();
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let revision = world.revision().await;
    let changed = async |group: Id, step| {
        let update = GroupUpdate {
            id: group.to_string(),
            member_changes: vec![step],
            ..GroupUpdate::default()
        };
        world.directory.update_group(&caller, "", update).await
    };
    for (group, step) in [
        (admins, add(&[ada])),
        (admins, remove(&[bob])),
        (admins, add(&[plain])),
        (inner, add(&[bob])),
        (inner, remove(&[ada])),
    ] {
        is_lacking(changed(group, step).await, Scope::RolesWrite);
    }
    for group in [admins, inner] {
        let id = group.to_string();
        let deleted = world.directory.delete_group(&caller, "", &id, "");
        is_lacking(deleted.await, Scope::RolesWrite);
    }
    assert_eq!(world.revision().await, revision);
    changed(plain, add(&[ada, admins])).await.unwrap();
    let id = plain.to_string();
    world.directory.delete_group(&caller, "", &id, "").await.unwrap();
}

async fn rules_give_and_take_roles_with_the_scope_for_them(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let bob = world.user("bob").await.user.id;
    let plain = world.group("plain", &[bob]).await.id;
    let rule = |pattern: &str| NewMapping {
        position: None,
        matcher: GroupMatcher::Pattern(pattern.into()),
        target: MappingTarget::Role("admin".into()),
    };
    let directory = &world.directory;
    let made = directory.create_mapping_rule(world.root(), ORGANIZATION, rule("*-admins"), "");
    let made = made.await.unwrap();
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let revision = world.revision().await;
    for pattern in ["plain", "nobody-yet"] {
        is_lacking(
            directory
                .create_mapping_rule(&caller, "", rule(pattern), "")
                .await,
            Scope::RolesWrite,
        );
    }
    let id = made.id.to_string();
    let license = MappingUpdate {
        id: id.clone(),
        matcher: Some(GroupMatcher::Name("plain".into())),
        ..MappingUpdate::default()
    };
    is_lacking(
        directory.update_mapping_rule(&caller, "", license).await,
        Scope::RolesWrite,
    );
    is_lacking(
        directory.delete_mapping_rule(&caller, "", &id).await,
        Scope::RolesWrite,
    );
    let named_so = |name: &str| GroupInput {
        display_name: name.into(),
        ..GroupInput::default()
    };
    let renamed = GroupUpdate {
        id: plain.to_string(),
        fields: vec![GroupField::DisplayName],
        input: named_so("x-admins"),
        ..GroupUpdate::default()
    };
    is_lacking(
        directory.update_group(&caller, "", renamed).await,
        Scope::RolesWrite,
    );
    let members = vec![bob.to_string()];
    let created = directory.create_group(&caller, "", named_so("y-admins"), members, "");
    is_lacking(created.await, Scope::RolesWrite);
    assert_eq!(world.revision().await, revision);
}

async fn who_returns_with_roles_is_let_in_with_the_scope_for_them(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    for settings in [
        [
            ("deactivation.effect", "suspend"),
            ("reactivation.restore", "previous"),
        ],
        [
            ("deactivation.effect", "strip"),
            ("reactivation.restore", "previous"),
        ],
    ] {
        world.policy(&settings).await;
        let name = format!("ada-{}", settings[0].1);
        let ada = world.create(with_roles(&name, &["admin"])).await.unwrap().user.id;
        let bob = world.user(&format!("bob-{}", settings[0].1)).await.user.id;
        let admins = world.group(&format!("admins-{}", settings[0].1), &[bob]).await.id;
        grant(&world, world.root(), admins, "admin", None).await.unwrap();
        let eve = world.user(&format!("eve-{}", settings[0].1)).await.user.id;
        for user in [ada, bob, eve] {
            world.set_active(&caller, user, false).await.unwrap();
        }
        is_lacking(world.set_active(&caller, ada, true).await, Scope::RolesWrite);
        is_lacking(world.set_active(&caller, bob, true).await, Scope::RolesWrite);
        world.set_active(&caller, eve, true).await.unwrap();
    }
    world
        .policy(&[
            ("deactivation.effect", "suspend"),
            ("reactivation.restore", "none"),
        ])
        .await;
    let dan = world.create(with_roles("dan", &["admin"])).await.unwrap().user.id;
    world.set_active(&caller, dan, false).await.unwrap();
    world.set_active(&caller, dan, true).await.unwrap();
    assert_eq!(world.get(dan).await.unwrap().organization_role, "member");
}

async fn a_project_that_comes_back_with_roles_takes_the_scope_for_them(world: World) {
    let (used, empty) = (project(&world, "used").await, project(&world, "empty").await);
    world
        .create(with_roles("ada", &[&format!("{used}:editor")]))
        .await
        .unwrap();
    let to = |project: Id, status| ProjectUpdate {
        id: project.to_string(),
        status: Some(status),
        ..ProjectUpdate::default()
    };
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let set = async |project, status| {
        world
            .directory
            .update_project(&caller, "", to(project, status))
            .await
    };
    for project in [used, empty] {
        set(project, ProjectStatus::Archived).await.unwrap();
    }
    is_lacking(set(used, ProjectStatus::Active).await, Scope::RolesWrite);
    set(empty, ProjectStatus::Active).await.unwrap();
}

async fn what_roles_permit_is_said_with_the_scope_for_them(world: World) {
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let set = async |key: &str, value: &str| {
        let update = PolicyUpdate {
            settings: vec![(key.into(), value.into())],
            ..PolicyUpdate::default()
        };
        world.directory.update_policy(&caller, "", update).await
    };
    for (key, value) in [
        ("roles.default_org", "viewer"),
        ("roles.catalog", "member,boss"),
        ("defaults.groups", "admins"),
    ] {
        is_lacking(set(key, value).await, Scope::RolesWrite);
    }
    set("drift", "keep_manual").await.unwrap();
}

async fn what_everybody_gets_is_given_by_everybody_who_makes_users(world: World) {
    let editors = world.group("editors", &[]).await.id;
    grant(&world, world.root(), editors, "editor", None)
        .await
        .unwrap();
    world.policy(&[("defaults.groups", "editors")]).await;
    let caller = world.service(&[Scope::UsersRead, Scope::UsersWrite]).await;
    let ada = world.create_as(&caller, named("ada")).await.unwrap();
    assert_eq!(ada.organization_role, "editor");
}

async fn a_group_with_roles_does_not_become_everybodys_by_its_name_without_the_scope_for_them(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let everybody = world.group("Everybody", &[]).await.id;
    let admins = world.group("Admins", &[]).await.id;
    grant(&world, world.root(), admins, "admin", None).await.unwrap();
    world.policy(&[("defaults.groups", "Everybody")]).await;
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    let renamed = async |group: Id, name: &str| {
        let update = GroupUpdate {
            id: group.to_string(),
            fields: vec![GroupField::DisplayName],
            input: GroupInput {
                display_name: name.into(),
                ..GroupInput::default()
            },
            ..GroupUpdate::default()
        };
        world.directory.update_group(&caller, "", update).await
    };
    renamed(everybody, "Old").await.unwrap();
    for name in ["Everybody", "everyBODY"] {
        is_lacking(renamed(admins, name).await, Scope::RolesWrite);
    }
    renamed(admins, "Administrators").await.unwrap();
    let ada = world.create_as(&caller, named("ada")).await.unwrap();
    assert_ne!(ada.organization_role, "admin");
    // A group without roles may have the name.
    renamed(everybody, "Everybody").await.unwrap();
}

fn break_glass(user: Id, is_one: bool) -> UserUpdate {
    let input = UserInput {
        break_glass: Some(is_one),
        ..UserInput::default()
    };
    change(user, &[UserField::BreakGlass], input)
}

async fn a_break_glass_account_is_made_and_unmade_with_the_scope_and_a_reason(world: World) {
    let ada = world.user("ada").await.user.id;
    let input = UserInput {
        break_glass: Some(true),
        ..named("eve")
    };
    let without = world.service(&all_but(Scope::BreakGlass)).await;
    let with = world.service(&[Scope::UsersWrite, Scope::BreakGlass]).await;
    let with_reason = with.clone().break_glass("the fire drill").unwrap();
    is_lacking(world.create_as(&without, input.clone()).await, Scope::BreakGlass);
    assert_invalid(world.create_as(&with, input.clone()).await, "break_glass");
    world.create_as(&with_reason, input).await.unwrap();
    for is_one in [true, false] {
        is_lacking(
            world.update_as(&without, break_glass(ada, is_one)).await,
            Scope::BreakGlass,
        );
        assert_invalid(
            world.update_as(&with, break_glass(ada, is_one)).await,
            "break_glass",
        );
        world
            .update_as(&with_reason, break_glass(ada, is_one))
            .await
            .unwrap();
    }
}

async fn a_user_goes_back_to_the_connection_that_managed_it_before_the_emergency(world: World) {
    let scim = world.scim().await;
    let made = UserInput {
        external_id: "x-1".into(),
        ..named("ada")
    };
    let ada = world.create_as(&scim, made).await.unwrap().user;
    let root = world.root();
    world.update_as(root, break_glass(ada.id, true)).await.unwrap();
    assert_eq!(world.get(ada.id).await.unwrap().user.managed_by, None);
    let back = world
        .update_as(root, break_glass(ada.id, false))
        .await
        .unwrap()
        .user;
    assert_eq!(
        (back.managed_by, back.external_id),
        (ada.managed_by, ada.external_id)
    );
    world.set_active(&scim, ada.id, false).await.unwrap();
    // A connection that is gone manages nobody.
    let eve = world.create_as(&scim, named("eve")).await.unwrap().user;
    world.update_as(root, break_glass(eve.id, true)).await.unwrap();
    let connection = eve.managed_by.unwrap().to_string();
    let deleted = world
        .directory
        .delete_connection(root, ORGANIZATION, &connection, None);
    deleted.await.unwrap();
    let free = world
        .update_as(root, break_glass(eve.id, false))
        .await
        .unwrap()
        .user;
    assert_eq!(free.managed_by, None);
}

fn is_managed<T: std::fmt::Debug>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Managed { .. }))
}

async fn revoke(world: &World, call: &Call, principal: Id, role: &str) -> Result<()> {
    let revocation = GrantRevocation {
        principal: principal.to_string(),
        project: String::new(),
        role: role.into(),
        source: None,
    };
    world.directory.revoke_role(call, ORGANIZATION, revocation).await
}

/// Rules 102 and 105.
async fn manual_roles_follow_one_rule_with_an_end_and_without(world: World) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    let root = world.root();
    let end = Some(Timestamp(world.clock.now().0 + 3600 * MICROS));
    grant(&world, root, ada, "viewer", end).await.unwrap_err();
    for (source, manual, is_open) in [
        ("scim_roles", "deny", false),
        ("scim_roles", "allow", true),
        ("core_only", "deny", true),
    ] {
        world
            .policy(&[("roles.source", source), ("manual_updates", manual)])
            .await;
        for end in [None, end] {
            let given = grant(&world, root, ada, "editor", end).await;
            assert_eq!(given.is_ok(), is_open, "{source} {manual} {end:?}: {given:?}");
            assert!(is_open || is_managed(&given), "{given:?}");
            if is_open {
                revoke(&world, root, ada, "editor").await.unwrap();
            }
        }
        let update = world.update_as(root, roles_of(ada, &["viewer"])).await;
        assert_eq!(update.is_ok(), is_open, "{source} {manual}: {update:?}");
        if is_open {
            world.update_as(root, roles_of(ada, &[])).await.unwrap();
        }
    }
    // A role given manually while that was allowed is not taken manually while it is not.
    grant(&world, root, ada, "editor", end).await.unwrap();
    world
        .policy(&[("roles.source", "scim_roles"), ("manual_updates", "deny")])
        .await;
    assert!(is_managed(&revoke(&world, root, ada, "editor").await));
    let by_glass = root.clone().break_glass("a consultant").unwrap();
    revoke(&world, &by_glass, ada, "editor").await.unwrap();
}

/// A warm personal token of somebody who is an administrator by this grant alone.
async fn admin_by(world: &World, end: Option<Timestamp>) -> (Id, String) {
    world.create(with_roles("owner", &["admin"])).await.unwrap();
    let ada = world.user("ada").await.user.id;
    grant(world, world.root(), ada, "admin", end).await.unwrap();
    let (_, secret) = world.token(personal_token(ada, &Scope::ALL)).await;
    assert!(administers(world, &secret).await);
    (ada, secret)
}

async fn administers(world: &World, secret: &str) -> bool {
    let caller = world.directory.authenticate(secret).await.unwrap();
    caller.require(Scope::PolicyWrite).is_ok()
}

async fn an_administrator_by_a_role_that_ended_is_none_at_once(world: World) {
    let end = Timestamp(world.clock.now().0 + 100_000);
    let (_, secret) = admin_by(&world, Some(end)).await;
    world.pass(Duration::from_millis(99));
    assert!(administers(&world, &secret).await);
    world.pass(Duration::from_millis(1));
    assert!(!administers(&world, &secret).await);
}

async fn a_role_that_was_revoked_is_gone_at_once(world: World) {
    let end = Timestamp(world.clock.now().0 + 3600 * MICROS);
    let (ada, secret) = admin_by(&world, Some(end)).await;
    let root = world.root();
    revoke(&world, root, ada, "admin").await.unwrap();
    assert!(!administers(&world, &secret).await);
    // By a group: the role is taken, the membership, the group, or the rule.
    let rule = NewMapping {
        position: None,
        matcher: GroupMatcher::Name("ruled".into()),
        target: MappingTarget::Role("admin".into()),
    };
    let made = world.directory.create_mapping_rule(root, ORGANIZATION, rule, "");
    let rule = made.await.unwrap().id.to_string();
    for name in ["revoked", "left", "deleted", "ruled"] {
        let group = world.group(name, &[ada]).await.id;
        if name != "ruled" {
            grant(&world, root, group, "admin", None).await.unwrap();
        }
        assert!(administers(&world, &secret).await, "{name}");
        match name {
            "revoked" => revoke(&world, root, group, "admin").await.unwrap(),
            "left" => drop(world.change_members(group, &[remove(&[ada])]).await.unwrap()),
            "deleted" => {
                let id = group.to_string();
                let deleted = world.directory.delete_group(root, ORGANIZATION, &id, "");
                deleted.await.unwrap();
            }
            _ => {
                let deleted = world.directory.delete_mapping_rule(root, ORGANIZATION, &rule);
                deleted.await.unwrap();
            }
        }
        assert!(!administers(&world, &secret).await, "{name}");
    }
}
