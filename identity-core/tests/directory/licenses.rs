//! Licenses.

use std::time::Duration;

use identity_core::{
    caller::Call,
    connection::IdpKind,
    directory::input::{ConnectionUpdate, NewSchema, PolicyUpdate, UserField, UserInput},
    error::{Error, Result, Rule},
    license::LicenseOrigin,
    platform::Platform,
    policy::Feature,
    schema::{ExtendedType, ExtensionSchema},
    user::UserView,
};
use serde_json::json;

use crate::{
    harness::{ORGANIZATION, World, assert_broken, assert_invalid, equal, named, on_every_database, update},
    schemas::attribute,
};

on_every_database![
    a_license_is_given_and_taken_manually,
    a_license_outside_of_the_catalog_or_the_plan_is_refused,
    no_license_is_given_manually_where_another_source_is_the_only_one,
    a_license_that_the_provider_sends_counts_where_the_policy_says_so,
    a_license_that_is_sent_in_vain_is_recorded,
    only_these_kinds_of_provider_give_licenses,
    who_did_not_give_a_license_does_not_take_it_by_leaving_it_out,
    a_license_that_the_provider_repeats_stays_manual,
    a_license_is_found_under_the_name_of_the_policy,
    the_attribute_is_published_with_the_schemas,
    the_attribute_is_published_in_a_schema_that_is_declared,
    the_report_tells_whose_license_would_change,
    a_plan_without_licenses_refuses_them,
    a_source_needs_a_catalog_and_scim_an_attribute,
];

const URN: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

/// The catalog and attribute of the dbt platform, and this source.
async fn offer(world: &World, source: &str) {
    let attribute = format!("{URN}:licenseType");
    world
        .policy(&[
            ("license.catalog", "it,analyst,developer,read_only"),
            ("license.attribute", &attribute),
            ("license.source", source),
        ])
        .await;
}

fn licensed(name: &str, license: &str) -> UserInput {
    let mut input = named(name);
    input
        .profile
        .extensions
        .insert(URN.into(), json!({ "licenseType": license }));
    input
}

fn value(user: &UserView) -> Option<(&str, LicenseOrigin)> {
    let license = user.license.as_ref()?;
    Some((license.value.as_str(), license.origin))
}

async fn assign(world: &World, user: &UserView, license: &str) -> Result<UserView> {
    let id = user.user.id.to_string();
    let root = world.root();
    world
        .directory
        .assign_license(root, ORGANIZATION, &id, license)
        .await
}

async fn send(world: &World, scim: &Call, user: &UserView, license: &str) -> Result<UserView> {
    let change = update(user, &[UserField::Extensions], licensed("", license));
    world.directory.update_user(scim, "", change).await
}

async fn a_license_is_given_and_taken_manually(world: World) {
    offer(&world, "manual").await;
    let ada = world.user("ada").await;
    world.pass(Duration::from_secs(1));
    let given = assign(&world, &ada, "analyst").await.unwrap();
    assert_eq!(value(&given), Some(("analyst", LicenseOrigin::Manual)));
    assert_eq!(given.user.updated_at, world.clock.now());
    let before = world.revision().await;
    assign(&world, &ada, "analyst").await.unwrap();
    assert_eq!(world.revision().await, before);
    let id = ada.user.id.to_string();
    let taken = world.directory.unassign_license(world.root(), ORGANIZATION, &id);
    assert_eq!(value(&taken.await.unwrap()), None);
    assert_eq!(value(&world.get(ada.user.id).await.unwrap()), None);
}

async fn a_license_outside_of_the_catalog_or_the_plan_is_refused(world: World) {
    offer(&world, "scim").await;
    world.policy(&[("plan.licenses", "it,developer")]).await;
    let scim = world.scim().await;
    let create = |license| {
        world
            .directory
            .create_user(&scim, "", licensed("ada", license), "")
    };
    for unknown in ["gold", "IT"] {
        assert_invalid(create(unknown).await, &format!("{URN}:licenseType"));
    }
    assert_broken(create("analyst").await, &Rule::PlanLacksLicense("analyst".into()));
    let ada = create("it").await.unwrap();
    let before = world.organization().await;
    assert_broken(
        send(&world, &scim, &ada, "analyst").await,
        &Rule::PlanLacksLicense("analyst".into()),
    );
    assert_eq!(world.organization().await, before);
}

async fn no_license_is_given_manually_where_another_source_is_the_only_one(world: World) {
    let ada = world.user("ada").await;
    let forbids = Rule::PolicyForbids("license.source");
    assert_broken(assign(&world, &ada, "it").await, &forbids);
    offer(&world, "scim").await;
    assert_broken(assign(&world, &ada, "it").await, &forbids);
    offer(&world, "mapping").await;
    assign(&world, &ada, "it").await.unwrap();
}

async fn a_license_that_the_provider_sends_counts_where_the_policy_says_so(world: World) {
    offer(&world, "mapping").await;
    let scim = world.scim().await;
    let ada = world
        .directory
        .create_user(&scim, "", licensed("ada", "it"), "")
        .await
        .unwrap();
    assert_eq!(value(&ada), Some(("it", LicenseOrigin::Scim)));
    offer(&world, "scim").await;
    let ada = send(&world, &scim, &ada, "developer").await.unwrap();
    assert_eq!(value(&ada), Some(("developer", LicenseOrigin::Scim)));
    offer(&world, "manual").await;
    assert_eq!(value(&world.get(ada.user.id).await.unwrap()), None);
    let bob = world
        .directory
        .create_user(&scim, "", named("bob"), "")
        .await
        .unwrap();
    offer(&world, "scim").await;
    assert_eq!(value(&world.get(bob.user.id).await.unwrap()), None);
}

async fn a_license_that_is_sent_in_vain_is_recorded(world: World) {
    offer(&world, "manual").await;
    let scim = world.scim().await;
    let before = world.revision().await;
    let ada = world
        .directory
        .create_user(&scim, "", licensed("ada", "gold"), "")
        .await
        .unwrap();
    assert_eq!(ada.user.profile.license, None);
    let told = &world.changes_after(before).await[0].detail.ignored;
    assert!(told[0].contains("license.source is manual"), "{told:?}");
}

async fn only_these_kinds_of_provider_give_licenses(world: World) {
    offer(&world, "scim").await;
    world.policy(&[("license.idp_kinds", "okta")]).await;
    let scim = world.scim().await;
    let ada = world
        .directory
        .create_user(&scim, "", licensed("ada", "it"), "")
        .await
        .unwrap();
    assert_eq!(value(&ada), None);
    let okta = ConnectionUpdate {
        id: scim.caller.connection_id().unwrap().to_string(),
        idp_kind: Some(IdpKind::Okta),
        ..ConnectionUpdate::default()
    };
    let changed = world
        .directory
        .update_connection(world.root(), ORGANIZATION, okta);
    changed.await.unwrap();
    let ada = send(&world, &scim, &ada, "it").await.unwrap();
    assert_eq!(value(&ada), Some(("it", LicenseOrigin::Scim)));
}

async fn who_did_not_give_a_license_does_not_take_it_by_leaving_it_out(world: World) {
    offer(&world, "mapping").await;
    let scim = world.scim().await;
    let ada = world
        .directory
        .create_user(&scim, "", named("ada"), "")
        .await
        .unwrap();
    assign(&world, &ada, "it").await.unwrap();
    let nothing = || update(&ada, &[UserField::Extensions], UserInput::default());
    let ada = world.directory.update_user(&scim, "", nothing()).await.unwrap();
    assert_eq!(value(&ada), Some(("it", LicenseOrigin::Manual)));
    send(&world, &scim, &ada, "developer").await.unwrap();
    let ada = world.directory.update_user(&scim, "", nothing()).await.unwrap();
    assert_eq!(value(&ada), None);
}

async fn a_license_is_found_under_the_name_of_the_policy(world: World) {
    offer(&world, "scim").await;
    let scim = world.scim().await;
    for (name, license) in [("ada", "it"), ("bob", "developer")] {
        let made = world
            .directory
            .create_user(&scim, "", licensed(name, license), "");
        made.await.unwrap();
    }
    for attribute in [
        "license",
        &format!("{URN}:licenseType"),
        &format!("{URN}:LICENSETYPE"),
    ] {
        let found = world.names_where(Some(equal(attribute, "it"))).await;
        assert_eq!(found, ["ada"], "{attribute}");
    }
}

async fn the_attribute_is_published_with_the_schemas(world: World) {
    let schemas = || world.directory.list_schemas(world.root(), ORGANIZATION);
    assert!(schemas().await.unwrap().is_empty());
    offer(&world, "scim").await;
    let schemas = schemas().await.unwrap();
    assert_eq!((schemas.len(), schemas[0].urn.as_str()), (1, URN));
    let attribute = &schemas[0].attributes[0];
    assert_eq!(attribute.name, "licenseType");
    assert_eq!(
        attribute.canonical_values,
        ["it", "analyst", "developer", "read_only"]
    );
}

async fn the_attribute_is_published_in_a_schema_that_is_declared(world: World) {
    for (urn, names) in [
        ("urn:example:2.0:User", &["badge"][..]),
        (URN, &["badge", "LicenseType"][..]),
    ] {
        let new = NewSchema {
            urn: urn.into(),
            name: "Example".into(),
            description: String::new(),
            extends: ExtendedType::User,
            attributes: names.iter().map(|name| attribute(name)).collect(),
        };
        let made = world.directory.create_schema(world.root(), ORGANIZATION, new, "");
        made.await.unwrap();
    }
    offer(&world, "scim").await;
    let schemas = world.directory.list_schemas(world.root(), ORGANIZATION).await;
    let names = |schema: ExtensionSchema| schema.attributes.into_iter().map(|it| it.name);
    let published: Vec<Vec<String>> = schemas
        .unwrap()
        .into_iter()
        .map(|schema| names(schema).collect())
        .collect();
    assert_eq!(published, [vec!["badge"], vec!["badge", "licenseType"]]);
}

async fn the_report_tells_whose_license_would_change(world: World) {
    offer(&world, "mapping").await;
    let scim = world.scim().await;
    let ada = world.user("ada").await;
    assign(&world, &ada, "analyst").await.unwrap();
    let bob = world.directory.create_user(&scim, "", licensed("bob", "it"), "");
    bob.await.unwrap();
    world.user("eve").await;
    let report = |source| {
        world
            .directory
            .report_licenses(world.root(), ORGANIZATION, source, 0)
    };
    assert_eq!(report("").await.unwrap().changing, 0);
    let report = report("scim").await.unwrap();
    assert_eq!((report.users, report.changing, report.without), (3, 1, 2));
    let change = &report.changes[0];
    assert_eq!(change.user, ada.user.id);
    assert_eq!(
        (change.before.as_deref(), change.after.as_deref()),
        (Some("analyst"), None)
    );
}

async fn a_plan_without_licenses_refuses_them(world: World) {
    offer(&world, "mapping").await;
    world.policy(&[("plan.features", "scim,groups")]).await;
    let lacks = Rule::PlanLacksFeature(Feature::Licenses.name());
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap();
    assert_broken(assign(&world, &ada, "it").await, &lacks);
    assert_broken(send(&world, &scim, &ada, "it").await, &lacks);
}

async fn a_source_needs_a_catalog_and_scim_an_attribute(world: World) {
    let try_policy = async |settings: &[(&str, &str)]| {
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        let update = PolicyUpdate {
            settings: settings.collect(),
            ..PolicyUpdate::default()
        };
        world
            .directory
            .update_policy(world.root(), ORGANIZATION, update)
            .await
    };
    assert_invalid(
        try_policy(&[("license.source", "manual")]).await,
        "license.source",
    );
    let without_attribute = [("license.source", "scim"), ("license.catalog", "it")];
    assert_invalid(try_policy(&without_attribute).await, "license.source");
    for wrong in ["licenseType", "urn:a:b:x,urn:a:b:y", "urn:a:b:not a name"] {
        assert_invalid(
            try_policy(&[("license.attribute", wrong)]).await,
            "license.attribute",
        );
    }
    let refused: Result<_, Error> = try_policy(&[("license.source", "elsewhere")]).await;
    assert_invalid(refused, "license.source");
}

async fn a_license_that_the_provider_repeats_stays_manual(world: World) {
    offer(&world, "mapping").await;
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap();
    assign(&world, &ada, "it").await.unwrap();
    let sent = send(&world, &scim, &ada, "it").await.unwrap();
    assert_eq!(value(&sent), Some(("it", LicenseOrigin::Manual)));
}
