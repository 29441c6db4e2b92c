//! Licenses.

use identity_core::{
    directory::input::{LicenseChange, LicenseCount, LicenseReport},
    license::{AssignedLicense, LicenseAttribute, LicenseOrigin},
};
use identity_proto::v1::{self, GrantSource, ReportLicensesResponse, UserLicense};
use serde_json::{Map, Value};

pub(crate) fn to_message(license: LicenseCount) -> v1::License {
    v1::License {
        name: license.name,
        in_plan: license.in_plan,
        assigned_count: license.assigned,
    }
}

/// The license that counts for a user.
pub(crate) fn of_user(license: AssignedLicense) -> UserLicense {
    UserLicense {
        source: origin_message(license.origin).into(),
        value: license.value,
    }
}

fn origin_message(origin: LicenseOrigin) -> GrantSource {
    match origin {
        LicenseOrigin::Manual => GrantSource::Manual,
        LicenseOrigin::Scim => GrantSource::Scim,
        LicenseOrigin::Mapping => GrantSource::Mapping,
    }
}

/// Shows the license that was given among the extensions, under the name that the policy gives it.
pub(crate) fn show(
    extensions: &mut Map<String, Value>,
    given: Option<AssignedLicense>,
    attribute: Option<LicenseAttribute>,
) {
    let (Some(license), Some(attribute)) = (given, attribute) else {
        return;
    };
    let same = extensions
        .keys()
        .find(|urn| urn.eq_ignore_ascii_case(&attribute.urn));
    let urn = same.cloned().unwrap_or(attribute.urn);
    let values = extensions.entry(urn).or_insert_with(|| Map::new().into());
    if let Value::Object(values) = values {
        values.insert(attribute.name, license.value.into());
    }
}

pub(crate) fn report(report: LicenseReport) -> ReportLicensesResponse {
    ReportLicensesResponse {
        user_count: report.users,
        changing_count: report.changing,
        without_count: report.without,
        changes: report.changes.into_iter().map(change).collect(),
    }
}

fn change(change: LicenseChange) -> v1::LicenseChange {
    v1::LicenseChange {
        user_id: change.user.to_string(),
        user_name: change.user_name,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
    }
}
