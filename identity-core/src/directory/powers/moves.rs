//! Where a unit gives and takes roles.

use std::collections::{BTreeSet, HashSet};

use crate::{
    error::Result,
    group::{Group, MemberKind},
    id::Id,
    mapping::{MappingRule, MappingTarget},
    organization::Organization,
    project::{Project, ProjectStatus},
    role::{CustomRole, GrantKey, RoleScope, RoleValue},
    store::{Reader, Write},
    text::fold,
    user::User,
};

/// The writes of a unit, as far as they are about who holds which role.
pub(super) struct Moves<'a> {
    organization: &'a Organization,
    writes: &'a [Write],
    /// Users whose row is written: their own grants follow it.
    users: HashSet<Id>,
    /// Users who are made: their groups are those that the policy puts everybody into.
    new: HashSet<Id>,
    /// Grants that are taken away.
    taken: HashSet<&'a GrantKey>,
}

impl<'a> Moves<'a> {
    pub(super) fn of(writes: &'a [Write], organization: &'a Organization) -> Self {
        let mut moves = Self {
            organization,
            writes,
            users: HashSet::new(),
            new: HashSet::new(),
            taken: HashSet::new(),
        };
        for write in writes {
            match write {
                Write::InsertUser(user, _) => {
                    moves.users.insert(user.id);
                    moves.new.insert(user.id);
                }
                Write::UpdateUser { after, .. } => {
                    moves.users.insert(after.id);
                }
                Write::EraseUser(user, _) => {
                    moves.users.insert(user.id);
                }
                Write::DeleteGrants(keys) => moves.taken.extend(keys),
                _ => {}
            }
        }
        moves
    }

    /// Answers where. What a user loses who leaves is no matter of roles, but of users; what a user gets back who returns is.
    pub(super) async fn scopes(&self, reader: &mut dyn Reader) -> Result<BTreeSet<RoleScope>> {
        let mut scopes = BTreeSet::new();
        for write in self.writes {
            self.add(write, &mut scopes, reader).await?;
        }
        Ok(scopes)
    }

    /// Adds those of one write. Every kind is named, so that a new one is decided on.
    async fn add(
        &self,
        write: &Write,
        scopes: &mut BTreeSet<RoleScope>,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        match write {
            Write::InsertUser(user, _) => scopes.extend(self.own(user).map(|value| value.scope)),
            Write::UpdateUser { before, after, .. } => {
                return self.add_user(before, after, scopes, reader).await;
            }
            Write::InsertGrants(grants) => {
                let keys = grants.iter().map(|grant| &grant.key);
                scopes.extend(self.of_others(keys));
            }
            Write::DeleteGrants(keys) => scopes.extend(self.of_others(keys.iter())),
            Write::InsertMembers { members, group, .. } => {
                let is_new =
                    |(id, kind): &(Id, MemberKind)| *kind == MemberKind::User && self.new.contains(id);
                if !members.iter().all(is_new) {
                    self.add_held(&[*group], scopes, reader).await?;
                }
            }
            Write::DeleteMembers { group, .. } => self.add_held(&[*group], scopes, reader).await?,
            Write::JoinGroups { groups, .. } => {
                let groups: Vec<Id> = groups.iter().map(|membership| membership.group).collect();
                self.add_held(&groups, scopes, reader).await?;
            }
            Write::UpdateGroup(group, ..) if group.deleted_at.is_some() => {
                self.add_held(&[group.id], scopes, reader).await?;
            }
            Write::UpdateGroup(group, ..) => {
                // Under a new name it may be a group that the policy puts everybody into.
                if self.becomes_default(group, reader).await? {
                    self.add_held(&[group.id], scopes, reader).await?;
                }
            }
            Write::UpdateProject(project) => add_project(project, scopes, reader).await?,
            Write::InsertMapping(rule) => scopes.extend(given_by(rule)),
            Write::UpdateMapping(rule) => {
                scopes.extend(given_by(rule));
                self.add_former_rule(rule.id, scopes, reader).await?;
            }
            Write::DeleteMapping(rule) => self.add_former_rule(rule.id, scopes, reader).await?,
            Write::RankRoles(..) => {
                scopes.insert(RoleScope::Organization);
            }
            Write::UpdateRole(role) => add_role(role, scopes, reader).await?,
            // Who leaves all groups is a user who leaves, or a group that is deleted, which is seen by its own write.
            Write::LeaveGroups { .. }
            | Write::EraseUser(..)
            | Write::InsertOrganization(..)
            | Write::DeleteOrganization(..)
            | Write::UndeleteOrganization(..)
            | Write::InsertIdentity(..)
            | Write::DeleteIdentity { .. }
            | Write::InsertGroup(..)
            | Write::UniqueGroupNames(..)
            | Write::InsertProject(..)
            | Write::InsertRole(..)
            | Write::KeepFormerAccess(..)
            | Write::ForgetFormerAccess(..)
            | Write::SetGroupLicenses { .. }
            | Write::InsertConnection(..)
            | Write::UpdateConnection(..)
            | Write::Adopt { .. }
            | Write::Release { .. }
            | Write::TellHealth { .. }
            | Write::DeleteConnection(..)
            | Write::InsertToken(..)
            | Write::UpdateToken(..)
            | Write::DeleteToken(..)
            | Write::InsertFormerSecret { .. }
            | Write::DeleteFormerSecrets(..)
            | Write::InsertSigningKey(..)
            | Write::EndSigningKey(..)
            | Write::RevokeAccessToken { .. }
            | Write::UseAssertion { .. }
            | Write::InsertServiceAccount(..)
            | Write::UpdateServiceAccount(..)
            | Write::DeleteServiceAccount(..)
            | Write::InsertSchema(..)
            | Write::DeleteSchema(..)
            | Write::DeleteChanges(..)
            | Write::EraseChanges(..)
            | Write::DeleteProvisioningRequests(..)
            | Write::ForgetRequestsOf(..)
            | Write::InsertRequest(..) => {}
        }
        Ok(())
    }

    /// The roles that a user has of its own beside the one that everybody has.
    fn own<'u>(&'u self, user: &'u User) -> impl Iterator<Item = RoleValue> + 'u {
        let default = self.organization.policy.roles_default_org.as_deref();
        let values = user
            .profile
            .roles
            .iter()
            .map(|role| RoleValue::parse(&role.value));
        values.filter(move |value| !is_default(value.scope, &value.role, default))
    }

    async fn add_user(
        &self,
        before: &User,
        after: &User,
        scopes: &mut BTreeSet<RoleScope>,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        let has_access = |user: &User| user.active && user.deleted_at.is_none();
        match (has_access(before), has_access(after)) {
            (true, false) => {}
            (false, true) => {
                scopes.extend(self.own(after).map(|value| value.scope));
                let leaves =
                    |write: &Write| matches!(write, Write::LeaveGroups { member, .. } if *member == after.id);
                if self.writes.iter().any(leaves) {
                    self.add_granted(&[after.id], scopes, reader).await?;
                } else {
                    self.add_held(&[after.id], scopes, reader).await?;
                }
            }
            (true, true) | (false, false) => {
                let (had, has): (BTreeSet<_>, BTreeSet<_>) =
                    (self.own(before).collect(), self.own(after).collect());
                scopes.extend(had.symmetric_difference(&has).map(|value| value.scope));
            }
        }
        Ok(())
    }

    /// Tells whether a group gets a name by which the policy puts new users into it.
    async fn becomes_default(&self, after: &Group, reader: &mut dyn Reader) -> Result<bool> {
        let policy = &self.organization.policy;
        let name = fold(&after.display_name);
        let mut defaults = policy.defaults_groups.0.iter().chain(&policy.defaults_pool.0);
        if defaults.all(|default| fold(default) != name) {
            return Ok(false);
        }
        let before = reader.group(self.organization.id, after.id).await?;
        Ok(before.is_none_or(|before| fold(&before.display_name) != name))
    }

    /// Adds where these users and groups hold roles, themselves or through groups.
    async fn add_held(
        &self,
        holders: &[Id],
        scopes: &mut BTreeSet<RoleScope>,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        if !self.organization.has_other_grants && holders.iter().all(|holder| !self.users.contains(holder)) {
            return Ok(());
        }
        let edges = reader.memberships_above(self.organization.id, holders).await?;
        let mut principals: Vec<Id> = edges.into_iter().map(|(_, group)| group).collect();
        principals.extend(holders);
        principals.sort_unstable();
        principals.dedup();
        self.add_granted(&principals, scopes, reader).await
    }

    /// Adds where these users and groups hold roles themselves that the unit does not take, beside the role that everybody has.
    async fn add_granted(
        &self,
        principals: &[Id],
        scopes: &mut BTreeSet<RoleScope>,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        let grants = reader.grants_of(self.organization.id, principals).await?;
        let default = self.organization.policy.roles_default_org.as_deref();
        let counts =
            |key: &&GrantKey| !self.taken.contains(key) && !is_default(key.scope, &key.role, default);
        let keys = grants.iter().map(|grant| &grant.key);
        scopes.extend(keys.filter(counts).map(|key| key.scope));
        Ok(())
    }

    fn of_others<'k>(&self, keys: impl Iterator<Item = &'k GrantKey>) -> BTreeSet<RoleScope> {
        let others = keys.filter(|key| !self.users.contains(&key.principal_id));
        others.map(|key| key.scope).collect()
    }

    async fn add_former_rule(
        &self,
        rule: Id,
        scopes: &mut BTreeSet<RoleScope>,
        reader: &mut dyn Reader,
    ) -> Result<()> {
        let rules = reader.mapping_rules(self.organization.id).await?;
        scopes.extend(rules.iter().filter(|it| it.id == rule).filter_map(given_by));
        Ok(())
    }
}

/// A project that comes into use again brings the roles in it with it.
async fn add_project(
    after: &Project,
    scopes: &mut BTreeSet<RoleScope>,
    reader: &mut dyn Reader,
) -> Result<()> {
    let (organization, scope) = (after.organization_id, RoleScope::Project(after.id));
    let is_used = |project: &Project| project.status == ProjectStatus::Active && project.deleted_at.is_none();
    let was_used = reader
        .project(organization, after.id)
        .await?
        .is_some_and(|it| is_used(&it));
    if is_used(after) && !was_used && !reader.grants_in(organization, scope, None, 1).await?.is_empty() {
        scopes.insert(scope);
    }
    Ok(())
}

/// Adds the scopes of a custom role: it permits the same wherever it is held. The role of a group follows the group.
async fn add_role(
    after: &CustomRole,
    scopes: &mut BTreeSet<RoleScope>,
    reader: &mut dyn Reader,
) -> Result<()> {
    let before = reader.role(after.organization_id, after.id).await?;
    let is_changed = before.is_none_or(|before| before.permissions != after.permissions);
    let is_taken = after.deleted_at.is_some() && after.group_id.is_none();
    if is_changed || is_taken {
        scopes.insert(RoleScope::Organization);
    }
    Ok(())
}

fn given_by(rule: &MappingRule) -> Option<RoleScope> {
    match &rule.target {
        MappingTarget::Role(value) => Some(RoleValue::parse(value).scope),
        MappingTarget::License(_) => None,
    }
}

fn is_default(scope: RoleScope, role: &str, default: Option<&str>) -> bool {
    scope == RoleScope::Organization && default == Some(role)
}
