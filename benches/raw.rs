//! The limits of the databases: the rows that a create writes, through the bare drivers, on the product's own tables.
//!
//! A user made by the product is the sample; copies of its rows differ in ids and names alone, so this file does not know the
//! columns.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use tokio_postgres::types::ToSql;

use crate::{
    load::{Calls, Figure, Plan, Until, run},
    report::{Limit, Report},
};

/// Connections of the PostgreSQL limit.
const POSTGRES_CONNECTIONS: usize = 8;
/// The tables that a create writes, apart from the organization's row, whose lock the limit does without.
const TABLES: [&str; 3] = ["users", "user_emails", "changes"];

/// Limits that the bare drivers reach.
pub struct Limits {
    /// Of durable creates.
    pub create: Limit,
}

/// Through rusqlite, which is the bare C API with types: one user row a commit, and one prepared point read, on one thread.
pub fn sqlite_limits(file: &Path, report: &mut Report, seconds: u64) -> Limits {
    let connection = rusqlite::Connection::open(file).expect("open the database");
    connection
        .execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;")
        .expect("pragmas");
    let create = sqlite_create(&connection, seconds);
    let get = sqlite_get(&connection, seconds, create.calls as u64);
    let limits = Limits {
        create: Limit {
            name: "one row a commit, bare SQLite",
            per_second: create.per_second,
        },
    };
    report.row(
        "sqlite",
        "limit: one user row a commit, bare driver",
        create,
        None,
    );
    report.row("sqlite", "limit: point read by id, bare driver", get, None);
    limits
}

fn sqlite_create(connection: &rusqlite::Connection, seconds: u64) -> Figure {
    let mut sample = connection
        .prepare("SELECT * FROM users LIMIT 1")
        .expect("prepare");
    let columns: Vec<String> = sample.column_names().into_iter().map(ToOwned::to_owned).collect();
    let row: Vec<rusqlite::types::Value> = sample
        .query_row([], |row| (0..columns.len()).map(|i| row.get(i)).collect())
        .expect("a user as the sample");
    let places: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let text = format!(
        "INSERT INTO users ({}) VALUES ({})",
        columns.join(","),
        places.join(",")
    );
    let mut insert = connection.prepare(&text).expect("prepare");
    timed(seconds, |n| {
        let copy = columns
            .iter()
            .zip(&row)
            .map(|(column, value)| sqlite_value(column, value, n));
        insert.execute(rusqlite::params_from_iter(copy)).expect("insert");
    })
}

fn sqlite_value(column: &str, value: &rusqlite::types::Value, n: u64) -> rusqlite::types::Value {
    match column {
        "id" => rusqlite::types::Value::Blob(ordered_id(n).into_bytes().to_vec()),
        "user_name" | "user_name_key" | "external_id" => format!("limit-{n}@bench.example").into(),
        _ => value.clone(),
    }
}

fn sqlite_get(connection: &rusqlite::Connection, seconds: u64, rows: u64) -> Figure {
    let organization: Vec<u8> = connection
        .query_row("SELECT organization_id FROM users LIMIT 1", [], |r| r.get(0))
        .expect("an organization");
    let mut select = connection
        .prepare("SELECT * FROM users WHERE organization_id = ?1 AND id = ?2")
        .expect("prepare");
    let width = select.column_count();
    timed(seconds, |n| {
        let id = ordered_id(n * 7919 % rows).into_bytes();
        let read = |row: &rusqlite::Row<'_>| {
            (0..width)
                .map(|i| row.get::<_, rusqlite::types::Value>(i))
                .collect::<Result<Vec<_>, _>>()
        };
        select.query_row((&organization, &id[..]), read).expect("a user");
    })
}

fn timed(seconds: u64, mut call: impl FnMut(u64)) -> Figure {
    let (begin, mut micros) = (Instant::now(), Vec::new());
    while begin.elapsed() < Duration::from_secs(seconds) {
        let start = Instant::now();
        call(micros.len() as u64);
        micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    crate::load::figure(micros, begin.elapsed())
}

/// Through tokio-postgres: the same three rows, in parallel transactions without the organization's lock.
pub async fn postgres_limits(url: &str, report: &mut Report, seconds: u64) -> Limits {
    let samples = postgres_samples(url).await;
    let plan = Plan {
        workers: POSTGRES_CONNECTIONS,
        until: Until::Elapsed(Duration::from_secs(seconds)),
    };
    let figure = run(plan, |_, tickets| {
        let (url, samples) = (url.to_owned(), samples.clone());
        async move {
            let client = postgres(&url).await;
            let mut inserts = Vec::new();
            for sample in &samples {
                inserts.push(client.prepare(&sample.insert).await.map_err(|e| e.to_string())?);
            }
            let mut calls = Calls::new(tickets);
            while let Some(n) = calls.begin() {
                client.batch_execute("BEGIN").await.map_err(|e| e.to_string())?;
                for (sample, insert) in samples.iter().zip(&inserts) {
                    let values = sample.copy(n);
                    let values: Vec<_> = values.iter().map(|v| v as &(dyn ToSql + Sync)).collect();
                    client
                        .execute(insert, &values)
                        .await
                        .map_err(|e| format!("{e:?}"))?;
                }
                client.batch_execute("COMMIT").await.map_err(|e| e.to_string())?;
                calls.end();
            }
            Ok(calls.times())
        }
    })
    .await;
    let create = Limit {
        name: "same rows, parallel, no lock",
        per_second: figure.per_second,
    };
    report.row(
        "postgres",
        "limit: same rows in parallel, bare driver",
        figure,
        None,
    );
    Limits { create }
}

/// One row as text, and the statement that inserts a copy.
#[derive(Clone)]
struct Sample {
    columns: Vec<String>,
    values: Vec<Option<String>>,
    insert: String,
}

impl Sample {
    fn copy(&self, n: u64) -> Vec<Option<String>> {
        let changed = |column: &str| match column {
            "id" | "user_id" | "resource_id" => Some(ordered_id(n).to_string()),
            "user_name" | "user_name_key" | "external_id" | "value_key" => {
                Some(format!("limit-{n}@bench.example"))
            }
            // Far behind what the product itself counts.
            "revision" => Some((n + 1_000_000_000).to_string()),
            _ => None,
        };
        self.columns
            .iter()
            .zip(&self.values)
            .map(|(column, value)| changed(column).or_else(|| value.clone()))
            .collect()
    }
}

/// A connection of the bare driver.
pub async fn postgres(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .expect("connect");
    tokio::spawn(connection);
    client
}

async fn postgres_samples(url: &str) -> Vec<Sample> {
    let client = postgres(url).await;
    let mut samples = Vec::new();
    for table in TABLES {
        let described = client
            .query(
                "SELECT column_name::text, udt_name::text FROM information_schema.columns \
                 WHERE table_name = $1 AND table_schema = 'public' ORDER BY ordinal_position",
                &[&table],
            )
            .await
            .expect("columns");
        let columns: Vec<String> = described.iter().map(|row| row.get(0)).collect();
        let kinds: Vec<String> = described.iter().map(|row| row.get(1)).collect();
        let texts: Vec<_> = columns.iter().map(|c| format!("\"{c}\"::text")).collect();
        let which = if table == "changes" {
            "WHERE resource = 'user'"
        } else {
            ""
        };
        let row = client
            .query_one(
                &format!("SELECT {} FROM {table} {which} LIMIT 1", texts.join(",")),
                &[],
            )
            .await
            .expect("a row as the sample");
        let values = (0..columns.len()).map(|i| row.get(i)).collect();
        let places: Vec<_> = kinds
            .iter()
            .enumerate()
            .map(|(i, kind)| format!("${}::text::{kind}", i + 1))
            .collect();
        let names: Vec<_> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let insert = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(","),
            places.join(",")
        );
        samples.push(Sample {
            columns,
            values,
            insert,
        });
    }
    samples
}

/// Ids in the order of their numbers, as the product's are.
pub fn ordered_id(n: u64) -> uuid::Uuid {
    uuid::Uuid::from_u128((0x0190_0000_0000_7000_u128 << 64) | (1 << 63) | u128::from(n))
}
