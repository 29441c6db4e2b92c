//! Organizations.

use crate::organization::{Facts, OrganizationStatus};

/// A new organization.
#[derive(Clone, Debug, Default)]
pub struct NewOrganization {
    /// The unique short name.
    pub slug: String,
    /// The name that people see.
    pub name: String,
    /// Facts.
    pub facts: Facts,
    /// The preset of the first policy; empty: `default`.
    pub preset: String,
    /// The first admin's e-mail address; empty: none.
    pub admin_email: String,
    /// Empty: none.
    pub request_id: String,
}

/// Changes of an organization; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct OrganizationUpdate {
    /// Id or slug.
    pub organization: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The name.
    pub name: Option<String>,
    /// Status, which decides whether callers are served.
    pub status: Option<OrganizationStatus>,
    /// The plan.
    pub plan: Option<String>,
    /// Seats.
    pub seats: Option<i64>,
    /// Single sign-on.
    pub sso_enabled: Option<bool>,
    /// Role-based access control.
    pub rbac_enabled: Option<bool>,
    /// Domains whose e-mail addresses are believed.
    pub verified_domains: Option<Vec<String>>,
}
