//! Roles that users hold by their own list: what values mean, and how many there may be.

use identity_core::{
    caller::Call,
    directory::input::{
        GrantQuery, GrantRevocation, NewGrant, NewProject, PageRequest, UpdateMode, UserField, UserInput,
    },
    error::{Result, Rule},
    group::Source,
    id::Id,
    platform::{Platform, Timestamp},
    project::{Project, ProjectKind},
    role::Grant,
    user::UserView,
};

use crate::harness::{
    ORGANIZATION, World, assert_broken, assert_invalid, assert_not_found, assert_taken, named,
    on_every_database, update, with_roles,
};

on_every_database![
    a_role_in_a_project_is_told_with_names_that_follow_the_project,
    a_role_in_a_preview_project_is_refused_as_a_value_and_survives_them,
    a_value_that_stands_for_no_role_is_dropped,
    unknown_values_are_kept_or_all_named_in_the_refusal,
    an_unknown_role_is_refused_to_all_but_identity_providers,
    exactly_one_organization_role_and_one_in_each_project,
    a_new_user_gets_the_default_role_where_exactly_one_is_held,
    what_a_provisioning_client_says_of_roles_can_be_without_effect,
    a_catalog_of_an_organization_takes_the_place_of_the_built_in_one,
    a_role_given_manually_is_one_of_the_users_own,
    a_role_given_for_a_time_is_not_and_ends,
    a_role_of_a_deleted_project_is_told_no_more,
    roles_of_groups_count_for_their_members,
    the_last_admin_through_a_group_stays_one,
    a_ceiling_holds_for_roles_and_memberships,
    a_group_can_be_a_role,
    the_older_way_to_say_the_role_works_beside_roles,
];

impl World {
    pub(crate) async fn project(&self, name: &str, kind: ProjectKind) -> Project {
        let new = NewProject {
            name: name.into(),
            kind,
        };
        let made = self.directory.create_project(self.root(), ORGANIZATION, new, "");
        made.await.unwrap()
    }

    pub(crate) async fn grant(&self, new: NewGrant) -> Result<Grant> {
        self.directory.grant_role(self.root(), ORGANIZATION, new).await
    }

    pub(crate) async fn revoke(&self, revocation: GrantRevocation) -> Result<()> {
        self.directory
            .revoke_role(self.root(), ORGANIZATION, revocation)
            .await
    }

    pub(crate) async fn grants_of(&self, principal: Id) -> Vec<Grant> {
        let query = GrantQuery {
            principal: principal.to_string(),
            ..GrantQuery::default()
        };
        let page = PageRequest::default();
        let grants = self.directory.list_grants(self.root(), ORGANIZATION, query, page);
        grants.await.unwrap().items
    }

    async fn set_roles(&self, user: &UserView, roles: &[&str]) -> Result<UserView> {
        let change = update(user, &[UserField::Roles], with_roles("", roles));
        self.update(change).await
    }
}

/// A permanent role in the organization, given manually.
pub(crate) fn given(principal: Id, role: &str) -> NewGrant {
    NewGrant {
        principal: principal.to_string(),
        project: String::new(),
        role: role.into(),
        source: Source::Manual,
        expires_at: None,
    }
}

/// The same, to be taken away.
pub(crate) fn taken(principal: Id, role: &str) -> GrantRevocation {
    GrantRevocation {
        principal: principal.to_string(),
        project: String::new(),
        role: role.into(),
        source: None,
    }
}

pub(crate) fn values(user: &UserView) -> Vec<String> {
    let roles = user.user.profile.roles.iter();
    roles.map(|role| role.value.clone()).collect()
}

async fn a_role_in_a_project_is_told_with_names_that_follow_the_project(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await;
    let value = format!("{}:editor", project.id);
    let ada = world
        .create(with_roles("ada", &["viewer", &value]))
        .await
        .unwrap();
    let role = &ada.user.profile.roles[1];
    assert_eq!(role.display.as_deref(), Some("Apollo - editor"));
    assert_eq!(role.kind.as_deref(), Some("Project - Apollo"));
    let renamed = identity_core::directory::input::ProjectUpdate {
        id: project.id.to_string(),
        name: Some("Artemis".into()),
        ..Default::default()
    };
    let done = world
        .directory
        .update_project(world.root(), ORGANIZATION, renamed);
    done.await.unwrap();
    let again = world.get(ada.user.id).await.unwrap();
    assert_eq!(again.user.profile.roles[1].value, value);
    assert_eq!(
        again.user.profile.roles[1].kind.as_deref(),
        Some("Project - Artemis")
    );
}

async fn a_role_in_a_preview_project_is_refused_as_a_value_and_survives_them(world: World) {
    let preview = world.project("Preview", ProjectKind::Preview).await;
    let ada = world.create(with_roles("ada", &["viewer"])).await.unwrap();
    let value = format!("{}:editor", preview.id);
    assert_invalid(world.set_roles(&ada, &[&value]).await, "roles[0].value");
    let mut new = given(ada.user.id, "editor");
    new.project = "preview".into();
    world.grant(new).await.unwrap();
    let after = world.set_roles(&ada, &["admin"]).await.unwrap();
    assert_eq!(values(&after), ["admin"]);
    let roles: Vec<_> = world
        .grants_of(ada.user.id)
        .await
        .into_iter()
        .map(|it| it.key.role)
        .collect();
    assert_eq!(roles, ["admin", "editor"]);
}

async fn a_value_that_stands_for_no_role_is_dropped(world: World) {
    let ada = world.create(with_roles("ada", &["viewer", "x:NO-Role"])).await;
    assert_eq!(values(&ada.unwrap()), ["viewer"]);
}

async fn unknown_values_are_kept_or_all_named_in_the_refusal(world: World) {
    let scim = world.scim().await;
    let ada = world
        .create_as(&scim, with_roles("ada", &["viewer", "wizard"]))
        .await;
    let ada = ada.unwrap();
    assert_eq!(values(&ada), ["viewer", "wizard"]);
    assert_eq!(ada.organization_role, "viewer");
    world.policy(&[("roles.unknown_values", "reject")]).await;
    let roles = update(&ada, &[UserField::Roles], with_roles("", &["wizard", "witch"]));
    let refused = world.update_as(&scim, roles).await;
    let text = format!("{:?}", refused.as_ref().unwrap_err());
    assert!(text.contains("wizard") && text.contains("witch"), "{text}");
    assert_invalid(refused, "roles");
}

async fn an_unknown_role_is_refused_to_all_but_identity_providers(world: World) {
    let refused = world.create(with_roles("ada", &["viewer", "wizard"])).await;
    assert_invalid(refused, "roles[1].value");
    let ada = world.create(with_roles("ada", &["viewer"])).await.unwrap();
    let gone = format!("{}:editor", Id(uuid::Uuid::from_u128(7)));
    for role in ["wizard", "Viewer", &gone] {
        assert_invalid(world.set_roles(&ada, &["viewer", role]).await, "roles[1].value");
    }
    assert_eq!(values(&world.get(ada.user.id).await.unwrap()), ["viewer"]);
}

async fn exactly_one_organization_role_and_one_in_each_project(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await;
    world.policy(&[("roles.max_per_scope", "1")]).await;
    let [viewer, editor] = ["viewer", "editor"].map(|role| format!("{}:{role}", project.id));
    let ada = world
        .create(with_roles("ada", &["viewer", &viewer]))
        .await
        .unwrap();
    for roles in [
        &["viewer", "editor"][..],
        &[&viewer],
        &["viewer", &viewer, &editor],
    ] {
        assert_invalid(world.set_roles(&ada, roles).await, "roles");
    }
    let ada = world.set_roles(&ada, &["editor", &editor]).await.unwrap();
    assert_eq!(values(&ada), ["editor", &editor]);
    assert!(ada.user.profile.roles[0].primary && !ada.user.profile.roles[1].primary);
}

async fn a_new_user_gets_the_default_role_where_exactly_one_is_held(world: World) {
    let implicit = world.user("implicit").await;
    assert_eq!(
        (values(&implicit).len(), implicit.organization_role.as_str()),
        (0, "member")
    );
    world.policy(&[("roles.max_per_scope", "1")]).await;
    let explicit = world.user("explicit").await;
    assert_eq!(values(&explicit), ["member"]);
    assert_eq!(world.grants_of(explicit.user.id).await[0].key.role, "member");
    assert_eq!(values(&world.get(implicit.user.id).await.unwrap()), ["member"]);
}

async fn what_a_provisioning_client_says_of_roles_can_be_without_effect(world: World) {
    world.policy(&[("roles.source", "core_only")]).await;
    let idp = world.scim().await;
    let revision = world.revision().await;
    let input = with_roles("ada", &["admin"]);
    let ada = world.directory.create_user(&idp, ORGANIZATION, input, "").await;
    let ada = ada.unwrap();
    assert_eq!(
        (values(&ada).len(), ada.organization_role.as_str()),
        (0, "member")
    );
    let entries = world.changes_after(revision).await;
    assert!(
        entries[0].detail.ignored[0].contains("roles.source"),
        "{entries:?}"
    );
    let change = update(&ada, &[UserField::Roles], with_roles("", &["admin"]));
    let after = world
        .directory
        .update_user(&idp, ORGANIZATION, change)
        .await
        .unwrap();
    assert_eq!(after.organization_role, "member");
    let replay = identity_core::directory::input::UserUpdate {
        mode: UpdateMode::Replace,
        ..update(
            &ada,
            &[UserField::UserName, UserField::Roles],
            with_roles("ada", &["admin"]),
        )
    };
    let revision = world.revision().await;
    world
        .directory
        .update_user(&idp, ORGANIZATION, replay)
        .await
        .unwrap();
    assert_eq!(world.revision().await, revision, "a replay is no change");
}

async fn a_catalog_of_an_organization_takes_the_place_of_the_built_in_one(world: World) {
    // One catalog with the names of both lies between them, so that somebody can have the last role of the new one.
    let both = "basic,manager,member,viewer,interactive_viewer,editor,developer,admin";
    world.policy(&[("roles.catalog", both)]).await;
    let ada = world
        .create(with_roles("ada", &["admin", "manager"]))
        .await
        .unwrap();
    world
        .policy(&[("roles.catalog", "basic,manager"), ("roles.default_org", "basic")])
        .await;
    assert_eq!(world.get(ada.user.id).await.unwrap().organization_role, "manager");
    assert_eq!(world.user("bob").await.organization_role, "basic");
    assert_broken(world.set_roles(&ada, &["basic"]).await, &Rule::LastAdmin);
    let other = identity_core::directory::input::PolicyUpdate {
        settings: vec![
            ("roles.catalog".into(), "a,b".into()),
            ("roles.default_org".into(), "a".into()),
        ],
        ..Default::default()
    };
    let refused = world
        .directory
        .update_policy(world.root(), ORGANIZATION, other)
        .await;
    assert_broken(refused, &Rule::LastAdmin);
}

async fn a_role_given_manually_is_one_of_the_users_own(world: World) {
    let ada = world.user("ada").await;
    let given_role = world.grant(given(ada.user.id, "editor")).await.unwrap();
    let after = world.get(ada.user.id).await.unwrap();
    assert_eq!((values(&after), after.user.version), (vec!["editor".into()], 2));
    assert_eq!(given_role.key.source, Source::Manual);
    let revision = world.revision().await;
    world.grant(given(ada.user.id, "editor")).await.unwrap();
    assert_eq!(world.revision().await, revision);
    world.revoke(taken(ada.user.id, "editor")).await.unwrap();
    assert_eq!(values(&world.get(ada.user.id).await.unwrap()).len(), 0);
    assert_not_found(world.revoke(taken(ada.user.id, "editor")).await);
    assert_invalid(world.grant(given(ada.user.id, "wizard")).await, "role");
}

async fn a_role_given_for_a_time_is_not_and_ends(world: World) {
    let ada = world.user("ada").await;
    let end = Timestamp(world.clock.now().0 + 3_600_000_000);
    let mut new = given(ada.user.id, "editor");
    new.expires_at = Some(end);
    world.grant(new.clone()).await.unwrap();
    let during = world.get(ada.user.id).await.unwrap();
    assert_eq!(
        (values(&during).len(), during.organization_role.as_str()),
        (0, "editor")
    );
    world.pass(std::time::Duration::from_hours(1));
    assert_eq!(world.get(ada.user.id).await.unwrap().organization_role, "member");
    assert_invalid(world.grant(new).await, "expire_time");
    world.grant(given(ada.user.id, "viewer")).await.unwrap();
    let mut again = given(ada.user.id, "viewer");
    again.expires_at = Some(Timestamp(world.clock.now().0 + 1));
    assert_taken(world.grant(again).await, "role");
}

async fn a_role_of_a_deleted_project_is_told_no_more(world: World) {
    let project = world.project("Apollo", ProjectKind::Default).await;
    let value = format!("{}:editor", project.id);
    let ada = world
        .create(with_roles("ada", &["viewer", &value]))
        .await
        .unwrap();
    let id = project.id.to_string();
    let gone = world
        .directory
        .delete_project(world.root(), ORGANIZATION, &id, "");
    gone.await.unwrap();
    let after = world.get(ada.user.id).await.unwrap();
    assert_eq!(values(&after), ["viewer"]);
    assert_eq!(world.grants_of(ada.user.id).await.len(), 1);
    let renamed = UserInput {
        user_name: "lovelace".into(),
        ..named("")
    };
    world.policy(&[("roles.unknown_values", "reject")]).await;
    let change = update(&ada, &[UserField::UserName], renamed);
    assert_eq!(values(&world.update(change).await.unwrap()), ["viewer"]);
}

async fn roles_of_groups_count_for_their_members(world: World) {
    let ada = world.user("ada").await;
    let inner = world.group("Inner", &[ada.user.id]).await;
    let outer = world.group("Outer", &[inner.id]).await;
    world.grant(given(outer.id, "editor")).await.unwrap();
    let shown = world.get(ada.user.id).await.unwrap();
    assert_eq!(
        (values(&shown).len(), shown.organization_role.as_str()),
        (0, "editor")
    );
    let id = ada.user.id.to_string();
    let access = world.directory.effective_access(world.root(), ORGANIZATION, &id);
    let access = access.await.unwrap();
    assert!(access.organization.permissions.has("project.edit"));
    assert_eq!(access.organization.grants[0].through, [inner.id, outer.id]);
    assert_eq!(access.revision, world.revision().await);
    world.revoke(taken(outer.id, "editor")).await.unwrap();
    assert_eq!(world.get(ada.user.id).await.unwrap().organization_role, "member");
}

async fn the_last_admin_through_a_group_stays_one(world: World) {
    let ada = world.user("ada").await;
    let inner = world.group("Inner", &[ada.user.id]).await;
    let outer = world.group("Outer", &[inner.id]).await;
    world.grant(given(outer.id, "admin")).await.unwrap();
    let revision = world.revision().await;
    let asleep = UserInput {
        active: Some(false),
        ..UserInput::default()
    };
    let last = &Rule::LastAdmin;
    assert_broken(
        world.update(update(&ada, &[UserField::Active], asleep)).await,
        last,
    );
    assert_broken(world.delete(ada.user.id).await, last);
    assert_broken(world.revoke(taken(outer.id, "admin")).await, last);
    let leave = crate::harness::remove(&[ada.user.id]);
    assert_broken(world.change_members(inner.id, &[leave]).await, last);
    let empty = crate::harness::replace(&[]);
    assert_broken(world.change_members(outer.id, &[empty]).await, last);
    for group in [inner.id, outer.id] {
        let id = group.to_string();
        let deleted = world
            .directory
            .delete_group(world.root(), ORGANIZATION, &id, "")
            .await;
        assert_broken(deleted, last);
    }
    assert_eq!(world.revision().await, revision);
    world.create(with_roles("bob", &["admin"])).await.unwrap();
    world.delete(ada.user.id).await.unwrap();
}

async fn a_ceiling_holds_for_roles_and_memberships(world: World) {
    // The group is not the connection's own.
    world.policy(&[("adopt", "on_match")]).await;
    let idp = world.scim().await;
    let admins = world.group("Admins", &[]).await;
    world.grant(given(admins.id, "admin")).await.unwrap();
    let connections = world
        .directory
        .list_connections(world.root(), ORGANIZATION, PageRequest::default());
    let id = connections.await.unwrap().items[0].id.to_string();
    let ceiling = identity_core::directory::input::ConnectionUpdate {
        id,
        max_role: Some(Some("editor".into())),
        ..Default::default()
    };
    let set = world
        .directory
        .update_connection(world.root(), ORGANIZATION, ceiling);
    set.await.unwrap();
    let create = async |call: &Call, role: &str| {
        let input = with_roles(role, &[role]);
        world.directory.create_user(call, ORGANIZATION, input, "").await
    };
    let editor = create(&idp, "editor").await.unwrap();
    let above = create(&idp, "admin").await;
    assert!(format!("{above:?}").contains("RoleCeiling"), "{above:?}");
    create(world.root(), "admin").await.unwrap();
    let join = identity_core::directory::input::GroupUpdate {
        id: admins.id.to_string(),
        member_changes: vec![crate::harness::add(&[editor.user.id])],
        ..Default::default()
    };
    let joined = world.directory.update_group(&idp, ORGANIZATION, join).await;
    assert!(format!("{joined:?}").contains("RoleCeiling"), "{joined:?}");
}

async fn a_group_can_be_a_role(world: World) {
    world.policy(&[("groups.project_to", "roles")]).await;
    let idp = world.scim().await;
    let ada = world.user("ada").await;
    let input = identity_core::directory::input::GroupInput {
        display_name: "Payers".into(),
        ..Default::default()
    };
    let members = vec![ada.user.id.to_string()];
    let group = world
        .directory
        .create_group(&idp, ORGANIZATION, input, members, "")
        .await
        .unwrap();
    let id = ada.user.id.to_string();
    let access = async || {
        let access = world.directory.effective_access(world.root(), ORGANIZATION, &id);
        access.await.unwrap().organization
    };
    let before = access().await;
    assert!(
        before
            .grants
            .iter()
            .any(|it| it.grant.key.source == Source::Group)
    );
    assert!(!before.permissions.has("billing.pay"));
    let role_id = group.id.to_string();
    let permit = identity_core::directory::input::RoleUpdate {
        id: role_id.clone(),
        permissions: Some(vec!["billing.pay".into()]),
        ..Default::default()
    };
    let permitted = world.directory.update_role(world.root(), ORGANIZATION, permit);
    assert_eq!(permitted.await.unwrap().name, "Payers");
    assert!(access().await.permissions.has("billing.pay"));
    world.set_roles(&ada, &["viewer"]).await.unwrap();
    assert!(access().await.permissions.has("billing.pay"));
    let deleted = world.directory.delete_group(&idp, ORGANIZATION, &role_id, "");
    deleted.await.unwrap();
    assert!(!access().await.permissions.has("billing.pay"));
    let gone = world
        .directory
        .get_role(world.root(), ORGANIZATION, &role_id)
        .await;
    assert_not_found(gone);
}

async fn the_older_way_to_say_the_role_works_beside_roles(world: World) {
    const URN: &str = "urn:example:params:scim:schemas:extension:2.0:User";
    world.policy(&[("extensions.legacy_role_urn", URN)]).await;
    let older = |name: &str, role: &str| {
        let mut input = named(name);
        let role = serde_json::json!({ "role": role });
        input.profile.extensions.insert(URN.into(), role);
        input
    };
    let ada = world.create(older("ada", "editor")).await.unwrap();
    assert_eq!(
        (values(&ada), ada.organization_role.as_str()),
        (vec!["editor".into()], "editor")
    );
    assert_eq!(ada.user.profile.extensions[URN]["role"], "editor");
    let change = update(&ada, &[UserField::Extensions], older("", "viewer"));
    let ada = world.update(change).await.unwrap();
    assert_eq!(values(&ada), ["viewer"]);
    let mut both = older("", "editor");
    both.profile.roles = with_roles("", &["admin"]).profile.roles;
    let change = update(&ada, &[UserField::Roles, UserField::Extensions], both);
    assert_invalid(world.update(change).await, &format!("{URN}:role"));
    // A client that changes one of the two and sends the other back as it read it.
    let mut echoed = older("", "viewer");
    echoed.profile.roles = with_roles("", &["editor"]).profile.roles;
    let change = update(&ada, &[UserField::Roles, UserField::Extensions], echoed);
    let ada = world.update(change).await.unwrap();
    assert_eq!(values(&ada), ["editor"]);
    let mut echoed = older("", "admin");
    echoed.profile.roles = with_roles("", &["editor"]).profile.roles;
    let change = update(&ada, &[UserField::Roles, UserField::Extensions], echoed);
    assert_eq!(values(&world.update(change).await.unwrap()), ["admin"]);
    let schemas = world.directory.list_schemas(world.root(), ORGANIZATION).await;
    assert_eq!(schemas.unwrap()[0].urn, URN);
}
