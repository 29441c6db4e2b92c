//! The databases without the store.

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
};
use tokio_postgres::NoTls;

use super::World;

const SQLITE_COLUMNS: &str = "SELECT tables.name || '.' || columns.name || ' ' || \
     columns.type || iif(columns.\"notnull\", '', ' null') AS \"column\" \
     FROM sqlite_schema tables JOIN pragma_table_info(tables.name) columns \
     WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_\\_%' ESCAPE '\\'";

const POSTGRES_COLUMNS: &str = "SELECT table_name || '.' || column_name || ' ' || data_type || \
     CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END \
     FROM information_schema.columns \
     WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";

/// A database's own word for a type, by the word of `schema.rs`.
fn word(column: &str, kind: &str) -> &'static str {
    match kind {
        "uuid" => "Guid",
        "timestamp with time zone" => "Moment",
        "jsonb" => "Document",
        "text" => "Text",
        "bytea" => "Binary",
        "boolean" => "Bool",
        "integer" => "Integer",
        "bigint" => "BigInt",
        _ => sqlite_word(column, kind),
    }
}

/// Columns of 4 bytes on PostgreSQL.
const INTEGERS: [&str; 6] = [
    "position",
    "sequence",
    "count",
    "status",
    "slot",
    "last_failure_status",
];

/// Columns that are true or false.
const BOOLEANS: [&str; 7] = [
    "active",
    "break_glass",
    "has_ceilings",
    "has_other_grants",
    "is_primary",
    "rbac_enabled",
    "sso_enabled",
];

/// SQLite has fewer types, so the column's name must help.
fn sqlite_word(column: &str, kind: &str) -> &'static str {
    let is = |names: &[&str]| names.contains(&column);
    match kind {
        "BLOB" if is(&["digest", "sealed"]) => "Binary",
        "BLOB" => "Guid",
        "TEXT" if is(&["keys"]) => "Document",
        "TEXT" => "Text",
        "INTEGER" if is(&BOOLEANS) => "Bool",
        "INTEGER" if is(&INTEGERS) => "Integer",
        "INTEGER" if is(&["at", "signs_from"]) || column.ends_with("_at") => "Moment",
        "INTEGER" => "BigInt",
        _ => "unknown",
    }
}

fn as_declared(stored: &str) -> String {
    let (name, kind) = stored.split_once(' ').unwrap();
    let (_, column) = name.split_once('.').unwrap();
    match kind.strip_suffix(" null") {
        Some(kind) => format!("{name} Nullable<{}>", word(column, kind)),
        None => format!("{name} {}", word(column, kind)),
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    column: String,
}

impl World {
    /// The columns of all tables, as `schema.rs` would say them.
    pub(crate) async fn columns(&self) -> Vec<String> {
        let stored: Vec<String> = if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = SqliteConnection::establish(path).unwrap();
            let rows: Vec<Row> = sql_query(SQLITE_COLUMNS).load(&mut connection).unwrap();
            rows.into_iter().map(|row| row.column).collect()
        } else {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            let rows = client.query(POSTGRES_COLUMNS, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        };
        stored.iter().map(|column| as_declared(column)).collect()
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn sql(&self, sql: &str) {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut connection = SqliteConnection::establish(path).unwrap();
            connection.batch_execute(sql).unwrap();
        } else {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        }
    }
}
