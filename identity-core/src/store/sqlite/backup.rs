//! Backups of SQLite: a snapshot is a read transaction beside the server's own connections.

use std::{fs, path::Path};

use async_trait::async_trait;
use diesel::{
    Connection, QueryResult, SqliteConnection,
    connection::{LoadConnection, SimpleConnection},
    query_builder::{AstPass, QueryFragment, QueryId},
    row::{Field, Row},
    sql_query,
    sql_types::{BigInt, Binary, Nullable, Text},
    sqlite::{Sqlite, SqliteValue},
};

use super::{
    engine,
    lock::{self, Lock},
    log,
};
use crate::id::Id;
use crate::store::{
    OpenError,
    backup::{
        BackupError, Reader, RowBuffer,
        session::{EachRow, Session, Target},
        table::{Kind, Table},
        take_value,
    },
    migrations::{self, Direction},
    sql::Prepared,
};

/// Pages are read into a small cache and not from the mapped file, whose pages would count as memory of this program.
const READING: &str = "PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384; BEGIN;";
/// The same, and a commit is on the disk.
const WRITING: &str = "PRAGMA busy_timeout = 5000; PRAGMA mmap_size = 0; PRAGMA cache_size = -16384; \
     PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

/// A session for a backup.
pub(in crate::store) struct BackupSession {
    connection: SqliteConnection,
    /// Keeps a server away while the database is written.
    _lock: Option<Lock>,
}

impl BackupSession {
    /// Opens a file for a snapshot, beside the process that serves it, and without the right to write: the log stays as it is.
    pub(in crate::store) fn snapshot(path: &Path) -> Result<Self, BackupError> {
        fs::metadata(path).map_err(|source| engine::file_error(path, source))?;
        match lock::take(path) {
            // Nobody serves it, so nobody has looked whether the log is its own.
            Ok(_lock) => log::check(path)?,
            Err(OpenError::InUse(_)) => {}
            Err(other) => return Err(other.into()),
        }
        let connection = SqliteConnection::establish(&log::read_only(path));
        let mut connection = connection.map_err(OpenError::opened)?;
        connection.batch_execute(READING).map_err(BackupError::read)?;
        Ok(Self {
            connection,
            _lock: None,
        })
    }

    /// Opens a file, made if absent, to restore into it.
    pub(in crate::store) fn target(path: &Path) -> Result<Self, BackupError> {
        let lock = engine::claim(path)?;
        let text = path
            .to_str()
            .ok_or_else(|| OpenError::url("names a path that is not UTF-8"))?;
        let mut connection = SqliteConnection::establish(text).map_err(OpenError::opened)?;
        connection.batch_execute(WRITING).map_err(OpenError::opened)?;
        Ok(Self {
            connection,
            _lock: Some(lock),
        })
    }
}

#[async_trait]
impl Session for BackupSession {
    fn engine(&self) -> &'static str {
        "sqlite"
    }

    fn literal(&self, id: Id) -> String {
        format!("X'{}'", id.0.simple())
    }

    fn table_names(&self) -> &'static str {
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    }

    async fn rows(
        &mut self,
        select: &str,
        kinds: &[Kind],
        each: &mut EachRow<'_>,
    ) -> Result<(), BackupError> {
        let mut buffer = RowBuffer::default();
        let rows =
            LoadConnection::load(&mut self.connection, sql_query(select)).map_err(BackupError::read)?;
        for row in rows {
            let row = row.map_err(BackupError::read)?;
            buffer.clear();
            for (place, kind) in kinds.iter().enumerate() {
                let field = row.get(place);
                push(&mut buffer, *kind, field.as_ref().and_then(Field::value))?;
            }
            each(buffer.as_slice())?;
        }
        Ok(())
    }
}

fn push(
    buffer: &mut RowBuffer,
    kind: Kind,
    value: Option<SqliteValue<'_, '_, '_>>,
) -> Result<(), BackupError> {
    let Some(mut value) = value else {
        return buffer.push(kind, None);
    };
    match kind {
        Kind::Guid | Kind::Binary | Kind::Text | Kind::Document => buffer.push(kind, Some(value.read_blob())),
        Kind::Moment | Kind::BigInt => buffer.push(kind, Some(&value.read_long().to_be_bytes())),
        Kind::Integer => buffer.push(kind, Some(&value.read_integer().to_be_bytes())),
        Kind::Bool => buffer.push(kind, Some(&[u8::from(value.read_long() != 0)])),
    }
}

#[async_trait]
impl Target for BackupSession {
    async fn migrate(&mut self) -> Result<(), BackupError> {
        migrations::migrate(&mut self.connection, || migrations::SQLITE, Direction::Up)?;
        Ok(())
    }

    async fn begin(&mut self, _: &[Table]) -> Result<(), BackupError> {
        self.connection
            .batch_execute("BEGIN IMMEDIATE")
            .map_err(BackupError::written)
    }

    async fn insert(
        &mut self,
        table: &Table,
        rows: &mut Reader,
        each: &mut (dyn FnMut() + Send),
    ) -> Result<(), BackupError> {
        let head = format!(
            "INSERT INTO \"{}\" ({}) VALUES (",
            table.name,
            table.column_list()
        );
        while let Some(row) = rows.row(table.forms())? {
            let values = values(table, row)?;
            let insert = Insert { head: &head, values };
            let inserted = self.connection.execute_returning_count(&Prepared(insert));
            inserted.map_err(BackupError::written)?;
            each();
        }
        Ok(())
    }

    async fn execute(&mut self, statement: &str) -> Result<(), BackupError> {
        self.connection
            .batch_execute(statement)
            .map_err(BackupError::written)
    }

    async fn commit(&mut self) -> Result<(), BackupError> {
        self.connection
            .batch_execute("COMMIT")
            .map_err(BackupError::written)
    }
}

/// A value as SQLite stores it.
enum Value<'row> {
    Null,
    Integer(i64),
    Text(&'row str),
    Blob(&'row [u8]),
}

fn values<'row>(table: &Table, mut row: &'row [u8]) -> Result<Vec<Value<'row>>, BackupError> {
    let mut values = Vec::with_capacity(table.columns.len());
    for column in table.columns {
        values.push(match take_value(&mut row)? {
            None => Value::Null,
            Some(value) => {
                stored(column.kind, value).ok_or_else(|| BackupError::damaged("a value is malformed"))?
            }
        });
    }
    Ok(values)
}

fn stored(kind: Kind, value: &[u8]) -> Option<Value<'_>> {
    Some(match kind {
        Kind::Guid | Kind::Binary => Value::Blob(value),
        Kind::Text | Kind::Document => Value::Text(std::str::from_utf8(value).ok()?),
        Kind::Moment | Kind::BigInt => Value::Integer(i64::from_be_bytes(value.try_into().ok()?)),
        Kind::Integer => Value::Integer(i32::from_be_bytes(value.try_into().ok()?).into()),
        Kind::Bool => Value::Integer((*value.first()?).into()),
    })
}

/// The insertion of a row.
struct Insert<'row> {
    head: &'row str,
    values: Vec<Value<'row>>,
}

impl QueryId for Insert<'_> {
    // Known by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(self.head);
        for (place, value) in self.values.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            match value {
                Value::Null => out.push_bind_param::<Nullable<BigInt>, _>(&None::<i64>)?,
                Value::Integer(number) => out.push_bind_param::<BigInt, _>(number)?,
                Value::Text(text) => out.push_bind_param::<Text, _>(*text)?,
                Value::Blob(bytes) => out.push_bind_param::<Binary, _>(*bytes)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}
