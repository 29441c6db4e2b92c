//! Reading and changing a policy by keys and texts.

use super::{
    Policy, Preset, SETTINGS,
    settings::{Setting, Support},
    value::{Value, Word},
    words::EmptyRoles,
};
use crate::error::{Error, Result, Rule};

impl Setting {
    /// Its value in a policy.
    pub fn value(&self, policy: &Policy) -> String {
        (self.get)(policy)
    }

    /// What it may be, as a phrase.
    pub fn allowed(&self) -> String {
        (self.allowed)()
    }

    /// The setting of this key.
    pub fn find(key: &str) -> Option<&'static Self> {
        let at = SETTINGS.binary_search_by(|setting| setting.key.cmp(key)).ok()?;
        SETTINGS.get(at)
    }
}

impl Preset {
    /// The name in every API.
    pub fn name(self) -> &'static str {
        Word::name(self)
    }

    /// The preset of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let rule = || format!("must be one of {}", <Self as Value>::allowed());
        <Self as Value>::read(name).ok_or_else(|| Error::invalid("preset", rule()))
    }
}

impl Policy {
    /// This policy after a change: first filled from the preset, if one is named, then the settings set.
    ///
    /// A preset brings the values of settings without an effect along, and they are shown as such; by themselves they can be set to
    /// nothing but what they are.
    pub fn updated(&self, preset: &str, settings: &[(String, String)]) -> Result<Self> {
        let mut policy = if preset.is_empty() {
            self.clone()
        } else {
            Self::of(Preset::parse(preset)?)
        };
        for (key, text) in settings {
            policy.set(key, text)?;
        }
        policy.validate()?;
        Ok(policy)
    }

    fn set(&mut self, key: &str, text: &str) -> Result<()> {
        let setting =
            Setting::find(key).ok_or_else(|| Error::invalid(key, "there is no setting of this name"))?;
        let before = setting.value(self);
        (setting.set)(self, text.trim())
            .ok_or_else(|| Error::invalid(key, format!("must be {}", setting.allowed())))?;
        if setting.support == Support::Planned && setting.value(self) != before {
            return Err(Error::RuleBroken(Rule::SettingNotSupported(key.to_owned())));
        }
        Ok(())
    }

    /// Refuses settings that contradict each other.
    pub fn validate(&self) -> Result<()> {
        if self.roles_put_empty == EmptyRoles::ResetToDefault && self.roles_default_org.is_none() {
            return Err(Error::invalid(
                "roles.put_empty",
                "reset_to_default needs a role in roles.default_org",
            ));
        }
        Ok(())
    }
}
