//! The roles of a user as a reader sees them: with what projects, custom roles and groups say about them.

use std::{collections::HashMap, sync::Arc};

use crate::{
    directory::{
        organization_context::OrganizationContext,
        roles::{RoleResolution, RoleResolver, derived, show_legacy_role},
    },
    error::Result,
    id::Id,
    platform::Timestamp,
    policy::{Limit, Policy},
    role::{RoleScope, RoleValue},
    store::Reader,
    user::{TypedValue, User},
};

/// Facts about the roles of some users.
pub(super) struct ViewRoles {
    resolver: RoleResolver,
    /// The strongest role that each user holds in the organization by any grant.
    granted: HashMap<Id, String>,
    policy: Arc<Policy>,
}

/// Tells whether the roles of a user name projects or custom roles.
pub(super) fn names_others(user: &User) -> bool {
    let names_others = |role: &TypedValue| {
        let value = RoleValue::parse(&role.value);
        value.scope != RoleScope::Organization || Id::parse(&value.role).is_some()
    };
    user.profile.roles.iter().any(names_others)
}

impl ViewRoles {
    /// Returns the facts that the policy alone tells.
    pub(super) fn of_policy(org: &OrganizationContext) -> Self {
        Self {
            resolver: RoleResolver::of_catalog(org.policy.catalog()),
            granted: HashMap::new(),
            policy: Arc::clone(&org.policy),
        }
    }

    /// Reads the facts that these users need. Reads nothing for users that hold no more than roles of the
    /// catalog in an organization where roles come from nothing else.
    pub(super) async fn of(
        org: &OrganizationContext,
        at: Timestamp,
        users: &[User],
        reader: &mut dyn Reader,
    ) -> Result<Self> {
        let mut roles = Self::of_policy(org);
        if users.iter().any(names_others) {
            let values = users.iter().flat_map(|user| &user.profile.roles);
            let values: Vec<_> = values.map(|role| RoleValue::parse(&role.value)).collect();
            roles.resolver = RoleResolver::of_values(org.policy.catalog(), &values, org.id, reader).await?;
        }
        if org.has_other_grants && !users.is_empty() {
            let ids: Vec<Id> = users.iter().map(|user| user.id).collect();
            let grants = reader.effective_grants(org.id, &ids, at).await?;
            for same in grants.chunk_by(|a, b| a.user_id == b.user_id) {
                let in_organization = same.iter().map(|it| &it.grant.key);
                let in_organization = in_organization.filter(|key| key.scope == RoleScope::Organization);
                let names = in_organization.map(|key| key.role.as_str());
                if let Some(role) = roles.resolver.catalog().strongest(names) {
                    let role = role.to_owned();
                    roles.granted.insert(same[0].user_id, role);
                }
            }
        }
        Ok(roles)
    }

    /// The effective role in the organization; empty: none.
    pub(super) fn organization_role(&self, user: &User) -> String {
        let own = user.organization_role.as_deref();
        let granted = self.granted.get(&user.id).map(String::as_str);
        let explicit = self.resolver.catalog().strongest(own.into_iter().chain(granted));
        explicit
            .or(self.policy.roles_default_org.as_deref())
            .unwrap_or_default()
            .to_owned()
    }

    /// Adds to the user's own roles what the server tells of them, and takes away those that are no more.
    pub(super) fn put_into(&self, user: &mut User, organization_role: &str) {
        show_legacy_role(user, organization_role, &self.policy);
        let is_only = self.policy.roles_max_per_scope == Limit::AtMost(1);
        let roles = &mut user.profile.roles;
        roles.retain(|role| self.resolver.resolve(&role.value) != RoleResolution::Deleted);
        if is_only && !roles.iter().any(|role| self.is_in_organization(role)) {
            let default = self.policy.roles_default_org.iter().map(|role| TypedValue {
                value: role.clone(),
                ..TypedValue::default()
            });
            roles.splice(..0, default);
        }
        for role in roles {
            if let RoleResolution::Known(value) = self.resolver.resolve(&role.value) {
                let derived = derived(&self.resolver, &value);
                role.display.get_or_insert(derived.display);
                role.kind.get_or_insert(derived.kind);
                role.primary |= is_only && value.scope == RoleScope::Organization;
            }
        }
    }

    fn is_in_organization(&self, role: &TypedValue) -> bool {
        matches!(self.resolver.resolve(&role.value), RoleResolution::Known(value) if value.scope == RoleScope::Organization)
    }
}
