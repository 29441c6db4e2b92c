//! Many ids as one bound value, so that their number does not change the statement's text.

use std::{fmt::Write, sync::OnceLock};

use diesel::{
    QueryResult,
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, Bool, Text},
    sqlite::Sqlite,
};

use crate::{id::Id, store::types::Guid};

/// A set of ids to bind: an array on PostgreSQL, a JSON text of hexadecimal ids on SQLite.
pub(in crate::store) struct IdList {
    ids: Vec<Id>,
    json: OnceLock<String>,
}

impl IdList {
    pub(in crate::store) fn new(ids: impl IntoIterator<Item = Id>) -> Self {
        Self {
            ids: ids.into_iter().collect(),
            json: OnceLock::new(),
        }
    }

    pub(super) fn bind_array<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Array<Guid>, _>(&self.ids)
    }

    pub(super) fn bind_json<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let json = self.json.get_or_init(|| json_of(&self.ids));
        out.push_bind_param::<Text, _>(json)
    }
}

fn json_of(ids: &[Id]) -> String {
    // 32 digits, two quotes and a comma for each.
    let mut json = String::with_capacity(2 + 35 * ids.len());
    json.push('[');
    for (index, id) in ids.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(json, "{comma}\"{}\"", id.0.simple());
    }
    json.push(']');
    json
}

/// Condition that a column holds one of many ids.
pub(in crate::store) struct IdIn<Column> {
    column: Column,
    ids: IdList,
}

impl<Column> IdIn<Column> {
    pub(in crate::store) fn new(column: Column, ids: &[Id]) -> Self {
        Self {
            column,
            ids: IdList::new(ids.iter().copied()),
        }
    }
}

impl<Column> Expression for IdIn<Column> {
    type SqlType = Bool;
}

impl<Column, Source> AppearsOnTable<Source> for IdIn<Column> where Column: AppearsOnTable<Source> {}

impl<Column, Source> SelectableExpression<Source> for IdIn<Column> where Column: SelectableExpression<Source> {}

impl<Column, Grouping> ValidGrouping<Grouping> for IdIn<Column> {
    type IsAggregate = is_aggregate::No;
}

impl<Column: QueryId> QueryId for IdIn<Column> {
    type QueryId = IdIn<Column::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Column::HAS_STATIC_QUERY_ID;
}

impl<Column, Db> QueryFragment<Db> for IdIn<Column>
where
    Column: QueryFragment<Db>,
    Db: Dialect,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        Db::id_in(&self.ids, &mut out)
    }
}

/// SQL about many ids that differs between the two databases.
pub(super) trait Dialect: Backend {
    /// Writes the SQL that follows a column to say that its value is among the ids.
    fn id_in<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
    /// The last column of a `SELECT` without other tables, with a row for each of the ids.
    fn each<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()>;
}

impl Dialect for Pg {
    fn id_in<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql(" = ANY(");
        ids.bind_array(out)?;
        out.push_sql(")");
        Ok(())
    }

    fn each<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("unnest(");
        ids.bind_array(out)?;
        out.push_sql(")");
        Ok(())
    }
}

impl Dialect for Sqlite {
    fn id_in<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql(" IN (SELECT unhex(value) FROM json_each(");
        ids.bind_json(out)?;
        out.push_sql("))");
        Ok(())
    }

    fn each<'b>(ids: &'b IdList, out: &mut AstPass<'_, 'b, Self>) -> QueryResult<()> {
        out.push_sql("unhex(value) FROM json_each(");
        ids.bind_json(out)?;
        out.push_sql(")");
        Ok(())
    }
}
