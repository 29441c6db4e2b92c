//! Point reads that PostgreSQL makes for several callers at a time. Here each is made at once, where the caller is.

use std::future::{Ready, ready};

use diesel::{QueryResult, prelude::*};

use super::{
    classify,
    conn::{Conn, Loads},
    ops,
};
use crate::{
    error::Result,
    store::{
        rows::UserRow,
        schema::users,
        sql::{AccessFactsOf, AccessFactsRow, DirectGroups, Reach, UserOf, UserWithGroupsRow},
    },
};

/// A point read.
pub(super) trait PointRead {
    /// One of the rows that answer it.
    type Row;

    /// All of them.
    fn load(self, conn: &mut Conn) -> QueryResult<Vec<Self::Row>>;
}

impl Conn {
    /// Makes a point read.
    pub(super) fn lookup<L: PointRead>(&mut self, what: L) -> Ready<Result<Vec<L::Row>>> {
        ready(what.load(self).map_err(classify))
    }
}

impl<R: Reach> PointRead for AccessFactsOf<R> {
    type Row = AccessFactsRow;

    fn load(self, conn: &mut Conn) -> QueryResult<Vec<AccessFactsRow>> {
        self.rows(conn, usize::MAX)
    }
}

impl PointRead for UserOf {
    type Row = UserWithGroupsRow;

    fn load(self, conn: &mut Conn) -> QueryResult<Vec<UserWithGroupsRow>> {
        ops::users::live(self.organization)
            .filter(users::id.eq(self.id))
            .select((UserRow::as_select(), DirectGroups))
            .rows(conn, 1)
    }
}
