//! Creating, reading and deleting users.

use std::time::Duration;

use identity_core::{
    directory::input::{UserInput, UserKey},
    error::Rule,
    user::{Enterprise, TypedValue},
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, equal, named,
    on_every_database, with_roles,
};

on_every_database![
    a_user_comes_back_as_it_was_created,
    a_user_name_is_unique_without_case,
    the_name_of_an_inactive_user_is_taken,
    an_external_id_is_unique_among_the_users_of_a_connection_where_the_policy_says_so,
    an_external_id_that_several_users_have_finds_all_of_them,
    a_certificate_is_base64_once_it_is_changed,
    roles_and_entitlements_may_be_a_thousand,
    a_user_name_is_required,
    a_user_made_by_scim_is_managed_by_its_connection,
    a_deleted_user_does_not_exist_and_frees_its_name,
    a_user_created_again_is_linked_to_the_deleted_one,
    a_deleted_user_leaves_its_groups,
    an_id_that_is_none_is_not_found,
    a_manager_is_named_while_it_exists,
    the_effective_role_is_the_strongest_or_the_default,
    counts_follow_creations_and_deletions,
];

async fn a_user_comes_back_as_it_was_created(world: World) {
    let mut input = with_roles("Ada", &["editor"]);
    input.external_id = "x-1".into();
    input.profile.title = Some("Countess".into());
    let created = world.create(input).await.unwrap();
    assert_eq!(world.get(created.user.id).await.unwrap(), created);
    assert_eq!((created.user.version, created.user.active), (1, true));
    assert_eq!(created.user.user_name, "Ada");
}

async fn a_user_name_is_unique_without_case(world: World) {
    world.user("Straße").await;
    assert_taken(world.create(named("STRASSE")).await, "user_name");
}

async fn the_name_of_an_inactive_user_is_taken(world: World) {
    let input = UserInput {
        active: Some(false),
        ..named("ada")
    };
    world.create(input).await.unwrap();
    assert_taken(world.create(named("ada")).await, "user_name");
}

async fn an_external_id_that_several_users_have_finds_all_of_them(world: World) {
    let scim = world.scim().await;
    for name in ["ada@a.example", "ada@b.example"] {
        let input = UserInput {
            external_id: "ada".into(),
            ..named(name)
        };
        world.create_as(&scim, input).await.unwrap();
    }
    let found = world.names_where(Some(equal("external_id", "ada"))).await;
    assert_eq!(found, ["ada@a.example", "ada@b.example"]);
    let key = UserKey::ExternalId("ada".into());
    let looked_up = world
        .directory
        .look_up_user(world.root(), ORGANIZATION, key)
        .await;
    assert_broken(looked_up, &Rule::SeveralUsers("external_id"));
}

async fn a_certificate_is_base64_once_it_is_changed(world: World) {
    let with = |value: &str| {
        let mut input = named("ada");
        input.profile.x509_certificates = vec![TypedValue {
            value: value.into(),
            ..TypedValue::default()
        }];
        input
    };
    for wrong in ["not base64 !", "a", "QQ\n"] {
        assert_invalid(world.create(with(wrong)).await, "x509_certificates[0].value");
    }
    world.create(with("TUlJ-_8=")).await.unwrap();
}

async fn roles_and_entitlements_may_be_a_thousand(world: World) {
    let many = |count: usize| {
        (0..count).map(|number| TypedValue {
            value: format!("urn:example:entitlement:of-a-large-organization:{number}"),
            ..TypedValue::default()
        })
    };
    let mut input = named("ada");
    input.profile.entitlements = many(1_000).collect();
    world.create(input).await.unwrap();
    let mut input = named("bob");
    input.profile.entitlements = many(1_001).collect();
    assert_invalid(world.create(input).await, "entitlements");
    let mut input = named("eve");
    input.profile.entitlements = many(1_000).collect();
    for entitlement in &mut input.profile.entitlements {
        entitlement.display = Some("x".repeat(300));
    }
    assert_invalid(world.create(input).await, "roles");
}

async fn an_external_id_is_unique_among_the_users_of_a_connection_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    world.policy(&[("external_id.unique", "true")]).await;
    let with_id = |name| UserInput {
        external_id: "x-1".into(),
        ..named(name)
    };
    let create = |call, name| world.directory.create_user(call, ORGANIZATION, with_id(name), "");
    let root = world.root();
    create(&scim, "ada").await.unwrap();
    create(root, "bob").await.unwrap();
    assert_taken(create(&scim, "eve").await, "external_id");
}

async fn a_user_name_is_required(world: World) {
    assert_invalid(world.create(named("")).await, "user_name");
}

async fn a_user_made_by_scim_is_managed_by_its_connection(world: World) {
    let scim = world.scim().await;
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    assert_eq!(user.await.unwrap().user.managed_by, scim.caller.connection_id());
    assert_eq!(world.user("bob").await.user.managed_by, None);
}

async fn a_deleted_user_does_not_exist_and_frees_its_name(world: World) {
    let ada = world.user("ada").await;
    world.delete(ada.user.id).await.unwrap();
    assert_not_found(world.get(ada.user.id).await);
    assert_not_found(world.delete(ada.user.id).await);
    assert!(
        world
            .names_where(Some(equal("user_name", "ada")))
            .await
            .is_empty()
    );
    world.user("ada").await;
}

async fn a_user_created_again_is_linked_to_the_deleted_one(world: World) {
    let first = world.user("Ada").await.user;
    world.delete(first.id).await.unwrap();
    let second = world.user("ADA").await.user;
    assert_ne!(second.id, first.id);
    assert_eq!(second.predecessor_id, Some(first.id));
}

async fn a_deleted_user_leaves_its_groups(world: World) {
    let ada = world.user("ada").await.user;
    let bob = world.user("bob").await.user;
    let team = world.group("Team", &[ada.id, bob.id]).await;
    world.pass(Duration::from_secs(1));
    world.delete(ada.id).await.unwrap();
    let after = world.get_group(team.id).await.unwrap();
    assert_eq!(world.member_ids(team.id).await, [bob.id]);
    assert_eq!((after.member_count, after.version), (1, team.version + 1));
    assert!(after.updated_at > team.updated_at);
    let entries = world.changes_after(world.revision().await - 1).await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].detail.removed_members, [ada.id]);
}

async fn an_id_that_is_none_is_not_found(world: World) {
    let id = world.user("ada").await.user.id.to_string();
    let root = world.root();
    for id in ["", "0", "not-an-id", &id.to_uppercase()] {
        assert_not_found(world.directory.get_user(root, ORGANIZATION, id).await);
    }
}

async fn a_manager_is_named_while_it_exists(world: World) {
    let boss = world.user("boss").await.user;
    let mut input = named("ada");
    input.profile.enterprise = Some(Enterprise {
        manager_id: Some(boss.id.to_string()),
        ..Enterprise::default()
    });
    let ada = world.create(input).await.unwrap();
    assert_eq!(ada.manager_display_name.as_deref(), Some("boss"));
    world.delete(boss.id).await.unwrap();
    assert_eq!(world.get(ada.user.id).await.unwrap().manager_display_name, None);
}

async fn the_effective_role_is_the_strongest_or_the_default(world: World) {
    let strong = world
        .create(with_roles("ada", &["viewer", "admin", "editor"]))
        .await;
    assert_eq!(strong.unwrap().organization_role, "admin");
    let plain = world.user("bob").await;
    assert_eq!(plain.organization_role, "member");
    world.policy(&[("roles.default_org", "viewer")]).await;
    assert_eq!(
        world.get(plain.user.id).await.unwrap().organization_role,
        "viewer"
    );
    world.policy(&[("roles.default_org", "none")]).await;
    assert_eq!(world.get(plain.user.id).await.unwrap().organization_role, "");
}

async fn counts_follow_creations_and_deletions(world: World) {
    let ada = world.user("ada").await.user;
    world.user("bob").await;
    let team = world.group("Team", &[]).await;
    world.delete(ada.id).await.unwrap();
    let organization = world.organization().await;
    assert_eq!((organization.user_count, organization.group_count), (1, 1));
    let id = team.id.to_string();
    let deleted = world.directory.delete_group(world.root(), ORGANIZATION, &id, "");
    deleted.await.unwrap();
    assert_eq!(world.organization().await.group_count, 0);
}
