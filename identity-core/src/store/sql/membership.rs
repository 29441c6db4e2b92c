//! Who belongs to which groups, directly or through other groups.
//!
//! The recursion ends on circles too: `UNION` drops what it has seen. Memberships of deleted groups do not exist, so none is asked
//! whether it is live.

use diesel::{
    QueryResult,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{HasSqlType, Integer, Text},
};

use super::ids::{Dialect, IdList};
use crate::{id::Id, store::types::Guid};

/// The groups that each of these users or groups belongs to, in order of member and group.
pub(in crate::store) struct GroupsOf {
    organization: Id,
    members: IdList,
}

impl GroupsOf {
    pub(in crate::store) fn new(organization: Id, members: &[Id]) -> Self {
        Self {
            organization,
            members: IdList::new(members.iter().copied()),
        }
    }
}

/// A row of [`GroupsOf`]: member, group, the group's name, and 1 where the membership is direct.
pub(in crate::store) type Belonging = (Id, Id, String, i32);

impl Query for GroupsOf {
    type SqlType = (Guid, Guid, Text, Integer);
}

impl<Db> QueryFragment<Db> for GroupsOf
where
    Db: Dialect + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let organization = &self.organization;
        out.push_sql(
            "WITH RECURSIVE belonging (member_id, group_id, direct) AS (\
             SELECT member_id, group_id, 1 FROM group_members WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" AND member_id");
        Db::among(&self.members, &mut out)?;
        out.push_sql(
            " UNION SELECT belonging.member_id, parent.group_id, 0 FROM belonging \
             JOIN group_members parent ON parent.member_id = belonging.group_id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(
            ") SELECT belonging.member_id, groups.id, groups.display_name, max(belonging.direct) FROM belonging \
             JOIN groups ON groups.id = belonging.group_id AND groups.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(" GROUP BY 1, 2, 3 ORDER BY 1, 2");
        Ok(())
    }
}

impl QueryId for GroupsOf {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// All groups that contain a group, directly or through others; itself is not among them.
pub(in crate::store) struct Ancestors {
    organization: Id,
    group: Id,
}

impl Ancestors {
    pub(in crate::store) fn new(organization: Id, group: Id) -> Self {
        Self { organization, group }
    }
}

impl Query for Ancestors {
    type SqlType = Guid;
}

impl<Db> QueryFragment<Db> for Ancestors
where
    Db: Backend + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "WITH RECURSIVE ancestor (id) AS (SELECT group_id FROM group_members WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND member_id = ");
        out.push_bind_param::<Guid, _>(&self.group)?;
        out.push_sql(
            " UNION SELECT parent.group_id FROM ancestor \
             JOIN group_members parent ON parent.member_id = ancestor.id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(") SELECT id FROM ancestor WHERE id <> ");
        out.push_bind_param::<Guid, _>(&self.group)?;
        out.push_sql(" ORDER BY 1");
        Ok(())
    }
}

impl QueryId for Ancestors {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// The memberships that lead up from these users or groups, as pairs of member and group.
pub(in crate::store) struct MembershipsAbove {
    organization: Id,
    members: IdList,
}

impl MembershipsAbove {
    pub(in crate::store) fn new(organization: Id, members: &[Id]) -> Self {
        Self {
            organization,
            members: IdList::new(members.iter().copied()),
        }
    }
}

impl Query for MembershipsAbove {
    type SqlType = (Guid, Guid);
}

impl<Db> QueryFragment<Db> for MembershipsAbove
where
    Db: Dialect + HasSqlType<Guid>,
    Id: ToSql<Guid, Db>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(
            "WITH RECURSIVE above (member_id, group_id) AS (\
             SELECT member_id, group_id FROM group_members WHERE organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(" AND member_id");
        Db::among(&self.members, &mut out)?;
        out.push_sql(
            " UNION SELECT parent.member_id, parent.group_id FROM above \
             JOIN group_members parent ON parent.member_id = above.group_id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(") SELECT member_id, group_id FROM above ORDER BY 1, 2");
        Ok(())
    }
}

impl QueryId for MembershipsAbove {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
