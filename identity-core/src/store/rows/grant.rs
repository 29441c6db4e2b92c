//! Rows of `role_grants`.

use std::collections::BTreeSet;

use diesel::prelude::*;
use uuid::Uuid;

use super::names::Named;
use crate::{
    group::{MemberKind, Source},
    id::Id,
    platform::Timestamp,
    role::OrganizationRole,
    store::schema::role_grants,
    user::User,
};

/// The project id of a role in the organization itself.
pub(in crate::store) const ORGANIZATION_ITSELF: Id = Id(Uuid::nil());

/// The organization roles that a user holds explicitly; a deleted one holds none.
pub(in crate::store) fn granted_roles(user: &User) -> BTreeSet<OrganizationRole> {
    if user.deleted_at.is_some() {
        return BTreeSet::new();
    }
    user.profile
        .roles
        .iter()
        .filter_map(|role| OrganizationRole::parse(&role.value))
        .collect()
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = role_grants, treat_none_as_default_value = false)]
pub(in crate::store) struct NewGrant {
    organization_id: Id,
    principal_id: Id,
    principal_kind: &'static str,
    project_id: Id,
    role: &'static str,
    source: &'static str,
    connection_id: Option<Id>,
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl NewGrant {
    /// A role in the organization for a user. Over SCIM it comes through the connection that manages the user.
    pub(in crate::store) fn new(user: &User, role: OrganizationRole, source: Source) -> Self {
        Self {
            organization_id: user.organization_id,
            principal_id: user.id,
            principal_kind: MemberKind::User.stored(),
            project_id: ORGANIZATION_ITSELF,
            role: role.stored(),
            source: source.stored(),
            connection_id: match source {
                Source::Scim => user.managed_by,
                Source::Manual => None,
            },
            expires_at: None,
            created_at: user.updated_at,
        }
    }
}
