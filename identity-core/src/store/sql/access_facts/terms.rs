//! A question, and what the statements about it have in common.

use diesel::{
    QueryResult, backend::Backend, query_builder::AstPass, serialize::ToSql, sql_types::HasSqlType,
};

use crate::{
    id::Id,
    platform::Timestamp,
    store::types::{Guid, Moment},
};

/// SQL term for a part of the question.
pub(in crate::store) enum Term<'b, T> {
    /// A value of its own.
    Value(&'b T),
    /// A column of the row that asks.
    Column(&'static str),
}

impl<'b, T> Term<'b, T> {
    pub(super) fn walk<Type, Db>(&self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Type>,
        T: ToSql<Type, Db>,
    {
        match self {
            Self::Value(value) => out.push_bind_param::<Type, _>(*value),
            Self::Column(name) => {
                out.push_sql(name);
                Ok(())
            }
        }
    }
}

/// A question.
pub(in crate::store) struct QueryTerms<'b> {
    pub(super) organization: Term<'b, Id>,
    pub(super) user: Term<'b, Id>,
    pub(super) project: Term<'b, Id>,
    pub(super) at: Term<'b, Timestamp>,
}

/// From the beginning to the project; the role is a row of `role`.
pub(super) fn walk_begin<'b, Db>(
    terms: &QueryTerms<'b>,
    role: &str,
    out: &mut AstPass<'_, 'b, Db>,
) -> QueryResult<()>
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    out.push_sql(
        "SELECT organizations.revision, organizations.policy_version, users.active, projects.status",
    );
    for column in [".project_id", ".role", ".expires_at"] {
        out.push_sql(", ");
        out.push_sql(role);
        out.push_sql(column);
    }
    out.push_sql(
        ", false FROM organizations \
         LEFT JOIN users ON users.organization_id = organizations.id AND users.deleted_at IS NULL AND users.id = ",
    );
    terms.user.walk::<Guid, _>(out)?;
    out.push_sql(
        " LEFT JOIN projects ON projects.organization_id = organizations.id AND projects.deleted_at IS NULL \
         AND projects.id = ",
    );
    terms.project.walk::<Guid, _>(out)
}

/// Writes the end of the part about the organization.
pub(super) fn walk_end<'b, Db>(terms: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    out.push_sql(" WHERE organizations.deleted_at IS NULL AND organizations.id = ");
    terms.organization.walk::<Guid, _>(out)
}

/// Writes the condition under which a row of `role` holds at the time.
pub(super) fn walk_unexpired<'b, Db>(
    terms: &QueryTerms<'b>,
    role: &str,
    out: &mut AstPass<'_, 'b, Db>,
) -> QueryResult<()>
where
    Db: Backend + HasSqlType<Moment>,
    Timestamp: ToSql<Moment, Db>,
{
    out.push_sql(" AND (");
    out.push_sql(role);
    out.push_sql(".expires_at IS NULL OR ");
    out.push_sql(role);
    out.push_sql(".expires_at > ");
    terms.at.walk::<Moment, _>(out)?;
    out.push_sql(")");
    Ok(())
}
