//! Organizations that are deleted, and that come back.

use std::time::Duration;

use futures::future::join_all;
use identity_core::{
    access::{Check, Consistency},
    access_token::SELF_AUDIENCE,
    caller::{Call, Intent, Scope},
    change::Action,
    directory::{
        Exchange, Watch,
        input::{
            Deleted, ListRequest, NewOrganization, NewServiceAccount, NewToken, OrganizationUpdate,
            PageRequest, TokenKind, WatchRequest, WatchStart, WatchTarget,
        },
    },
    error::{Error, Resource, Result},
    organization::Organization,
    role::RoleScope,
};

use crate::{
    harness::{
        ORGANIZATION, World, assert_not_found, assert_taken, assert_unknown, named, on_every_database,
        scim_token, service_token, with_roles,
    },
    personal_tokens::personal_token,
};

on_every_database![
    a_deleted_organization_exists_for_nobody,
    every_credential_of_a_deleted_organization_is_unknown,
    a_slug_is_free_at_once,
    an_organization_comes_back_as_it_was,
    only_what_is_deleted_and_whose_slug_is_free_comes_back,
    a_deletion_is_of_the_version_that_it_names,
    only_root_deletes_and_brings_back,
    a_dry_run_of_a_deletion_leaves_nothing,
    the_deletion_is_the_last_entry_and_ends_the_stream,
    all_streams_are_told_of_making_deleting_and_coming_back,
    nothing_is_written_after_the_deletion,
    organizations_that_race_for_a_free_slug_leave_one,
    another_instance_serves_it_no_longer_than_it_remembers,
    tokens_of_a_deleted_organization_are_not_told_to_end,
    what_was_deleted_long_ago_is_purged_and_does_not_come_back,
];

impl World {
    async fn delete_organization(&self) -> Organization {
        let deleted = self
            .directory
            .delete_organization(self.root(), ORGANIZATION, String::new());
        deleted.await.unwrap()
    }

    async fn undelete(&self, organization: &Organization) -> Result<Organization> {
        let id = organization.id.to_string();
        self.directory.undelete_organization(self.root(), &id).await
    }

    async fn slugs(&self, deleted: Deleted) -> Vec<String> {
        let page = PageRequest::default();
        let listed = self.directory.list_organizations(self.root(), deleted, page);
        listed
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|it| it.slug)
            .collect()
    }
}

async fn a_deleted_organization_exists_for_nobody(world: World) {
    let ada = world.user("ada").await.user.id;
    let check = Check {
        user: Some(ada),
        permission: "organization.view".into(),
        scope: Some(RoleScope::Organization),
    };
    // What is remembered must not outlive it.
    let ask = |consistency| {
        world
            .directory
            .check_access(world.root(), ORGANIZATION, check.clone(), consistency)
    };
    ask(Consistency::MinimizeLatency).await.unwrap();
    let gone = world.delete_organization().await;
    assert_eq!(gone.deleted_at, Some(gone.updated_at));
    assert_not_found(ask(Consistency::MinimizeLatency).await);
    assert_not_found(ask(Consistency::FullyConsistent).await);
    let (directory, root) = (&world.directory, world.root());
    for name in [ORGANIZATION, &gone.id.to_string()] {
        assert_not_found(directory.get_organization(root, name).await);
        assert_not_found(directory.get_user(root, name, &ada.to_string()).await);
        assert_not_found(directory.list_users(root, name, ListRequest::default()).await);
        assert_not_found(directory.create_user(root, name, named("bob"), "").await);
        assert_not_found(directory.delete_organization(root, name, String::new()).await);
        let update = OrganizationUpdate {
            organization: name.into(),
            ..OrganizationUpdate::default()
        };
        assert_not_found(directory.update_organization(root, update).await);
    }
    assert!(world.slugs(Deleted::Hidden).await.is_empty());
    assert_eq!(world.slugs(Deleted::Included).await, [ORGANIZATION]);
}

/// A secret of every kind.
async fn secrets(world: &World) -> Vec<String> {
    let ada = world.create(with_roles("ada", &["admin"])).await.unwrap();
    let account = NewServiceAccount {
        name: "billing".into(),
        scopes: vec![Scope::UsersRead],
        ..NewServiceAccount::default()
    };
    let account = world
        .directory
        .create_service_account(world.root(), ORGANIZATION, account, "")
        .await
        .unwrap();
    let key = NewToken {
        kind: TokenKind::Key,
        owner: account.id.to_string(),
        ..service_token("key", &[])
    };
    let mut secrets = Vec::new();
    for new in [
        scim_token("idp"),
        service_token("service", &[Scope::UsersRead, Scope::TokensIntrospect]),
        personal_token(ada.user.id, &[Scope::UsersRead]),
        key,
    ] {
        let (_, secret) = world.token(new).await;
        let call = world.caller(&secret).await;
        let asked = Exchange {
            audience: vec![SELF_AUDIENCE.into()],
            ..Exchange::default()
        };
        let made = world.directory.exchange_token(&call, "", &asked).await.unwrap();
        secrets.extend([secret, made.token.0]);
    }
    secrets
}

async fn every_credential_of_a_deleted_organization_is_unknown(world: World) {
    let secrets = secrets(&world).await;
    let mut callers = Vec::new();
    for secret in &secrets {
        callers.push(world.caller(secret).await);
    }
    let home = world.found("home", "").await;
    let gone = world.delete_organization().await;
    for secret in &secrets {
        assert_unknown(world.directory.authenticate(secret).await);
        assert_unknown(world.other_instance().authenticate(secret).await);
        let root = world.root();
        let told = world
            .directory
            .introspect_token(root, &home.slug, secret, "")
            .await;
        assert_eq!(told.unwrap(), None);
    }
    let asked = Exchange {
        audience: vec![SELF_AUDIENCE.into()],
        ..Exchange::default()
    };
    // Whoever was found out before hears the same.
    for call in &callers {
        assert_unknown(world.directory.get_user(call, "", "me").await);
        assert_unknown(world.directory.exchange_token(call, "", &asked).await);
    }
    world.undelete(&gone).await.unwrap();
    for secret in &secrets {
        world.directory.authenticate(secret).await.unwrap();
    }
}

async fn a_slug_is_free_at_once(world: World) {
    world.user("ada").await;
    let gone = world.delete_organization().await;
    let next = world.found(ORGANIZATION, "").await;
    assert_ne!(next.id, gone.id);
    assert_eq!(world.organization().await, next);
    assert!(world.names_where(None).await.is_empty());
    assert_eq!(world.slugs(Deleted::Included).await, [ORGANIZATION, ORGANIZATION]);
}

async fn an_organization_comes_back_as_it_was(world: World) {
    let ada = world.user("ada").await;
    let before = world.organization().await;
    let gone = world.delete_organization().await;
    world.pass(Duration::from_secs(1));
    let back = world.undelete(&gone).await.unwrap();
    assert_eq!(world.organization().await, back);
    assert_eq!(
        back,
        Organization {
            version: before.version + 2,
            revision: before.revision + 2,
            updated_at: back.updated_at,
            ..before.clone()
        }
    );
    assert_eq!(world.get(ada.user.id).await.unwrap().user, ada.user);
    let told = world.changes_after(before.revision).await;
    let told: Vec<_> = told
        .iter()
        .map(|it| (it.revision, it.resource, it.action))
        .collect();
    let next = before.revision + 1;
    assert_eq!(
        told,
        [
            (next, Resource::Organization, Action::Deleted),
            (next + 1, Resource::Organization, Action::Undeleted)
        ]
    );
}

async fn only_what_is_deleted_and_whose_slug_is_free_comes_back(world: World) {
    assert_taken(world.undelete(&world.organization().await).await, "id");
    let gone = world.delete_organization().await;
    let by_slug = world.directory.undelete_organization(world.root(), ORGANIZATION);
    assert_not_found(by_slug.await);
    let next = world.found(ORGANIZATION, "").await;
    assert_taken(world.undelete(&gone).await, "slug");
    world.delete_organization().await;
    world.undelete(&gone).await.unwrap();
    assert_taken(world.undelete(&next).await, "slug");
}

async fn a_deletion_is_of_the_version_that_it_names(world: World) {
    let root = world.root();
    let etag = |version: i64| version.to_string();
    let version = world.organization().await.version;
    let stale = world
        .directory
        .delete_organization(root, ORGANIZATION, etag(version + 1))
        .await;
    assert!(matches!(stale, Err(Error::VersionMismatch { .. })), "{stale:?}");
    let fresh = world
        .directory
        .delete_organization(root, ORGANIZATION, etag(version));
    assert_eq!(fresh.await.unwrap().version, version + 1);
}

async fn only_root_deletes_and_brings_back(world: World) {
    let id = world.organization().await.id.to_string();
    let (_, secret) = world.token(service_token("all", &Scope::ALL)).await;
    for call in [world.caller(&secret).await, world.scim().await] {
        let deleted = world.directory.delete_organization(&call, "", String::new());
        assert!(matches!(deleted.await, Err(Error::Forbidden("root"))));
        let back = world.directory.undelete_organization(&call, &id).await;
        assert!(matches!(back, Err(Error::Forbidden("root"))));
    }
}

async fn a_dry_run_of_a_deletion_leaves_nothing(world: World) {
    let before = world.organization().await;
    let mut dry_run = world.root().clone();
    dry_run.intent = Intent::Validate;
    let preview = world
        .directory
        .delete_organization(&dry_run, ORGANIZATION, String::new());
    assert!(preview.await.unwrap().deleted_at.is_some());
    assert_eq!(world.organization().await, before);
    let gone = world.delete_organization().await;
    let id = gone.id.to_string();
    let preview = world.directory.undelete_organization(&dry_run, &id).await;
    assert_eq!(preview.unwrap().deleted_at, None);
    assert_eq!(world.slugs(Deleted::Included).await.len(), 1);
    assert!(world.slugs(Deleted::Hidden).await.is_empty());
}

async fn watch(world: &World, target: WatchTarget, start: Option<WatchStart>) -> Watch {
    let request = WatchRequest {
        target,
        start,
        kinds: vec![Resource::Organization],
    };
    world.directory.watch(world.root(), request).await.unwrap()
}

/// Waits for the next changes of the organizations themselves.
async fn next(watch: &mut Watch) -> Result<Vec<(String, Action)>> {
    loop {
        let limit = Duration::from_secs(20);
        let event = tokio::time::timeout(limit, watch.next()).await.unwrap()?;
        if !event.changes.is_empty() {
            let told = event.changes.iter();
            return Ok(told.map(|it| (it.resource_id.clone(), it.action)).collect());
        }
    }
}

async fn the_deletion_is_the_last_entry_and_ends_the_stream(world: World) {
    let target = || WatchTarget::Organization(ORGANIZATION.into());
    let mut live = watch(&world, target(), None).await;
    let mut late = watch(&world, target(), Some(WatchStart::AfterRevision(0))).await;
    let gone = world.delete_organization().await;
    let id = gone.id.to_string();
    assert_eq!(next(&mut live).await.unwrap(), [(id.clone(), Action::Deleted)]);
    assert_eq!(live.progress().unwrap().revision, gone.revision);
    let place = WatchStart::Token(live.progress().unwrap().resume_token);
    assert_not_found(next(&mut live).await);
    world.undelete(&gone).await.unwrap();
    // Whoever comes later reads over it.
    let mut told = Vec::new();
    while told.len() < 3 {
        told.extend(next(&mut late).await.unwrap());
    }
    let actions: Vec<_> = told.into_iter().map(|(_, action)| action).collect();
    assert_eq!(actions, [Action::Created, Action::Deleted, Action::Undeleted]);
    let mut again = watch(&world, target(), Some(place)).await;
    assert_eq!(next(&mut again).await.unwrap(), [(id, Action::Undeleted)]);
}

async fn all_streams_are_told_of_making_deleting_and_coming_back(world: World) {
    let mut live = watch(&world, WatchTarget::All, None).await;
    let place = WatchStart::Token(live.progress().unwrap().resume_token);
    let other = world.found("other", "").await;
    let gone = world.delete_organization().await;
    let deleted = world
        .directory
        .delete_organization(world.root(), "other", String::new());
    deleted.await.unwrap();
    world.undelete(&gone).await.unwrap();
    let mut late = watch(&world, WatchTarget::All, Some(place)).await;
    let mut whole = watch(&world, WatchTarget::All, Some(WatchStart::AfterRevision(0))).await;
    for (stream, entries) in [(&mut live, 4), (&mut late, 4), (&mut whole, 5)] {
        let mut told = Vec::new();
        while told.len() < entries {
            told.extend(next(stream).await.unwrap());
        }
        let of = |id: identity_core::id::Id| -> Vec<Action> {
            let own = told.iter().filter(|(of, _)| *of == id.to_string());
            own.map(|(_, action)| *action).collect()
        };
        assert_eq!(of(other.id), [Action::Created, Action::Deleted]);
        assert!(of(gone.id).ends_with(&[Action::Deleted, Action::Undeleted]));
    }
}

async fn nothing_is_written_after_the_deletion(world: World) {
    let creates = (0..40).map(|number| {
        let world = world.clone();
        tokio::spawn(async move {
            let made = world.create(named(&format!("user-{number}"))).await;
            if number == 20 {
                world.delete_organization().await;
            }
            made
        })
    });
    let answers = join_all(creates).await;
    let mut made = 0;
    for answer in answers {
        match answer.unwrap() {
            Ok(_) => made += 1,
            refused => assert_not_found(refused),
        }
    }
    let page = PageRequest::default();
    let listed = world
        .directory
        .list_organizations(world.root(), Deleted::Included, page)
        .await
        .unwrap();
    let gone = &listed.items[0];
    // Creation, a revision for each user, the deletion.
    assert_eq!((gone.user_count, gone.revision), (made, made + 2));
    world.undelete(gone).await.unwrap();
    let told = world.changes_after(0).await;
    let end = told.iter().position(|it| it.action == Action::Deleted).unwrap();
    assert_eq!(told[end].revision, gone.revision);
    assert_eq!(told.len(), end + 2);
}

async fn organizations_that_race_for_a_free_slug_leave_one(world: World) {
    for _ in 0..5 {
        let gone = world.delete_organization().await;
        let creates = (0..4).map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                let new = NewOrganization {
                    slug: ORGANIZATION.into(),
                    name: "Next".into(),
                    ..NewOrganization::default()
                };
                let made = world.directory.create_organization(world.root(), new).await;
                made.map(|(made, _)| made)
            })
        });
        let (made, back) = futures::join!(join_all(creates), world.undelete(&gone));
        let mut answers: Vec<_> = made.into_iter().map(std::result::Result::unwrap).collect();
        answers.push(back);
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "{answers:?}");
        for lost in answers.into_iter().filter(Result::is_err) {
            assert_taken(lost, "slug");
        }
        assert_eq!(world.slugs(Deleted::Hidden).await, [ORGANIZATION]);
    }
}

async fn another_instance_serves_it_no_longer_than_it_remembers(world: World) {
    let other = world.other_instance();
    let (_, secret) = world.token(service_token("service", &[Scope::UsersRead])).await;
    let caller = other.authenticate(&secret).await.unwrap();
    let call = Call::new(caller, "request-1");
    let list = || other.list_users(&call, "", ListRequest::default());
    list().await.unwrap();
    world.delete_organization().await;
    assert_not_found(
        other
            .create_user(world.root(), ORGANIZATION, named("late"), "")
            .await,
    );
    world.pass(Duration::from_millis(500));
    assert_unknown(list().await);
    assert_unknown(other.authenticate(&secret).await);
    assert_not_found(other.get_organization(world.root(), ORGANIZATION).await);
}

async fn tokens_of_a_deleted_organization_are_not_told_to_end(world: World) {
    let ends = NewToken {
        expires_at: Some(identity_core::platform::Timestamp(
            identity_core::platform::Platform::now(&*world.clock).0 + 60_000_000,
        )),
        ..service_token("short", &[Scope::UsersRead])
    };
    world.token(ends).await;
    let gone = world.delete_organization().await;
    assert_eq!(world.directory.note_expiring_tokens().await.unwrap(), 0);
    world.undelete(&gone).await.unwrap();
    assert_eq!(world.directory.note_expiring_tokens().await.unwrap(), 1);
}

async fn what_was_deleted_long_ago_is_purged_and_does_not_come_back(world: World) {
    const DAY: Duration = Duration::from_hours(24);
    let secrets = secrets(&world).await;
    let bob = world.user("bob").await.user.id;
    world.group("Team", &[bob]).await;
    let other = world.found("other", "").await;
    let gone = world.delete_organization().await;
    let purge = || world.directory.purge_deleted_organizations();
    world.pass(DAY * 29);
    assert_eq!(purge().await.unwrap(), 0);
    world.undelete(&gone).await.unwrap();
    world.get(bob).await.unwrap();
    world.delete_organization().await;
    world.pass(DAY * 30);
    assert_not_found(world.undelete(&gone).await);
    assert_eq!(purge().await.unwrap(), 0);
    world.pass(DAY);
    assert!(purge().await.unwrap() > 10);
    assert_eq!(world.slugs(Deleted::Included).await, ["other"]);
    assert_eq!(purge().await.unwrap(), 0);
    assert_unknown(world.directory.authenticate(&secrets[0]).await);
    let of_other = world.directory.get_organization(world.root(), "other").await;
    assert_eq!(of_other.unwrap(), other);
}
