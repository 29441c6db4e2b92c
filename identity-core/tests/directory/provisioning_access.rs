//! Conditions under which an identity provider is served.

use identity_core::{
    caller::{Call, Scope},
    directory::input::{ListRequest, OrganizationUpdate, PolicyUpdate},
    error::{Error, Rule},
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, named, on_every_database, scim_token, service_token,
};

on_every_database![
    plans_of_several_names_have_the_features_that_their_table_tells,
    a_plan_without_scim_neither_sets_it_up_nor_serves_it,
    without_sso_nothing_is_set_up_nor_served_where_the_policy_wants_it,
    only_root_says_what_the_plan_has,
    a_preset_leaves_the_plan_alone,
    a_provider_from_elsewhere_is_refused,
    a_plan_without_groups_serves_users_alone,
    groups_are_not_switched_on_without_rbac,
];

async fn try_policy(world: &World, call: &Call, key: &str, value: &str) -> Result<(), Error> {
    let update = PolicyUpdate {
        settings: vec![(key.into(), value.into())],
        ..PolicyUpdate::default()
    };
    let updated = world.directory.update_policy(call, ORGANIZATION, update);
    updated.await.map(drop)
}

async fn facts(world: &World, update: OrganizationUpdate) {
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        ..update
    };
    let updated = world.directory.update_organization(world.root(), update);
    updated.await.unwrap();
}

async fn a_plan_without_scim_neither_sets_it_up_nor_serves_it(world: World) {
    let scim = world.scim().await;
    world.policy(&[("plan.features", "groups")]).await;
    let lacks = Rule::PlanLacksFeature("scim");
    let token = world
        .directory
        .create_token(world.root(), ORGANIZATION, scim_token("next"), "");
    assert_broken(token.await, &lacks);
    let users = world.directory.list_users(&scim, "", ListRequest::default());
    assert_broken(users.await, &lacks);
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    assert_broken(user.await, &lacks);
    world.token(service_token("billing", &[Scope::UsersRead])).await;
}

async fn without_sso_nothing_is_set_up_nor_served_where_the_policy_wants_it(world: World) {
    let scim = world.scim().await;
    world.policy(&[("sso.required_for_scim", "true")]).await;
    let forbids = Rule::PolicyForbids("sso.required_for_scim");
    let token = world
        .directory
        .create_token(world.root(), ORGANIZATION, scim_token("next"), "");
    assert_broken(token.await, &forbids);
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    assert_broken(user.await, &forbids);
    let sso = OrganizationUpdate {
        sso_enabled: Some(true),
        ..OrganizationUpdate::default()
    };
    facts(&world, sso).await;
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    user.await.unwrap();
    world.token(scim_token("next")).await;
}

async fn only_root_says_what_the_plan_has(world: World) {
    let service = world.service(&[Scope::PolicyWrite]).await;
    let refused = try_policy(&world, &service, "plan.features", "groups").await;
    assert!(matches!(refused, Err(Error::Forbidden("root"))), "{refused:?}");
    try_policy(&world, &service, "put.omitted", "keep").await.unwrap();
    try_policy(&world, world.root(), "plan.features", "scim")
        .await
        .unwrap();
}

async fn a_preset_leaves_the_plan_alone(world: World) {
    world.policy(&[("plan.features", "scim")]).await;
    // The preset says what roles there are, too.
    let service = world.service(&[Scope::PolicyWrite, Scope::RolesWrite]).await;
    let update = PolicyUpdate {
        preset: "strict_rfc".into(),
        ..PolicyUpdate::default()
    };
    let updated = world.directory.update_policy(&service, "", update).await.unwrap();
    assert_eq!(updated.policy.plan_features.len(), 1);
}

async fn a_provider_from_elsewhere_is_refused(world: World) {
    let mut scim = world.scim().await;
    world.policy(&[("network.ip_allowlist", "192.0.2.0/24")]).await;
    for elsewhere in [None, Some("198.51.100.1".parse().unwrap())] {
        scim.address = elsewhere;
        let rule = Rule::AddressNotAllowed(elsewhere);
        let users = world.directory.list_users(&scim, "", ListRequest::default());
        assert_broken(users.await, &rule);
        let user = world.directory.create_user(&scim, "", named("ada"), "");
        assert_broken(user.await, &rule);
    }
    scim.address = Some("192.0.2.200".parse().unwrap());
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    user.await.unwrap();
    world.user("bob").await;
}

async fn a_plan_without_groups_serves_users_alone(world: World) {
    let scim = world.scim().await;
    world.policy(&[("plan.features", "scim")]).await;
    let groups = world.directory.list_groups(&scim, "", ListRequest::default());
    assert_broken(groups.await, &Rule::PlanLacksFeature("groups"));
    let user = world.directory.create_user(&scim, "", named("ada"), "");
    user.await.unwrap();
    world.group("Team", &[]).await;
}

async fn groups_are_not_switched_on_without_rbac(world: World) {
    world.policy(&[("groups.sync", "false")]).await;
    world.policy(&[("groups.require_rbac", "true")]).await;
    let refused = try_policy(&world, world.root(), "groups.sync", "true").await;
    let forbids = Rule::PolicyForbids("groups.require_rbac");
    assert_broken(refused, &forbids);
    let scim = world.scim().await;
    let groups = async || {
        let list = ListRequest::default();
        world.directory.list_groups(&scim, "", list).await
    };
    // Out of sync, they are no reason to alarm anybody.
    groups().await.unwrap();
    let rbac = |enabled| OrganizationUpdate {
        rbac_enabled: Some(enabled),
        ..OrganizationUpdate::default()
    };
    facts(&world, rbac(true)).await;
    world.policy(&[("groups.sync", "true")]).await;
    groups().await.unwrap();
    facts(&world, rbac(false)).await;
    assert_broken(groups().await, &forbids);
}

async fn plans_of_several_names_have_the_features_that_their_table_tells(world: World) {
    let scim = world.scim().await;
    let plan = async |name: &str| {
        let update = OrganizationUpdate {
            plan: Some(name.into()),
            ..OrganizationUpdate::default()
        };
        facts(&world, update).await;
    };
    let catalog = "Enterprise=scim+groups+licenses, Enterprise+=scim+groups, Starter=";
    plan("enterprise").await;
    world.policy(&[("plan.catalog", catalog)]).await;
    let find = async || {
        let users = world.directory.list_users(&scim, "", ListRequest::default());
        users.await.map(drop)
    };
    find().await.unwrap();
    plan("Starter").await;
    assert_broken(find().await, &Rule::PlanLacksFeature("scim"));
    plan("ENTERPRISE+").await;
    find().await.unwrap();
    // A name that is not in the table has nothing, and the name alone says what a plan has.
    plan("entrprise").await;
    assert_broken(find().await, &Rule::PlanLacksFeature("scim"));
    let policy = async |settings: &[(&str, &str)], call: &Call| {
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        let update = PolicyUpdate {
            settings: settings.collect(),
            ..PolicyUpdate::default()
        };
        world
            .directory
            .update_policy(call, ORGANIZATION, update)
            .await
            .map(drop)
    };
    let root = world.root();
    assert_invalid(policy(&[("plan.features", "scim")], root).await, "plan.features");
    assert_invalid(policy(&[("plan.catalog", "scim")], root).await, "plan.catalog");
    assert_invalid(
        policy(&[("plan.catalog", "a=scim,A=groups")], root).await,
        "plan.catalog",
    );
    let service = world.service(&[Scope::PolicyWrite]).await;
    let refused = policy(&[("plan.catalog", "entrprise=scim")], &service).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    // Without a name, or without a table, the features are set alone.
    plan("").await;
    policy(&[("plan.features", "scim")], root).await.unwrap();
    find().await.unwrap();
}
