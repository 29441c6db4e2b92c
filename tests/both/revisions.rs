//! The revision that every change answers, and what it is good for.

use identity_proto::v1::{
    AccessCheck, CheckAccessRequest, Consistency, CreateOrganizationRequest, CreateProjectRequest,
    DeleteUserRequest, GrantRoleRequest, Organization, Project, UpdateOrganizationRequest, UpdateUserRequest,
    User, access_service_client::AccessServiceClient, consistency::Requirement,
    project_service_client::ProjectServiceClient, role_service_client::RoleServiceClient,
};

use crate::harness::{World, everywhere, grpc::mask, run_folder::fresh_name};

everywhere!(
    a_check_at_the_revision_of_a_grant_sees_the_grant,
    a_change_that_changes_nothing_answers_the_revision_as_it_is,
    an_organization_is_answered_with_the_revision_that_the_change_made,
);

async fn a_check_at_the_revision_of_a_grant_sees_the_grant(world: World) {
    let (grpc, organization) = (world.grpc(), world.grpc().organization_named());
    let ada = grpc.create_user("ada").await.id;
    let project = CreateProjectRequest {
        organization: organization.clone(),
        project: Some(Project {
            name: "Sales".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let project = ProjectServiceClient::new(grpc.line())
        .create_project(project)
        .await;
    let project = project.unwrap().into_inner().project.unwrap().id;
    let grant = GrantRoleRequest {
        organization: organization.clone(),
        principal_id: ada.clone(),
        project: project.clone(),
        role: "viewer".into(),
        ..Default::default()
    };
    let granted = RoleServiceClient::new(grpc.line()).grant_role(grant).await;
    let revision = granted.unwrap().into_inner().revision;
    let check = CheckAccessRequest {
        organization,
        check: Some(AccessCheck {
            user_id: ada,
            permission: "project.view".into(),
            project_id: project,
        }),
        consistency: Some(Consistency {
            requirement: Some(Requirement::AtLeastAsFresh(revision)),
        }),
    };
    let checked = AccessServiceClient::new(grpc.line()).check_access(check).await;
    let checked = checked.unwrap().into_inner();
    assert!(checked.allowed && checked.revision >= revision, "{checked:?}");
}

async fn a_change_that_changes_nothing_answers_the_revision_as_it_is(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await;
    let held = grpc.revision().await;
    let update = UpdateUserRequest {
        organization: grpc.organization_named(),
        user: Some(User {
            id: ada.id.clone(),
            user_name: "ada".into(),
            ..Default::default()
        }),
        update_mask: Some(mask(&["user_name"])),
        ..Default::default()
    };
    let updated = grpc.users().update_user(update).await.unwrap().into_inner();
    assert_eq!((updated.revision, grpc.revision().await), (held, held));
    let delete = DeleteUserRequest {
        organization: grpc.organization_named(),
        id: ada.id,
        ..Default::default()
    };
    let deleted = grpc.users().delete_user(delete).await.unwrap().into_inner();
    assert_eq!(deleted.revision, held + 1);
}

async fn an_organization_is_answered_with_the_revision_that_the_change_made(world: World) {
    let root = world.grpc();
    let organization = Organization {
        slug: fresh_name("revised"),
        name: "Other".into(),
        ..Default::default()
    };
    let create = CreateOrganizationRequest {
        organization: Some(organization),
        ..Default::default()
    };
    let created = root.organizations().create_organization(create).await;
    let created = created.unwrap().into_inner();
    let organization = created.organization.unwrap();
    assert_eq!((created.revision, organization.revision), (1, 1));
    let update = UpdateOrganizationRequest {
        organization: Some(Organization {
            name: "Another".into(),
            ..organization
        }),
        update_mask: Some(mask(&["name"])),
        ..Default::default()
    };
    let updated = root.organizations().update_organization(update).await;
    assert_eq!(updated.unwrap().into_inner().revision, 2);
}
