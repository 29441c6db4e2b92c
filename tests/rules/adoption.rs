//! Adoption of existing users and groups, and the rights to change them then (rules 102 to 112).

use identity_proto::v1::{
    AdoptionCandidate, AdoptionOutcome, ApplyAdoptionRequest, CreateOrganizationRequest,
    DeleteConnectionRequest, Organization, PreviewAdoptionRequest, Teardown,
};
use serde_json::json;
use tonic::Code;

use super::{connection, path};
use crate::harness::{
    Scim, World, assert_refused, assert_status, create_token, everywhere, run_folder, scim::text,
};

everywhere!(
    users_come_under_a_connection_when_somebody_asks_for_it,
    everything_comes_under_a_connection_when_it_is_enabled_but_the_first_admin,
    one_setting_allows_manual_changes_and_invitations_again,
    the_end_of_a_connection_is_reported_and_deactivates_its_users,
);

async fn users_come_under_a_connection_when_somebody_asks_for_it(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = grpc.create_user("ada").await.id;
    let team = grpc.try_create_group("Team", &[&ada]).await.expect("a group").id;
    let title = json!([{"op": "replace", "path": "title", "value": "Countess"}]);
    let path = format!("/Users/{ada}");
    assert_refused(&scim.patch(&path, title.clone()).await, 400, Some("mutability"));

    // A preview tells who would match.
    let candidate = |name: &str| AdoptionCandidate {
        user_name: name.into(),
        ..Default::default()
    };
    let connection_id = connection(&world).await.id;
    let preview = PreviewAdoptionRequest {
        organization: world.organization().slug.clone(),
        connection_id: connection_id.clone(),
        candidates: vec![candidate("ADA"), candidate("bob")],
        ..Default::default()
    };
    let seen = grpc
        .connections()
        .preview_adoption(preview)
        .await
        .expect("a preview")
        .into_inner();
    let outcomes: Vec<_> = seen
        .items
        .iter()
        .map(identity_proto::v1::AdoptionItem::outcome)
        .collect();
    assert_eq!(outcomes, [AdoptionOutcome::Adopt, AdoptionOutcome::Create]);
    assert_eq!(grpc.user(&ada).await.managed_by, "");

    let apply = |users_only| ApplyAdoptionRequest {
        organization: world.organization().slug.clone(),
        connection_id: connection_id.clone(),
        users_only,
        ..Default::default()
    };
    let done = grpc
        .connections()
        .apply_adoption(apply(true))
        .await
        .expect("adoption")
        .into_inner();
    assert_eq!((done.adopted_users, done.adopted_groups), (1, 0));
    assert_eq!(grpc.group(&team).await.expect("the group").managed_by, "");
    let done = grpc
        .connections()
        .apply_adoption(apply(false))
        .await
        .expect("adoption")
        .into_inner();
    assert_eq!((done.adopted_users, done.adopted_groups), (0, 1));

    // From then on the identity provider is responsible, and what it sends counts.
    scim.patch(&path, title).await.expect(200);
    assert_eq!(grpc.user(&ada).await.title, "Countess");
    assert_status(
        grpc.delete_user(&ada).await,
        Code::FailedPrecondition,
        "MANAGED_ELSEWHERE",
    );
}

async fn everything_comes_under_a_connection_when_it_is_enabled_but_the_first_admin(world: World) {
    let slug = run_folder::fresh_name("dbt");
    let create = CreateOrganizationRequest {
        organization: Some(Organization {
            slug: slug.clone(),
            name: "dbt".into(),
            sso_enabled: true,
            ..Default::default()
        }),
        preset: "dbt".into(),
        admin_email: "owner@x.example".into(),
        ..Default::default()
    };
    world
        .grpc()
        .organizations()
        .create_organization(create)
        .await
        .expect("an organization");
    let grpc = world.grpc().naming(&slug);
    let ada = grpc.create_user("ada@x.example").await.id;
    let team = grpc.try_create_group("Team", &[&ada]).await.expect("a group").id;
    // A first token makes the connection.
    let (_, secret) = create_token(
        &grpc,
        identity_proto::v1::TokenKind::Scim,
        identity_proto::v1::Token::default(),
    )
    .await;
    let scim = Scim::new(&world.endpoints().scim, &secret);
    assert_ne!(grpc.user(&ada).await.managed_by, "");
    assert_ne!(grpc.group(&team).await.expect("the group").managed_by, "");
    let owner = scim
        .find("/Users", "userName eq \"owner@x.example\"")
        .await
        .remove(0);
    assert_eq!(grpc.user(&owner).await.managed_by, "");
    let mut titled = grpc.user(&owner).await;
    titled.display_name = "Owner".into();
    grpc.update_user(titled, &["display_name"])
        .await
        .expect("the owner is free");
}

async fn one_setting_allows_manual_changes_and_invitations_again(world: World) {
    world.set_policy(&[("invites", "deny")]).await;
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = scim.create_user("ada").await;
    let refused = grpc.try_create(crate::harness::grpc::named("eve")).await;
    assert_status(refused, Code::FailedPrecondition, "POLICY_FORBIDS");
    let titled = async || {
        let mut user = grpc.user(&text(&ada["id"])).await;
        user.title = "Countess".into();
        user.etag.clear();
        grpc.update_user(user, &["title"]).await
    };
    assert_status(titled().await, Code::FailedPrecondition, "MANAGED_ELSEWHERE");
    world.set_policy(&[("manual_updates", "allow")]).await;
    titled().await.expect("a change by hand");
    grpc.create_user("eve").await;
    assert_eq!(scim.get(&path(&ada)).await.expect(200)["title"], "Countess");
}

async fn the_end_of_a_connection_is_reported_and_deactivates_its_users(world: World) {
    let (scim, grpc) = (world.scim(), world.grpc());
    let ada = text(&scim.create_user("ada").await["id"]);
    let delete = |validate_only| DeleteConnectionRequest {
        organization: world.organization().slug.clone(),
        validate_only,
        teardown: Teardown::Deactivate.into(),
        ..Default::default()
    };
    let id = connection(&world).await.id;
    for validate_only in [true, false] {
        let request = DeleteConnectionRequest {
            id: id.clone(),
            ..delete(validate_only)
        };
        let report = grpc
            .connections()
            .delete_connection(request)
            .await
            .expect("the end")
            .into_inner();
        assert_eq!(
            (report.released_users, report.sample_user_names),
            (1, vec!["ada".to_owned()])
        );
        assert_eq!(grpc.user(&ada).await.active, Some(validate_only));
    }
    assert_refused(&scim.get("/Users").await, 401, None);
}
