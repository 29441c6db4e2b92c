//! New rows that differ in one id only, any number in one statement.

use diesel::{
    QueryResult,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{HasSqlType, Integer, Nullable, Text},
};

use super::ids::{Dialect, IdList};
use crate::{
    id::Id,
    platform::Timestamp,
    role::Grant,
    store::{
        GroupLicense,
        rows::{names::Named, project_of},
        types::{Guid, Moment},
    },
};

/// Grants that differ only in who holds them.
pub(in crate::store) struct BulkGrants {
    /// One of them.
    grant: Grant,
    project: Id,
    holders: IdList,
}

impl BulkGrants {
    /// Each of these holds what the grant says.
    pub(in crate::store) fn new(grant: &Grant, holders: impl IntoIterator<Item = Id>) -> Self {
        Self {
            project: project_of(grant.key.scope),
            grant: grant.clone(),
            holders: IdList::new(holders),
        }
    }
}

impl<Db> QueryFragment<Db> for BulkGrants
where
    Db: Dialect + HasSqlType<Guid> + HasSqlType<Moment> + HasSqlType<Text>,
    Id: ToSql<Guid, Db>,
    Timestamp: ToSql<Moment, Db>,
    String: ToSql<Text, Db>,
    str: ToSql<Text, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let Grant { key, .. } = &self.grant;
        out.push_sql(
            "INSERT INTO role_grants (organization_id, project_id, role, source, principal_kind, \
             connection_id, expires_at, created_at, principal_id) SELECT ",
        );
        out.push_bind_param::<Guid, _>(&key.organization_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Guid, _>(&self.project)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&key.role)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(key.source.stored())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.grant.principal_kind.stored())?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Guid>, _>(&self.grant.connection_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Moment>, _>(&self.grant.expires_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Moment, _>(&self.grant.created_at)?;
        out.push_sql(", ");
        Db::each(&self.holders, &mut out)
    }
}

impl QueryId for BulkGrants {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// Licenses of groups that differ only in the group.
pub(in crate::store) struct BulkLicenses {
    organization: Id,
    /// One of them.
    license: GroupLicense,
    groups: IdList,
}

impl BulkLicenses {
    /// Each of these groups gives what the license says.
    pub(in crate::store) fn new(
        organization: Id,
        license: &GroupLicense,
        groups: impl IntoIterator<Item = Id>,
    ) -> Self {
        Self {
            organization,
            license: license.clone(),
            groups: IdList::new(groups),
        }
    }
}

impl<Db> QueryFragment<Db> for BulkLicenses
where
    Db: Dialect + HasSqlType<Guid> + HasSqlType<Integer> + HasSqlType<Text>,
    Id: ToSql<Guid, Db>,
    i32: ToSql<Integer, Db>,
    String: ToSql<Text, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO group_licenses (organization_id, position, rule_id, license, group_id) SELECT ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.license.position)?;
        out.push_sql(", ");
        out.push_bind_param::<Guid, _>(&self.license.rule)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.license.license)?;
        out.push_sql(", ");
        Db::each(&self.groups, &mut out)
    }
}

impl QueryId for BulkLicenses {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
