//! Everything that a database holds, to compare before and after.

use std::collections::BTreeMap;

use rusqlite::{OpenFlags, types::Value};
use tokio_postgres::NoTls;

use super::OwnWorld;

/// The rows of each table as text, in an order of their own. When tokens were last used is left out: every call moves it.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

impl OwnWorld {
    /// All that its database holds but the provisioning log and the health of connections.
    pub(crate) async fn dump(&mut self) -> Dump {
        let mut dump = self.whole_dump().await;
        for table in LOG {
            dump.remove(table);
        }
        dump
    }

    /// All that its database holds.
    pub(crate) async fn whole_dump(&mut self) -> Dump {
        let url = self.server().database_url().to_owned();
        match url.strip_prefix("sqlite:") {
            Some(path) => sqlite(path).expect("a dump"),
            None => postgres(&url).await.expect("a dump"),
        }
    }
}

const NOT_COMPARED: &str = "last_used_at";
/// The tables of the provisioning log and of the health that follows from it, which are written beside the calls and some time after them.
const LOG: [&str; 3] = [
    "provisioning_requests",
    "connection_health",
    "connection_outcomes",
];

fn sqlite(path: &str) -> rusqlite::Result<Dump> {
    let connection = rusqlite::Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tables =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";
    let mut tables = connection.prepare(tables)?;
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    names
        .into_iter()
        .map(|name| {
            let rows = sqlite_rows(&connection, &name)?;
            Ok((name, rows))
        })
        .collect()
}

fn sqlite_rows(connection: &rusqlite::Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut all = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let columns: Vec<String> = all.column_names().into_iter().map(ToOwned::to_owned).collect();
    let rows = all.query_map([], |row| {
        let compared = columns.iter().filter(|column| *column != NOT_COMPARED);
        let values = compared.map(|column| {
            let value: Value = row.get(column.as_str())?;
            Ok(format!("{column}: {value:?}"))
        });
        Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
    })?;
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    rows.sort();
    Ok(rows)
}

async fn postgres(url: &str) -> Result<Dump, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let tables = "SELECT table_name::text FROM information_schema.tables \
                  WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";
    let mut dump = Dump::new();
    for table in client.query(tables, &[]).await? {
        let name: String = table.get(0);
        let all = format!("SELECT (to_jsonb(t) - '{NOT_COMPARED}')::text FROM \"{name}\" t");
        let rows = client.query(&all, &[]).await?;
        let mut rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        rows.sort();
        dump.insert(name, rows);
    }
    Ok(dump)
}
