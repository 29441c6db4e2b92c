//! The tables of a backup: those of `schema.rs`, described for statements and files that are made at run time.

use super::super::schema;

/// The form of a column's values in a backup, named like the type in `schema.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::store) enum Kind {
    /// 16 bytes.
    Guid,
    /// Microseconds since 1970, 8 bytes, big-endian.
    Moment,
    /// UTF-8.
    Text,
    /// A JSON document in UTF-8, without white space, the members of its objects in order of their names.
    Document,
    /// Bytes.
    Binary,
    /// 1 byte, 0 or 1.
    Bool,
    /// 4 bytes, big-endian.
    Integer,
    /// 8 bytes, big-endian.
    BigInt,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) kind: Kind,
    pub(in crate::store) nullable: bool,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    /// The columns of the primary key.
    pub(in crate::store) key: &'static [&'static str],
    pub(in crate::store) columns: &'static [Column],
}

/// A table of diesel's with its description.
pub(in crate::store) trait Described {
    /// The description.
    const TABLE: Table;
}

/// Declares a table to diesel and describes it.
macro_rules! table {
    ($table:ident ($($key:ident),+) { $($column:ident -> $kind:ident $(<$inner:ident>)?,)+ }) => {
        diesel::table! {
            use diesel::sql_types::*;
            use crate::store::types::*;
            $table ($($key),+) { $($column -> $kind $(<$inner>)?,)+ }
        }

        impl $crate::store::backup::table::Described for $table::table {
            const TABLE: $crate::store::backup::table::Table = $crate::store::backup::table::Table {
                name: stringify!($table),
                key: &[$(stringify!($key)),+],
                columns: &[$($crate::store::backup::table::column!($column $kind $(<$inner>)?)),+],
            };
        }
    };
}
pub(in crate::store) use table;

macro_rules! column {
    ($column:ident Nullable<$kind:ident>) => {
        $crate::store::backup::table::column!(@ $column $kind true)
    };
    ($column:ident $kind:ident) => {
        $crate::store::backup::table::column!(@ $column $kind false)
    };
    (@ $column:ident $kind:ident $nullable:literal) => {
        $crate::store::backup::table::Column {
            name: stringify!($column),
            kind: $crate::store::backup::table::Kind::$kind,
            nullable: $nullable,
        }
    };
}
pub(in crate::store) use column;

/// Lists the descriptions of tables.
macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        &[$(<schema::$table::table as Described>::TABLE),+]
    };
}

/// Every table that a backup holds, each after those that its foreign keys name. `deployment_secrets` is left out: the key beside what it
/// seals would make a backup as good as the key, and the incarnation is the database's own. A test compares the list with the tables of the database.
pub(in crate::store) const TABLES: &[Table] = tables![
    organizations,
    users,
    user_emails,
    user_identities,
    former_access,
    projects,
    roles,
    role_grants,
    groups,
    group_members,
    group_licenses,
    mapping_rules,
    extension_schemas,
    connections,
    service_accounts,
    tokens,
    former_secrets,
    revoked_access_tokens,
    used_assertions,
    signing_keys,
    requests,
    changes,
    provisioning_requests,
    connection_health,
    connection_outcomes,
];

impl Table {
    /// Returns the statement that reads the rows that the condition selects, in order of the key.
    pub(in crate::store) fn select(&self, condition: &str) -> String {
        format!(
            "SELECT {} FROM \"{}\"{condition} ORDER BY {}",
            self.column_list(),
            self.name,
            quoted(self.key.iter().copied())
        )
    }

    /// Returns the columns as a statement lists them.
    pub(in crate::store) fn column_list(&self) -> String {
        quoted(self.columns.iter().map(|column| column.name))
    }

    /// Returns the forms of a row's values: kind, and whether there may be none.
    pub(in crate::store) fn forms(&self) -> impl Iterator<Item = (Kind, bool)> + use<> {
        self.columns.iter().map(|column| (column.kind, column.nullable))
    }

    /// Returns the column that names the organization of a row, for tables that have one.
    pub(in crate::store) fn organization(&self) -> Option<Column> {
        let name = if self.name == "organizations" {
            "id"
        } else {
            "organization_id"
        };
        self.columns.iter().find(|column| column.name == name).copied()
    }
}

fn quoted(names: impl Iterator<Item = &'static str>) -> String {
    names
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(", ")
}
