//! Several rows of different tables in one statement.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
};

/// Inserts in one statement at most. Each combination is a statement that connections keep prepared.
pub(super) const MOST: usize = 4;

/// The insertion of a row of values.
pub(super) type Insert = Box<dyn QueryFragment<Pg> + Send>;

/// Inserts that the server runs as one statement, which spares it an answer for each but the last. They must not read what the others
/// write; foreign keys among them hold, as the server checks these at the end of the statement.
pub(super) struct CombinedInsert(Vec<Insert>);

impl CombinedInsert {
    pub(super) fn new(inserts: Vec<Insert>) -> Self {
        Self(inserts)
    }
}

impl QueryId for CombinedInsert {
    // Known by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for CombinedInsert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        /// SQL before each insert that another one follows.
        const BEFORE: [&str; MOST - 1] = ["WITH a AS (", "), b AS (", "), c AS ("];
        let Some((last, first)) = self.0.split_last() else {
            return Ok(());
        };
        for (before, insert) in BEFORE.iter().zip(first) {
            out.push_sql(before);
            insert.walk_ast(out.reborrow())?;
        }
        if !first.is_empty() {
            out.push_sql(") ");
        }
        last.walk_ast(out)
    }
}

#[cfg(test)]
mod tests {
    use diesel::{debug_query, pg::Pg, sql_query};

    use super::{CombinedInsert, MOST};

    #[test]
    fn one_stands_alone_and_the_last_one_stands_behind_the_others() {
        let text = |count: usize| {
            let inserts = (0..count).map(|n| Box::new(sql_query(format!("I{n}"))) as _);
            debug_query::<Pg, _>(&CombinedInsert::new(inserts.collect())).to_string()
        };
        assert!(text(1).starts_with("I0 "), "{}", text(1));
        assert!(text(2).starts_with("WITH a AS (I0) I1 "), "{}", text(2));
        let most = text(MOST);
        assert!(
            most.starts_with("WITH a AS (I0), b AS (I1), c AS (I2) I3 "),
            "{most}"
        );
    }
}
