//! Adoption: existing users and groups come under a connection, as its preview says.

use std::collections::BTreeSet;

use identity_core::{
    caller::Call,
    connection::{ConnectionStatus, IdpKind},
    directory::input::{
        AdoptionCounts, AdoptionItem, Candidate, ConnectionUpdate, NewConnection, NewOrganization, Outcome,
        PageRequest, Reach, UserInput,
    },
    error::{Resource, Rule},
    group::MemberKind,
    id::Id,
    organization::Facts,
    policy::MatchKey,
    user::TypedValue,
};

use crate::harness::{ORGANIZATION, World, assert_broken, named, on_every_database};

on_every_database![
    the_preview_of_everything_is_what_adoption_does,
    the_preview_of_candidates_is_what_adoption_does,
    candidates_match_in_the_order_of_the_policy,
    an_external_id_of_several_users_adopts_none_of_them,
    adoption_is_in_the_log_of_each_and_of_the_connection,
    adoption_that_has_nothing_to_do_changes_nothing,
    the_policy_can_forbid_adoption,
    what_a_deleted_connection_left_can_be_adopted,
    everything_is_adopted_when_a_connection_is_enabled_where_the_policy_says_so,
    a_user_made_with_the_organization_is_adopted_only_by_its_name,
    groups_are_not_adopted_while_they_are_out_of_sync,
    users_can_be_adopted_without_groups,
    an_external_id_means_the_own_user_before_an_unmanaged_one,
    an_external_id_under_another_connection_is_no_conflict,
];

fn id_of(scim: &Call) -> Id {
    scim.caller.connection_id().unwrap()
}

async fn preview(world: &World, scim: &Call, candidates: &[Candidate]) -> Vec<AdoptionItem> {
    let (connection, mut page) = (
        id_of(scim).to_string(),
        PageRequest {
            size: 1000,
            ..PageRequest::default()
        },
    );
    let mut items = Vec::new();
    loop {
        let (asked, candidates) = (page.clone(), (candidates.to_vec(), Reach::default()));
        let root = world.root();
        let found = world
            .directory
            .preview_adoption(root, ORGANIZATION, &connection, candidates, asked);
        let found = found.await.unwrap();
        items.extend(found.items);
        if found.next_page_token.is_empty() {
            return items;
        }
        page.token = found.next_page_token;
    }
}

async fn apply(
    world: &World,
    scim: &Call,
    candidates: &[Candidate],
) -> identity_core::error::Result<AdoptionCounts> {
    let connection = id_of(scim).to_string();
    let root = world.root();
    world
        .directory
        .apply_adoption(
            root,
            ORGANIZATION,
            &connection,
            (candidates.to_vec(), Reach::default()),
        )
        .await
}

fn candidate(external_id: &str, user_name: &str, email: &str) -> Candidate {
    Candidate {
        external_id: external_id.into(),
        user_name: user_name.into(),
        email: email.into(),
    }
}

fn known_as(name: &str, external_id: &str) -> UserInput {
    UserInput {
        external_id: external_id.into(),
        ..named(name)
    }
}

/// Many unmanaged users, some of whom cannot be adopted, and a few groups.
async fn crowd(world: &World, scim: &Call, size: usize) {
    world.policy(&[("external_id.unique", "true")]).await;
    world.create_as(scim, known_as("managed", "x-0")).await.unwrap();
    let protected = UserInput {
        break_glass: Some(true),
        ..named("owner")
    };
    world.create(protected).await.unwrap();
    let numbers: Vec<usize> = (0..size).collect();
    for some in numbers.chunks(500) {
        let creates = some.iter().map(|number| {
            // One in a hundred has an external id, and the first of those one that is taken.
            let external_id = if number % 100 == 0 {
                format!("x-{number}")
            } else {
                String::new()
            };
            world.create(known_as(&format!("user-{number}"), &external_id))
        });
        for made in futures::future::join_all(creates).await {
            made.unwrap();
        }
    }
    for name in ["One", "Two", "Three"] {
        world.group(name, &[]).await;
    }
}

async fn managed(world: &World, scim: &Call) -> BTreeSet<Id> {
    let filter = crate::harness::equal("managed_by", &id_of(scim).to_string());
    let mut ids = BTreeSet::new();
    let mut page = PageRequest {
        size: 1000,
        ..PageRequest::default()
    };
    loop {
        let request = identity_core::directory::input::ListRequest {
            filter: Some(filter.clone()),
            page: page.clone(),
            ..Default::default()
        };
        let users = world
            .directory
            .list_users(world.root(), ORGANIZATION, request)
            .await
            .unwrap();
        ids.extend(users.items.into_iter().map(|view| view.user.id));
        if users.next_page_token.is_empty() {
            return ids;
        }
        page.token = users.next_page_token;
    }
}

async fn the_preview_of_everything_is_what_adoption_does(world: World) {
    let scim = world.scim().await;
    crowd(&world, &scim, 10_000).await;
    let before = managed(&world, &scim).await;
    let items = preview(&world, &scim, &[]).await;
    let expected = AdoptionCounts::of(&items);
    assert_eq!((expected.users, expected.groups), (9_999, 3));
    assert_eq!((expected.conflicts, expected.protected), (1, 1));

    assert_eq!(apply(&world, &scim, &[]).await.unwrap(), expected);

    let adopted = items.iter().filter(|item| item.outcome == Outcome::Adopt);
    let adopted: BTreeSet<Id> = adopted.filter_map(|item| item.id).collect();
    let after = managed(&world, &scim).await;
    let users: BTreeSet<Id> = after.difference(&before).copied().collect();
    assert!(users.is_subset(&adopted));
    assert_eq!(adopted.len(), users.len() + 3);
}

async fn the_preview_of_candidates_is_what_adoption_does(world: World) {
    let scim = world.scim().await;
    crowd(&world, &scim, 300).await;
    let mut candidates: Vec<_> = (0..400)
        .map(|number| candidate("", &format!("USER-{number}"), ""))
        .collect();
    candidates.extend(["managed", "owner", "user-7"].map(|name| candidate("", name, "")));
    let items = preview(&world, &scim, &candidates).await;
    let expected = AdoptionCounts::of(&items);
    assert_eq!(apply(&world, &scim, &candidates).await.unwrap(), expected);
    let counts = (expected.users, expected.creates, expected.already_managed);
    // The first has an external id that is taken, and the last means somebody who was named before.
    assert_eq!(counts, (299, 100, 1));
    assert_eq!(
        (expected.conflicts, expected.protected, expected.groups),
        (2, 1, 0)
    );
    assert_eq!(managed(&world, &scim).await.len(), 300);
}

async fn an_external_id_of_several_users_adopts_none_of_them(world: World) {
    let scim = world.scim().await;
    world.policy(&[("match.order", "external_id")]).await;
    for name in ["ada", "bob"] {
        world.create(known_as(name, "x-1")).await.unwrap();
    }
    let candidates = [candidate("x-1", "eve", "")];
    let items = preview(&world, &scim, &candidates).await;
    assert_eq!((items[0].outcome, items[0].matched_by), (Outcome::Create, None));
}

async fn candidates_match_in_the_order_of_the_policy(world: World) {
    let scim = world.scim().await;
    world
        .policy(&[
            ("match.order", "external_id,user_name,email"),
            ("email.trust", "trusted"),
        ])
        .await;
    world.create(known_as("ada", "x-1")).await.unwrap();
    let mut bob = named("bob");
    bob.profile.emails = vec![TypedValue {
        value: "bob@acme.example".into(),
        ..TypedValue::default()
    }];
    world.create(bob).await.unwrap();
    let candidates = [
        candidate("x-1", "ada.lovelace", ""),
        candidate("x-2", "robert", "Bob@acme.example"),
        candidate("x-3", "eve", "eve@acme.example"),
    ];
    let items = preview(&world, &scim, &candidates).await;
    let matched: Vec<_> = items.iter().map(|item| (item.outcome, item.matched_by)).collect();
    let expected = [
        (Outcome::Adopt, Some(MatchKey::ExternalId)),
        (Outcome::Adopt, Some(MatchKey::Email)),
        (Outcome::Create, None),
    ];
    assert_eq!(matched, expected);
    world.policy(&[("email.trust", "untrusted")]).await;
    let items = preview(&world, &scim, &candidates).await;
    assert_eq!(items[1].outcome, Outcome::Create);
}

async fn adoption_is_in_the_log_of_each_and_of_the_connection(world: World) {
    let scim = world.scim().await;
    let ada = world.user("ada").await.user;
    let team = world.group("Team", &[ada.id]).await;
    let before = world.revision().await;
    apply(&world, &scim, &[]).await.unwrap();
    let changes = world.changes_after(before).await;
    let told: Vec<_> = changes
        .iter()
        .map(|it| (it.revision - before, it.resource, it.resource_id.clone()))
        .collect();
    let expected = [
        (1, Resource::Connection, id_of(&scim).to_string()),
        (1, Resource::User, ada.id.to_string()),
        (1, Resource::Group, team.id.to_string()),
    ];
    assert_eq!(told, expected);
    let adopted = world.get(ada.id).await.unwrap().user;
    assert_eq!((adopted.managed_by, adopted.version), (Some(id_of(&scim)), 2));
    world.set_active(&scim, ada.id, false).await.unwrap();
}

async fn adoption_that_has_nothing_to_do_changes_nothing(world: World) {
    let scim = world.scim().await;
    world.user("ada").await;
    apply(&world, &scim, &[]).await.unwrap();
    let revision = world.revision().await;
    assert_eq!(
        apply(&world, &scim, &[]).await.unwrap(),
        AdoptionCounts::default()
    );
    assert_eq!(world.revision().await, revision);
}

async fn the_policy_can_forbid_adoption(world: World) {
    let scim = world.scim().await;
    world.policy(&[("adopt", "never")]).await;
    assert_broken(apply(&world, &scim, &[]).await, &Rule::PolicyForbids("adopt"));
}

async fn what_a_deleted_connection_left_can_be_adopted(world: World) {
    let scim = world.scim().await;
    world.policy(&[("teardown", "keep")]).await;
    let ada = world.create_as(&scim, named("ada")).await.unwrap().user;
    let id = id_of(&scim).to_string();
    world
        .directory
        .delete_connection(world.root(), ORGANIZATION, &id, None)
        .await
        .unwrap();
    assert_eq!(
        world.get(ada.id).await.unwrap().user.managed_by,
        Some(id_of(&scim))
    );
    let heir = world.scim().await;
    let found = preview(&world, &heir, &[candidate("", "ada", "")]).await;
    assert_eq!(found[0].outcome, Outcome::Adopt);
    assert_eq!(apply(&world, &heir, &[]).await.unwrap().users, 1);
    assert_eq!(
        world.get(ada.id).await.unwrap().user.managed_by,
        Some(id_of(&heir))
    );
}

async fn everything_is_adopted_when_a_connection_is_enabled_where_the_policy_says_so(world: World) {
    world.policy(&[("adopt", "all_on_enable")]).await;
    let ada = world.user("ada").await.user.id;
    let scim = world.scim().await;
    assert_eq!(world.get(ada).await.unwrap().user.managed_by, Some(id_of(&scim)));
    let bob = world.user("bob").await.user.id;
    for status in [ConnectionStatus::Disabled, ConnectionStatus::Enabled] {
        let update = ConnectionUpdate {
            id: id_of(&scim).to_string(),
            status: Some(status),
            ..ConnectionUpdate::default()
        };
        world
            .directory
            .update_connection(world.root(), ORGANIZATION, update)
            .await
            .unwrap();
    }
    assert_eq!(world.get(bob).await.unwrap().user.managed_by, Some(id_of(&scim)));
}

async fn a_user_made_with_the_organization_is_adopted_only_by_its_name(world: World) {
    let new = NewOrganization {
        slug: "shop".into(),
        name: "Shop".into(),
        preset: "dbt".into(),
        admin_email: "owner@x.example".into(),
        facts: Facts {
            sso_enabled: true,
            ..Facts::default()
        },
        ..NewOrganization::default()
    };
    let (_, owner) = world
        .directory
        .create_organization(world.root(), new)
        .await
        .unwrap();
    let owner = owner.unwrap().user.id.to_string();
    let connection = NewConnection {
        name: "okta".into(),
        idp_kind: Some(IdpKind::Okta),
        ..NewConnection::default()
    };
    let root = world.root();
    let made = world
        .directory
        .create_connection(root, "shop", connection, "")
        .await
        .unwrap();
    let manager = async || {
        world
            .directory
            .get_user(root, "shop", &owner)
            .await
            .unwrap()
            .user
            .managed_by
    };
    assert_eq!(manager().await, None);

    let id = made.id.to_string();
    let all = (Vec::new(), Reach::default());
    let counts = world
        .directory
        .apply_adoption(root, "shop", &id, all.clone())
        .await
        .unwrap();
    assert_eq!((counts.users, counts.protected), (0, 1));
    let preview = world
        .directory
        .preview_adoption(root, "shop", &id, all, PageRequest::default());
    assert_eq!(preview.await.unwrap().items[0].outcome, Outcome::Protected);
    assert_eq!(manager().await, None);

    let named = (vec![candidate("", "owner@x.example", "")], Reach::default());
    let counts = world
        .directory
        .apply_adoption(root, "shop", &id, named)
        .await
        .unwrap();
    assert_eq!((counts.users, manager().await), (1, Some(made.id)));
}

async fn groups_are_not_adopted_while_they_are_out_of_sync(world: World) {
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    let team = world.group("Team", &[ada.user.id]).await;
    world.policy(&[("groups.sync", "false")]).await;
    assert_eq!(preview(&world, &scim, &[]).await.len(), 1);
    let counts = apply(&world, &scim, &[]).await.unwrap();
    assert_eq!((counts.users, counts.groups), (1, 0));
    assert_eq!(world.get_group(team.id).await.unwrap().managed_by, None);
    world.policy(&[("groups.sync", "true")]).await;
    let counts = apply(&world, &scim, &[]).await.unwrap();
    assert_eq!((counts.users, counts.groups), (0, 1));
}

async fn users_can_be_adopted_without_groups(world: World) {
    let (scim, ada) = (world.scim().await, world.user("ada").await);
    let team = world.group("Team", &[ada.user.id]).await;
    let (root, connection) = (world.root(), id_of(&scim).to_string());
    let users = (Vec::new(), Reach::Users);
    let seen = world.directory.preview_adoption(
        root,
        ORGANIZATION,
        &connection,
        users.clone(),
        PageRequest::default(),
    );
    let kinds: Vec<_> = seen
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|item| item.kind)
        .collect();
    assert_eq!(kinds, [MemberKind::User]);
    let counts = world
        .directory
        .apply_adoption(root, ORGANIZATION, &connection, users)
        .await
        .unwrap();
    assert_eq!((counts.users, counts.groups), (1, 0));
    assert_eq!(world.get_group(team.id).await.unwrap().managed_by, None);
}

async fn an_external_id_means_the_own_user_before_an_unmanaged_one(world: World) {
    let scim = world.scim().await;
    world.policy(&[("match.order", "external_id")]).await;
    let bob = world.create(known_as("bob", "x-1")).await.unwrap().user.id;
    let ada = world.create_as(&scim, known_as("ada", "x-1")).await.unwrap();
    let items = preview(&world, &scim, &[candidate("x-1", "eve", "")]).await;
    let meant = (items[0].outcome, items[0].id);
    assert_eq!(meant, (Outcome::AlreadyManaged, Some(ada.user.id)));
    // Where it is to be unique, the unmanaged one cannot come under the connection, although it was there first.
    world.policy(&[("external_id.unique", "true")]).await;
    let items = preview(&world, &scim, &[]).await;
    let outcomes: Vec<_> = items.iter().map(|it| (it.id, it.outcome)).collect();
    assert_eq!(outcomes, [(Some(bob), Outcome::Conflict)]);
}

async fn an_external_id_under_another_connection_is_no_conflict(world: World) {
    let scim = world.scim().await;
    let settings = [("connections.max", "2"), ("external_id.unique", "true")];
    world.policy(&settings).await;
    let new = NewConnection {
        name: "second".into(),
        ..NewConnection::default()
    };
    let root = world.root();
    let made = world.directory.create_connection(root, ORGANIZATION, new, "");
    let second = made.await.unwrap().id;
    world.create_as(&scim, known_as("ada", "x-1")).await.unwrap();
    world.create_as(&scim, named("eve")).await.unwrap();
    let bob = world.create(known_as("bob", "x-1")).await.unwrap().user.id;
    let (id, all) = (second.to_string(), (Vec::new(), Reach::default()));
    let applied = world.directory.apply_adoption(root, ORGANIZATION, &id, all);
    let counts = applied.await.unwrap();
    assert_eq!((counts.users, counts.conflicts), (1, 0));
    // By its name a candidate may mean a user of the other connection, which keeps it.
    let taken = (vec![candidate("", "eve", "")], Reach::default());
    let page = PageRequest::default();
    let found = world
        .directory
        .preview_adoption(root, ORGANIZATION, &id, taken, page);
    assert_eq!(found.await.unwrap().items[0].outcome, Outcome::Conflict);
    assert_eq!(world.get(bob).await.unwrap().user.managed_by, Some(second));
}
