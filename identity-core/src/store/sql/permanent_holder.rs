//! Query for a role's holder that would remain after a change.

use diesel::{
    QueryResult,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{HasSqlType, Text},
};

use super::ids::{Dialect, IdList};
use crate::{
    group::Source,
    id::Id,
    store::{
        Without,
        rows::{ORGANIZATION_ITSELF, names::Named},
        types::Guid,
    },
};

/// One active user who holds a role in the organization for good, itself or through groups, apart from what is to be left out of account.
pub(in crate::store) struct PermanentHolder {
    organization: Id,
    role: String,
    gone: IdList,
    revoked_from: IdList,
    sources: Vec<&'static str>,
    group: Id,
    leaving: IdList,
}

impl PermanentHolder {
    pub(in crate::store) fn new(organization: Id, role: &str, without: &Without) -> Self {
        let ids = |ids: &[Id]| IdList::new(ids.iter().copied());
        let (group, leaving) = &without.leaving;
        Self {
            organization,
            role: role.into(),
            gone: ids(&without.gone),
            revoked_from: ids(&without.revoked_from),
            // Always as many, so that there is one statement; none has no name.
            sources: <Source as Named>::ALL
                .iter()
                .map(|source| {
                    if without.sources.contains(source) {
                        source.stored()
                    } else {
                        ""
                    }
                })
                .collect(),
            group: *group,
            leaving: ids(leaving),
        }
    }
}

impl Query for PermanentHolder {
    type SqlType = Guid;
}

impl<Db> QueryFragment<Db> for PermanentHolder
where
    Db: Dialect + HasSqlType<Guid> + HasSqlType<Text>,
    Id: ToSql<Guid, Db>,
    String: ToSql<Text, Db>,
    str: ToSql<Text, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "WITH RECURSIVE holder (id, kind) AS (\
             SELECT principal_id, principal_kind FROM role_grants WHERE expires_at IS NULL AND organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND project_id = ");
        out.push_bind_param::<Guid, _>(&ORGANIZATION_ITSELF)?;
        out.push_sql(" AND role = ");
        out.push_bind_param::<Text, _>(&self.role)?;
        out.push_sql(" AND NOT (principal_id");
        Db::id_in(&self.revoked_from, &mut out)?;
        out.push_sql(" AND source IN (");
        for (at, source) in self.sources.iter().enumerate() {
            out.push_sql(if at == 0 { "" } else { ", " });
            out.push_bind_param::<Text, _>(*source)?;
        }
        out.push_sql(")) AND NOT (principal_id");
        Db::id_in(&self.gone, &mut out)?;
        out.push_sql(
            ") UNION SELECT inside.member_id, inside.member_kind FROM holder \
             CROSS JOIN group_members inside WHERE inside.group_id = holder.id AND inside.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND holder.kind = 'group' AND NOT (inside.member_id");
        Db::id_in(&self.gone, &mut out)?;
        out.push_sql(") AND NOT (inside.group_id = ");
        out.push_bind_param::<Guid, _>(&self.group)?;
        out.push_sql(" AND inside.member_id");
        Db::id_in(&self.leaving, &mut out)?;
        out.push_sql(
            ")) SELECT users.id FROM holder \
             CROSS JOIN users WHERE users.id = holder.id AND users.active AND users.deleted_at IS NULL \
             AND users.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND holder.kind = 'user' LIMIT 1");
        Ok(())
    }
}

impl QueryId for PermanentHolder {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
