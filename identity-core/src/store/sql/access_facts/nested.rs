//! With the roles of groups around groups, too.

use diesel::{
    QueryResult, backend::Backend, query_builder::AstPass, serialize::ToSql, sql_types::HasSqlType,
};

use super::{
    Nested, Reach,
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

impl Reach for Nested {
    fn walk<'b, Db>(terms: &QueryTerms<'b>, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
        Id: ToSql<Guid, Db>,
        Timestamp: ToSql<Moment, Db>,
    {
        out.push_sql(
            "WITH RECURSIVE belonging (group_id) AS (\
             SELECT group_id FROM group_members WHERE organization_id = ",
        );
        terms.organization.walk::<Guid, _>(out)?;
        out.push_sql(" AND member_id = ");
        terms.user.walk::<Guid, _>(out)?;
        out.push_sql(
            " UNION SELECT parent.group_id FROM belonging \
             CROSS JOIN group_members parent WHERE parent.member_id = belonging.group_id AND parent.organization_id = ",
        );
        terms.organization.walk::<Guid, _>(out)?;
        out.push_sql(
            "), held AS (SELECT its.project_id, its.role, its.expires_at FROM role_grants its WHERE its.organization_id = ",
        );
        terms.organization.walk::<Guid, _>(out)?;
        out.push_sql(" AND its.principal_id = ");
        terms.user.walk::<Guid, _>(out)?;
        out.push_sql(
            " UNION ALL SELECT its.project_id, its.role, its.expires_at FROM belonging \
             CROSS JOIN role_grants its WHERE its.principal_id = belonging.group_id AND its.organization_id = ",
        );
        terms.organization.walk::<Guid, _>(out)?;
        out.push_sql(") ");
        walk_begin(terms, "held", out)?;
        out.push_sql(" LEFT JOIN held ON users.active AND (held.project_id = ");
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        out.push_sql(" OR held.project_id = ");
        terms.project.walk::<Guid, _>(out)?;
        out.push_sql(")");
        walk_unexpired(terms, "held", out)?;
        walk_end(terms, out)
    }
}
