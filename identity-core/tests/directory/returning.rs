//! Users that a provisioning client means by a create: new ones, returning ones, or ones that are not managed
//! yet.

use identity_core::{
    caller::Call,
    connection::IdpKind,
    directory::input::{ConnectionUpdate, OrganizationUpdate, UserField, UserInput},
    error::{Resource, Rule},
    id::Id,
    user::TypedValue,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_taken, change, named, on_every_database, with_roles,
};

on_every_database![
    by_default_a_deleted_user_does_not_come_back,
    a_deleted_user_comes_back_under_its_id_where_the_policy_says_so,
    a_deleted_user_is_found_by_its_external_id_too,
    an_inactive_user_comes_back_only_where_the_policy_says_so,
    an_active_match_is_a_conflict,
    an_external_id_that_several_have_brings_none_of_them_back,
    an_external_id_that_somebody_has_brings_no_deleted_user_back,
    a_create_without_a_value_of_active_leaves_who_is_inactive_inactive,
    who_comes_back_needs_a_seat,
    who_comes_back_has_its_groups_again,
    another_connections_user_does_not_come_back,
    an_unmanaged_user_is_taken_over_on_match,
    an_unmanaged_user_is_not_touched_unless_the_policy_says_so,
    an_unmanaged_user_is_taken_over_by_a_change,
    what_another_connection_manages_stays_its_own,
    an_email_ties_accounts_together_only_where_it_is_trusted,
    an_email_of_two_users_is_nobodys,
    only_the_values_in_the_order_match,
];

fn known_as(name: &str, external_id: &str) -> UserInput {
    UserInput {
        external_id: external_id.into(),
        ..named(name)
    }
}

fn with_email(name: &str, email: &str) -> UserInput {
    let mut input = named(name);
    input.profile.emails = vec![TypedValue {
        value: email.into(),
        ..TypedValue::default()
    }];
    input
}

async fn deleted(world: &World, scim: &Call, input: UserInput) -> Id {
    let id = world.create_as(scim, input).await.unwrap().user.id;
    world.delete_as(scim, id).await.unwrap();
    id
}

async fn by_default_a_deleted_user_does_not_come_back(world: World) {
    let scim = world.scim().await;
    let id = deleted(&world, &scim, named("ada")).await;
    let heir = world.create_as(&scim, named("ada")).await.unwrap().user;
    assert_eq!((heir.predecessor_id, heir.id == id), (Some(id), false));
}

async fn a_deleted_user_comes_back_under_its_id_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    world.policy(&[("create.revive", "deleted")]).await;
    let id = deleted(&world, &scim, with_email("ada", "ada@acme.example")).await;
    let mut input = named("Ada");
    input.profile.title = Some("Countess".into());
    let back = world.create_as(&scim, input).await.unwrap().user;
    assert_eq!((back.id, back.active, back.deleted_at), (id, true, None));
    assert_eq!(
        (back.user_name.as_str(), back.profile.title.as_deref()),
        ("Ada", Some("Countess"))
    );
    let by_email = crate::harness::equal("emails.value", "ada@acme.example");
    assert_eq!(world.names_where(Some(by_email)).await, ["Ada"]);
    assert_eq!(world.organization().await.user_count, 1);
}

async fn a_deleted_user_is_found_by_its_external_id_too(world: World) {
    let scim = world.scim().await;
    world.policy(&[("create.revive", "deleted")]).await;
    let id = deleted(&world, &scim, known_as("ada", "x-1")).await;
    let back = world
        .create_as(&scim, known_as("ada.lovelace", "x-1"))
        .await
        .unwrap();
    assert_eq!(back.user.id, id);
}

async fn an_inactive_user_comes_back_only_where_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    world.set_active(&scim, ada, false).await.unwrap();
    for revive in ["never", "deleted"] {
        world.policy(&[("create.revive", revive)]).await;
        assert_taken(world.create_as(&scim, named("ada")).await, "user_name");
    }
    world.policy(&[("create.revive", "inactive_and_deleted")]).await;
    let back = world.create_as(&scim, named("ada")).await.unwrap().user;
    assert_eq!((back.id, back.active), (ada, true));
}

async fn an_external_id_that_several_have_brings_none_of_them_back(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("create.revive", "inactive_and_deleted"), ("adopt", "on_match")])
        .await;
    let gone = deleted(&world, &scim, known_as("gone", "x-1")).await;
    let ada = world.create_as(&scim, known_as("ada", "x-1")).await.unwrap().user;
    assert_eq!(ada.id, gone, "the only one");
    let new = world.create_as(&scim, known_as("bob", "x-1")).await.unwrap().user;
    assert_ne!(new.id, ada.id, "somebody else has the id too");
    for id in [ada.id, new.id] {
        world.set_active(&scim, id, false).await.unwrap();
    }
    let third = world.create_as(&scim, known_as("eve", "x-1")).await.unwrap().user;
    assert!(third.id != ada.id && third.id != new.id);
    for id in [ada.id, new.id, third.id] {
        world.delete_as(&scim, id).await.unwrap();
    }
    let last = world.create_as(&scim, known_as("kim", "x-1")).await.unwrap().user;
    assert!([ada.id, new.id, third.id].iter().all(|id| *id != last.id));
}

async fn a_create_without_a_value_of_active_leaves_who_is_inactive_inactive(world: World) {
    let scim = world.scim().await;
    world.policy(&[("create.revive", "inactive_and_deleted")]).await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    world.set_active(&scim, ada, false).await.unwrap();
    let mut unassigned = named("ada");
    unassigned.profile.active_unassigned = true;
    let back = world.create_as(&scim, unassigned.clone()).await.unwrap().user;
    assert_eq!((back.id, back.active), (ada, false));
    world.delete_as(&scim, ada).await.unwrap();
    let back = world.create_as(&scim, unassigned).await.unwrap().user;
    assert_eq!(
        (back.id, back.active),
        (ada, true),
        "a deleted user has no state to stay in"
    );
    assert!(!back.profile.active_unassigned);
}

async fn an_active_match_is_a_conflict(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("create.revive", "inactive_and_deleted"), ("adopt", "on_match")])
        .await;
    world.create_as(&scim, known_as("ada", "x-1")).await.unwrap();
    assert_taken(world.create_as(&scim, named("ADA")).await, "user_name");
    world.policy(&[("external_id.unique", "true")]).await;
    assert_taken(
        world.create_as(&scim, known_as("new", "x-1")).await,
        "external_id",
    );
}

async fn who_comes_back_needs_a_seat(world: World) {
    let scim = world.scim().await;
    world.policy(&[("create.revive", "deleted")]).await;
    deleted(&world, &scim, named("ada")).await;
    world.user("bob").await;
    let update = OrganizationUpdate {
        organization: ORGANIZATION.into(),
        seats: Some(1),
        ..OrganizationUpdate::default()
    };
    world
        .directory
        .update_organization(world.root(), update)
        .await
        .unwrap();
    let refused = world.create_as(&scim, named("ada")).await;
    assert_broken(refused, &Rule::SeatsExhausted(1));
}

async fn who_comes_back_has_its_groups_again(world: World) {
    let scim = world.scim().await;
    world.policy(&[("create.revive", "deleted")]).await;
    let ada = world
        .create_as(&scim, with_roles("ada", &["editor"]))
        .await
        .unwrap();
    let team = world.group("Team", &[ada.user.id]).await.id;
    world.delete_as(&scim, ada.user.id).await.unwrap();
    let back = world.create_as(&scim, named("ada")).await.unwrap();
    assert_eq!(
        (back.organization_role.as_str(), back.groups.len()),
        ("editor", 1)
    );
    world.policy(&[("reactivation.restore", "none")]).await;
    world.delete_as(&scim, ada.user.id).await.unwrap();
    let back = world.create_as(&scim, named("ada")).await.unwrap();
    assert_eq!(
        (back.organization_role.as_str(), back.groups.len()),
        ("member", 0)
    );
    assert!(world.member_ids(team).await.is_empty());
}

/// A caller of a second connection.
async fn other(world: &World) -> Call {
    world.policy(&[("connections.max", "2")]).await;
    let new = identity_core::directory::input::NewConnection {
        name: "other".into(),
        ..Default::default()
    };
    let made = world
        .directory
        .create_connection(world.root(), ORGANIZATION, new, "");
    made.await.unwrap();
    let token = identity_core::directory::input::NewToken {
        connection: "other".into(),
        ..crate::harness::scim_token("other")
    };
    let (_, secret) = world.token(token).await;
    world.caller(&secret).await
}

async fn another_connections_user_does_not_come_back(world: World) {
    let (scim, other) = (world.scim().await, other(&world).await);
    world.policy(&[("create.revive", "deleted")]).await;
    let id = deleted(&world, &scim, named("ada")).await;
    let made = world.create_as(&other, named("ada")).await.unwrap().user;
    assert_ne!(made.id, id);
}

async fn an_unmanaged_user_is_taken_over_on_match(world: World) {
    let scim = world.scim().await;
    world.policy(&[("adopt", "on_match")]).await;
    let mut input = with_roles("ada", &["admin"]);
    input.profile.title = Some("Countess".into());
    let ada = world.create(input).await.unwrap().user;
    let before = world.revision().await;
    let adopted = world.create_as(&scim, known_as("Ada", "x-1")).await.unwrap();
    assert_eq!(
        (adopted.user.id, adopted.user.managed_by),
        (ada.id, scim.caller.connection_id())
    );
    assert_eq!(adopted.user.profile.title.as_deref(), Some("Countess"));
    assert_eq!(adopted.organization_role, "admin");
    let changes = world.changes_after(before).await;
    let fields: Vec<_> = changes[0]
        .detail
        .fields
        .iter()
        .map(|it| it.field.as_str())
        .collect();
    assert_eq!(fields, ["external_id", "managed_by", "user_name"]);
}

async fn an_unmanaged_user_is_not_touched_unless_the_policy_says_so(world: World) {
    let scim = world.scim().await;
    let ada = world.user("ada").await.user.id;
    let team = world.group("Team", &[ada]).await.id.to_string();
    for adopt in ["never", "explicit"] {
        world.policy(&[("adopt", adopt)]).await;
        assert_taken(world.create_as(&scim, named("ada")).await, "user_name");
        let rule = Rule::NotManagedHere(Resource::User);
        assert_broken(world.set_active(&scim, ada, false).await, &rule);
        assert_broken(world.delete_as(&scim, ada).await, &rule);
        let deleted = world.directory.delete_group(&scim, ORGANIZATION, &team, "").await;
        assert_broken(deleted, &Rule::NotManagedHere(Resource::Group));
    }
}

async fn an_unmanaged_user_is_taken_over_by_a_change(world: World) {
    let scim = world.scim().await;
    world.policy(&[("adopt", "on_match")]).await;
    let ada = world.user("ada").await.user.id;
    let adopted = world.set_active(&scim, ada, true).await.unwrap().user;
    assert_eq!(adopted.managed_by, scim.caller.connection_id());
}

async fn what_another_connection_manages_stays_its_own(world: World) {
    let (scim, other) = (world.scim().await, other(&world).await);
    world.policy(&[("adopt", "on_match")]).await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user.id;
    let refused = world.set_active(&other, ada, false).await;
    let is_managed = matches!(refused, Err(identity_core::error::Error::Managed { .. }));
    assert!(is_managed, "{refused:?}");
    assert_taken(world.create_as(&other, named("ada")).await, "user_name");
}

async fn set_kind(world: &World, scim: &Call, kind: IdpKind) {
    let update = ConnectionUpdate {
        id: scim.caller.connection_id().unwrap().to_string(),
        idp_kind: Some(kind),
        ..ConnectionUpdate::default()
    };
    let updated = world
        .directory
        .update_connection(world.root(), ORGANIZATION, update);
    updated.await.unwrap();
}

async fn an_email_ties_accounts_together_only_where_it_is_trusted(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[
            ("adopt", "on_match"),
            ("match.order", "external_id,user_name,email"),
        ])
        .await;
    let cases = [
        ("untrusted", IdpKind::Okta, false),
        ("by_idp_kind", IdpKind::Entra, false),
        ("verified_domains", IdpKind::Okta, false),
        ("by_idp_kind", IdpKind::Okta, true),
        ("trusted", IdpKind::Entra, true),
    ];
    for (number, (trust, kind, is_trusted)) in cases.into_iter().enumerate() {
        world.policy(&[("email.trust", trust)]).await;
        set_kind(&world, &scim, kind).await;
        let email = format!("user-{number}@acme.example");
        let there = world.create(with_email(&format!("there-{number}"), &email)).await;
        let here = world
            .create_as(&scim, with_email(&format!("here-{number}"), &email))
            .await;
        let same = here.unwrap().user.id == there.unwrap().user.id;
        assert_eq!(same, is_trusted, "{trust} {kind:?}");
    }
}

async fn an_email_of_two_users_is_nobodys(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("adopt", "on_match"), ("match.order", "email")])
        .await;
    for name in ["ada", "bob"] {
        world.create(with_email(name, "team@acme.example")).await.unwrap();
    }
    let made = world
        .create_as(&scim, with_email("eve", "team@acme.example"))
        .await;
    assert_eq!(made.unwrap().user.user_name, "eve");
    assert_eq!(world.organization().await.user_count, 3);
}

async fn only_the_values_in_the_order_match(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("adopt", "on_match"), ("match.order", "external_id")])
        .await;
    let ada = world.create(known_as("ada", "x-1")).await.unwrap().user.id;
    assert_taken(world.create_as(&scim, named("ada")).await, "user_name");
    let adopted = world
        .create_as(&scim, known_as("ada.lovelace", "x-1"))
        .await
        .unwrap();
    assert_eq!(
        (adopted.user.id, adopted.user.user_name.as_str()),
        (ada, "ada.lovelace")
    );
    let update = change(ada, &[UserField::Title], UserInput::default());
    world.update_as(&scim, update).await.unwrap();
}

async fn an_external_id_that_somebody_has_brings_no_deleted_user_back(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[("create.revive", "inactive_and_deleted"), ("adopt", "on_match")])
        .await;
    let ada = world
        .create_as(&scim, known_as("ada", "x-1"))
        .await
        .unwrap()
        .user
        .id;
    let bob = world
        .create_as(&scim, known_as("bob", "x-1"))
        .await
        .unwrap()
        .user
        .id;
    world.delete_as(&scim, ada).await.unwrap();
    let eve = world
        .create_as(&scim, known_as("eve", "x-1"))
        .await
        .unwrap()
        .user
        .id;
    assert!(eve != ada && eve != bob);
}
