//! Deleting an organization and bringing it back, as both APIs show it.

use identity_proto::v1::{
    AccessCheck, Change, ChangeAction, CheckAccessRequest, DeleteOrganizationRequest, EntityType,
    GetOrganizationRequest, IntrospectTokenRequest, ListOrganizationsRequest, Organization,
    UndeleteOrganizationRequest, WatchRequest, access_service_client::AccessServiceClient,
    change_service_client::ChangeServiceClient,
};
use tonic::{Code, Status};

use crate::{
    grpc::watch::{from, next, next_changes},
    harness::{Grpc, OwnWorld, ROOT_TOKEN, World, assert_refused, assert_status, everywhere, run},
};

everywhere!(
    a_deleted_organization_is_gone_from_both_apis_and_comes_back,
    its_slug_goes_to_the_next,
    a_stream_tells_the_deletion_and_ends,
    a_stream_of_all_tells_making_and_deleting,
    a_service_cannot_delete_its_organization,
    the_command_line_deletes_and_brings_back,
);

/// Deletes the organization that the client names.
pub(crate) async fn delete(grpc: &Grpc) -> Result<Organization, Status> {
    let request = DeleteOrganizationRequest {
        organization: grpc.organization_named(),
        ..Default::default()
    };
    let deleted = grpc.organizations().delete_organization(request).await?;
    Ok(deleted.into_inner().organization.expect("an organization"))
}

/// Brings the organization of this id back.
pub(crate) async fn undelete(grpc: &Grpc, id: &str) -> Result<Organization, Status> {
    let request = UndeleteOrganizationRequest {
        id: id.to_owned(),
        ..Default::default()
    };
    let back = grpc.organizations().undelete_organization(request).await?;
    Ok(back.into_inner().organization.expect("an organization"))
}

async fn a_deleted_organization_is_gone_from_both_apis_and_comes_back(world: World) {
    let (root, service) = (world.grpc(), world.service(&["users:read"]).await);
    let user = root.create_user("ada").await.id;
    world.scim().get("/Users").await.expect(200);
    service.try_user(&user).await.expect("the user");

    let gone = delete(&root).await.expect("it is deleted");
    assert!(gone.delete_time.is_some());

    assert_refused(&world.scim().get("/Users").await, 401, None);
    assert_refused(&world.scim().get("/Schemas").await, 401, None);
    assert_status(
        service.try_user(&user).await,
        Code::Unauthenticated,
        "TOKEN_INVALID",
    );
    assert_status(root.try_user(&user).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    let check = CheckAccessRequest {
        organization: gone.id.clone(),
        check: Some(AccessCheck {
            user_id: user.clone(),
            permission: "organization.view".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let checked = AccessServiceClient::new(root.line()).check_access(check).await;
    assert_status(checked, Code::NotFound, "RESOURCE_NOT_FOUND");
    let other = world.other().await;
    let asked = IntrospectTokenRequest {
        organization: other.organization().slug.clone(),
        token: world.scim_token().to_owned(),
        ..Default::default()
    };
    let told = root.tokens().introspect_token(asked).await.expect("an answer");
    assert!(!told.into_inner().active);
    assert_status(delete(&root).await, Code::NotFound, "RESOURCE_NOT_FOUND");

    let back = undelete(&root, &gone.id).await.expect("it is back");
    assert_eq!((back.delete_time, back.user_count), (None, 1));
    world.scim().get("/Users").await.expect(200);
    service.try_user(&user).await.expect("the user");
    assert_status(
        undelete(&root, &gone.id).await,
        Code::AlreadyExists,
        "RESOURCE_ALREADY_EXISTS",
    );
}

async fn its_slug_goes_to_the_next(world: OwnWorld) {
    let root = world.grpc();
    let gone = delete(&root).await.expect("it is deleted");
    let slug = gone.slug.clone();
    let organization = Organization {
        slug: slug.clone(),
        name: "Next".into(),
        ..Default::default()
    };
    let request = identity_proto::v1::CreateOrganizationRequest {
        organization: Some(organization),
        ..Default::default()
    };
    let made = root.organizations().create_organization(request).await;
    let made = made.expect("the slug is free").into_inner();
    let made = made.organization.expect("an organization");
    let request = GetOrganizationRequest { organization: slug };
    let found = root.organizations().get_organization(request).await;
    let found = found.expect("the next").into_inner().organization;
    assert_eq!(found.expect("an organization").id, made.id);
    assert_refused(&world.scim().get("/Users").await, 401, None);
    let refused = undelete(&root, &gone.id).await;
    assert_status(refused, Code::AlreadyExists, "RESOURCE_ALREADY_EXISTS");
    for (show_deleted, ids) in [(false, vec![&made.id]), (true, vec![&gone.id, &made.id])] {
        let request = ListOrganizationsRequest {
            show_deleted,
            ..Default::default()
        };
        let listed = root.organizations().list_organizations(request).await;
        let listed = listed.expect("a list").into_inner().organizations;
        assert_eq!(listed.iter().map(|it| &it.id).collect::<Vec<_>>(), ids);
    }
}

async fn a_stream_tells_the_deletion_and_ends(world: World) {
    let root = world.grpc();
    let service = world.service(&["changes:read"]).await;
    let mut told = root.watch(from(root.revision().await)).await.expect("a stream");
    let mut service = service.watch(WatchRequest::default()).await.expect("a stream");
    for stream in [&mut told, &mut service] {
        next(stream).await.expect("it begins");
    }
    let gone = delete(&root).await.expect("it is deleted");
    let last = next_changes(&mut told).await;
    assert_eq!(last.changes[0].action(), ChangeAction::Deleted);
    assert_eq!(
        (last.changes[0].entity_type(), &last.changes[0].entity_id),
        (EntityType::Organization, &gone.id)
    );
    assert_status(next(&mut told).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    // Whose token is not served any more hears nothing of the organization either.
    assert_status(next(&mut service).await, Code::Unauthenticated, "TOKEN_INVALID");
}

async fn a_stream_of_all_tells_making_and_deleting(world: OwnWorld) {
    let root = world.grpc();
    let request = WatchRequest {
        all_organizations: true,
        ..WatchRequest::default()
    };
    let mut stream = ChangeServiceClient::new(root.line())
        .watch(request)
        .await
        .expect("a stream")
        .into_inner();
    next(&mut stream).await.expect("it begins");
    let other = world.other().await;
    let id = delete(&other.grpc()).await.expect("it is deleted").id;
    undelete(&root, &id).await.expect("it is back");
    delete(&other.grpc()).await.expect("it is deleted");
    let mut told = Vec::new();
    while told.len() < 4 {
        let response = next_changes(&mut stream).await;
        let own = response.changes.into_iter().filter(|it| it.organization_id == id);
        told.extend(own.filter(|it| it.entity_type() == EntityType::Organization));
    }
    let actions: Vec<_> = told.iter().map(Change::action).collect();
    let (deleted, undeleted) = (ChangeAction::Deleted, ChangeAction::Undeleted);
    assert_eq!(actions, [ChangeAction::Created, deleted, undeleted, deleted]);
}

async fn a_service_cannot_delete_its_organization(world: World) {
    let service = world.service(&["users:read", "users:write"]).await;
    assert_status(delete(&service).await, Code::PermissionDenied, "SCOPE_MISSING");
    let scim = world.grpc().with_token(world.scim_token());
    assert_status(delete(&scim).await, Code::PermissionDenied, "SCOPE_MISSING");
    world.scim().get("/Users").await.expect(200);
}

async fn the_command_line_deletes_and_brings_back(world: OwnWorld) {
    let variables = [
        ("ROSTER_ENDPOINT", &*world.endpoints().grpc),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    let roster = |arguments: &[&str]| {
        let output = run(arguments, &variables);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    let Organization { slug, id, .. } = world.organization().clone();
    assert!(roster(&["org", "delete", &slug]).contains(&format!("roster org undelete {id}")));
    assert!(!roster(&["org", "list", "--ids"]).contains(&id));
    let listed = roster(&["org", "list", "--show-deleted"]);
    assert!(listed.contains(&id) && listed.contains("deleted"), "{listed}");
    assert!(roster(&["org", "undelete", &id]).contains("active"));
    assert!(roster(&["org", "list", "--ids"]).contains(&id));
}
