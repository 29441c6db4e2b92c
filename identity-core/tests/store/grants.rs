//! Grants, projects and custom roles.

use identity_core::{
    group::{MemberKind, Source},
    id::Id,
    platform::{Platform, Timestamp},
    project::{Project, ProjectKind, ProjectStatus},
    role::{Catalog, CustomRole, Grant, GrantKey, RoleKind, RoleScope},
    store::{Without, Write},
};

use crate::harness::{World, on_every_database};

on_every_database![
    a_project_and_a_role_come_back_as_they_went,
    a_deleted_project_takes_its_grants_along_and_is_still_known,
    a_deleted_role_is_held_by_nobody,
    a_user_has_what_its_groups_have_however_deep,
    expired_grants_and_archived_projects_have_no_effect,
    the_holders_in_a_project_come_in_pages,
    grants_in_a_scope_come_in_pages,
    a_permanent_holder_is_found_through_groups_unless_something_is_taken_away,
    a_new_catalog_ranks_everybody,
    memberships_above_lead_up_to_every_group,
];

fn project(world: &World, name: &str) -> Project {
    let at = world.now();
    Project {
        id: world.id(),
        organization_id: world.home(),
        version: 1,
        name: name.into(),
        kind: ProjectKind::Default,
        status: ProjectStatus::Active,
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

async fn added_project(world: &World, name: &str) -> Project {
    let project = project(world, name);
    let write = Write::InsertProject(Box::new(project.clone()));
    world.write(vec![write]).await.unwrap();
    project
}

fn role(world: &World, name: &str) -> CustomRole {
    let at = world.now();
    CustomRole {
        id: world.id(),
        organization_id: world.home(),
        version: 1,
        name: name.into(),
        kind: RoleKind::Project,
        group_id: None,
        permissions: ["project.view", "billing.pay"].into_iter().collect(),
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

/// A grant that came manually and lasts.
fn grant(world: &World, principal: (Id, MemberKind), scope: RoleScope, role: &str) -> Grant {
    Grant {
        key: GrantKey {
            organization_id: world.home(),
            principal_id: principal.0,
            scope,
            role: role.into(),
            source: Source::Manual,
        },
        principal_kind: principal.1,
        connection_id: None,
        expires_at: None,
        created_at: world.now(),
    }
}

fn user(id: Id) -> (Id, MemberKind) {
    (id, MemberKind::User)
}

fn group(id: Id) -> (Id, MemberKind) {
    (id, MemberKind::Group)
}

async fn give(world: &World, grants: &[Grant]) {
    let write = Write::InsertGrants(grants.to_vec());
    world.write(vec![write]).await.unwrap();
}

/// The roles that have effect for a user, with their scopes.
async fn effective(world: &World, id: Id, at: Timestamp) -> Vec<(RoleScope, String)> {
    let home = world.home();
    let grants = world
        .ask(move |reader| Box::pin(async move { reader.effective_grants(home, &[id], at).await }))
        .await;
    let pairs = grants
        .into_iter()
        .map(|it| (it.grant.key.scope, it.grant.key.role));
    pairs.collect()
}

async fn has_permanent_holder(world: &World, without: Without) -> bool {
    let home = world.home();
    world
        .ask(move |reader| {
            let without = without.clone();
            Box::pin(async move { reader.has_permanent_holder(home, "admin", &without).await })
        })
        .await
}

async fn a_project_and_a_role_come_back_as_they_went(world: World) {
    let project = added_project(&world, "Apollo").await;
    let role = role(&world, "Payer");
    let insert = Write::InsertRole(Box::new(role.clone()));
    world.write(vec![insert]).await.unwrap();
    let (home, id) = (world.home(), project.id);
    assert_eq!(
        world.ask(move |reader| reader.project(home, id)).await,
        Some(project)
    );
    let by_name = world
        .ask(move |reader| reader.role_id_by_name(home, RoleKind::Project, "payer"))
        .await;
    assert_eq!(by_name, Some(role.id));
    let id = role.id;
    assert_eq!(world.ask(move |reader| reader.role(home, id)).await, Some(role));
}

async fn a_deleted_project_takes_its_grants_along_and_is_still_known(world: World) {
    let mut project = added_project(&world, "Apollo").await;
    let ada = world.added("ada").await;
    let scope = RoleScope::Project(project.id);
    give(&world, &[grant(&world, user(ada.id), scope, "viewer")]).await;
    project.deleted_at = Some(world.now());
    let write = Write::UpdateProject(Box::new(project.clone()));
    world.write(vec![write]).await.unwrap();
    let (home, id, ada) = (world.home(), project.id, ada.id);
    assert_eq!(world.ask(move |reader| reader.project(home, id)).await, None);
    let known = world
        .ask(move |reader| Box::pin(async move { reader.known_projects(home, &[id]).await }))
        .await;
    assert_eq!(known, [project]);
    let held = world
        .ask(move |reader| Box::pin(async move { reader.grants_of(home, &[ada]).await }))
        .await;
    assert_eq!(held, []);
    added_project(&world, "apollo").await;
}

async fn is_held(world: &World, role: Id) -> bool {
    let home = world.home();
    world
        .ask(move |reader| Box::pin(async move { reader.is_held(home, &role.to_string()).await }))
        .await
}

async fn a_deleted_role_is_held_by_nobody(world: World) {
    let mut role = role(&world, "Payer");
    let ada = world.added("ada").await;
    let insert = Write::InsertRole(Box::new(role.clone()));
    world.write(vec![insert]).await.unwrap();
    let id = role.id.to_string();
    give(
        &world,
        &[grant(&world, user(ada.id), RoleScope::Organization, &id)],
    )
    .await;
    let id = role.id;
    assert!(is_held(&world, id).await);
    role.deleted_at = Some(world.now());
    world
        .write(vec![Write::UpdateRole(Box::new(role))])
        .await
        .unwrap();
    assert!(!is_held(&world, id).await);
}

async fn a_user_has_what_its_groups_have_however_deep(world: World) {
    let ada = world.added("ada").await;
    let inner = world.added_group("Inner", &[user(ada.id)]).await;
    let outer = world.added_group("Outer", &[group(inner.id)]).await;
    let other = world.added_group("Other", &[]).await;
    let organization = RoleScope::Organization;
    let grants = [
        grant(&world, user(ada.id), organization, "viewer"),
        grant(&world, group(outer.id), organization, "editor"),
        grant(&world, group(other.id), organization, "admin"),
    ];
    give(&world, &grants).await;
    let roles = effective(&world, ada.id, world.now()).await;
    assert_eq!(
        roles,
        [(organization, "editor".into()), (organization, "viewer".into())]
    );
}

async fn expired_grants_and_archived_projects_have_no_effect(world: World) {
    let ada = world.added("ada").await;
    let mut project = added_project(&world, "Apollo").await;
    let scope = RoleScope::Project(project.id);
    let mut passing = grant(&world, user(ada.id), RoleScope::Organization, "editor");
    let end = world.now();
    passing.expires_at = Some(end);
    give(&world, &[passing, grant(&world, user(ada.id), scope, "viewer")]).await;
    let before = Timestamp(end.0 - 1);
    assert_eq!(effective(&world, ada.id, before).await.len(), 2);
    assert_eq!(effective(&world, ada.id, end).await, [(scope, "viewer".into())]);
    project.status = ProjectStatus::Archived;
    let write = Write::UpdateProject(Box::new(project));
    world.write(vec![write]).await.unwrap();
    assert_eq!(effective(&world, ada.id, end).await, []);
}

async fn the_holders_in_a_project_come_in_pages(world: World) {
    let (ada, bob, eve) = (
        world.added("ada").await,
        world.added("bob").await,
        world.added("eve").await,
    );
    let mut asleep = world.user(world.home(), "asleep");
    asleep.active = false;
    world.add(&asleep).await.unwrap();
    let team = world.added_group("Team", &[user(bob.id), user(asleep.id)]).await;
    let project = added_project(&world, "Apollo").await;
    let scope = RoleScope::Project(project.id);
    let grants = [
        grant(&world, group(team.id), scope, "viewer"),
        grant(&world, user(ada.id), scope, "editor"),
        grant(&world, user(eve.id), RoleScope::Organization, "editor"),
    ];
    give(&world, &grants).await;
    let (home, at) = (world.home(), world.now());
    let first = world
        .ask(move |reader| Box::pin(async move { reader.holders(home, scope, at, (None, 1)).await }))
        .await;
    assert_eq!(first, [ada.id]);
    let after = Some(ada.id);
    let rest = world
        .ask(move |reader| Box::pin(async move { reader.holders(home, scope, at, (after, 9)).await }))
        .await;
    assert_eq!(rest, [bob.id]);
}

async fn grants_in_a_scope_come_in_pages(world: World) {
    let scope = RoleScope::Organization;
    let mut grants = Vec::new();
    for name in ["ada", "bob"] {
        let id = world.added(name).await.id;
        grants.push(grant(&world, user(id), scope, "viewer"));
        grants.push(grant(&world, user(id), scope, "editor"));
    }
    give(&world, &grants).await;
    grants.sort_by(|a, b| (&a.key.role, a.key.principal_id).cmp(&(&b.key.role, b.key.principal_id)));
    let home = world.home();
    let mut after: Option<GrantKey> = None;
    for expected in &grants {
        let place = after.clone();
        let page = world
            .ask(move |reader| {
                let place = place.clone();
                Box::pin(async move { reader.grants_in(home, scope, place.as_ref(), 1).await })
            })
            .await;
        assert_eq!(page, std::slice::from_ref(expected));
        after = Some(page[0].key.clone());
    }
}

async fn a_permanent_holder_is_found_through_groups_unless_something_is_taken_away(world: World) {
    let ada = world.added("ada").await;
    let inner = world.added_group("Inner", &[user(ada.id)]).await;
    let outer = world.added_group("Outer", &[group(inner.id)]).await;
    assert!(!has_permanent_holder(&world, Without::default()).await);
    let admins = grant(&world, group(outer.id), RoleScope::Organization, "admin");
    give(&world, &[admins]).await;
    assert!(has_permanent_holder(&world, Without::default()).await);
    let nothing = Without::default();
    for gone in [ada.id, inner.id, outer.id] {
        let gone = vec![gone];
        assert!(
            !has_permanent_holder(
                &world,
                Without {
                    gone,
                    ..nothing.clone()
                }
            )
            .await
        );
    }
    let revoked_from = vec![outer.id];
    assert!(
        !has_permanent_holder(
            &world,
            Without {
                revoked_from,
                sources: vec![Source::Manual],
                ..nothing.clone()
            }
        )
        .await
    );
    let leaving = (outer.id, vec![inner.id]);
    assert!(
        !has_permanent_holder(
            &world,
            Without {
                leaving,
                ..nothing.clone()
            }
        )
        .await
    );
    let leaving = (outer.id, vec![ada.id]);
    assert!(has_permanent_holder(&world, Without { leaving, ..nothing }).await);
}

async fn a_new_catalog_ranks_everybody(world: World) {
    let (ada, bob) = (world.added("ada").await, world.added("bob").await);
    let scope = RoleScope::Organization;
    let grants = [
        grant(&world, user(ada.id), scope, "basic"),
        grant(&world, user(ada.id), scope, "manager"),
        grant(&world, user(bob.id), scope, "admin"),
    ];
    give(&world, &grants).await;
    let names = ["basic".to_owned(), "manager".to_owned()];
    let rank = Write::RankRoles(world.home(), Catalog::new(&names));
    world.write(vec![rank]).await.unwrap();
    let (home, ids) = (world.home(), [ada.id, bob.id]);
    let users = world
        .ask(move |reader| Box::pin(async move { reader.users_by_id(home, &ids).await }))
        .await;
    let roles = users.into_iter().map(|user| user.organization_role);
    assert_eq!(roles.collect::<Vec<_>>(), [Some("manager".into()), None]);
}

async fn memberships_above_lead_up_to_every_group(world: World) {
    let ada = world.added("ada").await;
    let inner = world.added_group("Inner", &[user(ada.id)]).await;
    let outer = world.added_group("Outer", &[group(inner.id)]).await;
    let (home, id) = (world.home(), ada.id);
    let above = world
        .ask(move |reader| Box::pin(async move { reader.memberships_above(home, &[id]).await }))
        .await;
    assert_eq!(above, [(ada.id, inner.id), (inner.id, outer.id)]);
}
