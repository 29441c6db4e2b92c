//! Pages of users and groups.

use crate::{filter::Filter, id::Id, schema::ExtensionSchema};

/// One page of users or groups.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Condition that the users or groups meet; [`Filter::All`] of nothing: all.
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
    /// Visibility of those users or groups to the caller.
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

/// Visibility of an organization's users and groups to a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisibilityFilter {
    /// Only what this connection manages.
    pub managed_by: Option<Id>,
    /// Visibility of break-glass accounts.
    pub break_glass: BreakGlass,
    /// Visibility of deleted users.
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

/// Visibility of break-glass accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BreakGlass {
    /// Visible.
    #[default]
    Included,
    /// Hidden.
    Hidden,
}

/// Visibility of deleted users; of a name only the last is seen, and none if a live user has the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deleted {
    /// Hidden.
    #[default]
    Hidden,
    /// Visible among the others.
    Included,
    /// Visible alone, without the others.
    Only,
}

/// An order of rows: by an attribute's key, then by id; absent values last (first when descending).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The attribute as in filters; `None`: by id alone.
    pub attribute: Option<String>,
    /// Direction of the order.
    pub direction: Direction,
}

/// Direction of an order.
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
