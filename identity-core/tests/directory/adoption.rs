//! Adoption: existing users and groups come under a connection, as its preview says.

use std::collections::BTreeSet;

use identity_core::{
    caller::Call,
    connection::ConnectionStatus,
    directory::input::{
        AdoptionCounts, AdoptionItem, Candidate, ConnectionUpdate, Outcome, PageRequest, UserInput,
    },
    error::{Resource, Rule},
    id::Id,
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
        let (asked, candidates) = (page.clone(), candidates.to_vec());
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
        .apply_adoption(root, ORGANIZATION, &connection, candidates.to_vec())
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
