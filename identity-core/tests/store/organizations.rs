//! Organizations.

use identity_core::{
    change::Action,
    error::{Error, Resource},
    id::Id,
    organization::OrganizationStatus,
    platform::{Platform, Timestamp},
    policy::{Policy, Preset},
    store::{Deleted, Write},
};

use crate::harness::{World, on_every_database, run};

on_every_database![
    an_organization_comes_back_as_it_went,
    an_organization_is_found_by_its_slug,
    organizations_come_in_pages,
    what_a_unit_changes_of_its_organization_is_stored,
    a_unit_that_logs_nothing_changes_no_organization,
    times_keep_their_microseconds,
    a_deleted_organization_is_seen_where_it_is_asked_for_alone,
    a_unit_behind_a_deletion_does_not_run,
];

async fn an_organization_comes_back_as_it_went(world: World) {
    assert_eq!(world.now_at_home().await, world.organization);
}

async fn an_organization_is_found_by_its_slug(world: World) {
    let found = world.ask(|reader| reader.organization_id("acme")).await;
    let other_case = world.ask(|reader| reader.organization_id("Acme")).await;
    assert_eq!((found, other_case), (Some(world.home()), None));
}

async fn organizations_come_in_pages(world: World) {
    for slug in ["b", "c", "d"] {
        world.found(&world.organization(slug)).await.unwrap();
    }
    let mut slugs = Vec::new();
    let mut after: Option<Id> = None;
    loop {
        let page = world
            .scan(move |reader| reader.organizations(after, 3, Deleted::Hidden))
            .await;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        slugs.extend(page.into_iter().map(|it| it.slug));
    }
    assert_eq!(slugs, ["acme", "b", "c", "d"]);
}

async fn what_a_unit_changes_of_its_organization_is_stored(world: World) {
    let entry = world.entry(Resource::Policy, &world.home(), Action::Updated);
    let at = world.now();
    let unit = run(move |transaction| {
        let entry = entry.clone();
        Box::pin(async move {
            let organization = transaction.organization()?;
            organization.name = "Acme Inc.".into();
            organization.status = OrganizationStatus::Suspended;
            organization.facts.seats = 50;
            organization.user_count += 3;
            organization.policy = Policy::of(Preset::StrictRfc);
            organization.policy_version += 1;
            organization.policy_updated_at = at;
            let told = organization.clone();
            transaction.entries.push(entry);
            Ok(told)
        })
    });
    let mut told = world.store.write(world.home(), unit).await.unwrap();
    told.revision += 1;
    assert_eq!(world.now_at_home().await, told);
}

async fn a_unit_that_logs_nothing_changes_no_organization(world: World) {
    let unit = run(|transaction| {
        Box::pin(async move {
            transaction.organization()?.name = "Nobody knows".into();
            Ok(())
        })
    });
    world.store.write(world.home(), unit).await.unwrap();
    assert_eq!(world.now_at_home().await, world.organization);
}

async fn times_keep_their_microseconds(world: World) {
    let mut early = world.organization("early");
    early.created_at = Timestamp(-1);
    early.updated_at = Timestamp(253_402_300_799_999_999);
    world.found(&early).await.unwrap();
    let id = early.id;
    assert_eq!(
        world.ask(move |reader| reader.organization(id)).await,
        Some(early)
    );
}

async fn a_deleted_organization_is_seen_where_it_is_asked_for_alone(world: World) {
    let home = world.home();
    let next = world.organization("acme");
    world
        .write(vec![Write::DeleteOrganization(home, world.now())])
        .await
        .unwrap();
    world.found(&next).await.unwrap();
    assert_eq!(world.ask(move |reader| reader.organization(home)).await, None);
    let found = world.ask(|reader| reader.organization_id("acme")).await;
    assert_eq!(found, Some(next.id));
    for (deleted, ids) in [
        (Deleted::Hidden, vec![next.id]),
        (Deleted::Included, vec![home, next.id]),
        (Deleted::Only, vec![home]),
    ] {
        let page = world
            .scan(move |reader| reader.organizations(None, 9, deleted))
            .await;
        assert_eq!(page.into_iter().map(|it| it.id).collect::<Vec<_>>(), ids);
    }
    // The log goes on to be told.
    assert_eq!(world.ask(move |reader| reader.revision(home)).await, Some(2));
    let all = world.scan(|reader| reader.revisions(None, 9)).await;
    assert_eq!(all, [(home, 2), (next.id, 1)]);
}

async fn a_unit_behind_a_deletion_does_not_run(world: World) {
    let home = world.home();
    let at = world.now();
    let entry = world.entry(Resource::Organization, &home, Action::Deleted);
    let delete = run(move |transaction| {
        let entry = entry.clone();
        Box::pin(async move {
            transaction.organization()?.deleted_at = Some(at);
            transaction.writes.push(Write::DeleteOrganization(home, at));
            transaction.entries.push(entry);
            Ok(())
        })
    });
    // They come one right behind the other, and so into one commit.
    let late = world.user(home, "late");
    let (deleted, added) = futures::join!(world.store.write(home, delete), world.add(&late));
    deleted.unwrap();
    assert!(matches!(added, Err(Error::NotFound { .. })), "{added:?}");
    assert_eq!(world.ask(move |reader| reader.user(home, late.id)).await, None);
}
