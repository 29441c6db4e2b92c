//! Reconciles a user's own `roles` with its grants: what becomes of each value, and which grants come and go with them.

use std::collections::BTreeSet;

use super::{RoleResolution, RoleResolver, ceiling, derived::IN_ORGANIZATION};
use crate::{
    directory::change_context::ChangeContext,
    error::{Error, Result},
    group::{MemberKind, Source},
    organization::Organization,
    policy::{Limit, Policy, RolesSource, UnknownValues},
    role::{Grant, GrantKey, RoleScope, RoleValue},
    store::{Reader, Write},
    user::{TypedValue, User},
    validate::excerpt,
};

/// Bytes of a role's name up to which it is looked up: an index holds it.
const MAX_ROLE_BYTES: usize = 1024;

/// A change of a user's roles. `before` is `None` for a new user.
pub(in crate::directory) struct RoleReconciler<'a> {
    pub(in crate::directory) organization: &'a Organization,
    pub(in crate::directory) context: &'a ChangeContext,
    pub(in crate::directory) before: Option<&'a User>,
}

/// The result of a change of a user's roles.
#[derive(Debug, Default)]
pub(in crate::directory) struct RoleChanges {
    /// The writes of its grants, to come after that of the user.
    pub(in crate::directory) writes: Vec<Write>,
    /// Statements about input without effect, one sentence each.
    pub(in crate::directory) ignored: Vec<String>,
}

impl RoleReconciler<'_> {
    /// Brings the roles of `after` into the form that is stored, and refuses what the policy does not allow.
    pub(in crate::directory) async fn reconcile(
        &self,
        after: &mut User,
        reader: &mut dyn Reader,
    ) -> Result<RoleChanges> {
        let unchanged = |before: &User| before.profile.roles == after.profile.roles;
        if self.before.is_some_and(unchanged) {
            return Ok(RoleChanges::default());
        }
        let catalog = self.organization.policy.catalog();
        let old = self.before.map(|user| user.profile.roles.as_slice());
        let values: Vec<_> = old
            .unwrap_or_default()
            .iter()
            .chain(&after.profile.roles)
            .collect();
        let values: Vec<_> = values
            .into_iter()
            .map(|role| RoleValue::parse(&role.value))
            .collect();
        let resolver = RoleResolver::of_values(catalog, &values, after.organization_id, reader).await?;
        let dropped = if ceiling::has_ceiling(self.context, self.organization, reader).await? {
            self.drop_unknown(&resolver, after)
        } else {
            Vec::new()
        };
        let mut changes = self.reconcile_with(&resolver, after)?;
        changes.ignored.extend(dropped);
        Ok(changes)
    }

    /// Drops new values that the catalog may get one day: what they will permit is not known, so they may be above the ceiling.
    fn drop_unknown(&self, resolver: &RoleResolver, after: &mut User) -> Vec<String> {
        if self.organization.policy.roles_unknown_values == UnknownValues::Reject {
            return Vec::new();
        }
        let is_new = |role: &TypedValue| {
            resolver.resolve(&role.value) == RoleResolution::Unknown && !has_value(self.before, &role.value)
        };
        let dropped = after.profile.roles.extract_if(.., |role| is_new(role));
        dropped.map(|role| no_role(&role.value)).collect()
    }

    /// The same with a resolver that has all that the values name, and whoever calls may give everything.
    pub(in crate::directory) fn reconcile_with(
        &self,
        resolver: &RoleResolver,
        after: &mut User,
    ) -> Result<RoleChanges> {
        let policy = &self.organization.policy;
        let given = std::mem::take(&mut after.profile.roles);
        let mut roles = stored(given, resolver, policy)?;
        if roles.is_empty() && policy.roles_max_per_scope == Limit::AtMost(1) {
            roles.extend(policy.roles_default_org.iter().map(|role| plain(role)));
        }
        refuse_too_many(&roles, resolver, policy.roles_max_per_scope)?;
        after.profile.roles = roles;
        let own = held(Some(after), resolver);
        let in_organization = own.iter().filter(|value| value.scope == RoleScope::Organization);
        after.organization_role = resolver
            .catalog()
            .strongest(in_organization.map(|value| value.role.as_str()))
            .map(str::to_owned);
        let had = held(self.before, resolver);
        Ok(RoleChanges {
            writes: self.writes(after, &had, &own),
            ignored: self.without_effect(after, resolver),
        })
    }

    fn writes(&self, user: &User, had: &BTreeSet<RoleValue>, own: &BTreeSet<RoleValue>) -> Vec<Write> {
        let key = |value: &RoleValue, source| GrantKey {
            organization_id: user.organization_id,
            principal_id: user.id,
            scope: value.scope,
            role: value.role.clone(),
            source,
        };
        let from_provider = self.organization.policy.roles_source == RolesSource::ScimRoles;
        let (source, connection_id) = self.context.origin(user.managed_by.filter(|_| from_provider));
        let gone = had.difference(own);
        let mut deleted: Vec<_> = gone
            .flat_map(|value| [key(value, Source::Scim), key(value, Source::Manual)])
            .collect();
        let new: Vec<_> = own.difference(had).collect();
        if self.organization.has_other_grants {
            // One that was given for a time makes room for the one that lasts.
            deleted.extend(new.iter().map(|value| key(value, source)));
        }
        let grant = |value: &&RoleValue| Grant {
            key: key(value, source),
            principal_kind: MemberKind::User,
            connection_id,
            expires_at: None,
            created_at: self.context.at,
        };
        let inserted: Vec<_> = new.iter().map(grant).collect();
        let mut writes = Vec::new();
        if !deleted.is_empty() {
            writes.push(Write::DeleteGrants(deleted));
        }
        if !inserted.is_empty() {
            writes.push(Write::InsertGrants(inserted));
        }
        writes
    }

    /// Returns statements about roles that are new and mean nothing here.
    fn without_effect(&self, after: &User, resolver: &RoleResolver) -> Vec<String> {
        let is_new = |role: &&TypedValue| {
            resolver.resolve(&role.value) == RoleResolution::Unknown && !has_value(self.before, &role.value)
        };
        let new = after.profile.roles.iter().filter(is_new);
        new.map(|role| no_role(&role.value)).collect()
    }
}

fn has_value(user: Option<&User>, value: &str) -> bool {
    user.is_some_and(|user| user.profile.roles.iter().any(|it| it.value == value))
}

fn no_role(value: &str) -> String {
    format!("role {value:?} is no role of this organization")
}

/// The roles that a user holds by its own list. Names that the catalog lacks are held without effect, as it may get them.
fn held(user: Option<&User>, resolver: &RoleResolver) -> BTreeSet<RoleValue> {
    let roles = user.map(|user| user.profile.roles.as_slice()).unwrap_or_default();
    let value = |role: &TypedValue| match resolver.resolve(&role.value) {
        RoleResolution::Known(value) => Some(value),
        RoleResolution::Unknown => {
            Some(RoleValue::parse(&role.value)).filter(|value| resolver.can_become_known(value))
        }
        RoleResolution::Preview | RoleResolution::Deleted | RoleResolution::NoRole => None,
    };
    let values = roles.iter().filter_map(value);
    values
        .filter(|value| value.role.len() <= MAX_ROLE_BYTES)
        .collect()
}

/// The values that are kept, each once, without what the server tells of them itself.
fn stored(given: Vec<TypedValue>, resolver: &RoleResolver, policy: &Policy) -> Result<Vec<TypedValue>> {
    let mut unknown = Vec::new();
    let mut kept: Vec<TypedValue> = Vec::new();
    for (at, mut role) in given.into_iter().enumerate() {
        match resolver.resolve(&role.value) {
            RoleResolution::NoRole | RoleResolution::Deleted => continue,
            RoleResolution::Preview => {
                return Err(Error::invalid(
                    format!("roles[{at}].value"),
                    "names a role in a preview project, which cannot be given here",
                ));
            }
            RoleResolution::Unknown => unknown.push(format!("{:?}", excerpt(&role.value))),
            RoleResolution::Known(value) => {
                forget_derived(&mut role, &value, resolver, policy.roles_max_per_scope);
                if kept.iter().any(|it| it.value == role.value) {
                    continue;
                }
            }
        }
        kept.push(role);
    }
    if !unknown.is_empty() && policy.roles_unknown_values == UnknownValues::Reject {
        let rule = format!(
            "has values that are no role of this organization: {}",
            unknown.join(", ")
        );
        return Err(Error::invalid("roles", rule));
    }
    Ok(kept)
}

/// Removes texts that the server derives by itself, so that a client that sends back what it read changes
/// nothing, and a project's new name is everywhere at once.
fn forget_derived(role: &mut TypedValue, value: &RoleValue, resolver: &RoleResolver, limit: Limit) {
    // A display name can be that of another role, which the client gave another value.
    let is_derived =
        |text: &mut String| resolver.catalog().rank(text).is_some() || *text == resolver.name(&value.role);
    let is_only = limit == Limit::AtMost(1);
    if is_only || value.scope != RoleScope::Organization {
        role.display = None;
        role.kind = None;
    } else {
        role.display.take_if(is_derived);
        role.kind.take_if(|it| it == IN_ORGANIZATION);
    }
    if is_only {
        role.primary = false;
    }
}

fn refuse_too_many(roles: &[TypedValue], resolver: &RoleResolver, limit: Limit) -> Result<()> {
    let Some(maximum) = limit.number() else {
        return Ok(());
    };
    let maximum = usize::try_from(maximum).unwrap_or(usize::MAX);
    let known = roles
        .iter()
        .filter_map(|role| match resolver.resolve(&role.value) {
            RoleResolution::Known(value) => Some(value.scope),
            _ => None,
        });
    let mut scopes: Vec<RoleScope> = known.collect();
    scopes.sort_unstable();
    for same in scopes.chunk_by(|a, b| a == b) {
        if same.len() > maximum {
            return Err(Error::invalid("roles", too_many(same[0], same.len(), maximum)));
        }
    }
    // Rule 70: none is as wrong as two, once roles are given at all.
    let has_one = scopes.first() == Some(&RoleScope::Organization);
    if maximum == 1 && !has_one && !roles.is_empty() {
        return Err(Error::invalid("roles", too_many(RoleScope::Organization, 0, 1)));
    }
    Ok(())
}

fn too_many(scope: RoleScope, found: usize, maximum: usize) -> String {
    match (scope, maximum) {
        (RoleScope::Organization, 1) => {
            format!("must have exactly one role in the organization, and have {found}")
        }
        (RoleScope::Organization, _) => {
            format!("must have at most {maximum} roles in the organization, and have {found}")
        }
        (RoleScope::Project(id), _) => {
            format!("must have at most {maximum} in one project, and have {found} in project {id}")
        }
    }
}

/// Refuses roles that a change gives anew and that are none of this organization, unless an identity provider sends them: what becomes of
/// those, the policy says.
pub(in crate::directory) async fn refuse_unknown_roles(
    context: &ChangeContext,
    organization: &Organization,
    (before, after): (Option<&User>, &User),
    reader: &mut dyn Reader,
) -> Result<()> {
    if context.connection_id().is_some() {
        return Ok(());
    }
    let held = before
        .map(|user| user.profile.roles.as_slice())
        .unwrap_or_default();
    let is_new = |role: &TypedValue| held.iter().all(|it| it.value != role.value);
    let given = after.profile.roles.iter().enumerate();
    let new: Vec<_> = given.filter(|(_, role)| is_new(role)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let values: Vec<_> = new
        .iter()
        .map(|(_, role)| RoleValue::parse(&role.value))
        .collect();
    let resolver =
        RoleResolver::of_values(organization.policy.catalog(), &values, organization.id, reader).await?;
    let unknown = new.iter().find(|(_, role)| {
        matches!(
            resolver.resolve(&role.value),
            RoleResolution::Unknown | RoleResolution::Deleted
        )
    });
    match unknown {
        Some((at, role)) => Err(Error::invalid(
            format!("roles[{at}].value"),
            format!("{:?} is no role of this organization", excerpt(&role.value)),
        )),
        None => Ok(()),
    }
}

fn plain(role: &str) -> TypedValue {
    TypedValue {
        value: role.to_owned(),
        ..TypedValue::default()
    }
}
