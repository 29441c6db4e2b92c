//! Finding users by what others call them.

use identity_core::{
    directory::input::{ListRequest, UserKey},
    error::{Error, Resource, Result, Rule},
    id::Id,
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, named,
    on_every_database,
};

on_every_database![
    a_user_is_found_by_each_of_its_keys,
    a_key_of_several_users_finds_none,
    what_an_issuer_calls_a_user_is_its_own,
    a_deleted_user_leaves_its_identities,
    setting_an_identity_again_changes_nothing,
    many_users_are_got_at_once,
];

const ISSUER: &str = "https://issuer.example";

fn subject(subject: &str) -> UserKey {
    UserKey::Identity {
        issuer: ISSUER.into(),
        subject: subject.into(),
    }
}

async fn find(world: &World, key: UserKey) -> Result<UserView> {
    world
        .directory
        .look_up_user(world.root(), ORGANIZATION, key)
        .await
}

async fn identify(world: &World, user: Id, subject: &str) -> Result<()> {
    let user = user.to_string();
    let made = world
        .directory
        .create_user_identity(world.root(), ORGANIZATION, &user, (ISSUER, subject));
    made.await.map(|_| ())
}

async fn a_user_is_found_by_each_of_its_keys(world: World) {
    let mut input = named("Ada");
    input.external_id = "E-1".into();
    input.profile.emails = vec![identity_core::user::TypedValue {
        value: "ada@acme.example".into(),
        ..Default::default()
    }];
    let ada = world.create(input).await.unwrap().user.id;
    identify(&world, ada, "s-1").await.unwrap();
    for key in [
        UserKey::UserName("ADA".into()),
        UserKey::Email("Ada@acme.example".into()),
        UserKey::ExternalId("E-1".into()),
        subject("s-1"),
    ] {
        assert_eq!(find(&world, key).await.unwrap().user.id, ada);
    }
    for key in [
        UserKey::UserName("bob".into()),
        UserKey::ExternalId("e-1".into()),
        subject("S-1"),
    ] {
        assert_not_found(find(&world, key).await);
    }
}

async fn a_key_of_several_users_finds_none(world: World) {
    for name in ["ada", "bob"] {
        let mut input = named(name);
        input.profile.emails = vec![identity_core::user::TypedValue {
            value: "both@acme.example".into(),
            ..Default::default()
        }];
        world.create(input).await.unwrap();
    }
    let found = find(&world, UserKey::Email("both@acme.example".into())).await;
    assert_broken(found, &Rule::SeveralUsers("email"));
}

async fn what_an_issuer_calls_a_user_is_its_own(world: World) {
    let (ada, bob) = (world.user("ada").await.user.id, world.user("bob").await.user.id);
    identify(&world, ada, "s-1").await.unwrap();
    assert_taken(identify(&world, bob, "s-1").await, "identity");
    for odd in ["", "s\0"] {
        assert_invalid(identify(&world, bob, odd).await, "subject");
    }
    let (root, id) = (world.root(), bob.to_string());
    let of_nobody = world
        .directory
        .create_user_identity(root, ORGANIZATION, &id, ("", "s-2"));
    assert_invalid(of_nobody.await, "issuer");
    assert_not_found(identify(&world, Id(uuid::Uuid::nil()), "s-2").await);
    let subjects = async |user: Id| {
        let id = user.to_string();
        let listed = world.directory.list_user_identities(root, ORGANIZATION, &id);
        let subjects = listed.await.unwrap().into_iter().map(|it| it.subject);
        subjects.collect::<Vec<_>>()
    };
    assert_eq!(subjects(ada).await, ["s-1"]);
    assert!(subjects(bob).await.is_empty());
}

async fn a_deleted_user_leaves_its_identities(world: World) {
    let (ada, bob) = (world.user("ada").await.user.id, world.user("bob").await.user.id);
    identify(&world, ada, "s-1").await.unwrap();
    world.delete(ada).await.unwrap();
    assert_not_found(find(&world, subject("s-1")).await);
    identify(&world, bob, "s-1").await.unwrap();
    let root = world.root();
    let removed = world
        .directory
        .delete_user_identity(root, ORGANIZATION, (ISSUER, "s-1"));
    removed.await.unwrap();
    assert_not_found(find(&world, subject("s-1")).await);
}

async fn setting_an_identity_again_changes_nothing(world: World) {
    let ada = world.user("ada").await.user.id;
    identify(&world, ada, "s-1").await.unwrap();
    let before = world.revision().await;
    identify(&world, ada, "s-1").await.unwrap();
    assert_eq!(world.revision().await, before);
    let last = world.changes_after(before - 1).await.remove(0);
    assert_eq!(last.resource, Resource::User);
    assert_eq!(last.detail.fields[0].field, "identities");
}

async fn many_users_are_got_at_once(world: World) {
    let (ada, bob) = (world.user("ada").await.user.id, world.user("bob").await.user.id);
    let ids = [bob.to_string(), "nobody".into(), ada.to_string(), bob.to_string()];
    let got = world.directory.batch_get_users(world.root(), ORGANIZATION, &ids);
    let got: Vec<_> = got.await.unwrap().into_iter().map(|it| it.user.id).collect();
    assert_eq!(got, [ada, bob]);
    let too_many = vec![String::new(); 1001];
    let refused = world
        .directory
        .batch_get_users(world.root(), ORGANIZATION, &too_many)
        .await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
    let all = world
        .directory
        .list_users(world.root(), ORGANIZATION, ListRequest::default());
    assert_eq!(all.await.unwrap().items.len(), 2);
}
