//! Rows of `mapping_rules` and `group_licenses`.

use diesel::prelude::*;

use crate::{
    error::{Error, Result},
    id::Id,
    mapping::{GroupMatcher, MappingRule, MappingTarget},
    platform::Timestamp,
    store::{
        GroupLicense,
        schema::{group_licenses, mapping_rules},
    },
};

/// A whole row.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = mapping_rules,
    primary_key(organization_id, id),
    treat_none_as_default_value = false
)]
pub(in crate::store) struct MappingRow {
    organization_id: Id,
    id: Id,
    position: i32,
    match_kind: String,
    match_value: String,
    target_kind: String,
    target_value: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<&MappingRule> for MappingRow {
    fn from(rule: &MappingRule) -> Self {
        Self {
            organization_id: rule.organization_id,
            id: rule.id,
            position: rule.position,
            match_kind: rule.matcher.kind().into(),
            match_value: rule.matcher.value().into(),
            target_kind: rule.target.kind().into(),
            target_value: rule.target.value().into(),
            version: rule.version,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

impl TryFrom<MappingRow> for MappingRule {
    type Error = Error;

    fn try_from(row: MappingRow) -> Result<Self> {
        let unknown = |kind: &str| Error::Internal(format!("{kind:?} in a table is no kind").into());
        Ok(Self {
            id: row.id,
            organization_id: row.organization_id,
            position: row.position,
            matcher: match row.match_kind.as_str() {
                "name" => GroupMatcher::Name(row.match_value),
                "external_id" => GroupMatcher::ExternalId(row.match_value),
                "pattern" => GroupMatcher::Pattern(row.match_value),
                kind => return Err(unknown(kind)),
            },
            target: match row.target_kind.as_str() {
                "role" => MappingTarget::Role(row.target_value),
                "license" => MappingTarget::License(row.target_value),
                kind => return Err(unknown(kind)),
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A row within its organization.
#[derive(Queryable, Selectable)]
#[diesel(table_name = group_licenses)]
pub(in crate::store) struct GroupLicenseRow {
    group_id: Id,
    position: i32,
    rule_id: Id,
    license: String,
}

impl TryFrom<GroupLicenseRow> for GroupLicense {
    type Error = Error;

    fn try_from(row: GroupLicenseRow) -> Result<Self> {
        Ok(Self {
            group: row.group_id,
            position: row.position,
            rule: row.rule_id,
            license: row.license,
        })
    }
}
