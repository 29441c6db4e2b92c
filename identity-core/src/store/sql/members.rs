//! New members of a group, any number in one statement.

use std::sync::OnceLock;

use diesel::{
    QueryResult,
    backend::Backend,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, HasSqlType, Nullable, Text},
    sqlite::Sqlite,
};

use crate::{
    group::{MemberKind, Source},
    id::Id,
    platform::Timestamp,
    store::{
        rows::names::Named,
        types::{Guid, Moment},
    },
};

/// An `INSERT` of members. `unnest` of two arrays on PostgreSQL, `json_each` over pairs on SQLite.
pub(in crate::store) struct NewMembers {
    organization: Id,
    group: Id,
    source: &'static str,
    connection: Option<Id>,
    at: Timestamp,
    ids: Vec<Id>,
    kinds: Vec<&'static str>,
    json: OnceLock<String>,
}

impl NewMembers {
    pub(in crate::store) fn new(
        (organization, group): (Id, Id),
        members: &[(Id, MemberKind)],
        (source, connection): (Source, Option<Id>),
        at: Timestamp,
    ) -> Self {
        Self {
            organization,
            group,
            source: source.stored(),
            connection,
            at,
            ids: members.iter().map(|(id, _)| *id).collect(),
            kinds: members.iter().map(|(_, kind)| kind.stored()).collect(),
            json: OnceLock::new(),
        }
    }

    /// `[["hexadecimal id", "kind"], …]`
    fn json(&self) -> &String {
        self.json.get_or_init(|| {
            let pairs = self.ids.iter().zip(&self.kinds);
            let written: Vec<_> = pairs
                .map(|(id, kind)| format!("[\"{}\",\"{kind}\"]", id.0.simple()))
                .collect();
            format!("[{}]", written.join(","))
        })
    }

    /// All but the members themselves.
    fn walk_head<'b, Db>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        Db: Backend + HasSqlType<Guid> + HasSqlType<Moment>,
        Id: ToSql<Guid, Db>,
        Timestamp: ToSql<Moment, Db>,
        str: ToSql<Text, Db>,
    {
        out.push_sql(
            "INSERT INTO group_members \
             (organization_id, group_id, source, connection_id, created_at, member_id, member_kind) SELECT ",
        );
        out.push_bind_param::<Guid, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Guid, _>(&self.group)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.source)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Guid>, _>(&self.connection)?;
        out.push_sql(", ");
        out.push_bind_param::<Moment, _>(&self.at)
    }
}

impl QueryFragment<Pg> for NewMembers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.walk_head(&mut out)?;
        out.push_sql(", id, kind FROM unnest(");
        out.push_bind_param::<Array<Guid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(") AS member (id, kind)");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for NewMembers {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.walk_head(&mut out)?;
        out.push_sql(", unhex(value ->> 0), value ->> 1 FROM json_each(");
        out.push_bind_param::<Text, _>(self.json())?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for NewMembers {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}
