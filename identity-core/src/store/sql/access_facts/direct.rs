//! With the roles of the groups that the user is in itself.

use diesel::{
    QueryResult, backend::Backend, query_builder::AstPass, serialize::ToSql, sql_types::HasSqlType,
};

use super::{
    Direct, Reach,
    terms::{QueryTerms, walk_begin, walk_end, walk_unexpired},
};
use crate::{
    id::Id,
    platform::Timestamp,
    store::{
        rows::ORGANIZATION_ITSELF,
        types::{Guid, Moment},
    },
};

impl Reach for Direct {
    /// Roles in the organization and in the project are looked for one after the other: with one or the other at once, SQLite fills a
    /// table with the two places at each run.
    fn walk<'b, Db>(terms: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
        Id: ToSql<Guid, Db>,
        Timestamp: ToSql<Moment, Db>,
    {
        walk_begin(terms, "its", out)?;
        out.push_sql(
            " LEFT JOIN role_grants its ON users.active AND its.organization_id = users.organization_id \
             AND its.principal_id = users.id AND its.project_id = ",
        );
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        walk_unexpired(terms, "its", out)?;
        walk_end(terms, out)?;
        out.push_sql(
            " UNION ALL SELECT NULL, NULL, NULL, NULL, its.project_id, its.role, its.expires_at, \
             EXISTS (SELECT 1 FROM group_members outer_one \
             WHERE outer_one.organization_id = own.organization_id AND outer_one.member_id = own.group_id) \
             FROM group_members own LEFT JOIN role_grants its ON its.organization_id = own.organization_id \
             AND its.principal_id = own.group_id AND its.project_id = ",
        );
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        walk_unexpired(terms, "its", out)?;
        out.push_sql(" WHERE ");
        walk_memberships(terms, out)?;
        out.push_sql(IN_PROJECT);
        out.push_sql(" FROM role_grants its WHERE its.organization_id = ");
        terms.organization.walk::<Guid, _>(out)?;
        out.push_sql(" AND its.principal_id = ");
        terms.user.walk::<Guid, _>(out)?;
        walk_project(terms, out)?;
        out.push_sql(IN_PROJECT);
        out.push_sql(
            " FROM group_members own CROSS JOIN role_grants its WHERE its.organization_id = own.organization_id \
             AND its.principal_id = own.group_id AND ",
        );
        walk_memberships(terms, out)?;
        walk_project(terms, out)
    }
}

/// The begin of a part about roles in the project.
const IN_PROJECT: &str =
    " UNION ALL SELECT NULL, NULL, NULL, NULL, its.project_id, its.role, its.expires_at, false";

/// Writes the condition under which a row of `own` is a group of the user.
fn walk_memberships<'b, Db>(terms: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    out.push_sql("own.organization_id = ");
    terms.organization.walk::<Guid, _>(out)?;
    out.push_sql(" AND own.member_id = ");
    terms.user.walk::<Guid, _>(out)
}

/// Writes the condition under which a row of `its` is a role in the project, if one is asked about.
fn walk_project<'b, Db>(terms: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
where
    Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
{
    out.push_sql(" AND its.project_id = ");
    terms.project.walk::<Guid, _>(out)?;
    out.push_sql(" AND ");
    terms.project.walk::<Guid, _>(out)?;
    out.push_sql(" <> ");
    out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
    walk_unexpired(terms, "its", out)
}
