//! Licences.

use crate::id::Id;

/// A licence of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseCount {
    /// Its name.
    pub name: String,
    /// Whether the plan has it.
    pub in_plan: bool,
    /// How many users were given it, whether it counts or not.
    pub assigned: i64,
}

/// What another source of licences would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseReport {
    /// All users.
    pub users: i64,
    /// Those whose licence would be another one.
    pub changing: i64,
    /// Those who would have none.
    pub without: i64,
    /// The first of those that change, in order of their ids.
    pub changes: Vec<LicenseChange>,
}

/// A licence that would be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseChange {
    /// The user.
    pub user: Id,
    /// Its name.
    pub user_name: String,
    /// The licence that counts now.
    pub before: Option<String>,
    /// The one that would count.
    pub after: Option<String>,
}
