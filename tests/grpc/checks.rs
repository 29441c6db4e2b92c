//! Access checks, as services ask for them.

use identity_proto::v1::{
    AccessCheck, AccessDenial, BatchCheckAccessRequest, CheckAccessRequest, CheckAccessResponse, Consistency,
    CreateProjectRequest, ExplainAccessRequest, GrantRoleRequest, ListEffectiveRolesRequest, Project,
    TypedValue, User, access_service_client::AccessServiceClient, consistency::Requirement,
    project_service_client::ProjectServiceClient, role_service_client::RoleServiceClient,
};
use tonic::{Code, Status};

use crate::harness::{Grpc, ROOT_TOKEN, World, assert_status, everywhere, grpc::named, run};

everywhere!(
    who_is_not_active_or_not_there_may_nothing,
    a_role_permits_what_it_is_named_for_and_what_weaker_ones_permit,
    a_batch_answers_as_single_questions_do,
    an_answer_is_as_fresh_as_asked_for,
    where_a_role_comes_from_is_told_in_data_and_in_words,
    effective_roles_come_in_pages,
    the_command_line_asks_and_explains,
);

/// Permissions of every height.
const PERMISSIONS: [&str; 5] = [
    "organization.view",
    "project.view",
    "project.edit",
    "users.edit",
    "billing.pay",
];

impl Grpc {
    pub(crate) fn access(&self) -> AccessServiceClient<crate::harness::grpc::Line> {
        AccessServiceClient::new(self.line())
    }

    /// Asks whether a user may do something in the organization.
    pub(crate) async fn check(
        &self,
        user: &str,
        permission: &str,
        requirement: Option<Requirement>,
    ) -> Result<CheckAccessResponse, Status> {
        let request = CheckAccessRequest {
            organization: self.organization_named(),
            check: Some(question(user, permission)),
            consistency: Some(Consistency { requirement }),
        };
        Ok(self.access().check_access(request).await?.into_inner())
    }

    async fn may(&self, user: &str, permission: &str) -> bool {
        self.check(user, permission, None)
            .await
            .expect("an answer")
            .allowed
    }
}

fn question(user: &str, permission: &str) -> AccessCheck {
    AccessCheck {
        user_id: user.to_owned(),
        permission: permission.to_owned(),
        project_id: String::new(),
    }
}

fn with_role(name: &str, role: &str) -> User {
    User {
        roles: vec![TypedValue {
            value: role.to_owned(),
            ..TypedValue::default()
        }],
        ..named(name)
    }
}

async fn who_is_not_active_or_not_there_may_nothing(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    assert!(grpc.may(&ada, "organization.view").await);
    let inactive = User {
        id: ada.clone(),
        active: Some(false),
        ..User::default()
    };
    grpc.update_user(inactive, &["active"])
        .await
        .expect("deactivated");
    let answer = grpc
        .check(&ada, "organization.view", None)
        .await
        .expect("an answer");
    assert_eq!(
        (answer.allowed, answer.denial()),
        (false, AccessDenial::UserInactive)
    );
    grpc.delete_user(&ada).await.expect("deleted");
    for nobody in [ada.as_str(), "nobody"] {
        let answer = grpc
            .check(nobody, "organization.view", None)
            .await
            .expect("an answer");
        assert_eq!(answer.denial(), AccessDenial::UserUnknown, "{nobody}");
    }
    let refused = grpc.check(&ada, "no permission", None).await;
    assert_status(refused, Code::InvalidArgument, "FIELD_INVALID");
}

async fn a_role_permits_what_it_is_named_for_and_what_weaker_ones_permit(world: World) {
    let grpc = world.grpc();
    for (role, height) in [("member", 1), ("viewer", 2), ("editor", 3), ("admin", 4)] {
        let user = grpc.try_create(with_role(role, role)).await.expect("a user").id;
        for (at, permission) in PERMISSIONS.iter().enumerate() {
            assert_eq!(
                grpc.may(&user, permission).await,
                at < height,
                "{role} {permission}"
            );
        }
    }
}

async fn a_batch_answers_as_single_questions_do(world: World) {
    let grpc = world.grpc();
    let mut checks = Vec::new();
    for (name, role) in [("ada", "admin"), ("bob", "viewer"), ("cyd", "editor")] {
        let user = grpc.try_create(with_role(name, role)).await.expect("a user").id;
        checks.extend(PERMISSIONS.map(|permission| question(&user, permission)));
    }
    checks.push(question("nobody", "project.view"));
    let request = BatchCheckAccessRequest {
        organization: grpc.organization_named(),
        checks: checks.clone(),
        consistency: None,
    };
    let batch = grpc
        .access()
        .batch_check_access(request)
        .await
        .expect("answers")
        .into_inner();
    assert_eq!(batch.revision, grpc.revision().await);
    for (check, decision) in checks.iter().zip(&batch.decisions) {
        let single = grpc
            .check(&check.user_id, &check.permission, None)
            .await
            .expect("an answer");
        assert_eq!(
            (single.allowed, single.denial),
            (decision.allowed, decision.denial),
            "{check:?}"
        );
    }
    let too_many = BatchCheckAccessRequest {
        organization: grpc.organization_named(),
        checks: vec![question("x", "project.view"); 1001],
        consistency: None,
    };
    let refused = grpc.access().batch_check_access(too_many).await;
    assert_status(refused, Code::ResourceExhausted, "LIMIT_EXCEEDED");
}

async fn an_answer_is_as_fresh_as_asked_for(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    let revision = grpc.revision().await;
    for requirement in [
        Requirement::AtLeastAsFresh(revision),
        Requirement::FullyConsistent(true),
        Requirement::MinimizeLatency(true),
    ] {
        let answer = grpc
            .check(&ada, "organization.view", Some(requirement))
            .await
            .expect("an answer");
        assert_eq!((answer.allowed, answer.revision), (true, revision));
    }
    let later = Some(Requirement::AtLeastAsFresh(revision + 1));
    let refused = grpc.check(&ada, "organization.view", later).await;
    assert_status(refused, Code::InvalidArgument, "FIELD_INVALID");
}

async fn where_a_role_comes_from_is_told_in_data_and_in_words(world: World) {
    let grpc = world.grpc();
    let ada = grpc
        .try_create(with_role("ada", "editor"))
        .await
        .expect("a user")
        .id;
    let request = ExplainAccessRequest {
        organization: grpc.organization_named(),
        user_id: ada.clone(),
        permission: "project.edit".into(),
        ..Default::default()
    };
    let told = grpc
        .access()
        .explain_access(request)
        .await
        .expect("an explanation")
        .into_inner();
    assert_eq!((told.roles.len(), told.roles[0].role.as_str()), (1, "editor"));
    assert_eq!(told.roles[0].origins[0].holder_id, ada);
    assert_eq!(told.sentences.len(), 1);
    assert!(told.sentences[0].contains("\"editor\""), "{:?}", told.sentences);
    let request = ListEffectiveRolesRequest {
        organization: grpc.organization_named(),
        user_id: "nobody".into(),
        ..Default::default()
    };
    let refused = grpc.access().list_effective_roles(request).await;
    assert_status(refused, Code::NotFound, "RESOURCE_NOT_FOUND");
}

async fn effective_roles_come_in_pages(world: World) {
    let grpc = world.grpc();
    let ada = grpc
        .try_create(with_role("ada", "viewer"))
        .await
        .expect("a user")
        .id;
    let mut expected = vec![String::new()];
    for number in 0..4 {
        let request = CreateProjectRequest {
            organization: grpc.organization_named(),
            project: Some(Project {
                name: format!("project-{number}"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let made = ProjectServiceClient::new(grpc.line())
            .create_project(request)
            .await;
        let project = made
            .expect("a project")
            .into_inner()
            .project
            .expect("a project")
            .id;
        let grant = GrantRoleRequest {
            organization: grpc.organization_named(),
            principal_id: ada.clone(),
            project: project.clone(),
            role: "editor".into(),
            ..Default::default()
        };
        RoleServiceClient::new(grpc.line())
            .grant_role(grant)
            .await
            .expect("a grant");
        expected.push(project);
    }
    let mut request = ListEffectiveRolesRequest {
        organization: grpc.organization_named(),
        user_id: ada,
        page_size: 2,
        ..Default::default()
    };
    let (mut projects, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = grpc
            .access()
            .list_effective_roles(request.clone())
            .await
            .expect("a page")
            .into_inner();
        sizes.push(page.roles.len());
        projects.extend(page.roles.into_iter().map(|role| role.project_id));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!((sizes, projects), (vec![2, 2, 1], expected));
    request.user_id = grpc.create_user("bob").await.id;
    let refused = grpc.access().list_effective_roles(request).await;
    assert_status(refused, Code::InvalidArgument, "PAGE_INVALID");
}

async fn the_command_line_asks_and_explains(world: World) {
    world
        .grpc()
        .try_create(with_role("ada", "editor"))
        .await
        .expect("a user");
    let slug = world.organization().slug.clone();
    let variables = [
        ("ROSTER_ENDPOINT", &*world.endpoints().grpc),
        ("ROSTER_TOKEN", ROOT_TOKEN),
    ];
    let ask = |arguments: &[&str]| {
        let output = run(&[&["access"], arguments, &["--org", &slug]].concat(), &variables);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(ask(&["check", "ada", "project.edit"]), "yes\n");
    assert!(ask(&["check", "ada", "users.edit"]).starts_with("no: "));
    assert!(ask(&["explain", "ada"]).contains("\"editor\""));
    assert!(ask(&["roles", "ada"]).contains("editor"));
    assert_eq!(ask(&["projects", "ada"]), "PROJECT\n");
}
