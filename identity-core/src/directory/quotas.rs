//! Quotas: how many users, groups, projects and tokens an organization may have, as its operator says.
//!
//! They are asked where one more comes into being, under the organization's lock. A quota that is set below what there is takes
//! nothing away.

use crate::{
    error::{Error, Result, Rule},
    organization::Organization,
    policy::Quota,
};

/// Refuses a count above a quota; `setting` is its key.
pub(super) fn require(setting: &'static str, quota: Quota, count: i64) -> Result<()> {
    match quota.number() {
        Some(maximum) if count > i64::from(maximum) => {
            Err(Error::RuleBroken(Rule::QuotaExhausted(setting, maximum)))
        }
        _ => Ok(()),
    }
}

/// Counts one more group.
pub(super) fn count_group(organization: &mut Organization) -> Result<()> {
    organization.group_count += 1;
    require(
        "quota.groups",
        organization.policy.quota_groups,
        organization.group_count,
    )
}
