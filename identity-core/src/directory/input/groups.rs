//! Groups.

use super::UpdateMode;
use crate::group::GroupKind;

/// The attributes of a group, as given.
#[derive(Clone, Debug, Default)]
pub struct GroupInput {
    /// Kind of group for the product; only a create looks at it.
    pub kind: GroupKind,
    /// The name.
    pub display_name: String,
    /// The provisioning client's id; empty: none.
    pub external_id: String,
    /// Values of declared extension schemas.
    pub extensions: serde_json::Map<String, serde_json::Value>,
    /// Names of attributes that the client dropped, as no schema has them.
    pub ignored_attributes: Vec<String>,
}

/// The fields of a group that an update can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields are documented in `Group`")]
pub enum GroupField {
    DisplayName,
    ExternalId,
    Extensions,
}

impl GroupField {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DisplayName, Self::ExternalId, Self::Extensions];
}

/// One step of a change of members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// These become members.
    Add(Vec<String>),
    /// These are members no longer.
    Remove(Vec<String>),
    /// Exactly these are members.
    Replace(Vec<String>),
}

/// Changes of a group.
#[derive(Clone, Debug, Default)]
pub struct GroupUpdate {
    /// Group to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// The fields that `input` gives.
    pub fields: Vec<GroupField>,
    /// Their values.
    pub input: GroupInput,
    /// Treatment of the other fields, members included.
    pub mode: UpdateMode,
    /// Changes of members, in order.
    pub member_changes: Vec<MemberChange>,
}
