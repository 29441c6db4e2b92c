//! Values of `roles`: texts that the server derives for them, and how many there may be.

use identity_core::{
    directory::input::{NewRole, RoleUpdate, UserField, UserInput},
    project::ProjectKind,
    role::RoleKind,
    user::TypedValue,
};

use crate::{
    harness::{ORGANIZATION, World, assert_invalid, on_every_database, update, with_roles},
    roles::{taken, values},
};

on_every_database![
    roles_that_are_sent_back_as_they_were_read_change_nothing,
    a_display_name_that_the_server_derives_is_not_kept_and_that_of_a_client_is,
    roles_are_counted_in_any_order,
    the_default_takes_the_place_of_the_one_role_beside_roles_in_projects,
];

async fn roles_that_are_sent_back_as_they_were_read_change_nothing(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await.id;
    let value = format!("{project}:editor");
    let made = world.create(with_roles("ada", &["viewer", &value])).await;
    let id = made.unwrap().user.id;
    for limit in ["unlimited", "1"] {
        world.policy(&[("roles.max_per_scope", limit)]).await;
        let read = world.get(id).await.unwrap();
        let mut sent = UserInput::default();
        sent.profile.roles.clone_from(&read.user.profile.roles);
        let before = world.revision().await;
        let after = world.update(update(&read, &[UserField::Roles], sent)).await;
        assert_eq!(after.unwrap(), read, "{limit}");
        assert_eq!(world.revision().await, before, "{limit}");
    }
}

async fn a_display_name_that_the_server_derives_is_not_kept_and_that_of_a_client_is(world: World) {
    let payer = NewRole {
        name: "Payer".into(),
        kind: RoleKind::Organization,
        permissions: vec!["billing.pay".into()],
    };
    let root = world.root();
    let payer = world.directory.create_role(root, ORGANIZATION, payer, "").await;
    let payer = payer.unwrap().id.to_string();
    let ada = world.user("ada").await;
    for (value, sent, shown) in [
        ("viewer", "Reader", "Reader"),
        ("viewer", "viewer", "viewer"),
        ("editor", "viewer", "editor"),
        (&*payer, "Payer", "Payer"),
    ] {
        let mut input = UserInput::default();
        input.profile.roles = vec![TypedValue {
            value: value.into(),
            display: Some(sent.into()),
            ..TypedValue::default()
        }];
        let after = world.update(update(&ada, &[UserField::Roles], input)).await;
        let display = after.unwrap().user.profile.roles[0].display.clone();
        assert_eq!(display.as_deref(), Some(shown), "{value} {sent}");
    }
    let renamed = RoleUpdate {
        id: payer,
        name: Some("Cashier".into()),
        ..RoleUpdate::default()
    };
    let renamed = world.directory.update_role(root, ORGANIZATION, renamed);
    renamed.await.unwrap();
    let roles = world.get(ada.user.id).await.unwrap().user.profile.roles;
    assert_eq!(roles[0].display.as_deref(), Some("Cashier"));
}

async fn roles_are_counted_in_any_order(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await.id;
    world.policy(&[("roles.max_per_scope", "1")]).await;
    let value = format!("{project}:editor");
    let ada = world.create(with_roles("ada", &[&value, "viewer"])).await;
    assert_eq!(values(&ada.unwrap()), [&*value, "viewer"]);
    let two = world.create(with_roles("bob", &["viewer", &value, "editor"]));
    assert_invalid(two.await, "roles");
}

async fn the_default_takes_the_place_of_the_one_role_beside_roles_in_projects(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await.id;
    world.policy(&[("roles.max_per_scope", "1")]).await;
    let value = format!("{project}:editor");
    let ada = world.create(with_roles("ada", &["viewer", &value])).await;
    let id = ada.unwrap().user.id;
    world.revoke(taken(id, "viewer")).await.unwrap();
    assert_eq!(values(&world.get(id).await.unwrap()), ["member", &value]);
}
