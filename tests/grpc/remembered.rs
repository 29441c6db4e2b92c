//! The client that remembers against the server, while chance changes everything that decides.

use identity_client::{Checks, Client, Freshness, Options, Question};
use identity_proto::v1::{
    AccessCheck, BatchCheckAccessRequest, CreateProjectRequest, GrantRoleRequest, Group, MemberChange,
    MemberIds, Project, ProjectStatus, RevokeRoleRequest, TypedValue, UpdateGroupRequest,
    UpdateProjectRequest, User, member_change::Change, project_service_client::ProjectServiceClient,
    role_service_client::RoleServiceClient,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tonic::Status;

use crate::harness::{Grpc, World, everywhere, grpc::mask, grpc::named};

everywhere!(the_client_that_remembers_answers_as_the_server_does_after_any_changes,);

const PERMISSIONS: [&str; 5] = [
    "organization.view",
    "project.view",
    "project.edit",
    "project.develop",
    "users.edit",
];

/// Changes, each with all questions; `ROSTER_TEST_ROUNDS` asks for more.
fn rounds() -> usize {
    let rounds = std::env::var("ROSTER_TEST_ROUNDS").ok();
    rounds.and_then(|text| text.parse().ok()).unwrap_or(60)
}

/// Users, groups and projects that change.
struct Fixture {
    grpc: Grpc,
    users: Vec<String>,
    groups: Vec<String>,
    projects: Vec<String>,
}

impl Fixture {
    async fn make(world: &World) -> Self {
        let mut fixture = Self {
            grpc: world.grpc(),
            users: Vec::new(),
            groups: Vec::new(),
            projects: Vec::new(),
        };
        let grpc = &fixture.grpc;
        // So that nobody of those who change is the last admin.
        grpc.try_create(User {
            roles: vec![role("admin")],
            ..named("owner")
        })
        .await
        .expect("an admin");
        for n in 0..4 {
            fixture.users.push(grpc.create_user(&format!("p{n}")).await.id);
        }
        for n in 0..3 {
            let group = grpc.try_create_group(&format!("g{n}"), &[]).await;
            fixture.groups.push(group.expect("a group").id);
        }
        for n in 0..2 {
            let project = Project {
                name: format!("project-{n}"),
                ..Default::default()
            };
            let request = CreateProjectRequest {
                organization: grpc.organization_named(),
                project: Some(project),
                ..Default::default()
            };
            let made = ProjectServiceClient::new(grpc.line())
                .create_project(request)
                .await;
            let made = made.expect("a project").into_inner().project;
            fixture.projects.push(made.expect("a project").id);
        }
        fixture
    }

    /// Does something; what is refused (a circle of groups, a role that nobody holds) is refused.
    async fn change(&mut self, rng: &mut StdRng) {
        let principals = [&self.users[..], &self.groups[..]].concat();
        let principal = principals.choose(rng).expect("somebody").clone();
        let user = rng.random_range(0..self.users.len());
        let _refused = match rng.random_range(0..8) {
            0 => self.set_roles(&self.users[user], rng).await,
            1 | 2 => self.grant(principal, rng).await,
            3 => self.revoke(principal, rng).await,
            4 | 5 => self.change_member(principal, rng).await,
            6 => self.set_status(rng).await,
            _ if rng.random_ratio(1, 4) => {
                self.grpc.delete_user(&self.users[user]).await.expect("deleted");
                let name = format!("new-{}", rng.random::<u32>());
                self.users[user] = self.grpc.create_user(&name).await.id;
                Ok(())
            }
            _ => self.set_active(&self.users[user], rng.random_ratio(2, 3)).await,
        };
    }

    async fn set_roles(&self, user: &str, rng: &mut StdRng) -> Result<(), Status> {
        let change = User {
            id: user.to_owned(),
            roles: vec![role(any_role(rng))],
            ..User::default()
        };
        self.grpc.update_user(change, &["roles"]).await.map(drop)
    }

    async fn set_active(&self, user: &str, active: bool) -> Result<(), Status> {
        let change = User {
            id: user.to_owned(),
            active: Some(active),
            ..User::default()
        };
        self.grpc.update_user(change, &["active"]).await.map(drop)
    }

    async fn grant(&self, principal_id: String, rng: &mut StdRng) -> Result<(), Status> {
        let request = GrantRoleRequest {
            organization: self.grpc.organization_named(),
            principal_id,
            project: self.any_project(rng),
            role: any_role(rng).to_owned(),
            ..Default::default()
        };
        let mut roles = RoleServiceClient::new(self.grpc.line());
        roles.grant_role(request).await.map(drop)
    }

    async fn revoke(&self, principal_id: String, rng: &mut StdRng) -> Result<(), Status> {
        let request = RevokeRoleRequest {
            organization: self.grpc.organization_named(),
            principal_id,
            project: self.any_project(rng),
            role: any_role(rng).to_owned(),
            ..Default::default()
        };
        let mut roles = RoleServiceClient::new(self.grpc.line());
        roles.revoke_role(request).await.map(drop)
    }

    async fn change_member(&self, member: String, rng: &mut StdRng) -> Result<(), Status> {
        let ids = MemberIds { ids: vec![member] };
        let change = if rng.random_ratio(2, 3) {
            Change::Add(ids)
        } else {
            Change::Remove(ids)
        };
        let request = UpdateGroupRequest {
            group: Some(Group {
                id: self.groups.choose(rng).expect("a group").clone(),
                ..Default::default()
            }),
            member_changes: vec![MemberChange { change: Some(change) }],
            ..Default::default()
        };
        self.grpc.update_group(request).await.map(drop)
    }

    async fn set_status(&self, rng: &mut StdRng) -> Result<(), Status> {
        let status = [ProjectStatus::Active, ProjectStatus::Archived];
        let request = UpdateProjectRequest {
            organization: self.grpc.organization_named(),
            project: Some(Project {
                id: self.projects.choose(rng).expect("a project").clone(),
                status: (*status.choose(rng).expect("one")).into(),
                ..Default::default()
            }),
            update_mask: Some(mask(&["status"])),
            ..Default::default()
        };
        let mut projects = ProjectServiceClient::new(self.grpc.line());
        projects.update_project(request).await.map(drop)
    }

    /// A project, or the organization.
    fn any_project(&self, rng: &mut StdRng) -> String {
        let places = [&self.projects[..], &[String::new()]].concat();
        places.choose(rng).expect("a place").clone()
    }

    fn questions(&self) -> Vec<AccessCheck> {
        let mut questions = Vec::new();
        for user_id in &self.users {
            for project_id in self.projects.iter().chain([&String::new()]) {
                questions.extend(PERMISSIONS.map(|permission| AccessCheck {
                    user_id: user_id.clone(),
                    permission: permission.to_owned(),
                    project_id: project_id.clone(),
                }));
            }
        }
        questions
    }

    async fn assert_same(&self, checks: &Checks, round: usize) {
        let request = BatchCheckAccessRequest {
            organization: self.grpc.organization_named(),
            checks: self.questions(),
            consistency: None,
        };
        let asked = request.checks.clone();
        let told = self.grpc.access().batch_check_access(request).await;
        let told = told.expect("answers").into_inner();
        for (check, decision) in asked.iter().zip(&told.decisions) {
            let question = Question {
                user: &check.user_id,
                permission: &check.permission,
                project: &check.project_id,
            };
            let fresh = Freshness::AtLeast(told.revision);
            let cached = checks.check(&question, fresh).await.expect("an answer");
            assert_eq!(cached.allowed, decision.allowed, "round {round}: {check:?}");
            assert!(cached.revision >= told.revision);
        }
    }
}

fn role(value: &str) -> TypedValue {
    TypedValue {
        value: value.to_owned(),
        ..TypedValue::default()
    }
}

fn any_role(rng: &mut StdRng) -> &'static str {
    let roles = ["viewer", "editor", "developer", "admin"];
    roles.choose(rng).expect("a role")
}

/// Each change is asked about at its revision: whatever is remembered must have heard of it by then.
async fn the_client_that_remembers_answers_as_the_server_does_after_any_changes(world: World) {
    let token = world.service_token(&["access:read", "changes:read"]).await;
    let client = Client::new(&Options::new(&world.endpoints().grpc, &token)).expect("a client");
    let checks = client.checks("");
    let mut fixture = Fixture::make(&world).await;
    let mut rng = StdRng::seed_from_u64(7);
    for round in 0..rounds() {
        fixture.change(&mut rng).await;
        fixture.assert_same(&checks, round).await;
    }
    assert!(checks.followed_revision().is_some(), "the stream is heard");
}
