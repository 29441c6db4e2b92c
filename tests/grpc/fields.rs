//! The names of things in requests, and of wrong fields in refusals.

use identity_proto::v1::{
    AccessCheck, AccessDecision, AccessDenial, BatchCheckAccessRequest, BatchGetUsersRequest,
    CheckAccessRequest, Comparison, ComparisonOperator, CreateGroupRequest, CreateProjectRequest,
    DeleteProjectRequest, Filter, FilterValue, Group, IntrospectTokenRequest, ListUsersRequest,
    LookupUserRequest, MemberChange, MemberIds, Name, Project, ProjectStatus, RevokeTokenRequest, TypedValue,
    UpdateGroupRequest, UpdateProjectRequest, User, access_service_client::AccessServiceClient,
    filter::Condition, filter_value::Kind, lookup_user_request::Key, member_change::Change,
    project_service_client::ProjectServiceClient,
};
use serde_json::json;
use tonic::Code;

use crate::harness::{
    Grpc, World, assert_status, everywhere,
    grpc::{mask, named, violated},
    scim::text,
};

everywhere!(
    a_refusal_names_the_field_by_its_path_in_the_request,
    what_a_request_is_about_must_be_named,
    an_unknown_role_is_refused_and_over_scim_kept,
    an_unknown_member_is_refused_and_over_scim_passed_over,
    a_malformed_question_of_a_batch_is_answered_apart,
    a_key_of_several_users_finds_none,
    a_project_is_named_by_its_id_or_its_name,
    an_update_without_a_mask_gives_what_has_a_value,
    a_mask_names_fields_and_parts_of_them,
    filters_and_orders_name_attributes_as_fields_or_as_in_json,
);

async fn a_refusal_names_the_field_by_its_path_in_the_request(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await;
    let long = User {
        title: "x".repeat(2000),
        ..named("bob")
    };
    assert_eq!(violated(grpc.try_create(long).await), "user.title");
    let refused = grpc.update_user(ada.clone(), &["create_time"]).await;
    assert_eq!(violated(refused), "user.create_time");
    assert_eq!(
        violated(grpc.try_create_group("", &[]).await),
        "group.display_name"
    );
    let list = |request: ListUsersRequest| grpc.list_users(request);
    let negative = ListUsersRequest {
        page_size: -1,
        ..Default::default()
    };
    assert_eq!(violated(list(negative).await), "page_size");
    let damaged = ListUsersRequest {
        page_token: "x".into(),
        ..Default::default()
    };
    assert_eq!(violated(list(damaged).await), "page_token");
    let unordered = ListUsersRequest {
        order_by: "title, user_name".into(),
        ..Default::default()
    };
    assert_eq!(violated(list(unordered).await), "order_by");
    assert_eq!(violated(list(equal("shoe_size", "7")).await), "filter");
    let scim = world.scim();
    let path = format!("/Users/{}", text(&scim.create_user("eve").await["id"]));
    let refused = scim.patch(
        &path,
        json!([{"op": "replace", "path": "userName", "value": "x".repeat(3000)}]),
    );
    let detail = text(&refused.await.expect(400)["detail"]);
    assert!(detail.starts_with("Operations[0]: userName: "), "{detail}");
}

fn role(value: &str) -> TypedValue {
    TypedValue {
        value: value.into(),
        ..Default::default()
    }
}

async fn what_a_request_is_about_must_be_named(world: World) {
    let grpc = world.grpc();
    let organization = world.organization().slug.clone();
    let batch = BatchGetUsersRequest {
        organization: organization.clone(),
        ids: vec!["x".into(), String::new()],
    };
    let introspection = IntrospectTokenRequest {
        organization: organization.clone(),
        ..Default::default()
    };
    let revocation = RevokeTokenRequest {
        organization,
        ..Default::default()
    };
    assert_eq!(violated(grpc.users().batch_get_users(batch).await), "ids[1]");
    assert_eq!(
        violated(grpc.tokens().introspect_token(introspection).await),
        "token"
    );
    assert_eq!(violated(grpc.tokens().revoke_token(revocation).await), "token");
}

async fn an_unknown_role_is_refused_and_over_scim_kept(world: World) {
    let (grpc, scim) = (world.grpc(), world.scim());
    world.set_policy(&[("manual_updates", "allow")]).await;
    let roles = |roles: &[&str], user: User| User {
        roles: roles.iter().map(|value| role(value)).collect(),
        ..user
    };
    let refused = grpc.try_create(roles(&["editor", "emperor"], named("ada"))).await;
    assert_eq!(violated(refused), "user.roles[1].value");
    let ada = grpc.try_create(roles(&["editor"], named("ada"))).await.unwrap();
    let refused = grpc
        .update_user(roles(&["emperor"], ada.clone()), &["roles"])
        .await;
    assert_eq!(violated(refused), "user.roles[0].value");
    assert_eq!(grpc.user(&ada.id).await, ada);
    let bob = scim.create_user("bob").await;
    let patch = json!([{"op": "add", "path": "roles", "value": [{"value": "emperor"}]}]);
    let id = text(&bob["id"]);
    scim.patch(&format!("/Users/{id}"), patch).await.expect(200);
    // What an identity provider gave stays when somebody else changes the roles beside it.
    let bob = grpc.user(&id).await;
    assert!(bob.roles.iter().any(|it| it.value == "emperor"), "{bob:?}");
    let more = roles(&["emperor", "viewer"], bob);
    grpc.update_user(more, &["roles"]).await.unwrap();
}

async fn an_unknown_member_is_refused_and_over_scim_passed_over(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    let gone = grpc.create_user("gone").await.id;
    grpc.delete_user(&gone).await.unwrap();
    for unknown in ["nope", &gone] {
        let refused = grpc.try_create_group("Team", &[&ada, unknown]).await;
        assert_eq!(violated(refused), "member_ids[1]");
    }
    let group = grpc.try_create_group("Team", &[]).await.unwrap();
    let step = |change: fn(MemberIds) -> Change, ids: &[&str]| MemberChange {
        change: Some(change(MemberIds {
            ids: ids.iter().map(ToString::to_string).collect(),
        })),
    };
    let update = |member_changes| UpdateGroupRequest {
        group: Some(group.clone()),
        update_mask: Some(mask(&["display_name"])),
        member_changes,
        ..Default::default()
    };
    let steps = vec![step(Change::Add, &[&ada]), step(Change::Replace, &[&ada, "nope"])];
    let refused = grpc.update_group(update(steps)).await;
    assert_eq!(violated(refused), "member_changes[1].replace.ids[1]");
    assert!(grpc.member_ids(&group.id).await.is_empty());
    let taken = vec![step(Change::Remove, &["nope"]), step(Change::Add, &[&ada])];
    grpc.update_group(update(taken)).await.unwrap();
    let made = world.scim().create_group("Others", &["nope"]).await;
    assert!(grpc.member_ids(&text(&made["id"])).await.is_empty());
}

fn check(user: &str, permission: &str, project: &str) -> AccessCheck {
    AccessCheck {
        user_id: user.to_owned(),
        permission: permission.to_owned(),
        project_id: project.to_owned(),
    }
}

async fn a_malformed_question_of_a_batch_is_answered_apart(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    let request = BatchCheckAccessRequest {
        organization: grpc.organization_named(),
        checks: vec![
            check(&ada, "project.view", ""),
            check(&ada, "Project View", ""),
            check("", "project.view", ""),
            check("nobody", "project.view", ""),
            check(&ada, "", ""),
        ],
        ..Default::default()
    };
    let answer = AccessServiceClient::new(grpc.line())
        .batch_check_access(request)
        .await;
    let decisions = answer.expect("an answer for each").into_inner().decisions;
    let denials: Vec<_> = decisions.iter().map(AccessDecision::denial).collect();
    let malformed = AccessDenial::CheckMalformed;
    assert_eq!(
        denials[1..],
        [malformed, malformed, AccessDenial::UserUnknown, malformed]
    );
    assert_ne!(denials[0], malformed);
    assert!(decisions[1..].iter().all(|decision| !decision.allowed));
}

async fn a_key_of_several_users_finds_none(world: World) {
    let grpc = world.grpc();
    for name in ["ada", "bob"] {
        let emails = vec![role("shared@example.com")];
        let user = User {
            emails,
            ..named(name)
        };
        grpc.try_create(user).await.unwrap();
    }
    let request = LookupUserRequest {
        organization: grpc.organization_named(),
        key: Some(Key::Email("shared@example.com".into())),
    };
    let refused = grpc.users().lookup_user(request).await;
    assert_status(refused, Code::FailedPrecondition, "SEVERAL_USERS");
}

async fn project(grpc: &Grpc, name: &str) -> Project {
    let request = CreateProjectRequest {
        organization: grpc.organization_named(),
        project: Some(Project {
            name: name.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = ProjectServiceClient::new(grpc.line())
        .create_project(request)
        .await;
    made.expect("a new project").into_inner().project.unwrap()
}

async fn a_project_is_named_by_its_id_or_its_name(world: World) {
    let grpc = world.grpc();
    let admin = User {
        roles: vec![role("admin")],
        ..named("ada")
    };
    let ada = grpc.try_create(admin).await.unwrap().id;
    let sales = project(&grpc, "Sales").await;
    let mut projects = ProjectServiceClient::new(grpc.line());
    for name in [&*sales.id, "sales"] {
        let request = CheckAccessRequest {
            organization: grpc.organization_named(),
            check: Some(check(&ada, "project.view", name)),
            ..Default::default()
        };
        let checked = AccessServiceClient::new(grpc.line()).check_access(request).await;
        assert!(checked.unwrap().into_inner().allowed, "{name}");
        let archive = UpdateProjectRequest {
            organization: grpc.organization_named(),
            project: Some(Project {
                id: name.into(),
                status: ProjectStatus::Active.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        projects.update_project(archive).await.expect(name);
    }
    let delete = DeleteProjectRequest {
        organization: grpc.organization_named(),
        id: "Sales".into(),
        ..Default::default()
    };
    projects.delete_project(delete.clone()).await.unwrap();
    assert_status(
        projects.delete_project(delete).await,
        Code::NotFound,
        "RESOURCE_NOT_FOUND",
    );
}

async fn an_update_without_a_mask_gives_what_has_a_value(world: World) {
    let grpc = world.grpc();
    let made = project(&grpc, "Sales").await;
    // As it was read, with a new name: what only the server sets is passed over.
    let renamed = UpdateProjectRequest {
        organization: grpc.organization_named(),
        project: Some(Project {
            name: "Markets".into(),
            ..made.clone()
        }),
        ..Default::default()
    };
    let mut projects = ProjectServiceClient::new(grpc.line());
    let updated = projects.update_project(renamed).await.unwrap().into_inner();
    let updated = updated.project.unwrap();
    assert_eq!((&*updated.name, updated.status), ("Markets", made.status));
    let group = grpc.try_create_group("Team", &[]).await.unwrap();
    let renamed = UpdateGroupRequest {
        group: Some(Group {
            display_name: "Crew".into(),
            ..group
        }),
        ..Default::default()
    };
    assert_eq!(grpc.update_group(renamed).await.unwrap().display_name, "Crew");
}

async fn a_mask_names_fields_and_parts_of_them(world: World) {
    let grpc = world.grpc();
    let name = |given: &str, family: &str| Name {
        given_name: given.into(),
        family_name: family.into(),
        ..Default::default()
    };
    let user = User {
        name: Some(name("Augusta", "King")),
        title: "Countess".into(),
        ..named("ada")
    };
    let ada = grpc.try_create(user).await.unwrap();
    let change = |path: &'static str| {
        let user = User {
            id: ada.id.clone(),
            name: Some(name("Ada", "ignored")),
            ..Default::default()
        };
        let grpc = grpc.clone();
        async move { grpc.update_user(user, &[path]).await }
    };
    for path in ["name.given_name", "name.givenName"] {
        let changed = change(path).await.unwrap();
        assert_eq!(changed.name.unwrap(), name("Ada", "King"));
        assert_eq!(changed.title, "Countess");
    }
    assert_eq!(violated(change("emails.value").await), "update_mask");
    let whole = User {
        id: ada.id.clone(),
        ..named("ada")
    };
    let replaced = grpc.update_user(whole, &["*"]).await.unwrap();
    assert_eq!((replaced.name, replaced.title), (None, String::new()));
}

fn equal(attribute: &str, value: &str) -> ListUsersRequest {
    ListUsersRequest {
        filter: Some(Filter {
            condition: Some(Condition::Comparison(Comparison {
                attribute: attribute.into(),
                operator: ComparisonOperator::Equal.into(),
                value: Some(FilterValue {
                    kind: Some(Kind::StringValue(value.into())),
                }),
            })),
        }),
        ..Default::default()
    }
}

async fn filters_and_orders_name_attributes_as_fields_or_as_in_json(world: World) {
    let grpc = world.grpc();
    let ada = grpc.create_user("ada").await.id;
    grpc.create_user("bob").await;
    let request = CreateGroupRequest {
        organization: grpc.organization_named(),
        group: Some(Group {
            display_name: "Team".into(),
            ..Default::default()
        }),
        member_ids: vec![ada.clone()],
        ..Default::default()
    };
    let group = grpc.groups().create_group(request).await.unwrap().into_inner();
    let group = group.group.unwrap().id;
    for (attribute, value) in [
        ("user_name", "ada"),
        ("userName", "ada"),
        ("groups.id", &*group),
        ("groups.value", &*group),
        ("groups.display_name", "team"),
        ("groups.displayName", "team"),
    ] {
        let (found, _) = grpc.list_users(equal(attribute, value)).await.expect(attribute);
        let ids: Vec<_> = found.iter().map(|user| &*user.id).collect();
        assert_eq!(ids, [&*ada], "{attribute}");
    }
    let backwards = ListUsersRequest {
        order_by: "userName desc".into(),
        ..Default::default()
    };
    let (found, _) = grpc.list_users(backwards).await.unwrap();
    assert_eq!(found[0].user_name, "bob");
}
