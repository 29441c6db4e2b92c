//! Access of callers, by scope and by organization.

use identity_core::{
    caller::Scope,
    change::ChangeQuery,
    directory::input::{
        Deleted, ListRequest, NewOrganization, NewRole, NewServiceAccount, OrganizationUpdate, PageRequest,
        PolicyUpdate, Reach, RoleUpdate, SafeguardDecision, ServiceAccountUpdate, TokenFilter,
    },
    error::{Error, Rule},
    organization::OrganizationStatus,
    role::RoleKind,
};

use crate::{
    harness::{
        ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, named, on_every_database,
    },
    roles::taken,
};

on_every_database![
    root_must_name_an_organization,
    an_organization_is_named_by_id_or_slug,
    another_organization_does_not_exist,
    a_resource_of_another_organization_does_not_exist,
    a_call_needs_its_scope,
    a_scim_caller_has_the_scopes_of_the_facade_and_no_more,
    organizations_are_for_root,
    a_service_gets_its_own_organization,
    a_suspended_organization_serves_root_alone,
    a_suspension_by_another_instance_holds_for_every_change_at_once,
];

async fn root_must_name_an_organization(world: World) {
    let users = world
        .directory
        .list_users(world.root(), "", ListRequest::default());
    assert_invalid(users.await, "organization");
}

async fn an_organization_is_named_by_id_or_slug(world: World) {
    let service = world.service(&[Scope::UsersRead]).await;
    let id = world.organization().await.id.to_string();
    for call in [world.root(), &service] {
        for name in [ORGANIZATION, id.as_str()] {
            let users = world.directory.list_users(call, name, ListRequest::default());
            users.await.unwrap();
        }
    }
    let own = world.directory.list_users(&service, "", ListRequest::default());
    own.await.unwrap();
}

async fn another_organization_does_not_exist(world: World) {
    let other = world.found("other", "").await.id.to_string();
    let service = world.service(&Scope::ALL).await;
    let unknown = world.root();
    for (call, name) in [
        (&service, "other"),
        (&service, &other),
        (&service, "nowhere"),
        (unknown, "nowhere"),
    ] {
        let users = world.directory.list_users(call, name, ListRequest::default());
        assert_not_found(users.await);
        let created = world.directory.create_user(call, name, named("ada"), "");
        assert_not_found(created.await);
    }
}

async fn a_resource_of_another_organization_does_not_exist(world: World) {
    world.found("other", "").await;
    let ada = world.user("ada").await.user.id.to_string();
    let team = world.group("Team", &[]).await.id.to_string();
    let (directory, root) = (&world.directory, world.root());
    assert_not_found(directory.get_user(root, "other", &ada).await);
    assert_not_found(directory.delete_user(root, "other", &ada, "").await);
    assert_not_found(directory.get_group(root, "other", &team).await);
    let members = directory.list_members(root, "other", &team, PageRequest::default());
    assert_not_found(members.await);
}

async fn a_call_needs_its_scope(world: World) {
    let reader = world.service(&[Scope::UsersRead]).await;
    let users = world.directory.list_users(&reader, "", ListRequest::default());
    users.await.unwrap();
    let created = world.directory.create_user(&reader, "", named("ada"), "").await;
    assert!(
        matches!(created, Err(Error::Forbidden("users:write"))),
        "{created:?}"
    );
    let groups = world
        .directory
        .list_groups(&reader, "", ListRequest::default())
        .await;
    assert!(
        matches!(groups, Err(Error::Forbidden("groups:read"))),
        "{groups:?}"
    );
}

async fn a_scim_caller_has_the_scopes_of_the_facade_and_no_more(world: World) {
    let scim = world.scim().await;
    let (directory, page) = (&world.directory, PageRequest::default);
    directory.create_user(&scim, "", named("ada"), "").await.unwrap();
    directory.get_policy(&scim, "").await.unwrap();
    directory.list_schemas(&scim, "").await.unwrap();
    let forbidden = [
        directory
            .list_tokens(&scim, "", TokenFilter::default(), page())
            .await
            .err(),
        directory.list_connections(&scim, "", page()).await.err(),
        directory
            .list_changes(&scim, "", ChangeQuery::default(), page())
            .await
            .err(),
        directory
            .update_policy(&scim, "", PolicyUpdate::default())
            .await
            .err(),
        directory.get_organization(&scim, "").await.err(),
    ];
    for refusal in forbidden {
        assert!(matches!(refusal, Some(Error::Forbidden(_))), "{refusal:?}");
    }
}

async fn organizations_are_for_root(world: World) {
    let service = world.service(&Scope::ALL).await;
    let (directory, new) = (&world.directory, NewOrganization::default());
    let forbidden = [
        directory.create_organization(&service, new).await.err(),
        directory
            .list_organizations(&service, Deleted::Hidden, PageRequest::default())
            .await
            .err(),
        directory
            .update_organization(&service, OrganizationUpdate::default())
            .await
            .err(),
    ];
    for refusal in forbidden {
        assert!(matches!(refusal, Some(Error::Forbidden("root"))), "{refusal:?}");
    }
}

async fn a_service_gets_its_own_organization(world: World) {
    world.found("other", "").await;
    let service = world.service(&[Scope::UsersRead]).await;
    let own = world.directory.get_organization(&service, "").await.unwrap();
    assert_eq!(own.slug, ORGANIZATION);
    assert_not_found(world.directory.get_organization(&service, "other").await);
}

async fn a_suspended_organization_serves_root_alone(world: World) {
    let service = world.service(&[Scope::UsersRead, Scope::UsersWrite]).await;
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        status: Some(OrganizationStatus::Suspended),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), update)
        .await
        .unwrap();
    let suspended = Rule::OrganizationSuspended;
    let users = world.directory.list_users(&service, "", ListRequest::default());
    assert_broken(users.await, &suspended);
    let created = world.directory.create_user(&service, "", named("ada"), "");
    assert_broken(created.await, &suspended);
    world.user("ada").await;
}

async fn a_suspension_by_another_instance_holds_for_every_change_at_once(world: World) {
    let ada = world.user("ada").await.user.id;
    let service = world.service(&Scope::ALL).await;
    let new = NewServiceAccount {
        name: "billing".into(),
        scopes: vec![Scope::UsersRead],
        ..NewServiceAccount::default()
    };
    let made = world.directory.create_service_account(&service, "", new, "");
    let account = made.await.unwrap().id.to_string();
    let role = |name: &str| NewRole {
        name: name.into(),
        kind: RoleKind::Organization,
        permissions: Vec::new(),
    };
    let made = world
        .directory
        .create_role(world.root(), ORGANIZATION, role("Payer"), "");
    let payer = made.await.unwrap().id.to_string();
    let connection = world.scim().await.caller.connection_id().unwrap().to_string();
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        status: Some(OrganizationStatus::Suspended),
        ..OrganizationUpdate::default()
    };
    let other = world.other_instance();
    other.update_organization(world.root(), update).await.unwrap();
    // This instance still remembers that the organization is active.
    let (suspended, id) = (Rule::OrganizationSuspended, ada.to_string());
    let directory = &world.directory;
    let revoked = directory.revoke_role(&service, "", taken(ada, "editor"));
    assert_broken(revoked.await, &suspended);
    let assigned = directory.assign_license(&service, "", &id, "it");
    assert_broken(assigned.await, &suspended);
    let decided = directory.decide_safeguard(&service, "", &id, SafeguardDecision::Release);
    assert_broken(decided.await, &suspended);
    let renamed = ServiceAccountUpdate {
        id: account.clone(),
        name: Some("mail".into()),
        ..ServiceAccountUpdate::default()
    };
    let renamed = directory.update_service_account(&service, "", renamed);
    assert_broken(renamed.await, &suspended);
    let deleted = directory.delete_service_account(&service, "", &account);
    assert_broken(deleted.await, &suspended);
    let created = directory.create_role(&service, "", role("Auditor"), "");
    assert_broken(created.await, &suspended);
    let renamed = RoleUpdate {
        id: payer,
        name: Some("Cashier".into()),
        ..RoleUpdate::default()
    };
    let renamed = directory.update_role(&service, "", renamed);
    assert_broken(renamed.await, &suspended);
    assert_broken(directory.delete_token(&service, "", &id).await, &suspended);
    let all = (Vec::new(), Reach::default());
    let adopted = directory.apply_adoption(&service, "", &connection, all);
    assert_broken(adopted.await, &suspended);
}
