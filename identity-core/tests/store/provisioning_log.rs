//! Requests of identity providers.

use identity_core::{
    id::Id,
    platform::{Platform, Timestamp},
    provisioning_log::{
        Content, ProvisioningAction, ProvisioningOutcome, ProvisioningQuery, ProvisioningRequest, Statements,
        Target, TargetKey,
    },
};

use crate::harness::{World, on_every_database};

on_every_database![
    requests_come_back_newest_first,
    every_condition_selects,
    the_oldest_are_removed_some_at_a_time,
    they_are_no_change,
];

fn request(world: &World, name: &str, action: ProvisioningAction) -> ProvisioningRequest {
    let at = world.now();
    ProvisioningRequest {
        organization_id: world.home(),
        id: Id::generate_at(at, &**world),
        at,
        connection_id: Some(world.id()),
        token_id: None,
        content: Content {
            request_id: format!("of {name}"),
            target: Target {
                id: Some(format!("id of {name}")),
                name: Some(name.to_owned()),
                external_id: Some(format!("external {name}")),
            },
            action,
            outcome: ProvisioningOutcome::PartlyIgnored,
            statements: Statements {
                ignored: vec!["shoeSize: no such attribute".into()],
                ..Statements::default()
            },
            duration: std::time::Duration::from_micros(7),
            ..Content::default()
        },
    }
}

async fn record(world: &World, requests: &[ProvisioningRequest]) {
    let recorded = world
        .store
        .record_provisioning_requests(requests.to_vec(), Vec::new());
    recorded.await.unwrap();
}

async fn found(world: &World, query: ProvisioningQuery, before: Option<Id>) -> Vec<ProvisioningRequest> {
    let home = world.home();
    let read = world.ask(move |reader| {
        let query = query.clone();
        Box::pin(async move { reader.provisioning_requests(home, &query, before, 10).await })
    });
    read.await
}

async fn requests_come_back_newest_first(world: World) {
    let made = [
        request(&world, "Ada", ProvisioningAction::Create),
        request(&world, "Bob", ProvisioningAction::LookUp),
        request(&world, "Cleo", ProvisioningAction::Token),
    ];
    record(&world, &made).await;
    let mut newest_first = made.to_vec();
    newest_first.reverse();
    let all = ProvisioningQuery::default();
    assert_eq!(found(&world, all.clone(), None).await, newest_first);
    assert_eq!(found(&world, all, Some(made[2].id)).await, newest_first[1..]);
}

async fn every_condition_selects(world: World) {
    let ada = request(&world, "Ada", ProvisioningAction::Create);
    let bob = request(&world, "Bob", ProvisioningAction::LookUp);
    record(&world, &[ada.clone(), bob.clone()]).await;
    let of = |change: &dyn Fn(&mut ProvisioningQuery)| {
        let mut query = ProvisioningQuery::default();
        change(&mut query);
        query
    };
    let cases = [
        of(&|it| it.target = Some(TargetKey::Name("ada".into()))),
        of(&|it| it.target = Some(TargetKey::ExternalId("external ada".into()))),
        of(&|it| it.target = Some(TargetKey::Id("id of Ada".into()))),
        of(&|it| it.connection_id = ada.connection_id),
        of(&|it| it.action = Some(ProvisioningAction::Create)),
        of(&|it| it.request_id = Some("of Ada".into())),
        of(&|it| it.until = Some(bob.at)),
        of(&|it| {
            it.from = Some(ada.at);
            it.until = Some(Timestamp(ada.at.0 + 1));
            it.outcome = Some(ProvisioningOutcome::PartlyIgnored);
        }),
    ];
    for query in cases {
        let requests = found(&world, query.clone(), None).await;
        assert_eq!(requests, std::slice::from_ref(&ada), "{query:?}");
    }
    let later = of(&|it| it.from = Some(bob.at));
    assert_eq!(found(&world, later, None).await, [bob]);
    let none = of(&|it| it.outcome = Some(ProvisioningOutcome::Failed));
    assert_eq!(found(&world, none, None).await, []);
}

async fn the_oldest_are_removed_some_at_a_time(world: World) {
    let made: Vec<_> = (0..1_003)
        .map(|n| request(&world, &n.to_string(), ProvisioningAction::List))
        .collect();
    record(&world, &made).await;
    let home = world.home();
    let older = world
        .ask(move |reader| reader.older_provisioning_request(home, 2))
        .await;
    assert_eq!(older, Some(made[1_000].id));
    let remove = || world.store.remove_provisioning_requests(home, made[1_000].id);
    assert_eq!(remove().await.unwrap(), 1_000);
    assert_eq!(remove().await.unwrap(), 1);
    assert_eq!(remove().await.unwrap(), 0);
    let rest = found(&world, ProvisioningQuery::default(), None).await;
    assert_eq!(rest, [made[1_002].clone(), made[1_001].clone()]);
    let none = world
        .ask(move |reader| reader.older_provisioning_request(home, 2))
        .await;
    assert_eq!(none, None);
}

async fn they_are_no_change(world: World) {
    record(&world, &[request(&world, "Ada", ProvisioningAction::Create)]).await;
    assert_eq!(world.now_at_home().await, world.organization);
}
