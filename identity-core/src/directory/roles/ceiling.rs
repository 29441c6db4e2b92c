//! The ceiling of a connection: what it may give at most, and so whom it manages.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;

use super::RoleResolver;
use crate::{
    change::Actor,
    directory::change_context::ChangeContext,
    error::{Error, Result, Rule},
    group::MemberKind,
    id::Id,
    organization::Organization,
    platform::Timestamp,
    role::{Catalog, Grant, Permissions, RoleValue},
    store::{Postcondition, Reader, Transaction, Write},
};

/// Makes a role of the catalog the ceiling of a connection.
pub(in crate::directory) fn set_ceiling(
    ceiling: Option<&str>,
    organization: &mut Organization,
) -> Result<()> {
    let Some(ceiling) = ceiling else {
        return Ok(());
    };
    if organization.policy.catalog().rank(ceiling).is_none() {
        return Err(Error::invalid("max_role", "must be a role of roles.catalog"));
    }
    organization.has_ceilings = true;
    Ok(())
}

/// Answers whether the caller is a connection with a ceiling.
pub(super) async fn has_ceiling(
    context: &ChangeContext,
    organization: &Organization,
    reader: &mut dyn Reader,
) -> Result<bool> {
    let ceiling = match context.connection_id() {
        Some(connection) => of_connection(connection, organization, reader).await?,
        None => None,
    };
    Ok(ceiling.is_some())
}

async fn of_connection(
    connection: Id,
    organization: &Organization,
    reader: &mut dyn Reader,
) -> Result<Option<String>> {
    if !organization.has_ceilings {
        return Ok(None);
    }
    let connection = reader.connection(organization.id, connection).await?;
    Ok(connection.and_then(|it| it.max_role))
}

/// Refuses a unit of a connection with a ceiling that touches a user or group which holds more, before the unit or after it. Asked once
/// for all that the unit writes, as there are many ways to a role: lists of roles, memberships, mapping rules, adoption, returns.
pub(in crate::directory) async fn keep_below_ceiling(transaction: &mut Transaction<'_>) -> Result<()> {
    let by_connection = transaction.entries.iter().find_map(|entry| match entry.actor {
        Actor::Scim { connection_id, .. } => Some((connection_id, entry.at)),
        _ => None,
    });
    let Some((connection, at)) = by_connection else {
        return Ok(());
    };
    let organization = transaction.organization()?.clone();
    let Some(role) = of_connection(connection, &organization, transaction.reader).await? else {
        return Ok(());
    };
    let touched: HashSet<Id> = transaction.writes.iter().flat_map(principals).collect();
    if touched.is_empty() {
        return Ok(());
    }
    let ceiling = Ceiling::new(role, &organization, at, touched.into_iter().collect());
    ceiling.refuse_default(&organization)?;
    ceiling.check(transaction.reader).await?;
    transaction.postcondition = Some(Box::new(ceiling));
    Ok(())
}

/// The users and groups that a write changes, or through which it changes what others hold.
fn principals(write: &Write) -> Vec<Id> {
    match write {
        Write::InsertUser(user, _) => vec![user.id],
        Write::UpdateUser { after, .. } => vec![after.id],
        Write::EraseUser(user, _) => vec![user.id],
        Write::InsertGroup(group, ..) | Write::UpdateGroup(group, ..) => vec![group.id],
        Write::InsertMembers { group, .. } | Write::DeleteMembers { group, .. } => vec![*group],
        Write::LeaveGroups { member, .. } => vec![*member],
        Write::JoinGroups { user, groups, .. } => {
            let groups = groups.iter().map(|membership| membership.group);
            groups.chain([*user]).collect()
        }
        Write::InsertGrants(grants) => grants.iter().map(|grant| grant.key.principal_id).collect(),
        Write::DeleteGrants(keys) => keys.iter().map(|key| key.principal_id).collect(),
        Write::Adopt { ids, .. } => ids.clone(),
        // They change no access, or no connection makes them.
        Write::InsertOrganization(..)
        | Write::DeleteOrganization(..)
        | Write::UndeleteOrganization(..)
        | Write::InsertIdentity(..)
        | Write::DeleteIdentity { .. }
        | Write::UniqueGroupNames(..)
        | Write::InsertProject(..)
        | Write::UpdateProject(..)
        | Write::InsertRole(..)
        | Write::UpdateRole(..)
        | Write::RankRoles(..)
        | Write::KeepFormerAccess(..)
        | Write::ForgetFormerAccess(..)
        | Write::InsertMapping(..)
        | Write::UpdateMapping(..)
        | Write::DeleteMapping(..)
        | Write::SetGroupLicenses { .. }
        | Write::InsertConnection(..)
        | Write::UpdateConnection(..)
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
        | Write::InsertRequest(..) => Vec::new(),
    }
}

/// A ceiling, and what must stay below it.
struct Ceiling {
    role: String,
    allowed: Permissions,
    catalog: Catalog,
    organization: Id,
    at: Timestamp,
    touched: Vec<Id>,
}

impl Ceiling {
    /// A role that the catalog no longer has permits what the default role permits, so that users without roles are managed still.
    fn new(role: String, organization: &Organization, at: Timestamp, touched: Vec<Id>) -> Self {
        let catalog = organization.policy.catalog();
        let default = organization.policy.roles_default_org.as_deref();
        let known = catalog.rank(&role).map(|_| role.as_str()).or(default);
        Self {
            allowed: catalog.permissions(known.unwrap_or_default()),
            role,
            catalog,
            organization: organization.id,
            at,
            touched,
        }
    }

    /// While the role of those who have no other is above the ceiling, everybody holds more, or would with the next loss of a role.
    fn refuse_default(&self, organization: &Organization) -> Result<()> {
        match &organization.policy.roles_default_org {
            Some(role) if !self.allowed.covers(&self.catalog.permissions(role)) => Err(self.broken_by(role)),
            _ => Ok(()),
        }
    }

    fn broken_by(&self, role: &str) -> Error {
        Error::RuleBroken(Rule::RoleCeiling {
            role: role.to_owned(),
            ceiling: self.role.clone(),
        })
    }

    /// Tells whether a grant counts: one in an archived project does, as that can be active again.
    fn lasts(&self, grant: &Grant) -> bool {
        grant.expires_at.is_none_or(|end| end > self.at)
    }
}

#[async_trait]
impl Postcondition for Ceiling {
    /// Refuses roles above the ceiling that touched users hold, or touched groups give to members, through groups in groups too.
    async fn check(&self, reader: &mut dyn Reader) -> Result<()> {
        let kinds = reader.kinds_of(self.organization, &self.touched).await?;
        let edges = reader.memberships_above(self.organization, &self.touched).await?;
        let mut principals: HashSet<Id> = edges.iter().map(|(_, group)| *group).collect();
        principals.extend(&self.touched);
        let principals: Vec<Id> = principals.into_iter().collect();
        let mut grants = reader.grants_of(self.organization, &principals).await?;
        grants.retain(|grant| self.lasts(grant));
        let values: Vec<RoleValue> = grants.iter().map(value).collect();
        let resolver =
            RoleResolver::of_values(self.catalog.clone(), &values, self.organization, reader).await?;
        grants.retain(|grant| !self.allowed.covers(&resolver.permissions(&grant.key.role)));
        if grants.is_empty() {
            return Ok(());
        }
        let mut groups_of: HashMap<Id, Vec<Id>> = HashMap::new();
        for (member, group) in edges {
            groups_of.entry(member).or_default().push(group);
        }
        for (id, kind) in kinds {
            let around = around(id, &groups_of);
            let Some(above) = grants
                .iter()
                .find(|grant| around.contains(&grant.key.principal_id))
            else {
                continue;
            };
            // What a group without members holds is nobody's.
            let is_held =
                kind == MemberKind::User || !reader.members(self.organization, id, None, 1).await?.is_empty();
            if is_held {
                return Err(self.broken_by(&value(above).write()));
            }
        }
        Ok(())
    }
}

fn value(grant: &Grant) -> RoleValue {
    RoleValue {
        scope: grant.key.scope,
        role: grant.key.role.clone(),
    }
}

/// A user or group, and all groups above it.
fn around(id: Id, groups_of: &HashMap<Id, Vec<Id>>) -> HashSet<Id> {
    let mut around = HashSet::from([id]);
    let mut reached = vec![id];
    while let Some(member) = reached.pop() {
        let groups = groups_of.get(&member).into_iter().flatten();
        reached.extend(groups.filter(|group| around.insert(**group)));
    }
    around
}
