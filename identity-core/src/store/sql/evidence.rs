//! All that one question about a user is decided by, in one statement, so that it is of one state and takes one round trip.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Bool, HasSqlType, Nullable, Text},
};

use crate::{
    id::Id,
    platform::Timestamp,
    store::{
        rows::ORGANIZATION_ITSELF,
        types::{Guid, Moment},
    },
};

/// One row for each role that has effect for the user in the organization or in the project, or one without a role; none if there is no
/// such organization. What a user that is not active holds is not told.
pub(in crate::store) struct EvidenceOf {
    pub(in crate::store) organization: Id,
    pub(in crate::store) user: Id,
    /// Zeros: none is asked about.
    pub(in crate::store) project: Id,
    pub(in crate::store) at: Timestamp,
}

/// Revision, version of the policy, whether the user is active, the project's status, and a role: where, which, until when.
pub(in crate::store) type EvidenceRow = (
    i64,
    i64,
    Option<bool>,
    Option<String>,
    Option<Id>,
    Option<String>,
    Option<Timestamp>,
);

impl Query for EvidenceOf {
    type SqlType = (
        BigInt,
        BigInt,
        Nullable<Bool>,
        Nullable<Text>,
        Nullable<Guid>,
        Nullable<Text>,
        Nullable<Moment>,
    );
}

impl<Db> QueryFragment<Db> for EvidenceOf
where
    Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let organization = &self.organization;
        out.push_sql(
            "WITH RECURSIVE belonging (group_id) AS (\
             SELECT group_id FROM group_members WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" AND member_id = ");
        out.push_bind_param::<Guid, _>(&self.user)?;
        out.push_sql(
            " UNION SELECT parent.group_id FROM belonging \
             CROSS JOIN group_members parent WHERE parent.member_id = belonging.group_id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(
            "), held AS (SELECT its.project_id, its.role, its.expires_at FROM role_grants its WHERE its.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" AND its.principal_id = ");
        out.push_bind_param::<Guid, _>(&self.user)?;
        out.push_sql(
            " UNION ALL SELECT its.project_id, its.role, its.expires_at FROM belonging \
             CROSS JOIN role_grants its WHERE its.principal_id = belonging.group_id AND its.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(
            ") SELECT organizations.revision, organizations.policy_version, users.active, projects.status, \
             held.project_id, held.role, held.expires_at FROM organizations \
             LEFT JOIN users ON users.organization_id = organizations.id AND users.deleted_at IS NULL AND users.id = ",
        );
        out.push_bind_param::<Guid, _>(&self.user)?;
        out.push_sql(
            " LEFT JOIN projects ON projects.organization_id = organizations.id AND projects.deleted_at IS NULL \
             AND projects.id = ",
        );
        out.push_bind_param::<Guid, _>(&self.project)?;
        out.push_sql(" LEFT JOIN held ON users.active AND (held.expires_at IS NULL OR held.expires_at > ");
        out.push_bind_param::<Moment, _>(&self.at)?;
        out.push_sql(") AND (held.project_id = ");
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        out.push_sql(" OR held.project_id = ");
        out.push_bind_param::<Guid, _>(&self.project)?;
        out.push_sql(") WHERE organizations.deleted_at IS NULL AND organizations.id = ");
        out.push_bind_param::<Guid, _>(organization)
    }
}

impl QueryId for EvidenceOf {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
