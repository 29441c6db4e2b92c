//! Memberships in groups, directly or through other groups.
//!
//! The recursion ends on circles too: `UNION` drops what it has seen. Memberships of deleted groups do not exist, so none is asked
//! whether it is live.
//!
//! `CROSS JOIN` and not `JOIN`: SQLite takes the tables of it in the order in which they are written. Left to itself, it walks all
//! memberships of the organization for each step of a recursion, which made a page of 100 users in groups of 2,000 take seconds.

use diesel::{
    QueryResult,
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{HasSqlType, Integer, Nullable, Text},
    sqlite::Sqlite,
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
        Db::id_in(&self.members, &mut out)?;
        out.push_sql(
            " UNION SELECT belonging.member_id, parent.group_id, 0 FROM belonging \
             CROSS JOIN group_members parent WHERE parent.member_id = belonging.group_id AND parent.organization_id = ",
        );
        out.push_bind_param::<Guid, _>(organization)?;
        out.push_sql(
            ") SELECT belonging.member_id, groups.id, groups.display_name, max(belonging.direct) FROM belonging \
             CROSS JOIN groups WHERE groups.id = belonging.group_id AND groups.organization_id = ",
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

/// The direct groups of the row's user, as one value: a JSON list of `[id, name, 1 if it is itself in a group]`, NULL or empty if
/// there is none. So a user and its groups are one row, and only who is in a group within a group is asked about again.
pub(in crate::store) struct DirectGroups;

impl DirectGroups {
    /// From the third part of an element to the end. `index` makes SQLite look up by member: left to itself it walked the members of
    /// every group, once for each user.
    fn walk_rest<Db: Backend>(out: &mut AstPass<'_, '_, Db>, [cast, ending, index]: [&str; 3]) {
        out.push_sql("EXISTS (SELECT 1 FROM group_members AS outer_one");
        out.push_sql(index);
        out.push_sql(
            " WHERE outer_one.organization_id = users.organization_id AND outer_one.member_id = own.group_id)",
        );
        out.push_sql(cast);
        out.push_sql("))");
        out.push_sql(ending);
        out.push_sql(" FROM group_members AS own");
        out.push_sql(index);
        out.push_sql(
            " JOIN groups AS own_group ON own_group.organization_id = own.organization_id AND own_group.id = own.group_id \
             WHERE own.organization_id = users.organization_id AND own.member_id = users.id)",
        );
    }
}

impl Expression for DirectGroups {
    type SqlType = Nullable<Text>;
}

impl<Table> AppearsOnTable<Table> for DirectGroups {}

impl<Table> SelectableExpression<Table> for DirectGroups {}

impl<Grouping> ValidGrouping<Grouping> for DirectGroups {
    type IsAggregate = is_aggregate::No;
}

impl QueryFragment<Pg> for DirectGroups {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT json_agg(json_build_array(own_group.id, own_group.display_name, ");
        Self::walk_rest(&mut out, ["::int", "::text", ""]);
        Ok(())
    }
}

impl QueryFragment<Sqlite> for DirectGroups {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("(SELECT json_group_array(json_array(hex(own_group.id), own_group.display_name, ");
        Self::walk_rest(&mut out, ["", "", " INDEXED BY group_members_member"]);
        Ok(())
    }
}

impl QueryId for DirectGroups {
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
             CROSS JOIN group_members parent WHERE parent.member_id = ancestor.id AND parent.organization_id = ",
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
        Db::id_in(&self.members, &mut out)?;
        out.push_sql(
            " UNION SELECT parent.member_id, parent.group_id FROM above \
             CROSS JOIN group_members parent WHERE parent.member_id = above.group_id AND parent.organization_id = ",
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
