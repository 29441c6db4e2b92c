//! Provisioning policies.

use identity_core::{directory::input::PolicyUpdate, organization::Organization};
use identity_proto::v1::{self, PolicySetting, UpdatePolicyRequest};

use super::{etag, time};

pub(crate) fn to_message(organization: &Organization) -> v1::Policy {
    v1::Policy {
        organization_id: organization.id.to_string(),
        preset: String::new(),
        settings: Vec::<PolicySetting>::new(),
        etag: etag(organization.policy_version),
        update_time: Some(time::to_message(organization.policy_updated_at)),
    }
}

pub(crate) fn update(request: UpdatePolicyRequest) -> PolicyUpdate {
    PolicyUpdate {
        preset: request.preset,
        settings: request.settings.into_iter().collect(),
        etag: request.etag,
    }
}
