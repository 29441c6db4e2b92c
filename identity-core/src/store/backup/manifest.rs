//! Manifest of a backup.

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    error::BackupError,
    table::{Kind, TABLES, Table},
};
use crate::{id::Id, platform::Timestamp};

/// First line of a manifest: facts of the whole backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the file's format.
    pub format: u32,
    /// Name of the last migration of the database.
    pub schema: String,
    /// Time at which the backup was begun, as RFC 3339 writes it.
    pub created_at: String,
    /// Database that it comes from: `sqlite` or `postgres`.
    pub engine: String,
    /// Version of Roster that wrote it.
    pub version: String,
    /// The only organization that it holds, if it is of one; absent: it is of the whole database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Id>,
    /// Number of organizations, deleted ones that can come back included.
    pub organizations: u64,
    /// The sections that follow, in order.
    pub tables: Vec<TableManifest>,
}

/// Description of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableManifest {
    /// Name of the table.
    pub name: String,
    /// Number of its rows.
    pub rows: u64,
    /// Its columns, in the order of the values of a row.
    pub columns: Vec<ColumnManifest>,
}

/// Description of the values of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnManifest {
    /// Name of the column.
    pub name: String,
    /// Form of the values.
    pub(super) kind: Kind,
    /// Tells whether there may be none.
    pub nullable: bool,
}

/// Further line of a manifest: an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationManifest {
    /// Its id.
    pub id: Id,
    /// Its slug.
    pub slug: String,
    /// Tells whether it is deleted, and can come back.
    pub deleted: bool,
    /// Revision at which the backup has it.
    pub revision: i64,
    /// Number of its users.
    pub users: i64,
    /// Number of its groups.
    pub groups: i64,
    /// Number of its rows in all tables.
    pub rows: u64,
}

/// A line of a manifest.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum ManifestLine<'a> {
    /// The first one.
    Backup(&'a Manifest),
    /// A further one.
    Organization(&'a OrganizationManifest),
}

impl Manifest {
    /// Returns the number of rows in all sections.
    pub fn rows(&self) -> u64 {
        self.tables
            .iter()
            .map(|table| table.rows)
            .fold(0, u64::saturating_add)
    }

    /// Tells whether the sections are the tables of this program.
    pub(super) fn has_our_tables(&self) -> bool {
        let ours = |(theirs, ours): (&TableManifest, &Table)| *theirs == TableManifest::of(ours, theirs.rows);
        self.tables.len() == TABLES.len() && self.tables.iter().zip(TABLES).all(ours)
    }
}

impl TableManifest {
    /// Returns the forms of a row's values: kind, and whether there may be none.
    pub(super) fn forms(&self) -> impl Iterator<Item = (Kind, bool)> {
        self.columns.iter().map(|column| (column.kind, column.nullable))
    }

    /// Describes a table of this program.
    pub(super) fn of(table: &Table, rows: u64) -> Self {
        Self {
            name: table.name.into(),
            rows,
            columns: table
                .columns
                .iter()
                .map(|column| ColumnManifest {
                    name: column.name.into(),
                    kind: column.kind,
                    nullable: column.nullable,
                })
                .collect(),
        }
    }
}

/// Writes a line.
pub(super) fn line(content: &impl Serialize) -> Result<Vec<u8>, BackupError> {
    let mut line = serde_json::to_vec(content).map_err(BackupError::read)?;
    line.push(b'\n');
    Ok(line)
}

/// Writes a time as RFC 3339 does.
pub(super) fn time_text(at: Timestamp) -> String {
    let nanoseconds = i128::from(at.0) * 1_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds);
    at.ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}
