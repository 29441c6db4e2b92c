//! All that a database holds, behind the back of the store.

use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query,
};
use tokio_postgres::NoTls;

use super::World;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

const SQLITE_TABLES: &str = "SELECT 'SELECT ' || group_concat('quote(\"' || columns.name || '\")', ' || '' '' || ') || \
     ' AS value FROM \"' || tables.name || '\"' AS value FROM sqlite_schema tables JOIN pragma_table_info(tables.name) columns \
     WHERE tables.type = 'table' GROUP BY tables.name";

const POSTGRES_TABLES: &str = "SELECT 'SELECT to_jsonb(t)::text FROM \"' || table_name || '\" t' \
     FROM information_schema.tables WHERE table_schema = 'public'";

impl World {
    /// The rows of every table as text, and of a database in files their bytes.
    pub(crate) async fn contents(&self) -> Vec<Vec<u8>> {
        let Some(path) = self.url.strip_prefix("sqlite:") else {
            let client = self.client().await;
            let mut contents = Vec::new();
            for table in client.query(POSTGRES_TABLES, &[]).await.unwrap() {
                let rows = client.query(table.get::<_, &str>(0), &[]).await.unwrap();
                contents.extend(rows.iter().map(|row| row.get::<_, String>(0).into_bytes()));
            }
            return contents;
        };
        let mut files = Vec::new();
        for end in ["", "-wal"] {
            files.extend(std::fs::read(format!("{path}{end}")));
        }
        let mut connection = SqliteConnection::establish(path).unwrap();
        let tables: Vec<Row> = sql_query(SQLITE_TABLES).load(&mut connection).unwrap();
        for table in tables {
            let rows: Vec<Row> = sql_query(table.value).load(&mut connection).unwrap();
            files.extend(rows.into_iter().map(|row| row.value.into_bytes()));
        }
        files
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn sql(&self, sql: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => SqliteConnection::establish(path)
                .unwrap()
                .batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}"))
                .unwrap(),
            None => self.client().await.batch_execute(sql).await.unwrap(),
        }
    }

    async fn client(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}
