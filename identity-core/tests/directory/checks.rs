//! Access checks, in every form in which they can be asked.

use std::time::Duration;

use futures::future::join_all;
use identity_core::{
    access::{Check, Consistency, Decision, Denial},
    caller::Scope,
    directory::input::{
        GrantRevocation, NewGrant, NewProject, NewRole, PageRequest, ProjectUpdate, RoleUpdate, UserField,
        UserInput,
    },
    error::{Error, Result},
    group::Source,
    id::Id,
    platform::{Platform, Timestamp},
    project::{ProjectKind, ProjectStatus},
    role::{RoleKind, RoleScope},
};

use crate::{
    harness::{ORGANIZATION, World, add, named, on_every_database, remove, update},
    reference_model::Facts,
    seeded_rng::SeededRng,
};

on_every_database![
    a_batch_equals_single_questions_equals_the_explanation_equals_the_reference_model,
    an_answer_is_of_one_moment,
    an_expired_grant_answers_no_without_any_change,
    a_project_that_is_archived_or_gone_answers_no,
    a_remembered_answer_is_at_most_half_a_second_old,
    members_and_projects_are_those_that_checks_say_yes_to,
    an_explanation_names_the_groups_on_the_way,
    an_explanation_names_exactly_the_grants_that_the_answer_hangs_on,
    checks_need_their_scope,
];

const PERMISSIONS: [&str; 6] = [
    "organization.view",
    "project.view",
    "project.edit",
    "project.manage",
    "users.edit",
    "billing.pay",
];

/// Rounds of changes, each with a batch of 1,000 questions, of which 100 are asked one by one too; `ROSTER_TEST_ROUNDS` asks for more.
fn rounds() -> usize {
    let rounds = std::env::var("ROSTER_TEST_ROUNDS").ok();
    rounds.and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// Users, groups and projects that change.
struct Actors {
    users: Vec<Id>,
    groups: Vec<Id>,
    projects: Vec<Id>,
    /// A custom role of the organization, and one of projects; both permit `billing.pay`.
    custom: [String; 2],
}

impl Actors {
    async fn make(world: &World) -> Self {
        let (mut users, mut groups, mut projects) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..8 {
            users.push(world.user(&format!("user-{n}")).await.user.id);
        }
        for n in 0..4 {
            groups.push(world.group(&format!("group-{n}"), &[]).await.id);
        }
        for n in 0..4 {
            projects.push(project(world, &format!("project-{n}")).await);
        }
        let custom = [
            custom_role(world, RoleKind::Organization).await,
            custom_role(world, RoleKind::Project).await,
        ];
        Self {
            users,
            groups,
            projects,
            custom,
        }
    }

    async fn facts(&self, world: &World) -> Facts {
        Facts::read(world, (&self.users, &self.groups, &self.projects)).await
    }

    /// Does something; what is refused (a cycle, a second role) is refused.
    async fn change(&self, world: &World, rng: &mut SeededRng) {
        let place = if rng.below(3) == 0 {
            String::new()
        } else {
            rng.of(&self.projects).to_string()
        };
        let everybody = [&self.users[..], &self.groups[..]].concat();
        let principal = rng.of(&everybody);
        let custom = &*self.custom[usize::from(!place.is_empty())];
        let role = rng.of(&["viewer", "editor", "developer", custom]);
        let _refused = match rng.below(6) {
            0 | 1 => grant(world, principal, (&place, role), None).await,
            2 => revoke(world, principal, (&place, role)).await,
            3 => {
                let group = rng.of(&self.groups);
                let step = if rng.below(3) == 0 {
                    remove(&[principal])
                } else {
                    add(&[principal])
                };
                world.change_members(group, &[step]).await.map(|_| ())
            }
            4 => set_active(world, rng.of(&self.users), rng.below(3) > 0).await,
            _ => {
                let status = rng.of(&[
                    ProjectStatus::Active,
                    ProjectStatus::Active,
                    ProjectStatus::Archived,
                ]);
                set_status(world, rng.of(&self.projects), status).await
            }
        };
    }

    fn question(&self, rng: &mut SeededRng) -> Check {
        let project = RoleScope::Project(rng.of(&self.projects));
        Check {
            user: Some(rng.of(&self.users)),
            permission: rng.of(&PERMISSIONS).to_owned(),
            scope: Some(rng.of(&[RoleScope::Organization, project, project])),
        }
    }
}

async fn custom_role(world: &World, kind: RoleKind) -> String {
    let new = NewRole {
        name: format!("{kind:?} payers"),
        kind,
        permissions: vec!["billing.pay".into()],
    };
    let made = world.directory.create_role(world.root(), ORGANIZATION, new, "");
    made.await.unwrap().id.to_string()
}

async fn project(world: &World, name: &str) -> Id {
    let new = NewProject {
        name: name.into(),
        kind: ProjectKind::Default,
    };
    let made = world
        .directory
        .create_project(world.root(), ORGANIZATION, new, "");
    made.await.unwrap().id
}

async fn set_status(world: &World, project: Id, status: ProjectStatus) -> Result<()> {
    let update = ProjectUpdate {
        id: project.to_string(),
        status: Some(status),
        ..ProjectUpdate::default()
    };
    let updated = world.directory.update_project(world.root(), ORGANIZATION, update);
    updated.await.map(|_| ())
}

async fn grant(
    world: &World,
    principal: Id,
    (project, role): (&str, &str),
    expires_at: Option<Timestamp>,
) -> Result<()> {
    let new = NewGrant {
        principal: principal.to_string(),
        project: project.into(),
        role: role.into(),
        source: Source::Manual,
        expires_at,
    };
    let given = world.directory.grant_role(world.root(), ORGANIZATION, new);
    given.await.map(|_| ())
}

async fn revoke(world: &World, principal: Id, (project, role): (&str, &str)) -> Result<()> {
    let revocation = GrantRevocation {
        principal: principal.to_string(),
        project: project.into(),
        role: role.into(),
        source: None,
    };
    world
        .directory
        .revoke_role(world.root(), ORGANIZATION, revocation)
        .await
}

async fn set_active(world: &World, user: Id, active: bool) -> Result<()> {
    let view = world.get(user).await?;
    let input = UserInput {
        active: Some(active),
        ..UserInput::default()
    };
    world
        .update(update(&view, &[UserField::Active], input))
        .await
        .map(|_| ())
}

fn check(user: Id, permission: &str, scope: RoleScope) -> Check {
    Check {
        user: Some(user),
        permission: permission.into(),
        scope: Some(scope),
    }
}

async fn ask(world: &World, check: Check) -> Decision {
    let decided =
        world
            .directory
            .check_access(world.root(), ORGANIZATION, check, Consistency::FullyConsistent);
    decided.await.unwrap().decision
}

/// Answers a check from the explanation, which is computed for one user alone and in another way.
async fn by_explanation(world: &World, check: &Check) -> bool {
    let (user, scope) = (check.user.unwrap().to_string(), check.scope.unwrap());
    let explained = world
        .directory
        .explain(world.root(), ORGANIZATION, &user, Consistency::FullyConsistent)
        .await
        .unwrap();
    if let RoleScope::Project(id) = scope {
        let id = id.to_string();
        let project = world.directory.get_project(world.root(), ORGANIZATION, &id);
        if project.await.unwrap().status == ProjectStatus::Archived {
            return false;
        }
    }
    explained.access.active && explained.access.permissions(scope).has(&check.permission)
}

async fn a_batch_equals_single_questions_equals_the_explanation_equals_the_reference_model(world: World) {
    let actors = Actors::make(&world).await;
    let mut rng = SeededRng(7);
    for round in 0..rounds() {
        for _ in 0..4 {
            actors.change(&world, &mut rng).await;
        }
        let checks: Vec<_> = (0..1000).map(|_| actors.question(&mut rng)).collect();
        let batch = world
            .directory
            .batch_check_access(
                world.root(),
                ORGANIZATION,
                checks.clone(),
                Consistency::FullyConsistent,
            )
            .await
            .unwrap();
        assert_eq!(batch.revision, world.revision().await);
        let facts = actors.facts(&world).await;
        for (check, decision) in checks.iter().zip(&batch.decisions) {
            let may = *decision == Decision::Allowed;
            assert_eq!(facts.allow(check), may, "round {round}: {check:?}");
        }
        for (check, decision) in checks.iter().zip(&batch.decisions).step_by(10) {
            assert_eq!(
                ask(&world, check.clone()).await,
                *decision,
                "round {round}: {check:?}"
            );
        }
        for (check, decision) in checks.iter().zip(&batch.decisions).step_by(50) {
            let explained = by_explanation(&world, check).await;
            assert_eq!(
                explained,
                *decision == Decision::Allowed,
                "round {round}: {check:?}"
            );
        }
    }
}

/// A role is taken away before it comes to permit more, and given back after it permits less: at no moment is it allowed.
async fn an_answer_is_of_one_moment(world: World) {
    let ada = world.user("ada").await.user.id;
    let role = custom_role(&world, RoleKind::Organization).await;
    permit(&world, &role, "billing.view").await;
    grant(&world, ada, ("", &role), None).await.unwrap();
    let changes = async {
        for _ in 0..60 {
            revoke(&world, ada, ("", &role)).await.unwrap();
            permit(&world, &role, "billing.pay").await;
            permit(&world, &role, "billing.view").await;
            grant(&world, ada, ("", &role), None).await.unwrap();
        }
    };
    let questions = async || {
        loop {
            let answer = ask(&world, check(ada, "billing.pay", RoleScope::Organization)).await;
            assert_eq!(answer, Decision::Denied(Denial::NotGranted));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = changes => {}
        _ = join_all((0..16).map(|_| questions())) => {}
    }
}

async fn permit(world: &World, role: &str, permission: &str) {
    let update = RoleUpdate {
        id: role.into(),
        etag: String::new(),
        name: None,
        permissions: Some(vec![permission.into()]),
    };
    let updated = world.directory.update_role(world.root(), ORGANIZATION, update);
    updated.await.unwrap();
}

async fn an_expired_grant_answers_no_without_any_change(world: World) {
    let (ada, project) = (world.user("ada").await.user.id, project(&world, "p").await);
    let end = Timestamp(world.clock.now().0 + 2_000_000);
    grant(&world, ada, (&project.to_string(), "editor"), Some(end))
        .await
        .unwrap();
    let question = check(ada, "project.edit", RoleScope::Project(project));
    let decided = world
        .directory
        .check_access(
            world.root(),
            ORGANIZATION,
            question.clone(),
            Consistency::FullyConsistent,
        )
        .await
        .unwrap();
    assert_eq!(decided.decision, Decision::Allowed);
    assert_eq!(decided.valid_for, Some(Duration::from_secs(2)));
    world.pass(Duration::from_secs(2));
    assert_eq!(ask(&world, question).await, Decision::Denied(Denial::NotGranted));
}

async fn a_project_that_is_archived_or_gone_answers_no(world: World) {
    let (ada, project) = (world.user("ada").await.user.id, project(&world, "p").await);
    grant(&world, ada, ("", "admin"), None).await.unwrap();
    let question = check(ada, "project.edit", RoleScope::Project(project));
    assert_eq!(ask(&world, question.clone()).await, Decision::Allowed);
    set_status(&world, project, ProjectStatus::Archived)
        .await
        .unwrap();
    assert_eq!(
        ask(&world, question.clone()).await,
        Decision::Denied(Denial::ProjectArchived)
    );
    let id = project.to_string();
    world
        .directory
        .delete_project(world.root(), ORGANIZATION, &id, "")
        .await
        .unwrap();
    assert_eq!(
        ask(&world, question).await,
        Decision::Denied(Denial::ProjectUnknown)
    );
}

async fn a_remembered_answer_is_at_most_half_a_second_old(world: World) {
    let ada = world.user("ada").await.user.id;
    let remembering = async || {
        let question = check(ada, "organization.view", RoleScope::Organization);
        let decided =
            world
                .directory
                .check_access(world.root(), ORGANIZATION, question, Consistency::MinimizeLatency);
        decided.await.unwrap().decision
    };
    assert_eq!(remembering().await, Decision::Allowed);
    set_active(&world, ada, false).await.unwrap();
    world.pass(Duration::from_millis(500));
    assert_eq!(remembering().await, Decision::Denied(Denial::UserInactive));
}

async fn members_and_projects_are_those_that_checks_say_yes_to(world: World) {
    let actors = Actors::make(&world).await;
    let mut rng = SeededRng(11);
    for _ in 0..40 {
        actors.change(&world, &mut rng).await;
    }
    let page = PageRequest::default;
    for user in &actors.users {
        let wanted = (&*user.to_string(), "project.view");
        let listed = world
            .directory
            .accessible_projects(world.root(), ORGANIZATION, wanted, page());
        let (listed, _) = listed.await.unwrap();
        for project in &actors.projects {
            let question = check(*user, "project.view", RoleScope::Project(*project));
            let may = ask(&world, question).await == Decision::Allowed;
            assert_eq!(listed.items.contains(project), may);
        }
    }
    for project in &actors.projects {
        let id = project.to_string();
        let members = world
            .directory
            .project_members(world.root(), ORGANIZATION, &id, page());
        for (user, role) in members.await.unwrap().0.items {
            // A custom role need not let anybody view the project.
            if Id::parse(&role).is_none() {
                let question = check(user, "project.view", RoleScope::Project(*project));
                assert_eq!(ask(&world, question).await, Decision::Allowed);
            }
        }
    }
}

async fn an_explanation_names_the_groups_on_the_way(world: World) {
    let ada = world.create(named("ada")).await.unwrap().user.id;
    let inner = world.group("Inner", &[ada]).await.id;
    let outer = world.group("Outer", &[inner]).await.id;
    grant(&world, outer, ("", "editor"), None).await.unwrap();
    let mut explained = world
        .directory
        .explain(
            world.root(),
            ORGANIZATION,
            &ada.to_string(),
            Consistency::FullyConsistent,
        )
        .await
        .unwrap();
    explained.about(None, Some("project.edit"));
    let origins = &explained.access.organization.grants;
    assert_eq!((origins.len(), &origins[0].through[..]), (1, &[inner, outer][..]));
    let expected = "ada holds \"editor\" in the organization through group \"Inner\", which belongs to group \"Outer\", given by hand";
    assert_eq!(explained.sentences(), [expected]);
}

/// Lists the grants that an explanation names for the permission, each once even if it counts in several
/// ways.
async fn named_grants(world: &World, question: &Check) -> Vec<(Id, String, String)> {
    let user = question.user.unwrap().to_string();
    let explained = world
        .directory
        .explain(world.root(), ORGANIZATION, &user, Consistency::FullyConsistent);
    let mut explained = explained.await.unwrap();
    explained.about(question.scope, Some(&question.permission));
    let in_projects = explained.access.projects.values();
    let holdings = std::iter::once(&explained.access.organization).chain(in_projects);
    let grants = holdings.flat_map(|holding| &holding.grants);
    let mut named: Vec<_> = grants
        .map(|traced| {
            let key = &traced.grant.key;
            let project = match key.scope {
                RoleScope::Organization => String::new(),
                RoleScope::Project(id) => id.to_string(),
            };
            (key.principal_id, project, key.role.clone())
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// Without all that it names the answer is no, so it leaves none out; and with one of them alone, whichever the lot falls on, it is yes, so
/// it names none too many.
async fn an_explanation_names_exactly_the_grants_that_the_answer_hangs_on(world: World) {
    let actors = Actors::make(&world).await;
    let (mut rng, mut hung_on) = (SeededRng(13), 0);
    for _ in 0..100 {
        for _ in 0..6 {
            actors.change(&world, &mut rng).await;
        }
        let question = Check {
            permission: rng.of(&["project.edit", "billing.pay"]).to_owned(),
            ..actors.question(&mut rng)
        };
        if ask(&world, question.clone()).await != Decision::Allowed {
            continue;
        }
        let mut named = named_grants(&world, &question).await;
        let last = rng.below(named.len());
        named.rotate_left(last);
        for (principal, project, role) in named {
            assert_eq!(ask(&world, question.clone()).await, Decision::Allowed);
            revoke(&world, principal, (&project, &role)).await.unwrap();
            hung_on += 1;
        }
        let answer = ask(&world, question.clone()).await;
        assert_eq!(answer, Decision::Denied(Denial::NotGranted), "{question:?}");
    }
    assert!(hung_on > 20, "{hung_on}");
}

async fn checks_need_their_scope(world: World) {
    let ada = world.user("ada").await.user.id;
    let service = world.service(&[Scope::UsersRead]).await;
    let question = check(ada, "project.view", RoleScope::Organization);
    let refused = world
        .directory
        .check_access(&service, "", question, Consistency::FullyConsistent)
        .await;
    assert!(matches!(refused, Err(Error::Forbidden("access:read"))));
}
