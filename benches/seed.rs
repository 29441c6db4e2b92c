//! Many users at once: copies of one that the product made, by the database itself, in the real tables. They have no entries in the
//! change log; all else is as if they had been created one by one.

use rusqlite::params;

use crate::server::{Database, DatabaseLocation};

/// The number of the user that is copied: it stands in its texts nowhere but as the number.
pub const SAMPLE: u64 = 987_654_321;

/// Users number `from` to `to`, exclusive. Nobody else may have an SQLite database open.
pub async fn users(database: &Database, from: u64, to: u64) {
    match &database.location {
        DatabaseLocation::File(file) => sqlite(file, from, to),
        DatabaseLocation::Server(url) => postgres(url, from, to).await,
    }
}

/// The id of a copied user.
pub fn id(n: u64) -> String {
    crate::raw::ordered_id(n).to_string()
}

/// Returns the SQL expression for a column of a copy.
fn copied(column: &str, is_text: bool, id: &str) -> String {
    match column {
        "id" | "user_id" => id.to_owned(),
        _ if is_text => format!("replace(sample.\"{column}\", '{SAMPLE}', CAST(n AS TEXT))"),
        _ => format!("sample.\"{column}\""),
    }
}

const TABLES: [(&str, &str); 2] = [
    ("users", "sample.user_name LIKE '%987654321%'"),
    ("user_emails", "sample.value_key LIKE '%987654321%'"),
];

fn sqlite(file: &std::path::Path, from: u64, to: u64) {
    let connection = rusqlite::Connection::open(file).expect("open the database");
    connection
        .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-500000; BEGIN;")
        .expect("pragmas");
    for (table, which) in TABLES {
        let mut columns = connection
            .prepare("SELECT name, type FROM pragma_table_info(?1)")
            .expect("columns");
        let columns: Vec<(String, String)> = columns
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("columns")
            .map(|row| row.expect("a column"))
            .collect();
        let id = "unhex('0190000000007000' || printf('%016x', n - 9223372036854775807 - 1))";
        let copies = columns
            .iter()
            .map(|(name, kind)| copied(name, kind == "TEXT", id));
        let text = format!(
            "INSERT INTO {table} ({}) WITH RECURSIVE numbers(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2) \
             SELECT {} FROM (SELECT * FROM {table} AS sample WHERE {which} LIMIT 1) AS sample CROSS JOIN numbers",
            columns
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(","),
            copies.collect::<Vec<_>>().join(","),
        );
        connection
            .execute(&text, params![from as i64, to as i64])
            .unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    connection
        .execute(
            "UPDATE organizations SET user_count = user_count + ?1 WHERE user_count > 0",
            params![(to - from) as i64],
        )
        .expect("count");
    connection
        .execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);")
        .expect("commit");
}

async fn postgres(url: &str, from: u64, to: u64) {
    let client = crate::raw::postgres(url).await;
    for (table, which) in TABLES {
        let columns = client
            .query(
                "SELECT column_name::text, udt_name::text FROM information_schema.columns \
                 WHERE table_name = $1 AND table_schema = 'public' ORDER BY ordinal_position",
                &[&table],
            )
            .await
            .expect("columns");
        let columns: Vec<(String, String)> = columns.iter().map(|row| (row.get(0), row.get(1))).collect();
        let id = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
        let copies = columns.iter().map(|(name, kind)| match kind.as_str() {
            "jsonb" => format!("replace(sample.\"{name}\"::text, '{SAMPLE}', n::text)::jsonb"),
            kind => copied(name, kind == "text", id),
        });
        let text = format!(
            "INSERT INTO {table} ({}) SELECT {} \
             FROM (SELECT * FROM {table} AS sample WHERE {which} LIMIT 1) AS sample \
             CROSS JOIN generate_series({from}::bigint, {to}::bigint - 1) AS n",
            columns
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(","),
            copies.collect::<Vec<_>>().join(","),
        );
        client
            .execute(&text, &[])
            .await
            .unwrap_or_else(|e| panic!("{text}: {e:?}"));
    }
    let count = format!(
        "UPDATE organizations SET user_count = user_count + {} WHERE user_count > 0",
        to - from
    );
    client.batch_execute(&count).await.expect("count");
    // As a server does by itself within a minute.
    client.batch_execute("VACUUM ANALYZE").await.expect("analyze");
}
