//! All that one question about a user is decided by, in one statement, so that it is of one state and takes one round trip. PostgreSQL
//! answers several questions in one: `pg::batcher` says why.

mod direct;
mod nested;
mod terms;

use std::marker::PhantomData;

use diesel::{
    QueryResult,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, BigInt, Bool, HasSqlType, Nullable, Text},
    sqlite::Sqlite,
};

use self::terms::{QueryTerms, Term};
use crate::{
    id::Id,
    platform::Timestamp,
    store::types::{Guid, Moment},
};

/// One question. Its rows tell the roles that have effect for the user in the organization or in the project; there is none with a
/// revision if there is no such organization.
pub(in crate::store) struct AccessFactsOf<Reach> {
    pub(in crate::store) organization: Id,
    pub(in crate::store) user: Id,
    /// Zeros: none is asked about.
    pub(in crate::store) project: Id,
    pub(in crate::store) at: Timestamp,
    reach: PhantomData<Reach>,
}

/// The user's own roles and those of the groups that it is in. The rows of those groups say whether they are in groups themselves. Most
/// are not, and without a recursion the databases need no tables of their own for it: a quarter of the time on SQLite.
pub(in crate::store) enum Direct {}

/// Roles of the user and of all groups that it is in, directly or through other groups.
pub(in crate::store) enum Nested {}

/// Groups that a question reaches.
pub(in crate::store) trait Reach: Send + Sync + 'static {
    fn walk<'b, Db>(asked: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
        Id: ToSql<Guid, Db>,
        Timestamp: ToSql<Moment, Db>;
}

impl AccessFactsOf<Direct> {
    pub(in crate::store) fn new((organization, user, project): (Id, Id, Id), at: Timestamp) -> Self {
        Self {
            organization,
            user,
            project,
            at,
            reach: PhantomData,
        }
    }

    /// The same question, with groups around groups.
    pub(in crate::store) fn nested(self) -> AccessFactsOf<Nested> {
        AccessFactsOf {
            organization: self.organization,
            user: self.user,
            project: self.project,
            at: self.at,
            reach: PhantomData,
        }
    }
}

impl<R> Clone for AccessFactsOf<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for AccessFactsOf<R> {}

/// Revision and version of the policy, in one row only; whether the user is active and the project's status; a role: where, which, until
/// when; whether it comes from a group that is in a group.
pub(in crate::store) type AccessFactsRow = (
    Option<i64>,
    Option<i64>,
    Option<bool>,
    Option<String>,
    Option<Id>,
    Option<String>,
    Option<Timestamp>,
    bool,
);

type Columns = (
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Bool>,
    Nullable<Text>,
    Nullable<Guid>,
    Nullable<Text>,
    Nullable<Moment>,
    Bool,
);

impl<R> Query for AccessFactsOf<R> {
    type SqlType = Columns;
}

impl<R: Reach> QueryFragment<Sqlite> for AccessFactsOf<R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let asked = QueryTerms {
            organization: Term::Value(&self.organization),
            user: Term::Value(&self.user),
            project: Term::Value(&self.project),
            at: Term::Value(&self.at),
        };
        R::walk(&asked, &mut out)
    }
}

impl<R: Reach> QueryId for AccessFactsOf<R> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// The same for several: the rows of each, behind its place in the list, from 1.
pub(in crate::store) struct AccessFactsOfEach<Reach> {
    organizations: Vec<Id>,
    users: Vec<Id>,
    projects: Vec<Id>,
    times: Vec<Timestamp>,
    reach: PhantomData<Reach>,
}

impl<R> FromIterator<AccessFactsOf<R>> for AccessFactsOfEach<R> {
    fn from_iter<T: IntoIterator<Item = AccessFactsOf<R>>>(asked: T) -> Self {
        let mut each = Self {
            organizations: Vec::new(),
            users: Vec::new(),
            projects: Vec::new(),
            times: Vec::new(),
            reach: PhantomData,
        };
        for one in asked {
            each.organizations.push(one.organization);
            each.users.push(one.user);
            each.projects.push(one.project);
            each.times.push(one.at);
        }
        each
    }
}

impl<R> Query for AccessFactsOfEach<R> {
    type SqlType = (BigInt, Columns);
}

impl<R: Reach> QueryFragment<Pg> for AccessFactsOfEach<R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT asked.place, found.* FROM unnest(");
        out.push_bind_param::<Array<Guid>, _>(&self.organizations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Guid>, _>(&self.users)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Guid>, _>(&self.projects)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Moment>, _>(&self.times)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (organization_id, user_id, project_id, at, place) CROSS JOIN LATERAL (",
        );
        let asked = QueryTerms {
            organization: Term::Column("asked.organization_id"),
            user: Term::Column("asked.user_id"),
            project: Term::Column("asked.project_id"),
            at: Term::Column("asked.at"),
        };
        R::walk(&asked, &mut out)?;
        out.push_sql(") AS found");
        Ok(())
    }
}

impl<R: Reach> QueryId for AccessFactsOfEach<R> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
