//! Provisioning policies.

use std::collections::HashMap;

use identity_core::{
    directory::input::{PolicyEffect, PolicyPreview, PolicyUpdate},
    error::Error,
    organization::Organization,
    policy::{Policy, SETTINGS, Setter, Setting},
};
use identity_proto::v1::{
    self, PolicySetting, PreviewPolicyRequest, PreviewPolicyResponse, UpdatePolicyRequest,
};

use super::{change, etag, time};

pub(crate) fn to_message(organization: &Organization) -> v1::Policy {
    let policy = &organization.policy;
    v1::Policy {
        organization_id: organization.id.to_string(),
        preset: policy.preset.name().to_owned(),
        settings: SETTINGS
            .iter()
            .map(|setting| setting_message(setting, policy))
            .collect(),
        etag: etag(organization.policy_version),
        update_time: Some(time::to_message(organization.policy_updated_at)),
    }
}

fn setting_message(setting: &Setting, policy: &Policy) -> PolicySetting {
    PolicySetting {
        key: setting.key.to_owned(),
        value: setting.value(policy),
        allowed: setting.allowed(),
        root_only: setting.setter == Setter::Root,
        description: setting.description.to_owned(),
    }
}

pub(crate) fn update(request: UpdatePolicyRequest) -> PolicyUpdate {
    let mut settings: Vec<_> = request.settings.into_iter().collect();
    // A map has no order, and the first setting that is refused is the one that the caller hears of.
    settings.sort_unstable();
    PolicyUpdate {
        preset: request.preset,
        settings,
        etag: request.etag,
    }
}

/// The keys of the settings of a request, by which a refusal of one is named within it.
pub(crate) struct SettingKeys(Vec<String>);

impl SettingKeys {
    pub(crate) fn of(settings: &HashMap<String, String>) -> Self {
        Self(settings.keys().cloned().collect())
    }

    pub(crate) fn locate(&self, error: Error) -> Error {
        match error {
            Error::Invalid { field, rule } if self.0.contains(&field) => Error::Invalid {
                field: format!("settings[{field}]"),
                rule,
            },
            error => error,
        }
    }
}

pub(crate) fn attempt(request: PreviewPolicyRequest) -> PolicyUpdate {
    update(UpdatePolicyRequest {
        preset: request.preset,
        settings: request.settings,
        ..UpdatePolicyRequest::default()
    })
}

pub(crate) fn preview(preview: PolicyPreview) -> PreviewPolicyResponse {
    let effect = |effect: PolicyEffect| v1::PolicyEffect {
        setting: effect.setting.to_owned(),
        what: effect.what,
        count: effect.count,
        samples: effect.samples,
    };
    PreviewPolicyResponse {
        changes: preview.changes.into_iter().map(change::field_message).collect(),
        effects: preview.effects.into_iter().map(effect).collect(),
    }
}

#[cfg(test)]
mod tests {
    use identity_core::policy::{Policy, SETTINGS};
    use identity_proto::v1::UpdatePolicyRequest;

    use super::{setting_message, update};

    #[test]
    fn every_setting_is_told_with_its_value_and_what_it_may_be() {
        let policy = Policy::default();
        for setting in SETTINGS {
            let told = setting_message(setting, &policy);
            assert_eq!(told.key, setting.key);
            assert!(
                !told.allowed.is_empty() && !told.description.is_empty(),
                "{}",
                told.key
            );
        }
    }

    #[test]
    fn settings_are_changed_in_order_of_their_keys() {
        let settings = ["b", "c", "a"].map(|key| (key.to_owned(), "x".to_owned()));
        let request = UpdatePolicyRequest {
            settings: settings.into(),
            ..Default::default()
        };
        let keys = update(request).settings.into_iter().map(|(key, _)| key);
        assert_eq!(keys.collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
