//! Requirements for a mapping rule.

use crate::{
    directory::roles::{RoleResolution, RoleResolver},
    error::{Error, Result, Rule},
    mapping::{GroupMatcher, MappingRule, MappingTarget},
    policy::{LicenseSource, Policy},
    role::RoleValue,
    store::Reader,
    validate,
};

/// Rules that an organization may have.
pub(super) const MAX_RULES: usize = 500;

/// Refuses a rule that no group could meet, or that gives what there is not.
pub(super) async fn check(rule: &MappingRule, policy: &Policy, reader: &mut dyn Reader) -> Result<()> {
    let field = match &rule.matcher {
        GroupMatcher::Name(_) => "group_name",
        GroupMatcher::ExternalId(_) => "group_external_id",
        GroupMatcher::Pattern(_) => "group_pattern",
    };
    if rule.matcher.value().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    validate::text(field, rule.matcher.value())?;
    if rule.position < 0 {
        return Err(Error::invalid("position", "must not be negative"));
    }
    match &rule.target {
        MappingTarget::License(_) if policy.license_source == LicenseSource::Scim => {
            // Rule 117: it could have no effect.
            Err(Error::RuleBroken(Rule::PolicyForbids("license.source")))
        }
        MappingTarget::License(license) => policy.refuse_license("license", license),
        MappingTarget::Role(text) => {
            let value = RoleValue::parse(text);
            let values = std::slice::from_ref(&value);
            let resolver =
                RoleResolver::of_values(policy.catalog(), values, rule.organization_id, reader).await?;
            if resolver.resolve(text) == RoleResolution::Known(value) {
                return Ok(());
            }
            Err(Error::invalid(
                "role",
                format!("{text:?} is no role that can be given"),
            ))
        }
    }
}

/// Refuses one rule more than there may be.
pub(super) fn refuse_one_too_many(rules: &[MappingRule]) -> Result<()> {
    if rules.len() < MAX_RULES {
        return Ok(());
    }
    Err(Error::TooMany {
        limit: "mapping rules in one organization",
        maximum: u64::try_from(MAX_RULES).unwrap_or(u64::MAX),
        retry_after: None,
    })
}
