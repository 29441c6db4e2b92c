//! An organization with callers of all kinds.

use identity_core::{
    caller::{Call, Scope},
    directory::{
        Directory,
        input::{
            GroupInput, ListRequest, NewConnection, NewGrant, NewMapping, NewProject, NewRole,
            NewServiceAccount, NewToken, PageRequest, PolicyUpdate, TokenKind,
        },
    },
    group::Source,
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    platform::{Platform, Timestamp},
    project::ProjectKind,
    role::{RoleKind, RoleScope},
};

use super::caller_powers::{CallerPowers, VisibleState};
use crate::{
    harness::{World, named, scim_token, service_token, with_roles},
    seeded_rng::SeededRng,
};

pub(super) struct Scenario<'w> {
    pub(super) world: &'w World,
    pub(super) organization: String,
    pub(super) rng: SeededRng,
    pub(super) secrets: Vec<String>,
    pub(super) users: Vec<Id>,
    pub(super) groups: Vec<Id>,
    pub(super) projects: Vec<Id>,
    pub(super) roles: Vec<String>,
    pub(super) rules: Vec<Id>,
    pub(super) tokens: Vec<Id>,
    pub(super) accounts: Vec<Id>,
    pub(super) connections: Vec<Id>,
    made: usize,
}

const MICROS: i64 = 1_000_000;

impl<'w> Scenario<'w> {
    pub(super) async fn new(world: &'w World, seed: u64) -> Self {
        let organization = format!("org-{seed}");
        world.found(&organization, "").await;
        let mut scenario = Self {
            world,
            organization,
            rng: SeededRng(seed),
            secrets: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            projects: Vec::new(),
            roles: Vec::new(),
            rules: Vec::new(),
            tokens: Vec::new(),
            accounts: Vec::new(),
            connections: Vec::new(),
            made: 0,
        };
        scenario.set_policy().await;
        scenario.people().await;
        scenario.callers().await;
        scenario
    }

    pub(super) fn directory(&self) -> &'w Directory {
        &self.world.directory
    }

    async fn set_policy(&mut self) {
        let effect = self.rng.of(&["suspend", "strip"]);
        let restore = self.rng.of(&["none", "previous"]);
        let source = self.rng.of(&["scim_roles", "core_only"]);
        let settings = [
            ("tokens.max_active", "unlimited"),
            ("connections.max", "unlimited"),
            ("deactivation.effect", effect),
            ("reactivation.restore", restore),
            ("roles.source", source),
        ];
        let update = PolicyUpdate {
            settings: settings.map(|(key, value)| (key.into(), value.into())).into(),
            ..PolicyUpdate::default()
        };
        let (root, organization) = (self.world.root(), &self.organization);
        self.directory()
            .update_policy(root, organization, update)
            .await
            .unwrap();
    }

    /// Users, groups, projects and roles; some hold something, some are inactive.
    async fn people(&mut self) {
        let (root, directory) = (self.world.root(), self.directory());
        let organization = self.organization.clone();
        for (kind, name) in [
            (ProjectKind::Default, "one"),
            (ProjectKind::Default, "two"),
            (ProjectKind::Preview, "look"),
        ] {
            let name = name.into();
            let new = NewProject { name, kind };
            let made = directory.create_project(root, &organization, new, "").await;
            self.projects.push(made.unwrap().id);
        }
        for kind in [RoleKind::Organization, RoleKind::Project] {
            let new = NewRole {
                name: kind.name().into(),
                kind,
                permissions: vec!["billing.pay".into()],
            };
            let made = directory.create_role(root, &organization, new, "").await;
            self.roles.push(made.unwrap().id.to_string());
        }
        for (name, roles) in [
            ("owner", &["admin"][..]),
            ("ada", &["admin"]),
            ("bob", &["editor"]),
            ("eve", &[]),
            ("dan", &[]),
        ] {
            let input = if roles.is_empty() {
                named(name)
            } else {
                with_roles(name, roles)
            };
            let made = directory.create_user(root, &organization, input, "").await;
            self.users.push(made.unwrap().user.id);
        }
        for (name, members) in [
            ("hold", vec![4]),
            ("inner", vec![3]),
            ("plain", vec![2, 3]),
            ("x-admins", vec![]),
        ] {
            let members = members
                .iter()
                .map(|at: &usize| self.users[*at].to_string())
                .collect();
            let input = GroupInput {
                display_name: name.into(),
                ..GroupInput::default()
            };
            let made = directory.create_group(root, &organization, input, members, "");
            self.groups.push(made.await.unwrap().id);
        }
        let rule = NewMapping {
            position: None,
            matcher: GroupMatcher::Pattern("*-admins".into()),
            target: MappingTarget::Role("admin".into()),
        };
        let made = directory.create_mapping_rule(root, &organization, rule, "").await;
        self.rules.push(made.unwrap().id);
        for (holder, project, role) in [(0, None, "admin"), (2, Some(0), "editor")] {
            let new = NewGrant {
                principal: self.groups[holder].to_string(),
                project: project
                    .map(|at: usize| self.projects[at].to_string())
                    .unwrap_or_default(),
                role: role.into(),
                source: Source::Manual,
                expires_at: None,
            };
            directory.grant_role(root, &organization, new).await.unwrap();
        }
        if self.rng.one_in(2) {
            let call = root.clone();
            let input = identity_core::directory::input::UserInput {
                active: Some(false),
                ..Default::default()
            };
            for at in [1, 4] {
                let update = crate::harness::change(
                    self.users[at],
                    &[identity_core::directory::input::UserField::Active],
                    input.clone(),
                );
                directory.update_user(&call, &organization, update).await.unwrap();
            }
        }
        let new = NewConnection {
            name: "idp".into(),
            max_role: self.rng.one_in(2).then(|| "viewer".into()),
            ..NewConnection::default()
        };
        let made = directory.create_connection(root, &organization, new, "").await;
        self.connections.push(made.unwrap().id);
    }

    async fn callers(&mut self) {
        let all = self.account(&Scope::ALL).await;
        let some = self.any_scopes();
        let some = self.account(&some).await;
        let mut new = vec![Self::key(all), Self::key(some)];
        for owner in [0, 2, 3] {
            new.push(NewToken {
                kind: TokenKind::Personal,
                owner: self.users[owner].to_string(),
                scopes: Scope::ALL.to_vec(),
                ..service_token("laptop", &[])
            });
        }
        new.push(NewToken {
            connection: "idp".into(),
            ..scim_token("idp")
        });
        for _ in 0..6 {
            let scopes = self.any_scopes();
            new.push(NewToken {
                projects: self.any_projects(),
                expires_at: self.any_end(),
                ..service_token("service", &scopes)
            });
        }
        // What opens everything is there to be rotated, and in nobody's hands.
        new.push(service_token("strong", &Scope::ALL));
        let (root, organization) = (self.world.root(), self.organization.clone());
        for new in new {
            let is_hidden = new.name == "strong" || new.owner == all.to_string();
            let made = self.directory().create_token(root, &organization, new, "").await;
            let (token, secret) = made.unwrap();
            self.tokens.push(token.id);
            if !is_hidden {
                self.secrets.push(secret.0);
            }
        }
    }

    async fn account(&mut self, scopes: &[Scope]) -> Id {
        let new = NewServiceAccount {
            name: self.fresh("account"),
            scopes: scopes.to_vec(),
            ..NewServiceAccount::default()
        };
        let (root, organization) = (self.world.root(), self.organization.clone());
        let made = self
            .directory()
            .create_service_account(root, &organization, new, "");
        let id = made.await.unwrap().id;
        self.accounts.push(id);
        id
    }

    fn key(account: Id) -> NewToken {
        NewToken {
            kind: TokenKind::Key,
            owner: account.to_string(),
            ..service_token("key", &[])
        }
    }

    pub(super) fn fresh(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }

    /// Scopes by lot, more often those that change something.
    pub(super) fn any_scopes(&mut self) -> Vec<Scope> {
        let changes: Vec<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| scope.name().ends_with(":write"))
            .collect();
        let mut scopes: Vec<Scope> = Vec::new();
        for _ in 0..=self.rng.below(8) {
            scopes.push(self.rng.of(&changes));
            scopes.push(self.rng.of(&Scope::ALL));
        }
        if self.rng.one_in(3) {
            scopes.push(Scope::TokensWrite);
            scopes.extend(Scope::SCIM);
        }
        let has = |scope: &Scope| scopes.contains(scope);
        Scope::ALL.into_iter().filter(has).collect()
    }

    pub(super) fn any_projects(&mut self) -> Vec<String> {
        if self.rng.one_in(3) && !self.projects.is_empty() {
            vec![self.rng.of(&self.projects).to_string()]
        } else {
            Vec::new()
        }
    }

    pub(super) fn any_end(&mut self) -> Option<Timestamp> {
        let hours = [None, None, Some(1), Some(48)][self.rng.below(4)];
        hours.map(|hours: i64| Timestamp(self.world.clock.now().0 + hours * 3600 * MICROS))
    }

    /// Somebody by lot who is still served; those who are not are forgotten.
    pub(super) async fn any_caller(&mut self) -> (String, Call) {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let at = self.rng.below(self.secrets.len());
            let secret = self.secrets[at].clone();
            match self.directory().authenticate(&secret).await {
                // Who may change nothing has little to do.
                Ok(caller)
                    if attempts < 20
                        && !CallerPowers::of(&caller).changes_something()
                        && !self.rng.one_in(8) => {}
                Ok(caller) => {
                    let call = Call::new(caller, "request-1");
                    let with_reason = call.clone().break_glass("because");
                    let call = with_reason.ok().filter(|_| self.rng.one_in(2)).unwrap_or(call);
                    return (secret, call);
                }
                Err(_) if self.secrets.len() > 1 => drop(self.secrets.swap_remove(at)),
                Err(_) => {
                    let scopes = self.any_scopes();
                    let new = service_token("service", &scopes);
                    let (root, organization) = (self.world.root(), self.organization.clone());
                    let made = self.directory().create_token(root, &organization, new, "").await;
                    self.secrets.push(made.unwrap().1.0);
                }
            }
        }
    }

    pub(super) async fn state(&mut self) -> VisibleState {
        let (root, directory, organization) =
            (self.world.root(), self.directory(), self.organization.clone());
        let mut state = VisibleState::default();
        let users = directory
            .list_users(root, &organization, ListRequest::default())
            .await
            .unwrap();
        self.users = users.items.iter().map(|view| view.user.id).collect();
        state.users.extend(&self.users);
        let policy = directory
            .get_organization(root, &organization)
            .await
            .unwrap()
            .policy;
        let default = policy.roles_default_org.clone().unwrap_or_default();
        state.everybody = policy.catalog().permissions(&default);
        for view in &users.items {
            let id = view.user.id;
            if view.user.break_glass {
                state.break_glass.insert(id);
            }
            let access = directory
                .effective_access(root, &organization, &id.to_string())
                .await
                .unwrap();
            let projects = access
                .projects
                .iter()
                .map(|(id, holding)| (RoleScope::Project(*id), holding));
            for (scope, holding) in projects.chain([(RoleScope::Organization, &access.organization)]) {
                let names = holding
                    .permissions
                    .names()
                    .map(|name| (id, scope, name.to_owned()));
                state.permissions.extend(names);
            }
        }
        state.known.extend(self.secrets.iter().cloned());
        for secret in &self.secrets {
            if let Ok(caller) = directory.authenticate(secret).await {
                state.secrets.insert(secret.clone(), CallerPowers::of(&caller));
            }
        }
        let page = PageRequest::default();
        let connections = directory
            .list_connections(root, &organization, page)
            .await
            .unwrap();
        self.connections = connections.items.iter().map(|it| it.id).collect();
        state.connections = connections.items;
        state
    }
}
