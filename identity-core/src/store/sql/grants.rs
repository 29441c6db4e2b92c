//! Grants that have effect for users: their own, and those of the groups that they belong to, directly or
//! through other groups.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, HasSqlType, Nullable, Text},
};

use super::ids::{Dialect, IdList};
use crate::{
    id::Id,
    platform::Timestamp,
    store::{
        rows::ORGANIZATION_ITSELF,
        types::{Guid, Moment},
    },
};

/// The grants that have effect for these users at a time: not expired, and not in a project that is archived. In order of user, project,
/// role, principal and source.
pub(in crate::store) struct EffectiveGrants {
    organization: Id,
    users: IdList,
    at: Timestamp,
}

impl EffectiveGrants {
    pub(in crate::store) fn new(organization: Id, users: &[Id], at: Timestamp) -> Self {
        Self {
            organization,
            users: IdList::new(users.iter().copied()),
            at,
        }
    }
}

/// The user, and the columns of the grant in the order of its row.
impl Query for EffectiveGrants {
    type SqlType = (
        Guid,
        (
            Guid,
            Guid,
            Text,
            Guid,
            Text,
            Text,
            Nullable<Guid>,
            Nullable<Moment>,
            Moment,
        ),
    );
}

const COLUMNS: &str = "its.organization_id, its.principal_id, its.principal_kind, its.project_id, \
     its.role, its.source, its.connection_id, its.expires_at, its.created_at";

impl<Db> QueryFragment<Db> for EffectiveGrants
where
    Db: Dialect + HasSqlType<Guid> + HasSqlType<Moment>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let organization = &self.organization;
        out.push_sql(
            "WITH RECURSIVE belonging (user_id, group_id) AS (\
             SELECT member_id, group_id FROM group_members WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" AND member_id");
        Db::id_in(&self.users, &mut out)?;
        out.push_sql(
            " UNION SELECT belonging.user_id, parent.group_id FROM belonging \
             CROSS JOIN group_members parent WHERE parent.member_id = belonging.group_id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql("), held AS (SELECT its.principal_id AS user_id, ");
        out.push_sql(COLUMNS);
        out.push_sql(" FROM role_grants its WHERE its.organization_id = ");
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" AND its.principal_id");
        Db::id_in(&self.users, &mut out)?;
        out.push_sql(" UNION ALL SELECT belonging.user_id, ");
        out.push_sql(COLUMNS);
        out.push_sql(
            " FROM belonging CROSS JOIN role_grants its WHERE its.principal_id = belonging.group_id \
             AND its.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(") SELECT its.user_id, ");
        out.push_sql(COLUMNS);
        out.push_sql(" FROM held its WHERE (its.expires_at IS NULL OR its.expires_at > ");
        out.push_bind_param::<Moment, _>(&self.at)?;
        out.push_sql(") AND (its.project_id = ");
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        out.push_sql(
            " OR EXISTS (SELECT 1 FROM projects WHERE projects.id = its.project_id \
             AND projects.status = 'active' AND projects.deleted_at IS NULL AND projects.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(")) ORDER BY its.user_id, its.project_id, its.role, its.principal_id, its.source");
        Ok(())
    }
}

impl QueryId for EffectiveGrants {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// The active users for whom a grant in one scope has effect at a time, in order of their ids. Whether the project is in use is not asked.
pub(in crate::store) struct Holders {
    pub(in crate::store) organization: Id,
    pub(in crate::store) project: Id,
    pub(in crate::store) at: Timestamp,
    /// Only those after this id; zeros come before all.
    pub(in crate::store) after: Id,
    pub(in crate::store) limit: i64,
}

impl Query for Holders {
    type SqlType = Guid;
}

impl<Db> QueryFragment<Db> for Holders
where
    Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
    i64: ToSql<BigInt, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "WITH RECURSIVE holder (id, kind) AS (\
             SELECT principal_id, principal_kind FROM role_grants WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND project_id = ");
        out.push_bind_param::<Guid, _>(&self.project)?;
        out.push_sql(" AND (expires_at IS NULL OR expires_at > ");
        out.push_bind_param::<Moment, _>(&self.at)?;
        out.push_sql(
            ") UNION SELECT inside.member_id, inside.member_kind FROM holder \
             CROSS JOIN group_members inside WHERE inside.group_id = holder.id AND inside.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(
            " AND holder.kind = 'group') SELECT users.id FROM holder \
             CROSS JOIN users WHERE users.id = holder.id AND users.active AND users.deleted_at IS NULL \
             AND users.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND holder.kind = 'user' AND users.id > ");
        out.push_bind_param::<Guid, _>(&self.after)?;
        out.push_sql(" ORDER BY 1 LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl QueryId for Holders {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
