//! A user with the groups that it belongs to, in one statement. PostgreSQL answers for several users in one: `pg::batched_reads` says why.

use diesel::{
    Expression, QueryResult, Selectable,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Nullable, Text},
};

use super::DirectGroups;
use crate::{
    id::Id,
    store::{rows::UserRow, types::Guid},
};

/// A live user of an organization.
#[derive(Clone, Copy)]
pub(in crate::store) struct UserOf {
    pub(in crate::store) organization: Id,
    pub(in crate::store) id: Id,
}

/// A row of `users`, and its groups as [`DirectGroups`] tells them.
pub(in crate::store) type UserWithGroupsRow = (UserRow, Option<String>);

/// Several of them: the row of each that there is, behind its place in the list, from 1.
pub(in crate::store) struct UserOfEach {
    organizations: Vec<Id>,
    ids: Vec<Id>,
    columns: Selection,
}

type Selection = <UserRow as Selectable<Pg>>::SelectExpression;

impl FromIterator<UserOf> for UserOfEach {
    fn from_iter<T: IntoIterator<Item = UserOf>>(asked: T) -> Self {
        let (organizations, ids) = asked.into_iter().map(|one| (one.organization, one.id)).unzip();
        Self {
            organizations,
            ids,
            columns: <UserRow as Selectable<Pg>>::construct_selection(),
        }
    }
}

impl Query for UserOfEach {
    type SqlType = (BigInt, (<Selection as Expression>::SqlType, Nullable<Text>));
}

impl QueryFragment<Pg> for UserOfEach {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT asked.place, ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        DirectGroups.walk_ast(out.reborrow())?;
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Guid>, _>(&self.organizations)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Guid>, _>(&self.ids)?;
        out.push_sql(
            ") WITH ORDINALITY AS asked (organization_id, id, place) \
             JOIN users ON users.organization_id = asked.organization_id AND users.id = asked.id AND users.deleted_at IS NULL",
        );
        Ok(())
    }
}

impl QueryId for UserOfEach {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
