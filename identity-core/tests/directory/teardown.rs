//! Treatment of what a deleted connection managed.

use identity_core::{
    caller::{Call, Intent},
    directory::input::{TornDown, UserInput},
    error::{Resource, Result, Rule},
    policy::Teardown,
};

use crate::harness::{ORGANIZATION, World, assert_broken, named, on_every_database, with_roles};

on_every_database![
    a_report_says_who_is_still_active_and_changes_nothing,
    users_are_released_by_default,
    users_stay_as_they_are_where_the_policy_says_so,
    users_are_deactivated_where_the_policy_or_the_request_says_so,
    a_teardown_that_would_leave_no_admin_changes_nothing,
    an_external_id_that_an_unmanaged_user_has_is_cleared,
];

async fn delete(world: &World, scim: &Call, teardown: Option<Teardown>) -> Result<TornDown> {
    let id = scim.caller.connection_id().unwrap().to_string();
    let root = world.root();
    world
        .directory
        .delete_connection(root, ORGANIZATION, &id, teardown)
        .await
}

async fn a_report_says_who_is_still_active_and_changes_nothing(world: World) {
    let scim = world.scim().await;
    for name in ["ada", "bob"] {
        world.create_as(&scim, named(name)).await.unwrap();
    }
    let idle = world.create_as(&scim, named("idle")).await.unwrap().user.id;
    world.set_active(&scim, idle, false).await.unwrap();
    let revision = world.revision().await;
    let id = scim.caller.connection_id().unwrap().to_string();
    let mut dry_run = world.root().clone();
    dry_run.intent = Intent::Validate;
    let report = world
        .directory
        .delete_connection(&dry_run, ORGANIZATION, &id, None);
    let report = report.await.unwrap();
    assert_eq!((report.teardown, report.active_users), (Teardown::Release, 2));
    assert_eq!(report.sample, ["ada", "bob"]);
    assert_eq!(world.revision().await, revision);
}

async fn users_are_released_by_default(world: World) {
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    delete(&world, &scim, None).await.unwrap();
    let ada = world.get(ada).await.unwrap().user;
    assert_eq!((ada.managed_by, ada.active), (None, true));
}

async fn users_stay_as_they_are_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    world.policy(&[("teardown", "keep")]).await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user;
    delete(&world, &scim, None).await.unwrap();
    assert_eq!(world.get(ada.id).await.unwrap().user, ada);
}

async fn users_are_deactivated_where_the_policy_or_the_request_says_so(world: World) {
    for (policy, asked) in [("deactivate", None), ("release", Some(Teardown::Deactivate))] {
        let scim = world.scim().await;
        world.policy(&[("teardown", policy)]).await;
        let mut ids = Vec::new();
        for number in 0..50 {
            let user = world.create_as(&scim, named(&format!("{policy}-{number}"))).await;
            ids.push(user.unwrap().user.id);
        }
        world.user(&format!("{policy}-unmanaged")).await;
        let report = delete(&world, &scim, asked).await.unwrap();
        assert_eq!((report.teardown, report.active_users), (Teardown::Deactivate, 50));
        for id in ids {
            let user = world.get(id).await.unwrap().user;
            assert_eq!((user.managed_by, user.active), (None, false));
        }
    }
    assert_eq!(world.organization().await.active_user_count, 2);
}

async fn a_teardown_that_would_leave_no_admin_changes_nothing(world: World) {
    let scim = world.scim().await;
    world
        .create_as(&scim, with_roles("ada", &["admin"]))
        .await
        .unwrap();
    world
        .create_as(&scim, with_roles("bob", &["admin"]))
        .await
        .unwrap();
    let revision = world.revision().await;
    let refused = delete(&world, &scim, Some(Teardown::Deactivate)).await;
    assert_broken(refused, &Rule::LastAdmin);
    assert_eq!(world.revision().await, revision);
    world.create(with_roles("eve", &["admin"])).await.unwrap();
    delete(&world, &scim, Some(Teardown::Deactivate)).await.unwrap();
}

async fn an_external_id_that_an_unmanaged_user_has_is_cleared(world: World) {
    let scim = world.scim().await;
    world.policy(&[("external_id.unique", "true")]).await;
    let known = |name: &str| UserInput {
        external_id: "x-1".into(),
        ..named(name)
    };
    let there = world.create(known("ada")).await.unwrap().user;
    let here = world.create_as(&scim, known("bob")).await.unwrap().user;
    let before = world.revision().await;
    let report = delete(&world, &scim, None).await.unwrap();
    assert_eq!(report.cleared_external_ids, 1);
    assert_eq!(world.get(here.id).await.unwrap().user.external_id, None);
    assert_eq!(
        world.get(there.id).await.unwrap().user.external_id.as_deref(),
        Some("x-1")
    );
    let changes = world.changes_after(before).await;
    let cleared = changes.iter().find(|it| it.resource == Resource::User).unwrap();
    assert_eq!(cleared.resource_id, here.id.to_string());
    assert_eq!(cleared.detail.fields[0].field, "external_id");
}
