//! The list of roles, with what they permit.

use identity_proto::v1::{
    CreateRoleRequest, DeleteRoleRequest, GetRoleRequest, ListRolesRequest, Role, RoleScope, RoleSource,
    role_service_client::RoleServiceClient,
};
use tonic::Code;

use crate::harness::{World, assert_status, everywhere};

everywhere!(
    all_roles_are_listed_with_what_they_permit,
    a_predefined_role_is_named_and_not_changed,
);

async fn all_roles_are_listed_with_what_they_permit(world: World) {
    let grpc = world.grpc();
    let mut roles = RoleServiceClient::new(grpc.line());
    let custom = CreateRoleRequest {
        organization: grpc.organization_named(),
        role: Some(Role {
            name: "Auditor".into(),
            scope: RoleScope::Project.into(),
            permissions: vec!["audit.read".into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let custom = roles
        .create_role(custom)
        .await
        .unwrap()
        .into_inner()
        .role
        .unwrap();
    let mut listed = Vec::new();
    let mut request = ListRolesRequest {
        organization: grpc.organization_named(),
        page_size: 4,
        ..Default::default()
    };
    loop {
        let page = roles.list_roles(request.clone()).await.unwrap().into_inner();
        assert!(page.roles.len() <= 4);
        listed.extend(page.roles);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let ids: Vec<_> = listed.iter().map(|role| &*role.id).collect();
    let predefined = [
        "member",
        "viewer",
        "interactive_viewer",
        "editor",
        "developer",
        "admin",
    ];
    assert_eq!(ids, [&predefined[..], &[&*custom.id]].concat());
    for (weak, strong) in listed[..6].iter().zip(&listed[1..6]) {
        assert_eq!(strong.source(), RoleSource::Predefined);
        assert!(weak.permissions.iter().all(|it| strong.permissions.contains(it)));
    }
    assert_eq!(listed[0].scope(), RoleScope::Organization);
    assert_eq!(listed[3].scope(), RoleScope::Any);
    assert_eq!(listed[6], custom);
    assert_eq!(custom.source(), RoleSource::Custom);
}

async fn a_predefined_role_is_named_and_not_changed(world: World) {
    let grpc = world.grpc();
    let mut roles = RoleServiceClient::new(grpc.line());
    let request = |id: &str| GetRoleRequest {
        organization: grpc.organization_named(),
        id: id.into(),
    };
    let admin = roles.get_role(request("admin")).await.unwrap().into_inner();
    let admin = admin.role.unwrap();
    assert!(
        admin.permissions.contains(&"organization.edit".to_owned()),
        "{admin:?}"
    );
    let unknown = roles.get_role(request("emperor")).await;
    assert_status(unknown, Code::NotFound, "RESOURCE_NOT_FOUND");
    let delete = DeleteRoleRequest {
        organization: grpc.organization_named(),
        id: "admin".into(),
        ..Default::default()
    };
    let refused = roles.delete_role(delete).await;
    assert_status(refused, Code::InvalidArgument, "FIELD_READ_ONLY");
}
