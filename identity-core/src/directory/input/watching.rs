//! Requests to follow changes.

use crate::error::Resource;

/// Request to follow changes.
#[derive(Clone, Debug, Default)]
pub struct WatchRequest {
    /// Organizations whose changes to follow.
    pub target: WatchTarget,
    /// From where on; `None`: from now.
    pub start: Option<WatchStart>,
    /// Only changes of these kinds of resource; empty: of all.
    pub kinds: Vec<Resource>,
}

/// Organizations whose changes to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchTarget {
    /// One organization, by its id or slug; empty: the caller's own.
    Organization(String),
    /// All organizations, also those that are created later. For root alone.
    All,
}

impl Default for WatchTarget {
    fn default() -> Self {
        Self::Organization(String::new())
    }
}

/// From where on changes are followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchStart {
    /// All changes of later revisions. For all organizations only 0, the beginning of each.
    AfterRevision(i64),
    /// Where an event with this token ended.
    Token(String),
}
