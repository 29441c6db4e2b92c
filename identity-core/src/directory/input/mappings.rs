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
    /// Condition that groups must meet.
    pub matcher: GroupMatcher,
    /// Role or license that these groups carry.
    pub target: MappingTarget,
}

/// Changes of a mapping rule; `None`: unchanged.
#[derive(Clone, Debug, Default)]
pub struct MappingUpdate {
    /// Mapping rule to change.
    pub id: String,
    /// The version it was made from; empty: any.
    pub etag: String,
    /// Its place.
    pub position: Option<i32>,
    /// Condition that groups must meet.
    pub matcher: Option<GroupMatcher>,
    /// Role or license that these groups carry.
    pub target: Option<MappingTarget>,
}

/// Effect that a mapping rule would have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingPreview {
    /// How many groups would meet it.
    pub groups: i64,
    /// How many direct memberships they have.
    pub memberships: i64,
    /// The first of the groups, in order of their ids.
    pub named: Vec<Group>,
}
