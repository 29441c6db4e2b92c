//! After any sequence of changes through a connection with a ceiling nobody has gained a permission above it, and nobody who had one is
//! changed, under the policies of all
//! presets and with what an administrator does in between: rules, roles of groups, another catalog, another default role.

use std::collections::BTreeMap;

use identity_core::{
    caller::Call,
    directory::input::{
        ConnectionUpdate, GroupField, GroupInput, GroupUpdate, ListRequest, MemberChange, NewGrant,
        NewMapping, NewProject, NewRole, OrganizationUpdate, PageRequest, PolicyUpdate, UpdateMode,
        UserField, UserInput, UserUpdate,
    },
    error::{Error, Result, Rule},
    group::Source,
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    project::ProjectKind,
    role::{Permissions, RoleKind},
    user::TypedValue,
};

use crate::{
    harness::{World, on_every_database, scim_token},
    seeded_rng::SeededRng,
};

on_every_database![nobody_gains_above_the_ceiling_by_any_changes];

const PRESETS: [&str; 6] = [
    "default",
    "lightdash",
    "dbt",
    "lightrun",
    "client_platform",
    "strict_rfc",
];
/// Changes in a sequence.
const STEPS: usize = 40;
const PEOPLE: usize = 6;
const TEAMS: [&str; 6] = [
    "Admins",
    "x-admins",
    "Editors",
    "eu-editors",
    "People",
    "Everyone",
];
/// A name that no catalog has at first, and that only the connection gives.
const LATER: &str = "owner";

/// Sequences on each database.
fn rounds() -> u64 {
    let is_full = std::env::var("ROSTER_TEST_SCALE").is_ok_and(|scale| scale == "full");
    if is_full { 1000 } else { 12 }
}

async fn nobody_gains_above_the_ceiling_by_any_changes(world: World) {
    let (mut done, mut above) = (0, 0);
    for seed in 0..rounds() {
        let mut scenario = Scenario::new(&world, seed).await;
        for step in 0..STEPS {
            let at = format!("seed {seed}, step {step}");
            if scenario.rng.one_in(6) {
                scenario.administer().await;
                scenario.assert_later_is_nobodys(&at).await;
                continue;
            }
            let (before, versions) = (scenario.held().await, scenario.versions().await);
            match scenario.provision().await {
                Ok(()) => done += 1,
                Err(Error::RuleBroken(Rule::RoleCeiling { .. })) => above += 1,
                Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => panic!("{at}: {error:?}"),
                Err(_refused) => {}
            }
            scenario.assert_nothing_gained(&before, &at).await;
            scenario.assert_unmanaged_above(&before, &versions, &at).await;
        }
    }
    let steps = rounds() * STEPS as u64;
    eprintln!("{done} of {steps} changes were made, {above} were above the ceiling");
    assert!(
        done * 4 > steps && above * 50 > steps,
        "{done}, {above} of {steps}"
    );
}

/// A permission and its place; `None`: in the organization.
type HeldPermissions = BTreeMap<(Id, Option<Id>), Permissions>;

/// An organization, and a connection with a ceiling.
struct Scenario<'w> {
    world: &'w World,
    organization: String,
    idp: Call,
    ceiling: &'static str,
    rng: SeededRng,
    projects: Vec<Id>,
    customs: Vec<String>,
}

impl<'w> Scenario<'w> {
    async fn new(world: &'w World, seed: u64) -> Self {
        let preset = PRESETS[usize::try_from(seed).unwrap() % PRESETS.len()];
        let organization = format!("org-{seed}");
        world.found(&organization, preset).await;
        let mut rng = SeededRng(seed);
        let ceiling = if preset == "lightrun" {
            "basic"
        } else {
            rng.of(&["viewer", "editor", "developer"])
        };
        let (directory, root) = (&world.directory, world.root());
        let facts = OrganizationUpdate {
            organization: organization.clone(),
            sso_enabled: Some(true),
            rbac_enabled: Some(true),
            ..OrganizationUpdate::default()
        };
        directory.update_organization(root, facts).await.unwrap();
        let token = directory.create_token(root, &organization, scim_token("idp"), "");
        let secret = token.await.unwrap().1;
        let mut scenario = Self {
            world,
            idp: world.caller(&secret.0).await,
            organization,
            ceiling,
            rng,
            projects: Vec::new(),
            customs: Vec::new(),
        };
        scenario.furnish().await;
        scenario.lower_ceiling().await;
        scenario
    }

    fn root(&self) -> &'w Call {
        self.world.root()
    }

    async fn set(&self, settings: &[(&str, &str)]) -> Result<()> {
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()));
        let update = PolicyUpdate {
            settings: settings.collect(),
            ..PolicyUpdate::default()
        };
        let directory = &self.world.directory;
        directory
            .update_policy(self.root(), &self.organization, update)
            .await?;
        Ok(())
    }

    /// Settings by lot that open ways to roles, and what an organization has before its identity provider comes.
    async fn furnish(&mut self) {
        let settings = [
            ("adopt", ["on_match", "explicit"]),
            ("create.revive", ["inactive_and_deleted", "never"]),
            ("deactivation.effect", ["strip", "suspend"]),
            ("defaults.apply_to_scim_users", ["true", "false"]),
            ("delete.mode", ["soft", "deactivate"]),
            ("email.trust", ["trusted", "untrusted"]),
            ("groups.adopt_by_name", ["true", "false"]),
            ("groups.project_to", ["groups,roles", "groups"]),
            ("groups.sync", ["true", "true"]),
            ("groups.unique_names", ["true", "false"]),
            ("match.order", ["email,user_name", "external_id,user_name"]),
            ("reactivation.restore", ["previous", "none"]),
            ("roles.source", ["scim_roles", "scim_roles"]),
            ("roles.unknown_values", ["keep", "keep"]),
        ];
        for (key, values) in settings {
            let value = self.rng.of(&values);
            // Some presets refuse some of them.
            let _refused = self.set(&[(key, value)]).await;
        }
        let (directory, root) = (&self.world.directory, self.root());
        let organization = self.organization.clone();
        let project = NewProject {
            name: "Apollo".into(),
            kind: ProjectKind::Default,
        };
        let project = directory.create_project(root, &organization, project, "");
        self.projects.push(project.await.unwrap().id);
        for (kind, permission) in [
            (RoleKind::Organization, "billing.pay"),
            (RoleKind::Organization, "project.view"),
            (RoleKind::Project, "billing.pay"),
        ] {
            let role = NewRole {
                name: format!("custom-{}", self.customs.len()),
                kind,
                permissions: vec![permission.into()],
            };
            let role = directory
                .create_role(root, &organization, role, "")
                .await
                .unwrap();
            self.customs.push(role.id.to_string());
        }
        for at in 0..PEOPLE {
            let mut input = self.any_person(at);
            if at == 0 {
                input.profile.roles = vec![text(&self.admin().await)];
            }
            let _refused = directory.create_user(root, &organization, input, "").await;
        }
        for _ in 0..3 {
            self.administer().await;
        }
    }

    async fn lower_ceiling(&self) {
        let (directory, root) = (&self.world.directory, self.root());
        let page = PageRequest::default();
        let connections = directory.list_connections(root, &self.organization, page);
        let update = ConnectionUpdate {
            id: connections.await.unwrap().items[0].id.to_string(),
            max_role: Some(Some(self.ceiling.into())),
            ..ConnectionUpdate::default()
        };
        let updated = directory.update_connection(root, &self.organization, update);
        updated.await.unwrap();
    }

    async fn catalog(&self) -> Vec<String> {
        let organization = self
            .world
            .directory
            .get_organization(self.root(), &self.organization);
        organization.await.unwrap().policy.catalog().names().to_vec()
    }

    async fn admin(&self) -> String {
        self.catalog().await.pop().unwrap()
    }

    /// A rule, a role of a group or user, another catalog or default role.
    async fn administer(&mut self) {
        let (directory, root) = (&self.world.directory, self.root());
        let organization = self.organization.clone();
        let catalog = self.catalog().await;
        match self.rng.below(6) {
            0 => {
                let matcher = match self.rng.below(3) {
                    0 => GroupMatcher::Pattern("*-admins".into()),
                    1 => GroupMatcher::ExternalId("x-1".into()),
                    _ => GroupMatcher::Name(self.rng.of(&TEAMS).into()),
                };
                let role = catalog[self.rng.below(catalog.len())].clone();
                let new = NewMapping {
                    position: None,
                    matcher,
                    target: MappingTarget::Role(role),
                };
                let _refused = directory.create_mapping_rule(root, &organization, new, "").await;
            }
            1 => {
                let input = self.any_group();
                let _refused = directory
                    .create_group(root, &organization, input, Vec::new(), "")
                    .await;
            }
            2 => {
                let mut names = catalog;
                if let Some(at) = names.iter().position(|name| name == LATER) {
                    names.remove(at);
                } else {
                    names.insert(names.len() - 1, LATER.into());
                }
                let _refused = self.set(&[("roles.catalog", &names.join(","))]).await;
            }
            3 => {
                let name = self.rng.of(&TEAMS);
                let _refused = self.set(&[("defaults.groups", name)]).await;
            }
            4 => {
                // Seldom a strong one: above the ceiling nothing is provisioned.
                let strong = self.rng.one_in(3);
                let at = if strong { self.rng.below(catalog.len()) } else { 0 };
                let _refused = self.set(&[("roles.default_org", &catalog[at])]).await;
            }
            _ => {
                let Some(principal) = self.anybody(&[]).await else {
                    return;
                };
                let custom = self.customs[self.rng.below(self.customs.len())].clone();
                let known = catalog.iter().filter(|name| *name != LATER).cloned();
                let roles: Vec<String> = known.chain([custom]).collect();
                let new = NewGrant {
                    principal: principal.to_string(),
                    project: ["", "Apollo"][self.rng.below(2)].into(),
                    role: roles[self.rng.below(roles.len())].clone(),
                    source: Source::Manual,
                    expires_at: None,
                };
                let _refused = directory.grant_role(root, &organization, new).await;
            }
        }
    }

    /// Does through the connection what an identity provider can do.
    async fn provision(&mut self) -> Result<()> {
        let directory = &self.world.directory;
        let (idp, organization) = (self.idp.clone(), self.organization.clone());
        let at = self.rng.below(PEOPLE);
        match self.rng.below(12) {
            0..=2 => {
                let input = self.any_person(at);
                directory.create_user(&idp, &organization, input, "").await?;
            }
            3..=5 => {
                let Some(id) = self.any_user().await else {
                    return Ok(());
                };
                let fields = [
                    UserField::Roles,
                    UserField::Active,
                    UserField::UserName,
                    UserField::Emails,
                ];
                let update = UserUpdate {
                    id: id.to_string(),
                    fields: vec![self.rng.of(&fields), self.rng.of(&fields)],
                    input: self.any_person(at),
                    ..UserUpdate::default()
                };
                directory.update_user(&idp, &organization, update).await?;
            }
            6 => {
                let Some(id) = self.any_user().await else {
                    return Ok(());
                };
                directory
                    .delete_user(&idp, &organization, &id.to_string(), "")
                    .await?;
            }
            7 | 8 => {
                let members = self.anybody(&[]).await.map(|id| id.to_string());
                let input = self.any_group();
                let members = members.into_iter().collect();
                directory
                    .create_group(&idp, &organization, input, members, "")
                    .await?;
            }
            9 | 10 => {
                let Some(id) = self.any_team().await else {
                    return Ok(());
                };
                let change = match self.anybody(&[id]).await.map(|id| vec![id.to_string()]) {
                    Some(ids) if self.rng.one_in(3) => vec![MemberChange::Remove(ids)],
                    Some(ids) if self.rng.one_in(3) => vec![MemberChange::Replace(ids)],
                    Some(ids) => vec![MemberChange::Add(ids)],
                    None => Vec::new(),
                };
                let fields: &[GroupField] =
                    self.rng
                        .of(&[&[], &[GroupField::DisplayName], &[GroupField::ExternalId]]);
                let update = GroupUpdate {
                    id: id.to_string(),
                    fields: fields.to_vec(),
                    input: self.any_group(),
                    mode: UpdateMode::Partial,
                    member_changes: change,
                    ..GroupUpdate::default()
                };
                directory.update_group(&idp, &organization, update).await?;
            }
            _ => {
                let Some(id) = self.any_team().await else {
                    return Ok(());
                };
                directory
                    .delete_group(&idp, &organization, &id.to_string(), "")
                    .await?;
            }
        }
        Ok(())
    }

    fn any_person(&mut self, at: usize) -> UserInput {
        let name = format!("u{at}@acme.example");
        let mut input = UserInput {
            user_name: name,
            external_id: ["", "e-1", "e-2"][self.rng.below(3)].into(),
            active: Some(!self.rng.one_in(4)),
            ..UserInput::default()
        };
        let email = if self.rng.one_in(3) {
            self.rng.below(PEOPLE)
        } else {
            at
        };
        input.profile.emails = vec![text(&format!("u{email}@acme.example"))];
        let roles = [
            "viewer",
            "editor",
            "developer",
            "admin",
            "basic",
            "manager",
            LATER,
        ];
        for _ in 0..self.rng.below(3) {
            let role = match self.rng.below(4) {
                0 => format!("{}:{}", self.projects[0], self.rng.of(&roles)),
                1 if !self.customs.is_empty() => self.customs[self.rng.below(self.customs.len())].clone(),
                _ => self.rng.of(&roles).to_owned(),
            };
            input.profile.roles.push(text(&role));
        }
        input
    }

    fn any_group(&mut self) -> GroupInput {
        GroupInput {
            display_name: self.rng.of(&TEAMS).into(),
            external_id: self.rng.of(&["", "x-1"]).into(),
            ..GroupInput::default()
        }
    }

    async fn users(&self) -> Vec<Id> {
        let request = ListRequest::default();
        let users = self
            .world
            .directory
            .list_users(self.root(), &self.organization, request);
        users
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|view| view.user.id)
            .collect()
    }

    async fn teams(&self) -> Vec<Id> {
        let request = ListRequest::default();
        let groups = self
            .world
            .directory
            .list_groups(self.root(), &self.organization, request);
        groups
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|group| group.id)
            .collect()
    }

    fn one_of(&mut self, ids: &[Id]) -> Option<Id> {
        (!ids.is_empty()).then(|| self.rng.of(ids))
    }

    async fn any_user(&mut self) -> Option<Id> {
        let users = self.users().await;
        self.one_of(&users)
    }

    async fn any_team(&mut self) -> Option<Id> {
        let teams = self.teams().await;
        self.one_of(&teams)
    }

    /// Any user or group but these.
    async fn anybody(&mut self, but: &[Id]) -> Option<Id> {
        let mut everybody = [self.users().await, self.teams().await].concat();
        everybody.retain(|id| !but.contains(id));
        self.one_of(&everybody)
    }

    async fn held(&self) -> HeldPermissions {
        let mut held = HeldPermissions::new();
        for user in self.users().await {
            let id = user.to_string();
            let access = self
                .world
                .directory
                .effective_access(self.root(), &self.organization, &id);
            let access = access.await.unwrap();
            held.insert((user, None), access.organization.permissions);
            for (project, holding) in access.projects {
                held.insert((user, Some(project)), holding.permissions);
            }
        }
        held
    }

    async fn allowed(&self) -> Permissions {
        let organization = self
            .world
            .directory
            .get_organization(self.root(), &self.organization);
        organization
            .await
            .unwrap()
            .policy
            .catalog()
            .permissions(self.ceiling)
    }

    async fn assert_nothing_gained(&self, before: &HeldPermissions, at: &str) {
        let (allowed, nothing) = (self.allowed().await, Permissions::default());
        for (place, permissions) in &self.held().await {
            let had = before.get(place).unwrap_or(&nothing);
            let mut gained = permissions.names().filter(|name| !had.has(name));
            let above = gained.find(|name| !allowed.has(name));
            assert_eq!(above, None, "{at}: {place:?} under {}", self.ceiling);
        }
    }

    /// Each user and its version.
    async fn versions(&self) -> BTreeMap<Id, i64> {
        let request = ListRequest::default();
        let users = self
            .world
            .directory
            .list_users(self.root(), &self.organization, request);
        let users = users.await.unwrap().items.into_iter();
        users.map(|view| (view.user.id, view.user.version)).collect()
    }

    /// Users who held more than the ceiling are there as they were.
    async fn assert_unmanaged_above(&self, before: &HeldPermissions, versions: &BTreeMap<Id, i64>, at: &str) {
        let (allowed, after) = (self.allowed().await, self.versions().await);
        for ((user, _), permissions) in before {
            if !allowed.covers(permissions) {
                assert_eq!(after.get(user), versions.get(user), "{at}: {user}");
            }
        }
    }

    /// Checks that users who were given a role's name before the catalog had it do not hold it above the
    /// ceiling.
    async fn assert_later_is_nobodys(&self, at: &str) {
        let organization = self
            .world
            .directory
            .get_organization(self.root(), &self.organization);
        let later = organization.await.unwrap().policy.catalog().permissions(LATER);
        if self.allowed().await.covers(&later) {
            return;
        }
        for user in self.users().await {
            let id = user.to_string();
            let access = self
                .world
                .directory
                .effective_access(self.root(), &self.organization, &id);
            let access = access.await.unwrap();
            let holdings = access.projects.values().chain([&access.organization]);
            let mut grants = holdings.flat_map(|holding| &holding.grants);
            let scim = grants.find(|it| it.grant.key.role == LATER && it.grant.key.source == Source::Scim);
            assert!(scim.is_none(), "{at}: {scim:?}");
        }
    }
}

fn text(value: &str) -> TypedValue {
    TypedValue {
        value: value.into(),
        ..TypedValue::default()
    }
}
