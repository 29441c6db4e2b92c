//! Requests for pages of lists, and the content of these pages.

use crate::{
    change::Change,
    filter::Filter,
    store::{Deleted, Order},
};

/// Request for a page of a list in its one order.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// How many at most; 0: the list's default; more than its maximum: the maximum; negative: refused.
    pub size: i32,
    /// The token of the page before; empty: the first page.
    pub token: String,
}

/// Request for a page of users or groups.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Page that is asked for.
    pub page: PageRequest,
    /// Condition that they must meet; `None`: all of them.
    pub filter: Option<Filter>,
    /// In which order.
    pub order: Order,
    /// How many to pass over; only without a token.
    pub skip: i64,
    /// Content of the answer.
    pub view: View,
    /// The request for deleted users in lists.
    pub deleted: Deleted,
}

/// Content of the answer to a list request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The resources.
    #[default]
    Resources,
    /// The resources and the total.
    WithTotal,
    /// The total alone.
    TotalOnly,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// For the next page; empty on the last.
    pub next_page_token: String,
    /// How many there are in all, where asked for.
    pub total: Option<i64>,
}

/// One page of the change log.
#[derive(Clone, Debug)]
pub struct ChangePage {
    /// The page.
    pub page: Page<Change>,
    /// The organization's revision when the page was read.
    pub revision: i64,
}
