//! Rows of `organizations`.

use diesel::prelude::*;

use super::{from_json, names::Named, to_json};
use crate::{
    error::{Error, Result},
    id::Id,
    organization::{Facts, Organization},
    platform::Timestamp,
    store::schema::organizations,
};

/// Separator between two domains; no domain contains it.
const BETWEEN_DOMAINS: &str = ",";

fn domains(stored: &str) -> Vec<String> {
    let domains = stored.split(BETWEEN_DOMAINS).filter(|it| !it.is_empty());
    domains.map(str::to_owned).collect()
}

/// A whole row.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations, treat_none_as_default_value = false)]
#[expect(clippy::struct_excessive_bools, reason = "a column is what it is")]
pub(in crate::store) struct OrganizationRow {
    id: Id,
    slug: String,
    name: String,
    status: String,
    plan: String,
    seats: i64,
    sso_enabled: bool,
    rbac_enabled: bool,
    version: i64,
    revision: i64,
    user_count: i64,
    group_count: i64,
    policy: String,
    policy_version: i64,
    policy_updated_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
    has_other_grants: bool,
    has_ceilings: bool,
    active_user_count: i64,
    break_glass_count: i64,
    verified_domains: String,
    deleted_at: Option<Timestamp>,
}

impl TryFrom<&Organization> for OrganizationRow {
    type Error = Error;

    fn try_from(organization: &Organization) -> Result<Self> {
        Ok(Self {
            id: organization.id,
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            status: organization.status.stored().into(),
            plan: organization.facts.plan.clone(),
            seats: organization.facts.seats,
            sso_enabled: organization.facts.sso_enabled,
            rbac_enabled: organization.facts.rbac_enabled,
            version: organization.version,
            revision: organization.revision,
            user_count: organization.user_count,
            group_count: organization.group_count,
            policy: to_json(&organization.policy)?,
            policy_version: organization.policy_version,
            policy_updated_at: organization.policy_updated_at,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
            has_other_grants: organization.has_other_grants,
            has_ceilings: organization.has_ceilings,
            active_user_count: organization.active_user_count,
            break_glass_count: organization.break_glass_count,
            verified_domains: organization.facts.verified_domains.join(BETWEEN_DOMAINS),
            deleted_at: organization.deleted_at,
        })
    }
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = Error;

    fn try_from(row: OrganizationRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            slug: row.slug,
            name: row.name,
            status: Named::read(&row.status)?,
            facts: Facts {
                plan: row.plan,
                seats: row.seats,
                sso_enabled: row.sso_enabled,
                rbac_enabled: row.rbac_enabled,
                verified_domains: domains(&row.verified_domains),
            },
            version: row.version,
            revision: row.revision,
            user_count: row.user_count,
            group_count: row.group_count,
            active_user_count: row.active_user_count,
            break_glass_count: row.break_glass_count,
            policy: from_json(&row.policy)?,
            policy_version: row.policy_version,
            policy_updated_at: row.policy_updated_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            has_other_grants: row.has_other_grants,
            has_ceilings: row.has_ceilings,
            deleted_at: row.deleted_at,
        })
    }
}

/// Columns that every commit changes.
#[derive(AsChangeset)]
#[diesel(table_name = organizations)]
pub(in crate::store) struct OrganizationCounters {
    revision: i64,
    user_count: i64,
    group_count: i64,
    active_user_count: i64,
    break_glass_count: i64,
}

impl From<&Organization> for OrganizationCounters {
    fn from(organization: &Organization) -> Self {
        Self {
            revision: organization.revision,
            user_count: organization.user_count,
            group_count: organization.group_count,
            active_user_count: organization.active_user_count,
            break_glass_count: organization.break_glass_count,
        }
    }
}

/// Columns that a change of the organization itself or of its policy changes in addition.
#[derive(AsChangeset)]
#[diesel(table_name = organizations)]
#[expect(clippy::struct_excessive_bools, reason = "a column is what it is")]
pub(in crate::store) struct OrganizationUpdate {
    name: String,
    status: &'static str,
    plan: String,
    seats: i64,
    sso_enabled: bool,
    rbac_enabled: bool,
    verified_domains: String,
    version: i64,
    policy: String,
    policy_version: i64,
    policy_updated_at: Timestamp,
    updated_at: Timestamp,
    has_other_grants: bool,
    has_ceilings: bool,
}

impl TryFrom<&Organization> for OrganizationUpdate {
    type Error = Error;

    fn try_from(organization: &Organization) -> Result<Self> {
        Ok(Self {
            name: organization.name.clone(),
            status: organization.status.stored(),
            plan: organization.facts.plan.clone(),
            seats: organization.facts.seats,
            sso_enabled: organization.facts.sso_enabled,
            rbac_enabled: organization.facts.rbac_enabled,
            verified_domains: organization.facts.verified_domains.join(BETWEEN_DOMAINS),
            version: organization.version,
            policy: to_json(&organization.policy)?,
            policy_version: organization.policy_version,
            policy_updated_at: organization.policy_updated_at,
            updated_at: organization.updated_at,
            has_other_grants: organization.has_other_grants,
            has_ceilings: organization.has_ceilings,
        })
    }
}
