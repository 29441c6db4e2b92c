//! Plan, single sign-on, role-based access control, connections and the base URL (rules 1 to 19).

use identity_proto::v1::{
    Connection, CreateConnectionRequest, CreateTokenRequest, Organization, Token, TokenKind,
    UpdatePolicyRequest,
};
use serde_json::json;
use tonic::{Code, Status};

use super::{connection, set_facts};
use crate::harness::{Server, Setup, World, assert_refused, assert_status, everywhere, scim::text};

everywhere!(
    plans_of_two_names_have_one_feature_and_another_plan_lacks_it,
    where_the_policy_asks_for_it_single_sign_on_comes_before_scim,
    by_default_scim_does_not_ask_for_single_sign_on,
    groups_are_served_only_with_role_based_access_control_where_the_policy_asks_for_it,
    a_connection_is_one_of_so_many_and_of_a_kind_that_is_expected,
    the_base_url_stands_on_the_connection,
);

async fn make_token(world: &World, kind: TokenKind) -> Result<String, Status> {
    let token = Token {
        kind: kind.into(),
        name: "okta".into(),
        ..Default::default()
    };
    let request = CreateTokenRequest {
        organization: world.organization().slug.clone(),
        token: Some(token),
        ..Default::default()
    };
    let made = world.grpc().tokens().create_token(request).await?;
    Ok(made.into_inner().token.expect("a token").name)
}

async fn connect(world: &World, name: &str, idp_kind: &str) -> Result<Connection, Status> {
    let request = CreateConnectionRequest {
        organization: world.organization().slug.clone(),
        connection: Some(Connection {
            name: name.into(),
            idp_kind: idp_kind.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = world.grpc().connections().create_connection(request).await?;
    Ok(made.into_inner().connection.expect("a connection"))
}

async fn plans_of_two_names_have_one_feature_and_another_plan_lacks_it(world: World) {
    let plans = "Enterprise=scim+groups+licenses,Enterprise+=scim+groups+licenses,Starter=";
    world
        .set_policy(&[("plan.catalog", plans), ("connections.max", "unlimited")])
        .await;
    for (plan, is_served) in [("enterprise", true), ("enterprise+", true), ("starter", false)] {
        let facts = Organization {
            plan: plan.into(),
            ..Default::default()
        };
        set_facts(&world, facts, &["plan"]).await;
        let answer = world.scim().get("/Users").await;
        let made = connect(&world, plan, "").await;
        if is_served {
            answer.expect(200);
            made.expect("a connection");
        } else {
            assert_refused(&answer, 403, None);
            assert_status(made, Code::FailedPrecondition, "PLAN_LACKS_FEATURE");
            let token = make_token(&world, TokenKind::Scim).await;
            assert_status(token, Code::FailedPrecondition, "PLAN_LACKS_FEATURE");
        }
    }
    // Who administers the organization does not say what its plan has.
    let service = world.service(&["policy:write"]).await;
    let request = UpdatePolicyRequest {
        settings: [("plan.catalog".to_owned(), "starter=scim".to_owned())].into(),
        ..Default::default()
    };
    let refused = service.policies().update_policy(request).await;
    assert_status(refused, Code::PermissionDenied, "SCOPE_MISSING");
}

async fn where_the_policy_asks_for_it_single_sign_on_comes_before_scim(world: World) {
    world
        .set_policy(&[("sso.required_for_scim", "true"), ("connections.max", "2")])
        .await;
    set_facts(&world, Organization::default(), &["sso_enabled"]).await;
    assert_refused(&world.scim().get("/Users").await, 403, None);
    assert_refused(
        &world.scim().post("/Users", &json!({"userName": "ada"})).await,
        403,
        None,
    );
    let token = make_token(&world, TokenKind::Scim).await;
    assert_status(token, Code::FailedPrecondition, "POLICY_FORBIDS");
    let made = connect(&world, "okta", "okta").await;
    assert_status(made, Code::FailedPrecondition, "POLICY_FORBIDS");
    let facts = Organization {
        sso_enabled: true,
        ..Default::default()
    };
    set_facts(&world, facts, &["sso_enabled"]).await;
    connect(&world, "okta", "okta").await.expect("a connection");
    world.scim().create_user("ada").await;
}

async fn by_default_scim_does_not_ask_for_single_sign_on(world: World) {
    set_facts(&world, Organization::default(), &["sso_enabled"]).await;
    assert!(!world.grpc().organization().await.sso_enabled);
    make_token(&world, TokenKind::Scim).await.expect("a token");
    world.scim().create_user("ada").await;
}

async fn groups_are_served_only_with_role_based_access_control_where_the_policy_asks_for_it(world: World) {
    world
        .set_policy(&[("groups.sync", "false"), ("groups.require_rbac", "true")])
        .await;
    let switch_on = || UpdatePolicyRequest {
        organization: world.organization().slug.clone(),
        settings: [("groups.sync".to_owned(), "true".to_owned())].into(),
        ..Default::default()
    };
    let refused = world.grpc().policies().update_policy(switch_on()).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    let facts = Organization {
        rbac_enabled: true,
        ..Default::default()
    };
    set_facts(&world, facts, &["rbac_enabled"]).await;
    world
        .grpc()
        .policies()
        .update_policy(switch_on())
        .await
        .expect("groups in sync");
    world.scim().create_group("Team", &[]).await;
    set_facts(&world, Organization::default(), &["rbac_enabled"]).await;
    assert_refused(&world.scim().get("/Groups").await, 403, None);
    world.scim().create_user("ada").await;
}

async fn a_connection_is_one_of_so_many_and_of_a_kind_that_is_expected(world: World) {
    let refused = connect(&world, "second", "okta").await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    world
        .set_policy(&[("connections.max", "2"), ("idp.kind", "okta,entra")])
        .await;
    assert_status(
        connect(&world, "x", "google").await,
        Code::FailedPrecondition,
        "POLICY_FORBIDS",
    );
    let made = connect(&world, "second", "entra")
        .await
        .expect("a second connection");
    assert_eq!(made.idp_kind, "entra");
    assert_status(
        connect(&world, "third", "okta").await,
        Code::FailedPrecondition,
        "POLICY_FORBIDS",
    );
    // A token has a name.
    assert_eq!(
        make_token(&world, TokenKind::Scim).await.expect("a token"),
        "okta"
    );
}

async fn the_base_url_stands_on_the_connection(setup: Setup) {
    let server = Server::start_with(setup, &["--scim-public-url", "https://id.example"]);
    let world = World::new(server.endpoints().clone(), "").await;
    let base = "https://id.example/scim/v2";
    assert_eq!(connection(&world).await.scim_base_url, base);
    let ada = world.scim().create_user("ada").await;
    assert!(text(&ada["meta"]["location"]).starts_with(&format!("{base}/Users/")));
}
