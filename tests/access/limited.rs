//! Callers that are limited to projects: nothing else exists for them, and nothing in the whole organization is theirs.

use identity_proto::v1::{
    AccessCheck, BatchCheckAccessRequest, CheckAccessRequest, CreateProjectRequest, CreateTokenRequest,
    GetProjectRequest, GrantRoleRequest, ListAccessibleProjectsRequest, ListGrantsRequest,
    ListProjectMembersRequest, ListProjectsRequest, Project, RevokeRoleRequest, Token, TokenKind,
    UpdateProjectRequest, access_service_client::AccessServiceClient,
    project_service_client::ProjectServiceClient, role_service_client::RoleServiceClient,
};
use tonic::Code;

use super::table::all_scopes;
use crate::harness::{
    Grpc, World, assert_status, create_token, everywhere, grpc::Line, grpc::mask, run_folder::fresh_name,
};

everywhere!(
    a_limited_caller_reads_and_changes_its_projects_alone,
    a_limited_caller_gives_roles_in_its_projects_alone,
    a_limited_caller_asks_about_its_projects_alone,
    the_name_of_another_project_tells_nothing,
    a_limited_caller_throws_its_limit_off_in_no_way,
);

/// A caller with every scope, limited to one of two projects.
struct Limited {
    root: Grpc,
    caller: Grpc,
    own: String,
    other: String,
    user: String,
}

impl Limited {
    async fn new(world: &World) -> Self {
        let root = world.grpc();
        let (own, other) = (project(&root).await, project(&root).await);
        let token = Token {
            scopes: all_scopes().into_iter().map(str::to_owned).collect(),
            project_ids: vec![own.clone()],
            ..Default::default()
        };
        let (_, secret) = create_token(&root, TokenKind::Service, token).await;
        Self {
            caller: root.with_token(&secret),
            user: root.create_user(&fresh_name("ada")).await.id,
            root,
            own,
            other,
        }
    }

    fn organization(&self) -> String {
        self.root.organization_named()
    }

    fn projects(&self) -> ProjectServiceClient<Line> {
        ProjectServiceClient::new(self.caller.line())
    }

    fn roles(&self) -> RoleServiceClient<Line> {
        RoleServiceClient::new(self.caller.line())
    }

    fn access(&self) -> AccessServiceClient<Line> {
        AccessServiceClient::new(self.caller.line())
    }

    fn grant(&self, project: &str) -> GrantRoleRequest {
        GrantRoleRequest {
            organization: self.organization(),
            principal_id: self.user.clone(),
            role: "viewer".into(),
            project: project.to_owned(),
            ..Default::default()
        }
    }

    fn check(&self, project: &str) -> AccessCheck {
        AccessCheck {
            user_id: self.user.clone(),
            permission: "project.view".into(),
            project_id: project.to_owned(),
        }
    }
}

async fn project(root: &Grpc) -> String {
    project_named(root, &fresh_name("project")).await
}

async fn project_named(root: &Grpc, name: &str) -> String {
    let request = CreateProjectRequest {
        organization: root.organization_named(),
        project: Some(Project {
            name: name.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = ProjectServiceClient::new(root.line())
        .create_project(request)
        .await;
    let made = made.expect("a new project").into_inner();
    made.project.expect("a project").id
}

async fn a_limited_caller_reads_and_changes_its_projects_alone(world: World) {
    let it = Limited::new(&world).await;
    let get = |id: &str| GetProjectRequest {
        organization: it.organization(),
        id: id.to_owned(),
    };
    it.projects()
        .get_project(get(&it.own))
        .await
        .expect("its project");
    let hidden = it.projects().get_project(get(&it.other)).await;
    assert_status(hidden, Code::NotFound, "RESOURCE_NOT_FOUND");
    let request = ListProjectsRequest {
        organization: it.organization(),
        ..Default::default()
    };
    let listed = it
        .projects()
        .list_projects(request)
        .await
        .expect("a list")
        .into_inner();
    let ids: Vec<_> = listed.projects.into_iter().map(|project| project.id).collect();
    assert_eq!(ids, std::slice::from_ref(&it.own));
    let update = |id: &str| UpdateProjectRequest {
        organization: it.organization(),
        project: Some(Project {
            id: id.to_owned(),
            name: fresh_name("renamed"),
            ..Default::default()
        }),
        update_mask: Some(mask(&["name"])),
        ..Default::default()
    };
    it.projects()
        .update_project(update(&it.own))
        .await
        .expect("its project");
    let hidden = it.projects().update_project(update(&it.other)).await;
    assert_status(hidden, Code::NotFound, "RESOURCE_NOT_FOUND");
}

async fn a_limited_caller_gives_roles_in_its_projects_alone(world: World) {
    let it = Limited::new(&world).await;
    let revoke = |project: &str| RevokeRoleRequest {
        organization: it.organization(),
        principal_id: it.user.clone(),
        role: "viewer".into(),
        project: project.to_owned(),
        ..Default::default()
    };
    let list = |project: &str, principal: &str| ListGrantsRequest {
        organization: it.organization(),
        principal_id: principal.to_owned(),
        project: project.to_owned(),
        ..Default::default()
    };
    let mut root = RoleServiceClient::new(it.root.line());
    root.grant_role(it.grant(&it.other)).await.expect("a role");
    let before = it.root.revision().await;
    for project in ["", &it.other] {
        let (code, reason) = if project.is_empty() {
            (Code::PermissionDenied, "CALLER_NOT_ALLOWED")
        } else {
            (Code::NotFound, "RESOURCE_NOT_FOUND")
        };
        assert_status(it.roles().grant_role(it.grant(project)).await, code, reason);
        assert_status(it.roles().revoke_role(revoke(project)).await, code, reason);
        for principal in ["", &it.user] {
            assert_status(
                it.roles().list_grants(list(project, principal)).await,
                code,
                reason,
            );
        }
    }
    assert_eq!(it.root.revision().await, before);
    it.roles().grant_role(it.grant(&it.own)).await.expect("a role");
    let listed = it
        .roles()
        .list_grants(list(&it.own, &it.user))
        .await
        .expect("a list");
    assert_eq!(listed.into_inner().grants.len(), 1);
    it.roles().revoke_role(revoke(&it.own)).await.expect("no role");
}

async fn a_limited_caller_asks_about_its_projects_alone(world: World) {
    let it = Limited::new(&world).await;
    // In the organization, and so in every project.
    let mut root = RoleServiceClient::new(it.root.line());
    root.grant_role(it.grant("")).await.expect("a role");
    let one = |project: &str| CheckAccessRequest {
        organization: it.organization(),
        check: Some(it.check(project)),
        ..Default::default()
    };
    let many = |projects: [&str; 2]| BatchCheckAccessRequest {
        organization: it.organization(),
        checks: projects.map(|project| it.check(project)).to_vec(),
        ..Default::default()
    };
    it.access().check_access(one(&it.own)).await.expect("an answer");
    let both = it.access().batch_check_access(many([&it.own, &it.own])).await;
    both.expect("answers");
    for (project, code, reason) in [
        ("", Code::PermissionDenied, "CALLER_NOT_ALLOWED"),
        (&*it.other, Code::NotFound, "RESOURCE_NOT_FOUND"),
    ] {
        assert_status(it.access().check_access(one(project)).await, code, reason);
        let one_of_them = it.access().batch_check_access(many([&it.own, project])).await;
        assert_status(one_of_them, code, reason);
    }
    let members = |project: &str| ListProjectMembersRequest {
        organization: it.organization(),
        project_id: project.to_owned(),
        ..Default::default()
    };
    it.access()
        .list_project_members(members(&it.own))
        .await
        .expect("a list");
    let hidden = it.access().list_project_members(members(&it.other)).await;
    assert_status(hidden, Code::NotFound, "RESOURCE_NOT_FOUND");
    let request = ListAccessibleProjectsRequest {
        organization: it.organization(),
        user_id: it.user.clone(),
        ..Default::default()
    };
    let listed = it
        .access()
        .list_accessible_projects(request)
        .await
        .expect("a list");
    assert_eq!(listed.into_inner().project_ids, std::slice::from_ref(&it.own));
}

async fn the_name_of_another_project_tells_nothing(world: World) {
    let it = Limited::new(&world).await;
    let (taken, free) = (fresh_name("taken"), fresh_name("free"));
    let id = project_named(&it.root, &taken).await;
    let mut told = Vec::new();
    for name in [&taken, &free] {
        let get = GetProjectRequest {
            organization: it.organization(),
            id: name.clone(),
        };
        let list = ListGrantsRequest {
            organization: it.organization(),
            project: name.clone(),
            ..Default::default()
        };
        let members = ListProjectMembersRequest {
            organization: it.organization(),
            project_id: name.clone(),
            ..Default::default()
        };
        let check = CheckAccessRequest {
            organization: it.organization(),
            check: Some(it.check(name)),
            ..Default::default()
        };
        let refused = [
            it.projects().get_project(get).await.map(|_| ()),
            it.roles().grant_role(it.grant(name)).await.map(|_| ()),
            it.roles().list_grants(list).await.map(|_| ()),
            it.access().list_project_members(members).await.map(|_| ()),
        ];
        for refused in refused {
            let status = refused.expect_err("a refusal");
            assert_eq!(status.code(), Code::NotFound, "{status:?}");
            let details = String::from_utf8_lossy(status.details());
            assert!(
                !status.message().contains(&id) && !details.contains(&id),
                "{status:?}"
            );
        }
        let answer = it
            .access()
            .check_access(check)
            .await
            .expect("an answer")
            .into_inner();
        told.push((answer.allowed, answer.denial));
    }
    assert_eq!(told[0], told[1]);
}

async fn a_limited_caller_throws_its_limit_off_in_no_way(world: World) {
    let it = Limited::new(&world).await;
    for project_ids in [vec![], vec![it.own.clone()], vec![it.other.clone()]] {
        let request = CreateTokenRequest {
            organization: it.organization(),
            token: Some(Token {
                kind: TokenKind::Service.into(),
                name: fresh_name("token"),
                scopes: vec!["projects:read".into()],
                project_ids,
                ..Default::default()
            }),
            ..Default::default()
        };
        let refused = it.caller.tokens().create_token(request).await;
        assert_status(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    }
}
