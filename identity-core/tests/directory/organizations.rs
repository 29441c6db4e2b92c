//! Organizations.

use identity_core::{
    change::{Action, ChangeQuery},
    directory::input::{Deleted, NewOrganization, OrganizationUpdate, PageRequest},
    error::{Error, Resource},
};

use crate::harness::{ORGANIZATION, World, assert_invalid, assert_taken, on_every_database};

on_every_database![
    an_organization_its_policy_and_its_admin_are_one_change,
    a_slug_is_unique,
    a_slug_is_short_and_plain,
    an_admin_is_named_by_an_e_mail_address,
    an_unknown_preset_is_refused,
    an_update_moves_the_version_and_not_the_policy,
    an_update_without_effect_changes_nothing,
    facts_have_limits,
    organizations_are_listed_in_order_of_creation,
];

fn new(slug: &str) -> NewOrganization {
    NewOrganization {
        slug: slug.into(),
        name: "A company".into(),
        ..NewOrganization::default()
    }
}

async fn an_organization_its_policy_and_its_admin_are_one_change(world: World) {
    let with_admin = NewOrganization {
        admin_email: "ada@example.com".into(),
        preset: "lightdash".into(),
        ..new("other")
    };
    let root = world.root();
    let (made, admin) = world
        .directory
        .create_organization(root, with_admin)
        .await
        .unwrap();
    let admin = admin.unwrap();
    assert_eq!((made.revision, made.user_count, made.version), (1, 1, 1));
    assert_eq!(
        (admin.organization_role.as_str(), admin.user.managed_by),
        ("admin", None)
    );
    assert_eq!(admin.user.user_name, admin.user.profile.emails[0].value);
    let stored = world.directory.get_organization(root, "other").await.unwrap();
    assert_eq!(stored, made);
    let page = PageRequest::default();
    let log = world
        .directory
        .list_changes(root, "other", ChangeQuery::default(), page)
        .await
        .unwrap();
    let told: Vec<_> = log
        .page
        .items
        .iter()
        .map(|it| (it.revision, it.resource, it.action))
        .collect();
    let created = [Resource::Organization, Resource::Policy, Resource::User];
    assert_eq!(told, created.map(|resource| (1, resource, Action::Created)));
    assert_eq!(log.revision, 1);
}

async fn a_slug_is_unique(world: World) {
    let again = world
        .directory
        .create_organization(world.root(), new(ORGANIZATION));
    assert_taken(again.await, "slug");
}

async fn a_slug_is_short_and_plain(world: World) {
    for slug in ["", "1st", "Acme", "a_b", &"a".repeat(64)] {
        let refused = world.directory.create_organization(world.root(), new(slug));
        assert_invalid(refused.await, "slug");
    }
}

async fn an_admin_is_named_by_an_e_mail_address(world: World) {
    let nobody = NewOrganization {
        admin_email: "ada".into(),
        ..new("other")
    };
    let refused = world.directory.create_organization(world.root(), nobody);
    assert_invalid(refused.await, "admin_email");
}

async fn an_unknown_preset_is_refused(world: World) {
    let odd = NewOrganization {
        preset: "odd".into(),
        ..new("other")
    };
    assert_invalid(
        world.directory.create_organization(world.root(), odd).await,
        "preset",
    );
}

fn renamed(name: &str) -> OrganizationUpdate {
    OrganizationUpdate {
        organization: ORGANIZATION.into(),
        name: Some(name.into()),
        ..OrganizationUpdate::default()
    }
}

async fn an_update_moves_the_version_and_not_the_policy(world: World) {
    let before = world.organization().await;
    let update = OrganizationUpdate {
        etag: "1".into(),
        seats: Some(7),
        ..renamed("Acme & Sons")
    };
    let root = world.root();
    let after = world
        .directory
        .update_organization(root, update.clone())
        .await
        .unwrap();
    assert_eq!((after.version, after.policy_version), (2, before.policy_version));
    assert_eq!((after.revision, after.facts.seats), (before.revision + 1, 7));
    assert_eq!(world.organization().await, after);
    let stale = world.directory.update_organization(root, update).await;
    assert!(matches!(stale, Err(Error::VersionMismatch { .. })), "{stale:?}");
}

async fn an_update_without_effect_changes_nothing(world: World) {
    let before = world.organization().await;
    let same = world
        .directory
        .update_organization(world.root(), renamed(&before.name));
    assert_eq!(same.await.unwrap(), before);
    assert_eq!(world.organization().await, before);
}

async fn facts_have_limits(world: World) {
    let root = world.root();
    let refuse = |update| world.directory.update_organization(root, update);
    let negative = OrganizationUpdate {
        seats: Some(-1),
        ..renamed("Acme")
    };
    assert_invalid(refuse(negative).await, "seats");
    let long = OrganizationUpdate {
        plan: Some("x".repeat(65)),
        ..renamed("Acme")
    };
    assert_invalid(refuse(long).await, "plan");
    assert_invalid(refuse(renamed("")).await, "name");
}

async fn organizations_are_listed_in_order_of_creation(world: World) {
    world.found("zeta", "").await;
    world.found("beta", "").await;
    let (mut slugs, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest { size: 2, token };
        let page = world
            .directory
            .list_organizations(world.root(), Deleted::Hidden, page)
            .await
            .unwrap();
        slugs.extend(page.items.into_iter().map(|it| it.slug));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(slugs, [ORGANIZATION, "zeta", "beta"]);
}
