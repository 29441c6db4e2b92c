//! The calls of the sequences.

use identity_core::{
    caller::{Call, Scope},
    connection::{ConnectionStatus, Federation},
    directory::{
        Exchange,
        input::{
            ConnectionUpdate, FederationUpdate, GrantRevocation, GroupField, GroupInput, GroupUpdate,
            MappingUpdate, MemberChange, NewConnection, NewGrant, NewMapping, NewProject, NewRole,
            NewServiceAccount, NewToken, PolicyUpdate, ProjectUpdate, RoleUpdate, Rotation,
            ServiceAccountUpdate, TokenKind, UserField, UserInput,
        },
    },
    error::Result,
    group::Source,
    id::Id,
    mapping::{GroupMatcher, MappingTarget},
    project::{ProjectKind, ProjectStatus},
    role::{RoleKind, RoleScope},
};

use super::{
    caller_powers::{CallerPowers, value},
    scenario::Scenario,
};
use crate::harness::{change, named, role, scim_token, service_token};

const ROLES: [&str; 6] = ["member", "viewer", "editor", "admin", "admin", "nothing-yet"];
const NAMES: [&str; 4] = ["x-admins", "y-admins", "plain", "other"];

impl Scenario<'_> {
    /// Does something that the caller has the scope for, or what everybody may.
    pub(super) async fn step(&mut self, call: &Call) -> (&'static str, Result<()>) {
        let powers = CallerPowers::of(&call.caller);
        let changes: Vec<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| powers.has(*scope) && scope.name().ends_with(":write"))
            .collect();
        if changes.is_empty() || self.rng.one_in(8) {
            return ("exchange_token", self.exchange(call).await);
        }
        let one_of_many = self.rng.below(3);
        match (self.rng.of(&changes), one_of_many) {
            (Scope::UsersWrite, 0) => ("create_user", self.create_user(call).await),
            (Scope::UsersWrite, 1) => ("update_user", self.update_user(call).await),
            (Scope::UsersWrite, _) if self.rng.one_in(2) => ("delete_user", self.delete_user(call).await),
            (Scope::UsersWrite, _) => ("set_active", self.set_active(call).await),
            (Scope::GroupsWrite, 0) => ("create_group", self.create_group(call).await),
            (Scope::GroupsWrite, 1) if self.rng.one_in(3) => ("delete_group", self.delete_group(call).await),
            (Scope::GroupsWrite, _) => ("update_group", self.update_group(call).await),
            (Scope::ProjectsWrite, _) => ("change_project", self.change_project(call).await),
            (Scope::RolesWrite, 0) => ("change_role", self.change_role(call).await),
            (Scope::RolesWrite, 1) => ("revoke_role", self.revoke_role(call).await),
            (Scope::RolesWrite, _) => ("grant_role", self.grant_role(call).await),
            (Scope::ConnectionsWrite, 0) => ("create_connection", self.create_connection(call).await),
            (Scope::ConnectionsWrite, _) => ("update_connection", self.update_connection(call).await),
            (Scope::PolicyWrite, _) => ("update_policy", self.update_policy(call).await),
            (Scope::TokensWrite, 0) => ("create_token", self.create_token(call).await),
            (Scope::TokensWrite, 1) if self.rng.one_in(3) => ("delete_token", self.delete_token(call).await),
            (Scope::TokensWrite, _) => ("rotate_token", self.rotate_token(call).await),
            (Scope::ServiceAccountsWrite, 0) => ("create_service_account", self.create_account(call).await),
            (Scope::ServiceAccountsWrite, _) => ("update_service_account", self.update_account(call).await),
            (Scope::MappingsWrite, 0) => ("create_mapping_rule", self.create_rule(call).await),
            (Scope::MappingsWrite, _) => ("change_mapping_rule", self.change_rule(call).await),
            (Scope::IdentitiesWrite, _) => ("create_user_identity", self.create_identity(call).await),
            _ => ("exchange_token", self.exchange(call).await),
        }
    }

    fn any_user(&mut self) -> Id {
        self.rng.of(&self.users)
    }

    fn any_role(&mut self) -> (RoleScope, String) {
        let custom = self.rng.below(self.roles.len());
        let role = if self.rng.one_in(5) {
            self.roles[custom].clone()
        } else {
            self.rng.of(&ROLES).to_owned()
        };
        if self.projects.is_empty() || self.rng.one_in(2) {
            return (RoleScope::Organization, role);
        }
        (RoleScope::Project(self.rng.of(&self.projects)), role)
    }

    fn any_values(&mut self) -> Vec<identity_core::user::TypedValue> {
        let values: Vec<String> = (0..self.rng.below(3))
            .map(|_| {
                let (scope, role) = self.any_role();
                value(scope, &role)
            })
            .collect();
        values.iter().map(|it| role(it)).collect()
    }

    async fn create_user(&mut self, call: &Call) -> Result<()> {
        let mut input = named(&self.fresh("user"));
        if self.rng.one_in(2) {
            input.profile.roles = self.any_values();
        }
        input.break_glass = self.rng.one_in(6).then_some(true);
        input.active = self.rng.one_in(4).then_some(false);
        self.directory().create_user(call, "", input, "").await.map(drop)
    }

    async fn update_user(&mut self, call: &Call) -> Result<()> {
        let mut input = UserInput::default();
        let mut fields = Vec::new();
        if self.rng.one_in(2) {
            input.profile.roles = self.any_values();
            fields.push(UserField::Roles);
        }
        if self.rng.one_in(4) && call.caller.connection_id().is_none() {
            input.break_glass = Some(self.rng.one_in(2));
            fields.push(UserField::BreakGlass);
        }
        if self.rng.one_in(3) {
            input.active = Some(self.rng.one_in(2));
            fields.push(UserField::Active);
        }
        input.profile.title = Some(self.fresh("title"));
        fields.push(UserField::Title);
        let update = change(self.any_user(), &fields, input);
        self.directory().update_user(call, "", update).await.map(drop)
    }

    async fn set_active(&mut self, call: &Call) -> Result<()> {
        let input = UserInput {
            active: Some(self.rng.one_in(2)),
            ..UserInput::default()
        };
        let update = change(self.any_user(), &[UserField::Active], input);
        self.directory().update_user(call, "", update).await.map(drop)
    }

    async fn delete_user(&mut self, call: &Call) -> Result<()> {
        let id = self.any_user().to_string();
        self.directory().delete_user(call, "", &id, "").await
    }

    async fn create_identity(&mut self, call: &Call) -> Result<()> {
        let (user, subject) = (self.any_user().to_string(), self.fresh("subject"));
        let made = self
            .directory()
            .create_user_identity(call, "", &user, ("https://me.example", &subject));
        made.await.map(drop)
    }

    fn any_members(&mut self) -> Vec<String> {
        let mut members = vec![self.any_user().to_string()];
        if !self.groups.is_empty() && self.rng.one_in(3) {
            members.push(self.rng.of(&self.groups).to_string());
        }
        members
    }

    async fn create_group(&mut self, call: &Call) -> Result<()> {
        let name = self.rng.of(&NAMES);
        let input = GroupInput {
            display_name: format!("{}{name}", self.fresh("g")),
            ..GroupInput::default()
        };
        let members = self.any_members();
        let made = self
            .directory()
            .create_group(call, "", input, members, "")
            .await?;
        self.groups.push(made.id);
        Ok(())
    }

    async fn update_group(&mut self, call: &Call) -> Result<()> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let id = self.rng.of(&self.groups).to_string();
        let renames = self.rng.one_in(3);
        let members = self.any_members();
        let step = match self.rng.below(3) {
            0 => MemberChange::Remove(members),
            1 => MemberChange::Replace(members),
            _ => MemberChange::Add(members),
        };
        let name = self.rng.of(&NAMES);
        let update = GroupUpdate {
            id,
            fields: if renames {
                vec![GroupField::DisplayName]
            } else {
                Vec::new()
            },
            input: GroupInput {
                display_name: format!("{}{name}", self.fresh("r")),
                ..GroupInput::default()
            },
            member_changes: if renames { Vec::new() } else { vec![step] },
            ..GroupUpdate::default()
        };
        self.directory().update_group(call, "", update).await.map(drop)
    }

    async fn delete_group(&mut self, call: &Call) -> Result<()> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let at = self.rng.below(self.groups.len());
        let id = self.groups[at].to_string();
        self.directory().delete_group(call, "", &id, "").await?;
        self.groups.swap_remove(at);
        Ok(())
    }

    async fn change_project(&mut self, call: &Call) -> Result<()> {
        if self.projects.is_empty() || self.rng.one_in(6) {
            let new = NewProject {
                name: self.fresh("project"),
                kind: ProjectKind::Default,
            };
            let made = self.directory().create_project(call, "", new, "").await?;
            self.projects.push(made.id);
            return Ok(());
        }
        let at = self.rng.below(self.projects.len());
        let id = self.projects[at].to_string();
        if self.rng.one_in(8) {
            self.directory().delete_project(call, "", &id, "").await?;
            self.projects.swap_remove(at);
            return Ok(());
        }
        let update = ProjectUpdate {
            id,
            status: Some(self.rng.of(&ProjectStatus::ALL)),
            ..ProjectUpdate::default()
        };
        self.directory().update_project(call, "", update).await.map(drop)
    }

    async fn change_role(&mut self, call: &Call) -> Result<()> {
        let permissions = vec![
            self.rng
                .of(&["organization.edit", "project.edit", "billing.pay"])
                .to_owned(),
        ];
        if self.rng.one_in(3) {
            let new = NewRole {
                name: self.fresh("role"),
                kind: self.rng.of(&[RoleKind::Organization, RoleKind::Project]),
                permissions,
            };
            let made = self.directory().create_role(call, "", new, "").await?;
            self.roles.push(made.id.to_string());
            return Ok(());
        }
        let at = self.rng.below(self.roles.len());
        let update = RoleUpdate {
            id: self.roles[at].clone(),
            permissions: Some(permissions),
            ..RoleUpdate::default()
        };
        self.directory().update_role(call, "", update).await.map(drop)
    }

    fn anybody(&mut self) -> String {
        if self.groups.is_empty() || self.rng.one_in(2) {
            return self.any_user().to_string();
        }
        self.rng.of(&self.groups).to_string()
    }

    async fn grant_role(&mut self, call: &Call) -> Result<()> {
        let (scope, role) = self.any_role();
        let new = NewGrant {
            principal: self.anybody(),
            project: project_of(scope),
            role,
            source: Source::Manual,
            expires_at: self.any_end(),
        };
        self.directory().grant_role(call, "", new).await.map(drop)
    }

    async fn revoke_role(&mut self, call: &Call) -> Result<()> {
        let (scope, role) = self.any_role();
        let revocation = GrantRevocation {
            principal: self.anybody(),
            project: project_of(scope),
            role,
            source: None,
        };
        self.directory().revoke_role(call, "", revocation).await
    }

    fn any_ceiling(&mut self) -> Option<String> {
        let role = self.rng.of(&["", "viewer", "editor", "admin"]);
        (!role.is_empty()).then(|| role.to_owned())
    }

    async fn create_connection(&mut self, call: &Call) -> Result<()> {
        let new = NewConnection {
            name: self.fresh("idp"),
            max_role: self.any_ceiling(),
            ..NewConnection::default()
        };
        self.directory()
            .create_connection(call, "", new, "")
            .await
            .map(drop)
    }

    async fn update_connection(&mut self, call: &Call) -> Result<()> {
        if self.connections.is_empty() {
            return Ok(());
        }
        let mut update = ConnectionUpdate {
            id: self.rng.of(&self.connections).to_string(),
            ..ConnectionUpdate::default()
        };
        match self.rng.below(3) {
            0 => update.max_role = Some(self.any_ceiling()),
            1 => {
                let federation = Federation {
                    issuer: "https://me.example".into(),
                    subject: self.fresh("subject"),
                    audience: "api://roster".into(),
                    jwks_uri: "https://me.example/keys".into(),
                };
                update.federation = Some(FederationUpdate::By(federation));
            }
            _ => {
                update.status = Some(
                    self.rng
                        .of(&[ConnectionStatus::Enabled, ConnectionStatus::Disabled]),
                );
            }
        }
        let federated = self
            .world
            .instance_with(std::sync::Arc::new(crate::powers::Anywhere));
        federated.update_connection(call, "", update).await?;
        // What another instance changed, this one hears of in a moment.
        self.world.pass(std::time::Duration::from_millis(500));
        Ok(())
    }

    async fn update_policy(&mut self, call: &Call) -> Result<()> {
        let (key, value) = self.rng.of(&[
            ("roles.default_org", "editor"),
            ("roles.default_org", "member"),
            ("roles.source", "scim_roles"),
            ("roles.source", "core_only"),
            ("reactivation.restore", "previous"),
            ("deactivation.effect", "suspend"),
            ("manual_updates", "allow"),
            ("create.revive", "never"),
        ]);
        let update = PolicyUpdate {
            settings: vec![(key.into(), value.into())],
            ..PolicyUpdate::default()
        };
        self.directory().update_policy(call, "", update).await.map(drop)
    }

    async fn create_token(&mut self, call: &Call) -> Result<()> {
        let mut scopes = self.any_scopes();
        let powers = CallerPowers::of(&call.caller);
        if !self.rng.one_in(4) {
            scopes.retain(|scope| powers.has(*scope));
        }
        let new = NewToken {
            projects: self.any_projects(),
            expires_at: self.any_end(),
            ..service_token("made", &scopes)
        };
        let new = match self.rng.below(4) {
            0 if !self.accounts.is_empty() => NewToken {
                kind: TokenKind::Key,
                owner: self.rng.of(&self.accounts).to_string(),
                scopes: if self.rng.one_in(2) {
                    Vec::new()
                } else {
                    new.scopes.clone()
                },
                ..new
            },
            1 => NewToken {
                kind: TokenKind::Personal,
                owner: self.any_user().to_string(),
                ..new
            },
            2 if !self.connections.is_empty() => NewToken {
                connection: self.rng.of(&self.connections).to_string(),
                expires_at: new.expires_at,
                ..scim_token("made")
            },
            _ => new,
        };
        let (token, secret) = self.directory().create_token(call, "", new, "").await?;
        self.tokens.push(token.id);
        self.secrets.push(secret.0);
        Ok(())
    }

    async fn rotate_token(&mut self, call: &Call) -> Result<()> {
        let rotation = Rotation {
            id: self.rng.of(&self.tokens).to_string(),
            expires_at: self.any_end(),
            ..Rotation::default()
        };
        let (_, secret) = self.directory().rotate_token(call, "", &rotation).await?;
        self.secrets.push(secret.0);
        Ok(())
    }

    async fn delete_token(&mut self, call: &Call) -> Result<()> {
        let id = self.rng.of(&self.tokens).to_string();
        self.directory().delete_token(call, "", &id).await
    }

    async fn create_account(&mut self, call: &Call) -> Result<()> {
        let mut scopes = self.any_scopes();
        let powers = CallerPowers::of(&call.caller);
        if !self.rng.one_in(4) {
            scopes.retain(|scope| powers.has(*scope));
        }
        let new = NewServiceAccount {
            name: self.fresh("account"),
            scopes,
            projects: self.any_projects(),
            ..NewServiceAccount::default()
        };
        let made = self.directory().create_service_account(call, "", new, "").await?;
        self.accounts.push(made.id);
        Ok(())
    }

    async fn update_account(&mut self, call: &Call) -> Result<()> {
        let update = ServiceAccountUpdate {
            id: self.rng.of(&self.accounts).to_string(),
            scopes: self.rng.one_in(2).then(|| self.any_scopes()),
            projects: self.rng.one_in(2).then(|| self.any_projects()),
            ..ServiceAccountUpdate::default()
        };
        self.directory()
            .update_service_account(call, "", update)
            .await
            .map(drop)
    }

    fn any_matcher(&mut self) -> GroupMatcher {
        GroupMatcher::Pattern(self.rng.of(&["*-admins", "plain", "inner", "*"]).into())
    }

    fn any_target(&mut self) -> MappingTarget {
        let (scope, role) = self.any_role();
        MappingTarget::Role(value(scope, &role))
    }

    async fn create_rule(&mut self, call: &Call) -> Result<()> {
        let new = NewMapping {
            position: None,
            matcher: self.any_matcher(),
            target: self.any_target(),
        };
        let made = self.directory().create_mapping_rule(call, "", new, "").await?;
        self.rules.push(made.id);
        Ok(())
    }

    async fn change_rule(&mut self, call: &Call) -> Result<()> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let at = self.rng.below(self.rules.len());
        let id = self.rules[at].to_string();
        if self.rng.one_in(3) {
            self.directory().delete_mapping_rule(call, "", &id).await?;
            self.rules.swap_remove(at);
            return Ok(());
        }
        let update = MappingUpdate {
            id,
            matcher: self.rng.one_in(2).then(|| self.any_matcher()),
            target: self.rng.one_in(2).then(|| self.any_target()),
            ..MappingUpdate::default()
        };
        self.directory()
            .update_mapping_rule(call, "", update)
            .await
            .map(drop)
    }

    async fn exchange(&mut self, call: &Call) -> Result<()> {
        let asked = Exchange {
            audience: vec!["self".into()],
            ..Exchange::default()
        };
        let made = self.directory().exchange_token(call, "", &asked).await?;
        self.secrets.push(made.token.0);
        Ok(())
    }
}

fn project_of(scope: RoleScope) -> String {
    match scope {
        RoleScope::Organization => String::new(),
        RoleScope::Project(id) => id.to_string(),
    }
}
