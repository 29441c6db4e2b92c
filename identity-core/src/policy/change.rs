//! Reading and changing a policy by keys and texts.

use super::{
    Policy, Preset, SETTINGS,
    enums::{Drift, EmptyRoles, Feature, FirstLogin, LicenseSource, ManualUpdates, RolesSource},
    settings::{Setter, Setting},
    value::{SettingEnum, Value},
};
use crate::{
    error::{Error, Result},
    id::Id,
    organization::Facts,
    role::{Catalog, is_no_role},
    schema,
    text::fold,
};

impl Setting {
    /// Its value in a policy.
    pub fn value(&self, policy: &Policy) -> String {
        (self.get)(policy)
    }

    /// Describes the allowed values in a phrase.
    pub fn allowed(&self) -> String {
        (self.allowed)()
    }

    /// The setting of this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        let at = SETTINGS.binary_search_by(|setting| setting.key.cmp(key)).ok()?;
        SETTINGS.get(at)
    }
}

impl FirstLogin {
    /// The name in every API.
    pub fn text(self) -> String {
        self.write()
    }
}

impl Preset {
    /// The name in every API.
    pub fn name(self) -> &'static str {
        SettingEnum::name(self)
    }

    /// The preset of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let rule = || format!("must be one of {}", <Self as Value>::allowed());
        <Self as Value>::read(name).ok_or_else(|| Error::invalid("preset", rule()))
    }
}

impl RolesSource {
    /// The name in every API.
    pub fn name(self) -> &'static str {
        SettingEnum::name(self)
    }
}

impl LicenseSource {
    /// The source of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let rule = || format!("must be {}", <Self as Value>::allowed());
        <Self as Value>::read(name).ok_or_else(|| Error::invalid("source", rule()))
    }
}

impl Feature {
    /// The name in every API.
    pub fn name(self) -> &'static str {
        SettingEnum::name(self)
    }
}

impl Policy {
    /// This policy after a change: first filled from the preset, if one is named, then the settings set.
    ///
    /// A preset brings the values of settings without an effect along, and they are shown as such; by themselves they can be set to
    /// nothing but what they are.
    pub fn updated(&self, preset: &str, settings: &[(String, String)]) -> Result<Self> {
        let mut policy = self.clone();
        if !preset.is_empty() {
            policy = Self::of(Preset::parse(preset)?);
            for setting in Self::set_by_root() {
                policy.set(setting.key, &setting.value(self))?;
            }
        }
        for (key, text) in settings {
            policy.set(key, text)?;
        }
        policy.validate()?;
        Ok(policy)
    }

    /// Tells whether both policies have the same values of the settings that only root changes.
    pub fn agrees_for_root(&self, other: &Self) -> bool {
        Self::set_by_root().all(|setting| setting.value(self) == setting.value(other))
    }

    fn set_by_root() -> impl Iterator<Item = &'static Setting> {
        SETTINGS.iter().filter(|setting| setting.setter == Setter::Root)
    }

    /// The same policy with the features of the plan of this name, where `plan.catalog` tells them (rule 2).
    #[must_use]
    pub fn under_plan(self, plan: &str) -> Self {
        match self.plan_catalog.features_of(plan) {
            Some(plan_features) => Self {
                plan_features,
                ..self
            },
            None => self,
        }
    }

    /// Tells whether groups are provisioned although the organization lacks the role-based access control
    /// that the policy requires for it.
    pub fn lacks_rbac(&self, facts: &Facts) -> bool {
        self.groups_sync.is_on() && self.groups_require_rbac.is_on() && !facts.rbac_enabled
    }

    fn set(&mut self, key: &str, text: &str) -> Result<()> {
        let setting =
            Setting::find(key).ok_or_else(|| Error::invalid(key, "there is no setting of this name"))?;
        (setting.set)(self, text.trim())
            .ok_or_else(|| Error::invalid(key, format!("must be {}", setting.allowed())))
    }

    /// The roles of the organization.
    pub fn catalog(&self) -> Catalog {
        Catalog::new(&self.roles_catalog.0)
    }

    /// Licenses need a catalog, and to come over SCIM also an attribute.
    fn validate_licenses(&self) -> Result<()> {
        let has_catalog = !self.license_catalog.0.is_empty();
        if self.license_source != LicenseSource::None && !has_catalog {
            return Err(Error::invalid(
                "license.source",
                "needs licenses in license.catalog",
            ));
        }
        if self.license_source == LicenseSource::Scim && self.license_attribute.0.is_empty() {
            return Err(Error::invalid(
                "license.source",
                "scim needs an attribute in license.attribute",
            ));
        }
        let is_attribute = |text: &String| schema::is_attribute_path(text);
        if self.license_attribute.0.len() > 1 || !self.license_attribute.0.iter().all(is_attribute) {
            return Err(Error::invalid(
                "license.attribute",
                "must be one attribute: the URN of a schema, a colon and a name",
            ));
        }
        Ok(())
    }

    /// Refuses settings that contradict each other.
    pub fn validate(&self) -> Result<()> {
        self.validate_roles()?;
        if self.roles_put_empty == EmptyRoles::ResetToDefault && self.roles_default_org.is_none() {
            return Err(Error::invalid(
                "roles.put_empty",
                "reset_to_default needs a role in roles.default_org",
            ));
        }
        self.validate_licenses()?;
        if self.drift == Drift::KeepManual && self.manual_updates == ManualUpdates::AllowUntilNextSync {
            return Err(Error::invalid(
                "drift",
                "keep_manual contradicts manual_updates=allow_until_next_sync",
            ));
        }
        Ok(())
    }

    fn validate_roles(&self) -> Result<()> {
        let catalog = self.catalog();
        // Filters compare roles without case, and what the others say is said of no role.
        let is_reserved = |name: &&String| {
            let is_lower = fold(name) == **name;
            !is_lower
                || name.contains(':')
                || *name == "none"
                || is_no_role(name)
                || Id::parse(name).is_some()
        };
        if let Some(name) = catalog.names().iter().find(is_reserved) {
            return Err(Error::invalid(
                "roles.catalog",
                format!("{name:?} cannot be the name of a role"),
            ));
        }
        // An admin is one explicitly, or the last-admin rule would have nobody to count.
        let is_fit = |role: &String| role != catalog.admin() && catalog.rank(role).is_some();
        match &self.roles_default_org {
            Some(role) if !is_fit(role) => {
                let allowed = <Option<String> as Value>::allowed();
                Err(Error::invalid("roles.default_org", format!("must be {allowed}")))
            }
            _ => Ok(()),
        }
    }
}
