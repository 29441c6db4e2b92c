//! Custom roles, and roles that are given again.

use identity_core::{
    caller::Scope,
    change::Action,
    directory::input::{NewGrant, NewRole, RoleUpdate},
    error::{Error, Resource, Result},
    platform::{Platform, Timestamp},
    project::ProjectKind,
    role::{CustomRole, RoleKind},
};

use crate::{
    harness::{
        ORGANIZATION, World, assert_invalid, assert_not_found, assert_taken, on_every_database, with_roles,
    },
    powers::all_but,
    roles::given,
};

on_every_database![
    a_custom_role_has_a_name_of_its_own,
    a_custom_role_is_changed_and_deleted_by_the_version_that_was_read,
    a_repeated_create_is_the_first_role,
    a_role_given_again_for_a_time_is_the_same_grant,
    who_returns_with_the_role_that_everybody_has_takes_no_scope_for_roles,
    of_several_custom_roles_the_one_that_permits_most_is_told,
];

async fn make(world: &World, name: &str, kind: RoleKind, request_id: &str) -> Result<CustomRole> {
    let new = NewRole {
        name: name.into(),
        kind,
        permissions: vec!["billing.pay".into()],
    };
    let root = world.root();
    world
        .directory
        .create_role(root, ORGANIZATION, new, request_id)
        .await
}

async fn rename(world: &World, role: &CustomRole, etag: &str, name: &str) -> Result<CustomRole> {
    let update = RoleUpdate {
        id: role.id.to_string(),
        etag: etag.into(),
        name: Some(name.into()),
        permissions: None,
    };
    world
        .directory
        .update_role(world.root(), ORGANIZATION, update)
        .await
}

async fn a_custom_role_has_a_name_of_its_own(world: World) {
    make(&world, "Payer", RoleKind::Organization, "").await.unwrap();
    assert_taken(make(&world, "PAYER", RoleKind::Organization, "").await, "name");
    make(&world, "Payer", RoleKind::Project, "").await.unwrap();
    let other = make(&world, "Other", RoleKind::Organization, "").await.unwrap();
    assert_taken(rename(&world, &other, "", "payer").await, "name");
    assert_invalid(rename(&world, &other, "", "").await, "name");
    rename(&world, &other, "", "OTHER").await.unwrap();
}

async fn a_custom_role_is_changed_and_deleted_by_the_version_that_was_read(world: World) {
    let role = make(&world, "Payer", RoleKind::Organization, "").await.unwrap();
    let (root, id) = (world.root(), role.id.to_string());
    let is_stale = |refused: Option<Error>| matches!(refused, Some(Error::VersionMismatch { .. }));
    let before = world.revision().await;
    assert!(is_stale(rename(&world, &role, "2", "Cashier").await.err()));
    assert_eq!(world.revision().await, before);
    let after = rename(&world, &role, "1", "Cashier").await.unwrap();
    assert_eq!((after.name.as_str(), after.version), ("Cashier", 2));
    let update = RoleUpdate {
        id: id.clone(),
        permissions: Some(vec!["billing.view".into()]),
        ..RoleUpdate::default()
    };
    let updated = world.directory.update_role(root, ORGANIZATION, update);
    updated.await.unwrap();
    let changes = world.changes_after(before).await;
    let told = changes.iter().flat_map(|it| &it.detail.fields);
    let told: Vec<_> = told.map(|it| it.field.as_str()).collect();
    assert_eq!(told, ["name", "permissions"]);
    let before = world.revision().await;
    let delete = async |etag: &str| world.directory.delete_role(root, ORGANIZATION, &id, etag).await;
    assert!(is_stale(delete("2").await.err()));
    delete("3").await.unwrap();
    let changes = world.changes_after(before).await;
    let told: Vec<_> = changes.iter().map(|it| (it.resource, it.action)).collect();
    assert_eq!(told, [(Resource::Role, Action::Deleted)]);
    assert_not_found(
        world
            .directory
            .get_role(root, ORGANIZATION, &id)
            .await
            .map(|_| ()),
    );
    make(&world, "Cashier", RoleKind::Organization, "").await.unwrap();
}

async fn a_repeated_create_is_the_first_role(world: World) {
    let first = make(&world, "Payer", RoleKind::Organization, "r-1")
        .await
        .unwrap();
    let before = world.revision().await;
    let again = make(&world, "Payer", RoleKind::Organization, "r-1")
        .await
        .unwrap();
    assert_eq!((again.id, world.revision().await), (first.id, before));
}

async fn a_role_given_again_for_a_time_is_the_same_grant(world: World) {
    let ada = world.user("ada").await.user.id;
    let end = |micros| Some(Timestamp(world.clock.now().0 + micros));
    let mut new = given(ada, "editor");
    new.expires_at = end(1_000_000);
    world.grant(new.clone()).await.unwrap();
    let before = world.revision().await;
    world.grant(new.clone()).await.unwrap();
    assert_eq!(world.revision().await, before);
    new.expires_at = end(2_000_000);
    world.grant(new).await.unwrap();
    let grants = world.grants_of(ada).await;
    let ends: Vec<_> = grants.iter().map(|it| it.expires_at).collect();
    assert_eq!(ends, [end(2_000_000)]);
}

async fn who_returns_with_the_role_that_everybody_has_takes_no_scope_for_roles(world: World) {
    let input = with_roles("ada", &["member"]);
    let ada = world.create(input).await.unwrap().user.id;
    let caller = world.service(&all_but(Scope::RolesWrite)).await;
    for active in [false, true] {
        world.set_active(&caller, ada, active).await.unwrap();
    }
}

async fn of_several_custom_roles_the_one_that_permits_most_is_told(world: World) {
    let (root, ada) = (world.root(), world.user("ada").await.user.id);
    let project = world.project("Apollo", ProjectKind::Default).await.id;
    let older = make(&world, "Payer", RoleKind::Project, "").await.unwrap().id;
    let stronger = NewRole {
        name: "Auditor".into(),
        kind: RoleKind::Project,
        permissions: vec!["billing.pay".into(), "billing.view".into()],
    };
    let stronger = world
        .directory
        .create_role(root, ORGANIZATION, stronger, "")
        .await;
    let stronger = stronger.unwrap().id;
    for role in [older, stronger] {
        let grant = NewGrant {
            project: project.to_string(),
            ..given(ada, &role.to_string())
        };
        world.grant(grant).await.unwrap();
    }
    let id = ada.to_string();
    let access = world.directory.effective_access(root, ORGANIZATION, &id).await;
    let told = access.unwrap().projects[&project].role.clone();
    assert_eq!(told, Some(stronger.to_string()));
}
