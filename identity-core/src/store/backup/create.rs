//! Making of a backup.

use std::{collections::HashMap, path::Path};

use super::{
    Counter, OnProgress,
    error::BackupError,
    file::{FORMAT, MANIFEST},
    manifest::{Manifest, OrganizationManifest, TableManifest, line, time_text},
    row::{NamedValues, take_value},
    session::{EachRow, Session, open_snapshot},
    table::{Column, Described, Kind, TABLES, Table},
    writer::Writer,
};
use crate::{
    id::Id,
    platform::Platform,
    store::{migrations, schema::organizations},
};

/// Number of rows of each organization; about 50 bytes for each.
type RowCounts = HashMap<Id, u64>;

/// Writes what a database holds at one moment into a new file, while others use the database.
pub async fn create(
    url: &str,
    path: &Path,
    platform: &dyn Platform,
    on_progress: &mut OnProgress<'_>,
) -> Result<Manifest, BackupError> {
    let created_at = time_text(platform.now());
    let mut session = open_snapshot(url).await?;
    let schema = schema_of(&mut *session).await?;
    let mut writer = Writer::create(path)?;

    let mut counts = RowCounts::new();
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let rows = count_rows(&mut *session, table, &mut counts).await?;
        tables.push(TableManifest::of(table, rows));
    }
    let manifest = Manifest {
        format: FORMAT,
        schema,
        created_at,
        engine: session.engine().into(),
        version: env!("CARGO_PKG_VERSION").into(),
        organizations: tables.first().map_or(0, |organizations| organizations.rows),
        tables,
    };
    write_manifest(&mut *session, &mut writer, &manifest, &counts).await?;

    for (table, described) in TABLES.iter().zip(&manifest.tables) {
        let mut counter = Counter::new("read", table.name, described.rows);
        writer.begin(table.name)?;
        let mut each = |row: &[u8]| {
            counter.count(on_progress);
            writer.row(row)
        };
        read_table(&mut *session, table, &mut each).await?;
        writer.end()?;
    }
    writer.finish()?;
    Ok(manifest)
}

/// Reads the database's schema, which must be that of this program.
async fn schema_of(session: &mut dyn Session) -> Result<String, BackupError> {
    let mut has_schema = false;
    let names = session.table_names();
    let mut each = |row: &[u8]| {
        has_schema |= text(row)? == migrations::TABLE;
        Ok(())
    };
    session.rows(names, &[Kind::Text], &mut each).await?;
    let mut found = Vec::new();
    if has_schema {
        let mut each = |row: &[u8]| {
            found.push(text(row)?);
            Ok(())
        };
        session
            .rows(migrations::APPLIED, &[Kind::Text], &mut each)
            .await?;
    }
    let wanted = migrations::known()?;
    let last = |versions: &[String]| versions.last().cloned().unwrap_or_else(|| "none".into());
    if found != wanted {
        return Err(BackupError::DatabaseSchema {
            found: last(&found),
            wanted: last(&wanted),
        });
    }
    Ok(last(&wanted))
}

fn text(mut row: &[u8]) -> Result<String, BackupError> {
    let value = take_value(&mut row)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(value).into_owned())
}

/// Counts the rows of a table, and adds them to those of their organizations.
async fn count_rows(
    session: &mut dyn Session,
    table: &Table,
    counts: &mut RowCounts,
) -> Result<u64, BackupError> {
    let Some(organization) = table.organization() else {
        let select = format!("SELECT count(*) FROM \"{}\"", table.name);
        let mut rows = 0;
        let mut each = |mut row: &[u8]| {
            rows = count(&mut row)?;
            Ok(())
        };
        session.rows(&select, &[Kind::BigInt], &mut each).await?;
        return Ok(rows);
    };
    let name = organization.name;
    let select = format!(
        "SELECT \"{name}\", count(*) FROM \"{}\" GROUP BY \"{name}\"",
        table.name
    );
    let mut rows = 0;
    let mut each = |mut row: &[u8]| {
        let id = take_value(&mut row)?.unwrap_or_default();
        let id = Id(uuid::Uuid::from_slice(id).map_err(BackupError::read)?);
        let some = count(&mut row)?;
        rows += some;
        *counts.entry(id).or_default() += some;
        Ok(())
    };
    session
        .rows(&select, &[Kind::Guid, Kind::BigInt], &mut each)
        .await?;
    Ok(rows)
}

fn count(row: &mut &[u8]) -> Result<u64, BackupError> {
    let value = take_value(row)?.unwrap_or_default().try_into();
    value.map(u64::from_be_bytes).map_err(BackupError::read)
}

async fn write_manifest(
    session: &mut dyn Session,
    writer: &mut Writer,
    manifest: &Manifest,
    counts: &RowCounts,
) -> Result<(), BackupError> {
    let table = <organizations::table as Described>::TABLE;
    writer.begin(MANIFEST)?;
    writer.row(&line(manifest)?)?;
    let mut each = |row: &[u8]| {
        let values = NamedValues::new(table.columns, row);
        let id = values.value("id")?.unwrap_or_default();
        let id = Id(uuid::Uuid::from_slice(id).map_err(BackupError::read)?);
        writer.row(&line(&OrganizationManifest {
            id,
            slug: values.text("slug")?,
            deleted: values.value("deleted_at")?.is_some(),
            revision: values.number("revision")?,
            users: values.number("user_count")?,
            groups: values.number("group_count")?,
            rows: counts.get(&id).copied().unwrap_or_default(),
        })?)
    };
    read_table(session, &table, &mut each).await?;
    writer.end()
}

async fn read_table(
    session: &mut dyn Session,
    table: &Table,
    each: &mut EachRow<'_>,
) -> Result<(), BackupError> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column: &Column| column.kind).collect();
    session.rows(&table.select(), &kinds, each).await
}
