//! Licenses.

use crate::id::Id;

/// A license of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseCount {
    /// Its name.
    pub name: String,
    /// Set if the plan includes it.
    pub in_plan: bool,
    /// How many users were given it, whether it counts or not.
    pub assigned: i64,
}

/// Effect of another source of licenses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseReport {
    /// All users.
    pub users: i64,
    /// Users whose license would be another one.
    pub changing: i64,
    /// Users that would have no license.
    pub without: i64,
    /// The first of those that change, in order of their ids.
    pub changes: Vec<LicenseChange>,
}

/// A license that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseChange {
    /// The user.
    pub user: Id,
    /// Its name.
    pub user_name: String,
    /// The license that counts now.
    pub before: Option<String>,
    /// The one that would count.
    pub after: Option<String>,
}
