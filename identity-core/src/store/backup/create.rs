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

/// Part of a database that a backup is made of.
enum Part {
    Everything,
    /// The rows of one organization: its id, and the id as a literal.
    Organization(Id, String),
}

impl Part {
    /// The part with the organization of this id or slug; with everything if none is named.
    async fn named(session: &mut dyn Session, name: Option<&str>) -> Result<Self, BackupError> {
        let Some(name) = name else {
            return Ok(Self::Everything);
        };
        let table = <organizations::table as Described>::TABLE;
        let by_id = Id::parse(name);
        let mut found = None;
        let mut each = |row: &[u8]| {
            let (id, slug) = names(&table, row)?;
            if by_id.map_or(slug == name, |by_id| by_id == id) {
                found = Some(id);
            }
            Ok(())
        };
        read_table(session, &table, &Self::Everything, &mut each).await?;
        let id = found.ok_or_else(|| BackupError::NoOrganization(name.to_owned()))?;
        Ok(Self::Organization(id, session.literal(id)))
    }

    /// The condition on rows of a table; `None`: the part has no rows of it, as they belong to the deployment.
    fn condition(&self, table: &Table) -> Option<String> {
        match (self, table.organization()) {
            (Self::Everything, _) => Some(String::new()),
            (Self::Organization(_, literal), Some(column)) => {
                Some(format!(" WHERE \"{}\" = {literal}", column.name))
            }
            (Self::Organization(..), None) => None,
        }
    }

    fn organization(&self) -> Option<Id> {
        match self {
            Self::Everything => None,
            Self::Organization(id, _) => Some(*id),
        }
    }
}

/// Returns id and slug of a row of the table of organizations.
pub(super) fn names(table: &Table, row: &[u8]) -> Result<(Id, String), BackupError> {
    let values = NamedValues::new(table.columns, row);
    let id = values.value("id")?.unwrap_or_default();
    let id = Id(uuid::Uuid::from_slice(id).map_err(BackupError::read)?);
    Ok((id, values.text("slug")?))
}

/// Writes what a database holds at one moment, or what it holds of one organization, into a new file, while others use the database.
/// The organization is named by its id or slug.
pub async fn create(
    url: &str,
    organization: Option<&str>,
    path: &Path,
    platform: &dyn Platform,
    on_progress: &mut OnProgress<'_>,
) -> Result<Manifest, BackupError> {
    let created_at = time_text(platform.now());
    let mut session = open_snapshot(url).await?;
    let schema = schema_of(&mut *session).await?;
    let part = Part::named(&mut *session, organization).await?;
    let mut writer = Writer::create(path)?;

    let mut counts = RowCounts::new();
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let rows = count_rows(&mut *session, table, &part, &mut counts).await?;
        tables.push(TableManifest::of(table, rows));
    }
    let manifest = Manifest {
        format: FORMAT,
        schema,
        created_at,
        engine: session.engine().into(),
        version: env!("CARGO_PKG_VERSION").into(),
        organization: part.organization(),
        organizations: tables.first().map_or(0, |organizations| organizations.rows),
        tables,
    };
    write_manifest(&mut *session, &mut writer, &manifest, (&part, &counts)).await?;

    for (table, described) in TABLES.iter().zip(&manifest.tables) {
        let mut counter = Counter::new("read", table.name, described.rows);
        writer.begin(table.name)?;
        let mut each = |row: &[u8]| {
            counter.count(on_progress);
            writer.row(row)
        };
        read_table(&mut *session, table, &part, &mut each).await?;
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
    part: &Part,
    counts: &mut RowCounts,
) -> Result<u64, BackupError> {
    let Some(condition) = part.condition(table) else {
        return Ok(0);
    };
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
        "SELECT \"{name}\", count(*) FROM \"{}\"{condition} GROUP BY \"{name}\"",
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
    (part, counts): (&Part, &RowCounts),
) -> Result<(), BackupError> {
    let table = <organizations::table as Described>::TABLE;
    writer.begin(MANIFEST)?;
    writer.row(&line(manifest)?)?;
    let mut each = |row: &[u8]| {
        let values = NamedValues::new(table.columns, row);
        let (id, slug) = names(&table, row)?;
        writer.row(&line(&OrganizationManifest {
            id,
            slug,
            deleted: values.value("deleted_at")?.is_some(),
            revision: values.number("revision")?,
            users: values.number("user_count")?,
            groups: values.number("group_count")?,
            rows: counts.get(&id).copied().unwrap_or_default(),
        })?)
    };
    read_table(session, &table, part, &mut each).await?;
    writer.end()
}

async fn read_table(
    session: &mut dyn Session,
    table: &Table,
    part: &Part,
    each: &mut EachRow<'_>,
) -> Result<(), BackupError> {
    let Some(condition) = part.condition(table) else {
        return Ok(());
    };
    let kinds: Vec<Kind> = table.columns.iter().map(|column: &Column| column.kind).collect();
    session.rows(&table.select(&condition), &kinds, each).await
}
