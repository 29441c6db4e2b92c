//! Changes that can happen to an organization: the directory is asked for each, and it is recorded only once
//! it is made.

use std::time::Duration;

use identity_core::{
    directory::input::{
        GrantRevocation, GroupField, GroupInput, GroupUpdate, MappingUpdate, NewGrant, NewMapping,
        NewProject, NewRole, ProjectUpdate, UserField, UserInput,
    },
    error::Result,
    group::Source,
    id::Id,
    mapping::MappingRule,
    platform::Timestamp,
    project::{ProjectKind, ProjectStatus},
    role::{RoleKind, RoleScope},
};

use super::{
    graph::{Rule, Team},
    scenario::{EXTERNAL_IDS, GROUPS, NAMES, RULES, Scenario, USERS},
};
use crate::harness::{add, change, named, remove};

impl Scenario<'_> {
    /// Does something by lot.
    pub(super) async fn step(&mut self) -> Result<()> {
        match self.rng.below(40) {
            0..=5 if self.graph.rules.len() < RULES => self.create_rule().await,
            0..=9 => self.update_rule().await,
            10..=12 => self.delete_rule().await,
            13..=16 => self.update_group().await,
            17 if self.graph.teams.len() < GROUPS => self.create_group().await,
            17 => self.delete_group().await,
            18..=25 => self.change_member().await,
            26..=29 => self.give().await,
            30..=32 => self.take().await,
            33 | 34 => self.set_active().await,
            35 if self.graph.users.len() < USERS => self.create_user().await,
            35 => self.delete_user().await,
            36 | 37 => self.set_status().await,
            38 if self.rng.one_in(3) => self.delete_project_or_role().await,
            _ => {
                self.world.pass(Duration::from_mins(30));
                Ok(())
            }
        }
    }

    async fn create_rule(&mut self) -> Result<()> {
        let new = NewMapping {
            position: [None, Some(0), Some(2)][self.rng.below(3)],
            matcher: self.any_matcher(),
            target: self.any_target(),
        };
        let (directory, root) = self.api();
        let made = directory
            .create_mapping_rule(root, &self.organization, new, "")
            .await?;
        self.graph.rules.push(written_down(made));
        Ok(())
    }

    /// Another place, other groups or another role.
    async fn update_rule(&mut self) -> Result<()> {
        let Some(at) = self.any_rule() else { return Ok(()) };
        let mut update = MappingUpdate {
            id: self.graph.rules[at].id.to_string(),
            ..MappingUpdate::default()
        };
        match self.rng.below(4) {
            0 => update.position = Some(self.rng.of(&[0, 1, 2, 9])),
            1 => update.matcher = Some(self.any_matcher()),
            2 => update.target = Some(self.any_target()),
            _ => (update.matcher, update.target) = (Some(self.any_matcher()), Some(self.any_target())),
        }
        let (directory, root) = self.api();
        let changed = directory
            .update_mapping_rule(root, &self.organization, update)
            .await?;
        self.graph.rules[at] = written_down(changed);
        Ok(())
    }

    async fn delete_rule(&mut self) -> Result<()> {
        let Some(at) = self.any_rule() else { return Ok(()) };
        let id = self.graph.rules[at].id.to_string();
        let (directory, root) = self.api();
        directory
            .delete_mapping_rule(root, &self.organization, &id)
            .await?;
        self.graph.rules.remove(at);
        Ok(())
    }

    pub(super) async fn create_group(&mut self) -> Result<()> {
        let input = self.any_group();
        let member = self.anybody();
        let (directory, root) = self.api();
        let made = directory
            .create_group(root, &self.organization, input, vec![member.to_string()], "")
            .await?;
        self.graph.memberships.insert((member, made.id));
        self.graph.teams.push(Team {
            id: made.id,
            name: made.display_name,
            external_id: made.external_id,
        });
        Ok(())
    }

    /// Another name or external id, or both.
    async fn update_group(&mut self) -> Result<()> {
        let Some(at) = self.any_team() else { return Ok(()) };
        let fields: [&[_]; 3] = [
            &[GroupField::DisplayName],
            &[GroupField::ExternalId],
            &[GroupField::DisplayName, GroupField::ExternalId],
        ];
        let update = GroupUpdate {
            id: self.graph.teams[at].id.to_string(),
            fields: self.rng.of(&fields).to_vec(),
            input: self.any_group(),
            ..GroupUpdate::default()
        };
        let (directory, root) = self.api();
        let changed = directory.update_group(root, &self.organization, update).await?;
        let team = &mut self.graph.teams[at];
        (team.name, team.external_id) = (changed.display_name, changed.external_id);
        Ok(())
    }

    fn any_group(&mut self) -> GroupInput {
        let external_ids = [EXTERNAL_IDS[0], EXTERNAL_IDS[1], EXTERNAL_IDS[2], "", ""];
        GroupInput {
            display_name: self.rng.of(&NAMES).into(),
            external_id: self.rng.of(&external_ids).into(),
            ..GroupInput::default()
        }
    }

    async fn delete_group(&mut self) -> Result<()> {
        let Some(at) = self.any_team() else { return Ok(()) };
        let id = self.graph.teams[at].id;
        let (directory, root) = self.api();
        directory
            .delete_group(root, &self.organization, &id.to_string(), "")
            .await?;
        self.graph.teams.remove(at);
        self.forget(id);
        Ok(())
    }

    /// Adds or removes a user or a group; one that would be in itself is refused.
    async fn change_member(&mut self) -> Result<()> {
        let Some(at) = self.any_team() else { return Ok(()) };
        let (group, member) = (self.graph.teams[at].id, self.anybody());
        let leaves = self.rng.one_in(3);
        let update = GroupUpdate {
            id: group.to_string(),
            member_changes: vec![if leaves { remove(&[member]) } else { add(&[member]) }],
            ..GroupUpdate::default()
        };
        let (directory, root) = self.api();
        directory.update_group(root, &self.organization, update).await?;
        if leaves {
            self.graph.memberships.remove(&(member, group));
        } else {
            self.graph.memberships.insert((member, group));
        }
        Ok(())
    }

    /// Gives a role manually, for good or for an hour.
    async fn give(&mut self) -> Result<()> {
        let (principal, (scope, role)) = (self.anybody(), self.any_role());
        let hour = Timestamp(self.now().0 + 3_600_000_000);
        let new = NewGrant {
            principal: principal.to_string(),
            project: project_of(scope),
            role: role.clone(),
            source: Source::Manual,
            expires_at: [None, None, Some(hour)][self.rng.below(3)],
        };
        let (directory, root) = self.api();
        let given = directory.grant_role(root, &self.organization, new).await?;
        self.graph
            .given
            .insert((principal, scope, role), given.expires_at);
        Ok(())
    }

    /// Takes a role that was given manually; what rules give is not taken with it.
    async fn take(&mut self) -> Result<()> {
        let given: Vec<_> = self.graph.given.keys().cloned().collect();
        if given.is_empty() {
            return Ok(());
        }
        let key = given[self.rng.below(given.len())].clone();
        let revocation = GrantRevocation {
            principal: key.0.to_string(),
            project: project_of(key.1),
            role: key.2.clone(),
            source: None,
        };
        let (directory, root) = self.api();
        directory
            .revoke_role(root, &self.organization, revocation)
            .await?;
        self.graph.given.remove(&key);
        Ok(())
    }

    async fn set_active(&mut self) -> Result<()> {
        let (at, active) = (self.any_user(), !self.rng.one_in(3));
        let input = UserInput {
            active: Some(active),
            ..UserInput::default()
        };
        let update = change(self.graph.users[at].0, &[UserField::Active], input);
        let (directory, root) = self.api();
        directory.update_user(root, &self.organization, update).await?;
        self.graph.users[at].1 = active;
        Ok(())
    }

    pub(super) async fn create_user(&mut self) -> Result<()> {
        let input = named(&self.fresh_name("user"));
        let (directory, root) = self.api();
        let made = directory.create_user(root, &self.organization, input, "").await?;
        self.graph.users.push((made.user.id, true));
        Ok(())
    }

    async fn delete_user(&mut self) -> Result<()> {
        let at = self.any_user();
        let id = self.graph.users[at].0;
        let (directory, root) = self.api();
        directory
            .delete_user(root, &self.organization, &id.to_string(), "")
            .await?;
        self.graph.users.remove(at);
        self.forget(id);
        Ok(())
    }

    pub(super) async fn create_project(&mut self) -> Result<()> {
        let new = NewProject {
            name: self.fresh_name("project"),
            kind: ProjectKind::Default,
        };
        let (directory, root) = self.api();
        let made = directory
            .create_project(root, &self.organization, new, "")
            .await?;
        self.graph.projects.push((made.id, true));
        Ok(())
    }

    /// Archives a project or takes it into use again.
    async fn set_status(&mut self) -> Result<()> {
        let (at, used) = (self.rng.below(self.graph.projects.len()), !self.rng.one_in(3));
        let status = if used {
            ProjectStatus::Active
        } else {
            ProjectStatus::Archived
        };
        let update = ProjectUpdate {
            id: self.graph.projects[at].0.to_string(),
            status: Some(status),
            ..ProjectUpdate::default()
        };
        let (directory, root) = self.api();
        directory.update_project(root, &self.organization, update).await?;
        self.graph.projects[at].1 = used;
        Ok(())
    }

    pub(super) async fn create_role(&mut self, kind: RoleKind) -> Result<()> {
        let new = NewRole {
            name: self.fresh_name("role"),
            kind,
            permissions: vec!["billing.pay".into()],
        };
        let (directory, root) = self.api();
        let made = directory.create_role(root, &self.organization, new, "").await?;
        self.graph.custom.push((made.id.to_string(), "billing.pay"));
        self.customs.push(made.id.to_string());
        Ok(())
    }

    /// Deletes a project or a custom role; the rules about it stay, without effect.
    async fn delete_project_or_role(&mut self) -> Result<()> {
        let (directory, root) = self.api();
        if self.rng.one_in(2) {
            let at = self.rng.below(self.graph.projects.len());
            let id = self.graph.projects[at].0;
            directory
                .delete_project(root, &self.organization, &id.to_string(), "")
                .await?;
            self.graph.projects[at].1 = false;
            let place = RoleScope::Project(id);
            self.graph.given.retain(|(_, scope, _), _| *scope != place);
        } else {
            let id = self.customs[self.rng.below(self.customs.len())].clone();
            directory.delete_role(root, &self.organization, &id, "").await?;
            self.graph.custom.retain(|(role, _)| *role != id);
            self.graph.given.retain(|(_, _, role), _| *role != id);
        }
        Ok(())
    }

    fn any_rule(&mut self) -> Option<usize> {
        let count = self.graph.rules.len();
        (count > 0).then(|| self.rng.below(count))
    }

    fn any_team(&mut self) -> Option<usize> {
        let count = self.graph.teams.len();
        (count > 0).then(|| self.rng.below(count))
    }

    /// A user or group that is deleted is nowhere, and holds nothing.
    fn forget(&mut self, id: Id) {
        let graph = &mut self.graph;
        graph
            .memberships
            .retain(|(member, group)| *member != id && *group != id);
        graph.given.retain(|(holder, ..), _| *holder != id);
    }
}

fn written_down(rule: MappingRule) -> Rule {
    Rule {
        id: rule.id,
        position: rule.position,
        matcher: rule.matcher,
        target: rule.target,
    }
}

fn project_of(scope: RoleScope) -> String {
    match scope {
        RoleScope::Organization => String::new(),
        RoleScope::Project(id) => id.to_string(),
    }
}
