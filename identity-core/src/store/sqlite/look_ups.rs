//! Look-ups that PostgreSQL makes for several callers at a time. Here each is made at once, where the caller is.

use std::future::{Ready, ready};

use diesel::{QueryResult, prelude::*};

use super::{
    conn::{Conn, Loads},
    ops,
};
use crate::{
    error::Result,
    store::{
        failure::classify,
        rows::UserRow,
        schema::users,
        sql::{DirectGroups, EvidenceOf, EvidenceRow, Reach, UserOf, UserWithGroupsRow},
    },
};

/// A look-up.
pub(super) trait LookUp {
    /// One of the rows that answer it.
    type Row;

    /// All of them.
    fn load(self, conn: &mut Conn) -> QueryResult<Vec<Self::Row>>;
}

impl Conn {
    /// Makes a look-up.
    pub(super) fn look_up<L: LookUp>(&mut self, what: L) -> Ready<Result<Vec<L::Row>>> {
        ready(what.load(self).map_err(classify))
    }
}

impl<R: Reach> LookUp for EvidenceOf<R> {
    type Row = EvidenceRow;

    fn load(self, conn: &mut Conn) -> QueryResult<Vec<EvidenceRow>> {
        self.rows(conn, usize::MAX)
    }
}

impl LookUp for UserOf {
    type Row = UserWithGroupsRow;

    fn load(self, conn: &mut Conn) -> QueryResult<Vec<UserWithGroupsRow>> {
        ops::users::live(self.organization)
            .filter(users::id.eq(self.id))
            .select((UserRow::as_select(), DirectGroups))
            .rows(conn, 1)
    }
}
