//! Licenses: what a user may have of the product, where that comes from, and which source counts.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result, Rule},
    policy::{Feature, LicenseSource, Policy},
};

/// The license that somebody gave a user. One value, the last one given: which source counts, the policy says when it is looked at, so
/// that switching the source rewrites no user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedLicense {
    /// Its name in the catalog.
    pub value: String,
    /// Origin of the license.
    pub origin: LicenseOrigin,
}

/// Origin of a license that a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LicenseOrigin {
    /// Hands.
    Manual,
    /// A provisioning client.
    Scim,
    /// A mapping rule; never stored with a user.
    Mapping,
}

impl LicenseOrigin {
    /// The name in every API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scim => "scim",
            Self::Mapping => "mapping",
        }
    }
}

/// The license that counts. `mapped` is what mapping rules say.
///
/// `manual`: what was given manually. `mapping`: what the rules say, and where they say nothing, what was given (rules 116 and 118: values
/// may already arrive over SCIM). `scim`: what the provisioning client gave, and nothing else (rule 117).
pub fn effective(
    source: LicenseSource,
    assigned: Option<&AssignedLicense>,
    mapped: Option<String>,
) -> Option<AssignedLicense> {
    let from = |origin| assigned.filter(|it| it.origin == origin).cloned();
    match source {
        LicenseSource::None => None,
        LicenseSource::Manual => from(LicenseOrigin::Manual),
        LicenseSource::Scim => from(LicenseOrigin::Scim),
        LicenseSource::Mapping => {
            let origin = LicenseOrigin::Mapping;
            let mapped = mapped.map(|value| AssignedLicense { value, origin });
            mapped.or_else(|| assigned.cloned())
        }
    }
}

/// The SCIM attribute that holds a user's license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseAttribute {
    /// The URN of its schema.
    pub urn: String,
    /// Its name there.
    pub name: String,
}

impl LicenseAttribute {
    /// The attribute that the setting `license.attribute` names: a URN, a colon and a name.
    pub fn of(policy: &Policy) -> Option<Self> {
        let (urn, name) = policy.license_attribute.0.first()?.rsplit_once(':')?;
        Some(Self {
            urn: urn.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The whole name, as in filters.
    pub fn path(&self) -> String {
        format!("{}:{}", self.urn, self.name)
    }
}

impl Policy {
    /// Tells whether the plan has a license of the catalog.
    pub fn plan_has_license(&self, license: &str) -> bool {
        let of_plan = &self.plan_licenses.0;
        of_plan.is_empty() || of_plan.iter().any(|it| it == license)
    }

    /// Refuses a license that is not in the catalog (rule 114: case matters) or not in the plan (rule 115). `field` is how the
    /// caller named it.
    pub fn refuse_license(&self, field: &str, license: &str) -> Result<()> {
        self.require_licenses()?;
        let catalog = &self.license_catalog.0;
        if !catalog.iter().any(|it| it == license) {
            let rule = match catalog.as_slice() {
                [] => format!("{license:?} is no license: license.catalog has none"),
                _ => format!("{license:?} is none of the licenses {}", catalog.join(", ")),
            };
            return Err(Error::invalid(field, rule));
        }
        if !self.plan_has_license(license) {
            return Err(Error::RuleBroken(Rule::PlanLacksLicense(license.to_owned())));
        }
        Ok(())
    }

    /// Refuses to speak of licenses where the plan has none.
    pub fn require_licenses(&self) -> Result<()> {
        if self.plan_features.contains(&Feature::Licenses) {
            return Ok(());
        }
        Err(Error::RuleBroken(Rule::PlanLacksFeature(
            Feature::Licenses.name(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(origin: LicenseOrigin) -> AssignedLicense {
        AssignedLicense {
            value: "it".into(),
            origin,
        }
    }

    fn counts(source: LicenseSource, assigned: &AssignedLicense, mapped: Option<&str>) -> String {
        let license = effective(source, Some(assigned), mapped.map(str::to_owned));
        license.map_or("none".into(), |it| it.value)
    }

    #[test]
    fn rules_win_over_what_was_given_and_leave_it_where_they_say_nothing() {
        for origin in [LicenseOrigin::Scim, LicenseOrigin::Manual] {
            let given = given(origin);
            assert_eq!(counts(LicenseSource::Mapping, &given, Some("analyst")), "analyst");
            assert_eq!(counts(LicenseSource::Mapping, &given, None), "it");
        }
    }

    #[test]
    fn a_source_counts_alone() {
        let (scim, manual) = (given(LicenseOrigin::Scim), given(LicenseOrigin::Manual));
        assert_eq!(counts(LicenseSource::Scim, &scim, Some("analyst")), "it");
        assert_eq!(counts(LicenseSource::Scim, &manual, Some("analyst")), "none");
        assert_eq!(counts(LicenseSource::Manual, &manual, Some("analyst")), "it");
        assert_eq!(counts(LicenseSource::Manual, &scim, Some("analyst")), "none");
        assert_eq!(counts(LicenseSource::None, &scim, Some("analyst")), "none");
    }
}
