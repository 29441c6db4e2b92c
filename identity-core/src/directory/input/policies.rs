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

/// Effect that a change of the policy would have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyPreview {
    /// The settings that would differ.
    pub changes: Vec<FieldChange>,
    /// Effects on those that the change concerns.
    pub effects: Vec<PolicyEffect>,
}

/// Effect that a setting would have on those that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEffect {
    /// The setting.
    pub setting: &'static str,
    /// Effect as a sentence about those that are counted.
    pub what: String,
    /// How many it concerns.
    pub count: i64,
    /// The names of the first of them.
    pub samples: Vec<String>,
}
