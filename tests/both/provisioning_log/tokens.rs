//! Whose a request is, by its token; and what the server's own log tells.

use identity_proto::v1::{
    ErrorReason, ProvisioningAction as Action, ProvisioningOutcome as Outcome, Token, TokenKind,
};

use super::{PATIENCE, PAUSE, records, told};
use crate::harness::{Http, OwnWorld, Request, Scim, World, assert_refused, create_token, everywhere};

everywhere!(
    a_deleted_token_is_told_where_it_names_its_organization,
    a_disabled_connection_is_told_with_its_token,
    a_client_that_signs_in_is_told,
    an_unknown_token_is_only_counted,
    a_refused_request_is_told_in_the_servers_log,
);

async fn a_deleted_token_is_told_where_it_names_its_organization(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let scim = world.scim().with_token(&secret);
    scim.get("/ServiceProviderConfig").await.expect(200);
    // From now on nobody knows whose it was.
    records(&world, 1).await;
    let request = identity_proto::v1::DeleteTokenRequest {
        organization: world.organization().slug.clone(),
        id: token.id.clone(),
        ..Default::default()
    };
    world.grpc().tokens().delete_token(request).await.unwrap();
    let refused = scim.get("/Users").await;
    assert_refused(&refused, 401, None);
    let records = records(&world, 2).await;
    assert_eq!(
        told(&records),
        [
            (Action::Discover, Outcome::Unchanged, 200),
            (Action::List, Outcome::Unauthenticated, 401),
        ]
    );
    assert_eq!(records[0].token_id, token.id);
    assert_eq!(
        (records[1].token_id.as_str(), records[1].connection_id.as_str()),
        ("", "")
    );
    assert_eq!(records[1].reason(), ErrorReason::TokenInvalid);
    assert_eq!(records[1].request_id, refused.header("x-request-id"));
}

async fn a_disabled_connection_is_told_with_its_token(world: World) {
    world.scim().get("/Users").await.expect(200);
    let known = records(&world, 1).await.remove(0);
    let connection = identity_proto::v1::Connection {
        id: known.connection_id.clone(),
        status: identity_proto::v1::ConnectionStatus::Disabled.into(),
        ..Default::default()
    };
    let request = identity_proto::v1::UpdateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(connection),
        update_mask: Some(crate::harness::grpc::mask(&["status"])),
        ..Default::default()
    };
    world
        .grpc()
        .connections()
        .update_connection(request)
        .await
        .unwrap();
    assert_refused(&world.scim().get("/Users").await, 403, None);
    let record = records(&world, 2).await.remove(1);
    assert_eq!(record.reason(), ErrorReason::ConnectionDisabled);
    assert_eq!(
        (&record.connection_id, &record.token_id),
        (&known.connection_id, &known.token_id)
    );
}

async fn a_client_that_signs_in_is_told(world: World) {
    let (token, secret) = create_token(&world.grpc(), TokenKind::Scim, Token::default()).await;
    let form = |secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}",
            token.id
        )
    };
    let http = Http::new(world.endpoints().scim.clone());
    let post = |body: String| {
        Request::new("POST", "/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    };
    http.send(post(form(&secret))).await.expect(200);
    // A service signs in by the same endpoint, and is no identity provider.
    let service = world.service_token(&["users:read"]).await;
    let answer = http.send(post(format!(
        "grant_type=client_credentials&client_id=x&client_secret={service}"
    )));
    answer.await;
    world.scim().get("/Users").await.expect(200);
    let records = records(&world, 2).await;
    assert_eq!(
        told(&records),
        [
            (Action::Token, Outcome::Applied, 200),
            (Action::List, Outcome::Unchanged, 200),
        ]
    );
    assert_eq!(records[0].token_id, token.id);
}

async fn an_unknown_token_is_only_counted(world: OwnWorld) {
    let scim: Scim = world.scim();
    for token in ["nonsense", "rst_nonsense"] {
        assert_refused(&scim.with_token(token).get("/Users").await, 401, None);
    }
    let without = scim.request("GET", "/Users").without("authorization");
    assert_refused(&scim.send(without).await, 401, None);
    let http = Http::new(world.endpoints().scim.clone());
    let counted = async {
        loop {
            let answer = http.send(Request::new("GET", "/metrics")).await;
            let metrics = String::from_utf8_lossy(&answer.body).into_owned();
            if metrics.contains("roster_provisioning_log_dropped_total{reason=\"token\"} 2") {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.expect("the count");
    scim.get("/Users").await.expect(200);
    assert_eq!(records(&world, 1).await.len(), 1);
}

async fn a_refused_request_is_told_in_the_servers_log(mut world: OwnWorld) {
    let scim = world.scim();
    let missing = scim.get("/Users/0").await;
    let bad = scim
        .request("POST", "/Users")
        .header("content-type", "application/scim+json")
        .body("{marker-body");
    let bad = scim.send(bad).await;
    let known = records(&world, 2).await;
    // Apart from its facade, the core has a line too.
    let line_of = |output: &str, field: &str, id: &str| {
        let is_it = |line: &&str| ["refused", field, id].iter().all(|part| line.contains(part));
        output.lines().find(is_it).map(str::to_owned)
    };
    let ids = [&known[0].organization_id, &known[0].connection_id];
    let waiting = async {
        loop {
            let output = world.server().output();
            let lines = [&missing, &bad].map(|it| line_of(&output, "endpoint=", it.header("x-request-id")));
            if let [Some(missing), Some(bad)] = lines {
                return [missing, bad];
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let lines = tokio::time::timeout(PATIENCE, waiting).await.expect("both lines");
    for line in &lines {
        for id in ids {
            assert!(line.contains(id.as_str()), "{line}");
        }
        assert!(!line.contains("marker"), "{line}");
    }
    assert!(
        lines[0].contains("RESOURCE_NOT_FOUND") && lines[0].contains("/Users/{id}"),
        "{lines:?}"
    );
    assert!(lines[1].contains("invalidSyntax"), "{lines:?}");
    let service = world.service(&["users:read"]).await;
    let mut groups = service.groups();
    let refused = groups.list_groups(identity_proto::v1::ListGroupsRequest::default());
    let status = refused.await.unwrap_err();
    let id = status
        .metadata()
        .get("x-request-id")
        .expect("an id")
        .to_str()
        .expect("text");
    let waiting = async {
        loop {
            if let Some(line) = line_of(&world.server().output(), "service=", id) {
                return line;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let line = tokio::time::timeout(PATIENCE, waiting).await.expect("the line");
    assert!(
        line.contains("SCOPE_MISSING") && line.contains(ids[0].as_str()),
        "{line}"
    );
}
