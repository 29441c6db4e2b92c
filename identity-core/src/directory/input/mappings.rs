//! Mapping rules.

use crate::{
    group::Group,
    mapping::{GroupMatcher, MappingTarget},
};

/// A new mapping rule.
#[derive(Clone, Debug)]
pub struct NewMapping {
    /// Its place; `None`: after all others.
    pub position: Option<i32>,
    /// Which groups meet it.
    pub matcher: GroupMatcher,
    /// What they carry.
    pub target: MappingTarget,
}

/// Changes of a mapping rule; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct MappingUpdate {
    /// Which.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// Its place.
    pub position: Option<i32>,
    /// Which groups meet it.
    pub matcher: Option<GroupMatcher>,
    /// What they carry.
    pub target: Option<MappingTarget>,
}

/// What a mapping rule would mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingPreview {
    /// How many groups would meet it.
    pub groups: i64,
    /// How many direct memberships they have.
    pub memberships: i64,
    /// The first of the groups, in order of their ids.
    pub named: Vec<Group>,
}
