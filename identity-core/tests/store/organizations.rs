//! Organizations.

use identity_core::{
    change::Action,
    error::Resource,
    id::Id,
    organization::OrganizationStatus,
    platform::{Platform, Timestamp},
    policy::{Policy, Preset},
};

use crate::harness::{World, on_every_database, run};

on_every_database![
    an_organization_comes_back_as_it_went,
    an_organization_is_found_by_its_slug,
    organizations_come_in_pages,
    what_a_unit_changes_of_its_organization_is_stored,
    a_unit_that_logs_nothing_changes_no_organization,
    times_keep_their_microseconds,
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
        let page = world.scan(move |reader| reader.organizations(after, 3)).await;
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
