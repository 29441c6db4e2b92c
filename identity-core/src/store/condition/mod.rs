//! Filters and orders as SQL, for both databases.
//!
//! The most frequent questions are answered from indexes: equality of names and ids, e-mail addresses,
//! membership. Look-ups in other tables are written as `id IN (SELECT …)`: a correlated `EXISTS` makes SQLite
//! walk all users. Everything else compares keys in the row's `keys` document. All texts compare by bytes.

mod element;
mod fragment;
mod page;
mod render;
#[cfg(test)]
mod tests;
mod visibility_filter;

use crate::{error::Result, filter::plan, id::Id, schema::ExtendedType, store::ListQuery};
use fragment::Condition;
use render::Renderer;

/// Database whose SQL dialect is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Table and organization that are searched, and the SQL dialect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// Database whose SQL dialect is used.
    pub(crate) database: Database,
    /// The table `users` or `groups`.
    pub(crate) resource: ExtendedType,
    /// The organization; the statement around the condition restricts the table itself to it.
    pub(crate) organization: Id,
}

impl Search {
    /// The condition that a list sets beside its order and place.
    pub(crate) fn matching(self, query: &ListQuery) -> Result<Condition> {
        let plan = plan(self.resource, &query.filter, &query.schemas)?;
        let caching = fragment::caching_of(&plan);
        let mut renderer = Renderer::new(self);
        renderer.of_query(&plan, query, caching);
        renderer.visibility(&query.visibility);
        Ok(Condition::new(renderer.parts, caching))
    }
}
