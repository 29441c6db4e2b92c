//! An organization as the change log shows it.

use serde_json::json;

use crate::{
    directory::record::Record,
    organization::{Organization, OrganizationStatus},
};

/// The fields of an organization by their names in the API; its policy has entries of its own.
pub(super) fn of(organization: &Organization) -> Record {
    let status = match organization.status {
        OrganizationStatus::Active => "active",
        OrganizationStatus::Suspended => "suspended",
    };
    let facts = &organization.facts;
    let fields = [
        ("slug", json!(organization.slug)),
        ("name", json!(organization.name)),
        ("status", json!(status)),
        ("plan", json!(facts.plan)),
        ("seats", json!(facts.seats)),
        ("sso_enabled", json!(facts.sso_enabled)),
        ("rbac_enabled", json!(facts.rbac_enabled)),
    ];
    let domains = Some(&facts.verified_domains).filter(|domains| !domains.is_empty());
    let domains = domains.map(|domains| ("verified_domains", json!(domains)));
    fields
        .into_iter()
        .chain(domains)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
