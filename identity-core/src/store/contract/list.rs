//! Pages of users and groups.

use crate::{filter::Filter, id::Id, schema::ExtensionSchema};

/// One page of users or groups.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Which; [`Filter::All`] of nothing: all.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// After which row.
    pub after: Option<Position>,
    /// How many rows to pass over; only without `after`.
    pub skip: i64,
    /// How many rows at most.
    pub limit: i64,
    /// The declared schemas of the organization, for filters and orders on their attributes.
    pub schemas: Vec<ExtensionSchema>,
    /// Which of those the caller sees.
    pub visibility: VisibilityFilter,
}

impl ListQuery {
    /// The first page of all that fits, for work on the whole organization.
    pub fn of_all(filter: Filter, limit: i64) -> Self {
        Self {
            filter,
            order: Order::default(),
            after: None,
            skip: 0,
            limit,
            schemas: Vec::new(),
            visibility: VisibilityFilter::default(),
        }
    }
}

/// What of an organization's users and groups a caller sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisibilityFilter {
    /// Only what this connection manages.
    pub managed_by: Option<Id>,
    /// Whether break-glass accounts are seen.
    pub break_glass: BreakGlass,
    /// Whether deleted users are seen.
    pub deleted: Deleted,
    /// The connection of which also groups are seen that it made while `groups.sync` was off.
    pub out_of_sync: Option<Id>,
}

impl VisibilityFilter {
    /// Among which rows is searched.
    pub(in crate::store) fn searched(&self) -> Deleted {
        self.out_of_sync.map_or(self.deleted, |_| Deleted::Included)
    }
}

/// Whether break-glass accounts are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BreakGlass {
    /// They are.
    #[default]
    Included,
    /// They are not.
    Hidden,
}

/// Whether deleted users are seen. Of those that had a name that is in use again, or that several had, only the newest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deleted {
    /// They are not.
    #[default]
    Hidden,
    /// They are, among the others.
    Included,
    /// Nobody else is.
    Only,
}

/// An order of rows: by an attribute's key, then by id; absent values last (first when descending).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The attribute as in filters; `None`: by id alone.
    pub attribute: Option<String>,
    /// Which way.
    pub direction: Direction,
}

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// The place of a row in an order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// The key of the order's attribute ([`crate::search`] makes it); `None`: absent, or the order is by id alone.
    pub key: Option<String>,
    /// The row's id.
    pub id: Id,
}
