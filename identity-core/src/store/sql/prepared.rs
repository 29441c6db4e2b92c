//! Statements that a connection keeps prepared.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, QueryFragment, QueryId},
};

/// A statement of fixed text. Diesel keeps no prepared `UPDATE` and no upsert, as their texts may vary without end; ours do not.
pub(in crate::store) struct Prepared<Q>(pub(in crate::store) Q);

impl<Q> QueryId for Prepared<Q> {
    // Known by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, Db> QueryFragment<Db> for Prepared<Q>
where
    Q: QueryFragment<Db>,
    Db: Backend,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Db) -> QueryResult<bool> {
        Ok(true)
    }
}

/// A statement whose type fixes its text, so that the text is made once: for an insertion of 25 columns, making it and comparing it took
/// 45,000 of the 80,000 instructions of the whole. All rows to insert are of this kind (`treat_none_as_default_value = false`).
pub(in crate::store) struct PreparedByType<Q>(pub(in crate::store) Q);

impl<Q: 'static> QueryId for PreparedByType<Q> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Q, Db> QueryFragment<Db> for PreparedByType<Q>
where
    Q: QueryFragment<Db>,
    Db: Backend,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Db) -> QueryResult<bool> {
        Ok(true)
    }
}
