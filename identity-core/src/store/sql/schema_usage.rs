//! Condition that a document has values of an extension schema.

use diesel::{
    QueryResult,
    expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Bool, Text},
    sqlite::Sqlite,
};

/// Where a row keeps its extension values.
#[derive(Clone, Copy)]
pub(in crate::store) enum Extensions {
    /// Below `extensions` in the `profile` of a user.
    OfUser,
    /// In the `extensions` of a group.
    OfGroup,
}

/// Condition that the row's document has values of the schema of this URN.
pub(in crate::store) struct HasExtension {
    kind: Extensions,
    urn: String,
}

impl HasExtension {
    pub(in crate::store) fn new(kind: Extensions, urn: &str) -> Self {
        Self {
            kind,
            urn: urn.into(),
        }
    }
}

impl Expression for HasExtension {
    type SqlType = Bool;
}

impl<Table> AppearsOnTable<Table> for HasExtension {}

impl<Grouping> ValidGrouping<Grouping> for HasExtension {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for HasExtension {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for HasExtension {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(match self.kind {
            Extensions::OfUser => "profile::json -> 'extensions' -> ",
            Extensions::OfGroup => "extensions::json -> ",
        });
        out.push_bind_param::<Text, _>(&self.urn)?;
        out.push_sql(" IS NOT NULL");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for HasExtension {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // Not a path of `->`: the quotes of a path would have to be escaped.
        out.push_bind_param::<Text, _>(&self.urn)?;
        out.push_sql(match self.kind {
            Extensions::OfUser => " IN (SELECT key FROM json_each(profile, '$.extensions'))",
            Extensions::OfGroup => " IN (SELECT key FROM json_each(extensions))",
        });
        Ok(())
    }
}
