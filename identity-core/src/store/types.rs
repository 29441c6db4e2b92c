//! SQL types with one meaning in Rust and one form in each database, so that one schema serves both.

use std::io::Write;

use crate::{id::Id, platform::Timestamp};
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{self, SqlType},
    sqlite::Sqlite,
};

/// The id of a resource: `uuid` on PostgreSQL, a BLOB of 16 bytes on SQLite. Both order it by its bytes.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Guid;

/// A point in time: `timestamptz` on PostgreSQL, microseconds since 1970 in an INTEGER on SQLite.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct Moment;

/// A JSON document that conditions look into: `jsonb` on PostgreSQL, TEXT on SQLite.
#[derive(Clone, Copy, Debug, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Document;

// The derives below are for the foreign field type: the structs themselves are never made.
#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive)]
#[diesel(sql_type = Guid)]
#[expect(dead_code, reason = "carries the derives for Id")]
struct IdProxy(Id);

#[derive(AsExpression, FromSqlRow)]
#[diesel(foreign_derive)]
#[diesel(sql_type = Moment)]
#[expect(dead_code, reason = "carries the derives for Timestamp")]
struct TimestampProxy(Timestamp);

/// A JSON document, written, on its way into a [`Document`] column.
#[derive(Clone, Debug, PartialEq, Eq, AsExpression)]
#[diesel(sql_type = Document)]
pub struct Json(pub String);

/// Microseconds from 1970-01-01, where [`Timestamp`] counts from, to 2000-01-01, where PostgreSQL does.
pub(in crate::store) const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<Guid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Guid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::Uuid, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<Guid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        ToSql::<sql_types::Binary, Sqlite>::to_sql(&self.0.as_bytes()[..], out)
    }
}

impl FromSql<Guid, Sqlite> for Id {
    fn from_sql(mut value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(uuid::Uuid::from_slice(value.read_blob())?))
    }
}

impl ToSql<Moment, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let since_2000 = self
            .0
            .checked_sub(POSTGRES_EPOCH)
            .ok_or("the time is out of range")?;
        ToSql::<sql_types::BigInt, Pg>::to_sql(&since_2000, &mut out.reborrow())
    }
}

impl FromSql<Moment, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let since_2000: i64 = FromSql::<sql_types::BigInt, Pg>::from_sql(value)?;
        let since_1970 = since_2000
            .checked_add(POSTGRES_EPOCH)
            .ok_or("the time is out of range")?;
        Ok(Self(since_1970))
    }
}

impl ToSql<Moment, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl FromSql<Moment, Sqlite> for Timestamp {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<sql_types::BigInt, Sqlite>::from_sql(value).map(Self)
    }
}

/// The only version of the binary form of `jsonb` that there is; the text follows it.
pub(in crate::store) const JSONB_VERSION: u8 = 1;

impl ToSql<Document, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Document, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        ToSql::<sql_types::Text, Sqlite>::to_sql(self.0.as_str(), out)
    }
}
