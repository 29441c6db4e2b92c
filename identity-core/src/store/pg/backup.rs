//! Backups of PostgreSQL: `COPY` in its binary form, whose values are those of a backup but for times and documents.

use std::{borrow::Cow, future::Future, io::Cursor, pin::pin, time::Duration};

use async_trait::async_trait;
use futures::{SinkExt, TryStreamExt};
use tokio::time::{error::Elapsed, timeout};
use tokio_postgres::{Client, CopyInSink};

use super::{connect::Connector, engine, url};
use crate::id::Id;
use crate::store::{
    OpenError, Options,
    backup::{
        BackupError, Reader, RowBuffer,
        session::{EachRow, Session, Target},
        table::{Kind, Table},
        take_value,
    },
    migrations::Direction,
    types::{JSONB_VERSION, POSTGRES_EPOCH},
};

/// No statement has a time limit, and neither has the time between two.
const SETTINGS: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;";
/// Time limit of each answer of the server, and of each part of a copy: the whole takes as long as it takes, but a server that is frozen or
/// cut off never answers. A lock that somebody holds longer counts as silence.
const MAX_SILENCE: Duration = Duration::from_mins(1);
/// The same where the server goes through all rows of a table: it checks their references when all are there, and looks at them for its plans.
const MAX_CHECK: Duration = Duration::from_hours(2);
/// Beginning of a copy: its signature, no flags, and no extension.
const HEADER: &[u8; 19] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The number of values that ends a copy.
const END: i16 = -1;
/// The length of a value that is NULL.
const NULL: i32 = -1;
/// Bytes that are sent at once.
const CHUNK: usize = 64 << 10;

/// A session for a backup.
pub(in crate::store) struct BackupSession {
    client: Client,
    connector: Connector,
}

impl BackupSession {
    /// Opens a database for a snapshot.
    pub(in crate::store) async fn snapshot(url: &str, options: &Options) -> Result<Self, BackupError> {
        let session = Self::target(url, options).await?;
        session
            .run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .await
            .map_err(BackupError::read)?;
        Ok(session)
    }

    /// Opens a database to restore into it.
    pub(in crate::store) async fn target(url: &str, options: &Options) -> Result<Self, BackupError> {
        let connector = Connector::new(url::read(url, options)?)?;
        let client = connector.listen(|_| ()).await.map_err(OpenError::from)?;
        let session = Self { client, connector };
        session.run(SETTINGS).await.map_err(OpenError::opened)?;
        Ok(session)
    }

    async fn run(&self, commands: &str) -> Result<(), Failure> {
        within(MAX_SILENCE, self.client.batch_execute(commands)).await
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The server refused it, or the connection is lost.
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
    /// The server said nothing.
    #[error("the server did not answer in time")]
    Silent(#[from] Elapsed),
}

/// The outcome of a step, if it comes in time.
async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    Ok(timeout(limit, step).await??)
}

#[async_trait]
impl Session for BackupSession {
    fn engine(&self) -> &'static str {
        "postgres"
    }

    fn literal(&self, id: Id) -> String {
        format!("'{id}'::uuid")
    }

    fn table_names(&self) -> &'static str {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
    }

    async fn rows(
        &mut self,
        select: &str,
        kinds: &[Kind],
        each: &mut EachRow<'_>,
    ) -> Result<(), BackupError> {
        let copy = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
        let mut chunks = pin!(
            within(MAX_SILENCE, self.client.copy_out(&copy))
                .await
                .map_err(BackupError::read)?
        );
        let mut received = Vec::new();
        let mut header = HEADER.len();
        let mut row = RowBuffer::default();
        while let Some(chunk) = within(MAX_SILENCE, chunks.try_next())
            .await
            .map_err(BackupError::read)?
        {
            received.extend_from_slice(&chunk);
            if received.len() < header {
                continue;
            }
            let mut rest = &received[header..];
            while let Some(values) = take_row(&mut rest, kinds.len()) {
                row.clear();
                for (kind, value) in kinds.iter().zip(values) {
                    row.push(
                        *kind,
                        value.map(|value| to_backup(*kind, value)).transpose()?.as_deref(),
                    )?;
                }
                each(row.as_slice())?;
            }
            let taken = received.len() - rest.len();
            received.drain(..taken);
            header = 0;
        }
        Ok(())
    }
}

/// Takes a whole row off what was received; `None` if there is none, which is also so at the end.
fn take_row<'received>(
    received: &mut &'received [u8],
    columns: usize,
) -> Option<Vec<Option<&'received [u8]>>> {
    let (count, mut rest) = received.split_first_chunk()?;
    if i16::from_be_bytes(*count) == END {
        return None;
    }
    let mut values = Vec::with_capacity(columns);
    for _ in 0..columns {
        let (length, after) = rest.split_first_chunk()?;
        rest = after;
        values.push(match i32::from_be_bytes(*length) {
            NULL => None,
            length => {
                let (value, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                rest = after;
                Some(value)
            }
        });
    }
    *received = rest;
    Some(values)
}

/// Moves a time from the epoch of PostgreSQL to that of a backup, and takes the version off a document.
fn to_backup(kind: Kind, value: &[u8]) -> Result<Cow<'_, [u8]>, BackupError> {
    let malformed = || BackupError::read("a value has a form that is not known");
    match kind {
        Kind::Moment => {
            let time = i64::from_be_bytes(value.try_into().map_err(BackupError::read)?);
            let time = time.checked_add(POSTGRES_EPOCH).ok_or_else(malformed)?;
            Ok(Cow::Owned(time.to_be_bytes().into()))
        }
        Kind::Document => match value {
            [JSONB_VERSION, document @ ..] => Ok(document.into()),
            _ => Err(malformed()),
        },
        _ => Ok(value.into()),
    }
}

/// Appends a value in the form of PostgreSQL, its length before it.
fn append(kind: Kind, value: &[u8], chunk: &mut Vec<u8>) -> Result<(), BackupError> {
    let version: &[u8] = if kind == Kind::Document {
        &[JSONB_VERSION]
    } else {
        &[]
    };
    let length = i32::try_from(version.len() + value.len()).map_err(BackupError::written)?;
    chunk.extend(length.to_be_bytes());
    chunk.extend(version);
    if kind == Kind::Moment {
        let time = i64::from_be_bytes(value.try_into().map_err(BackupError::written)?);
        let time = time.checked_sub(POSTGRES_EPOCH);
        let time = time.ok_or_else(|| BackupError::damaged("a time is out of range"))?;
        chunk.extend(time.to_be_bytes());
    } else {
        chunk.extend(value);
    }
    Ok(())
}

#[async_trait]
impl Target for BackupSession {
    async fn migrate(&mut self) -> Result<(), BackupError> {
        engine::migrate(&self.connector, Direction::Up).await?;
        Ok(())
    }

    async fn begin(&mut self, tables: &[Table]) -> Result<(), BackupError> {
        let names: Vec<_> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
        let begin = if names.is_empty() {
            "BEGIN".to_owned()
        } else {
            format!(
                "BEGIN; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
                names.join(", ")
            )
        };
        self.run(&begin).await.map_err(BackupError::written)
    }

    async fn insert(
        &mut self,
        table: &Table,
        rows: &mut Reader,
        each: &mut (dyn FnMut() + Send),
    ) -> Result<(), BackupError> {
        let copy = format!(
            "COPY \"{}\" ({}) FROM STDIN (FORMAT binary)",
            table.name,
            table.column_list()
        );
        let sink: CopyInSink<Cursor<Vec<u8>>> = within(MAX_SILENCE, self.client.copy_in(&copy))
            .await
            .map_err(BackupError::written)?;
        let mut sink = pin!(sink);
        let columns = i16::try_from(table.columns.len()).map_err(BackupError::written)?;
        let mut chunk = HEADER.to_vec();
        while let Some(mut row) = rows.row(table.forms())? {
            chunk.extend(columns.to_be_bytes());
            for column in table.columns {
                match take_value(&mut row)? {
                    None => chunk.extend(NULL.to_be_bytes()),
                    Some(value) => append(column.kind, value, &mut chunk)?,
                }
            }
            if chunk.len() >= CHUNK {
                let full = Cursor::new(std::mem::take(&mut chunk));
                within(MAX_SILENCE, sink.send(full))
                    .await
                    .map_err(BackupError::written)?;
            }
            each();
        }
        chunk.extend(END.to_be_bytes());
        within(MAX_SILENCE, sink.send(Cursor::new(chunk)))
            .await
            .map_err(BackupError::written)?;
        within(MAX_CHECK, sink.finish())
            .await
            .map_err(BackupError::written)?;
        Ok(())
    }

    async fn execute(&mut self, statement: &str) -> Result<(), BackupError> {
        self.run(statement).await.map_err(BackupError::written)
    }

    /// Commits, and lets the server look at the tables, which it would plan for as empty ones otherwise.
    async fn commit(&mut self) -> Result<(), BackupError> {
        self.run("COMMIT").await.map_err(BackupError::written)?;
        within(MAX_CHECK, self.client.batch_execute("ANALYZE"))
            .await
            .map_err(BackupError::written)
    }
}
