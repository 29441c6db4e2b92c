//! The provisioning log: whose a request is, how long it is kept, and who may read it.

use std::time::Duration;

use identity_core::{
    caller::{Call, Scope},
    connection::ConnectionStatus,
    directory::input::{
        ConnectionUpdate, NewProvisioningRequest, NewToken, Page, PageRequest, ProvisioningConditions,
        RequestsOfToken, Rotation,
    },
    error::{Error, Result},
    platform::{Platform, Timestamp},
    provisioning_log::{
        Content, MAX_RECORDED, MAX_REFUSED_TOKENS, MAX_REQUESTS, ProvisioningRequest, Target,
    },
};

use crate::harness::{ORGANIZATION, ROOT_TOKEN, World, on_every_database, scim_token, service_token};

on_every_database![
    a_request_belongs_to_whom_its_token_says,
    a_token_that_has_expired_is_known_all_the_same,
    a_secret_that_was_rotated_out_is_known_all_the_same,
    a_token_of_a_disabled_connection_is_known_all_the_same,
    unknown_secrets_are_told_to_their_organization_and_fill_no_log,
    tokens_that_name_no_organization_are_refused,
    requests_of_all_tokens_are_added_at_once,
    few_tokens_that_do_not_hold_are_looked_up_at_once,
    a_request_came_in_within_the_last_minute,
    nothing_is_added_where_nothing_is_kept,
    what_is_too_old_is_purged,
    of_too_many_the_oldest_are_purged,
    only_who_may_reads_the_log,
];

const MINUTE: Duration = Duration::from_mins(1);

fn new(name: &str) -> NewProvisioningRequest {
    NewProvisioningRequest {
        age: Duration::ZERO,
        content: Content {
            target: Target {
                name: Some(name.to_owned()),
                ..Target::default()
            },
            ..Content::default()
        },
    }
}

async fn record(world: &World, token: &str, names: &[&str]) -> Result<usize> {
    let requests = RequestsOfToken {
        token: token.to_owned(),
        requests: names.iter().map(|name| new(name)).collect(),
    };
    world.directory.record_provisioning_requests(vec![requests]).await
}

async fn read_as(world: &World, call: &Call) -> Result<Page<ProvisioningRequest>> {
    let page = PageRequest {
        size: 1_000,
        ..PageRequest::default()
    };
    let conditions = ProvisioningConditions::default();
    let listed = world
        .directory
        .list_provisioning_requests(call, ORGANIZATION, conditions, page);
    listed.await
}

/// The requests of the first organization, newest first.
async fn requests(world: &World) -> Vec<ProvisioningRequest> {
    read_as(world, world.root()).await.unwrap().items
}

fn names(requests: &[ProvisioningRequest]) -> Vec<&str> {
    requests
        .iter()
        .map(|it| it.content.target.name.as_deref().unwrap_or_default())
        .collect()
}

async fn a_request_belongs_to_whom_its_token_says(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let before = world.revision().await;
    assert_eq!(record(&world, &secret, &["zoe"]).await.unwrap(), 0);
    let found = requests(&world).await;
    assert_eq!(names(&found), ["zoe"]);
    assert_eq!(found[0].organization_id, token.organization_id);
    assert_eq!(found[0].token_id, Some(token.id));
    assert!(found[0].connection_id.is_some());
    assert_eq!(world.revision().await, before, "it is no change");

    let (token, secret) = world.token(service_token("billing", &[Scope::UsersRead])).await;
    record(&world, &secret, &["ada"]).await.unwrap();
    let found = requests(&world).await;
    assert_eq!(
        (found[0].token_id, found[0].connection_id),
        (Some(token.id), None)
    );
}

async fn a_token_that_has_expired_is_known_all_the_same(world: World) {
    let expiring = NewToken {
        expires_at: Some(Timestamp(world.clock.now().0 + 60_000_000)),
        ..scim_token("idp")
    };
    let (token, secret) = world.token(expiring).await;
    world.pass(2 * MINUTE);
    assert!(world.directory.authenticate(&secret).await.is_err());
    record(&world, &secret, &["zoe"]).await.unwrap();
    assert_eq!(requests(&world).await[0].token_id, Some(token.id));
}

async fn a_secret_that_was_rotated_out_is_known_all_the_same(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let rotation = Rotation {
        id: token.id.to_string(),
        overlap: Some(MINUTE),
        ..Rotation::default()
    };
    let rotated = world
        .directory
        .rotate_token(world.root(), ORGANIZATION, &rotation);
    rotated.await.unwrap();
    world.pass(2 * MINUTE);
    assert!(world.directory.authenticate(&secret).await.is_err());
    record(&world, &secret, &["zoe"]).await.unwrap();
    assert_eq!(requests(&world).await[0].token_id, Some(token.id));
}

async fn a_token_of_a_disabled_connection_is_known_all_the_same(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let update = ConnectionUpdate {
        id: "default".into(),
        status: Some(ConnectionStatus::Disabled),
        ..ConnectionUpdate::default()
    };
    let updated = world
        .directory
        .update_connection(world.root(), ORGANIZATION, update);
    updated.await.unwrap();
    record(&world, &secret, &["zoe"]).await.unwrap();
    let found = requests(&world).await;
    assert_eq!(found[0].token_id, Some(token.id));
    assert!(found[0].connection_id.is_some());
}

async fn unknown_secrets_are_told_to_their_organization_and_fill_no_log(world: World) {
    let (token, secret) = world.token(scim_token("idp")).await;
    let id = token.id.to_string();
    world
        .directory
        .delete_token(world.root(), ORGANIZATION, &id)
        .await
        .unwrap();
    let many: Vec<&str> = vec!["zoe"; 100];
    record(&world, &secret, &many).await.unwrap();
    let found = requests(&world).await;
    assert_eq!(found.len(), 60);
    assert_eq!((found[0].token_id, found[0].connection_id), (None, None));
    record(&world, &secret, &["ada"]).await.unwrap();
    assert_eq!(requests(&world).await.len(), 60);
    world.pass(MINUTE);
    record(&world, &secret, &["ada"]).await.unwrap();
    assert_eq!(names(&requests(&world).await[..1]), ["ada"]);
}

async fn tokens_that_name_no_organization_are_refused(world: World) {
    for token in ["", "nonsense", "rst_nonsense", ROOT_TOKEN, "a.b.c"] {
        let refused = record(&world, token, &["zoe"]).await;
        assert!(
            matches!(refused, Err(Error::Unauthenticated(_))),
            "{token}: {refused:?}"
        );
    }
    assert!(requests(&world).await.is_empty());
}

async fn requests_of_all_tokens_are_added_at_once(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let of = |token: &str, count: usize| RequestsOfToken {
        token: token.to_owned(),
        requests: vec![new("zoe"); count],
    };
    let recorded = world
        .directory
        .record_provisioning_requests(vec![of("nonsense", 3), of(&secret, 2)]);
    assert_eq!(recorded.await.unwrap(), 3, "so many belong to nobody");
    assert_eq!(requests(&world).await.len(), 2);
    let too_many = vec![of(&secret, MAX_RECORDED), of(&secret, 1)];
    let refused = world.directory.record_provisioning_requests(too_many).await;
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    assert_eq!(requests(&world).await.len(), 2);
}

async fn few_tokens_that_do_not_hold_are_looked_up_at_once(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let of = |token: &str| RequestsOfToken {
        token: token.to_owned(),
        requests: vec![new("zoe")],
    };
    let mut of_tokens = vec![of(&secret)];
    of_tokens.extend((0..MAX_REFUSED_TOKENS).map(|n| of(&format!("rst_{n}"))));
    of_tokens.push(of(&secret));
    let recorded = world.directory.record_provisioning_requests(of_tokens);
    assert_eq!(recorded.await.unwrap(), MAX_REFUSED_TOKENS + 1);
    assert_eq!(requests(&world).await.len(), 1);
}

async fn a_request_came_in_within_the_last_minute(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    let ages = [Duration::ZERO, Duration::from_secs(2), Duration::MAX];
    let requests_of = ages.map(|age| NewProvisioningRequest { age, ..new("zoe") });
    let of_token = RequestsOfToken {
        token: secret,
        requests: requests_of.to_vec(),
    };
    world
        .directory
        .record_provisioning_requests(vec![of_token])
        .await
        .unwrap();
    let now = world.clock.now().0;
    let at: Vec<_> = requests(&world).await.iter().map(|it| now - it.at.0).collect();
    assert_eq!(at, [0, 2_000_000, 60_000_000]);
}

async fn nothing_is_added_where_nothing_is_kept(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    record(&world, &secret, &["zoe"]).await.unwrap();
    world.policy(&[("provisioning_log.keep", "0")]).await;
    record(&world, &secret, &["ada"]).await.unwrap();
    assert_eq!(names(&requests(&world).await), ["zoe"]);
    world.pass(Duration::from_secs(1));
    assert_eq!(
        world
            .directory
            .purge_provisioning_log(MAX_REQUESTS)
            .await
            .unwrap(),
        1
    );
    assert!(requests(&world).await.is_empty());
}

async fn what_is_too_old_is_purged(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    world.policy(&[("provisioning_log.keep", "1h")]).await;
    record(&world, &secret, &["old"]).await.unwrap();
    world.pass(30 * MINUTE);
    record(&world, &secret, &["new"]).await.unwrap();
    assert_eq!(
        world
            .directory
            .purge_provisioning_log(MAX_REQUESTS)
            .await
            .unwrap(),
        0
    );
    world.pass(31 * MINUTE);
    assert_eq!(
        world
            .directory
            .purge_provisioning_log(MAX_REQUESTS)
            .await
            .unwrap(),
        1
    );
    assert_eq!(names(&requests(&world).await), ["new"]);
}

async fn of_too_many_the_oldest_are_purged(world: World) {
    let (_, secret) = world.token(scim_token("idp")).await;
    for name in ["1", "2", "3", "4"] {
        record(&world, &secret, &[name]).await.unwrap();
    }
    assert_eq!(world.directory.purge_provisioning_log(3).await.unwrap(), 1);
    assert_eq!(names(&requests(&world).await), ["4", "3", "2"]);
}

async fn only_who_may_reads_the_log(world: World) {
    let scim = world.scim().await;
    for call in [scim, world.service(&[Scope::ChangesRead]).await] {
        let refused = read_as(&world, &call).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    let reader = world.service(&[Scope::ProvisioningRead]).await;
    assert!(read_as(&world, &reader).await.unwrap().items.is_empty());
}
