//! The policy.

use crate::change::FieldChange;

/// Changes of a policy.
#[derive(Clone, Debug, Default)]
pub struct PolicyUpdate {
    /// First filled from this preset; empty: not.
    pub preset: String,
    /// Then these are set.
    pub settings: Vec<(String, String)>,
    /// The version it was made from; empty: any.
    pub etag: String,
}

/// What a change of the policy would mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyPreview {
    /// The settings that would differ.
    pub changes: Vec<FieldChange>,
    /// Whom that concerns.
    pub effects: Vec<PolicyEffect>,
}

/// What a setting would mean for some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEffect {
    /// The setting.
    pub setting: &'static str,
    /// What it would mean, as a sentence about those who are counted.
    pub what: String,
    /// How many it concerns.
    pub count: i64,
    /// The names of the first of them.
    pub samples: Vec<String>,
}
